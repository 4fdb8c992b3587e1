//! A new outbox from a damaged one: rows that fit their checksum, and drafts. Nothing goes by
//! itself from it until the user has looked. The damaged file stays, under another name.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::params;
use rustix::fs::FlockOperation;

use super::LAYOUT;
use crate::domain::failure::Failure;
use crate::domain::write::{Pause, PauseReason};
use crate::failpoint;
use crate::store::file::{self, Opened, Trouble, local};
use crate::store::salvage::{self, Salvaged};

/// The new file, until it takes the damaged one's place.
fn new_path(path: &Path) -> PathBuf {
    path.with_file_name("outbox-mended.db")
}

/// A process that was killed between moving the damaged file aside and putting the new one
/// in its place left the new one whole.
pub(super) fn finish(path: &Path) -> Result<(), Failure> {
    let new = new_path(path);
    if path.exists() || !new.exists() {
        return Ok(());
    }
    let _lock = lock(path)?;
    if !path.exists() && new.exists() {
        // The damaged file's journal must not be taken for the new one's.
        let left = path.with_file_name("outbox-damaged.db");
        salvage::move_aside(path, &left)?;
        fs::rename(&new, path).map_err(|error| file::unusable(&new, error, ""))?;
    }
    Ok(())
}

/// Mends the file; gives it open, and what to tell. Of several processes one does it.
pub(super) fn run(path: &Path, now: Timestamp) -> Result<(Opened, Option<Failure>), Failure> {
    let _lock = lock(path)?;
    match file::open_database(path, &LAYOUT) {
        Err(error) if error.trouble == Trouble::Damaged => {}
        // Another session was quicker.
        other => {
            let opened = other.map_err(|error| error.failure)?;
            return Ok((opened, None));
        }
    }
    let salvaged = salvage::read(path);
    let aside = salvage::aside_of(path, now);
    let told = told(&salvaged, &aside);
    build(&new_path(path), &salvaged, (&told, now))?;
    failpoint::reached("recover/built");
    salvage::move_aside(path, &aside)?;
    failpoint::reached("recover/moved");
    let new = new_path(path);
    fs::rename(&new, path).map_err(|error| file::unusable(&new, error, ""))?;
    file::sync_folder_of(path).map_err(|error| file::unusable(path, error, ""))?;
    let opened = file::open_database(path, &LAYOUT).map_err(|error| error.failure)?;
    Ok((opened, Some(told)))
}

fn lock(path: &Path) -> Result<File, Failure> {
    let path = path.with_file_name("outbox-mending.lock");
    let failed = |error| file::unusable(&path, error, "");
    let lock = file::private_file(&path).map_err(failed)?;
    rustix::fs::flock(&lock, FlockOperation::LockExclusive)
        .map_err(|error| failed(error.into()))?;
    Ok(lock)
}

fn build(new: &Path, from: &Salvaged, (told, now): (&Failure, Timestamp)) -> Result<(), Failure> {
    salvage::remove(new);
    let opened = file::open_database(new, &LAYOUT).map_err(|error| error.failure)?;
    let failed = |error: &rusqlite::Error| file::sql_failure(new, error);
    let pause = Pause {
        reason: PauseReason::User,
        since: now,
        until: None,
        failure: Some(told.clone()),
    };
    let json = serde_json::to_string(&pause).map_err(|error| file::unusable(new, error, ""))?;
    for connection in from.connections() {
        opened
            .sql
            .execute(
                "INSERT OR REPLACE INTO pauses (connection, pause) VALUES (?1, ?2)",
                params![connection, json],
            )
            .map_err(|error| failed(&error))?;
    }
    from.put(&opened.sql).map_err(|error| failed(&error))?;
    // Closing takes the journal into the file.
    opened.sql.close().map_err(|(_, error)| failed(&error))
}

fn told(found: &Salvaged, aside: &Path) -> Failure {
    let count = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    };
    let lost = match found.bad {
        0 => String::new(),
        bad => format!("; {} could not be read", count(bad, "write")),
    };
    let message = format!(
        "the outbox was damaged on disk. {} and {} were kept{lost}. The damaged file is now \
         `{}`. Sending is stopped: look through the outbox, then let it go on",
        count(found.ops.len(), "write"),
        count(found.drafts.len(), "draft"),
        aside.display()
    );
    local("OUTBOX_MENDED", &message)
}
