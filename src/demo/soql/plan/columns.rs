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
    pub groupable: bool,
    /// How its texts are told apart.
    pub letters: Letters,
    /// Objects an id or reference may point to.
    pub points_to: Vec<String>,
}

/// How texts of a column compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    /// As the table's column folds them, so that its index serves.
    FoldedByColumn,
    Folded,
    Exact,
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
            groupable: true,
            letters: Letters::Folded,
            points_to: Vec::new(),
        }
    }

    fn of_field(sql: String, object: &ObjectDef, field: &FieldDef, at: usize) -> Self {
        let letters = if field.formula.is_some() {
            Letters::Folded
        } else if field.case_sensitive {
            Letters::Exact
        } else {
            Letters::FoldedByColumn
        };
        let points_to = if field.kind == FieldKind::Id {
            vec![object.name.clone()]
        } else {
            field.reference_to.clone()
        };
        Self {
            filterable: field.filterable,
            sortable: field.sortable,
            groupable: field.groupable,
            letters,
            points_to,
            ..Self::made(sql, field.into(), &field.name, at)
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

/// One parent on the way to a field.
pub(super) struct Hop<'a> {
    pub(super) key: String,
    /// SQL of the reference.
    pub(super) id: String,
    /// `None` when it differs by row.
    pub(super) object: Option<&'a ObjectDef>,
}

/// A path followed to its end.
pub(super) struct Found<'a> {
    pub(super) hops: Vec<Hop<'a>>,
    pub(super) target: Target<'a>,
}

impl<'a> Planner<'a> {
    /// The left side of a comparison or an `ORDER BY`.
    pub(super) fn operand(&mut self, operand: &Operand, kind: PlanKind) -> Result<Column, Fault> {
        let column = match operand {
            Operand::Path(path) => self.column(path)?,
            Operand::Call { name, argument, at } => {
                self.call(name, argument.as_deref(), *at, kind)?
            }
        };
        if kind != PlanKind::Aggregate || super::function::is_aggregate(operand) {
            return Ok(column);
        }
        self.in_group(column, operand)
    }

    /// A path as a value.
    pub(super) fn column(&mut self, path: &Path) -> Result<Column, Fault> {
        match self.found(path)?.target {
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
        let sql = self.field_sql(alias, object, field, path)?;
        Ok(Column::of_field(sql, object, field, path.at))
    }

    /// A field's value as SQL.
    pub(super) fn field_sql(
        &self,
        alias: &str,
        object: &ObjectDef,
        field: &FieldDef,
        path: &Path,
    ) -> Result<String, Fault> {
        match &field.formula {
            Some(_) => formula::sql(self.world.asking(), object, alias, field)
                .ok_or_else(|| Fault::no_column(path.at, &field.name, &object.name)),
            None => Ok(format!("{alias}.{}", quoted(&field.name))),
        }
    }

    /// Follows a path from the object of the `FROM`, joining parents on the way.
    pub(super) fn found(&mut self, path: &Path) -> Result<Found<'a>, Fault> {
        let parts = self.relative(path);
        let (object, alias) = (self.object, self.alias.clone());
        self.followed((object, alias), &parts, path)
    }

    /// Follows the parts of a path from any object under its alias.
    pub(super) fn followed(
        &mut self,
        from: (&'a ObjectDef, String),
        parts: &[String],
        path: &Path,
    ) -> Result<Found<'a>, Fault> {
        let (mut object, mut alias) = from;
        let Some((leaf, parents)) = parts.split_last() else {
            return Err(Fault::no_column(path.at, path.leaf(), &object.name));
        };
        if parents.len() > HIGHEST {
            let text = format!("maximum depth of {HIGHEST} parent relationships exceeded");
            return Err(Fault::malformed(path.at, text));
        }
        let mut hops = Vec::new();
        for (index, name) in parents.iter().enumerate() {
            let lookup = self
                .world
                .lookup(object, name)
                .ok_or_else(|| no_relationship(path, name))?;
            let mut hop = Hop {
                key: lookup.relationship_name.clone().unwrap_or_default(),
                id: format!("{alias}.{}", quoted(&lookup.name)),
                object: None,
            };
            if lookup.polymorphic() {
                if let Some(next) = parents.get(index + 1) {
                    return Err(no_relationship(path, next));
                }
                hops.push(hop);
                let leaf = leaf.clone();
                let target = Target::Varying {
                    alias,
                    lookup,
                    leaf,
                };
                return Ok(Found { hops, target });
            }
            let to = lookup.reference_to.first();
            let to = to
                .and_then(|to| self.world.object(to))
                .ok_or_else(|| no_relationship(path, name))?;
            alias = self.join(&alias, lookup, to);
            object = to;
            hop.object = Some(to);
            hops.push(hop);
        }
        let field = self
            .world
            .field(object, leaf)
            .ok_or_else(|| Fault::no_column(path.at, path.leaf(), &object.name))?;
        let target = Target::Field {
            alias,
            object,
            field,
        };
        Ok(Found { hops, target })
    }

    /// A path without the object's own name or an alias in front.
    pub(super) fn relative(&self, path: &Path) -> Vec<String> {
        let [first, rest @ ..] = path.parts.as_slice() else {
            return Vec::new();
        };
        let named = self
            .names
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(first));
        if let Some((_, parts)) = named {
            return parts.iter().chain(rest).cloned().collect();
        }
        let own = self.object.name.eq_ignore_ascii_case(first)
            && self.object.field_by_relationship(first).is_none();
        if own && !rest.is_empty() {
            rest.to_vec()
        } else {
            path.parts.clone()
        }
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
            let column = Column::of_field(id, self.object, lookup, path.at);
            let name = "Id".to_owned();
            return Ok(Column { name, ..column });
        }
        let mut cases = String::new();
        let mut shape = None;
        let mut name = "";
        for object in lookup
            .reference_to
            .iter()
            .filter_map(|to| self.world.object(to))
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
                    self.world.field(object, leaf)
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
