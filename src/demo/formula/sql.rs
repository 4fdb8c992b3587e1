//! Formulas inside SQL: a call of one registered function with the formula's text, what
//! it needs to know, and the columns it names, parents' by sub-select. The function
//! keeps the formula read for as long as its statement runs.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value as Sql, ValueRef};

use super::eval::{Clock, Fault, Row, evaluate};
use super::parse::{Formula, Reference};
use super::value::Value;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef, Schema};
use crate::demo::store::quoted;
use crate::demo::value::Shape;

/// The function's name in SQL.
const NAME: &str = "org_formula";
/// Formulas that name formula fields that name formula fields, at most.
const DEEPEST: usize = 4;

/// Who asks for a formula's value, and when.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    pub schema: &'a Schema,
    /// The asking user's id.
    pub user: &'a str,
    pub zone: &'a TimeZone,
}

/// The SQL of a formula field of a row under `alias`, in the store's units; `None` when
/// it cannot be read or names what is not there.
pub fn sql(
    asking: Asking<'_>,
    object: &ObjectDef,
    alias: &str,
    field: &FieldDef,
) -> Option<String> {
    let text = field.formula.as_deref()?;
    formula(asking, (object, alias), (text, field.into()), 0)
}

/// The SQL of a condition on a row under `alias`; `None` when it names what is not there.
pub fn condition(
    asking: Asking<'_>,
    object: &ObjectDef,
    alias: &str,
    holds: &Formula,
) -> Option<String> {
    let truth = Shape {
        kind: FieldKind::Boolean,
        scale: 0,
    };
    formula(asking, (object, alias), (&holds.text, truth), 0)
}

fn formula(
    asking: Asking<'_>,
    (object, alias): (&ObjectDef, &str),
    (text, shape): (&str, Shape),
    depth: usize,
) -> Option<String> {
    let read = Formula::read(text).ok()?;
    let mut arguments = String::new();
    let mut head = code(shape);
    for path in read.references() {
        let (sql, shape) = at_path(asking, (object, alias), &path, depth)?;
        head.push(' ');
        head.push_str(&code(shape));
        write!(arguments, ", {sql}").ok()?;
    }
    let zone = asking.zone.iana_name().unwrap_or("UTC");
    Some(format!(
        "{NAME}('{zone} {head}', '{}'{arguments})",
        text.replace('\'', "''")
    ))
}

/// The SQL of a field, its own or a parent's, and its shape.
pub fn column(
    asking: Asking<'_>,
    object: &ObjectDef,
    alias: &str,
    path: &Reference,
) -> Option<(String, Shape)> {
    at_path(asking, (object, alias), path, 0)
}

fn at_path(
    asking: Asking<'_>,
    (object, alias): (&ObjectDef, &str),
    path: &[String],
    depth: usize,
) -> Option<(String, Shape)> {
    if depth > DEEPEST + 10 {
        return None;
    }
    match path {
        [] => None,
        [global, rest @ ..] if global.starts_with('$') => of_asker(asking, global, rest, depth),
        [name] => own(asking, (object, alias), name, depth),
        [relation, rest @ ..] => {
            let (relation, only) = match relation.split_once(':') {
                Some((relation, only)) => (relation, Some(only)),
                None => (relation.as_str(), None),
            };
            let whole = asking.schema.object(&object.name).unwrap_or(object);
            let lookup = whole.field_by_relationship(relation)?;
            let link = format!("{alias}.{}", quoted(&lookup.name));
            let mut found: Option<(Vec<String>, Shape)> = None;
            for target in &lookup.reference_to {
                if only.is_some_and(|only| only != target) {
                    continue;
                }
                let parent = asking.schema.object(target)?;
                if let Some((sql, shape)) = of_row(asking, (parent, &link), rest, depth + 1) {
                    found.get_or_insert_with(|| (Vec::new(), shape)).0.push(sql);
                }
            }
            let (parts, shape) = found?;
            Some(match parts.as_slice() {
                [one] => (one.clone(), shape),
                several => (format!("coalesce({})", several.join(", ")), shape),
            })
        }
    }
}

/// A value of the row whose id an SQL expression gives.
fn of_row(
    asking: Asking<'_>,
    (parent, id): (&ObjectDef, &str),
    path: &[String],
    depth: usize,
) -> Option<(String, Shape)> {
    let alias = format!("up{depth}");
    let (sql, shape) = at_path(asking, (parent, &alias), path, depth)?;
    let table = quoted(&parent.name);
    Some((
        format!("(SELECT {sql} FROM {table} {alias} WHERE {alias}.\"Id\" = {id})"),
        shape,
    ))
}

fn own(
    asking: Asking<'_>,
    (object, alias): (&ObjectDef, &str),
    name: &str,
    depth: usize,
) -> Option<(String, Shape)> {
    // Formulas read what the asker may not see.
    let field = object.field_at_all(name)?;
    let shape = Shape::from(field);
    match &field.formula {
        Some(text) if depth < DEEPEST => {
            let sql = formula(asking, (object, alias), (text, shape), depth + 1)?;
            Some((sql, shape))
        }
        None if field.is_stored() => Some((format!("{alias}.{}", quoted(&field.name)), shape)),
        _ => None,
    }
}

/// `$User.Id`, `$Profile.Name`, `$UserRole.Name`, `$Organization.Name`.
fn of_asker(
    asking: Asking<'_>,
    global: &str,
    path: &[String],
    depth: usize,
) -> Option<(String, Shape)> {
    let schema = asking.schema;
    let me = format!("'{}'", asking.user.replace('\'', "''"));
    let through = |field: &str| {
        format!(
            "(SELECT {} FROM \"User\" me WHERE me.\"Id\" = {me})",
            quoted(field)
        )
    };
    let (object, id) = match global.to_ascii_lowercase().as_str() {
        "$user" => ("User", me.clone()),
        "$profile" => ("Profile", through("ProfileId")),
        "$userrole" => ("UserRole", through("UserRoleId")),
        "$organization" => (
            "Organization",
            "(SELECT \"Id\" FROM \"Organization\")".into(),
        ),
        _ => return None,
    };
    of_row(asking, (schema.object(object)?, &id), path, depth + 1)
}

/// A shape as the function reads it: a letter and the digits behind the point.
fn code(shape: Shape) -> String {
    let letter = match shape.kind {
        FieldKind::Boolean => 'b',
        FieldKind::Int => 'i',
        FieldKind::Double => 'n',
        FieldKind::Currency => 'c',
        FieldKind::Percent => 'p',
        FieldKind::Date => 'd',
        FieldKind::DateTime => 'm',
        FieldKind::Time => 't',
        _ => 's',
    };
    format!("{letter}{}", shape.scale)
}

fn decoded(code: &str) -> Option<Shape> {
    let kind = match code.chars().next()? {
        'b' => FieldKind::Boolean,
        'i' => FieldKind::Int,
        'n' => FieldKind::Double,
        'c' => FieldKind::Currency,
        'p' => FieldKind::Percent,
        'd' => FieldKind::Date,
        'm' => FieldKind::DateTime,
        't' => FieldKind::Time,
        _ => FieldKind::String,
    };
    let scale = code.get(1..)?.parse().ok()?;
    Some(Shape { kind, scale })
}

/// A formula made ready for the rows of a statement.
struct Ready {
    formula: Formula,
    paths: Vec<Reference>,
    shapes: Vec<Shape>,
    result: Shape,
    clock: Clock,
}

impl Ready {
    fn new(head: &str, text: &str) -> Option<Self> {
        let mut words = head.split(' ');
        let zone = TimeZone::get(words.next()?).unwrap_or(TimeZone::UTC);
        let result = decoded(words.next()?)?;
        let formula = Formula::read(text).ok()?;
        Some(Self {
            paths: formula.references(),
            formula,
            shapes: words.map(decoded).collect::<Option<_>>()?,
            result,
            clock: Clock {
                now: Timestamp::now(),
                zone,
            },
        })
    }
}

/// The columns of one row.
struct Columns<'a> {
    ready: &'a Ready,
    values: Vec<Value>,
}

impl Row for Columns<'_> {
    fn value(&self, path: &Reference) -> Result<Value, Fault> {
        let place = self.ready.paths.iter().position(|one| one == path);
        place
            .and_then(|place| self.values.get(place).cloned())
            .ok_or_else(|| Fault("no such field".into()))
    }

    fn prior(&self, _: &Reference) -> Result<Option<Value>, Fault> {
        Ok(None)
    }

    fn is_new(&self) -> bool {
        false
    }

    fn clock(&self) -> &Clock {
        &self.ready.clock
    }
}

/// Teaches a connection the function; every connection that runs queries needs it.
///
/// # Errors
/// SQLite's.
pub fn register(db: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
    db.create_scalar_function(NAME, -1, flags, answer)
}

fn answer(context: &Context<'_>) -> rusqlite::Result<Sql> {
    type Broken = Box<dyn std::error::Error + Send + Sync>;
    let ready = context.get_or_create_aux(0, |head| -> Result<Ready, Broken> {
        let text = context.get_raw(1).as_str()?;
        Ready::new(head.as_str()?, text).ok_or_else(|| "a formula that cannot be read".into())
    })?;
    let values = ready
        .shapes
        .iter()
        .zip(2..context.len())
        .map(|(shape, place)| Value::of_stored(*shape, raw(context, place)))
        .collect();
    let row = Columns {
        ready: &ready,
        values,
    };
    Ok(evaluate(&ready.formula, &row).map_or(Sql::Null, |value| value.stored(ready.result)))
}

fn raw<'a>(context: &'a Context<'_>, place: usize) -> ValueRef<'a> {
    context.get_raw(place)
}
