//! The work that goes on between requests: chunks of bulk jobs on the writing connection,
//! exports on reading ones. Each as the user whose job it is.

use std::cell::Cell;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;
use rusqlite::Connection;

use super::{Engine, Side, zone};
use crate::demo::bulk::{self, Due, Exported};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::events::Changes;

impl Engine {
    /// Does one piece of a job on the writing connection; whether there was any.
    pub fn background(&self, db: &Connection) -> bool {
        let Ok(Some(due)) = bulk::due(db) else {
            return false;
        };
        match self.as_maker(db, Side::Writing, &due, |call| bulk::step(call, &due)) {
            Ok(()) => true,
            Err(fault) => due.fail(db, &fault).is_ok(),
        }
    }

    /// Takes back a piece of work that panicked, and ends what it was for.
    pub fn give_up(&self, db: &Connection) -> bool {
        // Outside a transaction that is an error.
        let _ = db.execute_batch("ROLLBACK");
        let due = bulk::due(db).ok().flatten();
        due.is_some_and(|due| due.fail(db, &Refusal::unexpected("a bug")).is_ok())
    }

    /// Runs a query job on a reading connection; `None` when it was told to stop.
    ///
    /// # Errors
    /// The statement's faults, SQLite's, the disk's.
    pub fn export(
        &self,
        db: &Connection,
        due: &Due,
        stop: &AtomicBool,
    ) -> Result<Option<Exported>, Refusal> {
        self.as_maker(db, Side::Reading, due, |call| due.run(call, stop))
    }

    /// In a transaction of its own, with what the maker of a job may do now.
    fn as_maker<T>(
        &self,
        db: &Connection,
        side: Side,
        due: &Due,
        work: impl FnOnce(&Call<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        db.execute_batch("BEGIN")?;
        let published = self.published();
        let changes = Changes::by("bulk", due.version(), due.client());
        let whole = (&published.schema, published.changed);
        let asker = self.askers.find(db, whole, due.user());
        let done = asker.map_err(Refusal::from).and_then(|asker| {
            asker.admitted()?;
            let call = Call {
                db,
                schema: &asker.schema,
                whole: &published.schema,
                rights: &asker.rights,
                user: due.user(),
                base_url: &self.base_url,
                version: due.version().to_owned(),
                surface: "",
                now: Timestamp::now(),
                schema_changed: published.changed,
                zone: zone(db, due.user()),
                cursors: &self.cursors,
                budget: &self.budget,
                faults: &self.faults,
                schema_touched: &Cell::new(false),
                changes: &changes,
                mixture: &crate::demo::users::mixed::Mixture::default(),
            };
            work(&call)
        });
        let keep = done.is_ok() && side == Side::Writing;
        db.execute_batch(if keep { "COMMIT" } else { "ROLLBACK" })?;
        if keep && changes.any() {
            self.bell.send_replace(());
        }
        done
    }
}
