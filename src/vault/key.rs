//! The passphrase: set once, checked afterwards, asked for once a session.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretBox};
use serde::{Deserialize, Serialize};

use super::seal::{self, Cost, Key, Sealed};
use super::{file, ring};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::login::Secret;

/// Shortest passphrase taken, in characters.
const SHORTEST: usize = 8;
/// What is encrypted to check a passphrase by.
const CHECK: &str = "sfw-tui";

/// What is on disk of a passphrase.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Sort {
    version: u32,
    cost: Cost,
    /// Base64.
    salt: String,
    check: Sealed,
}

fn path(dir: &Path) -> PathBuf {
    dir.join("vault.json")
}

/// What the folder has of a passphrase, if there is one.
pub(super) fn read(dir: &Path) -> Result<Option<Sort>, Failure> {
    let path = path(dir);
    let Some(bytes) = file::read(&path)? else {
        return Ok(None);
    };
    let sort: Option<Sort> = serde_json::from_slice(&bytes).ok();
    let sort = sort.filter(|sort| sort.version == 1).ok_or_else(|| {
        let remedy = "use the release that wrote it, or move the folder aside and log in again";
        file::unsafe_file(&path, "it is damaged or of a newer release", remedy)
    })?;
    Ok(Some(sort))
}

/// Keys of this process; the kernel's ring may not be there.
static KNOWN: Mutex<Option<HashMap<PathBuf, Key>>> = Mutex::new(None);

/// The key, where this process or the kernel remembers it.
pub(super) fn known(dir: &Path, sort: &Sort) -> Option<Key> {
    let own = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let key = own.as_ref().and_then(|keys| {
        let bytes = *keys.get(dir)?.expose_secret();
        Some(SecretBox::new(Box::new(bytes)))
    });
    drop(own);
    let key = key.or_else(|| {
        let bytes: [u8; 32] = ring::recall(&ring::name(dir, "key", &sort.salt))?
            .try_into()
            .ok()?;
        Some(SecretBox::new(Box::new(bytes)))
    });
    key.filter(|key| opens(key, sort))
}

fn opens(key: &Key, sort: &Sort) -> bool {
    seal::open(key, CHECK, &sort.check).is_some_and(|text| text.expose() == CHECK)
}

/// Takes a passphrase: sets it where there is none, checks it else.
pub(super) fn unlock(dir: &Path, passphrase: &Secret) -> Result<(), Failure> {
    let (key, sort) = match read(dir)? {
        Some(sort) => {
            let key = seal::derive(passphrase, sort.salt.as_bytes(), sort.cost)?;
            if !opens(&key, &sort) {
                return Err(Failure::input("that is not the passphrase"));
            }
            (key, sort)
        }
        None => set(dir, passphrase, Cost::USUAL)?,
    };
    ring::keep(
        &ring::name(dir, "key", &sort.salt),
        key.expose_secret(),
        8 * ring::HOUR,
    );
    KNOWN
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get_or_insert_default()
        .insert(dir.to_owned(), key);
    Ok(())
}

fn set(dir: &Path, passphrase: &Secret, cost: Cost) -> Result<(Key, Sort), Failure> {
    if passphrase.expose().chars().count() < SHORTEST {
        return Err(Failure::input(&format!(
            "a passphrase has {SHORTEST} characters at least"
        )));
    }
    let salt = STANDARD.encode(seal::random::<16>()?);
    let key = seal::derive(passphrase, salt.as_bytes(), cost)?;
    let sort = Sort {
        version: 1,
        cost,
        check: seal::close(&key, CHECK, &Secret::new(CHECK))?,
        salt,
    };
    let bytes = serde_json::to_vec_pretty(&sort)
        .map_err(|error| Failure::new(FailureKind::Local, "LOCAL", &error.to_string()))?;
    file::replace(&path(dir), &bytes)?;
    Ok((key, sort))
}
