//! The part of the contract that is about connections and logging in.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::domain::connection::Connection;
use crate::domain::login::{Pin, Secret, TokenState, TokenStore};

/// A login to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginAsk {
    /// Where, and as which app.
    pub connection: Connection,
    /// How.
    pub way: LoginWay,
}

/// How somebody logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginWay {
    /// In a browser, here or anywhere.
    Web,
    /// With a code typed on another device.
    Device,
    /// With a private key.
    Jwt {
        /// PEM file.
        key: PathBuf,
    },
    /// With the app's own secret.
    ClientSecret(Secret),
    /// With an access token from elsewhere.
    Token {
        /// Where it is valid; the connection's host where `None`.
        instance: Option<String>,
        /// The token.
        token: Secret,
    },
}

/// A connection with how its login stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRow {
    /// Its settings.
    pub connection: Connection,
    /// How its login stands.
    pub state: TokenState,
    /// How the login is kept.
    pub store: TokenStore,
    /// Whom it is bound to.
    pub pin: Option<Pin>,
    /// When it was renewed last.
    pub renewed: Option<Timestamp>,
    /// It comes with the program or the environment, not from the settings.
    pub is_built_in: bool,
}

/// An org that the Salesforce CLI knows on this machine: a proposal of host and user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What it is called there; the user name where it has no alias.
    pub name: String,
    /// Where to log in.
    pub host: String,
    /// User name.
    pub user: String,
}

/// Every connection and what might become one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Connections {
    /// In the order of the settings, those built in last.
    pub rows: Vec<ConnectionRow>,
    /// Orgs of the Salesforce CLI that no connection has.
    pub suggestions: Vec<Suggestion>,
}
