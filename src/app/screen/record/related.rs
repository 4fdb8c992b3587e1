//! Related lists as lines: a heading for each list, then its first rows.

use jiff::Zoned;

use crate::app::cells;
use crate::app::org::Org;
use crate::domain::id::RecordId;
use crate::domain::record::{Link, Record};
use crate::domain::text;
use crate::job::{Page, Related};

use super::pane::PaneLine;

/// One line of the related lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelatedLine {
    /// Which list of the page.
    pub list: usize,
    /// The row's record; `None` in a heading and in a row without an id.
    pub link: Option<Link>,
    /// What stands in the columns; a heading has its label first, then column labels.
    pub cells: Vec<String>,
    /// How it is drawn.
    pub sort: LineSort,
    name: String,
}

/// Sorts of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineSort {
    /// The list's name, how many rows it has, and its columns.
    Heading,
    /// A row.
    Row,
}

impl PaneLine for RelatedLine {
    // Headings too: `a` adds to a list that has no rows yet.
    fn stops(&self) -> bool {
        true
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// All lines of a page's lists.
pub fn lines(page: &Page, org: &Org, now: &Zoned) -> Vec<RelatedLine> {
    let lists = page.related.iter().enumerate();
    lists
        .flat_map(|(list, related)| {
            let rows = related.rows.iter().map(move |record| RelatedLine {
                list,
                link: link(record, related, org),
                cells: cells(record, related, org, now),
                sort: LineSort::Row,
                name: record.id.map(|id| id.to_string()).unwrap_or_default(),
            });
            std::iter::once(heading(list, related)).chain(rows)
        })
        .collect()
}

fn heading(list: usize, related: &Related) -> RelatedLine {
    let shown = related.rows.len() as u64;
    let count = match related.total {
        total if total > shown && shown > 0 => format!("{shown} of {total}"),
        // A limited list counts only what it brings.
        total if related.more => format!("{total}+"),
        total => total.to_string(),
    };
    let title = format!("{} ({count})", text::line(&related.label));
    let columns = related.columns.iter().skip(1);
    let labels = columns.map(|(label, _)| text::line(label).into_owned());
    RelatedLine {
        list,
        link: None,
        cells: std::iter::once(title).chain(labels).collect(),
        sort: LineSort::Heading,
        name: related.label.clone(),
    }
}

fn cells(record: &Record, related: &Related, org: &Org, now: &Zoned) -> Vec<String> {
    related
        .columns
        .iter()
        .map(|(_, path)| cells::of(record, &related.object, path, (org, now)))
        .collect()
}

/// Where a row leads: to the record that names it, which for a contact's role is the
/// opportunity, else to the row itself.
fn link(record: &Record, related: &Related, org: &Org) -> Option<Link> {
    let (_, first) = related.columns.first()?;
    if let Some(parent) = first.strip_suffix(".Name")
        && let Some(link) = parent_link(record, parent, org)
    {
        return Some(link);
    }
    let id = record.id?;
    let name = record.text("Name").or_else(|| record.text(first));
    Some(Link {
        object: record.object.clone(),
        id,
        name: name.unwrap_or(id.as_str()).to_owned(),
    })
}

fn parent_link(record: &Record, parent: &str, org: &Org) -> Option<Link> {
    let id: RecordId = record.text(&format!("{parent}.Id"))?.parse().ok()?;
    Some(Link {
        object: org.object_of_prefix(id.prefix())?.api_name.clone(),
        id,
        name: record.text(&format!("{parent}.Name"))?.to_owned(),
    })
}
