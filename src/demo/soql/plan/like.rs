//! `LIKE`: `%` and `_` stand for any text and any one sign, letters match in either case.

use rusqlite::types::Value as Sql;

use super::super::Fault;
use super::super::ast::{Literal, LiteralValue};
use super::columns::Letters;
use super::filter::{invalid_operator, wrong_kind};
use super::{Column, Planner};
use crate::demo::fields::is_text;
use crate::demo::schema::FieldKind;

impl Planner<'_> {
    pub(super) fn like(&mut self, column: &Column, literal: &Literal) -> Result<String, Fault> {
        if !is_text(column.shape.kind) || column.shape.kind == FieldKind::MultiPicklist {
            return Err(invalid_operator(column));
        }
        let LiteralValue::Text { like, .. } = &literal.value else {
            return Err(wrong_kind(column));
        };
        let sql = &column.sql;
        let prefix = prefix(like);
        // A range over the start of the text: SQLite takes its index for that.
        if column.letters == Letters::FoldedByColumn && !prefix.is_empty() {
            let last = format!("{prefix}\u{10FFFF}");
            self.values
                .extend([Sql::Text(prefix), Sql::Text(last), Sql::Text(like.clone())]);
            return Ok(format!(
                "({sql} >= ? AND {sql} <= ? AND {sql} LIKE ? ESCAPE '\\')"
            ));
        }
        self.values.push(Sql::Text(like.clone()));
        Ok(format!("{sql} LIKE ? ESCAPE '\\'"))
    }
}

/// What stands in front of the first wildcard.
fn prefix(like: &str) -> String {
    let mut found = String::new();
    let mut signs = like.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '%' | '_' => break,
            '\\' => found.extend(signs.next()),
            other => found.push(other),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::prefix;

    #[test]
    fn prefixes_end_at_the_first_wildcard_that_is_one() {
        for (like, expected) in [
            ("Acme%", "Acme"),
            ("%Acme", ""),
            ("50\\%\\_x_", "50%_x"),
            ("\\\\%", "\\"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(prefix(like), expected, "{like}");
        }
    }
}
