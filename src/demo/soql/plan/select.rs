//! What is selected: result columns, and the tree of cells that makes JSON of them.

use super::super::Fault;
use super::super::ast::{FieldGroup, Item, Path, Query};
use super::columns::Target;
use super::{Cell, PlanKind, Planner};
use crate::demo::fields;
use crate::demo::formula;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef};
use crate::demo::store::quoted;

/// One parent on the way to a field.
struct Step<'a> {
    key: String,
    id: usize,
    object: Option<&'a ObjectDef>,
}

/// Puts a cell under its parents, which are made when they are not there yet.
fn insert<'a>(cells: &mut Vec<Cell<'a>>, chain: &[Step<'a>], cell: Cell<'a>) {
    let Some((step, rest)) = chain.split_first() else {
        cells.push(cell);
        return;
    };
    for have in cells.iter_mut() {
        if let Cell::Parent { key, cells, .. } = have
            && *key == step.key
        {
            insert(cells, rest, cell);
            return;
        }
    }
    let mut inner = Vec::new();
    insert(&mut inner, rest, cell);
    cells.push(Cell::Parent {
        key: step.key.clone(),
        id: step.id,
        object: step.object,
        cells: inner,
    });
}

impl<'a> Planner<'a> {
    /// Columns and cells of the `SELECT` list.
    pub(super) fn select(&mut self, query: &Query) -> Result<(PlanKind, Vec<Cell<'a>>), Fault> {
        if matches!(query.select.as_slice(), [Item::CountAll]) && query.group.is_empty() {
            return Ok((PlanKind::Count, Vec::new()));
        }
        if self.is_aggregate(query) {
            return Ok((PlanKind::Aggregate, self.aggregate(query)?));
        }
        let mut cells = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        for item in &query.select {
            self.item(item, query, &mut cells, &mut seen)?;
        }
        Ok((PlanKind::Rows, cells))
    }

    fn item(
        &mut self,
        item: &Item,
        query: &Query,
        cells: &mut Vec<Cell<'a>>,
        seen: &mut Vec<String>,
    ) -> Result<(), Fault> {
        match item {
            Item::Field(path) => {
                let text = path.text().to_ascii_lowercase();
                if seen.contains(&text) {
                    let text = format!("duplicate field selected: {}", path.text());
                    return Err(Fault::at("INVALID_FIELD", path.at, text));
                }
                seen.push(text);
                self.field(path, cells)
            }
            Item::Fields { group, at } => self.group(*group, *at, query, cells),
            Item::Children(inner) => self.children(inner, cells),
            Item::Call {
                name,
                argument,
                alias,
            } => self.shown(name, argument, alias.as_deref(), cells),
            Item::TypeOf {
                path,
                cases,
                otherwise,
            } => self.type_of(path, cases, otherwise, cells),
            Item::CountAll => Err(Fault::malformed(query.from.at, "unexpected token: 'COUNT'")),
        }
    }

    /// One field or parent field, put at its place in the tree.
    fn field(&mut self, path: &Path, cells: &mut Vec<Cell<'a>>) -> Result<(), Fault> {
        match self.target(path)? {
            Target::Field {
                alias,
                object,
                field,
            } => {
                let chain = self.chain(path);
                let cell = self.cell(&alias, object, field, path)?;
                insert(cells, &chain, cell);
            }
            Target::Varying {
                alias,
                lookup,
                leaf,
            } => {
                let column = self.varying(&alias, lookup, &leaf, path)?;
                let index = self.push(column.sql);
                let chain = self.chain(path);
                insert(
                    cells,
                    &chain,
                    Cell::Value {
                        key: column.name,
                        index,
                        shape: column.shape,
                    },
                );
            }
        }
        Ok(())
    }

    /// The parents a resolved path passes, with the columns of their ids.
    fn chain(&mut self, path: &Path) -> Vec<Step<'a>> {
        let parts = self.relative(path);
        let (mut object, mut alias) = (self.object, self.alias.clone());
        let mut chain = Vec::new();
        for name in &parts[..parts.len().saturating_sub(1)] {
            let Some(lookup) = object.field_by_relationship(name) else {
                break;
            };
            let to = lookup
                .reference_to
                .first()
                .and_then(|to| self.world.schema.object(to));
            let to = to.filter(|_| !lookup.polymorphic());
            let key = lookup.relationship_name.clone().unwrap_or_default();
            let id = self.push(format!("{alias}.{}", quoted(&lookup.name)));
            chain.push(Step {
                key,
                id,
                object: to,
            });
            if let Some(to) = to {
                alias = self.join(&alias, lookup, to);
                object = to;
            }
        }
        chain
    }

    /// Adds a result column, or finds the same one.
    pub(super) fn push(&mut self, sql: String) -> usize {
        if let Some(at) = self.columns.iter().position(|have| *have == sql) {
            return at;
        }
        self.columns.push(sql);
        self.columns.len() - 1
    }

    /// The cell of one field of one object.
    fn cell(
        &mut self,
        alias: &str,
        object: &'a ObjectDef,
        field: &'a FieldDef,
        path: &Path,
    ) -> Result<Cell<'a>, Fault> {
        Ok(match field.kind {
            FieldKind::Address | FieldKind::Location => self.compound(alias, object, field),
            FieldKind::Base64 => {
                let index = self.push(format!("{alias}.{} IS NOT NULL", quoted(&field.name)));
                Cell::Blob {
                    field: field.name.clone(),
                    index,
                }
            }
            _ => {
                let sql = match &field.formula {
                    Some(_) => formula::sql(self.world.asking(), object, alias, field)
                        .ok_or_else(|| Fault::no_column(path.at, &field.name, &object.name))?,
                    None => format!("{alias}.{}", quoted(&field.name)),
                };
                Cell::Value {
                    key: field.name.clone(),
                    index: self.push(sql),
                    shape: field.into(),
                }
            }
        })
    }

    fn compound(&mut self, alias: &str, object: &'a ObjectDef, field: &'a FieldDef) -> Cell<'a> {
        let mut parts = Vec::new();
        let prefix = field.name.strip_suffix("Address").unwrap_or_default();
        for part in object.parts_of(&field.name) {
            let bare = part.name.strip_suffix("__s").unwrap_or(&part.name);
            let bare = bare.rsplit("__").next().unwrap_or(bare);
            let bare = bare.strip_prefix(prefix).unwrap_or(bare);
            let mut letters = bare.chars();
            let name = letters
                .next()
                .map(|first| first.to_ascii_lowercase().to_string() + letters.as_str());
            let index = self.push(format!("{alias}.{}", quoted(&part.name)));
            parts.push((name.unwrap_or_default(), index, part.into()));
        }
        parts.sort_by(|a, b| a.0.cmp(&b.0));
        Cell::Compound {
            key: field.name.clone(),
            parts,
        }
    }

    fn group(
        &mut self,
        group: FieldGroup,
        at: usize,
        query: &Query,
        cells: &mut Vec<Cell<'a>>,
    ) -> Result<(), Fault> {
        let bounded = query.limit.is_some_and(|limit| limit.value <= 200);
        if group != FieldGroup::Standard && !bounded {
            let text = "The SOQL FIELDS function must have a LIMIT of at most 200";
            return Err(Fault::malformed(at, text));
        }
        let object = self.object;
        let alias = self.alias.clone();
        let mut any = false;
        for field in &object.fields {
            let wanted = match group {
                FieldGroup::All => true,
                FieldGroup::Standard => !field.custom,
                FieldGroup::Custom => field.custom,
            };
            if wanted {
                any = true;
                let path = Path {
                    parts: vec![field.name.clone()],
                    at,
                };
                cells.push(self.cell(&alias, object, field, &path)?);
            }
        }
        if any {
            return Ok(());
        }
        let text =
            "'FIELDS(...)' expansion function must result in at least one field being selected.";
        Err(Fault::malformed(at, text))
    }

    fn children(&mut self, query: &Query, cells: &mut Vec<Cell<'a>>) -> Result<(), Fault> {
        let name = query.from.text();
        let Some((object, field)) = fields::child(self.world.schema, &self.object.name, &name)
        else {
            let text = format!(
                "Didn't understand relationship '{name}' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names."
            );
            return Err(Fault::at("INVALID_TYPE", query.from.at, text));
        };
        let prefix = format!("{}c{}", self.alias, cells.len());
        let plan = super::planned(self.world, object, query, &prefix, Some(&field.name))?;
        let key = field.child_relationship.clone().unwrap_or(name);
        cells.push(Cell::Children {
            key,
            plan: Box::new(plan),
        });
        Ok(())
    }

    /// `toLabel(f)`, `FORMAT(f)`, `convertCurrency(f)`: labels here are values, and there
    /// is one currency.
    fn shown(
        &mut self,
        name: &str,
        argument: &Path,
        alias: Option<&str>,
        cells: &mut Vec<Cell<'a>>,
    ) -> Result<(), Fault> {
        let column = match name {
            "TOLABEL" => self.labelled(argument)?,
            "FORMAT" | "CONVERTCURRENCY" => self.column(argument)?,
            _ => {
                let text = format!("unexpected token: '{name}'");
                return Err(Fault::malformed(argument.at, text));
            }
        };
        let index = self.push(column.sql);
        let key = alias.map_or(column.name, str::to_owned);
        let chain = if alias.is_some() {
            Vec::new()
        } else {
            self.chain(argument)
        };
        insert(
            cells,
            &chain,
            Cell::Value {
                key,
                index,
                shape: column.shape,
            },
        );
        Ok(())
    }

    fn labelled(&mut self, path: &Path) -> Result<super::Column, Fault> {
        let mut column = self.column(path)?;
        if let Target::Field { field, .. } = self.target(path)? {
            let differing: Vec<_> = field
                .picklist
                .iter()
                .filter(|entry| entry.value != entry.label)
                .collect();
            if !differing.is_empty() {
                let quote = |text: &str| format!("'{}'", text.replace('\'', "''"));
                let cases: String = differing
                    .iter()
                    .map(|entry| {
                        format!(" WHEN {} THEN {}", quote(&entry.value), quote(&entry.label))
                    })
                    .collect();
                column.sql = format!("CASE {0}{cases} ELSE {0} END", column.sql);
            }
        }
        Ok(column)
    }

    fn type_of(
        &mut self,
        path: &Path,
        cases: &[(String, Vec<Path>)],
        otherwise: &[Path],
        cells: &mut Vec<Cell<'a>>,
    ) -> Result<(), Fault> {
        let object = self.object;
        let lookup = object
            .field_by_relationship(&path.text())
            .filter(|field| field.polymorphic())
            .ok_or_else(|| Fault::no_column(path.at, path.leaf(), &object.name))?;
        let alias = self.alias.clone();
        let id = self.push(format!("{alias}.{}", quoted(&lookup.name)));
        let mut found = Vec::new();
        for (name, paths) in cases {
            let to = self
                .world
                .schema
                .object(name)
                .filter(|to| lookup.reference_to.contains(&to.name));
            let to = to.ok_or_else(|| Fault::no_column(path.at, name, &object.name))?;
            let joined = self.join_as(&alias, lookup, to);
            let mut inner = Vec::new();
            for path in paths {
                let field = to
                    .field(path.leaf())
                    .ok_or_else(|| Fault::no_column(path.at, path.leaf(), &to.name))?;
                inner.push(self.cell(&joined, to, field, path)?);
            }
            found.push((Some(to), inner));
        }
        let mut rest = Vec::new();
        for path in otherwise {
            let column = self.varying(&alias, lookup, path.leaf(), path)?;
            let index = self.push(column.sql);
            rest.push(Cell::Value {
                key: column.name,
                index,
                shape: column.shape,
            });
        }
        found.push((None, rest));
        cells.push(Cell::Either {
            key: lookup.relationship_name.clone().unwrap_or_default(),
            id,
            cases: found,
        });
        Ok(())
    }

    /// A join of its own for one of several possible parents.
    fn join_as(&mut self, from: &str, lookup: &FieldDef, object: &'a ObjectDef) -> String {
        let alias = format!("{}_{}", self.alias, self.joins.len() + 1);
        self.joins.push(super::Join {
            from: from.to_owned(),
            field: lookup.name.clone(),
            alias: alias.clone(),
            object,
        });
        alias
    }
}
