//! Who is sending: a locked file per sending process. The kernel frees the lock when
//! the process ends, however it ends, so a row's owner is dead when its file can be
//! locked. Neither process ids nor clocks come into it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;

use crate::failpoint;

/// This process's proof of life, given up when dropped.
#[derive(Debug)]
pub(super) struct Owner {
    token: String,
    path: PathBuf,
    _lock: File,
}

impl Owner {
    /// Makes and locks a file of a new name in `dir`.
    pub(super) fn new(dir: &Path) -> io::Result<Self> {
        loop {
            let token = uuid::Uuid::now_v7().simple().to_string();
            let path = lock_path(dir, &token);
            let lock = super::file::private_file(&path)?;
            failpoint::reached("owner/made");
            let locked = is_free(&lock)?;
            failpoint::reached("owner/locked");
            // Another session's sweep may take the file for a dead one's before it is
            // locked, and remove it.
            if locked && lock.metadata()?.nlink() > 0 {
                return Ok(Self {
                    token,
                    path,
                    _lock: lock,
                });
            }
        }
    }

    /// What a row says about who sends it.
    pub(super) fn token(&self) -> &str {
        &self.token
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // A file left behind is taken for a dead owner's and removed later.
        let _ = fs::remove_file(&self.path);
    }
}

fn lock_path(dir: &Path, token: &str) -> PathBuf {
    dir.join(format!("sender-{token}.lock"))
}

/// Whether the process that wrote `token` still runs. Removes a dead one's file.
pub(super) fn is_alive(dir: &Path, token: &str) -> io::Result<bool> {
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(false);
    }
    let path = lock_path(dir, token);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if !is_free(&file)? {
        return Ok(true);
    }
    failpoint::reached("owner/dead");
    match fs::remove_file(&path) {
        // Another session's sweep was quicker.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        removed => removed.map(|()| false),
    }
}

/// Removes the files of processes that ended without removing theirs.
pub(super) fn sweep(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        let token = name
            .to_str()
            .and_then(|name| name.strip_prefix("sender-")?.strip_suffix(".lock"));
        if let Some(token) = token {
            is_alive(dir, token)?;
        }
    }
    Ok(())
}

/// Takes the lock if nobody holds it.
fn is_free(file: &File) -> io::Result<bool> {
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The right to send for a connection: of all processes only one has it. The others wait;
/// the kernel passes it on when its owner lets go or dies.
#[derive(Debug)]
pub struct SenderLock {
    _lock: File,
}

impl SenderLock {
    /// Takes it if nobody has it.
    pub fn try_take(dir: &Path, connection: &str) -> io::Result<Option<Self>> {
        let lock = super::file::private_file(&sender_path(dir, connection))?;
        failpoint::reached("owner/sender");
        Ok(is_free(&lock)?.then_some(Self { _lock: lock }))
    }

    /// Waits for it, however long. Blocks the thread.
    pub fn wait(dir: &Path, connection: &str) -> io::Result<Self> {
        let lock = super::file::private_file(&sender_path(dir, connection))?;
        loop {
            match rustix::fs::flock(&lock, FlockOperation::LockExclusive) {
                Ok(()) => return Ok(Self { _lock: lock }),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// A file of its own for each connection's name, whatever characters that has. It stays:
/// removing a lock that others wait for would let two of them in.
fn sender_path(dir: &Path, connection: &str) -> PathBuf {
    let name: String = connection
        .bytes()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    // Names of files end at 255 bytes; no sane connection's name comes near.
    dir.join(format!("sending-{}.lock", name.get(..200).unwrap_or(&name)))
}

/// The right to be at a run of a write block: of all processes only one has it.
#[derive(Debug)]
pub struct RunLock {
    _lock: File,
}

impl RunLock {
    /// Takes it if nobody has it.
    pub(super) fn try_take(dir: &Path, run: i64) -> io::Result<Option<Self>> {
        let lock = super::file::private_file(&run_path(dir, run))?;
        Ok(is_free(&lock)?.then_some(Self { _lock: lock }))
    }

    /// Somebody has it, as far as can be told.
    pub(super) fn is_held(dir: &Path, run: i64) -> bool {
        // Opened for reading: a run that nobody was ever at needs no file.
        let lock = File::open(run_path(dir, run));
        lock.is_ok_and(|lock| matches!(is_free(&lock), Ok(false)))
    }
}

fn run_path(dir: &Path, run: i64) -> PathBuf {
    dir.join(format!("run-{run}.lock"))
}
