//! Formula fields as SQL over the row's own fields. Numbers are whole units with a
//! scale, as in the store; a percent counts as a fraction. Knows no rows.

use winnow::ascii::multispace0;
use winnow::combinator::{alt, delimited, opt};
use winnow::error::ContextError;
use winnow::prelude::*;
use winnow::token::{one_of, take_while};

use super::schema::{FieldDef, FieldKind, ObjectDef};
use super::store::quoted;

/// Deepest nesting.
const DEEPEST: usize = 30;

/// The SQL of a formula under a table alias, in the units of `field`; `None` when it
/// cannot be read.
pub fn sql(text: &str, object: &ObjectDef, alias: &str, field: &FieldDef) -> Option<String> {
    let mut reader = Reader {
        object,
        alias,
        rest: text,
        depth: 0,
    };
    let value = reader.comparison()?;
    (reader.sign(&[]).is_none() && reader.rest.trim().is_empty()).then_some(())?;
    Some(match value.kind {
        Kind::Number(scale) => scaled_to(&value.sql, scale, field),
        Kind::Text => format!("nullif({}, '')", value.sql),
        Kind::Date | Kind::Truth => value.sql,
    })
}

fn scaled_to(sql: &str, scale: u32, field: &FieldDef) -> String {
    // A percent field shows 50 for a half.
    let wanted = if field.kind == FieldKind::Percent {
        field.scale + 2
    } else {
        field.scale
    };
    match scale.checked_sub(wanted) {
        Some(0) => sql.to_owned(),
        Some(extra) => {
            let unit = power(extra);
            let half = unit / 2;
            format!("(({sql}) + CASE WHEN ({sql}) < 0 THEN -{half} ELSE {half} END) / {unit}")
        }
        None => format!("({sql}) * {}", power(wanted - scale)),
    }
}

fn power(exponent: u32) -> i64 {
    10_i64.saturating_pow(exponent.min(18))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number(u32),
    Date,
    Truth,
}

struct Typed {
    sql: String,
    kind: Kind,
}

impl Typed {
    fn new(kind: Kind, sql: String) -> Self {
        Self { sql, kind }
    }

    /// As text; empty when blank.
    fn text(&self) -> String {
        match self.kind {
            Kind::Number(scale) if scale > 0 => {
                format!("ifnull(({}) / {}.0, '')", self.sql, power(scale))
            }
            _ => format!("ifnull({}, '')", self.sql),
        }
    }
}

struct Reader<'a> {
    object: &'a ObjectDef,
    alias: &'a str,
    rest: &'a str,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// One of these signs, if it comes next.
    fn sign(&mut self, signs: &[&'static str]) -> Option<&'static str> {
        self.rest = self.rest.trim_start();
        let found = signs.iter().find(|sign| self.rest.starts_with(**sign))?;
        self.rest = self.rest.get(found.len()..)?;
        Some(found)
    }

    fn comparison(&mut self) -> Option<Typed> {
        let left = self.joined()?;
        let Some(sign) = self.sign(&["<=", ">=", "<>", "!=", "==", "=", "<", ">"]) else {
            return Some(left);
        };
        let right = self.joined()?;
        let (left, right) = match (left.kind, right.kind) {
            (Kind::Number(_), Kind::Number(_)) => {
                let (left, right, _) = aligned(&left, &right);
                (left, right)
            }
            _ => (left.sql, right.sql),
        };
        let sign = match sign {
            "==" => "=",
            "!=" => "<>",
            other => other,
        };
        Some(Typed::new(
            Kind::Truth,
            format!("ifnull({left} {sign} {right}, 0)"),
        ))
    }

    fn joined(&mut self) -> Option<Typed> {
        let mut left = self.sum()?;
        while self.sign(&["&"]).is_some() {
            let right = self.sum()?;
            left = Typed::new(Kind::Text, format!("({} || {})", left.text(), right.text()));
        }
        Some(left)
    }

    fn sum(&mut self) -> Option<Typed> {
        let mut left = self.product()?;
        while let Some(sign) = self.sign(&["+", "-"]) {
            let right = self.product()?;
            left = match (left.kind, right.kind) {
                (Kind::Number(_), Kind::Number(_)) => {
                    let (a, b, scale) = aligned(&left, &right);
                    Typed::new(Kind::Number(scale), format!("({a} {sign} {b})"))
                }
                (Kind::Date, Kind::Date) if sign == "-" => {
                    let days = format!(
                        "CAST(julianday(substr({}, 1, 10)) - julianday(substr({}, 1, 10)) AS INTEGER)",
                        left.sql, right.sql
                    );
                    Typed::new(Kind::Number(0), days)
                }
                (Kind::Date, Kind::Number(0)) => Typed::new(
                    Kind::Date,
                    format!("date({}, ({sign}({})) || ' days')", left.sql, right.sql),
                ),
                (Kind::Text, Kind::Text) if sign == "+" => {
                    Typed::new(Kind::Text, format!("({} || {})", left.text(), right.text()))
                }
                _ => return None,
            };
        }
        Some(left)
    }

    fn product(&mut self) -> Option<Typed> {
        let mut left = self.single()?;
        while let Some(sign) = self.sign(&["*", "/"]) {
            let right = self.single()?;
            let (Kind::Number(a), Kind::Number(b)) = (left.kind, right.kind) else {
                return None;
            };
            left = if sign == "*" {
                Typed::new(
                    Kind::Number(a + b),
                    format!("({} * {})", left.sql, right.sql),
                )
            } else {
                // Six digits more than the divisor takes away.
                let sql = format!(
                    "(({} * {}) / nullif({}, 0))",
                    left.sql,
                    power(b + 6),
                    right.sql
                );
                Typed::new(Kind::Number(a + 6), sql)
            };
        }
        Some(left)
    }

    fn single(&mut self) -> Option<Typed> {
        self.depth += 1;
        let found = if self.depth > DEEPEST {
            None
        } else {
            self.primary()
        };
        self.depth -= 1;
        found
    }

    fn primary(&mut self) -> Option<Typed> {
        if self.sign(&["-"]).is_some() {
            let inner = self.single()?;
            return matches!(inner.kind, Kind::Number(_))
                .then(|| Typed::new(inner.kind, format!("(-{})", inner.sql)));
        }
        if self.sign(&["("]).is_some() {
            let inner = self.comparison()?;
            self.sign(&[")"])?;
            return Some(inner);
        }
        self.rest = self.rest.trim_start();
        if let Ok(text) = string(&mut self.rest) {
            return Some(Typed::new(
                Kind::Text,
                format!("'{}'", text.replace('\'', "''")),
            ));
        }
        if let Ok(text) = number(&mut self.rest) {
            let scale = text
                .split_once('.')
                .map_or(0, |(_, fraction)| fraction.len());
            let digits: i64 = text.replace('.', "").parse().ok()?;
            return Some(Typed::new(
                Kind::Number(u32::try_from(scale).ok()?),
                digits.to_string(),
            ));
        }
        let name = word(&mut self.rest).ok()?;
        if self.sign(&["("]).is_some() {
            self.function(name)
        } else {
            self.field(name)
        }
    }

    fn field(&self, name: &str) -> Option<Typed> {
        match name.to_ascii_uppercase().as_str() {
            "TRUE" => return Some(Typed::new(Kind::Truth, "1".into())),
            "FALSE" => return Some(Typed::new(Kind::Truth, "0".into())),
            _ => {}
        }
        let field = self
            .object
            .field_at_all(name)
            .filter(|field| field.is_stored())?;
        let kind = match field.kind {
            FieldKind::Int => Kind::Number(0),
            FieldKind::Percent => Kind::Number(field.scale + 2),
            FieldKind::Double | FieldKind::Currency => Kind::Number(field.scale),
            FieldKind::Date | FieldKind::DateTime => Kind::Date,
            FieldKind::Boolean => Kind::Truth,
            _ => Kind::Text,
        };
        Some(Typed::new(
            kind,
            format!("{}.{}", self.alias, quoted(&field.name)),
        ))
    }

    fn arguments(&mut self) -> Option<Vec<Typed>> {
        let mut all = Vec::new();
        if self.sign(&[")"]).is_some() {
            return Some(all);
        }
        loop {
            all.push(self.comparison()?);
            if self.sign(&[","]).is_none() {
                self.sign(&[")"])?;
                return Some(all);
            }
        }
    }

    fn function(&mut self, name: &str) -> Option<Typed> {
        let arguments = self.arguments()?;
        let truths = |word: &str| {
            let parts: Vec<&str> = arguments.iter().map(|one| one.sql.as_str()).collect();
            Typed::new(Kind::Truth, format!("({})", parts.join(word)))
        };
        Some(
            match (name.to_ascii_uppercase().as_str(), arguments.as_slice()) {
                ("TODAY", []) => Typed::new(Kind::Date, "date('now')".into()),
                ("AND", [_, ..]) => truths(" AND "),
                ("OR", [_, ..]) => truths(" OR "),
                ("NOT", [one]) => Typed::new(Kind::Truth, format!("NOT {}", one.sql)),
                ("ISBLANK" | "ISNULL", [one]) => {
                    Typed::new(Kind::Truth, format!("({} IS NULL)", one.sql))
                }
                ("TEXT", [one]) => Typed::new(Kind::Text, one.text()),
                ("ISPICKVAL", [field, value]) => Typed::new(
                    Kind::Truth,
                    format!("ifnull({} = {}, 0)", field.sql, value.sql),
                ),
                ("BLANKVALUE", [one, other]) if one.kind == other.kind => {
                    Typed::new(one.kind, format!("ifnull({}, {})", one.sql, other.sql))
                }
                ("IF", [test, yes, no]) => match (yes.kind, no.kind) {
                    (Kind::Number(_), Kind::Number(_)) => {
                        let (yes, no, scale) = aligned(yes, no);
                        Typed::new(
                            Kind::Number(scale),
                            format!("iif({}, {yes}, {no})", test.sql),
                        )
                    }
                    (a, b) if a == b => {
                        Typed::new(a, format!("iif({}, {}, {})", test.sql, yes.sql, no.sql))
                    }
                    _ => return None,
                },
                _ => return None,
            },
        )
    }
}

/// Two numbers in the units of the finer one.
fn aligned(left: &Typed, right: &Typed) -> (String, String, u32) {
    let scale_of = |one: &Typed| {
        if let Kind::Number(scale) = one.kind {
            scale
        } else {
            0
        }
    };
    let scale = scale_of(left).max(scale_of(right));
    let fit = |one: &Typed| match scale - scale_of(one) {
        0 => one.sql.clone(),
        more => format!("({} * {})", one.sql, power(more)),
    };
    (fit(left), fit(right), scale)
}

fn string<'a>(input: &mut &'a str) -> Result<&'a str, ContextError> {
    alt((
        delimited('"', take_while(0.., |c| c != '"'), '"'),
        delimited('\'', take_while(0.., |c| c != '\''), '\''),
    ))
    .parse_next(input)
}

fn number<'a>(input: &mut &'a str) -> Result<&'a str, ContextError> {
    (
        take_while(1.., |c: char| c.is_ascii_digit()),
        opt(('.', take_while(1.., |c: char| c.is_ascii_digit()))),
    )
        .take()
        .parse_next(input)
}

fn word<'a>(input: &mut &'a str) -> Result<&'a str, ContextError> {
    (
        multispace0,
        one_of(|c: char| c.is_ascii_alphabetic()),
        take_while(0.., |c: char| c.is_ascii_alphanumeric() || c == '_'),
    )
        .take()
        .parse_next(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::schema::Schema;

    fn one(object: &str, field: &str, row: &str) -> rusqlite::types::Value {
        let schema = Schema::load().unwrap();
        let object = schema.object(object).unwrap();
        let field = object.field(field).unwrap();
        let sql = sql(field.formula.as_deref().unwrap(), object, "t", field).unwrap();
        let db = rusqlite::Connection::open_in_memory().unwrap();
        db.query_row(&format!("SELECT {sql} FROM (SELECT {row}) t"), [], |row| {
            row.get(0)
        })
        .unwrap()
    }

    #[test]
    fn every_formula_of_the_org_is_read() {
        for object in Schema::load().unwrap().objects {
            for field in &object.fields {
                if let Some(formula) = &field.formula {
                    assert!(sql(formula, &object, "t", field).is_some(), "{formula}");
                }
            }
        }
    }

    #[test]
    fn formulas_give_what_they_say() {
        use rusqlite::types::Value::{Integer, Text};
        assert_eq!(
            one(
                "Opportunity",
                "Weighted_Amount__c",
                "1001 AS Amount, 50 AS Probability"
            ),
            Integer(501)
        );
        assert_eq!(
            one("Contact", "Has_Email__c", "NULL AS Email"),
            Text("No".into())
        );
        assert_eq!(
            one(
                "Account",
                "Name_And_City__c",
                "'A' AS Name, NULL AS BillingCity"
            ),
            Text("A, ".into())
        );
        assert_eq!(
            one(
                "Project__c",
                "Days_Left__c",
                "date('now', '3 days') AS End__c"
            ),
            Integer(3)
        );
    }

    #[test]
    fn hostile_formulas_are_no_formulas() {
        let schema = Schema::load().unwrap();
        let object = schema.object("Account").unwrap();
        let field = object.field("Name_And_City__c").unwrap();
        for text in [
            "",
            "(",
            "1 +",
            "Name +",
            "IF(1,2",
            "Nope__c",
            "Id; DROP TABLE x",
            &"(".repeat(10_000),
            &"-".repeat(10_000),
        ] {
            assert_eq!(sql(text, object, "t", field), None, "{text}");
        }
    }
}
