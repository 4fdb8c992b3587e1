//! CometD: the listening user's session, and the bell that wakes connects that hang.

use rusqlite::Connection;
use tokio::sync::watch;

use super::{Engine, Side, is_write, oauth};
use crate::demo::error::Refusal;
use crate::demo::events::{self, Listener};
use crate::demo::wire::{Reply, Request};

impl Engine {
    /// Told of every transaction that made events, after it was committed.
    pub fn bell(&self) -> watch::Receiver<()> {
        self.bell.subscribe()
    }

    /// Answers a Bayeux request; it changes no rows.
    pub(super) fn streaming(
        &self,
        db: &Connection,
        side: Side,
        request: &Request,
    ) -> Result<Reply, Refusal> {
        if request.method != "POST" {
            return Err(Refusal::method(&request.method, "POST"));
        }
        db.execute_batch("BEGIN")?;
        let token = self.token();
        let result = match oauth::asking(self.lookup(db, token.as_deref()), request) {
            // Noting the use of a session is a write: it is done on the other side.
            Err(refusal) if is_write(&refusal) => Err(refusal),
            Err(_) => events::unknown_session(request),
            Ok(user) => self.listening(db, &user, request),
        };
        let keep = side == Side::Writing && result.is_ok();
        db.execute_batch(if keep { "COMMIT" } else { "ROLLBACK" })?;
        result
    }

    fn listening(&self, db: &Connection, user: &str, request: &Request) -> Result<Reply, Refusal> {
        let published = self.published();
        let whole = (&published.schema, published.changed);
        let asker = self.askers.find(db, whole, user)?;
        asker.admitted()?;
        let listener = Listener {
            db,
            streams: &self.streams,
            schema: &asker.schema,
            whole: &published.schema,
            rights: &asker.rights,
            user,
        };
        events::answer(&listener, request)
    }
}
