//! Logins at rest: one private file for each connection, which says whom it is bound to
//! and holds what renews it, encrypted where there is a passphrase. Access tokens are
//! never on disk. Must not know how one logs in, nor what a token is good for.
//!
//! ```text
//! logins/acme.login   pin, address, app, what renews it, how it stands
//! logins/acme.lock    held while it is renewed: by one process at a time
//! logins/vault.json   salt and check of the passphrase, where there is one
//! kernel keyring      the key from the passphrase (8 h); the newest access token
//! ```

mod file;
mod key;
mod login;
mod ring;
mod seal;

use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;

use crate::domain::connection::name_problem;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::login::{Secret, TokenStore};
use crate::failpoint;

pub use file::secret_file;
pub use login::{Access, Kept, Login, Standing, Way};

/// Code of the failure that asks for the passphrase.
pub const LOCKED: &str = "LOGINS_LOCKED";

const ENDING: &str = ".login";

/// The folder of all logins.
#[derive(Debug, Clone)]
pub struct Vault {
    dir: PathBuf,
}

/// The right to change one login: no other process has it at the same time.
#[derive(Debug)]
pub struct Locked {
    vault: Vault,
    name: String,
    _lock: File,
}

impl Vault {
    /// The logins kept below the state folder.
    pub fn in_state(state: &Path) -> Self {
        Self {
            dir: state.join("logins"),
        }
    }

    fn path(&self, name: &str, ending: &str) -> Result<PathBuf, Failure> {
        match name_problem(name) {
            Some(problem) => Err(Failure::input(problem)),
            None => Ok(self.dir.join(format!("{name}{ending}"))),
        }
    }

    /// The login of a connection, without what is secret in it.
    ///
    /// # Errors
    /// When the file is not private, or no login of ours.
    pub fn login(&self, name: &str) -> Result<Option<Login>, Failure> {
        if name.is_empty() {
            return Ok(None);
        }
        let path = self.path(name, ENDING)?;
        let Some(bytes) = file::read(&path)? else {
            return Ok(None);
        };
        Login::read(&bytes).map(Some).map_err(|problem| {
            file::unsafe_file(
                &path,
                &format!("it is no login of sfw-tui ({problem})"),
                &format!("remove it and log in again: sfw-tui login {name}"),
            )
        })
    }

    /// Waits for the right to change a login. Blocks the thread.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn lock(&self, name: &str) -> Result<Locked, Failure> {
        file::private_folder(&self.dir)?;
        let path = self.path(name, ".lock")?;
        let lock = file::lock_file(&path)?;
        loop {
            match rustix::fs::flock(&lock, FlockOperation::LockExclusive) {
                Ok(()) => break,
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(file::unusable(&path, &error.into())),
            }
        }
        Ok(Locked {
            vault: self.clone(),
            name: name.to_owned(),
            _lock: lock,
        })
    }

    /// Whether logins are encrypted under a passphrase here.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn has_passphrase(&self) -> Result<bool, Failure> {
        Ok(key::read(&self.dir)?.is_some())
    }

    /// Whether the passphrase must be asked for before a login can be opened.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn is_locked(&self) -> Result<bool, Failure> {
        Ok(match key::read(&self.dir)? {
            None => false,
            Some(sort) => key::known(&self.dir, &sort).is_none(),
        })
    }

    /// Whether the passphrase must be asked for before this connection can be used.
    ///
    /// # Errors
    /// When a file is not private or damaged.
    pub fn needs_passphrase(&self, name: &str) -> Result<bool, Failure> {
        let Some(login) = self.login(name)? else {
            return Ok(false);
        };
        let is_shared = self
            .access(name)
            .is_some_and(|access| access.serial == login.serial);
        Ok(login.kept.store() == TokenStore::Encrypted && !is_shared && self.is_locked()?)
    }

    /// Takes the passphrase: the first one ever sets it, a later one is checked. The key
    /// it gives is remembered by the kernel for eight hours.
    ///
    /// # Errors
    /// When it is not the one, too short, or the folder cannot be written.
    pub fn unlock(&self, passphrase: &Secret) -> Result<(), Failure> {
        file::private_folder(&self.dir)?;
        key::unlock(&self.dir, passphrase)
    }

    /// What renews a login.
    ///
    /// # Errors
    /// [`LOCKED`] where the passphrase must be given first.
    pub fn open(&self, name: &str, login: &Login) -> Result<Option<Secret>, Failure> {
        match &login.kept {
            Kept::Nothing => Ok(None),
            Kept::Plain(text) => Ok(Some(text.clone())),
            Kept::Encrypted(sealed) => {
                let key = self.key()?.ok_or_else(locked)?;
                let opened = seal::open(&key, &label(name, login), sealed);
                opened.map(Some).ok_or_else(|| {
                    Failure::new(
                        FailureKind::Login,
                        "LOGIN_DAMAGED",
                        &format!(
                            "the login of `{name}` was changed on disk or is of another passphrase"
                        ),
                    )
                })
            }
        }
    }

    /// A secret made ready to be kept.
    ///
    /// # Errors
    /// [`LOCKED`] where it is to be encrypted and the passphrase is not known.
    pub fn close(
        &self,
        name: &str,
        login: &Login,
        (secret, store): (&Secret, TokenStore),
    ) -> Result<Kept, Failure> {
        Ok(match store {
            TokenStore::Nothing => Kept::Nothing,
            TokenStore::Plain => Kept::Plain(secret.clone()),
            TokenStore::Encrypted => {
                let key = self.key()?.ok_or_else(locked)?;
                Kept::Encrypted(seal::close(&key, &label(name, login), secret)?)
            }
        })
    }

    fn key(&self) -> Result<Option<seal::Key>, Failure> {
        Ok(key::read(&self.dir)?.and_then(|sort| key::known(&self.dir, &sort)))
    }

    /// The newest access token of a login, where the kernel remembers it.
    pub fn access(&self, name: &str) -> Option<Access> {
        Access::read(&ring::recall(&self.ring_name("access", name))?)
    }

    /// Lets other processes of this user have an access token; it stays in memory.
    pub fn share(&self, name: &str, access: &Access) {
        ring::keep(&self.ring_name("access", name), &access.write(), ring::HOUR);
    }

    fn ring_name(&self, sort: &str, name: &str) -> String {
        ring::name(&self.dir, sort, name)
    }
}

/// What a sealed secret belongs to: one put into another connection's file does not open.
fn label(name: &str, login: &Login) -> String {
    format!("{name}/{}/{}", login.pin.org_id, login.pin.user_id)
}

fn locked() -> Failure {
    Failure::new(
        FailureKind::Login,
        LOCKED,
        "the logins are encrypted, and their passphrase has not been given",
    )
}

impl Locked {
    /// The login as it is now.
    ///
    /// # Errors
    /// As [`Vault::login`].
    pub fn login(&self) -> Result<Option<Login>, Failure> {
        self.vault.login(&self.name)
    }

    /// The vault it is in.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Puts the login in the place of the old one, whole or not at all.
    ///
    /// # Errors
    /// When the disk does not take it; the old one stands then.
    pub fn write(&self, login: &Login) -> Result<(), Failure> {
        let path = self.vault.path(&self.name, ENDING)?;
        failpoint::reached("vault/before");
        file::replace(&path, &login.write()?)?;
        failpoint::reached("vault/after");
        Ok(())
    }

    /// Removes the login and all that is remembered of it; its lock stays, since others
    /// may wait for it.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn remove(&self) -> Result<(), Failure> {
        ring::forget(&self.vault.ring_name("access", &self.name));
        file::remove(&self.vault.path(&self.name, ENDING)?)
    }

    /// Forgets an access token that holds no longer.
    pub fn forget_access(&self) {
        ring::forget(&self.vault.ring_name("access", &self.name));
    }
}

#[cfg(test)]
mod tests;
