//! `GROUP BY`, its totals, and `HAVING`.
//!
//! Totals are made by joining the rows with one row for each set of grouped columns that
//! stay: `c0` is 1 where the first column stays, 0 where the row is a total over it.

use super::super::Fault;
use super::super::ast::{Item, Operand, Query, Totals};
use super::function;
use super::{Cell, Column, PlanKind, Planner};

/// Columns of `ROLLUP` and `CUBE`, at most (SOQL reference).
const MOST_IN_TOTALS: usize = 3;

/// One column of `GROUP BY`.
pub(super) struct Grouped {
    /// Of the row itself.
    plain: String,
    /// Of the group: null in a total over it.
    pub(super) sql: String,
    /// 1 where the row is a total over it.
    total: String,
}

/// The join that makes totals.
pub(super) fn sets(alias: &str, columns: usize, totals: Totals) -> String {
    let kept: Vec<u32> = match totals {
        Totals::None => return String::new(),
        Totals::Rollup => (0..=columns).map(|kept| (1 << kept) - 1).collect(),
        Totals::Cube => (0..1 << columns).collect(),
    };
    let rows: Vec<String> = kept
        .iter()
        .map(|set| {
            let cells = (0..columns).map(|column| format!("{} AS c{column}", set >> column & 1));
            format!("SELECT {}", cells.collect::<Vec<_>>().join(", "))
        })
        .collect();
    format!(" CROSS JOIN ({}) {alias}g", rows.join(" UNION ALL "))
}

impl<'a> Planner<'a> {
    /// Whether the result is made of groups.
    pub(super) fn is_aggregate(&self, query: &Query) -> bool {
        let calls = query.select.iter().any(|item| match item {
            Item::Call { call, .. } => function::is_aggregate(call),
            _ => false,
        });
        calls || !query.group.by.is_empty()
    }

    /// Reads `GROUP BY`.
    pub(super) fn grouped(&mut self, query: &Query) -> Result<(), Fault> {
        let (Totals::Rollup | Totals::Cube) = query.group.totals else {
            for operand in &query.group.by {
                let plain = self.groupable(operand)?;
                self.groups.push(Grouped {
                    sql: plain.clone(),
                    plain,
                    total: "0".into(),
                });
            }
            return Ok(());
        };
        if query.group.by.len() > MOST_IN_TOTALS {
            let text = format!("maximum of {MOST_IN_TOTALS} fields allowed in ROLLUP or CUBE");
            return Err(Fault::malformed(query.from.at, text));
        }
        for (index, operand) in query.group.by.iter().enumerate() {
            let plain = self.groupable(operand)?;
            let kept = format!("{}g.c{index}", self.alias);
            self.groups.push(Grouped {
                sql: format!("iif({kept}, {plain}, NULL)"),
                plain,
                total: format!("1 - {kept}"),
            });
        }
        // The sets are told apart even where values are null.
        for index in 0..query.group.by.len() {
            let kept = format!("{}g.c{index}", self.alias);
            self.groups.push(Grouped {
                plain: kept.clone(),
                sql: kept,
                total: "0".into(),
            });
        }
        Ok(())
    }

    fn groupable(&mut self, operand: &Operand) -> Result<String, Fault> {
        let column = self.operand(operand, PlanKind::Rows)?;
        if column.groupable {
            return Ok(column.sql);
        }
        let text = format!("field '{}' can not be grouped in a query call", column.name);
        Err(Fault::malformed(column.at, text))
    }

    /// A column as the group has it.
    pub(super) fn in_group(&self, column: Column, operand: &Operand) -> Result<Column, Fault> {
        match self.groups.iter().find(|one| one.plain == column.sql) {
            Some(group) => Ok(Column {
                sql: group.sql.clone(),
                ..column
            }),
            None => {
                let text = format!("Field must be grouped or aggregated: {}", operand.text());
                Err(Fault::malformed(column.at, text))
            }
        }
    }

    /// `GROUPING(f)`: 1 where the row is a total over the field.
    pub(super) fn is_total(&mut self, operand: &Operand) -> Result<String, Fault> {
        let column = self.operand(operand, PlanKind::Rows)?;
        let group = self.groups.iter().find(|one| one.plain == column.sql);
        group.map(|one| one.total.clone()).ok_or_else(|| {
            let text = format!("Field must be grouped or aggregated: {}", operand.text());
            Fault::malformed(column.at, text)
        })
    }

    /// The columns of groups: grouped fields and functions, unnamed ones `expr0`, `expr1`.
    pub(super) fn aggregate(&mut self, query: &Query) -> Result<Vec<Cell<'a>>, Fault> {
        let mut cells: Vec<(String, Cell<'a>)> = Vec::new();
        let mut unnamed = 0;
        for item in &query.select {
            let (operand, alias, at) = named(item, query)?;
            let is_field = matches!(operand, Operand::Path(_));
            let (column, formatted) = self.in_groups(&operand)?;
            let key = alias.unwrap_or_else(|| {
                if is_field {
                    return column.name.clone();
                }
                unnamed += 1;
                format!("expr{}", unnamed - 1)
            });
            if cells
                .iter()
                .any(|(have, _)| have.eq_ignore_ascii_case(&key))
            {
                return Err(Fault::malformed(at, format!("duplicate alias: {key}")));
            }
            let (index, shape) = (self.push(column.sql), column.shape);
            let name = key.clone();
            let cell = if formatted {
                Cell::Formatted { key, index, shape }
            } else {
                Cell::Value { key, index, shape }
            };
            cells.push((name, cell));
        }
        Ok(cells.into_iter().map(|(_, cell)| cell).collect())
    }

    /// A selected value, and whether `FORMAT` stands around it.
    fn in_groups(&mut self, operand: &Operand) -> Result<(Column, bool), Fault> {
        match operand {
            Operand::Call {
                name,
                argument: Some(inner),
                ..
            } if name == "FORMAT" => Ok((self.operand(inner, PlanKind::Aggregate)?, true)),
            other => Ok((self.operand(other, PlanKind::Aggregate)?, false)),
        }
    }

    /// `HAVING`.
    pub(super) fn having(&mut self, query: &Query) -> Result<Option<String>, Fault> {
        let Some(expr) = &query.having else {
            return Ok(None);
        };
        if query.group.by.is_empty() {
            return Err(Fault::malformed(
                query.from.at,
                "unexpected token: 'HAVING'",
            ));
        }
        self.condition(expr, PlanKind::Aggregate).map(Some)
    }
}

/// What an item of a grouped query selects, its alias, and where it stands.
fn named(item: &Item, query: &Query) -> Result<(Operand, Option<String>, usize), Fault> {
    match item {
        Item::Field(path) => Ok((Operand::Path(path.clone()), None, path.at)),
        Item::Named { path, alias } => {
            Ok((Operand::Path(path.clone()), Some(alias.clone()), path.at))
        }
        Item::Call { call, alias } => Ok((call.clone(), alias.clone(), call.at())),
        Item::CountAll => {
            let call = Operand::Call {
                name: "COUNT".into(),
                argument: None,
                at: query.from.at,
            };
            Ok((call, None, query.from.at))
        }
        Item::Fields { at, .. } => Err(Fault::malformed(
            *at,
            "The SOQL FIELDS function is not supported with aggregate queries",
        )),
        Item::Children(inner) => Err(Fault::malformed(
            inner.from.at,
            "Grouped query cannot select child relationships",
        )),
        Item::TypeOf { path, .. } => Err(Fault::malformed(
            path.at,
            "TYPEOF is not supported in an aggregate query",
        )),
    }
}
