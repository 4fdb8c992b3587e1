//! Private folders and files, and how their troubles are told. Must not know what is
//! kept in them.

use std::fmt::Display;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::volume;
use crate::domain::failure::{Failure, FailureKind};
use crate::failpoint;

/// Marks our files in SQLite's header (`sfwt`), so that a stranger's is never written to.
const APPLICATION_ID: i64 = 0x7366_7774;

/// A version so much later is no release's, but damage.
const NEWER: i64 = 1_000;

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
    /// What is lost with it cannot be had again: looked through on every open, and read
    /// where it may not be written.
    pub is_precious: bool,
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
            "close all sessions of sfw-tui, then start again: what can be read is kept",
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

/// Whether there is no room for more; a file that may not grow counts as a full disk.
pub(super) fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
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
    let unreadable = matches!(
        error,
        rusqlite::Error::Utf8Error(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            // Our SQL is sound, so the layout it speaks of is not.
            | rusqlite::Error::SqlInputError { .. }
    );
    unreadable
        || matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt | ErrorCode::Unknown)
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
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}

/// A database of ours.
#[derive(Debug)]
pub(super) struct Opened {
    pub sql: Connection,
    /// Why it can be read only, if so.
    pub read_only: Option<&'static str>,
}

/// Opens a database of ours, made where it is missing.
pub(super) fn open_database(path: &Path, layout: &Layout) -> Result<Opened, OpenError> {
    let dir = path.parent().unwrap_or(Path::new("."));
    match volume::is_remote(dir) {
        true => open_on(path, layout, Disk::Remote),
        false => open_on(path, layout, Disk::Here),
    }
}

/// Whose disk a folder is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Disk {
    Here,
    /// Another machine's: processes share no memory there, so one uses the file alone.
    Remote,
}

pub(super) fn open_on(path: &Path, layout: &Layout, disk: Disk) -> Result<Opened, OpenError> {
    failpoint::reached("file/opening");
    let file = match private_file(path) {
        Ok(file) => file,
        Err(error) if layout.is_precious && is_read_only(&error) && path.is_file() => {
            return read_only(path, "it cannot be written, so it is only shown");
        }
        Err(error) => return Err(io_failure(path, &error).into()),
    };
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
    match prepare(&connection, path, (layout, disk)) {
        Ok(()) => Ok(Opened {
            sql: connection,
            read_only: None,
        }),
        Err(error) if layout.is_precious && error.trouble == Trouble::Newer => {
            drop(connection);
            read_only(
                path,
                "a newer sfw-tui wrote it, so it is only shown; use that release",
            )
        }
        Err(error) => Err(error),
    }
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied
    )
}

/// Opens it to look at. Nobody can change a file on such a disk, so a journal that is there
/// is left alone, and none is made.
fn read_only(path: &Path, why: &'static str) -> Result<Opened, OpenError> {
    let journal = path.with_extension("db-wal");
    let is_still = fs::metadata(&journal).map_or(true, |meta| meta.len() == 0);
    let plain = path.to_string_lossy();
    let plain = plain
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    let address = match is_still {
        true => format!("file:{plain}?immutable=1"),
        false => format!("file:{plain}?mode=ro"),
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let sql = |error: rusqlite::Error| OpenError::from_sql(path, &error);
    let connection = Connection::open_with_flags(address, flags).map_err(sql)?;
    connection
        .query_row("PRAGMA user_version", [], |_| Ok(()))
        .map_err(sql)?;
    Ok(Opened {
        sql: connection,
        read_only: Some(why),
    })
}

/// Why a database did not open.
#[derive(Debug)]
pub(super) struct OpenError {
    /// What to tell.
    pub failure: Failure,
    pub trouble: Trouble,
}

/// What is the matter with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It is beyond use.
    Damaged,
    /// It is a database of something else.
    Stranger,
    /// A later release wrote it.
    Newer,
    /// It is out of reach.
    Other,
}

impl OpenError {
    fn from_sql(path: &Path, error: &rusqlite::Error) -> Self {
        Self {
            failure: sql_failure(path, error),
            trouble: match is_damaged(error) {
                true => Trouble::Damaged,
                false => Trouble::Other,
            },
        }
    }
}

impl From<Failure> for OpenError {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            trouble: Trouble::Other,
        }
    }
}

fn prepare(
    connection: &Connection,
    path: &Path,
    (layout, disk): (&Layout, Disk),
) -> Result<(), OpenError> {
    let sql = |error: rusqlite::Error| match disk {
        Disk::Remote if is_busy(&error) => shared_remotely(path).into(),
        _ => OpenError::from_sql(path, &error),
    };
    // A writer elsewhere takes milliseconds, so two seconds mean trouble.
    connection
        .busy_timeout(std::time::Duration::from_secs(2))
        .map_err(sql)?;
    if disk == Disk::Remote && layout.is_precious {
        connection
            .execute_batch("PRAGMA locking_mode = EXCLUSIVE;")
            .map_err(sql)?;
    }
    let version = checked_version(connection, path, layout).map_err(|error| {
        let is_shared = disk == Disk::Remote && error.failure.message.contains("keeps it busy");
        if is_shared {
            shared_remotely(path).into()
        } else {
            error
        }
    })?;
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(sql)? {
        return Err(unusable(path, "it cannot be written", "").into());
    }
    if layout.is_precious {
        check_whole(connection, path)?;
    }
    let pragmas = match disk {
        Disk::Here => layout.pragmas.to_owned(),
        // Its memory index cannot be shared with another machine.
        Disk::Remote => layout.pragmas.replace("= WAL", "= DELETE"),
    };
    connection.execute_batch(&pragmas).map_err(sql)?;
    failpoint::reached("file/schema");
    if version < layout.version {
        create_schema(connection, layout).map_err(sql)?;
    }
    Ok(())
}

fn shared_remotely(path: &Path) -> Failure {
    let why = "another session uses it, and on another machine's disk only one can";
    unusable(path, why, "set XDG_STATE_HOME to a folder of this machine")
}

/// A few milliseconds for thousands of rows.
fn check_whole(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let found: rusqlite::Result<String> =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    match found {
        Ok(found) if found == "ok" => Ok(()),
        Ok(found) => Err(OpenError {
            failure: unusable(path, format_args!("it is damaged ({found})"), ""),
            trouble: Trouble::Damaged,
        }),
        Err(error) => Err(OpenError::from_sql(path, &error)),
    }
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
        let is_like_ours = layout.is_precious
            && number("SELECT count(*) FROM sqlite_schema WHERE name IN ('ops', 'drafts')")? == 2;
        return Err(OpenError {
            failure: unusable(
                path,
                format_args!("it is not an {} of sfw-tui", layout.name),
                "move it aside, then start again; it was not changed",
            ),
            // A mark of four bytes may be damaged as well as any other.
            trouble: match is_like_ours {
                true => Trouble::Damaged,
                false => Trouble::Stranger,
            },
        });
    }
    if version > layout.version {
        let is_sane = version < layout.version + NEWER;
        return Err(OpenError {
            failure: unusable(
                path,
                "a newer sfw-tui wrote it",
                "use that release; the file was not changed",
            ),
            trouble: match is_sane || !layout.is_precious {
                true => Trouble::Newer,
                false => Trouble::Damaged,
            },
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
