//! Idempotent writes (UI API guide, "Prevent Record Duplication with Idempotent Record
//! Writes"): a write with an `Idempotency-Key` is done once; the same request with the
//! same key gets the first answer again for thirty days, over restarts too.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};
use uuid::{Uuid, Version};

use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::soql::dates;
use crate::demo::wire::{JSON, Reply, Request};

/// How long an answer is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Larger answers are not kept: the write is done again.
const LARGEST: usize = 9 * 1024 * 1024;

/// The key of a request, with what it is for.
pub struct Key {
    key: String,
    /// Hash over method, path and body.
    asks: String,
}

impl Key {
    /// Reads the header; `None` when there is none.
    ///
    /// # Errors
    /// 400 for what is no UUID of version 4.
    pub fn of(request: &Request) -> Result<Option<Self>, Refusal> {
        let Some(text) = request.header("idempotency-key") else {
            return Ok(None);
        };
        let key = Uuid::parse_str(text.trim())
            .ok()
            .filter(|key| key.get_version() == Some(Version::Random));
        let Some(key) = key else {
            return Err(refused(
                "The Idempotency-Key must be in the UUID v4 format.",
            ));
        };
        let mut hash = Sha256::new();
        for part in [
            request.method.as_bytes(),
            request.path.as_bytes(),
            &request.body,
        ] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        let asks = hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Some(Self {
            key: key.to_string(),
            asks,
        }))
    }

    /// The answer the same request got before.
    ///
    /// # Errors
    /// 400 when the key was used for another request.
    pub fn answered(&self, call: &Call<'_>) -> Result<Option<Reply>, Refusal> {
        let found: Option<(String, u16, Vec<u8>, String)> = call
            .db
            .prepare_cached(
                "SELECT asks, status, body, answered FROM sys_idempotency WHERE user_id = ?1 AND key = ?2",
            )?
            .query_row(params![call.user, self.key], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        let Some((asks, status, body, at)) = found else {
            return Ok(None);
        };
        if at <= oldest(call) {
            return Ok(None);
        }
        if asks != self.asks {
            return Err(refused(
                "The Idempotency-Key was already used with a different request.",
            ));
        }
        Ok(Some(Reply::bytes(status, JSON, body)))
    }

    /// Keeps an answer, in the transaction of the write, and forgets the expired ones.
    ///
    /// # Errors
    /// SQLite's.
    pub fn keep(&self, call: &Call<'_>, reply: &Reply) -> Result<(), Refusal> {
        call.db
            .prepare_cached("DELETE FROM sys_idempotency WHERE answered <= ?1")?
            .execute([oldest(call)])?;
        if reply.body.len() <= LARGEST {
            call.db
                .prepare_cached(
                    "INSERT OR REPLACE INTO sys_idempotency (user_id, key, asks, status, body, answered)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![call.user, self.key, self.asks, reply.status, reply.body, call.stamp()])?;
        }
        Ok(())
    }
}

/// 400 for an object whose writes cannot be repeated.
pub fn unsupported() -> Refusal {
    refused("Idempotency not supported. Remove the Idempotency-Key header and try again.")
}

fn refused(text: &str) -> Refusal {
    Refusal::new(400, "INVALID_IDEMPOTENCY_KEY", text)
}

/// Answers of this time and before are no longer kept.
fn oldest(call: &Call<'_>) -> String {
    dates::stored(call.now.checked_sub(KEPT).unwrap_or(Timestamp::UNIX_EPOCH))
}
