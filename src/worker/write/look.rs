//! Looking in the org for a write whose answer was lost: rows made by this user since it
//! was sent, that say the same. One exact hit made before the line broke is it; one made
//! later may be somebody's own, and ours still to come, so it counts with the last look.
//! Several are the user's to tell apart; none after the last look means that it never came,
//! for no call of the org's runs longer.
//! Everything found is kept as evidence.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::same::{instant, is_same};
use super::send::{Post, forget_old_pages};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::id::RecordId;
use crate::domain::record::{Fields, Link, Record};
use crate::domain::schema::{FieldType, ObjectForm};
use crate::domain::soql::{Order, select};
use crate::domain::write::{Delivery, LOOKS, Look, Op, OpState, Way, WriteStep};
use crate::failpoint;
use crate::job::Reply;
use crate::sf::composite::{self, Part};
use crate::sf::query;
use crate::sf::request::Purpose;
use crate::store::outbox::Verdict;
use crate::worker::connect::{self, Line};
use crate::worker::describe;

/// Clocks of the org's own servers differ by less.
const MARGIN: SignedDuration = SignedDuration::from_secs(5);

/// Rows read for one step, one page of a query. Where there are more since the sending, what
/// is looked for may be among those not read.
const ROWS: u32 = 2_000;

/// Queries of one composite (REST API guide, Composite).
const MOST_STEPS: usize = 5;

/// Fields that tell one record from another where its describe is not known.
const TELLING: &[&str] = &[
    "ActivityDate",
    "CloseDate",
    "Company",
    "ContentDocumentId",
    "Email",
    "FirstName",
    "LastName",
    "LinkedEntityId",
    "Name",
    "StartDateTime",
    "Subject",
    "Title",
    "WhatId",
    "WhoId",
];

/// Looks once for a write of unknown outcome and writes down what was found.
pub(super) async fn look(post: Post<'_>, op: &Op) -> Op {
    failpoint::reached("look/begin");
    match try_look(post, op).await {
        Ok(found) => written(post, op, found),
        Err(failure) => later(post, op, failure),
    }
}

/// What one look found: for each new record the rows that say the same.
struct Found {
    at: Timestamp,
    age: SignedDuration,
    steps: Vec<Vec<Link>>,
    /// None of them was made after the line broke.
    prompt: bool,
    /// All rows there are were read.
    whole: bool,
}

async fn try_look(post: Post<'_>, op: &Op) -> Result<Found, Failure> {
    let line = connect::line(post.engine, post.asked).await?;
    let org_id = line.session.borrow().org_id.clone();
    if !post.outbox.belongs_to(op.id, &org_id)? {
        return Err(Failure::local("it was made for another org"));
    }
    let sent = op.delivery.sent;
    let steps: Vec<Question<'_>> = op
        .write
        .steps
        .iter()
        .enumerate()
        .filter_map(|(place, step)| question(post, op, place, step))
        .take(MOST_STEPS)
        .collect();
    // The org's clock is learnt with the first answer; until then a wide margin finds the
    // same rows and some more, which say something else.
    let ahead = sent.and_then(|sent| sent.ahead).or(line.wire.ahead());
    let first = sent.map_or(op.created, |sent| sent.at);
    let last = sent.and_then(|sent| sent.last).unwrap_or(first);
    let since = first + SignedDuration::from_secs(ahead.unwrap_or(-300)) - MARGIN;
    let user = line.session.borrow().user_id.clone();
    let mut parts = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        let request = query::query(line.version, &step.soql(&user, since)?);
        parts.push(Part {
            reference: format!("q{place}"),
            request,
        });
    }
    let broke = sent.and_then(|sent| sent.broke).unwrap_or(last);
    let until = broke + SignedDuration::from_secs(ahead.unwrap_or(300)) + MARGIN;
    let window = Window { since, until };
    let request = composite::composite(line.version, Purpose::Read, parts);
    let response = line.wire.read(post.asked, &request).await?;
    let ahead = SignedDuration::from_secs(ahead.or(line.wire.ahead()).unwrap_or_default());
    let at = server_now(post, &line);
    let age = at.duration_since(last + ahead);
    let mut found = Found {
        at,
        age,
        steps: Vec::new(),
        prompt: true,
        whole: true,
    };
    let pages = query::read_composite(&response.body)?;
    for (place, step) in steps.iter().enumerate() {
        let page = pages.iter().find(|(name, _)| *name == format!("q{place}"));
        let page = match page {
            Some((_, Ok(page))) => page,
            Some((_, Err(failure))) => return Err(failure.clone()),
            None => return Err(Failure::bad_reply(None, "a part of the answer is missing")),
        };
        found.whole &= page.next.is_none() && page.records.len() < ROWS as usize;
        let same = says_same(post, step, (&page.records, &window))?;
        found.prompt &= step.mark.is_some() || same.iter().all(|hit| window.is_prompt(hit));
        let links = same.iter().filter_map(|hit| step.link(hit)).collect();
        found.steps.push(links);
    }
    Ok(found)
}

/// Now by the org's clock, as far as it told.
fn server_now(post: Post<'_>, line: &Line) -> Timestamp {
    let ahead = SignedDuration::from_secs(line.wire.ahead().unwrap_or_default());
    post.engine.schedule.now() + ahead
}

/// What is asked about one new record.
struct Question<'a> {
    object: &'a str,
    /// The values that tell it.
    telling: Vec<(&'a str, &'a Value)>,
    mark: Option<(&'a str, String)>,
}

impl Question<'_> {
    fn link(&self, row: &Record) -> Option<Link> {
        let id = row.id?;
        let name = ["Name", "Subject", "Title", "LastName"]
            .iter()
            .find_map(|field| row.text(field))
            .unwrap_or(id.as_str());
        Some(Link {
            object: self.object.to_owned(),
            id,
            name: name.to_owned(),
        })
    }

    fn soql(&self, user: &str, since: Timestamp) -> Result<String, Failure> {
        let columns: Vec<&str> = self.telling.iter().map(|(name, _)| *name).collect();
        let asked = select(self.object, &["Id", "CreatedDate"]);
        let asked = columns.iter().fold(asked, |asked, name| asked.field(name));
        let asked = match &self.mark {
            Some((field, mark)) => asked.where_eq(field, mark),
            None => asked,
        };
        asked
            .where_eq("CreatedById", user)
            .where_since("CreatedDate", since)
            .order("CreatedDate", Order::Desc)
            .limit(ROWS)
            .build()
            .map_err(|bad| Failure::input(&bad.to_string()))
    }
}

fn question<'a>(
    post: Post<'_>,
    op: &'a Op,
    place: usize,
    step: &'a WriteStep,
) -> Option<Question<'a>> {
    let WriteStep::Create { object, fields } = step else {
        return None;
    };
    let form = describe::known_form(post.engine, post.asked, object);
    let mark = match &op.delivery.way {
        Some(Way::Marker { field }) => Some((field.as_str(), mark(op, place))),
        _ => None,
    };
    let telling = match mark {
        Some(_) => Vec::new(),
        None => telling(fields, form.as_ref().map(|form| form.value.as_ref())),
    };
    Some(Question {
        object,
        telling,
        mark,
    })
}

/// As `sf::write` marks the step.
fn mark(op: &Op, place: usize) -> String {
    let key = op.id.simple();
    match place {
        0 => key.to_string(),
        _ => format!("{key}-{place}"),
    }
}

/// The values by which a record is known again: names, dates, addresses and whom it is
/// about. Long texts and figures are left out, for automation rounds and rewrites them.
fn telling<'a>(fields: &'a Fields, form: Option<&ObjectForm>) -> Vec<(&'a str, &'a Value)> {
    let tells = |name: &str| match form.and_then(|form| form.schema.field(name)) {
        Some(field) => {
            let kind = matches!(
                field.kind,
                FieldType::Reference | FieldType::Date | FieldType::DateTime | FieldType::Email
            );
            let owned = matches!(name, "OwnerId" | "RecordTypeId");
            field.name_field || (kind && !owned) || TELLING.contains(&name)
        }
        None => TELLING.contains(&name),
    };
    let set = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .filter(|(_, value)| !value.is_null());
    // What points to another step of the same write has no id yet.
    let known = |value: &Value| !value.as_str().is_some_and(|text| text.starts_with("@{"));
    let found: Vec<_> = set
        .clone()
        .filter(|(name, value)| tells(name) && known(value))
        .collect();
    match found.is_empty() {
        false => found,
        true => set
            .filter(|(_, value)| value.is_string() && known(value))
            .collect(),
    }
}

/// The time in which a record was made that an answered request made.
struct Window {
    since: Timestamp,
    until: Timestamp,
}

impl Window {
    fn is_prompt(&self, row: &Record) -> bool {
        made(row).is_some_and(|at| at <= self.until)
    }
}

fn made(row: &Record) -> Option<Timestamp> {
    row.text("CreatedDate").and_then(instant)
}

/// The rows that say the same, made since, and that no other write of this outbox made.
fn says_same<'a>(
    post: Post<'_>,
    asked: &Question<'_>,
    (rows, window): (&'a [Record], &Window),
) -> Result<Vec<&'a Record>, Failure> {
    let mut same = Vec::new();
    for row in rows {
        let is_ours = |(name, mine): &(&str, &Value)| {
            is_same(mine, row.fields.get(*name).unwrap_or(&Value::Null))
        };
        let is_early = made(row).is_some_and(|at| at < window.since);
        if is_early || !asked.telling.iter().all(is_ours) {
            continue;
        }
        if let Some(id) = row.id
            && !post.outbox.has_written(id)?
        {
            same.push(row);
        }
    }
    Ok(same)
}

fn written(post: Post<'_>, op: &Op, found: Found) -> Op {
    let schedule = &post.engine.schedule;
    let mut delivery: Delivery = op.delivery.clone();
    let exact = exact(op, &found.steps);
    let several = found.steps.iter().any(|hits| hits.len() > 1);
    let nothing = found.steps.iter().all(Vec::is_empty);
    let next = Delivery::next_look(found.age);
    let (whole, prompt) = (found.whole, found.prompt);
    let is_it = whole && (prompt || next.is_none());
    let seconds = found.age.as_secs();
    delivery.looks.push(Look {
        at: found.at,
        age: seconds,
        hits: found.steps.into_iter().flatten().collect(),
    });
    let hits = delivery.looks.last().map_or(0, |look| look.hits.len());
    delivery.not_before = None;
    let (verdict, why) = match (exact, several, next) {
        (Some(ids), ..) if is_it => {
            let why = format!("found in the org {seconds} s after sending");
            (Verdict::Done(ids), why)
        }
        (_, true, _) => {
            let why = format!("{hits} records say the same: the user decides");
            (Verdict::Open, why)
        }
        (_, false, Some(wait)) => {
            delivery.not_before = Some(schedule.put_off(op.id, wait));
            let why = match nothing {
                true => format!("not found {seconds} s after sending"),
                false => "one that says the same was made after the line broke".to_owned(),
            };
            (Verdict::Open, why)
        }
        (_, false, None) if !whole => {
            let why = format!("more than {ROWS} records were made since: the user decides");
            (Verdict::Open, why)
        }
        (_, false, None) if nothing => {
            let why = format!("not in the org {seconds} s after sending: it never came");
            (Verdict::Absent, why)
        }
        (_, false, None) => {
            let why = "only a part of it was found: the user decides".to_owned();
            (Verdict::Open, why)
        }
    };
    failpoint::reached("look/judged");
    let looked = post.outbox.looked(op.id, &verdict, (&delivery, &why));
    failpoint::reached("look/written");
    if let (Ok(_), Verdict::Done(ids)) = (&looked, &verdict) {
        forget_old_pages(post.engine, post.asked, &op.write, ids);
    }
    if verdict != Verdict::Open {
        schedule.forget(op.id);
    }
    looked
        .or_else(|_| post.outbox.load(op.id))
        .unwrap_or_else(|_| op.clone())
}

/// The ids of all rows, where each new one was found exactly once.
fn exact(op: &Op, found: &[Vec<Link>]) -> Option<Vec<RecordId>> {
    let mut found = found.iter();
    let steps = op.write.steps.iter();
    steps
        .map(|step| match step.target() {
            Some(known) => Some(known),
            None => match found.next()?.as_slice() {
                [one] => Some(one.id),
                _ => None,
            },
        })
        .collect()
}

/// The look itself did not work: it is made again.
fn later(post: Post<'_>, op: &Op, failure: Failure) -> Op {
    let schedule = &post.engine.schedule;
    let mut delivery = op.delivery.clone();
    let wait = match failure.kind {
        FailureKind::NoConnection => schedule.line_is_down(),
        _ => LOOKS.first().copied().unwrap_or_default(),
    };
    delivery.not_before = Some(schedule.put_off(op.id, wait));
    post.asked.news(Reply::Failed(failure.clone()));
    let op_at = (op.id, OpState::Unknown);
    let held = post.outbox.postpone(op_at, &failure, &delivery);
    held.unwrap_or_else(|_| op.clone())
}
