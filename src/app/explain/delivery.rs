//! How a write is delivered, in words: what makes it safe to send twice, what was found
//! while its outcome was unknown, and everything that happened to it.

use crate::app::App;
use crate::domain::record::Link;
use crate::domain::value;
use crate::domain::when::clock;
use crate::domain::write::{Look, Op, OpState, Way};

use super::Line;

/// Look-alikes told of one look.
const TOLD: usize = 5;

/// Safety and evidence.
pub(super) fn lines(op: &Op, app: &App) -> Vec<Line> {
    let mut lines = Vec::new();
    // Once it is settled nobody sends it again.
    let settled = matches!(op.state, OpState::Done | OpState::Cancelled);
    if let Some(way) = op.delivery.way.as_ref().filter(|_| !settled) {
        lines.push(pair("Safe twice", &safety(way)));
    }
    if let Some(undone) = op.delivery.undoes {
        let known = app.journal.op(undone);
        let what = known.map(|known| format!("#{} {}", known.number, known.write.summary));
        let what = what.unwrap_or_else(|| undone.to_string());
        lines.push(pair("Takes back", &what));
    }
    let looks = &op.delivery.looks;
    if !looks.is_empty() {
        lines.push(Line::Heading("Looked for in the org".to_owned()));
        lines.extend(looks.iter().flat_map(|look| found(look, app)));
    }
    lines
}

fn safety(way: &Way) -> String {
    match way {
        Way::Repeat => "sending it twice ends the same".to_owned(),
        Way::Key { field } => format!("upsert by {field}: the org keeps one record a key"),
        Way::Idempotency { key } => {
            format!("the org answers the same key only once for 30 days ({key})")
        }
        Way::Marker { field } => format!("its number stands in {field} and is looked for"),
        Way::Look => "by looking for a record that says the same".to_owned(),
    }
}

fn found(look: &Look, app: &App) -> Vec<Line> {
    let time = format!("{} (+{} s)", clock(look.at, &app.now), look.age);
    if look.hits.is_empty() {
        return vec![pair(&time, "nothing says the same")];
    }
    let told = look.hits.iter().take(TOLD).enumerate();
    let mut lines: Vec<Line> = told
        .map(|(place, link)| {
            let label = if place == 0 { time.as_str() } else { "" };
            pair(label, &look_alike(link, app))
        })
        .collect();
    if look.hits.len() > TOLD {
        lines.push(pair("", &format!("and {} more", look.hits.len() - TOLD)));
    }
    lines
}

/// A record that may be the write: its name, when it was made and by whom.
pub fn look_alike(link: &Link, app: &App) -> String {
    let name = match link.name.as_str() {
        "" => link.id.to_string(),
        name => format!("{name} ({})", link.id),
    };
    match app.outbox.made(link.id) {
        Some(made) => {
            let at = value::instant(&made.at).map(|at| clock(at, &app.now));
            format!(
                "{name}, made {} by {}",
                at.unwrap_or_else(|| made.at.clone()),
                made.by
            )
        }
        None => format!("{name}, made by you since it was sent"),
    }
}

/// Every transition, oldest first; nothing where it was not read yet.
pub(super) fn history(op: &Op, app: &App) -> Vec<Line> {
    let trail = app.journal.trail(op.id);
    if trail.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::Heading("History".to_owned())];
    lines.extend(trail.iter().map(|step| {
        let state = match step.state {
            OpState::Unknown => "UNKNOWN",
            state => state.word(),
        };
        let said = match step.note.as_str() {
            "" => state.to_owned(),
            note => format!("{state}: {note}"),
        };
        pair(&clock(step.at, &app.now), &said)
    }));
    lines
}

fn pair(label: &str, value: &str) -> Line {
    Line::Pair(label.to_owned(), value.to_owned())
}
