//! A statement made ready to run: SQL with its values, and the tree that turns a result
//! row into JSON. Names are resolved against the schema here, and nowhere else.

mod columns;
mod filter;
mod function;
mod group;
mod like;
mod select;
mod semi_join;
mod zone;

use rusqlite::types::Value as Sql;

use super::Fault;
use super::ast::{Direction, Expr, LiteralValue, Nulls, Op, Operand, Query};
use crate::demo::formula::Asking;
use crate::demo::rights::{Reach, Rights};
use crate::demo::schema::{FieldDef, ObjectDef, Schema};
use crate::demo::store::quoted;
use crate::demo::value::Shape;
pub use columns::Column;

/// Parents of all rows of one `SELECT`, at most (SOQL reference, "Understanding Query Results").
const MOST_PARENTS: usize = 55;
/// Child subqueries of one `SELECT`, at most.
const MOST_CHILDREN: usize = 20;

/// What planning needs to know of the asking side.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// What the asking user sees.
    pub schema: &'a Schema,
    /// Every object, for what decides which rows are seen.
    pub whole: &'a Schema,
    pub rights: &'a Rights,
    pub now: jiff::Timestamp,
    pub zone: &'a jiff::tz::TimeZone,
    /// The asking user, for `USING SCOPE mine`.
    pub user: &'a str,
    pub bin: Bin,
    /// The API version asked, `62`.
    pub release: u32,
}

/// What the asking user may see of the schema and of its rows is decided here, and only
/// here: no other place of the planner looks a name up or limits rows.
impl<'a> World<'a> {
    /// The calendar day of the asking user.
    pub fn today(&self) -> jiff::civil::Date {
        self.now.to_zoned(self.zone.clone()).date()
    }

    /// The object of this name.
    pub fn object(&self, name: &str) -> Option<&'a ObjectDef> {
        self.schema.object(name).filter(|object| object.queryable)
    }

    /// A field by its name.
    pub fn field(&self, object: &'a ObjectDef, name: &str) -> Option<&'a FieldDef> {
        object.field(name)
    }

    /// All fields, in their order.
    pub fn fields(&self, object: &'a ObjectDef) -> impl Iterator<Item = &'a FieldDef> + use<'a> {
        object.fields.iter()
    }

    /// The reference a relationship name stands for.
    pub fn lookup(&self, object: &'a ObjectDef, relationship: &str) -> Option<&'a FieldDef> {
        object.field_by_relationship(relationship)
    }

    /// The condition on rows of an object under an alias; `None` when all are seen.
    pub fn rows(&self, object: &ObjectDef, alias: &str) -> Option<String> {
        let live = (self.bin == Bin::Hidden).then(|| format!("{alias}.\"IsDeleted\" = 0"));
        let own = self.rights.rows(self.whole, object, alias, Reach::See);
        let all: Vec<String> = live.into_iter().chain(own).collect();
        (!all.is_empty()).then(|| all.join(" AND "))
    }
}

impl<'a> World<'a> {
    /// The same, as formula fields ask for it.
    pub(super) fn asking(&self) -> Asking<'a> {
        Asking {
            schema: self.whole,
            user: self.user,
            zone: self.zone,
        }
    }
}

/// A statement ready to run. Result columns 0 and 1 are the row number and the id.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    pub object: &'a ObjectDef,
    /// `FROM` with its joins.
    from: String,
    /// Joined by `AND`; a child's last one takes the parent's id.
    conditions: Vec<String>,
    /// The condition on the user's rows, which holds for later pages too.
    visible: Option<String>,
    pub columns: Vec<String>,
    /// Values of the conditions, then of `HAVING`.
    pub values: Vec<Sql>,
    pub order: Vec<String>,
    group: Vec<String>,
    having: Option<String>,
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
    /// `FORMAT(f)`: the value as people of the org read it.
    Formatted {
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
    /// First parts of paths that stand for the object itself or a parent: `FROM Contact c,
    /// c.Account a` has `c` and `a`.
    names: Vec<(String, Vec<String>)>,
    alias: String,
    joins: Vec<Join<'a>>,
    columns: Vec<String>,
    /// Values of the conditions, then of `HAVING`, in SQL order.
    values: Vec<Sql>,
    groups: Vec<group::Grouped>,
    /// Levels above this `SELECT`.
    depth: u32,
    children: usize,
}

struct Join<'a> {
    from: String,
    field: String,
    alias: String,
    object: &'a ObjectDef,
}

/// Where a `SELECT` stands in a statement.
struct Nest<'s> {
    prefix: &'s str,
    /// The lookup of a child row that points to its parent.
    parent: Option<&'s FieldDef>,
    depth: u32,
}

/// Plans a whole statement.
///
/// # Errors
/// Unknown names, operators that do not fit, rules of single objects.
pub fn plan<'a>(world: World<'a>, query: &Query) -> Result<Plan<'a>, Fault> {
    let object = world
        .object(&query.from.text())
        .ok_or_else(|| unknown_object(query))?;
    filter::mandatory(object, query)?;
    let root = Nest {
        prefix: "t",
        parent: None,
        depth: 0,
    };
    planned(world, object, query, &root)
}

fn unknown_object(query: &Query) -> Fault {
    let text = format!(
        "sObject type '{}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.",
        query.from.text()
    );
    Fault::at("INVALID_TYPE", query.from.at, text)
}

/// Plans one `SELECT`.
fn planned<'a>(
    world: World<'a>,
    object: &'a ObjectDef,
    query: &Query,
    nest: &Nest<'_>,
) -> Result<Plan<'a>, Fault> {
    let mut planner = Planner::new(world, object, query, nest);
    planner.grouped(query)?;
    let (kind, cells) = planner.select(query)?;
    let visible = world.rows(object, &planner.alias);
    let mut conditions: Vec<String> = visible.iter().cloned().collect();
    planner.scope(query, &mut conditions)?;
    if let Some(filter) = &query.filter {
        semi_join::check_places(filter)?;
        conditions.push(planner.condition(filter, PlanKind::Rows)?);
    }
    if let Some(field) = nest.parent {
        if kind != PlanKind::Rows {
            let text = "Only root queries support aggregate expressions";
            return Err(Fault::malformed(query.from.at, text));
        }
        conditions.push(format!("{}.{} = ?", planner.alias, quoted(&field.name)));
    }
    let having = planner.having(query)?;
    let order = planner.order(query, kind)?;
    let (limit, offset) = limits(query)?;
    if planner.joins.len() > MOST_PARENTS {
        let text = format!("Maximum number of child-to-parent relationships is {MOST_PARENTS}");
        return Err(Fault::malformed(query.from.at, text));
    }
    Ok(Plan {
        object,
        from: planner.from((query.group.by.len(), query.group.totals)),
        conditions,
        visible,
        order,
        group: planner.groups.into_iter().map(|one| one.sql).collect(),
        having,
        columns: planner.columns,
        values: planner.values,
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
    fn new(world: World<'a>, object: &'a ObjectDef, query: &Query, nest: &Nest<'_>) -> Self {
        let alias = format!("{}0", nest.prefix);
        let columns = vec![format!("{alias}.rid"), format!("{alias}.\"Id\"")];
        let own = query.alias.iter().map(|name| (name.clone(), Vec::new()));
        let mut planner = Self {
            world,
            object,
            names: own.collect(),
            alias,
            joins: Vec::new(),
            columns,
            values: Vec::new(),
            groups: Vec::new(),
            depth: nest.depth,
            children: 0,
        };
        for (path, name) in &query.parents {
            let parts = planner.relative(path);
            planner.names.push((name.clone(), parts));
        }
        planner
    }

    fn from(&self, totals: (usize, super::ast::Totals)) -> String {
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
        text.push_str(&group::sets(&self.alias, totals.0, totals.1));
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
        let is_open = parts.is_empty() && query.limit.is_some() && kind == PlanKind::Rows;
        if is_open && let Some(name) = query.filter.as_ref().and_then(|all| self.name_head(all)) {
            // The first few of many by their head: as the index has them, with nothing sorted.
            parts.push(format!("{}.{} COLLATE NOCASE", self.alias, quoted(name)));
        }
        Ok(parts)
    }

    /// The name field, where the filter asks for how it begins.
    fn name_head(&self, filter: &Expr) -> Option<&'a str> {
        match filter {
            Expr::And(all) => all.iter().find_map(|one| self.name_head(one)),
            Expr::Compare {
                left: Operand::Path(path),
                op: Op::Like,
                value,
            } => {
                let [part] = path.parts.as_slice() else {
                    return None;
                };
                let field = self.object.field(part)?;
                let has_head = matches!(&value.value, LiteralValue::Text { like, .. } if !like.starts_with(['%', '_']));
                let is_indexed = field.name_field && field.is_stored() && !field.case_sensitive;
                (is_indexed && has_head).then_some(field.name.as_str())
            }
            _ => None,
        }
    }
}

impl Plan<'_> {
    /// `FROM` and `WHERE`.
    pub fn body(&self) -> String {
        if self.conditions.is_empty() {
            self.from.clone()
        } else {
            format!("{} WHERE {}", self.from, self.conditions.join(" AND "))
        }
    }

    /// The body with one more table in front and one more condition.
    pub fn body_with(&self, table: &str, condition: &str) -> String {
        self.body_where(condition)
            .replacen("FROM ", &format!("FROM {table} "), 1)
    }

    /// The body with one more condition.
    fn body_where(&self, condition: &str) -> String {
        let conditions = self.conditions.iter().map(String::as_str);
        let all: Vec<&str> = conditions.chain([condition]).collect();
        format!("{} WHERE {}", self.from, all.join(" AND "))
    }

    /// The whole SQL; the caller adds `LIMIT` and `OFFSET`.
    pub fn sql(&self) -> String {
        self.selecting(&self.columns.join(", "))
    }

    /// The numbers of the rows, in their order.
    pub fn rids_sql(&self) -> String {
        self.selecting(self.rid())
    }

    fn rid(&self) -> &str {
        self.columns.first().map_or("rid", String::as_str)
    }

    fn selecting(&self, columns: &str) -> String {
        let mut text = format!("SELECT {columns} {}", self.body());
        if !self.group.is_empty() {
            text.push_str(&format!(" GROUP BY {}", self.group.join(", ")));
        }
        if let Some(having) = &self.having {
            text.push_str(&format!(" HAVING {having}"));
        }
        let mut order: Vec<&str> = self.order.iter().map(String::as_str).collect();
        if self.kind == PlanKind::Rows {
            // Pages must not overlap: equal rows need an order too.
            order.push(self.rid());
        }
        if !order.is_empty() {
            text.push_str(&format!(" ORDER BY {}", order.join(", ")));
        }
        text
    }

    /// SQL for one row of an open result by its number; the filter has been asked before.
    pub fn row_sql(&self) -> String {
        let seen = self.visible.iter().map(|one| format!(" AND {one}"));
        format!(
            "SELECT {} {} WHERE {} = ?{}",
            self.columns.join(", "),
            self.from,
            self.rid(),
            seen.collect::<String>()
        )
    }

    /// SQL that counts the rows.
    pub fn count_sql(&self) -> String {
        format!("SELECT count(*) {}", self.body())
    }
}
