//! Rows of records under columns, page after page, with a cursor on one cell and marks on
//! rows. Knows nothing of where the rows come from.

use std::collections::BTreeSet;

use crate::domain::id::RecordId;
use crate::domain::record::{Link, Record};
use crate::job::Rows;

use super::command::Command;
use super::list::ListCursor;

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What stands above it.
    pub label: String,
    /// Path of its value (`Owner.Name`).
    pub path: String,
}

/// Rows under columns.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows read so far.
    pub rows: Vec<Record>,
    /// Rows in all, as the org says.
    pub total: u64,
    /// Where the org goes on; `None` when all rows are here.
    pub next: Option<String>,
    /// The chosen row; its window is the view's.
    pub cursor: ListCursor,
    /// The chosen column.
    pub column: usize,
    marked: BTreeSet<RecordId>,
    /// Row at which a range was begun.
    range: Option<usize>,
}

/// Rows before the last one from which the next page is wanted.
const AHEAD: usize = 100;

impl Grid {
    /// The first page under these columns; none given are read from the rows.
    pub fn new(columns: Vec<Column>, named: &[String], page: Rows) -> Self {
        let columns = match columns.is_empty() {
            true => columns_of(named, &page.records),
            false => columns,
        };
        Self {
            columns,
            total: page.total.max(page.records.len() as u64),
            rows: page.records,
            next: page.next,
            ..Self::default()
        }
    }

    /// The page after the last one.
    pub fn extend(&mut self, page: Rows) {
        self.rows.extend(page.records);
        self.next = page.next;
        self.total = self.total.max(self.rows.len() as u64);
    }

    /// The cursor is near the last row and the org has more.
    pub fn wants_more(&self) -> Option<&str> {
        let near = self.cursor.selected() + AHEAD >= self.rows.len();
        self.next.as_deref().filter(|_| near)
    }

    /// Moves or marks as the command says; false when it is neither.
    pub fn moved(&mut self, command: Command) -> bool {
        match command {
            Command::NextColumn => {
                self.column = (self.column + 1).min(self.columns.len().saturating_sub(1));
            }
            Command::PreviousColumn => self.column = self.column.saturating_sub(1),
            Command::Mark => self.mark(),
            Command::MarkRange => self.mark_range(),
            Command::MarkAll => self.mark_all(),
            _ => return self.cursor.moved(command, self.rows.len()),
        }
        true
    }

    /// The record under the cursor; `None` for a row without an id.
    pub fn selected(&self) -> Option<Link> {
        link(self.rows.get(self.cursor.selected())?)
    }

    /// The marked rows that are here, in their order.
    pub fn marked(&self) -> Vec<Link> {
        let marked = self.rows.iter().filter(|row| self.is_marked(row));
        marked.filter_map(link).collect()
    }

    /// How many rows are marked.
    pub fn marks(&self) -> usize {
        self.marked.len()
    }

    /// The row is marked.
    pub fn is_marked(&self, row: &Record) -> bool {
        row.id.is_some_and(|id| self.marked.contains(&id))
    }

    /// Takes all marks away; false when there was none.
    pub fn unmark(&mut self) -> bool {
        self.range = None;
        let had = !self.marked.is_empty();
        self.marked.clear();
        had
    }

    fn mark(&mut self) {
        let row = self.cursor.selected();
        if let Some(id) = self.rows.get(row).and_then(|row| row.id)
            && !self.marked.remove(&id)
        {
            self.marked.insert(id);
        }
        self.cursor.select(row + 1, self.rows.len());
    }

    /// The first call begins a range, the second marks all rows between.
    fn mark_range(&mut self) {
        let row = self.cursor.selected();
        let Some(from) = self.range.take() else {
            self.range = Some(row);
            self.marked
                .extend(self.rows.get(row).and_then(|row| row.id));
            return;
        };
        let (first, last) = (from.min(row), from.max(row));
        let between = self.rows.iter().skip(first).take(last - first + 1);
        self.marked.extend(between.filter_map(|row| row.id));
    }

    fn mark_all(&mut self) {
        let all: BTreeSet<RecordId> = self.rows.iter().filter_map(|row| row.id).collect();
        self.marked = match self.marked == all {
            true => BTreeSet::new(),
            false => all,
        };
    }
}

/// How to name a row and go to it.
fn link(record: &Record) -> Option<Link> {
    let id = record.id?;
    let names = ["Name", "Subject", "Title", "CaseNumber", "DeveloperName"];
    let name = names.iter().find_map(|name| record.text(name));
    Some(Link {
        object: record.object.clone(),
        id,
        name: name.unwrap_or(id.as_str()).to_owned(),
    })
}

/// The columns named, spelled as the rows spell them, then what the rows hold besides.
fn columns_of(named: &[String], rows: &[Record]) -> Vec<Column> {
    let mut held: Vec<String> = Vec::new();
    for row in rows {
        for (name, value) in &row.fields {
            match value.as_object() {
                Some(parent) => paths(name, parent, &mut held),
                None => note(name.clone(), &mut held),
            }
        }
    }
    let is = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let mut paths: Vec<String> = named
        .iter()
        .map(|name| {
            held.iter()
                .find(|path| is(path, name))
                .unwrap_or(name)
                .clone()
        })
        .collect();
    for path in held {
        // A parent that is null in some row stands there by its bare name.
        let leads_on = |it: &String| {
            it.get(..path.len()).is_some_and(|start| is(start, &path))
                && it[path.len()..].starts_with('.')
        };
        if !paths.iter().any(|it| is(it, &path) || leads_on(it)) {
            paths.push(path);
        }
    }
    let column = |path: String| Column {
        label: path.clone(),
        path,
    };
    paths.into_iter().map(column).collect()
}

fn paths(above: &str, parent: &serde_json::Map<String, serde_json::Value>, held: &mut Vec<String>) {
    for (name, value) in parent.iter().filter(|(name, _)| *name != "attributes") {
        let path = format!("{above}.{name}");
        match value.as_object() {
            Some(parent) => paths(&path, parent, held),
            None => note(path, held),
        }
    }
}

fn note(path: String, held: &mut Vec<String>) {
    if !held.contains(&path) {
        held.push(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testkit::LENA;
    use crate::app::testkit::page::record;
    use serde_json::json;

    fn ids(count: usize) -> Vec<Record> {
        (0..count)
            .map(|at| {
                let id = format!("003000000{at:06}");
                record("Contact", &id, json!({"Name": format!("N{at}")}))
            })
            .collect()
    }

    fn grid(count: usize) -> Grid {
        let page = Rows {
            total: count as u64,
            records: ids(count),
            next: None,
        };
        Grid::new(Vec::new(), &[], page)
    }

    #[test]
    fn columns_stand_as_asked_and_nothing_the_rows_hold_is_lost() {
        let rows = [
            record(
                "Contact",
                LENA,
                json!({"Name": "A", "Account": null, "Extra": 1}),
            ),
            record(
                "Contact",
                LENA,
                json!({"Name": "B", "Account": {"attributes": {}, "Name": "X"}}),
            ),
        ];
        let named = ["account.name".to_owned(), "Name".to_owned()];
        let columns = columns_of(&named, &rows);
        let paths: Vec<&str> = columns.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(paths, ["Account.Name", "Name", "Extra"]);
    }

    #[test]
    fn marks_are_of_records_and_a_range_takes_all_between() {
        let mut it = grid(5);
        it.moved(Command::Mark);
        assert_eq!((it.marks(), it.cursor.selected()), (1, 1));
        it.moved(Command::Down);
        it.moved(Command::MarkRange);
        it.moved(Command::Bottom);
        it.moved(Command::MarkRange);
        let names: Vec<String> = it.marked().into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["N0", "N2", "N3", "N4"]);
        it.moved(Command::MarkAll);
        assert_eq!(it.marks(), 5);
        it.moved(Command::MarkAll);
        assert_eq!(it.marks(), 0);
        assert!(!it.unmark());
    }

    #[test]
    fn the_next_page_is_wanted_before_the_last_row() {
        let mut it = grid(300);
        it.next = Some("more".to_owned());
        assert_eq!(it.wants_more(), None);
        it.moved(Command::Bottom);
        assert_eq!(it.wants_more(), Some("more"));
    }
}
