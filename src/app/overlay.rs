//! What may lie above the main views. A closed set, kept as a stack: the top one gets
//! the keys.

use jiff::Zoned;

use crate::domain::draft::SavedDraft;

use super::screen::confirm::Confirm;
use super::screen::finder::Finder;
use super::screen::form::Form;
use super::screen::lists::Lists;
use super::screen::log::LogForm;

/// Something above the main view.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// Edit or create a record; fills the screen.
    Form(Box<Form>),
    /// Log a call, meeting, task or note.
    Log(Box<LogForm>),
    /// Help or command palette.
    Finder(Box<Finder>),
    /// List views to choose from.
    Lists(Box<Lists>),
    /// A question.
    Confirm(Box<Confirm>),
}

impl Overlay {
    /// What was typed and not sent, to be kept.
    pub fn draft(&self, now: &Zoned) -> Option<SavedDraft> {
        match self {
            Overlay::Form(form) => form.saved_draft(now),
            Overlay::Log(log) => log.saved_draft(now),
            Overlay::Finder(_) | Overlay::Lists(_) | Overlay::Confirm(_) => None,
        }
    }

    /// It hands something over to the outbox: closing must wait for the first answer.
    pub fn is_saving(&self) -> bool {
        match self {
            Overlay::Form(form) => form.is_saving(),
            Overlay::Log(log) => log.is_saving(),
            Overlay::Finder(_) | Overlay::Lists(_) | Overlay::Confirm(_) => false,
        }
    }

    /// It has closed itself.
    pub fn is_done(&self) -> bool {
        match self {
            Overlay::Form(form) => form.is_done(),
            Overlay::Log(log) => log.is_done(),
            Overlay::Finder(_) | Overlay::Lists(_) | Overlay::Confirm(_) => false,
        }
    }
}

/// Calls the same method on whichever overlay it is.
macro_rules! each {
    ($overlay:expr, $inner:ident => $call:expr) => {
        match $overlay {
            $crate::app::overlay::Overlay::Form($inner) => $call,
            $crate::app::overlay::Overlay::Log($inner) => $call,
            $crate::app::overlay::Overlay::Finder($inner) => $call,
            $crate::app::overlay::Overlay::Lists($inner) => $call,
            $crate::app::overlay::Overlay::Confirm($inner) => $call,
        }
    };
}
pub(super) use each;
