//! Private files: whose they are is checked whenever they are read or written, and a
//! change is whole or not there.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::domain::failure::{Failure, FailureKind};
use crate::failpoint;

/// A login's file is a page or two.
const MOST_BYTES: u64 = 1 << 20;

/// A file or folder that must not be used as it is, and the way out.
pub(super) fn unsafe_file(path: &Path, why: &str, remedy: &str) -> Failure {
    let message = format!("`{}` is not used: {why}; {remedy}", path.display());
    Failure::new(FailureKind::Local, "FILE_UNSAFE", &message)
}

/// A file or folder that cannot be used.
pub(super) fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::local(&format!("cannot use `{}`: {error}", path.display()))
}

/// Makes the folder where it is missing (mode 0700) and sees that nobody else can write
/// to it.
pub(super) fn private_folder(dir: &Path) -> Result<(), Failure> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| unusable(dir, &error))?;
    check_folder(dir)
}

fn check_folder(dir: &Path) -> Result<(), Failure> {
    let meta = fs::metadata(dir).map_err(|error| unusable(dir, &error))?;
    check_owner(dir, &meta)?;
    // With the sticky bit others may add names and not replace ours.
    if meta.mode() & 0o022 != 0 && meta.mode() & 0o1000 == 0 {
        let remedy = format!("run: chmod go-w '{}'", dir.display());
        return Err(unsafe_file(dir, "others can change what is in it", &remedy));
    }
    Ok(())
}

fn check_owner(path: &Path, meta: &Metadata) -> Result<(), Failure> {
    let owner = meta.uid();
    // The system's own folders, such as /etc or /tmp, are as good.
    if owner == rustix::process::geteuid().as_raw() || (meta.is_dir() && owner == 0) {
        return Ok(());
    }
    let remedy = "use one of your own; under su or sudo set HOME to yours";
    Err(unsafe_file(path, "it belongs to another user", remedy))
}

fn check_file(path: &Path, meta: &Metadata) -> Result<(), Failure> {
    if !meta.is_file() {
        return Err(unsafe_file(path, "it is no plain file", "name another one"));
    }
    check_owner(path, meta)?;
    if meta.mode() & 0o077 != 0 {
        let why = format!(
            "others can read or change it (mode {:04o})",
            meta.mode() & 0o7777
        );
        let remedy = format!("run: chmod 600 '{}'", path.display());
        return Err(unsafe_file(path, &why, &remedy));
    }
    Ok(())
}

fn no_follow() -> i32 {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    flags.bits().cast_signed()
}

fn open(path: &Path) -> Result<Option<File>, Failure> {
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(no_follow())
        .open(path);
    match opened {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            let remedy = "put the file itself there, or remove the link";
            Err(unsafe_file(path, "it is a symbolic link", remedy))
        }
        Err(error) => Err(unusable(path, &error)),
    }
}

/// Reads a private file; `None` where there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let Some(file) = open(path)? else {
        return Ok(None);
    };
    let meta = file.metadata().map_err(|error| unusable(path, &error))?;
    check_file(path, &meta)?;
    if let Some(dir) = path.parent() {
        check_folder(dir)?;
    }
    let mut bytes = Vec::new();
    file.take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .map_err(|error| unusable(path, &error))?;
    Ok(Some(bytes))
}

/// Reads a secret that the user keeps in a file of their own, a private key: it must be
/// theirs, and nobody else's to read.
///
/// # Errors
/// With the command that makes it private.
pub fn secret_file(path: &Path) -> Result<Vec<u8>, Failure> {
    // A link in their own home is the user's own business; what it leads to is checked.
    let real = fs::canonicalize(path).map_err(|error| unusable(path, &error))?;
    let gone = || unusable(path, &io::ErrorKind::NotFound.into());
    read(&real)?.ok_or_else(gone)
}

/// The file a lock is taken on; it holds nothing.
pub(super) fn lock_file(path: &Path) -> Result<File, Failure> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(no_follow())
        .open(path)
        .map_err(|error| unusable(path, &error))?;
    let meta = file.metadata().map_err(|error| unusable(path, &error))?;
    check_owner(path, &meta)?;
    Ok(file)
}

/// Puts the bytes in the place of what is there: a crash at any point leaves the old
/// file or the new one. The caller holds the lock that keeps others from doing the same.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    // What is there must be ours to replace.
    read(path)?;
    let new = beside(path);
    let written = write_new(&new, bytes).and_then(|()| {
        failpoint::reached("vault/written");
        fs::rename(&new, path)?;
        failpoint::reached("vault/renamed");
        sync_folder_of(path)
    });
    written.map_err(|error| {
        // It may not be there; the failure to tell is the other one.
        let _ = fs::remove_file(&new);
        unusable(path, &error)
    })
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Left by a process that died; the lock says that no living one writes it.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .custom_flags(no_follow())
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}

/// Removes a file; one that is gone already is as good.
pub(super) fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unusable(path, &error)),
        _ => sync_folder_of(path).map_err(|error| unusable(path, &error)),
    }
}
