//! Functions of one value: aggregates, parts of dates, labels.

use super::super::Fault;
use super::super::ast::Operand;
use super::columns::Target;
use super::{Column, PlanKind, Planner, zone};
use crate::demo::fields::is_text;
use crate::demo::schema::FieldKind;
use crate::demo::value::Shape;

const COUNT: Shape = Shape {
    kind: FieldKind::Int,
    scale: 0,
};
const REAL: Shape = Shape {
    kind: FieldKind::Double,
    scale: 0,
};

fn is_aggregate_name(name: &str) -> bool {
    matches!(
        name,
        "COUNT" | "COUNT_DISTINCT" | "SUM" | "MIN" | "MAX" | "AVG" | "GROUPING"
    )
}

/// Whether an operand is made of a whole group.
pub(super) fn is_aggregate(operand: &Operand) -> bool {
    match operand {
        Operand::Call { name, argument, .. } => {
            is_aggregate_name(name)
                || (name == "FORMAT" && argument.as_deref().is_some_and(is_aggregate))
        }
        Operand::Path(_) => false,
    }
}

fn unexpected(name: &str, at: usize) -> Fault {
    Fault::malformed(at, format!("unexpected token: '{name}'"))
}

impl Planner<'_> {
    /// A function as a value.
    pub(super) fn call(
        &mut self,
        name: &str,
        argument: Option<&Operand>,
        at: usize,
        kind: PlanKind,
    ) -> Result<Column, Fault> {
        if is_aggregate_name(name) {
            if kind != PlanKind::Aggregate {
                return Err(unexpected(name, at));
            }
            return self.aggregate_call(name, argument, at);
        }
        match (name, argument) {
            ("TOLABEL", Some(Operand::Path(_))) => self.labelled(argument, at),
            (_, Some(argument)) => self.date_part(name, argument, at),
            (_, None) => Err(unexpected(name, at)),
        }
    }

    fn aggregate_call(
        &mut self,
        name: &str,
        argument: Option<&Operand>,
        at: usize,
    ) -> Result<Column, Fault> {
        let Some(argument) = argument else {
            return if name == "COUNT" {
                Ok(Column::made("count(*)".into(), COUNT, "COUNT", at))
            } else {
                Err(unexpected(name, at))
            };
        };
        if name == "GROUPING" {
            let sql = self.is_total(argument)?;
            return Ok(Column::made(sql, COUNT, name, at));
        }
        if is_aggregate(argument) {
            return Err(unexpected(name, at));
        }
        let column = self.operand(argument, PlanKind::Rows)?;
        let (sql, shape) = aggregated(name, &column)?;
        Ok(Column::made(sql, shape, &column.name, at))
    }

    /// `CALENDAR_YEAR(d)` and its like; `convertTimezone` inside takes the user's days.
    fn date_part(&mut self, name: &str, argument: &Operand, at: usize) -> Result<Column, Fault> {
        if !is_date_part(name) {
            return Err(unexpected(name, at));
        }
        let (path, local) = match argument {
            Operand::Path(path) => (path, false),
            Operand::Call {
                name,
                argument: Some(inner),
                at,
            } if name == "CONVERTTIMEZONE" => match inner.as_ref() {
                Operand::Path(path) => (path, true),
                Operand::Call { .. } => return Err(unexpected(name, *at)),
            },
            Operand::Call { name, at, .. } => return Err(unexpected(name, *at)),
        };
        let column = self.column(path)?;
        let moment = match (column.shape.kind, local) {
            (FieldKind::Date, false) => column.sql.clone(),
            (FieldKind::DateTime, false) => format!("substr({}, 1, 19)", column.sql),
            (FieldKind::DateTime, true) => {
                zone::local(&column.sql, self.world.zone, self.world.now)
            }
            _ => return Err(unsupported(name, &column)),
        };
        if name == "HOUR_IN_DAY" && column.shape.kind == FieldKind::Date {
            return Err(unsupported(name, &column));
        }
        let (sql, shape) = part(name, &moment);
        Ok(Column::made(sql, shape, &column.name, at))
    }

    /// `toLabel(f)`.
    pub(super) fn labelled(
        &mut self,
        argument: Option<&Operand>,
        at: usize,
    ) -> Result<Column, Fault> {
        let Some(Operand::Path(path)) = argument else {
            return Err(unexpected("toLabel", at));
        };
        let mut column = self.column(path)?;
        if let Target::Field { field, .. } = self.found(path)?.target {
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
                column.letters = super::columns::Letters::Folded;
            }
        }
        Ok(column)
    }
}

fn aggregated(name: &str, column: &Column) -> Result<(String, Shape), Fault> {
    let sql = &column.sql;
    let kind = column.shape.kind;
    let is_number = kind == FieldKind::Int || column.shape.is_decimal();
    let ordered = is_number
        || is_text(kind)
        || matches!(
            kind,
            FieldKind::Date | FieldKind::DateTime | FieldKind::Time
        )
        || matches!(kind, FieldKind::Id | FieldKind::Reference);
    let fits = match name {
        "SUM" | "AVG" => is_number,
        "MIN" | "MAX" => ordered && column.filterable && kind != FieldKind::MultiPicklist,
        _ => column.filterable,
    };
    if !fits {
        return Err(unsupported(name, column));
    }
    Ok(match name {
        "COUNT" => (format!("count({sql})"), COUNT),
        "COUNT_DISTINCT" => (format!("count(DISTINCT {sql})"), COUNT),
        "SUM" => (format!("sum({sql})"), column.shape),
        "MIN" => (format!("min({sql})"), column.shape),
        "MAX" => (format!("max({sql})"), column.shape),
        // Whole units to the number itself.
        _ => {
            let unit = 10_u64.saturating_pow(column.shape.scale.min(18));
            (format!("avg({sql}) / {unit}.0"), REAL)
        }
    })
}

fn unsupported(name: &str, column: &Column) -> Fault {
    let text = format!(
        "field {} does not support aggregate operator {name}",
        column.name
    );
    Fault::malformed(column.at, text)
}

fn is_date_part(name: &str) -> bool {
    matches!(
        name,
        "CALENDAR_YEAR"
            | "CALENDAR_QUARTER"
            | "CALENDAR_MONTH"
            | "FISCAL_YEAR"
            | "FISCAL_QUARTER"
            | "FISCAL_MONTH"
            | "DAY_IN_MONTH"
            | "DAY_IN_WEEK"
            | "DAY_IN_YEAR"
            | "DAY_ONLY"
            | "HOUR_IN_DAY"
            | "WEEK_IN_MONTH"
            | "WEEK_IN_YEAR"
    )
}

/// A part of a moment; Sunday is day 1, week 1 starts with the first day of month or year.
fn part(name: &str, moment: &str) -> (String, Shape) {
    let number = |format: &str| format!("CAST(strftime('{format}', {moment}) AS INTEGER)");
    let sql = match name {
        "CALENDAR_YEAR" | "FISCAL_YEAR" => number("%Y"),
        "CALENDAR_QUARTER" | "FISCAL_QUARTER" => format!("(({} + 2) / 3)", number("%m")),
        "CALENDAR_MONTH" | "FISCAL_MONTH" => number("%m"),
        "DAY_IN_MONTH" => number("%d"),
        "DAY_IN_WEEK" => format!("({} + 1)", number("%w")),
        "DAY_IN_YEAR" => number("%j"),
        "HOUR_IN_DAY" => number("%H"),
        "WEEK_IN_MONTH" => format!("(({} + 6) / 7)", number("%d")),
        "WEEK_IN_YEAR" => format!("(({} + 6) / 7)", number("%j")),
        _ => {
            let day = Shape {
                kind: FieldKind::Date,
                scale: 0,
            };
            return (format!("date({moment})"), day);
        }
    };
    (sql, COUNT)
}
