//! Running a planned statement: counts, pages, and going on where a page ended.

use rusqlite::params_from_iter;
use rusqlite::types::Value as Sql;
use serde_json::{Value, json};

use super::json::{Asked, Rows};
use super::plan::{Bin, Cell, Plan, PlanKind, World, plan};
use super::{Fault, parse};
use crate::demo::call::Call;
use crate::demo::cursors::Cursor;
use crate::demo::error::Refusal;
use crate::demo::wire::{JSON, Reply};

pub use super::json::{first, record};

/// Rows a page has when nothing is said, and at most.
pub const PAGE: usize = 2000;
/// Smallest page that can be asked for (`Sforce-Query-Options`).
const SMALLEST_PAGE: usize = 200;

/// What the asking side sees, as planning wants it.
pub fn world<'a>(call: &'a Call<'_>, bin: Bin) -> World<'a> {
    World {
        schema: call.schema,
        whole: call.whole,
        rights: call.rights,
        now: call.now,
        zone: &call.zone,
        user: call.user,
        bin,
        release: call.release(),
    }
}

/// Plans a statement.
///
/// # Errors
/// The statement's faults, with the caret picture.
pub fn prepared<'a>(call: &'a Call<'_>, source: &str, bin: Bin) -> Result<Plan<'a>, Refusal> {
    let planned = || -> Result<Plan<'a>, Fault> { plan(world(call, bin), &parse(source)?) };
    planned().map_err(|fault| fault.refusal(source))
}

/// Answers `query` and `queryAll`.
///
/// # Errors
/// The statement's faults.
pub fn query(
    call: &Call<'_>,
    source: &str,
    bin: Bin,
    batch: Option<u64>,
) -> Result<Reply, Refusal> {
    let plan = prepared(call, source, bin)?;
    if plan.kind == PlanKind::Count {
        let total = count(call, &plan)?;
        return Ok(Reply::json(
            200,
            &json!({"totalSize": total, "done": true, "records": []}),
        ));
    }
    let batch = batch.map_or(PAGE, |batch| usize::try_from(batch).unwrap_or(PAGE));
    let asked = Asked {
        statement: source,
        bin,
        batch: batch.clamp(SMALLEST_PAGE, PAGE),
    };
    let page = Rows::new(call, asked).first_page(&plan, None, &[])?;
    Ok(reply(page))
}

/// Answers a `nextRecordsUrl`: a locator and the rows passed, `0r8…-2000`.
///
/// # Errors
/// `INVALID_QUERY_LOCATOR` for one that is not open.
pub fn more(call: &Call<'_>, locator: &str) -> Result<Reply, Refusal> {
    let unknown = || Refusal::new(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
    let (name, passed) = locator.rsplit_once('-').ok_or_else(unknown)?;
    let passed: usize = passed.parse().map_err(|_| unknown())?;
    let cursor = call
        .cursors
        .find(name, call.user, call.now)
        .filter(|cursor| passed < cursor.rows.len())
        .ok_or_else(unknown)?;
    let whole = prepared(call, &cursor.statement, cursor.bin)?;
    let plan = descended(&whole, &cursor.child).ok_or_else(unknown)?;
    let asked = Asked {
        statement: &cursor.statement,
        bin: cursor.bin,
        batch: cursor.batch,
    };
    let page = Rows::new(call, asked).later_page(plan, &cursor, (name, passed))?;
    Ok(reply(page))
}

fn reply(body: Vec<u8>) -> Reply {
    Reply::bytes(200, JSON, body)
}

/// The plan of a subquery.
fn descended<'p, 'a>(plan: &'p Plan<'a>, places: &[usize]) -> Option<&'p Plan<'a>> {
    places
        .iter()
        .try_fold(plan, |plan, place| match plan.cells.get(*place) {
            Some(Cell::Children { plan, .. }) => Some(plan.as_ref()),
            _ => None,
        })
}

/// Rows of a `COUNT()`, its limit and offset counted in.
///
/// # Errors
/// SQLite's.
pub fn count(call: &Call<'_>, plan: &Plan<'_>) -> Result<u64, Refusal> {
    let total: i64 = call
        .db
        .prepare(&plan.count_sql())?
        .query_row(params_from_iter(&plan.values), |row| row.get(0))?;
    let total = u64::try_from(total)
        .unwrap_or(0)
        .saturating_sub(plan.offset);
    Ok(plan.limit.map_or(total, |limit| limit.min(total)))
}

impl Rows<'_, '_> {
    /// The first rows of a result; the rest is opened for later. `parent` is the id whose
    /// child rows are meant, `places` says which subquery that is.
    ///
    /// # Errors
    /// SQLite's, or a grouped result of more than a page.
    pub(super) fn first_page(
        &self,
        plan: &Plan<'_>,
        parent: Option<&str>,
        places: &[usize],
    ) -> Result<Vec<u8>, Refusal> {
        let limit = plan.limit.unwrap_or(u64::MAX);
        let wanted = u64::try_from(self.asked.batch).unwrap_or(u64::MAX);
        let sql = format!(
            "{} LIMIT {} OFFSET {}",
            plan.sql(),
            limit.min(wanted.saturating_add(1)),
            plan.offset
        );
        let values: Vec<Sql> = plan
            .values
            .iter()
            .cloned()
            .chain(parent.map(|id| Sql::Text(id.to_owned())))
            .collect();
        let mut statement = self.call.db.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(&values))?;
        let mut page = Page::default();
        while let Some(row) = rows.next()? {
            if page.rows == self.asked.batch || (page.rows > 0 && self.is_full()) {
                return self.opened(plan, page, &values, places);
            }
            page.push(&self.record(plan, row, places)?)?;
        }
        let total = page.rows;
        Ok(page.ended(total, None))
    }

    /// Fixes the rows of a result that has more than its first page.
    fn opened(
        &self,
        plan: &Plan<'_>,
        page: Page,
        values: &[Sql],
        places: &[usize],
    ) -> Result<Vec<u8>, Refusal> {
        if plan.kind == PlanKind::Aggregate {
            let text = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch";
            return Err(Refusal::new(400, "EXCEEDED_ID_LIMIT", text));
        }
        let limit = plan
            .limit
            .map_or(-1, |limit| i64::try_from(limit).unwrap_or(-1));
        let sql = format!("{} LIMIT {limit} OFFSET {}", plan.rids_sql(), plan.offset);
        let rows: Vec<i64> = self
            .call
            .db
            .prepare(&sql)?
            .query_map(params_from_iter(values), |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let total = rows.len();
        let cursor = Cursor {
            user: self.call.user.to_owned(),
            statement: self.asked.statement.to_owned(),
            bin: self.asked.bin,
            batch: self.asked.batch,
            child: places.to_vec(),
            rows: rows.into(),
        };
        let locator = self.call.cursors.open(cursor, self.call.now);
        let next = self.address(&locator, page.rows);
        Ok(page.ended(total, Some(&next)))
    }

    /// Rows of an open result from a place in it.
    fn later_page(
        &self,
        plan: &Plan<'_>,
        cursor: &Cursor,
        place: (&str, usize),
    ) -> Result<Vec<u8>, Refusal> {
        let (locator, passed) = place;
        let mut statement = self.call.db.prepare_cached(&plan.row_sql())?;
        let mut page = Page::default();
        let mut reached = passed;
        for rid in cursor.rows.get(passed..).unwrap_or_default() {
            if page.rows == self.asked.batch || (page.rows > 0 && self.is_full()) {
                break;
            }
            reached += 1;
            // A row that went to the bin since leaves a gap.
            let mut rows = statement.query([rid])?;
            if let Some(row) = rows.next()? {
                page.push(&self.record(plan, row, &cursor.child)?)?;
            }
        }
        let total = cursor.rows.len();
        let next = (reached < total).then(|| self.address(locator, reached));
        Ok(page.ended(total, next.as_deref()))
    }

    fn address(&self, locator: &str, passed: usize) -> String {
        format!("{}/query/{locator}-{passed}", self.call.root())
    }
}

/// Rows as JSON text: no row outlives its turn.
#[derive(Default)]
struct Page {
    text: Vec<u8>,
    rows: usize,
}

impl Page {
    fn push(&mut self, record: &Value) -> Result<(), Refusal> {
        if self.rows > 0 {
            self.text.push(b',');
        }
        self.rows += 1;
        serde_json::to_writer(&mut self.text, record)
            .map_err(|fault| Refusal::new(500, "UNKNOWN_EXCEPTION", fault.to_string()))
    }

    fn ended(self, total: usize, next: Option<&str>) -> Vec<u8> {
        let mut head = format!("{{\"totalSize\":{total},\"done\":{}", next.is_none());
        if let Some(next) = next {
            head.push_str(&format!(",\"nextRecordsUrl\":\"{next}\""));
        }
        head.push_str(",\"records\":[");
        let mut body = head.into_bytes();
        body.extend_from_slice(&self.text);
        body.extend_from_slice(b"]}");
        body
    }
}
