//! What happens next, in a few words: of one write, and of the whole outbox when nothing
//! else is told. Plain text for lists and the notice line; decides nothing.

use jiff::{Timestamp, Zoned};

use crate::domain::when::clock;
use crate::domain::write::{Op, OpState, Pause, PauseReason, Plan};

use super::App;
use super::journal::Journal;
use super::notice::Notice;
use super::org::{Line, Org};

/// Waits shorter than this are counted down.
const COUNTED: i64 = 100;

/// Most writes named by their number.
const NAMED: usize = 3;

/// What happens to a write next, for a narrow column; empty where nothing does.
pub fn next(op: &Op, journal: &Journal, org: &Org, now: &Zoned) -> String {
    let at = |at: Option<Timestamp>| at.map_or_else(|| "soon".to_owned(), |at| due(at, now));
    match op.state {
        OpState::Sending => "now".to_owned(),
        OpState::Queued | OpState::Blocked | OpState::Retry => match journal.held_by(op) {
            Some(first) => format!("waits for #{}", first.number),
            None if org.pause.is_some() => "paused".to_owned(),
            None if op.state == OpState::Retry => at(op.delivery.not_before),
            None if matches!(org.line, Line::Offline(_)) => "when online".to_owned(),
            None => "at its turn".to_owned(),
        },
        OpState::Unknown => match op.plan() {
            Some(Plan::Send { at: when }) => format!("again {}", at(when)),
            Some(Plan::Look { at: when }) => format!("looks {}", at(when)),
            Some(Plan::Ask) => "you: which?".to_owned(),
            None => "you decide".to_owned(),
        },
        OpState::Failed => "you decide".to_owned(),
        OpState::Done | OpState::Cancelled => String::new(),
    }
}

/// `in 6 s` where that is near, else the time.
pub fn due(at: Timestamp, now: &Zoned) -> String {
    match at.duration_since(now.timestamp()).as_secs() {
        ..=0 => "now".to_owned(),
        near @ 1..COUNTED => format!("in {near} s"),
        _ => clock(at, now),
    }
}

/// A wait is being counted down: the screen changes by itself.
pub(super) fn counts_down(journal: &Journal, now: &Zoned) -> bool {
    let near = |at: Timestamp| {
        let left = at.duration_since(now.timestamp()).as_secs();
        (0..=COUNTED).contains(&left)
    };
    let mut waiting = journal.ops().iter().filter(|op| op.state.is_pending());
    waiting.any(|op| op.delivery.not_before.is_some_and(near))
}

/// Why sending is stopped and what ends that.
pub fn paused(pause: &Pause, now: &Zoned) -> String {
    let since = clock(pause.since, now);
    match (pause.reason, pause.until) {
        (PauseReason::User, _) => format!("paused by you since {since}: P goes on"),
        (PauseReason::Limit, Some(until)) => format!(
            "paused since {since}: no API requests are left; one is tried at {}",
            clock(until, now)
        ),
        (PauseReason::Limit, None) => {
            format!("paused since {since}: no API requests are left; P tries")
        }
        (PauseReason::Session, _) => {
            format!("paused since {since}: the session is over; log in again, then P")
        }
    }
}

/// What the user should know when nothing just happened: what waits for them, that sending
/// is stopped, that the line is down.
pub fn standing(app: &App) -> Option<Notice> {
    let (journal, org) = (&app.journal, &app.org);
    let needing = journal.needing_user();
    let waiting = match journal.waiting() {
        0 => "nothing waits".to_owned(),
        1 => "1 write waits".to_owned(),
        many => format!("{many} writes wait"),
    };
    if !needing.is_empty() {
        return Some(Notice::warn(needs_user(&needing)));
    }
    if let Some(pause) = &org.pause {
        let told = paused(pause, &app.now);
        return Some(Notice::warn(format!("Sending {told}. {waiting}")));
    }
    let Line::Offline(failure) = &org.line else {
        return None;
    };
    let since = org.offline_since.map_or_else(String::new, |since| {
        format!(" since {}", clock(since, &app.now))
    });
    Some(Notice::warn(match journal.waiting() {
        0 => format!("Offline{since}: what you write waits and goes by itself ({failure})"),
        // Why the line is down stands with the write.
        _ if journal.in_state(OpState::Unknown) > 0 => {
            format!("Offline{since}: {waiting}; all is cleared up by itself")
        }
        _ => format!("Offline{since}: {waiting} and goes by itself, in order"),
    }))
}

/// What a start finds under way from the session before; `None` when all is settled.
pub fn left_over(journal: &Journal) -> Option<Notice> {
    let needing = journal.needing_user();
    let said = match (needing.is_empty(), journal.waiting()) {
        (_, 0) => return None,
        (false, _) => needs_user(&needing),
        (true, 1) => "1 write is left from before and is seen to by itself: 3 shows it".to_owned(),
        (true, many) => {
            format!(
                "{many} writes are left from before and are seen to by themselves: 3 shows them"
            )
        }
    };
    Some(Notice::warn(said))
}

fn needs_user(ops: &[&Op]) -> String {
    let numbers = ops.iter().take(NAMED).map(|op| format!("#{}", op.number));
    let mut named = numbers.collect::<Vec<_>>().join(", ");
    if ops.len() > NAMED {
        named.push_str(", ...");
    }
    match ops.len() {
        1 => format!("1 write needs you: {named}. Nothing was lost; 3 shows it"),
        many => format!("{many} writes need you: {named}. Nothing was lost; 3 shows them"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testkit::outbox::{op, with_ops};
    use crate::domain::failure::Failure;
    use crate::domain::write::{Look, Way, Write};
    use crate::job::Reply;

    #[test]
    fn every_state_says_what_comes_next() {
        let mut ops: Vec<Op> = (1..=8)
            .zip(OpState::ALL)
            .map(|(number, state)| op(number, state))
            .collect();
        let at = |text: &str| Some(text.parse().unwrap());
        ops[0].delivery.way = Some(Way::Look);
        ops[0].delivery.not_before = at("2026-11-12T12:06:00Z");
        ops[4].delivery.not_before = at("2026-11-12T12:04:06Z");
        let parent = Write::made_by(ops[0].id, 0);
        if let crate::domain::write::WriteStep::Create { fields, .. } = &mut ops[5].write.steps[0] {
            fields.insert("AccountId".to_owned(), parent);
        }
        let it = with_ops(ops);
        let said = |number: i64| {
            let op = it.app.journal.ops().iter().find(|op| op.number == number);
            next(op.unwrap(), &it.app.journal, &it.app.org, &it.app.now)
        };
        let wanted = [
            "looks 12:06:00",
            "you decide",
            "now",
            "at its turn",
            "in 6 s",
            "waits for #1",
            "",
            "",
        ];
        for (number, wanted) in (1..).zip(wanted) {
            assert_eq!(said(number), wanted, "#{number}");
        }
    }

    #[test]
    fn a_later_write_to_the_same_record_waits_for_the_first() {
        let change = |number: i64, state: OpState| {
            let mut op = op(number, state);
            op.write.steps = vec![crate::domain::write::WriteStep::Delete {
                object: "Contact".to_owned(),
                id: crate::app::testkit::id(crate::app::testkit::LENA),
            }];
            op
        };
        let it = with_ops(vec![change(1, OpState::Retry), change(2, OpState::Queued)]);
        let second = &it.app.journal.ops()[0];
        let said = next(second, &it.app.journal, &it.app.org, &it.app.now);
        assert_eq!(said, "waits for #1");
    }

    #[test]
    fn what_needs_the_user_comes_before_a_pause_and_that_before_the_line() {
        let mut it = with_ops(vec![op(7, OpState::Queued)]);
        let said = |it: &crate::app::testkit::driver::Driver| {
            standing(&it.app).map_or_else(String::new, |notice| notice.text)
        };
        assert_eq!(said(&it), "");
        it.news(
            Reply::Failed(Failure::no_connection("no route")),
            Some(false),
        );
        assert_eq!(
            said(&it),
            "Offline since 12:04:00: 1 write waits and goes by itself, in order"
        );
        let mut looked_for = op(6, OpState::Unknown);
        looked_for.delivery.way = Some(Way::Look);
        looked_for.delivery.not_before = Some("2026-11-12T12:05:00Z".parse().unwrap());
        it.op(looked_for);
        let mixed = "Offline since 12:04:00: 2 writes wait; all is cleared up by itself";
        assert_eq!(said(&it), mixed);
        it.op(op(6, OpState::Done));
        it.reply(Reply::Sending(Some(Pause {
            reason: PauseReason::User,
            since: "2026-11-12T12:01:00Z".parse().unwrap(),
            until: None,
            failure: None,
        })));
        let paused = "Sending paused by you since 12:01:00: P goes on. 1 write waits";
        assert_eq!(said(&it), paused);
        let mut asks = op(8, OpState::Unknown);
        asks.delivery.way = Some(Way::Look);
        asks.delivery.looks = vec![Look {
            at: "2026-11-12T12:03:00Z".parse().unwrap(),
            age: 30,
            hits: vec![crate::app::testkit::lena(), crate::app::testkit::lena()],
        }];
        it.op(asks);
        let needs = "1 write needs you: #8. Nothing was lost; 3 shows it";
        assert_eq!(said(&it), needs);
    }
}
