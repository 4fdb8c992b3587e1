//! Was, mine and theirs of a write that met somebody else's change.

use crate::app::App;
use crate::domain::merge::{By, of_refused};
use crate::domain::write::{Op, WriteStep};

use super::Line;

/// One pair a field; nothing where the write met no conflict.
pub(super) fn lines(op: &Op, app: &App) -> Vec<Line> {
    let (Some(theirs), [WriteStep::Update { fields, base, .. }]) =
        (&op.delivery.theirs, op.write.steps.as_slice())
    else {
        return Vec::new();
    };
    let schema = app.org.schema(&theirs.object);
    let found = of_refused((fields, base), theirs, schema, &app.now);
    let mut lines = vec![Line::Heading("Was, mine, theirs".to_owned())];
    lines.extend(found.iter().map(|row| {
        let mine = told(row.mine.as_deref());
        let now = match row.by {
            By::Me => "nobody else changed it".to_owned(),
            By::Them | By::Both => format!("theirs {}", told(Some(&row.theirs))),
        };
        let said = format!("was {}, mine {mine}, {now}", told(row.was.as_deref()));
        Line::Pair(row.label.clone(), said)
    }));
    lines
}

fn told(value: Option<&str>) -> String {
    match value {
        None => "(not read)".to_owned(),
        Some("") => "--".to_owned(),
        Some(value) => format!("'{value}'"),
    }
}
