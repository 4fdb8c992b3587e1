//! Where one logs in: a login page for all orgs, an org's own, or a site's with its path.

use std::fmt;

use reqwest::Url;

use super::super::origin::Origin;
use crate::domain::connection::ConnectionKind;
use crate::domain::failure::Failure;

/// A host with OAuth's pages, and the path they hang under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginHost {
    origin: Origin,
    /// Empty, or `/partners`.
    path: String,
}

impl LoginHost {
    /// Reads what was typed. Only a site keeps its path: any other is a page of the
    /// browser's.
    ///
    /// # Errors
    /// When it is no address, or one a login must not go to.
    pub fn parse(typed: &str, kind: ConnectionKind) -> Result<Self, Failure> {
        let origin = Origin::parse_login(typed)?;
        let path = match kind {
            ConnectionKind::Site => path_of(typed),
            _ => String::new(),
        };
        Ok(Self { origin, path })
    }

    /// Reads an address written by [`fmt::Display`].
    ///
    /// # Errors
    /// As [`LoginHost::parse`].
    pub fn read(written: &str) -> Result<Self, Failure> {
        Self::parse(written, ConnectionKind::Site)
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Runs on this machine.
    pub fn is_loopback(&self) -> bool {
        self.origin.is_loopback()
    }

    /// Host without port.
    pub fn host(&self) -> &str {
        self.origin.host()
    }

    pub(super) fn page(&self, page: &str) -> Result<Url, Failure> {
        self.origin.resolve(&format!("{}{page}", self.path))
    }
}

/// The path of a typed address, without a slash at its end.
fn path_of(typed: &str) -> String {
    let typed = typed.trim();
    let rest = typed.split_once("://").map_or(typed, |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let path = rest.split_once('/').map(|(_, path)| path);
    match path.unwrap_or_default().trim_matches('/') {
        "" => String::new(),
        path => format!("/{path}"),
    }
}

impl From<Origin> for LoginHost {
    fn from(origin: Origin) -> Self {
        Self {
            origin,
            path: String::new(),
        }
    }
}

impl fmt::Display for LoginHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_keeps_its_path_and_nothing_else_does() {
        use ConnectionKind::{Custom, MyDomain, Production, Site};
        let cases = [
            (
                "login.salesforce.com",
                Production,
                "https://login.salesforce.com",
            ),
            (
                "https://acme.my.site.com/partners/",
                Site,
                "https://acme.my.site.com/partners",
            ),
            ("acme.my.site.com", Site, "https://acme.my.site.com"),
            (
                "partners.acme.example/x/y?z",
                Site,
                "https://partners.acme.example/x/y",
            ),
            (
                "acme.lightning.force.com/lightning/page/home",
                MyDomain,
                "https://acme.my.salesforce.com",
            ),
            ("http://127.0.0.1:8080/x", Custom, "http://127.0.0.1:8080"),
        ];
        for (typed, kind, wanted) in cases {
            let host = LoginHost::parse(typed, kind).unwrap();
            assert_eq!(host.to_string(), wanted, "{typed}");
            assert_eq!(LoginHost::read(&host.to_string()).unwrap(), host, "{typed}");
        }
        let page = LoginHost::parse("acme.my.site.com/p", Site).unwrap();
        let page = page.page("/services/oauth2/token").unwrap();
        assert_eq!(
            page.as_str(),
            "https://acme.my.site.com/p/services/oauth2/token"
        );
    }
}
