//! Logging in, as both sides of it speak: whom a connection is bound to, how a login is
//! kept, and what passes between whoever logs in and the job that does it. Pure.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::failure::Failure;

/// A text that is never shown: a token, a passphrase, a code. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Whom a connection is bound to, as the org told at its first login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// 18-character org id.
    pub org_id: String,
    /// 18-character user id.
    pub user_id: String,
    /// Login name.
    pub username: String,
    /// The user's full name.
    pub user_name: String,
    /// Where the org answers, `https://…`.
    pub instance_url: String,
}

impl Pin {
    /// The same user of the same org; names and addresses may change.
    pub fn is_same(&self, other: &Self) -> bool {
        self.org_id == other.org_id && self.user_id == other.user_id
    }
}

/// How a login is kept on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TokenStore {
    /// In a file encrypted under a passphrase.
    Encrypted,
    /// In a file as it is, readable for its owner only.
    Plain,
    /// Nothing secret is on disk.
    Nothing,
}

impl TokenStore {
    /// As listings say it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Encrypted => "encrypted file",
            Self::Plain => "plain file",
            Self::Nothing => "not stored",
        }
    }
}

/// How a login stands, as far as this machine knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenState {
    /// Nobody logged in.
    Absent,
    /// It worked the last time.
    Good,
    /// It was being renewed when the program or the line died.
    Doubtful,
    /// The org takes it no longer.
    Over,
}

impl TokenState {
    /// As listings say it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Absent => "not logged in",
            Self::Good => "logged in",
            Self::Doubtful => "renewal broke off",
            Self::Over => "log in again",
        }
    }
}

/// How far a login has come; told while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginStep {
    /// It waits for somebody to log in at this address.
    Open(LoginDoor),
    /// Another device must be given this code.
    Device {
        /// To be typed there.
        user_code: String,
        /// Where it is typed.
        url: String,
    },
    /// Something came that is no answer to this login, and why.
    Dropped(String),
    /// The answer was taken; tokens are being fetched.
    Taken,
    /// It landed in another org or at another user than the connection is bound to:
    /// [`LoginWord::Accept`] or [`LoginWord::Refuse`] decides.
    Elsewhere {
        /// Whom the connection is bound to.
        pinned: Pin,
        /// Who it is now.
        found: Pin,
    },
    /// How shall it be kept?
    Keep {
        /// There is a passphrase already, and it is not known to this session.
        has_passphrase: bool,
        /// What was wrong with the last word.
        problem: Option<String>,
    },
}

/// Where somebody can log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginDoor {
    /// The org's login page with this login's own parameters.
    pub url: String,
    /// Port of the listener on this machine; `None` where none could be opened.
    pub port: Option<u16>,
    /// Where the browser is sent afterwards.
    pub redirect: String,
}

/// What the one who logs in tells the job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginWord {
    /// The whole address the browser was sent to, or the bare code.
    Answer(Secret),
    /// Yes, it is meant to be that org and user.
    Accept,
    /// No.
    Refuse,
    /// Keep it encrypted under this passphrase.
    Encrypt(Secret),
    /// Keep it as it is, in a file only its owner can read.
    Plain,
    /// Keep it for this session only.
    Forget,
    /// Stop.
    Cancel,
}

/// How a login ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIn {
    /// The connection.
    pub connection: String,
    /// Who and where.
    pub pin: Pin,
    /// How it is kept.
    pub store: TokenStore,
    /// Logged in, and yet the API refuses this user.
    pub warning: Option<Failure>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown() {
        let word = LoginWord::Encrypt(Secret::new("canary"));
        assert!(!format!("{word:?}").contains("canary"));
    }
}
