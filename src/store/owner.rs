//! Who is sending: a locked file per sending process. The kernel frees the lock when
//! the process ends, however it ends, so a row's owner is dead when its file can be
//! locked. Neither process ids nor clocks come into it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;

/// This process's proof of life, given up when dropped.
#[derive(Debug)]
pub(super) struct Owner {
    token: String,
    path: PathBuf,
    _lock: File,
}

impl Owner {
    /// Makes and locks a file of a new name in `dir`. No row names it before it is locked,
    /// so nobody can take it for a dead one's in between.
    pub(super) fn new(dir: &Path) -> io::Result<Self> {
        let token = uuid::Uuid::now_v7().simple().to_string();
        let path = lock_path(dir, &token);
        let lock = super::file::private_file(&path)?;
        rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        Ok(Self {
            token,
            path,
            _lock: lock,
        })
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
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {
            fs::remove_file(&path)?;
            Ok(false)
        }
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(true),
        Err(error) => Err(error.into()),
    }
}
