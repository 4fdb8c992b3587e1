//! Activities as the screen lists them: the org's, and what this session wrote since
//! the org was asked. Pure.

#[cfg(test)]
mod tests;

use jiff::Zoned;
use jiff::civil::Date;
use serde_json::Value;

use crate::domain::id::RecordId;
use crate::domain::record::{Fields, Link};
use crate::domain::timeline::{Activity, ActivityKind, Timeline};
use crate::domain::value::instant;
use crate::domain::write::{Op, OpState, WriteStep};

/// One activity with how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// How it stands.
    pub mark: Mark,
    /// The activity. While it waits, its link's id is the open record's.
    pub activity: Activity,
    /// Names the entry for good: the record's id, or the write's.
    pub key: String,
}

/// How an activity stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Not saved yet: in the outbox in this state.
    Waiting(OpState),
    /// To come.
    Open,
    /// Open, and its day is over.
    Overdue,
    /// It happened.
    Past,
}

/// What is merged.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The open record.
    pub record: RecordId,
    /// The org's timeline and when it was read; `None` until the record is there.
    pub read: Option<(&'a Timeline, jiff::Timestamp)>,
    /// The journal's writes.
    pub ops: &'a [Op],
    /// Status a task has when none is chosen, where describe told it.
    pub first_status: Option<&'a str>,
    /// The present moment.
    pub now: &'a Zoned,
}

/// Waiting writes first, then what is to come, then what was, newest first. A write that
/// is done stands among the org's own until a later reading brings it.
pub fn merge(from: &Sources<'_>) -> Vec<Entry> {
    let (mut open, mut past) = from
        .read
        .map(|(timeline, _)| (timeline.open.clone(), timeline.past.clone()))
        .unwrap_or_default();
    let gone = deleted(from.ops);
    open.retain(|activity| !gone.contains(&activity.link.id));
    past.retain(|activity| !gone.contains(&activity.link.id));
    let mut waiting = Vec::new();
    for op in from.ops {
        for (step, activity) in written(op, from) {
            match op.state {
                state if state.is_pending() => waiting.push(Entry {
                    mark: Mark::Waiting(op.state),
                    activity,
                    key: format!("{}.{step}", op.id),
                }),
                OpState::Done if is_news(op, &activity, from, &gone) => {
                    let list = if activity.open { &mut open } else { &mut past };
                    insert(list, activity);
                }
                _ => {}
            }
        }
    }
    let today = from.now.date();
    let listed = open.into_iter().chain(past).map(|it| entry(it, today));
    waiting.into_iter().chain(listed).collect()
}

fn entry(activity: Activity, today: Date) -> Entry {
    let mark = match (activity.open, activity.day) {
        (true, Some(day)) if day < today => Mark::Overdue,
        (true, _) => Mark::Open,
        (false, _) => Mark::Past,
    };
    Entry {
        mark,
        key: activity.link.id.to_string(),
        activity,
    }
}

/// The org has not told of it yet, and nothing deleted it since.
fn is_news(op: &Op, activity: &Activity, from: &Sources<'_>, gone: &[RecordId]) -> bool {
    let id = activity.link.id;
    let told = from.read.is_some_and(|(timeline, fetched)| {
        op.changed <= fetched
            || timeline.open.iter().any(|it| it.link.id == id)
            || timeline.past.iter().any(|it| it.link.id == id)
    });
    !told && !gone.contains(&id)
}

fn deleted(ops: &[Op]) -> Vec<RecordId> {
    ops.iter()
        .filter(|op| op.state == OpState::Done)
        .flat_map(|op| &op.write.steps)
        .filter_map(|step| match step {
            WriteStep::Delete { id, .. } => Some(*id),
            WriteStep::Create { .. } | WriteStep::Update { .. } | WriteStep::Undelete { .. } => {
                None
            }
        })
        .collect()
}

/// Puts it where its day belongs: open ones rise by day, past ones fall; an open one
/// without a day comes last.
fn insert(list: &mut Vec<Activity>, activity: Activity) {
    let day = |it: &Activity| it.day.unwrap_or(Date::MAX);
    let comes_after = |other: &Activity| match activity.open {
        true => day(other) > day(&activity),
        false => day(other) <= day(&activity),
    };
    let place = list.iter().position(comes_after).unwrap_or(list.len());
    list.insert(place, activity);
}

/// The activities a write makes on the record, with their steps.
fn written(op: &Op, from: &Sources<'_>) -> Vec<(usize, Activity)> {
    let names = |fields: &Fields| {
        let id = from.record.as_str();
        fields.values().any(|value| value.as_str() == Some(id))
    };
    let on_record = op.write.steps.iter().any(|step| match step {
        WriteStep::Create { fields, .. } => names(fields),
        WriteStep::Update { .. } | WriteStep::Delete { .. } | WriteStep::Undelete { .. } => false,
    });
    if !on_record {
        return Vec::new();
    }
    let steps = op.write.steps.iter().enumerate();
    steps
        .filter_map(|(at, step)| match step {
            // A ContentNote names the record in its link row, not in itself.
            WriteStep::Create { object, fields } if object == "ContentNote" || names(fields) => {
                let id = op.ids.get(at).copied().unwrap_or(from.record);
                Some((at, activity(object, fields, id, (op, from))?))
            }
            _ => None,
        })
        .collect()
}

fn activity(
    object: &str,
    fields: &Fields,
    id: RecordId,
    (op, from): (&Op, &Sources<'_>),
) -> Option<Activity> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let zone = from.now.time_zone();
    let written = op.created.to_zoned(zone.clone()).date();
    let date = |name: &str| text(name).and_then(|day| day.parse::<Date>().ok());
    let (kind, day, open) = match object {
        "Task" => {
            let kind = match text("TaskSubtype") {
                Some("Call") => ActivityKind::Call,
                Some("Email") => ActivityKind::Email,
                _ => ActivityKind::Task,
            };
            // Who leaves the status out leaves the task open.
            let open = text("Status").is_none_or(|status| Some(status) == from.first_status);
            (kind, date("ActivityDate"), open)
        }
        "Event" => {
            let start = text("StartDateTime").and_then(instant);
            let day = start
                .map(|start| start.to_zoned(zone.clone()).date())
                .or_else(|| date("ActivityDate"));
            let ahead = match start {
                Some(start) => start > from.now.timestamp(),
                None => day.is_some_and(|day| day >= from.now.date()),
            };
            (ActivityKind::Meeting, day, ahead)
        }
        "ContentNote" | "Note" => (ActivityKind::Note, Some(written), false),
        _ => return None,
    };
    let subject = text("Subject")
        .or_else(|| text("Title"))
        .unwrap_or_default();
    Some(Activity {
        link: Link {
            object: object.to_owned(),
            id,
            name: subject.to_owned(),
        },
        kind,
        day,
        text: text("Description")
            .or_else(|| text("Body"))
            .unwrap_or_default()
            .to_owned(),
        with: None,
        owner: None,
        open,
    })
}
