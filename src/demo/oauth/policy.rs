//! What an administrator of the org has decided about logging in.

use std::time::Duration;

use super::jwt::Key;

/// Seconds a session lives without use where nothing is said (Setup, "Session Settings").
const USUAL_LIFETIME: u64 = 7200;

/// The decisions, as given at start.
#[derive(Debug, Clone)]
pub struct Policy {
    /// An authorization without a code challenge is refused.
    pub require_pkce: bool,
    /// Every refresh gives a new refresh token; the old one is dead, and used again it
    /// takes everything of that login with it.
    pub rotate_refresh_tokens: bool,
    /// How long a session lives without use.
    pub session_lifetime: Duration,
    /// Whether this program's own app sees the login page, too; else it is let in at once.
    pub login_page: bool,
    /// User names whose profile allows no login from this machine.
    pub ip_restricted: Vec<String>,
    /// Whose signature on a JWT counts.
    pub jwt_keys: Vec<Key>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            require_pkce: false,
            rotate_refresh_tokens: false,
            session_lifetime: Duration::from_secs(USUAL_LIFETIME),
            login_page: false,
            ip_restricted: Vec::new(),
            jwt_keys: Vec::new(),
        }
    }
}
