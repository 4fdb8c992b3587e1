//! A row as formulas see it: its own values, those before the change, its parents' by
//! relationship, and the asking user's. Knows no rules.

use rusqlite::OptionalExtension;
use rusqlite::types::Value as Sql;

use super::Draft;
use crate::demo::call::Call;
use crate::demo::formula::{self, Asking, Clock, Fault, Formula, Reference, Row, Value};
use crate::demo::schema::ObjectDef;
use crate::demo::store::quoted;
use crate::demo::value::Shape;

/// Formula fields that name formula fields, at most.
const DEEPEST: usize = 4;

/// A row that formulas are evaluated on.
pub struct Asked<'a> {
    call: &'a Call<'a>,
    object: &'a ObjectDef,
    row: &'a Draft,
    before: Option<&'a Draft>,
    clock: Clock,
    depth: usize,
}

impl<'a> Asked<'a> {
    /// The row as it will be, and as it was.
    pub fn new(
        call: &'a Call<'_>,
        object: &'a ObjectDef,
        row: &'a Draft,
        before: Option<&'a Draft>,
    ) -> Self {
        Self {
            call,
            object,
            row,
            before,
            clock: Clock {
                now: call.now,
                zone: call.zone.clone(),
            },
            depth: 0,
        }
    }

    fn of(&self, row: &'a Draft, depth: usize) -> Self {
        Self {
            row,
            before: None,
            clock: self.clock.clone(),
            depth,
            ..*self
        }
    }

    fn asking(&self) -> Asking<'_> {
        Asking {
            schema: self.call.schema,
            user: self.call.user,
            zone: &self.call.zone,
        }
    }

    fn own(&self, name: &str) -> Result<Value, Fault> {
        let field = self.object.field(name).ok_or_else(|| no_field(name))?;
        match &field.formula {
            None => {
                let stored = self.row.get(&field.name);
                Ok(Value::of_stored(field.into(), stored.into()))
            }
            Some(text) if self.depth < DEEPEST => {
                let formula = Formula::read(text).map_err(Fault)?;
                let value = formula::evaluate(&formula, &self.of(self.row, self.depth + 1))?;
                let shape = Shape::from(field);
                // Rounded as the field shows it.
                Ok(Value::of_stored(shape, (&value.stored(shape)).into()))
            }
            Some(_) => Err(no_field(name)),
        }
    }

    fn parent(&self, relation: &str, rest: &[String]) -> Result<Value, Fault> {
        let (relation, only) = match relation.split_once(':') {
            Some((relation, only)) => (relation, Some(only)),
            None => (relation, None),
        };
        let lookup = self
            .object
            .field_by_relationship(relation)
            .ok_or_else(|| no_field(relation))?;
        let Some(id) = self.row.text(&lookup.name) else {
            return Ok(Value::Blank);
        };
        let Some(parent) = self.call.object_of_id(id) else {
            return Ok(Value::Blank);
        };
        if only.is_some_and(|only| !parent.name.eq_ignore_ascii_case(only)) {
            return Ok(Value::Blank);
        }
        let path: Reference = rest.to_vec();
        let (sql, shape) = formula::column(self.asking(), parent, "t", &path)
            .ok_or_else(|| no_field(&path.join(".")))?;
        let table = quoted(&parent.name);
        self.read(
            &format!("SELECT {sql} FROM {table} t WHERE t.\"Id\" = ?1"),
            id,
            shape,
        )
    }

    fn asker(&self, path: &Reference) -> Result<Value, Fault> {
        let (sql, shape) = formula::column(self.asking(), self.object, "t", path)
            .ok_or_else(|| no_field(&path.join(".")))?;
        self.read(&format!("SELECT {sql} WHERE ?1 IS NOT NULL"), "", shape)
    }

    fn read(&self, sql: &str, id: &str, shape: Shape) -> Result<Value, Fault> {
        let found: Option<Sql> = self
            .call
            .db
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([id], |row| row.get(0)).optional())
            .map_err(|fault| Fault(fault.to_string()))?;
        Ok(Value::of_stored(
            shape,
            found.as_ref().unwrap_or(&Sql::Null).into(),
        ))
    }
}

fn no_field(name: &str) -> Fault {
    Fault(format!("Field {name} does not exist. Check spelling."))
}

impl Row for Asked<'_> {
    fn value(&self, path: &Reference) -> Result<Value, Fault> {
        match path.as_slice() {
            [] => Err(no_field("")),
            [global, ..] if global.starts_with('$') => self.asker(path),
            [name] => self.own(name),
            [relation, rest @ ..] => self.parent(relation, rest),
        }
    }

    fn prior(&self, path: &Reference) -> Result<Option<Value>, Fault> {
        match self.before {
            Some(before) => self.of(before, self.depth).value(path).map(Some),
            None => Ok(None),
        }
    }

    fn is_new(&self) -> bool {
        self.before.is_none()
    }

    fn clock(&self) -> &Clock {
        &self.clock
    }
}
