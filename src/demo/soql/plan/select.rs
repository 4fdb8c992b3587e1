//! What is selected: result columns, and the tree of cells that makes JSON of them.

use super::super::Fault;
use super::super::ast::{Expr, FieldGroup, Item, Op, Operand, Path, Query};
use super::columns::{Hop, Target};
use super::{Cell, Nest, PlanKind, Planner};
use crate::demo::fields;
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
        if matches!(query.select.as_slice(), [Item::CountAll]) && query.group.by.is_empty() {
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
                self.field(path, cells)?;
                no_twins(cells, path.at)
            }
            Item::Fields { group, at } => {
                self.group((*group, *at), query, cells)?;
                no_twins(cells, *at)
            }
            Item::Children(inner) => self.children(inner, cells),
            Item::Named { path, .. } => {
                let text = "Only aggregate expressions use field aliasing";
                Err(Fault::malformed(path.at, text))
            }
            Item::Call { call, alias } => self.shown(call, alias.as_deref(), cells),
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
        let parts = self.relative(path);
        let start = (self.object, self.alias.clone());
        self.field_of(start, &parts, path, cells)
    }

    /// The same from any object under its alias.
    fn field_of(
        &mut self,
        start: (&'a ObjectDef, String),
        parts: &[String],
        path: &Path,
        cells: &mut Vec<Cell<'a>>,
    ) -> Result<(), Fault> {
        let found = self.followed(start, parts, path)?;
        let chain = self.chain(found.hops);
        let cell = match found.target {
            Target::Field {
                alias,
                object,
                field,
            } => self.cell(&alias, object, field, path)?,
            Target::Varying {
                alias,
                lookup,
                leaf,
            } => {
                let column = self.varying(&alias, lookup, &leaf, path)?;
                Cell::Value {
                    key: column.name,
                    index: self.push(column.sql),
                    shape: column.shape,
                }
            }
        };
        insert(cells, &chain, cell);
        Ok(())
    }

    /// The parents a path passes, with the columns of their ids.
    fn chain(&mut self, hops: Vec<Hop<'a>>) -> Vec<Step<'a>> {
        hops.into_iter()
            .map(|hop| Step {
                key: hop.key,
                id: self.push(hop.id),
                object: hop.object,
            })
            .collect()
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
                let sql = self.field_sql(alias, object, field, path)?;
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
        asked: (FieldGroup, usize),
        query: &Query,
        cells: &mut Vec<Cell<'a>>,
    ) -> Result<(), Fault> {
        let (group, at) = asked;
        let bounded = query.limit.is_some_and(|limit| limit.value <= 200)
            || query.filter.as_ref().is_some_and(names_few_ids);
        if group != FieldGroup::Standard && !bounded {
            let text = "The SOQL FIELDS function must have a LIMIT of at most 200";
            return Err(Fault::malformed(at, text));
        }
        let object = self.object;
        let alias = self.alias.clone();
        let mut any = false;
        for field in self.world.fields(object) {
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
        let at = query.from.at;
        self.children += 1;
        if self.children > super::MOST_CHILDREN {
            let text = format!("Maximum number of subqueries is {}", super::MOST_CHILDREN);
            return Err(Fault::malformed(at, text));
        }
        // Five levels in all since v58, two before.
        let deepest = if self.world.release >= 58 { 4 } else { 1 };
        if self.depth >= deepest {
            let text = format!(
                "SOQL statements cannot query aggregate relationships more than {deepest} level away from the root entity object."
            );
            return Err(Fault::malformed(at, text));
        }
        let name = self.relative(&query.from).join(".");
        let found = fields::child(self.world.schema, &self.object.name, &name);
        let found = found.filter(|(object, field)| {
            self.world.object(&object.name).is_some()
                && self.world.field(object, &field.name).is_some()
        });
        let Some((object, field)) = found else {
            let text = format!(
                "Didn't understand relationship '{name}' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names."
            );
            return Err(Fault::at("INVALID_TYPE", at, text));
        };
        let nest = Nest {
            prefix: &format!("{}c{}", self.alias, cells.len()),
            parent: Some(field),
            depth: self.depth + 1,
        };
        let plan = super::planned(self.world, object, query, &nest)?;
        let key = field.child_relationship.clone().unwrap_or(name);
        let taken = cells
            .iter()
            .any(|cell| matches!(cell, Cell::Children { key: have, .. } if *have == key));
        if taken {
            let text = format!("Cannot follow the same relationship twice: {key}");
            return Err(Fault::malformed(at, text));
        }
        cells.push(Cell::Children {
            key,
            plan: Box::new(plan),
        });
        Ok(())
    }

    /// `toLabel(f)`, `FORMAT(f)`.
    fn shown(
        &mut self,
        call: &Operand,
        alias: Option<&str>,
        cells: &mut Vec<Cell<'a>>,
    ) -> Result<(), Fault> {
        let Operand::Call { name, argument, at } = call else {
            return Ok(());
        };
        let column = match (name.as_str(), argument.as_deref()) {
            ("TOLABEL", argument) => self.labelled(argument, *at)?,
            ("FORMAT", Some(Operand::Path(path))) => self.column(path)?,
            ("FORMAT", Some(inner @ Operand::Call { .. })) => {
                self.operand(inner, PlanKind::Rows)?
            }
            ("CONVERTCURRENCY", Some(_)) => {
                let text = "convertCurrency is not supported: multiple currencies are not enabled for this organization";
                return Err(Fault::malformed(*at, text));
            }
            // A part of a date is a group's.
            ("COUNT", None) => return Err(Fault::malformed(*at, "unexpected token: 'COUNT'")),
            (_, Some(_)) => {
                let column = self.operand(call, PlanKind::Rows)?;
                let text = format!("Field must be grouped or aggregated: {}", call.text());
                return Err(Fault::malformed(column.at, text));
            }
            _ => return Err(Fault::malformed(*at, format!("unexpected token: '{name}'"))),
        };
        let (index, shape) = (self.push(column.sql), column.shape);
        let key = alias.map_or(column.name, str::to_owned);
        let chain = match (alias, path_of(call)) {
            (None, Some(path)) => {
                let hops = self.found(path)?.hops;
                self.chain(hops)
            }
            _ => Vec::new(),
        };
        let cell = if name == "FORMAT" {
            Cell::Formatted { key, index, shape }
        } else {
            Cell::Value { key, index, shape }
        };
        insert(cells, &chain, cell);
        Ok(())
    }

    fn type_of(
        &mut self,
        path: &Path,
        cases: &[(String, Vec<Path>)],
        otherwise: &[Path],
        cells: &mut Vec<Cell<'a>>,
    ) -> Result<(), Fault> {
        let object = self.object;
        let lookup = self
            .world
            .lookup(object, &self.relative(path).join("."))
            .filter(|field| field.polymorphic())
            .ok_or_else(|| Fault::no_column(path.at, path.leaf(), &object.name))?;
        let alias = self.alias.clone();
        let id = self.push(format!("{alias}.{}", quoted(&lookup.name)));
        let mut found = Vec::new();
        for (name, paths) in cases {
            let to = self
                .world
                .object(name)
                .filter(|to| lookup.reference_to.contains(&to.name));
            let to = to.ok_or_else(|| Fault::no_column(path.at, name, &object.name))?;
            let joined = self.join_as(&alias, lookup, to);
            let mut inner = Vec::new();
            for path in paths {
                self.field_of((to, joined.clone()), &path.parts, path, &mut inner)?;
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
            // Told apart from a join by `found`, which polymorphic lookups never have.
            field: lookup.name.clone(),
            alias: alias.clone(),
            object,
        });
        alias
    }
}

/// A field may be selected once, whichever way it is named.
fn no_twins(cells: &[Cell<'_>], at: usize) -> Result<(), Fault> {
    let key = |cell: &Cell<'_>| match cell {
        Cell::Value { key, .. } => Some(key.clone()),
        _ => None,
    };
    let mut keys: Vec<String> = cells.iter().filter_map(key).collect();
    keys.sort_unstable();
    match keys.windows(2).find(|pair| pair.first() == pair.last()) {
        Some(pair) => {
            let name = pair.first().cloned().unwrap_or_default();
            let text = format!("duplicate field selected: {name}");
            Err(Fault::at("INVALID_FIELD", at, text))
        }
        None => Ok(()),
    }
}

/// The path inside a call.
fn path_of(operand: &Operand) -> Option<&Path> {
    match operand {
        Operand::Path(path) => Some(path),
        Operand::Call { argument, .. } => argument.as_deref().and_then(path_of),
    }
}

/// Whether a condition lets at most 200 ids through.
fn names_few_ids(expr: &Expr) -> bool {
    let is_id = |path: &Path| path.leaf().eq_ignore_ascii_case("Id") && path.parts.len() == 1;
    match expr {
        Expr::And(all) => all.iter().any(names_few_ids),
        Expr::Compare {
            left: Operand::Path(path),
            op: Op::Equal,
            ..
        } => is_id(path),
        Expr::In {
            path,
            values,
            negated: false,
        } => is_id(path) && values.len() <= 200,
        _ => false,
    }
}
