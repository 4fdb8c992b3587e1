//! Counts what was found, by column and sort. Memory depends on the columns, not on the
//! rows. Must not know how faults are found.

use std::collections::HashMap;

use crate::domain::block::prepared::{Finding, RowNumber};
use crate::domain::text;

use super::fault::Fault;

/// Row numbers kept of each sort of finding.
const KEPT_ROWS: usize = 100;
/// Columns of an example on the screen.
const EXAMPLE_WIDTH: usize = 40;

/// Findings so far.
#[derive(Default)]
pub(super) struct Tally {
    findings: Vec<Finding>,
    places: HashMap<(Option<usize>, Fault), usize>,
}

/// Where a finding belongs and what shows it.
pub(super) struct Shown<'a> {
    /// The column's name in the input, and the field it goes to.
    pub column: (&'a str, &'a str),
    pub example: &'a [u8],
    pub suggestion: String,
}

impl Tally {
    /// Counts one more; `shown` is asked for the first of its sort only.
    pub(super) fn add<'a>(
        &mut self,
        column: Option<usize>,
        fault: Fault,
        row: u64,
        shown: impl FnOnce() -> Shown<'a>,
    ) {
        let findings = &mut self.findings;
        let place = *self.places.entry((column, fault)).or_insert_with(|| {
            let shown = shown();
            findings.push(Finding {
                column: shown.column.0.to_owned(),
                field: shown.column.1.to_owned(),
                weight: fault.weight(),
                problem: fault.says().to_owned(),
                suggestion: shown.suggestion,
                example: text::clip(&String::from_utf8_lossy(shown.example), EXAMPLE_WIDTH, "…"),
                rows: 0,
                first: Vec::new(),
            });
            findings.len() - 1
        });
        if let Some(finding) = self.findings.get_mut(place) {
            finding.rows += 1;
            if finding.first.len() < KEPT_ROWS {
                finding.first.push(RowNumber(row));
            }
        }
    }

    /// Everything found: what keeps rows back first, most rows first.
    pub(super) fn sorted(mut self) -> Vec<Finding> {
        self.findings
            .sort_by_key(|finding| (finding.weight, u64::MAX - finding.rows));
        self.findings
    }
}
