//! A record with everything its page shows, in one composite request: the record, its
//! tasks, events and notes, and its related lists. At most five queries (Composite:
//! "≤ 5 of them query"), each answered for itself: an org without notes still shows the
//! record.

use serde_json::Value;

use super::composite::{self, Part, PartReply};
use super::error;
use super::json;
use super::query;
use super::record;
use super::request::{Purpose, Request};
use super::version::ApiVersion;
use crate::domain::failure::Failure;
use crate::domain::id::RecordId;
use crate::domain::record::Record;
use crate::domain::schema::ObjectForm;
use crate::domain::soql::{Order, Select, select};

mod fields;
mod lists;

/// Most activities of one sort that are read.
const ACTIVITIES: u32 = 50;

/// What the page request brought.
#[derive(Debug, Clone, PartialEq)]
pub struct PageParts {
    /// The record; parents' names nested.
    pub record: Record,
    /// Tasks about it: open ones first, then newest first.
    pub tasks: Vec<Record>,
    /// Events about it, newest first.
    pub events: Vec<Record>,
    /// Rows of ContentDocumentLink for enhanced notes, of Note for older ones.
    pub notes: Vec<Record>,
    /// Related lists in layout order.
    pub related: Vec<RelatedRows>,
    /// The org has more activities or notes than were read.
    pub more_activity: bool,
    /// Parts that failed, each with its reason; the record is never among them.
    pub missing: Vec<(String, Failure)>,
}

/// First rows of one related list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelatedRows {
    /// Heading.
    pub label: String,
    /// API name of the rows' object.
    pub object: String,
    /// The rows' field that points to the record.
    pub field: Option<String>,
    /// Column labels and paths.
    pub columns: Vec<(String, String)>,
    /// The rows.
    pub rows: Vec<Record>,
    /// Rows in all; at least so many where `more`.
    pub total: u64,
    /// There are more rows than these.
    pub more: bool,
}

/// Asks for a record's page. `form` is the describe and layouts of its object.
pub fn page_request(id: RecordId, form: &ObjectForm, version: ApiVersion) -> Request {
    composite::composite(version, Purpose::Read, page_parts(id, form, version))
}

/// The parts of [`page_request`], to stand in another composite.
pub fn page_parts(id: RecordId, form: &ObjectForm, version: ApiVersion) -> Vec<Part> {
    let queries = [
        ("record", fields::record_query(id, form)),
        ("tasks", tasks(id, form)),
        ("events", events(id, form)),
        ("notes", notes(id, form)),
        ("related", lists::related_query(id, form)),
    ];
    queries
        .into_iter()
        .filter_map(|(name, soql)| {
            Some(Part {
                reference: name.to_owned(),
                request: Request::get(query::path(version, &soql?)),
            })
        })
        .collect()
}

/// Reads the answer to [`page_request`]. Fails only when the record itself is missing.
pub fn page(body: &[u8], form: &ObjectForm) -> Result<PageParts, Failure> {
    let mut replies = Replies::read(body)?;
    let record = the_record(&mut replies)?;
    Ok(around(record, replies, form))
}

/// Reads the same answer around a record that was read by itself.
pub fn page_around(record: Record, body: &[u8], form: &ObjectForm) -> Result<PageParts, Failure> {
    Ok(around(record, Replies::read(body)?, form))
}

fn around(record: Record, mut replies: Replies, form: &ObjectForm) -> PageParts {
    let (tasks, more_tasks) = replies.activities("tasks");
    let (events, more_events) = replies.activities("events");
    let (mut notes, more_notes) = replies.activities("notes");
    let mut row = replies.body("related").and_then(first_row);
    notes.extend(lists::old_notes(row.as_mut(), form));
    PageParts {
        record,
        tasks,
        events,
        notes,
        related: lists::related_rows(row, form),
        more_activity: more_tasks || more_events || more_notes,
        missing: replies.missing,
    }
}

fn the_record(replies: &mut Replies) -> Result<Record, Failure> {
    let reply = replies
        .take("record")
        .ok_or_else(|| Failure::bad_reply(None, "the reply holds no record"))?;
    refused(&reply)?;
    first_row(reply.body).and_then(record::read).ok_or_else(|| {
        Failure::not_found("the record does not exist, is deleted, or is hidden from you")
    })
}

/// The first row of a query result.
fn first_row(mut body: Value) -> Option<Value> {
    body.pointer_mut("/records/0").map(Value::take)
}

/// Parts not read yet, and those that failed.
struct Replies {
    left: Vec<PartReply>,
    missing: Vec<(String, Failure)>,
}

impl Replies {
    fn read(body: &[u8]) -> Result<Self, Failure> {
        let value: Value = json::read(body)?;
        let left = composite::read_parts(value)
            .ok_or_else(|| Failure::bad_reply(None, "the reply is not a composite reply"))?;
        Ok(Self {
            left,
            missing: Vec::new(),
        })
    }

    fn take(&mut self, name: &str) -> Option<PartReply> {
        let place = self.left.iter().position(|reply| reply.reference == name)?;
        Some(self.left.swap_remove(place))
    }

    /// The body of a part; a failed part is noted.
    fn body(&mut self, name: &str) -> Option<Value> {
        let reply = self.take(name)?;
        match refused(&reply) {
            Ok(()) => Some(reply.body),
            Err(failure) => {
                self.missing.push((name.to_owned(), failure));
                None
            }
        }
    }

    /// Rows of a part and whether the org has more of them.
    fn activities(&mut self, name: &str) -> (Vec<Record>, bool) {
        let page = self.body(name).and_then(query::page_of).unwrap_or_default();
        let more = page.next.is_some() || page.records.len() >= ACTIVITIES as usize;
        (page.records, more)
    }
}

fn refused(reply: &PartReply) -> Result<(), Failure> {
    match reply.status {
        200..=299 => Ok(()),
        status => Err(match error::root(error::errors(&reply.body)) {
            Some(told) => told.into_failure(status),
            None => error::named(
                &format!("HTTP_{status}"),
                "the org gave no reason",
                Vec::new(),
                Some(status),
            ),
        }),
    }
}

/// The field of a child object that points to this one: `AccountId` where it has that
/// (it gathers what concerns the account's contacts and opportunities too), else the one
/// with a list of its own.
fn pointer_of<'a>(form: &'a ObjectForm, object: &str) -> Option<&'a str> {
    let pointers = || {
        form.schema
            .children
            .iter()
            .filter(|child| child.object == object)
    };
    pointers()
        .find(|child| child.field == "AccountId")
        .or_else(|| pointers().find(|child| child.relationship.is_some()))
        .map(|child| child.field.as_str())
}

fn tasks(id: RecordId, form: &ObjectForm) -> Option<String> {
    const FIELDS: [&str; 16] = [
        "Id",
        "Subject",
        "Status",
        "IsClosed",
        "ActivityDate",
        "TaskSubtype",
        "Description",
        "CompletedDateTime",
        "CreatedDate",
        "LastModifiedDate",
        "WhoId",
        "Who.Name",
        "WhatId",
        "What.Name",
        "OwnerId",
        "Owner.Name",
    ];
    select("Task", &FIELDS)
        .where_eq(pointer_of(form, "Task")?, id.as_str())
        .order("IsClosed", Order::Asc)
        .order("ActivityDate", Order::Desc)
        .order("CreatedDate", Order::Desc)
        .limit(ACTIVITIES)
        .build()
        .ok()
}

/// Events; an invitee's own copy (`IsChild`) is the same meeting
/// (object reference, EventRelation).
fn events(id: RecordId, form: &ObjectForm) -> Option<String> {
    const FIELDS: [&str; 15] = [
        "Id",
        "Subject",
        "StartDateTime",
        "EndDateTime",
        "ActivityDate",
        "IsAllDayEvent",
        "DurationInMinutes",
        "Location",
        "Description",
        "WhoId",
        "Who.Name",
        "WhatId",
        "What.Name",
        "OwnerId",
        "Owner.Name",
    ];
    select("Event", &FIELDS)
        .where_eq(pointer_of(form, "Event")?, id.as_str())
        .where_flag("IsChild", false)
        .order("StartDateTime", Order::Desc)
        .limit(ACTIVITIES)
        .build()
        .ok()
}

/// Enhanced notes: documents of file type SNOTE linked to the record. The org wants the
/// filter on the link's record (recorded "Implementation restriction").
fn notes(id: RecordId, form: &ObjectForm) -> Option<String> {
    const FIELDS: [&str; 7] = [
        "ContentDocumentId",
        "ContentDocument.Title",
        "ContentDocument.FileType",
        "ContentDocument.CreatedDate",
        "ContentDocument.LastModifiedDate",
        "ContentDocument.Owner.Name",
        "ContentDocument.LatestPublishedVersion.TextPreview",
    ];
    pointer_of(form, "ContentDocumentLink")?;
    select("ContentDocumentLink", &FIELDS)
        .where_eq("LinkedEntityId", id.as_str())
        .where_eq("ContentDocument.FileType", "SNOTE")
        .order("ContentDocument.LastModifiedDate", Order::Desc)
        .limit(ACTIVITIES)
        .build()
        .ok()
}

/// A select's text; names come from describe, so that none is bad in earnest.
fn built(select: Select) -> Option<String> {
    select.build().ok()
}

#[cfg(test)]
mod tests;
