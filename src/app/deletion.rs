//! The question asked before a record is deleted: the same wherever it is asked.

use crate::domain::record::Link;
use crate::domain::write::{Write, WriteStep};
use crate::job::{Job, OrgKind};

use super::msg::{Intent, Question};
use super::notice::Notice;
use super::turn::Turn;

/// Asks before a record goes to the recycle bin; says so where the user may not.
pub fn ask(link: &Link, turn: &mut Turn<'_>) {
    let object = turn.org.object(&link.object);
    let label = object.map_or(link.object.as_str(), |object| object.label.as_str());
    if object.is_some_and(|object| !object.deletable) {
        turn.tell(Notice::warn(format!(
            "You may not delete {label} records in this org"
        )));
        return;
    }
    let what = format!("{label} '{}'", link.name);
    let place = match turn.org.session.as_ref().map(|session| session.kind) {
        Some(OrgKind::Production) => " (PROD)",
        Some(OrgKind::Sandbox) => " (sandbox)",
        Some(OrgKind::Local) | None => "",
    };
    let org = &turn.org.connection;
    let question = Question {
        title: format!("Delete {what}?"),
        text: vec![
            format!("It goes to the recycle bin of {org}{place}, with the rows that belong to it."),
            "It can be restored there for 15 days.".to_owned(),
        ],
        then: Job::write(Write {
            summary: format!("delete {what}"),
            steps: vec![WriteStep::Delete {
                object: link.object.clone(),
                id: link.id,
            }],
            allow_duplicates: false,
        }),
    };
    turn.ask(Intent::Confirm(Box::new(question)));
}
