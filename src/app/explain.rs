//! Explains what became of a write or a request, line by line: what happened and when,
//! why, what to do next, what would be sent. Plain data for outbox and errors to draw; knows
//! nothing of columns or styles.

mod conflict;
pub mod delivery;

use jiff::{Timestamp, Zoned};
use serde_json::Value;

use crate::domain::failure::{Failure, FailureKind, may_retry};
use crate::domain::record::Fields;
use crate::domain::schema::{Field, FieldType, ObjectSchema};
use crate::domain::value;
use crate::domain::when::clock;
use crate::domain::write::{Op, OpState, Plan, WriteStep};

use super::App;
use super::org::Org;

/// One paragraph of an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Sentences.
    Text(String),
    /// Sentences that matter more.
    Strong(String),
    /// What went wrong.
    Bad(String),
    /// A heading over pairs.
    Heading(String),
    /// A label and its value.
    Pair(String, String),
    /// What to do next.
    Next(String),
}

/// All there is to say about a write.
pub fn of_write(op: &Op, app: &App) -> Vec<Line> {
    let (org, now) = (app.org.as_ref(), &app.now);
    let mut lines = vec![Line::Strong(op.write.summary.clone())];
    lines.push(Line::Text(happened(op, now)));
    if let Some(failure) = &op.failure {
        let schema = failed_schema(failure, op, org);
        let told = of_failure(failure, schema).into_iter();
        // What goes by itself needs no advice to send it again.
        let by_itself = matches!(op.state, OpState::Queued | OpState::Retry)
            && may_retry(failure.kind)
            && failure.kind != FailureKind::Session;
        lines.extend(told.filter(|line| !(by_itself && matches!(line, Line::Next(_)))));
    }
    if let Some(first) = app.journal.held_by(op).filter(|_| op.state.is_pending()) {
        let what = format!("#{} {}", first.number, first.write.summary);
        lines.push(Line::Pair("Waits for".to_owned(), what));
    }
    lines.extend(conflict::lines(op, app));
    lines.extend(delivery::lines(op, app));
    for (place, step) in op.write.steps.iter().enumerate() {
        lines.extend(of_step(
            step,
            op.ids.get(place).map(|id| id.as_str()),
            org,
            now,
        ));
    }
    lines.extend(delivery::history(op, app));
    lines
}

/// All there is to say about a request that was to change nothing.
pub fn of_read(what: &str, failure: &Failure, time: Timestamp, now: &Zoned) -> Vec<Line> {
    let mut lines = vec![
        Line::Strong(what.to_owned()),
        Line::Text(format!(
            "Failed {}; nothing was to be written.",
            clock(time, now)
        )),
    ];
    let told = of_failure(failure, None).into_iter();
    // The advice for a write names keys that send it again; a read is asked again.
    lines.extend(told.map(|line| match line {
        Line::Next(_) if may_retry(failure.kind) => Line::Next(READ_AGAIN.to_owned()),
        other => other,
    }));
    lines
}

const READ_AGAIN: &str = "Go back to where it failed (- is the view before) and press r there.";

/// Why something failed: in plain words, in the org's words, and what to do.
fn of_failure(failure: &Failure, schema: Option<&ObjectSchema>) -> Vec<Line> {
    let mut lines = vec![Line::Bad(sentence(failure.title()))];
    if !failure.message.is_empty() {
        lines.push(Line::Text(failure.message.clone()));
    }
    lines.push(Line::Next(failure.hint().to_owned()));
    let code = match failure.status {
        Some(status) => format!("{} (HTTP {status})", failure.code),
        None => failure.code.clone(),
    };
    lines.push(Line::Pair("Code".to_owned(), code));
    if !failure.fields.is_empty() {
        let label = if failure.fields.len() == 1 {
            "Field"
        } else {
            "Fields"
        };
        let names = labels(&failure.fields, schema);
        lines.push(Line::Pair(label.to_owned(), names));
    }
    for found in &failure.matches {
        let what = format!("{} ({})", found.link.name, found.link.object);
        lines.push(Line::Pair("Match".to_owned(), what));
    }
    lines
}

/// Fields by label where the describe is known, else by API name.
pub fn labels(fields: &[String], schema: Option<&ObjectSchema>) -> String {
    let labels: Vec<&str> = fields
        .iter()
        .map(|name| match schema.and_then(|schema| schema.field(name)) {
            Some(field) => field.title(),
            None => name.as_str(),
        })
        .collect();
    labels.join(", ")
}

/// The object a failure speaks of: the step that has its field, else the first step's.
pub fn failed_schema<'a>(failure: &Failure, op: &Op, org: &'a Org) -> Option<&'a ObjectSchema> {
    let schemas = || {
        let steps = op.write.steps.iter();
        steps.filter_map(|step| org.schema(step.object()))
    };
    let named = |schema: &&ObjectSchema| {
        let mut fields = failure.fields.iter();
        fields.any(|field| schema.field(field).is_some())
    };
    schemas().find(named).or_else(|| schemas().next())
}

/// What happened, as sentences with their time.
fn happened(op: &Op, now: &Zoned) -> String {
    let (created, changed) = (clock(op.created, now), clock(op.changed, now));
    let tries = match op.attempts {
        0 => "not tried yet".to_owned(),
        1 => "tried once".to_owned(),
        n => format!("tried {n} times"),
    };
    match op.state {
        OpState::Queued if op.attempts == 0 => {
            format!(
                "Written {created}, {tries}. Nothing reached the org. It is safe on disk and goes at its turn; s sends it now."
            )
        }
        OpState::Queued => {
            format!(
                "Written {created}, {tries}. Nothing was saved. It is safe on disk and goes once sending goes on; s sends it now."
            )
        }
        OpState::Retry => {
            let at = op
                .delivery
                .not_before
                .map_or_else(|| "soon".to_owned(), |at| format!("at {}", clock(at, now)));
            format!(
                "Written {created}, {tries}. Nothing was saved. It is safe on disk and is tried again {at}; s sends it now."
            )
        }
        OpState::Blocked => format!(
            "Written {created}. It points to a record that another write makes first, and goes when that one is saved."
        ),
        OpState::Sending => format!("Written {created}, on its way since {changed}."),
        OpState::Unknown => format!(
            "Sent {changed}; no answer came. {}{}",
            unknown_plan(op, now),
            unknown_risk(op)
        ),
        OpState::Done => format!("Saved {changed}, {tries}."),
        OpState::Failed if op.attempts == 0 => {
            format!("Refused {changed} before anything was sent.")
        }
        OpState::Failed => format!("Refused {changed}, {tries}. Nothing was saved."),
        OpState::Cancelled if lost_answer(op) => {
            format!("Given up {changed}; it may have been saved before that.")
        }
        OpState::Cancelled => format!("Given up {changed}. Nothing was saved."),
    }
}

/// What happens to it by itself, and what was found so far.
fn unknown_plan(op: &Op, now: &Zoned) -> String {
    let at = |at: Option<jiff::Timestamp>| {
        at.map_or_else(|| "soon".to_owned(), |at| format!("at {}", clock(at, now)))
    };
    match op.plan() {
        Some(Plan::Send { at: when }) => {
            format!(
                "It is sent again by itself {}, which is harmless. ",
                at(when)
            )
        }
        Some(Plan::Look { at: when }) => {
            let found = op.delivery.looks.last();
            let looks = match op.delivery.looks.len() {
                0 => String::new(),
                _ if found.is_some_and(|look| !look.hits.is_empty()) => {
                    "One record says the same, made after the line broke: it may be this or \
                     somebody's own. "
                        .to_owned()
                }
                n => format!("Not found so far (looked {n} times). "),
            };
            format!("{looks}It is looked for in the org {}. ", at(when))
        }
        Some(Plan::Ask) => {
            let hits = op.delivery.looks.last().map_or(0, |look| look.hits.len());
            format!("{hits} records in the org say the same: it may be one of them. ")
        }
        None => String::new(),
    }
}

fn unknown_risk(op: &Op) -> &'static str {
    if op.write.creates() {
        "If it was saved, sending it again makes a second one."
    } else {
        "If it was saved, sending it again may undo what somebody else wrote since."
    }
}

fn lost_answer(op: &Op) -> bool {
    let mut kinds = op.failure.iter().map(|failure| failure.kind);
    kinds.any(|kind| kind == FailureKind::OutcomeUnknown)
}

fn of_step(step: &WriteStep, id: Option<&str>, org: &Org, now: &Zoned) -> Vec<Line> {
    let name = org
        .schema(step.object())
        .map_or(step.object(), |schema| schema.summary.label.as_str());
    let (verb, fields, id) = match step {
        WriteStep::Create { fields, .. } => ("New", Some(fields), id),
        WriteStep::Update { id, fields, .. } => ("Change", Some(fields), Some(id.as_str())),
        WriteStep::Delete { id, .. } => ("Delete", None, Some(id.as_str())),
        WriteStep::Undelete { id, .. } => ("Bring back", None, Some(id.as_str())),
    };
    let heading = match id {
        Some(id) => format!("{verb} {name} {id}"),
        None => format!("{verb} {name}"),
    };
    let mut lines = vec![Line::Heading(heading)];
    lines.extend(
        fields
            .into_iter()
            .flat_map(|fields| pairs(fields, org.schema(step.object()), (org, now))),
    );
    lines
}

fn pairs(fields: &Fields, schema: Option<&ObjectSchema>, (org, now): (&Org, &Zoned)) -> Vec<Line> {
    fields
        .iter()
        .map(|(name, value)| {
            let field = schema.and_then(|schema| schema.field(name));
            let label = field.map_or(name.as_str(), |field| field.title());
            let id = value.as_str().filter(|_| is_link(field));
            if let Some(named) = id.and_then(|id| org.names.told(id)) {
                return Line::Pair(label.to_owned(), named);
            }
            let shown = match (value, made_by(value), field) {
                (Value::Null, ..) => "(emptied)".to_owned(),
                (_, Some(step), _) => format!("(the record of step {step})"),
                (_, None, Some(field)) => value::display(field, Some(value), now),
                (Value::String(text), None, None) => text.clone(),
                (other, None, None) => other.to_string(),
            };
            Line::Pair(label.to_owned(), shown)
        })
        .collect()
}

/// An id in it stands for a record; without a describe every id may.
fn is_link(field: Option<&Field>) -> bool {
    field.is_none_or(|field| field.kind == FieldType::Reference)
}

/// The step, counted from 1, whose new record a value such as `@{0.id}` stands for.
fn made_by(value: &Value) -> Option<usize> {
    let inner = value.as_str()?.strip_prefix("@{")?.strip_suffix(".id}")?;
    inner.parse::<usize>().ok()?.checked_add(1)
}

/// A title as a sentence starts.
fn sentence(title: &str) -> String {
    let mut chars = title.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testkit::form::{contact_form, lena_record, noon, page};
    use crate::app::testkit::outbox::op;
    use crate::app::testkit::{ACME, LENA};
    use crate::job::Reply;
    use serde_json::json;

    #[test]
    fn what_goes_by_itself_advises_nothing_and_an_ended_session_does() {
        let app = App::start("demo", noon()).0;
        let advice = |state: OpState, code: &str, status: u16| {
            let failure = Failure::from_org(code, Some(status), "told");
            let op = Op {
                failure: Some(failure),
                ..op(1, state)
            };
            let lines = of_write(&op, &app);
            lines.iter().any(|line| matches!(line, Line::Next(_)))
        };
        assert!(!advice(OpState::Retry, "UNABLE_TO_LOCK_ROW", 400));
        assert!(!advice(OpState::Queued, "REQUEST_LIMIT_EXCEEDED", 403));
        assert!(advice(OpState::Queued, "INVALID_SESSION_ID", 401));
        assert!(advice(OpState::Failed, "UNABLE_TO_LOCK_ROW", 400));
    }

    #[test]
    fn an_id_in_a_lookup_is_told_by_its_name_where_that_is_known() {
        let fields = json!({"AccountId": ACME, "Title": LENA, "WhoId": LENA});
        let fields = fields.as_object().cloned().unwrap();
        let form = contact_form();
        let shown = |org: &Org| -> Vec<String> {
            let lines = pairs(&fields, Some(&form.schema), (org, &noon()));
            let values = lines.into_iter().filter_map(|line| match line {
                Line::Pair(_, value) => Some(value),
                _ => None,
            });
            values.collect()
        };
        let mut org = Org::default();
        assert_eq!(shown(&org), [ACME, LENA, LENA]);
        org.names
            .learn(&Reply::Opened(Box::new(page(lena_record()))));
        let told = shown(&org);
        assert!(told[0].starts_with("Acme Holdings plc ("), "{told:?}");
        assert_eq!(told[1], LENA, "a text stays as it is sent");
        assert!(told[2].starts_with("Lena Ortiz ("), "{told:?}");
    }
}
