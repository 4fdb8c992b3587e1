//! Related lists as child queries of one query on the record.

use serde_json::Value;

use super::{RelatedRows, built};
use crate::domain::id::RecordId;
use crate::domain::record::Record;
use crate::domain::schema::{ObjectForm, RelatedList};
use crate::domain::soql::{Order, Select, select};
use crate::sf::query::{self, QueryPage};

/// Rows read of each list.
const ROWS: u32 = 20;
/// Most lists in one query (SOQL limits: 20 child queries), one left for notes.
const MOST_LISTS: usize = 19;
/// Lists of no records of their own: the activity timeline shows these.
const TIMELINE_OBJECTS: [&str; 9] = [
    "ActivityHistory",
    "AttachedContentDocument",
    "CombinedAttachment",
    "ContentDocumentLink",
    "Event",
    "Note",
    "NoteAndAttachment",
    "OpenActivity",
    "Task",
];

/// The query for all related lists; `None` where there is no list.
pub(super) fn related_query(id: RecordId, form: &ObjectForm) -> Option<String> {
    let notes = has_old_notes(form).then(old_notes_query);
    let children: Vec<Select> = lists(form)
        .into_iter()
        .map(child_query)
        .chain(notes)
        .collect();
    if children.is_empty() {
        return None;
    }
    let start = select(&form.schema.summary.api_name, &["Id"]);
    let query = children.into_iter().fold(start, Select::child);
    built(query.where_eq("Id", id.as_str()).limit(1))
}

/// The lists a page shows: those of the layouts that are children in describe, each once.
fn lists(form: &ObjectForm) -> Vec<&RelatedList> {
    let known = |list: &RelatedList| {
        form.schema.children.iter().any(|child| {
            child.relationship.as_deref() == Some(list.relationship.as_str())
                && child.object == list.object
        })
    };
    let mut lists: Vec<&RelatedList> = Vec::new();
    for list in form.layouts.values().flat_map(|layout| &layout.related) {
        let new = lists
            .iter()
            .all(|other| other.relationship != list.relationship);
        if new && known(list) && !TIMELINE_OBJECTS.contains(&list.object.as_str()) {
            lists.push(list);
        }
    }
    lists.truncate(MOST_LISTS);
    lists
}

fn child_query(list: &RelatedList) -> Select {
    let parent = named_parent(list);
    let mut columns = vec!["Id"];
    let paths = list.columns.iter().map(|(_, path)| path).chain(&parent);
    for path in paths {
        if !columns.iter().any(|known| known.eq_ignore_ascii_case(path)) {
            columns.push(path);
        }
    }
    select(&list.relationship, &columns).limit(ROWS)
}

/// The id of the record that names a row, where that is not the row itself: the
/// opportunity of a contact's role.
fn named_parent(list: &RelatedList) -> Option<String> {
    let (_, path) = list.columns.first()?;
    Some(format!("{}.Id", path.strip_suffix(".Name")?))
}

/// Notes of the older sort hang below the record like any list.
fn has_old_notes(form: &ObjectForm) -> bool {
    form.schema
        .children
        .iter()
        .any(|child| child.object == "Note" && child.relationship.as_deref() == Some("Notes"))
}

fn old_notes_query() -> Select {
    let fields = [
        "Id",
        "Title",
        "Body",
        "CreatedDate",
        "LastModifiedDate",
        "Owner.Name",
    ];
    select("Notes", &fields)
        .order("LastModifiedDate", Order::Desc)
        .limit(ROWS)
}

/// The lists in the reply's row, in layout order; an empty list comes as null.
pub(super) fn related_rows(row: Option<Value>, form: &ObjectForm) -> Vec<RelatedRows> {
    let Some(mut row) = row else {
        return Vec::new();
    };
    lists(form)
        .into_iter()
        .map(|list| {
            let page = child_page(&mut row, &list.relationship);
            let read = page.records.len();
            RelatedRows {
                label: list.label.clone(),
                object: list.object.clone(),
                field: list.field.clone(),
                columns: list.columns.clone(),
                more: page.total > read as u64 || page.next.is_some() || read >= ROWS as usize,
                total: page.total,
                rows: page.records,
            }
        })
        .collect()
}

/// Notes of the older sort in the reply's row.
pub(super) fn old_notes(row: Option<&mut Value>, form: &ObjectForm) -> Vec<Record> {
    row.filter(|_| has_old_notes(form))
        .map(|row| child_page(row, "Notes").records)
        .unwrap_or_default()
}

fn child_page(row: &mut Value, relationship: &str) -> QueryPage {
    row.get_mut(relationship)
        .map(Value::take)
        .and_then(query::page_of)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_named_by_its_parent_brings_the_parents_id() {
        let list = |path: &str| RelatedList {
            relationship: "Rows".to_owned(),
            columns: vec![("Name".to_owned(), path.to_owned())],
            ..RelatedList::default()
        };
        let asked = |path| child_query(&list(path)).build().unwrap_or_default();
        assert!(asked("Opportunity.Name").contains("SELECT Id,Opportunity.Name,Opportunity.Id"));
        assert!(asked("Name").contains("SELECT Id,Name FROM"));
    }
}
