//! When a write was sent, by the org's clock. This machine's clock may be wrong, set at any
//! time, or have slept; each bound is taken so that a wrong clock can only make us look
//! wider or wait longer. Must not know what is looked for.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::write::{Op, Sent};

/// Clocks of the org's own servers differ by fewer seconds.
const MARGIN: i64 = 5;

/// How far back is looked, in seconds, where nobody told the time when it was sent: clocks
/// are wrong by a day at most, zones included.
const UNTOLD: i64 = -49 * 3600;

/// What is known of a sending, at the moment of a look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// Now by the org's clock, as far as it told.
    pub now: Timestamp,
    /// By this machine's clock of then: the first sending, the last one, and when it was
    /// clear that no answer would come.
    first: Timestamp,
    last: Timestamp,
    broke: Timestamp,
    /// Seconds the org's clock was ahead of that, where it was known then.
    ahead: Option<i64>,
    /// Seconds it is ahead of this machine's now.
    ahead_now: i64,
    /// Since the first and the last sending by a clock that nobody can set, where this
    /// process sent it.
    passed: Option<(Duration, Duration)>,
}

impl Moment {
    /// Seen now by this machine's clock, of which the org's is `ahead` by so many seconds.
    pub(super) fn of(op: &Op, (now, ahead): (Timestamp, Option<i64>)) -> Self {
        let sent: Option<Sent> = op.delivery.sent;
        let first = sent.map_or(op.created, |sent| sent.at);
        let last = sent.and_then(|sent| sent.last).unwrap_or(first);
        Self {
            now: later_by(now, ahead.unwrap_or_default()),
            first,
            last,
            broke: sent.and_then(|sent| sent.broke).unwrap_or(last),
            ahead: sent.and_then(|sent| sent.ahead),
            ahead_now: ahead.unwrap_or_default(),
            passed: None,
        }
    }

    /// The same where this process sent it, so long ago first and last.
    #[must_use]
    pub(super) fn passed(self, passed: Option<(Duration, Duration)>) -> Self {
        Self { passed, ..self }
    }

    /// Nothing that it made is older.
    pub(super) fn since(&self) -> Timestamp {
        let untold = self.ahead.is_none() && self.passed.is_none();
        let slack = if untold { UNTOLD } else { 0 };
        let told = later_by(self.first, self.ahead() + slack - MARGIN);
        match self.passed {
            Some((first, _)) => told.min(later_by(self.now, -seconds(first) - MARGIN)),
            None => told,
        }
    }

    /// What an answered request made is not younger.
    pub(super) fn until(&self) -> Timestamp {
        let told = later_by(self.broke, self.ahead() + MARGIN);
        let took = self.broke.duration_since(self.last).as_secs();
        match self.passed {
            Some((_, last)) => told.min(later_by(self.now, took - seconds(last) + MARGIN)),
            None => told,
        }
    }

    /// How long ago it was sent last, at least; `seen` is since when this process knows it.
    pub(super) fn age(&self, seen: Duration) -> SignedDuration {
        let told = self.now.duration_since(later_by(self.last, self.ahead()));
        let passed = self.passed.map(|(_, last)| last);
        let least = match passed {
            // Nothing here says that the clock it was sent by is still the same.
            None if self.ahead.is_none() || told.is_negative() => Some(seen),
            passed => passed,
        };
        let least = least.map(|least| SignedDuration::try_from(least).unwrap_or_default());
        match least {
            Some(least) if told.is_negative() => least,
            Some(least) => least.min(told),
            None => told,
        }
    }

    fn ahead(&self) -> i64 {
        self.ahead.unwrap_or(self.ahead_now)
    }
}

fn seconds(span: Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX / 2)
}

/// So many seconds later; what an org tells of the time may be anything.
fn later_by(at: Timestamp, seconds: i64) -> Timestamp {
    let later = at.saturating_add(SignedDuration::from_secs(seconds));
    later.unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    /// Sent at 0 by the org's clock, which this machine's was `ahead` behind; the answer
    /// was lost after 2 s; seen 40 s later, when the machine's clock is `set` off the truth.
    fn moment(ahead: Option<i64>, set: i64, passed: Option<u64>) -> Moment {
        let sent_at = at(-ahead.unwrap_or_default());
        Moment {
            now: at(40),
            first: sent_at,
            last: sent_at,
            broke: later_by(sent_at, 2),
            ahead,
            ahead_now: -set,
            passed: passed.map(|passed| {
                let passed = Duration::from_secs(passed);
                (passed, passed)
            }),
        }
    }

    #[test]
    fn a_clock_that_is_wrong_or_was_set_never_narrows_what_is_looked_at() {
        let slept = Some(3);
        for ahead in [None, Some(0), Some(DAY), Some(-DAY)] {
            for set in [0, 150, -150, DAY, -DAY] {
                for passed in [Some(40), slept] {
                    let moment = moment(ahead, set, passed);
                    // Set and slept at once, with nobody having told the time: too much.
                    let blind = ahead.is_none() && set < 0 && passed == slept;
                    let told = format!("{moment:?}");
                    assert!(blind || moment.since() <= at(0), "{told}");
                    assert!(moment.until() <= at(2 + 2 * MARGIN + DAY), "{told}");
                    let age = moment.age(Duration::from_secs(40)).as_secs();
                    assert!((0..=40).contains(&age), "{age} {told}");
                }
            }
        }
    }

    #[test]
    fn another_process_goes_by_what_the_org_told_and_else_by_what_it_saw_itself() {
        let told = moment(Some(DAY), 0, None);
        assert_eq!(told.since(), at(-MARGIN));
        assert_eq!(told.until(), at(2 + MARGIN));
        assert_eq!(told.age(Duration::ZERO).as_secs(), 40);
        let untold = moment(None, 0, None);
        assert_eq!(untold.since(), at(UNTOLD - MARGIN));
        assert_eq!(untold.age(Duration::from_secs(7)).as_secs(), 7);
    }
}
