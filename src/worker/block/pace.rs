//! How fast rows are settled, over the last minute. Must not know what they are.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::block::run::Pace;

/// How far back it looks.
const WINDOW: Duration = Duration::from_secs(60);
/// Less than this tells nothing.
const LEAST: Duration = Duration::from_secs(2);

/// Rows done by time.
#[derive(Debug, Default)]
pub(super) struct Meter {
    seen: VecDeque<(Duration, u64)>,
}

impl Meter {
    /// So many rows are done at that time.
    pub(super) fn note(&mut self, at: Duration, done: u64) {
        self.seen.push_back((at, done));
        while self.seen.len() > 2
            && self
                .seen
                .get(1)
                .is_some_and(|(then, _)| at.saturating_sub(*then) > WINDOW)
        {
            self.seen.pop_front();
        }
    }

    /// The pace, and how long the rows that are left take.
    pub(super) fn pace(&self, left: u64) -> Option<Pace> {
        let ((began, first), (now, last)) = (self.seen.front()?, self.seen.back()?);
        let took = now.saturating_sub(*began);
        let rows = last.saturating_sub(*first);
        if took < LEAST || rows == 0 {
            return None;
        }
        let millis = u64::try_from(took.as_millis()).ok()?;
        let wait = u128::from(left) * u128::from(millis) / u128::from(rows);
        Some(Pace {
            rows_a_minute: rows.saturating_mul(60_000) / millis.max(1),
            left: Duration::from_millis(u64::try_from(wait).ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_the_last_minute() {
        let mut meter = Meter::default();
        assert_eq!(meter.pace(10), None);
        meter.note(Duration::ZERO, 0);
        meter.note(Duration::from_secs(1), 50);
        assert_eq!(meter.pace(10), None, "a second tells nothing");
        meter.note(Duration::from_secs(10), 1_000);
        let pace = meter.pace(500).unwrap();
        assert_eq!(
            (pace.rows_a_minute, pace.left),
            (6_000, Duration::from_secs(5))
        );
        for second in 11..200 {
            meter.note(Duration::from_secs(second), 1_000 + second);
        }
        assert!(meter.pace(1).unwrap().rows_a_minute < 70, "{meter:?}");
    }
}
