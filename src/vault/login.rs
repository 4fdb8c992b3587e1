//! What one login's file holds.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::seal::Sealed;
use crate::domain::failure::Failure;
use crate::domain::login::{Pin, Secret, TokenState, TokenStore};

/// Layout of the file; a later release's is not touched.
const VERSION: u32 = 1;

/// A login as kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    version: u32,
    /// Where it was got and is renewed: `https://…`, with a site's path.
    pub login_url: String,
    /// Consumer key it was got with.
    pub client_id: String,
    /// What renews it.
    pub way: Way,
    /// Whom it is bound to.
    pub pin: Pin,
    /// The secret that renews it.
    pub kept: Kept,
    /// How it stands.
    pub standing: Standing,
    /// Whether the org gives a new refresh token with every renewal; `None` before the
    /// first one.
    pub rotates: Option<bool>,
    /// Counts renewals.
    pub serial: u64,
    /// When somebody logged in.
    pub since: Timestamp,
    /// When it was renewed last.
    pub renewed: Timestamp,
}

/// What renews a login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// A refresh token.
    Refresh,
    /// A signature with this private key.
    Jwt {
        /// Where the key is.
        key: std::path::PathBuf,
        /// User name it logs in as.
        user: String,
    },
    /// The app's own secret.
    ClientSecret,
    /// Nothing: it lasts as long as its access token.
    Nothing,
}

/// How a login stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// What renews it was not used since it was written.
    Good,
    /// It is being used just now, or was when everything ended: it may be spent, and
    /// must not be used again.
    Spending,
    /// The org refused it.
    Over,
}

/// A secret on disk.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kept {
    /// Encrypted.
    Encrypted(Sealed),
    /// As it is.
    #[serde(with = "plain")]
    Plain(Secret),
    /// There is none.
    Nothing,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.store().word())
    }
}

impl Kept {
    /// How it is kept.
    pub fn store(&self) -> TokenStore {
        match self {
            Self::Encrypted(_) => TokenStore::Encrypted,
            Self::Plain(_) => TokenStore::Plain,
            Self::Nothing => TokenStore::Nothing,
        }
    }
}

mod plain {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Secret;

    pub(super) fn serialize<S: Serializer>(secret: &Secret, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(secret.expose())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
        String::deserialize(from).map(Secret::new)
    }
}

impl Login {
    /// A login just got.
    pub fn new(login_url: &str, client_id: &str, way: Way, pin: Pin) -> Self {
        let now = Timestamp::now();
        Self {
            version: VERSION,
            login_url: login_url.to_owned(),
            client_id: client_id.to_owned(),
            way,
            pin,
            kept: Kept::Nothing,
            standing: Standing::Good,
            rotates: None,
            // Never the number of an earlier login: an access token shared by that one
            // must not pass for this one's.
            serial: u64::try_from(now.as_millisecond()).unwrap_or_default(),
            since: now,
            renewed: now,
        }
    }

    /// As listings tell it.
    pub fn state(&self) -> TokenState {
        match self.standing {
            Standing::Good => TokenState::Good,
            Standing::Spending => TokenState::Doubtful,
            Standing::Over => TokenState::Over,
        }
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        // The message of a JSON error quotes no values of ours.
        let login: Self = serde_json::from_slice(bytes)
            .map_err(|error| format!("line {}, column {}", error.line(), error.column()))?;
        match login.version {
            VERSION => Ok(login),
            _ => Err("a newer release wrote it".to_owned()),
        }
    }

    pub(super) fn write(&self) -> Result<Vec<u8>, Failure> {
        serde_json::to_vec_pretty(self)
            .map_err(|error| Failure::local(&format!("a login cannot be written: {error}")))
    }
}

/// An access token with what it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The renewal it came with ([`Login::serial`]).
    pub serial: u64,
    /// Where it is sent.
    pub instance: String,
    /// The token.
    pub token: Secret,
}

impl Access {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut lines = text.splitn(3, '\n');
        Some(Self {
            serial: lines.next()?.parse().ok()?,
            instance: lines.next()?.to_owned(),
            token: Secret::new(lines.next()?),
        })
    }

    pub(super) fn write(&self) -> Vec<u8> {
        format!(
            "{}\n{}\n{}",
            self.serial,
            self.instance,
            self.token.expose()
        )
        .into_bytes()
    }
}
