//! Aggregate functions, `GROUP BY`, `HAVING`, and date functions.

use super::super::Fault;
use super::super::ast::{Expr, Item, Op, Operand, Path, Query};
use super::{Cell, Column, PlanKind, Planner};
use crate::demo::schema::FieldKind;
use crate::demo::value::Shape;

const COUNT: Shape = Shape {
    kind: FieldKind::Int,
    scale: 0,
};

fn is_aggregate_name(name: &str) -> bool {
    matches!(
        name,
        "COUNT" | "COUNT_DISTINCT" | "SUM" | "MIN" | "MAX" | "AVG"
    )
}

impl<'a> Planner<'a> {
    /// Whether the result is made of groups.
    pub(super) fn is_aggregate(&self, query: &Query) -> bool {
        let calls = query.select.iter().any(|item| match item {
            Item::Call { name, .. } => is_aggregate_name(name),
            Item::CountAll => true,
            _ => false,
        });
        calls || !query.group.is_empty()
    }

    /// The columns of groups: grouped fields and functions, unnamed ones `expr0`, `expr1`.
    pub(super) fn aggregate(&mut self, query: &Query) -> Result<Vec<Cell<'a>>, Fault> {
        let mut cells = Vec::new();
        let mut unnamed = 0;
        for item in &query.select {
            let (key, column) = match item {
                Item::Field(path) => {
                    let grouped = query
                        .group
                        .iter()
                        .any(|group| group.text().eq_ignore_ascii_case(&path.text()));
                    if !grouped {
                        let text = format!("Field must be grouped or aggregated: {}", path.text());
                        return Err(Fault::malformed(path.at, text));
                    }
                    let column = self.column(path)?;
                    (Some(column.name.clone()), column)
                }
                Item::Call {
                    name,
                    argument,
                    alias,
                } => (
                    alias.clone(),
                    self.call(name, Some(argument), argument.at, PlanKind::Aggregate)?,
                ),
                Item::CountAll => (
                    None,
                    Column::made("count(*)".into(), COUNT, "COUNT", query.from.at),
                ),
                _ => {
                    return Err(Fault::malformed(
                        query.from.at,
                        "unexpected item in a grouped query",
                    ));
                }
            };
            let key = key.unwrap_or_else(|| {
                unnamed += 1;
                format!("expr{}", unnamed - 1)
            });
            let index = self.push(column.sql);
            cells.push(Cell::Value {
                key,
                index,
                shape: column.shape,
            });
        }
        Ok(cells)
    }

    /// A function as a value.
    pub(super) fn call(
        &mut self,
        name: &str,
        argument: Option<&Path>,
        at: usize,
        kind: PlanKind,
    ) -> Result<Column, Fault> {
        let unexpected = || Fault::malformed(at, format!("unexpected token: '{name}'"));
        let Some(path) = argument else {
            return if name == "COUNT" {
                Ok(Column::made("count(*)".into(), COUNT, "COUNT", at))
            } else {
                Err(unexpected())
            };
        };
        let column = self.column(path)?;
        let sql = &column.sql;
        let as_day =
            |format: &str| format!("CAST(strftime('{format}', substr({sql}, 1, 10)) AS INTEGER)");
        let (sql, shape) = match name {
            _ if is_aggregate_name(name) && kind == PlanKind::Rows => return Err(unexpected()),
            "COUNT" => (format!("count({sql})"), COUNT),
            "COUNT_DISTINCT" => (format!("count(DISTINCT {sql})"), COUNT),
            "SUM" => (format!("sum({sql})"), column.shape),
            "MIN" => (format!("min({sql})"), column.shape),
            "MAX" => (format!("max({sql})"), column.shape),
            "AVG" => {
                // Whole units of the column, rounded; then read at the column's scale.
                (format!("CAST(round(avg({sql})) AS INTEGER)"), column.shape)
            }
            "CALENDAR_YEAR" | "FISCAL_YEAR" => (as_day("%Y"), COUNT),
            "CALENDAR_MONTH" | "FISCAL_MONTH" => (as_day("%m"), COUNT),
            "DAY_IN_MONTH" => (as_day("%d"), COUNT),
            _ => return Err(unexpected()),
        };
        Ok(Column::made(sql, shape, &column.name, at))
    }

    /// `GROUP BY` and `HAVING`.
    pub(super) fn groups(
        &mut self,
        query: &Query,
        kind: PlanKind,
    ) -> Result<(Vec<String>, Option<String>), Fault> {
        let mut group = Vec::new();
        for path in &query.group {
            group.push(self.column(path)?.sql);
        }
        let having = match &query.having {
            Some(expr) if kind == PlanKind::Aggregate => Some(self.having(expr)?),
            Some(_) => return Err(Fault::malformed(query.from.at, "HAVING needs GROUP BY")),
            None => None,
        };
        Ok((group, having))
    }

    fn having(&mut self, expr: &Expr) -> Result<String, Fault> {
        let join = |parts: Vec<String>, word: &str| format!("({})", parts.join(word));
        match expr {
            Expr::And(all) => Ok(join(
                all.iter()
                    .map(|one| self.having(one))
                    .collect::<Result<_, _>>()?,
                " AND ",
            )),
            Expr::Or(all) => Ok(join(
                all.iter()
                    .map(|one| self.having(one))
                    .collect::<Result<_, _>>()?,
                " OR ",
            )),
            Expr::Not(inner) => Ok(format!("NOT ifnull({}, 0)", self.having(inner)?)),
            Expr::Compare {
                left: left @ Operand::Call { .. },
                op,
                value,
            } if *op != Op::Like => {
                let column = self.operand(left, PlanKind::Aggregate)?;
                self.compare(&column, *op, value)
            }
            other => self.condition(other),
        }
    }
}
