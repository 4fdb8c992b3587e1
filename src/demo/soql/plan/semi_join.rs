//! `Id IN (SELECT AccountId FROM Contact)`: where it may stand and what it may select.

use super::super::Fault;
use super::super::ast::{Expr, Path, Query};
use super::filter::filterable;
use super::{Cell, Nest, Planner, planned, unknown_object};
use crate::demo::schema::FieldKind;

/// Sub-selects of one condition, at most (SOQL reference, "Comparison Operators").
const MOST: usize = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    UnderAnd,
    UnderOr,
    Nested,
    UnderNot,
}

/// Refuses sub-selects where Salesforce does.
pub(super) fn check_places(filter: &Expr) -> Result<(), Fault> {
    let mut count = 0;
    walk(filter, Place::Top, &mut count)
}

fn walk(expr: &Expr, place: Place, count: &mut usize) -> Result<(), Fault> {
    match expr {
        Expr::And(all) => {
            let inside = match place {
                Place::Top => Place::UnderAnd,
                Place::UnderNot => Place::UnderNot,
                _ => Place::Nested,
            };
            all.iter().try_for_each(|one| walk(one, inside, count))
        }
        Expr::Or(all) => {
            let inside = match place {
                Place::Top => Place::UnderOr,
                Place::UnderNot => Place::UnderNot,
                _ => Place::Nested,
            };
            all.iter().try_for_each(|one| walk(one, inside, count))
        }
        Expr::Not(inner) => walk(inner, Place::UnderNot, count),
        Expr::InQuery { path, .. } => {
            *count += 1;
            let text = match place {
                Place::UnderOr => "Semi join sub-selects are not allowed with the 'OR' operator",
                Place::UnderNot => "Semi join sub-selects are not allowed with the 'NOT' operator",
                Place::Nested => {
                    "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE expressions."
                }
                _ if *count > MOST => "Maximum 2 semi join sub-selects are allowed",
                Place::Top | Place::UnderAnd => return Ok(()),
            };
            Err(Fault::malformed(path.at, text))
        }
        Expr::Compare { .. } | Expr::In { .. } | Expr::Includes { .. } => Ok(()),
    }
}

/// Whether a sub-select stands anywhere in a condition.
fn has_semi_join(expr: &Expr) -> bool {
    match expr {
        Expr::And(all) | Expr::Or(all) => all.iter().any(has_semi_join),
        Expr::Not(inner) => has_semi_join(inner),
        Expr::InQuery { .. } => true,
        Expr::Compare { .. } | Expr::In { .. } | Expr::Includes { .. } => false,
    }
}

fn is_key(kind: FieldKind) -> bool {
    matches!(kind, FieldKind::Id | FieldKind::Reference)
}

impl Planner<'_> {
    pub(super) fn semi_join(
        &mut self,
        path: &Path,
        query: &Query,
        negated: bool,
    ) -> Result<String, Fault> {
        let column = self.column(path)?;
        filterable(&column)?;
        let object = self
            .world
            .object(&query.from.text())
            .ok_or_else(|| unknown_object(query))?;
        if !is_key(column.shape.kind) {
            let text = format!(
                "The left operand field in the where expression for outer query should be an id field, cannot use: '{}'",
                column.name
            );
            return Err(Fault::malformed(path.at, text));
        }
        if object.name == self.object.name {
            let text = "The inner and outer selects should not be on the same object type";
            return Err(Fault::malformed(query.from.at, text));
        }
        if query.filter.as_ref().is_some_and(has_semi_join) {
            let text = "Nesting of semi join sub-selects is not supported";
            return Err(Fault::malformed(query.from.at, text));
        }
        let selected = self.selected(query, &column)?;
        let word = if negated { "NOT IN" } else { "IN" };
        let text = format!("{} {word} ({selected})", column.sql);
        Ok(if negated {
            format!("ifnull({text}, 1)")
        } else {
            text
        })
    }

    /// The sub-select as SQL; its values are pushed.
    fn selected(&mut self, query: &Query, outer: &super::Column) -> Result<String, Fault> {
        let object = self
            .world
            .object(&query.from.text())
            .ok_or_else(|| unknown_object(query))?;
        let prefix = format!("{}s{}", self.alias, self.values.len());
        let nest = Nest {
            prefix: &prefix,
            parent: None,
            depth: self.depth,
        };
        let inner = planned(self.world, object, query, &nest)?;
        let found = match (inner.cells.as_slice(), query.select.as_slice()) {
            ([Cell::Value { index, shape, .. }], [super::super::ast::Item::Field(path)]) => {
                inner.columns.get(*index).map(|sql| (sql, *shape, path))
            }
            _ => None,
        };
        let Some((sql, shape, path)) = found else {
            let text = "semi join sub-selects can only query one field";
            return Err(Fault::malformed(query.from.at, text));
        };
        if !is_key(shape.kind) {
            let text = format!(
                "Semi join sub-selects can only query id fields, cannot use: '{}'",
                path.text()
            );
            return Err(Fault::malformed(path.at, text));
        }
        let points_to = match self.world.field(object, path.leaf()) {
            Some(field) if field.kind == FieldKind::Id => vec![object.name.clone()],
            Some(field) => field.reference_to.clone(),
            // Of a parent: its object is not looked up again.
            None => Vec::new(),
        };
        let meet = points_to.is_empty()
            || path.parts.len() > 1
            || points_to.iter().any(|one| outer.points_to.contains(one));
        if !meet {
            let text = format!(
                "The selected field '{}' in the subquery and the left operand field in the where expression in the outer query '{}' should point to the same object type",
                path.text(),
                outer.name
            );
            return Err(Fault::malformed(path.at, text));
        }
        let text = format!(
            "SELECT {sql} {}",
            inner.body_where(&format!("{sql} IS NOT NULL"))
        );
        self.values.extend(inner.values);
        Ok(text)
    }
}
