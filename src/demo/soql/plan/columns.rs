//! Names to SQL: fields of the object, of its parents five up, and of parents whose
//! object differs by row.

use super::super::Fault;
use super::super::ast::{Operand, Path};
use super::{Join, PlanKind, Planner};
use crate::demo::formula;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef};
use crate::demo::store::quoted;
use crate::demo::value::Shape;

/// Relationships up from the object of the `FROM`.
const HIGHEST: usize = 5;

/// A name resolved.
#[derive(Debug, Clone)]
pub struct Column {
    pub sql: String,
    pub shape: Shape,
    /// API name, for messages.
    pub name: String,
    pub at: usize,
    pub filterable: bool,
    pub sortable: bool,
}

impl Column {
    pub(super) fn made(sql: String, shape: Shape, name: &str, at: usize) -> Self {
        Self {
            sql,
            shape,
            name: name.to_owned(),
            at,
            filterable: true,
            sortable: true,
        }
    }
}

/// Where a path ends: a field of an object under an alias, or of a parent whose object
/// differs by row.
pub(super) enum Target<'a> {
    Field {
        alias: String,
        object: &'a ObjectDef,
        field: &'a FieldDef,
    },
    Varying {
        alias: String,
        lookup: &'a FieldDef,
        leaf: String,
    },
}

impl<'a> Planner<'a> {
    /// The left side of a comparison or an `ORDER BY`.
    pub(super) fn operand(&mut self, operand: &Operand, kind: PlanKind) -> Result<Column, Fault> {
        match operand {
            Operand::Path(path) => self.column(path),
            Operand::Call { name, argument, at } => self.call(name, argument.as_ref(), *at, kind),
        }
    }

    /// A path as a value.
    pub(super) fn column(&mut self, path: &Path) -> Result<Column, Fault> {
        match self.target(path)? {
            Target::Field {
                alias,
                object,
                field,
            } => self.field_column(&alias, object, field, path),
            Target::Varying {
                alias,
                lookup,
                leaf,
            } => self.varying(&alias, lookup, &leaf, path),
        }
    }

    fn field_column(
        &self,
        alias: &str,
        object: &'a ObjectDef,
        field: &'a FieldDef,
        path: &Path,
    ) -> Result<Column, Fault> {
        if matches!(field.kind, FieldKind::Address | FieldKind::Location) {
            let text = format!("field '{}' can not be filtered in a query call", field.name);
            return Err(Fault::at("INVALID_FIELD", path.at, text));
        }
        let sql = match &field.formula {
            Some(_) => formula::sql(self.world.asking(), object, alias, field)
                .ok_or_else(|| Fault::no_column(path.at, &field.name, &object.name))?,
            None => format!("{alias}.{}", quoted(&field.name)),
        };
        Ok(Column {
            sql,
            shape: field.into(),
            name: field.name.clone(),
            at: path.at,
            filterable: field.filterable,
            sortable: field.sortable,
        })
    }

    /// Follows a path, joining parents on the way.
    pub(super) fn target(&mut self, path: &Path) -> Result<Target<'a>, Fault> {
        let parts = self.relative(path);
        let Some((leaf, parents)) = parts.split_last() else {
            return Err(self.missing(path, self.object));
        };
        if parents.len() > HIGHEST {
            let text = format!("maximum depth of {HIGHEST} parent relationships exceeded");
            return Err(Fault::malformed(path.at, text));
        }
        let (mut object, mut alias) = (self.object, self.alias.clone());
        for (index, name) in parents.iter().enumerate() {
            let lookup = object
                .field_by_relationship(name)
                .ok_or_else(|| no_relationship(path, name))?;
            if lookup.polymorphic() {
                if index + 1 < parents.len() {
                    return Err(no_relationship(path, &parents[index + 1]));
                }
                return Ok(Target::Varying {
                    alias,
                    lookup,
                    leaf: leaf.clone(),
                });
            }
            let to = lookup
                .reference_to
                .first()
                .and_then(|to| self.world.schema.object(to));
            let to = to.ok_or_else(|| no_relationship(path, name))?;
            alias = self.join(&alias, lookup, to);
            object = to;
        }
        let field = object
            .field(leaf)
            .ok_or_else(|| self.missing(path, object))?;
        Ok(Target::Field {
            alias,
            object,
            field,
        })
    }

    /// A path without the object's own name or alias in front.
    pub(super) fn relative<'p>(&self, path: &'p Path) -> &'p [String] {
        let own = |first: &String| {
            let alias = self
                .name
                .as_deref()
                .is_some_and(|name| name.eq_ignore_ascii_case(first));
            let object = self.object.name.eq_ignore_ascii_case(first);
            alias || (object && self.object.field_by_relationship(first).is_none())
        };
        match path.parts.as_slice() {
            [first, rest @ ..] if !rest.is_empty() && own(first) => rest,
            all => all,
        }
    }

    fn missing(&self, path: &Path, object: &ObjectDef) -> Fault {
        Fault::no_column(path.at, path.leaf(), &object.name)
    }

    /// The alias of a parent; one join serves all its fields.
    pub(super) fn join(&mut self, from: &str, lookup: &FieldDef, object: &'a ObjectDef) -> String {
        if let Some(join) = self
            .joins
            .iter()
            .find(|join| join.from == from && join.field == lookup.name)
        {
            return join.alias.clone();
        }
        let alias = format!("{}_{}", self.alias, self.joins.len() + 1);
        self.joins.push(Join {
            from: from.to_owned(),
            field: lookup.name.clone(),
            alias: alias.clone(),
            object,
        });
        alias
    }

    /// A field of a parent whose object differs by row (`What.Name`, `Owner.Type`).
    pub(super) fn varying(
        &self,
        alias: &str,
        lookup: &FieldDef,
        leaf: &str,
        path: &Path,
    ) -> Result<Column, Fault> {
        let id = format!("{alias}.{}", quoted(&lookup.name));
        if leaf.eq_ignore_ascii_case("Id") {
            return Ok(Column::made(id, lookup.into(), "Id", path.at));
        }
        let mut cases = String::new();
        let mut shape = None;
        let mut name = "";
        for object in lookup
            .reference_to
            .iter()
            .filter_map(|to| self.world.schema.object(to))
        {
            let Some(prefix) = &object.key_prefix else {
                continue;
            };
            let value = if leaf.eq_ignore_ascii_case("Type") {
                name = "Type";
                shape.get_or_insert(Shape::TEXT);
                format!("'{}'", object.name)
            } else {
                let wants_name = leaf.eq_ignore_ascii_case("Name");
                let field = if wants_name {
                    object.name_field()
                } else {
                    object.field(leaf)
                };
                let Some(field) = field.filter(|field| field.is_stored()) else {
                    continue;
                };
                name = if wants_name { "Name" } else { &field.name };
                shape.get_or_insert(Shape::from(field));
                format!(
                    "(SELECT p.{} FROM {} p WHERE p.\"Id\" = {id})",
                    quoted(&field.name),
                    quoted(&object.name)
                )
            };
            cases.push_str(&format!(" WHEN '{prefix}' THEN {value}"));
        }
        let shape = shape.ok_or_else(|| Fault::no_column(path.at, leaf, "Name"))?;
        let sql = format!("CASE substr({id}, 1, 3){cases} END");
        Ok(Column::made(sql, shape, name, path.at))
    }
}

fn no_relationship(path: &Path, name: &str) -> Fault {
    let text = format!(
        "Didn't understand relationship '{name}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names."
    );
    Fault::at("INVALID_FIELD", path.at, text)
}
