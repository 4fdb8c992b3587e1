//! The apps an org knows ("connected apps", "external client apps"): who may ask for a
//! token, with what secret, and where the answer goes. Facts only.

use super::Denial;
use super::form::Form;

/// The app every demo org knows, for this program and for scripts: any loopback
/// address, no secret needed.
pub const CLIENT_ID: &str =
    "3MVG9SfwTuiDemoOrgConnectedApp0000000000000000000000000000000000000000000000000000001";
/// Its consumer secret, for apps that send one.
pub const CLIENT_SECRET: &str = "5F3C2A1B0D9E8F7A6B5C4D3E2F1A0B9C8D7E6F5A4B3C2D1E0F9A8B7C6D5E4F3A";
/// An app for servers: it must send its secret, and may act as the administrator.
pub const SERVER_CLIENT_ID: &str =
    "3MVG9SfwTuiDemoOrgConnectedApp0000000000000000000000000000000000000000000000000000002";
/// The consumer secret of the app for servers.
pub const SERVER_CLIENT_SECRET: &str =
    "0A1B2C3D4E5F60718293A4B5C6D7E8F90A1B2C3D4E5F60718293A4B5C6D7E8F9";
/// An app that exists somewhere, but that nobody installed in this org.
pub const UNINSTALLED_CLIENT_ID: &str =
    "3MVG9SfwTuiDemoOrgConnectedApp0000000000000000000000000000000000000000000000000000003";

/// Where an app may have codes sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callback {
    /// Exactly this address.
    Exact(&'static str),
    /// Plain http on this machine, any port and path.
    Loopback,
}

/// One app.
#[derive(Debug, PartialEq, Eq)]
pub struct App {
    pub client_id: &'static str,
    /// Shown when it asks for consent.
    pub name: &'static str,
    /// Keys `signature`, too.
    pub secret: &'static str,
    /// "Require secret for web server flow".
    pub needs_secret: bool,
    pub callbacks: &'static [Callback],
    pub installed: bool,
    /// Whom the client-credentials flow acts as.
    pub runs_as_administrator: bool,
}

const APPS: [App; 4] = [
    App {
        client_id: CLIENT_ID,
        name: "sfw-tui",
        secret: CLIENT_SECRET,
        needs_secret: false,
        callbacks: &[Callback::Loopback],
        installed: true,
        runs_as_administrator: false,
    },
    App {
        client_id: SERVER_CLIENT_ID,
        name: "Nightly Sync",
        secret: SERVER_CLIENT_SECRET,
        needs_secret: true,
        callbacks: &[
            Callback::Exact("https://sync.example.com/oauth/callback"),
            Callback::Loopback,
        ],
        installed: true,
        runs_as_administrator: true,
    },
    App {
        client_id: UNINSTALLED_CLIENT_ID,
        name: "Stranger",
        secret: "none",
        needs_secret: false,
        callbacks: &[Callback::Loopback],
        installed: false,
        runs_as_administrator: false,
    },
    // The Salesforce CLI's own, which every org knows.
    App {
        client_id: "PlatformCLI",
        name: "Salesforce CLI",
        secret: "none",
        needs_secret: false,
        callbacks: &[Callback::Exact("http://localhost:1717/OauthRedirect")],
        installed: true,
        runs_as_administrator: false,
    },
];

/// The app of that client id.
///
/// # Errors
/// `invalid_client_id`.
pub fn named(client_id: Option<&str>) -> Result<&'static App, Denial> {
    APPS.iter()
        .find(|app| Some(app.client_id) == client_id)
        .ok_or_else(|| Denial::new("invalid_client_id", "client identifier invalid"))
}

/// The app behind a token request, its secret checked where one is sent or needed.
///
/// # Errors
/// `invalid_client_id`, `invalid_client`, `app_not_found`.
pub fn asking(form: &Form) -> Result<&'static App, Denial> {
    let app = named(form.client_id())?;
    let right = match form.client_secret() {
        Some(secret) if !secret.is_empty() => secret == app.secret,
        _ => !app.needs_secret,
    };
    if !right {
        return Err(Denial::new("invalid_client", "invalid client credentials"));
    }
    if !app.installed {
        let text = "External client app is not installed in this org";
        return Err(Denial::new("app_not_found", text));
    }
    Ok(app)
}

impl App {
    /// Whether codes may be sent to that address.
    pub fn accepts(&self, redirect: &str) -> bool {
        self.callbacks.iter().any(|callback| match callback {
            Callback::Exact(address) => *address == redirect,
            Callback::Loopback => is_loopback(redirect),
        })
    }
}

/// Loopback addresses only, as real orgs allow plain http for.
fn is_loopback(uri: &str) -> bool {
    let Some(rest) = uri.strip_prefix("http://") else {
        return false;
    };
    let host_port = rest.split(['/', '?']).next().unwrap_or_default();
    let host = host_port
        .rsplit_once(':')
        .map_or(host_port, |(host, port)| {
            if port.parse::<u16>().is_ok() {
                host
            } else {
                ""
            }
        });
    matches!(host, "localhost" | "127.0.0.1" | "[::1]") && !uri.contains('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_gets_the_code() {
        for good in [
            "http://localhost:17171/callback",
            "http://127.0.0.1:9/x?y=1",
            "http://localhost/cb",
        ] {
            assert!(is_loopback(good), "{good}");
        }
        for bad in [
            "https://evil.example/cb",
            "http://localhost.evil.example/cb",
            "http://localhost:1@evil.example/",
            "http://evil.example:1/localhost",
            "localhost",
            "",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }

    #[test]
    fn an_exact_address_is_matched_exactly() {
        let cli = named(Some("PlatformCLI")).unwrap();
        assert!(cli.accepts("http://localhost:1717/OauthRedirect"));
        assert!(!cli.accepts("http://localhost:1718/OauthRedirect"));
        assert!(!cli.accepts("http://localhost:1717/OauthRedirect/"));
    }
}
