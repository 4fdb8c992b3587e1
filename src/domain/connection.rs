//! A connection: a named way into one org, as the settings have it, with what it may do
//! there. Pure: must not know how one logs in or where tokens are kept.

use std::fmt;
use std::path::PathBuf;

/// What an app asks for where nothing is said: data, and a login that lasts.
pub const USUAL_SCOPES: [&str; 3] = ["api", "refresh_token", "id"];

/// Longest name, in characters; names become names of files.
const LONGEST_NAME: usize = 40;

/// A named login to one org.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// What the user calls it.
    pub name: String,
    /// Where to log in, as typed: a host or an address. Empty: the usual host of the kind.
    pub host: String,
    /// What sort of host it is.
    pub kind: ConnectionKind,
    /// Consumer key of the app to log in as.
    pub client_id: Option<String>,
    /// What the app asks for.
    pub scopes: Vec<String>,
    /// Newest API version to speak, such as `66.0`; `None` is the general setting.
    pub api_version: Option<String>,
    /// How to log in.
    pub flow: Flow,
    /// User name to log in as: JWT needs it, the login page is told it.
    pub user: Option<String>,
    /// Private key (PEM) for the JWT flow.
    pub jwt_key: Option<PathBuf>,
    /// Proxy of this connection: `http://…`, `socks5h://…`, or `none`.
    pub proxy: Option<String>,
    /// More authorities (PEM) to trust beside the system's.
    pub ca_file: Option<PathBuf>,
    /// `None`: what the kind starts with; [`Connection::mode`] tells.
    pub mode: Option<Mode>,
    /// `None`: what the kind starts with; [`Connection::grants`] tells.
    pub allow: Option<Grants>,
    /// Colour of its badge.
    pub color: Option<Hue>,
    /// The one to use where none is named.
    pub is_default: bool,
}

impl Connection {
    /// A connection of which nothing but name and host is said.
    pub fn new(name: &str, host: &str) -> Self {
        Self {
            name: name.to_owned(),
            host: host.to_owned(),
            kind: ConnectionKind::of_host(host),
            client_id: None,
            scopes: USUAL_SCOPES.map(str::to_owned).into(),
            api_version: None,
            flow: Flow::Web,
            user: None,
            jwt_key: None,
            proxy: None,
            ca_file: None,
            mode: None,
            allow: None,
            color: None,
            is_default: false,
        }
    }

    /// Where to log in: what was typed, else the usual host of the kind.
    pub fn login_host(&self) -> &str {
        match (self.host.as_str(), self.kind) {
            ("", ConnectionKind::Production) => "login.salesforce.com",
            ("", ConnectionKind::Sandbox) => "test.salesforce.com",
            (host, _) => host,
        }
    }

    /// Whether real data must be thought to be there: everything but a sandbox, a scratch
    /// org and an org on this machine.
    pub fn is_production(&self) -> bool {
        let host = bare_host(&self.host);
        match self.kind {
            ConnectionKind::BuiltIn | ConnectionKind::Sandbox => false,
            ConnectionKind::Production => true,
            ConnectionKind::MyDomain | ConnectionKind::Site | ConnectionKind::Custom => {
                !is_loopback(&host) && !is_sandbox(&host)
            }
        }
    }

    /// How carefully it writes: production starts with a question before each write.
    pub fn mode(&self) -> Mode {
        self.mode.unwrap_or(match self.is_production() {
            true => Mode::Confirm,
            false => Mode::Normal,
        })
    }

    /// What it may do: production starts without delete, bulk and admin.
    pub fn grants(&self) -> Grants {
        self.allow.unwrap_or(match self.is_production() {
            true => Grants::of(&[Grant::Create, Grant::Edit]),
            false => Grants::ALL,
        })
    }
}

/// Why a name cannot be one; `None` for one that can.
pub fn name_problem(name: &str) -> Option<&'static str> {
    let good = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    match name.chars().next() {
        None => Some("a connection needs a name"),
        Some('.' | '-') => Some("a connection's name starts with a letter or a digit"),
        _ if !name.chars().all(good) => {
            Some("a connection's name has letters, digits, `-`, `_` and `.` only")
        }
        _ if name.chars().count() > LONGEST_NAME => {
            Some("a connection's name has 40 characters at most")
        }
        _ => None,
    }
}

/// What sort of host one logs in at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionKind {
    /// `login.salesforce.com`.
    Production,
    /// `test.salesforce.com`, or a sandbox's own address.
    Sandbox,
    /// `acme.my.salesforce.com`.
    MyDomain,
    /// An Experience Cloud site: `acme.my.site.com/partners`, or its own domain.
    Site,
    /// Any other host, which the user vouches for.
    Custom,
    /// The built-in org.
    BuiltIn,
}

impl ConnectionKind {
    /// All, in the order they are offered.
    pub const ALL: [Self; 6] = [
        Self::Production,
        Self::Sandbox,
        Self::MyDomain,
        Self::Site,
        Self::Custom,
        Self::BuiltIn,
    ];

    /// As the settings write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Sandbox => "sandbox",
            Self::MyDomain => "my-domain",
            Self::Site => "site",
            Self::Custom => "custom",
            Self::BuiltIn => "demo",
        }
    }

    /// The kind of a host as typed (API reference, "My Domain URL Formats").
    pub fn of_host(host: &str) -> Self {
        let host = bare_host(host);
        let ends = |suffix: &str| host.ends_with(suffix);
        match host.as_str() {
            "" | "login.salesforce.com" => Self::Production,
            "test.salesforce.com" => Self::Sandbox,
            _ if ends(".my.salesforce.com")
                || ends(".lightning.force.com")
                || ends(".my.salesforce-setup.com") =>
            {
                match is_sandbox(&host) {
                    true => Self::Sandbox,
                    false => Self::MyDomain,
                }
            }
            _ if ends(".my.site.com") => Self::Site,
            _ => Self::Custom,
        }
    }
}

/// How one logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flow {
    /// In a browser, anywhere: authorization code with PKCE.
    Web,
    /// With a private key, for machines.
    Jwt,
    /// With the app's own secret, as the user the app runs as.
    ClientCredentials,
    /// With a code typed on another device, for apps the org has installed.
    Device,
}

impl Flow {
    /// All, in the order they are offered.
    pub const ALL: [Self; 4] = [Self::Web, Self::Jwt, Self::ClientCredentials, Self::Device];

    /// As the settings write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Jwt => "jwt",
            Self::ClientCredentials => "client-credentials",
            Self::Device => "device",
        }
    }
}

/// How carefully a connection writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// Writes when told to.
    #[default]
    Normal,
    /// Asks before each write.
    Confirm,
    /// Sends nothing but reads.
    ReadOnly,
}

impl Mode {
    /// All, from free to careful.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Confirm, Self::ReadOnly];

    /// As the settings write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Confirm => "confirm",
            Self::ReadOnly => "read-only",
        }
    }
}

/// One sort of writing that a connection may be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grant {
    /// New records.
    Create,
    /// Changes of records.
    Edit,
    /// Deletes.
    Delete,
    /// Bulk writes of any sort.
    Bulk,
    /// Changes of the org itself: fields, users, permissions.
    Admin,
}

impl Grant {
    /// All, as the settings list them.
    pub const ALL: [Self; 5] = [
        Self::Create,
        Self::Edit,
        Self::Delete,
        Self::Bulk,
        Self::Admin,
    ];

    /// As the settings write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Edit => "edit",
            Self::Delete => "delete",
            Self::Bulk => "bulk",
            Self::Admin => "admin",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Grants(u8);

impl Grants {
    /// Every one.
    pub const ALL: Self = Self(0b1_1111);
    /// Not one.
    pub const NONE: Self = Self(0);

    /// These and no others.
    pub fn of(grants: &[Grant]) -> Self {
        Self(grants.iter().fold(0, |set, grant| set | grant.bit()))
    }

    /// Whether it is among them.
    pub fn has(self, grant: Grant) -> bool {
        self.0 & grant.bit() != 0
    }

    /// Those among them, in order.
    pub fn iter(self) -> impl Iterator<Item = Grant> {
        Grant::ALL.into_iter().filter(move |grant| self.has(*grant))
    }
}

impl fmt::Display for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(Grant::word).collect();
        f.write_str(&words.join(" "))
    }
}

/// A colour of the terminal's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hue {
    /// Colour 1.
    Red,
    /// Colour 2.
    Green,
    /// Colour 3.
    Yellow,
    /// Colour 4.
    Blue,
    /// Colour 5.
    Magenta,
    /// Colour 6.
    Cyan,
}

impl Hue {
    /// All, in the terminal's order.
    pub const ALL: [Self; 6] = [
        Self::Red,
        Self::Green,
        Self::Yellow,
        Self::Blue,
        Self::Magenta,
        Self::Cyan,
    ];

    /// As the settings write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Blue => "blue",
            Self::Magenta => "magenta",
            Self::Cyan => "cyan",
        }
    }
}

/// The host in an address as typed, lower case, without scheme, path and port.
fn bare_host(typed: &str) -> String {
    let typed = typed.trim();
    let rest = typed.split_once("://").map_or(typed, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((v6, _)) => v6,
        None => host.split(':').next().unwrap_or_default(),
    };
    host.trim_end_matches('.').to_ascii_lowercase()
}

fn is_sandbox(host: &str) -> bool {
    host == "test.salesforce.com" || host.contains(".sandbox.") || host.contains(".scratch.")
}

fn is_loopback(host: &str) -> bool {
    let ip = host.parse::<std::net::IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_follows_from_the_host() {
        use ConnectionKind::{Custom, MyDomain, Production, Sandbox, Site};
        let cases = [
            ("", Production, true),
            ("https://login.salesforce.com/", Production, true),
            ("test.salesforce.com", Sandbox, false),
            ("acme.my.salesforce.com", MyDomain, true),
            (
                "https://acme.lightning.force.com/lightning/x",
                MyDomain,
                true,
            ),
            ("acme--uat.sandbox.my.salesforce.com", Sandbox, false),
            ("dream.scratch.my.salesforce.com", Sandbox, false),
            ("https://acme.my.site.com/partners", Site, true),
            ("acme.my.salesforce.com.evil.test", Custom, true),
            ("http://127.0.0.1:8080", Custom, false),
            ("http://[::1]:8080/x", Custom, false),
            ("localhost:1", Custom, false),
        ];
        for (host, kind, production) in cases {
            let connection = Connection::new("a", host);
            assert_eq!(connection.kind, kind, "{host}");
            assert_eq!(connection.is_production(), production, "{host}");
        }
    }

    #[test]
    fn production_starts_careful_and_what_is_said_wins() {
        let mut connection = Connection::new("a", "acme.my.salesforce.com");
        assert_eq!(connection.mode(), Mode::Confirm);
        assert_eq!(connection.grants().to_string(), "create edit");
        connection.mode = Some(Mode::Normal);
        connection.allow = Some(Grants::of(&[Grant::Bulk]));
        assert_eq!(connection.mode(), Mode::Normal);
        assert!(connection.grants().has(Grant::Bulk) && !connection.grants().has(Grant::Edit));
        let sandbox = Connection::new("b", "test.salesforce.com");
        assert_eq!(
            (sandbox.mode(), sandbox.grants()),
            (Mode::Normal, Grants::ALL)
        );
        assert_eq!(Grants::ALL.iter().count(), Grant::ALL.len());
    }

    #[test]
    fn a_name_can_be_the_name_of_a_file() {
        for good in ["acme", "acme-uat_2.eu", "Zürich"] {
            assert_eq!(name_problem(good), None, "{good}");
        }
        let long = "a".repeat(41);
        for bad in ["", "a/b", "../a", ".a", "-c", "a b", "a\n", &long] {
            assert!(name_problem(bad).is_some(), "{bad:?}");
        }
    }
}
