//! A statement made ready to run: SQL with its values, and the tree that turns a result
//! row into JSON. Names are resolved against the schema here, and nowhere else.

mod aggregate;
mod columns;
mod filter;
mod select;

use rusqlite::types::Value as Sql;

use super::Fault;
use super::ast::{Direction, Nulls, Query};
use crate::demo::rights::{Reach, Rights};
use crate::demo::schema::{ObjectDef, Schema};
use crate::demo::store::quoted;
use crate::demo::value::Shape;
pub use columns::Column;

/// What planning needs to know of the asking side.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    pub schema: &'a Schema,
    /// Every object, for what decides which rows are seen.
    pub whole: &'a Schema,
    pub rights: &'a Rights,
    pub today: jiff::civil::Date,
    pub zone: &'a jiff::tz::TimeZone,
    /// The asking user, for `USING SCOPE mine`.
    pub user: &'a str,
    pub bin: Bin,
}

/// A statement ready to run. Result columns 0 and 1 are the row number and the id.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    pub object: &'a ObjectDef,
    /// From `FROM` to `WHERE`, without order and limit.
    pub body: String,
    pub columns: Vec<String>,
    /// Values of the columns, then of the body.
    pub values: Vec<Sql>,
    pub order: Vec<String>,
    pub group: Vec<String>,
    pub having: Option<String>,
    pub cells: Vec<Cell<'a>>,
    pub kind: PlanKind,
    pub limit: Option<u64>,
    pub offset: u64,
    pub for_view: bool,
}

/// Whether rows in the bin are seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bin {
    Hidden,
    /// `queryAll`.
    Seen,
}

/// Where the rows of a result begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    Top,
    /// Behind a row number given as the last value.
    BehindRow,
}

/// What the result is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanKind {
    Rows,
    /// `SELECT COUNT()`.
    Count,
    Aggregate,
}

/// One key of a result row.
#[derive(Debug, Clone)]
pub enum Cell<'a> {
    Value {
        key: String,
        index: usize,
        shape: Shape,
    },
    /// A blob, sent as its address; true in the column when there is one.
    Blob { field: String, index: usize },
    /// An address or location: part name, column, shape.
    Compound {
        key: String,
        parts: Vec<(String, usize, Shape)>,
    },
    /// A parent row: its id in a column, and `None` for its object when that differs by row.
    Parent {
        key: String,
        id: usize,
        object: Option<&'a ObjectDef>,
        cells: Vec<Cell<'a>>,
    },
    /// Child rows; the body's last value is the parent's id.
    Children { key: String, plan: Box<Plan<'a>> },
    /// `TYPEOF`: the cells of the first matching object, else the last entry.
    Either {
        key: String,
        id: usize,
        cases: Vec<(Option<&'a ObjectDef>, Vec<Cell<'a>>)>,
    },
}

/// Planning state of one `FROM`.
struct Planner<'a> {
    world: World<'a>,
    object: &'a ObjectDef,
    /// `FROM Account a`.
    name: Option<String>,
    alias: String,
    joins: Vec<Join<'a>>,
    columns: Vec<String>,
    /// Values of `columns`, of the joins, of the condition, in SQL order.
    values: Vec<Sql>,
}

struct Join<'a> {
    from: String,
    field: String,
    alias: String,
    object: &'a ObjectDef,
}

/// Plans a whole statement.
///
/// # Errors
/// Unknown names, operators that do not fit, rules of single objects.
pub fn plan<'a>(world: World<'a>, query: &Query) -> Result<Plan<'a>, Fault> {
    let object = world
        .schema
        .object(&query.from.text())
        .filter(|object| object.queryable)
        .ok_or_else(|| unknown_object(query))?;
    filter::mandatory(object, query)?;
    planned(world, object, query, "t", None)
}

fn unknown_object(query: &Query) -> Fault {
    let text = format!(
        "sObject type '{}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.",
        query.from.text()
    );
    Fault::at("INVALID_TYPE", query.from.at, text)
}

/// Plans one `SELECT`; `parent` is the lookup of a child row that points to its parent.
fn planned<'a>(
    world: World<'a>,
    object: &'a ObjectDef,
    query: &Query,
    prefix: &str,
    parent: Option<&str>,
) -> Result<Plan<'a>, Fault> {
    let alias = format!("{prefix}0");
    let columns = vec![format!("{alias}.rid"), format!("{alias}.\"Id\"")];
    let mut planner = Planner {
        world,
        object,
        name: query.alias.clone(),
        alias,
        joins: Vec::new(),
        columns,
        values: Vec::new(),
    };
    let (kind, cells) = planner.select(query)?;
    let mut conditions = Vec::new();
    if world.bin == Bin::Hidden {
        conditions.push(format!("{}.\"IsDeleted\" = 0", planner.alias));
    }
    conditions.extend(
        world
            .rights
            .rows(world.whole, object, &planner.alias, Reach::See),
    );
    planner.scope(query, &mut conditions)?;
    if let Some(filter) = &query.filter {
        conditions.push(planner.condition(filter)?);
    }
    if let Some(field) = parent {
        conditions.push(format!("{}.{} = ?", planner.alias, quoted(field)));
    }
    let order = planner.order(query, kind)?;
    let (group, having) = planner.groups(query, kind)?;
    let (limit, offset) = limits(query)?;
    let body = planner.body(&conditions);
    Ok(Plan {
        object,
        body,
        columns: planner.columns,
        values: planner.values,
        order,
        group,
        having,
        cells,
        kind,
        limit,
        offset,
        for_view: query.for_view,
    })
}

fn limits(query: &Query) -> Result<(Option<u64>, u64), Fault> {
    if let Some(offset) = query.offset.filter(|offset| offset.value > 2000) {
        let text = "Maximum SOQL offset allowed is 2000";
        return Err(Fault::at("NUMBER_OUTSIDE_VALID_RANGE", offset.at, text));
    }
    Ok((
        query.limit.map(|limit| limit.value),
        query.offset.map_or(0, |offset| offset.value),
    ))
}

impl<'a> Planner<'a> {
    fn body(&self, conditions: &[String]) -> String {
        let mut text = format!("FROM {} {}", quoted(&self.object.name), self.alias);
        for join in &self.joins {
            text.push_str(&format!(
                " LEFT JOIN {} {} ON {}.\"Id\" = {}.{}",
                quoted(&join.object.name),
                join.alias,
                join.alias,
                join.from,
                quoted(&join.field)
            ));
        }
        if !conditions.is_empty() {
            text.push_str(" WHERE ");
            text.push_str(&conditions.join(" AND "));
        }
        text
    }

    fn scope(&mut self, query: &Query, conditions: &mut Vec<String>) -> Result<(), Fault> {
        let Some(scope) = &query.scope else {
            return Ok(());
        };
        match scope.text().to_ascii_lowercase().as_str() {
            "everything" => Ok(()),
            "mine" if self.object.field("OwnerId").is_some() => {
                conditions.push(format!("{}.\"OwnerId\" = ?", self.alias));
                self.values.push(Sql::Text(self.world.user.to_owned()));
                Ok(())
            }
            other => {
                let text = format!("{other} is not a valid scope for {}", self.object.name);
                Err(Fault::at("INVALID_QUERY_SCOPE", scope.at, text))
            }
        }
    }

    fn order(&mut self, query: &Query, kind: PlanKind) -> Result<Vec<String>, Fault> {
        let mut parts = Vec::new();
        for order in &query.order {
            let column = self.operand(&order.by, kind)?;
            if !column.sortable {
                let text = format!("field '{}' can not be sorted in a query call", column.name);
                return Err(Fault::at("INVALID_FIELD", column.at, text));
            }
            let direction = match order.direction {
                Direction::Ascending => "ASC",
                Direction::Descending => "DESC",
            };
            let nulls = match order.nulls {
                Nulls::First => "NULLS FIRST",
                Nulls::Last => "NULLS LAST",
            };
            let collation = if crate::demo::fields::is_text(column.shape.kind) {
                " COLLATE NOCASE"
            } else {
                ""
            };
            parts.push(format!("{}{collation} {direction} {nulls}", column.sql));
        }
        Ok(parts)
    }
}

impl Plan<'_> {
    /// Whether rows come in the order they were made, so that a page can start behind a
    /// row number.
    pub fn is_in_row_order(&self) -> bool {
        self.kind == PlanKind::Rows && self.order.is_empty() && self.offset == 0
    }

    /// The whole SQL; the caller adds `LIMIT` and `OFFSET`.
    pub fn sql(&self, start: Start) -> String {
        let mut text = format!("SELECT {} {}", self.columns.join(", "), self.body);
        if start == Start::BehindRow {
            text.push_str(if self.body.contains(" WHERE ") {
                " AND "
            } else {
                " WHERE "
            });
            text.push_str(&format!("{} > ?", self.columns[0]));
        }
        if !self.group.is_empty() {
            text.push_str(&format!(" GROUP BY {}", self.group.join(", ")));
        }
        if let Some(having) = &self.having {
            text.push_str(&format!(" HAVING {having}"));
        }
        let mut order = self.order.clone();
        if self.kind == PlanKind::Rows {
            // Pages must not overlap: equal rows need an order too.
            order.push(self.columns[0].clone());
        }
        if !order.is_empty() {
            text.push_str(&format!(" ORDER BY {}", order.join(", ")));
        }
        text
    }

    /// SQL that counts the rows, or the groups.
    pub fn count_sql(&self) -> String {
        if self.kind == PlanKind::Aggregate {
            return format!("SELECT count(*) FROM ({})", self.sql(Start::Top));
        }
        format!(
            "SELECT count(*) FROM (SELECT {} {})",
            self.columns.join(", "),
            self.body
        )
    }
}
