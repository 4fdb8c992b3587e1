//! The one line that tells what just happened.

use std::time::Duration;

/// A line for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How much it matters.
    pub level: Level,
    /// One sentence; what a key can do about it included.
    pub text: String,
    /// A key worth knowing just now and what it does: `u undo`.
    pub key: Option<&'static str>,
}

/// How much a notice matters; decides how long it stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It worked.
    Ok,
    /// Good to know.
    Info,
    /// Something to look at.
    Warn,
    /// Something failed; stays until a key is pressed.
    Error,
}

impl Notice {
    /// It worked.
    pub fn ok(text: impl Into<String>) -> Self {
        Self::new(Level::Ok, text)
    }

    /// Good to know.
    pub fn info(text: impl Into<String>) -> Self {
        Self::new(Level::Info, text)
    }

    /// Something to look at.
    pub fn warn(text: impl Into<String>) -> Self {
        Self::new(Level::Warn, text)
    }

    /// Something failed.
    pub fn error(text: impl Into<String>) -> Self {
        Self::new(Level::Error, text)
    }

    fn new(level: Level, text: impl Into<String>) -> Self {
        Self {
            level,
            text: text.into(),
            key: None,
        }
    }

    /// With a key worth knowing.
    pub fn with_key(self, key: &'static str) -> Self {
        Self {
            key: Some(key),
            ..self
        }
    }

    /// How long it is shown; `None` waits for a key.
    pub fn time(&self) -> Option<Duration> {
        match self.level {
            Level::Ok | Level::Info => Some(Duration::from_secs(4)),
            Level::Warn => Some(Duration::from_secs(8)),
            Level::Error => None,
        }
    }
}
