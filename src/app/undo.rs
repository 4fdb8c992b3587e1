//! Undo and redo: which write is meant, and the question asked first. Whether the record
//! has moved on is found out by whoever sends.
//!
//! A write that takes another back names it; so does a redo. How long that chain is says
//! which of the two it was.

use crate::domain::write::{Op, OpId, OpState, WriteStep};
use crate::job::{Job, OrgKind};

use super::App;
use super::journal::Journal;
use super::msg::{Intent, Question};
use super::notice::Notice;
use super::turn::Turn;

/// A write that is done can be taken back, as far as that can be told from here.
pub(super) fn may_undo(op: &Op) -> bool {
    let lone = op.write.steps.len() == 1;
    op.state == OpState::Done
        && op
            .write
            .steps
            .iter()
            .enumerate()
            .all(|(place, step)| match step {
                WriteStep::Create { .. } => op.ids.get(place).is_some(),
                WriteStep::Update { .. } => op.delivery.before.get(place).is_some(),
                WriteStep::Delete { .. } => lone,
                WriteStep::Undelete { .. } => true,
            })
}

impl App {
    /// Takes the last write of this session back.
    pub(super) fn undo(&mut self, turn: &mut Turn<'_>) {
        let journal = turn.journal;
        let ours = journal.ops().iter().filter(|op| op.created >= self.started);
        let mut ours = ours.filter(|op| op.connection == turn.org.connection);
        let last = ours.find(|op| !takes_back(op, journal) && !is_taken_back(op.id, journal));
        match last {
            None => turn.tell(Notice::info(
                "Nothing to undo: this session has written nothing. sfw-tui undo takes back older writes",
            )),
            Some(op) if op.state == OpState::Done => start(op, "Undo", turn),
            Some(op) => turn.tell(Notice::info(format!(
                "#{} is {}, not saved: 3 shows it, x there gives it up",
                op.number,
                op.state.word()
            ))),
        }
    }

    /// Does again what was taken back last, unless something else was written since.
    pub(super) fn redo(&mut self, turn: &mut Turn<'_>) {
        let journal = turn.journal;
        let ours = journal.ops().iter().filter(|op| op.created >= self.started);
        let mut ours = ours.filter(|op| op.connection == turn.org.connection);
        let last = ours.find(|op| op.state == OpState::Done && !is_taken_back(op.id, journal));
        match last {
            Some(op) if takes_back(op, journal) => start(op, "Redo", turn),
            _ => turn.tell(Notice::info("Nothing to redo: the last write was no undo")),
        }
    }
}

/// It is an undo; a redo is a write like any other.
fn takes_back(op: &Op, journal: &Journal) -> bool {
    let mut back = false;
    let mut next = op.delivery.undoes;
    // Each link is older than the one before, so the walk ends.
    let mut number = op.number;
    while let Some(id) = next {
        back = !back;
        let older = journal.op(id).filter(|older| older.number < number);
        next = older.and_then(|older| older.delivery.undoes);
        number = older.map_or(number, |older| older.number);
    }
    back
}

fn is_taken_back(id: OpId, journal: &Journal) -> bool {
    let gone = |op: &Op| matches!(op.state, OpState::Failed | OpState::Cancelled);
    let mut others = journal.ops().iter();
    others.any(|op| op.delivery.undoes == Some(id) && !gone(op))
}

fn start(op: &Op, word: &str, turn: &mut Turn<'_>) {
    let job = Job::Undo(op.id);
    let kind = turn.org.session.as_ref().map(|session| session.kind);
    let production = kind == Some(OrgKind::Production);
    match consequence(op) {
        None if !production => {
            turn.tell(Notice::info(format!("{word}: {}", op.write.summary)));
            turn.start(job);
        }
        told => {
            let place = if production { "[PROD] " } else { "" };
            let mut text = vec![op.write.summary.clone()];
            text.extend(told.map(str::to_owned));
            text.push(format!("It is written to {place}{}.", turn.org.connection));
            turn.ask(Intent::Confirm(Box::new(Question {
                title: format!("{word} #{}?", op.number),
                text,
                then: job,
            })));
        }
    }
}

/// What taking it back does beyond putting old values back.
fn consequence(op: &Op) -> Option<&'static str> {
    let has = |wanted: fn(&WriteStep) -> bool| op.write.steps.iter().any(wanted);
    if has(|step| matches!(step, WriteStep::Delete { .. })) {
        Some("The record comes back from the recycle bin, as far as the org still has it.")
    } else if has(|step| matches!(step, WriteStep::Create { .. } | WriteStep::Undelete { .. })) {
        Some("What it made goes to the recycle bin.")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testkit::driver::Driver;
    use crate::app::testkit::outbox::{op, session, with_ops};
    use crate::app::testkit::{LENA, id};
    use crate::job::Reply;

    fn done(number: i64, step: WriteStep, undoes: Option<i64>) -> Op {
        let mut op = op(number, OpState::Done);
        op.created = "2026-11-12T12:05:00Z".parse().unwrap();
        op.write.steps = vec![step];
        op.delivery.before = vec![Default::default()];
        op.delivery.undoes = undoes.map(|number| uuid::Uuid::from_u128(number as u128));
        op
    }

    fn change() -> WriteStep {
        WriteStep::Update {
            object: "Contact".to_owned(),
            id: id(LENA),
            fields: Default::default(),
            base_modified: None,
            base: Default::default(),
        }
    }

    fn asked(it: &Driver) -> Option<OpId> {
        it.jobs().into_iter().find_map(|job| match job {
            Job::Undo(op) => Some(*op),
            _ => None,
        })
    }

    /// Outside text: in the search line `u` is a letter.
    fn session_with(ops: Vec<Op>) -> Driver {
        let mut it = with_ops(ops);
        it.app.view = crate::app::msg::View::Outbox;
        it
    }

    fn number(of: i64) -> Option<OpId> {
        Some(uuid::Uuid::from_u128(of as u128))
    }

    #[test]
    fn u_goes_back_and_capital_u_forth_again_one_write_at_a_time() {
        let mut it = session_with(Vec::new());
        it.press("u");
        assert_eq!(asked(&it), None);
        assert!(it.said().starts_with("Nothing to undo"), "{}", it.said());
        it.op(done(1, change(), None));
        it.op(done(2, change(), None));
        it.press("u");
        assert_eq!(asked(&it), number(2));
        it.op(done(3, change(), Some(2)));
        it.press("u");
        assert_eq!(asked(&it), number(1), "2 is taken back already");
        it.press("U");
        assert_eq!(asked(&it), number(3));
        it.op(done(4, change(), Some(3)));
        it.press("U");
        assert_eq!(asked(&it), None, "{}", it.said());
        it.press("u");
        assert_eq!(asked(&it), number(4), "a redo is undone like any write");
    }

    #[test]
    fn what_was_written_before_this_session_is_not_taken_back_by_a_key() {
        let mut old = done(1, change(), None);
        old.created = "2026-11-12T12:00:00Z".parse().unwrap();
        let mut it = session_with(vec![old]);
        it.press("u");
        assert_eq!(asked(&it), None);
    }

    #[test]
    fn a_delete_and_everything_on_production_is_asked_about_first() {
        let delete = WriteStep::Delete {
            object: "Contact".to_owned(),
            id: id(LENA),
        };
        for (step, kind) in [(delete, OrgKind::Local), (change(), OrgKind::Production)] {
            let mut it = session_with(Vec::new());
            it.reply(Reply::Connected(session(kind)));
            it.op(done(1, step, None));
            it.press("u");
            assert_eq!(asked(&it), None);
            it.wait(std::time::Duration::from_secs(1));
            it.press("y");
            assert_eq!(asked(&it), number(1));
        }
    }

    #[test]
    fn a_refused_undo_says_why_and_is_no_error_of_the_background() {
        let mut it = session_with(Vec::new());
        it.op(done(1, change(), None));
        it.press("u");
        let job = it.last(|job| matches!(job, Job::Undo(_))).0;
        let why = "the record has moved on: Ana changed it at 12:05";
        let failure = crate::domain::failure::Failure::new(
            crate::domain::failure::FailureKind::Conflict,
            "UNDO_REFUSED",
            why,
        );
        it.answer(job, Reply::Failed(failure));
        assert_eq!(it.said(), format!("Not undone: {why}"));
        assert_eq!(it.app.errors.unseen(&it.app.journal), 0);
    }
}
