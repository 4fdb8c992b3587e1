//! What the user may do about a write as it stands, and the questions asked first. One
//! place for outbox and errors, so that both refuse and ask alike.

use jiff::Zoned;

use crate::domain::when::clock;
use crate::domain::write::{Op, OpState};
use crate::job::Job;

use super::command::Command;
use super::msg::{Intent, Question};
use super::notice::Notice;
use super::turn::Turn;

/// Something to do about a write that is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Send it as it is.
    Send,
    /// Change it, then send it.
    Fix,
    /// Give it up.
    GiveUp,
}

impl Action {
    /// The action a command of outbox or errors stands for.
    pub fn of(command: Command) -> Option<Self> {
        match command {
            Command::SendNow | Command::Retry => Some(Self::Send),
            Command::Fix => Some(Self::Fix),
            Command::CancelWrite | Command::Dismiss => Some(Self::GiveUp),
            _ => None,
        }
    }
}

/// What applies to a write in this state; each other action is refused with a reason.
pub fn actions(state: OpState) -> &'static [Action] {
    match state {
        OpState::Queued | OpState::Retry | OpState::Failed => {
            &[Action::Send, Action::Fix, Action::GiveUp]
        }
        OpState::Blocked => &[Action::GiveUp],
        OpState::Unknown => &[Action::Send, Action::GiveUp],
        OpState::Sending | OpState::Done | OpState::Cancelled => &[],
    }
}

/// Does it, asks first where the outcome is unknown, or says why it cannot be done.
pub fn settle(action: Action, op: &Op, turn: &mut Turn<'_>) {
    if let Some(reason) = refusal(action, op.state) {
        turn.tell(Notice::info(format!("#{}: {reason}", op.number)));
        return;
    }
    match (action, op.state) {
        (Action::Fix, _) => turn.ask(Intent::Fix(op.id)),
        (Action::Send, OpState::Unknown) => ask(send_again(op, turn.now), turn),
        (Action::GiveUp, OpState::Unknown) => ask(give_up(op, turn.now), turn),
        (Action::Send, _) => {
            turn.start(Job::Resend {
                op: op.id,
                seen: op.state,
            });
        }
        (Action::GiveUp, _) => {
            turn.start(Job::Cancel(op.id));
        }
    }
}

/// Why an action does not apply.
fn refusal(action: Action, state: OpState) -> Option<&'static str> {
    if actions(state).contains(&action) {
        return None;
    }
    Some(match (state, action) {
        (OpState::Sending, _) => "it is on its way to the org: wait for the answer",
        (OpState::Done, Action::Send) => "it is saved: there is nothing left to send",
        (OpState::Done, Action::Fix) => "it is saved: open the record to change it",
        (OpState::Done, Action::GiveUp) => "it is saved and cannot be cancelled here",
        (OpState::Blocked, _) => "it points to a record that another write makes first",
        (OpState::Cancelled, _) => "it was given up: write it anew where it is still wanted",
        _ => "it may be saved already: look at the record, then s sends it again or x gives it up",
    })
}

fn ask(question: Question, turn: &mut Turn<'_>) {
    turn.ask(Intent::Confirm(Box::new(question)));
}

fn send_again(op: &Op, now: &Zoned) -> Question {
    let risk = if op.write.creates() {
        "If it was saved, sending it again makes a second one."
    } else {
        "If it was saved, sending it again changes nothing more, but it may undo what somebody else wrote since."
    };
    Question {
        title: format!("Send #{} again?", op.number),
        text: vec![
            op.write.summary.clone(),
            format!(
                "It was sent at {} and no answer came: it may be saved already.",
                clock(op.changed, now)
            ),
            risk.to_owned(),
            "Look for it in Salesforce first.".to_owned(),
        ],
        then: Job::Resend {
            op: op.id,
            seen: op.state,
        },
    }
}

fn give_up(op: &Op, now: &Zoned) -> Question {
    Question {
        title: format!("Give up #{}?", op.number),
        text: vec![
            op.write.summary.clone(),
            format!(
                "It was sent at {} and no answer came: it may be saved already.",
                clock(op.changed, now)
            ),
            "Giving it up takes nothing back; it only stops asking you about it.".to_owned(),
        ],
        then: Job::Cancel(op.id),
    }
}
