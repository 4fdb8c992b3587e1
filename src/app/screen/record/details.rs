//! The details as lines: values wrapped to the pane's width, empty fields left out.

use crate::app::page_rows::{FieldRow, PageRow};
use crate::domain::text;

use super::pane::PaneLine;

/// One line of the details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailLine {
    /// The label; empty in a value's further lines.
    pub label: String,
    /// One line of the value; a heading's text.
    pub value: String,
    /// The row of the sheet it belongs to.
    pub row: usize,
    /// How it is drawn.
    pub sort: LineSort,
    name: String,
}

/// Sorts of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineSort {
    /// A section begins.
    Heading,
    /// A field.
    Field,
    /// A field that leads to another record.
    Parent,
    /// A field without a value.
    Empty,
}

impl PaneLine for DetailLine {
    fn stops(&self) -> bool {
        self.sort != LineSort::Heading
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// Whether fields without a value are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Empty {
    /// They are counted only.
    #[default]
    Hidden,
    /// They are listed too.
    Shown,
}

/// Columns of the labels in a pane this wide.
pub fn label_width(rows: &[PageRow], columns: usize) -> usize {
    let widest = rows
        .iter()
        .filter_map(as_field)
        .map(|row| text::width(&row.label))
        .max()
        .unwrap_or_default();
    widest.min(columns * 2 / 5).max(4)
}

/// Fields without a value.
pub fn count_empty(rows: &[PageRow]) -> usize {
    let fields = rows.iter().filter_map(as_field);
    fields.filter(|row| row.value.is_empty()).count()
}

/// The lines for a pane this wide: cursor, label, gap and value share the columns.
pub fn lines(rows: &[PageRow], empty: Empty, columns: usize) -> Vec<DetailLine> {
    let room = columns
        .saturating_sub(label_width(rows, columns) + 6)
        .max(8);
    let mut lines: Vec<DetailLine> = Vec::new();
    let mut heading = None;
    for (at, row) in rows.iter().enumerate() {
        match row {
            PageRow::Heading(title) => heading = Some((at, title)),
            PageRow::Field(field) if field.value.is_empty() && empty == Empty::Hidden => {}
            PageRow::Field(field) => {
                // What opens the page needs no heading.
                if let Some((at, title)) = heading.take().filter(|_| !lines.is_empty()) {
                    lines.push(line(at, LineSort::Heading, "", title));
                }
                push(&mut lines, at, field, room);
            }
        }
    }
    lines
}

fn push(lines: &mut Vec<DetailLine>, at: usize, field: &FieldRow, room: usize) {
    let name = field.fields.first().map_or("", String::as_str);
    let sort = match (&field.parent, field.value.is_empty()) {
        (Some(_), _) => LineSort::Parent,
        (None, true) => LineSort::Empty,
        (None, false) => LineSort::Field,
    };
    for (nth, part) in text::wrap(&field.value, room).into_iter().enumerate() {
        let label = if nth == 0 { field.label.as_str() } else { "" };
        lines.push(DetailLine {
            name: name.to_owned(),
            ..line(at, sort, label, &part)
        });
    }
}

fn line(row: usize, sort: LineSort, label: &str, value: &str) -> DetailLine {
    DetailLine {
        label: label.to_owned(),
        value: value.to_owned(),
        row,
        sort,
        name: String::new(),
    }
}

fn as_field(row: &PageRow) -> Option<&FieldRow> {
    match row {
        PageRow::Field(field) => Some(field),
        PageRow::Heading(_) => None,
    }
}
