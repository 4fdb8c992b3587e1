//! Error stores: rows that were sent and not written, by name. A row leaves when it was
//! written or when the user deletes it, in the same moment as its run's counts change.

use rusqlite::{Connection, Row, params, params_from_iter};

use crate::domain::block::prepared::RowNumber;
use crate::domain::block::refused::{
    Group, Refused, RefusedId, RefusedPage, RefusedState, Selection, Store,
};
use crate::domain::block::run::{Run, RunNumber};
use crate::domain::failure::Failure;

use super::{Runs, counted, json, parsed, whole};

/// A row to be kept.
#[derive(Debug, Clone)]
pub struct NewRefused<'a> {
    /// Run it belongs to.
    pub run: &'a Run,
    /// Part it was in.
    pub part: u32,
    /// Row of the input.
    pub row: RowNumber,
    /// How it stands.
    pub state: RefusedState,
    /// Column and cell of what was sent, cells without text left out.
    pub cells: &'a [(&'a str, &'a str)],
    /// Why.
    pub failure: &'a Failure,
    /// The org's job, where it went by one.
    pub job: Option<&'a str>,
}

const COLUMNS: &str = "id, store, run, row, connection, org_id, object, operation, key, state, \
    cells, failure, job, at, edited";

pub(super) fn insert(sql: &Connection, new: &NewRefused<'_>, now: &str) -> rusqlite::Result<()> {
    sql.prepare_cached(
        "INSERT INTO refused (store, run, part, row, connection, org_id, object, operation, key,
             state, cells, code, failure, job, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?
    .execute(params![
        new.run.errors,
        new.run.number.0,
        new.part,
        whole(new.row.0),
        new.run.connection,
        new.run.org_id,
        new.run.block.object,
        json(&new.run.block.operation)?,
        new.run.block.key.as_deref().unwrap_or_default(),
        new.state.word(),
        json(&new.cells)?,
        new.failure.code,
        json(new.failure)?,
        new.job.unwrap_or_default(),
        now
    ])?;
    Ok(())
}

fn refused(row: &Row<'_>) -> rusqlite::Result<Refused> {
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let state: String = row.get(9)?;
    Ok(Refused {
        id: RefusedId(row.get(0)?),
        store: row.get(1)?,
        run: RunNumber(row.get(2)?),
        row: RowNumber(counted(row.get(3)?)),
        connection: row.get(4)?,
        org_id: row.get(5)?,
        object: row.get(6)?,
        operation: parsed(&row.get::<_, String>(7)?)?,
        key: some(row.get(8)?),
        state: RefusedState::named(&state).unwrap_or(RefusedState::Unknown),
        cells: parsed(&row.get::<_, String>(10)?)?,
        failure: parsed(&row.get::<_, String>(11)?)?,
        job: some(row.get(12)?),
        at: row.get::<_, String>(13)?.parse().unwrap_or_default(),
        edited: row.get(14)?,
    })
}

/// A selection as SQL, and what its marks stand for.
fn condition(selection: &Selection) -> (String, Vec<String>) {
    let (mut sql, mut values) = ("1".to_owned(), Vec::new());
    if let Some(store) = &selection.store {
        values.push(store.clone());
        sql.push_str(&format!(" AND store = ?{}", values.len()));
    }
    if let Some(code) = &selection.code {
        values.push(code.clone());
        sql.push_str(&format!(" AND code = ?{}", values.len()));
    }
    if !selection.text.is_empty() {
        values.push(selection.text.to_lowercase());
        let mark = values.len();
        sql.push_str(&format!(
            " AND (instr(lower(cells), ?{mark}) OR instr(lower(failure), ?{mark}) \
             OR cast(row AS TEXT) = ?{mark})"
        ));
    }
    if !selection.ids.is_empty() {
        let ids: Vec<String> = selection.ids.iter().map(|id| id.0.to_string()).collect();
        sql.push_str(&format!(" AND id IN ({})", ids.join(",")));
    }
    (sql, values)
}

impl Runs {
    /// The stores, newest first.
    pub fn stores(&self) -> Result<Vec<Store>, Failure> {
        let read = || -> rusqlite::Result<Vec<Store>> {
            let mut statement = self.sql.prepare(
                "SELECT store, count(*), sum(state = 'unknown'), max(at) FROM refused
                 GROUP BY store ORDER BY max(at) DESC, store",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(Store {
                    name: row.get(0)?,
                    rows: counted(row.get(1)?),
                    unknown: counted(row.get(2)?),
                    newest: row.get::<_, String>(3)?.parse().unwrap_or_default(),
                })
            })?;
            rows.collect()
        };
        read().map_err(|error| self.broken(&error))
    }

    /// Rows of a selection behind a number, lowest first, with its groups.
    pub fn refused_page(
        &self,
        selection: &Selection,
        behind: RefusedId,
        most: u32,
    ) -> Result<RefusedPage, Failure> {
        let (fits, values) = condition(selection);
        let read = || -> rusqlite::Result<RefusedPage> {
            let sql = format!(
                "SELECT {COLUMNS} FROM refused WHERE {fits} AND id > {} ORDER BY id LIMIT {most}",
                behind.0
            );
            let mut statement = self.sql.prepare(&sql)?;
            let rows = statement.query_map(params_from_iter(&values), refused)?;
            let rows: Vec<Refused> = rows.collect::<rusqlite::Result<_>>()?;
            let sql = format!(
                "SELECT code, max(failure), count(*) FROM refused WHERE {fits}
                 GROUP BY code ORDER BY count(*) DESC, code"
            );
            let mut statement = self.sql.prepare(&sql)?;
            let groups = statement.query_map(params_from_iter(&values), |row| {
                let failure: Failure = parsed(&row.get::<_, String>(1)?)?;
                Ok(Group {
                    code: row.get(0)?,
                    message: failure.message,
                    rows: counted(row.get(2)?),
                })
            })?;
            let groups: Vec<Group> = groups.collect::<rusqlite::Result<_>>()?;
            let total = groups.iter().map(|group| group.rows).sum();
            Ok(RefusedPage {
                total,
                rows,
                groups,
            })
        };
        read().map_err(|error| self.broken(&error))
    }

    /// Changes cells of a row; one that is on its way stays as it is.
    pub fn edit_refused(&self, id: RefusedId, cells: &[(String, String)]) -> Result<bool, Failure> {
        let write = || -> rusqlite::Result<bool> {
            let sql = "UPDATE refused SET cells = ?2, edited = 1
                       WHERE id = ?1 AND state <> 'sending'";
            Ok(self.sql.execute(sql, params![id.0, json(&cells)?])? > 0)
        };
        write().map_err(|error| self.broken(&error))
    }

    /// Forgets rows that are not on their way; says how many. Their run's counts keep
    /// what became of them.
    pub fn delete_refused(&self, selection: &Selection) -> Result<u64, Failure> {
        let (fits, values) = condition(selection);
        let sql = format!("DELETE FROM refused WHERE {fits} AND state <> 'sending'");
        let done = self.sql.execute(&sql, params_from_iter(&values));
        done.map(|count| count as u64)
            .map_err(|error| self.broken(&error))
    }

    /// Notes that rows are about to be sent once more.
    pub fn resending(&self, rows: &[Refused]) -> Result<(), Failure> {
        self.each(rows, |sql, row| {
            sql.prepare_cached(
                "UPDATE refused SET was = state, state = 'sending', tries = tries + 1
                 WHERE id = ?1 AND state <> 'sending'",
            )?
            .execute([row.id.0])?;
            Ok(())
        })
    }

    /// Notes what became of rows that were sent once more: written ones leave the store,
    /// and their run counts them as written.
    pub fn resent(&self, rows: &[(Refused, Outcome)]) -> Result<(), Failure> {
        let now = (self.clock)().to_string();
        self.each(rows, |sql, (row, outcome)| match outcome {
            Outcome::Written { created } => left(sql, row, *created),
            Outcome::Stays(state, failure) => stays(sql, row, (*state, failure), &now),
        })
    }

    /// Rows that a dead process was sending once more, in the state they had before.
    pub fn orphans(&self, run: RunNumber) -> Result<Vec<Refused>, Failure> {
        let read = || -> rusqlite::Result<Vec<Refused>> {
            let columns = COLUMNS.replace(" state,", " was,");
            let sql = format!("SELECT {columns} FROM refused WHERE run = ?1 AND state = 'sending'");
            let mut statement = self.sql.prepare_cached(&sql)?;
            let rows = statement.query_map([run.0], refused)?;
            rows.collect()
        };
        read().map_err(|error| self.broken(&error))
    }

    /// Rows of a run that were refused for a lock, tried fewer than so many times.
    pub fn locked_rows(
        &self,
        run: RunNumber,
        tries: u32,
        most: usize,
    ) -> Result<Vec<Refused>, Failure> {
        let read = || -> rusqlite::Result<Vec<Refused>> {
            let sql = format!(
                "SELECT {COLUMNS} FROM refused WHERE run = ?1 AND state = 'failed'
                     AND code = 'UNABLE_TO_LOCK_ROW' AND tries < {tries} ORDER BY tries, id LIMIT {most}"
            );
            let mut statement = self.sql.prepare_cached(&sql)?;
            let rows = statement.query_map([run.0], refused)?;
            rows.collect()
        };
        read().map_err(|error| self.broken(&error))
    }

    fn each<T>(
        &self,
        items: &[T],
        change: impl Fn(&Connection, &T) -> rusqlite::Result<()>,
    ) -> Result<(), Failure> {
        let write = || -> rusqlite::Result<()> {
            let transaction = self.transaction()?;
            items
                .iter()
                .try_for_each(|item| change(&transaction, item))?;
            transaction.commit()
        };
        write().map_err(|error| self.broken(&error))
    }
}

/// What became of a row that was sent once more.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The org has it.
    Written {
        /// It was not there before.
        created: bool,
    },
    /// It stays in its store.
    Stays(RefusedState, Failure),
}

fn left(sql: &Connection, row: &Refused, created: bool) -> rusqlite::Result<()> {
    move_count(sql, row, "ok")?;
    if created {
        sql.prepare_cached(
            "UPDATE parts SET created = created + 1 WHERE run = ?1
                 AND number = (SELECT part FROM refused WHERE id = ?2)",
        )?
        .execute([row.run.0, row.id.0])?;
    }
    sql.prepare_cached("DELETE FROM refused WHERE id = ?1")?
        .execute([row.id.0])?;
    Ok(())
}

fn stays(
    sql: &Connection,
    row: &Refused,
    (state, failure): (RefusedState, &Failure),
    now: &str,
) -> rusqlite::Result<()> {
    let column = column_of(state);
    move_count(sql, row, column)?;
    sql.prepare_cached(
        "UPDATE refused SET state = ?2, code = ?3, failure = ?4, at = ?5, job = '' WHERE id = ?1",
    )?
    .execute(params![
        row.id.0,
        state.word(),
        failure.code,
        json(failure)?,
        now
    ])?;
    Ok(())
}

/// The count of a part's row that rows of a state are in.
fn column_of(state: RefusedState) -> &'static str {
    match state {
        RefusedState::Unknown => "unknown",
        RefusedState::Unprocessed => "unprocessed",
        RefusedState::Failed | RefusedState::Sending => "failed",
    }
}

/// Takes a row out of the count it was in (`row.state` is what it was before it was
/// sent) and into another.
fn move_count(sql: &Connection, row: &Refused, to: &str) -> rusqlite::Result<()> {
    let from = column_of(row.state);
    if from == to {
        return Ok(());
    }
    sql.prepare_cached(&format!(
        "UPDATE parts SET {from} = {from} - 1, {to} = {to} + 1 WHERE run = ?1
             AND number = (SELECT part FROM refused WHERE id = ?2)"
    ))?
    .execute([row.run.0, row.id.0])?;
    Ok(())
}
