//! Conditions to SQL. Every comparison is true or false, never unknown: SOQL's `!=` and
//! `NOT` keep rows whose field is empty.

use rusqlite::types::Value as Sql;

use super::super::Fault;
use super::super::ast::{Expr, Literal, LiteralValue, Op, Operand, Path, Query};
use super::super::dates;
use super::columns::Letters;
use super::{Column, PlanKind, Planner};
use crate::demo::fields::is_text;
use crate::demo::ids::long_id;
use crate::demo::schema::{FieldKind, ObjectDef};
use crate::demo::value::{Rounding, scaled};

impl<'a> Planner<'a> {
    /// A condition as SQL; its values are pushed in SQL order. `kind` says whether it is
    /// asked of rows or, in `HAVING`, of groups.
    pub(super) fn condition(&mut self, expr: &Expr, kind: PlanKind) -> Result<String, Fault> {
        match expr {
            Expr::And(all) => self.joined(all, " AND ", kind),
            Expr::Or(all) => self.joined(all, " OR ", kind),
            Expr::Not(inner) => Ok(format!("NOT ifnull({}, 0)", self.condition(inner, kind)?)),
            Expr::Compare { left, op, value } => {
                let column = self.operand(left, kind)?;
                self.compare(&column, *op, value)
            }
            Expr::In {
                path,
                values,
                negated,
            } => {
                let column = self.operand(&Operand::Path(path.clone()), kind)?;
                self.membership(&column, values, *negated)
            }
            Expr::InQuery { path, .. } if kind == PlanKind::Aggregate => {
                let text = "Semi join sub-selects are not supported in HAVING";
                Err(Fault::malformed(path.at, text))
            }
            Expr::InQuery {
                path,
                query,
                negated,
            } => self.semi_join(path, query, *negated),
            Expr::Includes {
                path,
                values,
                negated,
            } => self.includes(path, values, *negated),
        }
    }

    fn joined(&mut self, all: &[Expr], word: &str, kind: PlanKind) -> Result<String, Fault> {
        let parts: Vec<String> = all
            .iter()
            .map(|one| self.condition(one, kind))
            .collect::<Result<_, _>>()?;
        Ok(balanced(&parts, word))
    }

    /// `column op literal`.
    pub(super) fn compare(
        &mut self,
        column: &Column,
        op: Op,
        literal: &Literal,
    ) -> Result<String, Fault> {
        filterable(column)?;
        let sql = &column.sql;
        if let LiteralValue::Named { name, n } = &literal.value {
            return self.in_range(column, op, (name, n.unwrap_or(1)), literal.at);
        }
        if op == Op::Like {
            return self.like(column, literal);
        }
        let value = self.value(column, literal)?;
        let is_null = value == Sql::Null;
        let collation = collation(column);
        let ordered = !matches!(op, Op::Equal | Op::NotEqual);
        if ordered
            && (is_null
                || matches!(
                    column.shape.kind,
                    FieldKind::Boolean | FieldKind::MultiPicklist
                ))
        {
            return Err(invalid_operator(column));
        }
        let sign = match op {
            Op::Equal if is_null => return Ok(format!("{sql} IS NULL")),
            Op::NotEqual if is_null => return Ok(format!("{sql} IS NOT NULL")),
            Op::Equal => "=",
            Op::NotEqual => "IS NOT",
            Op::Less => "<",
            Op::LessOrEqual => "<=",
            Op::Greater => ">",
            Op::GreaterOrEqual => ">=",
            Op::Like => "LIKE",
        };
        self.values.push(value);
        Ok(format!("{sql} {sign} ?{collation}"))
    }

    /// A date literal covers days: `=` is within, `<` before, `>` behind.
    fn in_range(
        &mut self,
        column: &Column,
        op: Op,
        literal: (&str, i64),
        at: usize,
    ) -> Result<String, Fault> {
        let (name, n) = literal;
        let out = || {
            Fault::at(
                "INVALID_QUERY_FILTER_OPERATOR",
                at,
                format!("invalid date literal: {name}:{n}"),
            )
        };
        let (first, after) = dates::range(name, n, self.world.today()).ok_or_else(out)?;
        let moment = |date: jiff::civil::Date| -> Option<String> {
            match column.shape.kind {
                FieldKind::Date => Some(date.to_string()),
                FieldKind::DateTime => date
                    .to_zoned(self.world.zone.clone())
                    .ok()
                    .map(|zoned| dates::stored(zoned.timestamp())),
                _ => None,
            }
        };
        let bad_field = || wrong_kind(column);
        let first = Sql::Text(moment(first).ok_or_else(bad_field)?);
        let after = Sql::Text(moment(after).ok_or_else(bad_field)?);
        let sql = &column.sql;
        let (text, values) = match op {
            Op::Equal => (format!("({sql} >= ? AND {sql} < ?)"), vec![first, after]),
            Op::NotEqual => (
                format!("ifnull({sql} < ? OR {sql} >= ?, 1)"),
                vec![first, after],
            ),
            Op::Less => (format!("{sql} < ?"), vec![first]),
            Op::LessOrEqual => (format!("{sql} < ?"), vec![after]),
            Op::Greater => (format!("{sql} >= ?"), vec![after]),
            Op::GreaterOrEqual => (format!("{sql} >= ?"), vec![first]),
            Op::Like => return Err(bad_field()),
        };
        self.values.extend(values);
        Ok(text)
    }

    fn membership(
        &mut self,
        column: &Column,
        literals: &[Literal],
        negated: bool,
    ) -> Result<String, Fault> {
        filterable(column)?;
        let mut values = Vec::new();
        for literal in literals {
            values.push(self.value(column, literal)?);
        }
        let with_null = values.contains(&Sql::Null);
        values.retain(|value| *value != Sql::Null);
        let folded = match collation(column) {
            "" => column.sql.clone(),
            // `IN` compares as its left side says.
            collation if column.letters == Letters::Folded => format!("{}{collation}", column.sql),
            _ => column.sql.clone(),
        };
        let sql = &folded;
        let marks = vec!["?"; values.len()].join(", ");
        self.values.extend(values);
        Ok(match (negated, with_null) {
            (false, false) => format!("{sql} IN ({marks})"),
            (false, true) => format!("({sql} IS NULL OR {sql} IN ({marks}))"),
            (true, false) => format!("({sql} IS NULL OR {sql} NOT IN ({marks}))"),
            (true, true) => format!("({sql} IS NOT NULL AND {sql} NOT IN ({marks}))"),
        })
    }

    fn includes(
        &mut self,
        path: &Path,
        literals: &[Literal],
        negated: bool,
    ) -> Result<String, Fault> {
        let column = self.column(path)?;
        filterable(&column)?;
        if column.shape.kind != FieldKind::MultiPicklist {
            return Err(invalid_operator(&column));
        }
        let mut any = Vec::new();
        for literal in literals {
            let LiteralValue::Text { plain, .. } = &literal.value else {
                return Err(wrong_kind(&column));
            };
            let parts: Vec<&str> = plain.split(';').collect();
            let test = format!("instr(';' || lower({}) || ';', ?) > 0", column.sql);
            any.push(format!("({})", vec![test; parts.len()].join(" AND ")));
            self.values.extend(
                parts
                    .iter()
                    .map(|part| Sql::Text(format!(";{};", part.to_lowercase()))),
            );
        }
        let text = format!("ifnull({}, 0)", any.join(" OR "));
        Ok(if negated { format!("NOT {text}") } else { text })
    }

    /// A literal as the column stores it.
    fn value(&self, column: &Column, literal: &Literal) -> Result<Sql, Fault> {
        let wrong = || wrong_kind(column);
        match (&literal.value, column.shape.kind) {
            (LiteralValue::Null, _) => Ok(Sql::Null),
            (LiteralValue::Bool(flag), FieldKind::Boolean) => Ok(Sql::Integer((*flag).into())),
            (LiteralValue::Text { plain, .. }, FieldKind::Id | FieldKind::Reference) => {
                if plain.is_empty() {
                    return Ok(Sql::Null);
                }
                let text = format!("invalid ID field: {plain}");
                long_id(plain)
                    .map(Sql::Text)
                    .ok_or_else(|| Fault::at("INVALID_QUERY_FILTER_OPERATOR", column.at, text))
            }
            (LiteralValue::Text { plain, .. }, kind) if is_text(kind) => Ok(if plain.is_empty() {
                Sql::Null
            } else {
                Sql::Text(plain.clone())
            }),
            (LiteralValue::Time(text), FieldKind::Time) => Ok(Sql::Text(text.clone())),
            (LiteralValue::Number(text), FieldKind::Int) => number(text, 0).ok_or_else(wrong),
            (LiteralValue::Number(text), _) if column.shape.is_decimal() => {
                number(text, column.shape.scale).ok_or_else(wrong)
            }
            (LiteralValue::Date(text), FieldKind::Date) => Ok(Sql::Text(text.clone())),
            (LiteralValue::DateTime(text), FieldKind::DateTime) => Ok(Sql::Text(text.clone())),
            _ => Err(wrong()),
        }
    }
}

/// Conditions joined as a tree: SQLite bounds the depth of a chain, SOQL does not.
fn balanced(parts: &[String], word: &str) -> String {
    match parts {
        [] => "1".to_owned(),
        [one] => one.clone(),
        _ => {
            let (left, right) = parts.split_at(parts.len() / 2);
            format!("({}{word}{})", balanced(left, word), balanced(right, word))
        }
    }
}

/// A number in the column's units; one with more digits than the column lies between two
/// of its values, so a real serves.
fn number(text: &str, scale: u32) -> Option<Sql> {
    if let Some(units) = scaled(text, scale, Rounding::Refuse) {
        return Some(Sql::Integer(units));
    }
    let real: f64 = text.parse().ok()?;
    Some(Sql::Real(real * 10f64.powi(i32::try_from(scale).ok()?)))
}

pub(super) fn filterable(column: &Column) -> Result<(), Fault> {
    if column.filterable {
        return Ok(());
    }
    let text = format!(
        "field '{}' can not be filtered in a query call",
        column.name
    );
    Err(Fault::at("INVALID_FIELD", column.at, text))
}

/// How texts of a column compare, as SQL says it.
fn collation(column: &Column) -> &'static str {
    if is_text(column.shape.kind) && column.letters != Letters::Exact {
        " COLLATE NOCASE"
    } else {
        ""
    }
}

fn kind_word(column: &Column) -> &'static str {
    match column.shape.kind {
        FieldKind::DateTime => "dateTime",
        kind if is_text(kind) => "string",
        FieldKind::Id | FieldKind::Reference => "id",
        FieldKind::Boolean => "boolean",
        FieldKind::Int => "int",
        FieldKind::Date => "date",
        FieldKind::Time => "time",
        _ => "double",
    }
}

/// The operator does not fit the field's type.
pub(super) fn invalid_operator(column: &Column) -> Fault {
    let word = match column.shape.kind {
        FieldKind::MultiPicklist => "multipicklist",
        _ => kind_word(column),
    };
    let text = format!("invalid operator on {word} field");
    Fault::at("INVALID_QUERY_FILTER_OPERATOR", column.at, text)
}

/// The literal does not fit the field's type.
pub(super) fn wrong_kind(column: &Column) -> Fault {
    let word = kind_word(column);
    let quotes = if matches!(word, "string" | "id") {
        "should be enclosed in quotes"
    } else {
        "should not be enclosed in quotes"
    };
    let text = format!(
        "value of filter criterion for field '{}' must be of type {word} and {quotes}",
        column.name
    );
    Fault::at("INVALID_FIELD", column.at, text)
}

/// Links of documents are only found from one end.
pub(super) fn mandatory(object: &ObjectDef, query: &Query) -> Result<(), Fault> {
    if object.name != "ContentDocumentLink" || query.filter.as_ref().is_some_and(names_an_end) {
        return Ok(());
    }
    Err(Fault::bare(
        "MALFORMED_QUERY",
        "Implementation restriction: ContentDocumentLink requires a filter by a single Id on ContentDocumentId or LinkedEntityId using the equals operator or multiple Id's using the IN operator.",
    ))
}

fn names_an_end(expr: &Expr) -> bool {
    let is_end = |path: &Path| {
        ["ContentDocumentId", "LinkedEntityId", "Id"]
            .iter()
            .any(|end| path.text().eq_ignore_ascii_case(end))
    };
    match expr {
        Expr::And(all) => all.iter().any(names_an_end),
        Expr::Compare {
            left: Operand::Path(path),
            op: Op::Equal,
            ..
        }
        | Expr::In {
            path,
            negated: false,
            ..
        }
        | Expr::InQuery {
            path,
            negated: false,
            ..
        } => is_end(path),
        _ => false,
    }
}
