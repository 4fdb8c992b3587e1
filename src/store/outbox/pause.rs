//! Who may send for a connection, and whether sending is stopped: outside any process, so
//! that every one keeps to it.

use rusqlite::{OptionalExtension, params};

use super::{Outbox, SenderLock};
use crate::domain::failure::Failure;
use crate::domain::write::Pause;
use crate::failpoint;
use crate::store::file;

impl Outbox {
    /// The right to send for this connection, if no process has it.
    pub fn try_sender(&self, connection: &str) -> Result<Option<SenderLock>, Failure> {
        let taken = SenderLock::try_take(&self.dir, connection);
        taken.map_err(|error| self.no_lock(&error))
    }

    /// Waits for that right on the thread it is run on.
    pub fn waiting_sender(
        &self,
        connection: &str,
    ) -> impl FnOnce() -> Result<SenderLock, Failure> + Send + 'static {
        let (dir, connection) = (self.dir.clone(), connection.to_owned());
        move || SenderLock::wait(&dir, &connection).map_err(|error| file::unusable(&dir, error, ""))
    }

    /// Why sending is stopped, if it is. One that can no longer be read counts as none.
    pub fn pause(&self, connection: &str) -> Result<Option<Pause>, Failure> {
        let sql = "SELECT pause FROM pauses WHERE connection = ?1";
        let found: rusqlite::Result<Option<String>> = self
            .sql
            .prepare_cached(sql)
            .and_then(|mut it| it.query_row([connection], |row| row.get(0)).optional());
        let found = found.map_err(|error| self.broken(&error))?;
        Ok(found.and_then(|json| serde_json::from_str(&json).ok()))
    }

    /// Stops sending for a connection, or lets it go on.
    pub fn set_pause(&self, connection: &str, pause: Option<&Pause>) -> Result<(), Failure> {
        let done = match pause {
            Some(pause) => self.sql.execute(
                "INSERT OR REPLACE INTO pauses (connection, pause) VALUES (?1, ?2)",
                params![connection, self.json(pause)?],
            ),
            None => self
                .sql
                .execute("DELETE FROM pauses WHERE connection = ?1", [connection]),
        };
        failpoint::reached("pause/set");
        done.map(|_| ()).map_err(|error| self.broken(&error))
    }
}
