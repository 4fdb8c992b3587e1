//! Private folders and files, and how their troubles are told. Must not know what is
//! kept in them.

use std::fmt::Display;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::domain::failure::{Failure, FailureKind};
use crate::failpoint;

/// Marks our files in SQLite's header (`sfwt`), so that a stranger's is never written to.
const APPLICATION_ID: i64 = 0x7366_7774;

/// How one of our databases is laid out.
pub(super) struct Layout {
    /// What it is called in messages (`outbox`).
    pub name: &'static str,
    /// Version of the schema below.
    pub version: i64,
    /// Makes an empty file a database of that version.
    pub schema: &'static str,
    /// From each earlier version to the next, the first one first; none where a file of an
    /// earlier version is made anew instead.
    pub upgrades: &'static [&'static str],
    /// Set on every open.
    pub pragmas: &'static str,
}

/// A failure of this machine, not of the org.
pub(super) fn local(code: &str, message: &str) -> Failure {
    Failure::new(FailureKind::Local, code, message)
}

/// A file or folder that cannot be used, and what to do where that is not just "make it
/// writable", which the hint of every local failure says.
pub(super) fn unusable(path: &Path, why: impl Display, remedy: &str) -> Failure {
    let path = path.display();
    let remedy = match remedy {
        "" => String::new(),
        remedy => format!("; {remedy}"),
    };
    local(
        "FILE_UNUSABLE",
        &format!("cannot use `{path}`: {why}{remedy}"),
    )
}

fn io_failure(path: &Path, error: &io::Error) -> Failure {
    unusable(path, error, "")
}

/// Says what SQLite's trouble means and what to do.
pub(super) fn sql_failure(path: &Path, error: &rusqlite::Error) -> Failure {
    let (why, remedy) = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => ("the disk is full", "free some space, then try again"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            "another process keeps it busy",
            "close other sessions of sfw-tui, then try again",
        ),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => (
            "it is damaged or not a file of sfw-tui",
            "move it aside, then start again; it was not changed",
        ),
        Some(
            ErrorCode::ReadOnly
            | ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::SystemIoFailure,
        ) => ("it cannot be written", ""),
        _ => return unusable(path, error, "move it aside, then start again"),
    };
    unusable(path, why, remedy)
}

/// Whether another process has the file just now.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// Whether the file itself is beyond use, not just out of reach.
pub(super) fn is_damaged(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
    )
}

/// Makes the folder where it is missing (mode 0700) and sees that it is ours.
pub(super) fn private_folder(dir: &Path) -> Result<(), Failure> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| io_failure(dir, &error))?;
    let meta = fs::metadata(dir).map_err(|error| io_failure(dir, &error))?;
    refuse_strangers(dir, meta.uid())
}

/// Under `su` or `sudo` HOME may be another user's: their files would become ours.
fn refuse_strangers(path: &Path, owner: u32) -> Result<(), Failure> {
    if owner == rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    let remedy = "use a folder of your own, or set HOME to yours";
    Err(unusable(path, "it belongs to another user", remedy))
}

/// A new file of mode 0600, or the one that is there; never through a symbolic link.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    match options.clone().create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.open(path),
        other => other,
    }
}

/// Puts the folder's list of names on disk.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}

/// Opens a database of ours, made where it is missing.
pub(super) fn open_database(path: &Path, layout: &Layout) -> Result<Connection, OpenError> {
    failpoint::reached("file/opening");
    let file = private_file(path).map_err(|error| io_failure(path, &error))?;
    failpoint::reached("file/made");
    if file.metadata().is_ok_and(|meta| meta.len() == 0) {
        sync_folder_of(path).map_err(|error| io_failure(path, &error))?;
    }
    let meta = file.metadata().map_err(|error| io_failure(path, &error))?;
    refuse_strangers(path, meta.uid())?;
    if meta.mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))
            .map_err(|error| io_failure(path, &error))?;
    }
    // Closing any descriptor of a file drops this process's POSIX locks on it, so this
    // one goes before SQLite comes.
    drop(file);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let sql = |error: rusqlite::Error| OpenError::from_sql(path, &error);
    let connection = Connection::open_with_flags(path, flags).map_err(sql)?;
    failpoint::reached("file/prepare");
    prepare(&connection, path, layout).map(|()| connection)
}

/// Why a database did not open.
pub(super) struct OpenError {
    /// What to tell.
    pub failure: Failure,
    /// The file is beyond use; a disposable one may be thrown away.
    pub damaged: bool,
}

impl OpenError {
    fn from_sql(path: &Path, error: &rusqlite::Error) -> Self {
        Self {
            failure: sql_failure(path, error),
            damaged: is_damaged(error),
        }
    }
}

impl From<Failure> for OpenError {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            damaged: false,
        }
    }
}

fn prepare(connection: &Connection, path: &Path, layout: &Layout) -> Result<(), OpenError> {
    let sql = |error: rusqlite::Error| OpenError::from_sql(path, &error);
    // A writer elsewhere takes milliseconds, so two seconds mean trouble.
    connection
        .busy_timeout(std::time::Duration::from_secs(2))
        .map_err(sql)?;
    let version = checked_version(connection, path, layout)?;
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(sql)? {
        return Err(unusable(path, "it cannot be written", "").into());
    }
    connection.execute_batch(layout.pragmas).map_err(sql)?;
    failpoint::reached("file/schema");
    if version < layout.version {
        create_schema(connection, layout).map_err(sql)?;
    }
    Ok(())
}

/// Refuses files of strangers and of later releases.
fn checked_version(
    connection: &Connection,
    path: &Path,
    layout: &Layout,
) -> Result<i64, OpenError> {
    let number = |pragma: &str| {
        connection
            .query_row(pragma, [], |row| row.get::<_, i64>(0))
            .map_err(|error| OpenError::from_sql(path, &error))
    };
    let version = number("PRAGMA user_version")?;
    let ours = number("PRAGMA application_id")? == APPLICATION_ID;
    if !ours && (version != 0 || number("SELECT count(*) FROM sqlite_schema")? != 0) {
        return Err(OpenError {
            failure: unusable(
                path,
                format_args!("it is not an {} of sfw-tui", layout.name),
                "move it aside, then start again; it was not changed",
            ),
            damaged: true,
        });
    }
    if version > layout.version {
        return Err(OpenError {
            failure: unusable(
                path,
                "a newer sfw-tui wrote it",
                "use that release; the file was not changed",
            ),
            damaged: true,
        });
    }
    Ok(version)
}

/// In one transaction, so that a process killed in the middle leaves the old layout whole,
/// and checked again inside it: two processes may start at once.
fn create_schema(connection: &Connection, layout: &Layout) -> rusqlite::Result<()> {
    let transaction =
        rusqlite::Transaction::new_unchecked(connection, rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version < layout.version {
        let done = usize::try_from(version).unwrap_or_default();
        match version {
            0 => transaction.execute_batch(layout.schema)?,
            _ => layout
                .upgrades
                .iter()
                .skip(done.saturating_sub(1))
                .try_for_each(|upgrade| transaction.execute_batch(upgrade))?,
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", layout.version)?;
        failpoint::reached("file/schema-commit");
    }
    transaction.commit()
}
