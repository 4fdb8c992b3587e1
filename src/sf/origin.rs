//! The one address a token may be sent to. Reads what a user typed or a token reply
//! named, and judges every address the org hands out later.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

use crate::domain::failure::Failure;

/// Scheme, host and port of an org: `https`, or plain `http` on this machine only.
#[derive(Clone, PartialEq, Eq)]
pub struct Origin(Url);

/// Hosts of the browser's pages and the API host that belongs to them.
const PAGE_HOSTS: [(&str, &str); 2] = [
    (".lightning.force.com", ".my.salesforce.com"),
    (".my.salesforce-setup.com", ".my.salesforce.com"),
];

/// Hosts where people log in and no org lives.
const LOGIN_HOSTS: [&str; 3] = [
    "login.salesforce.com",
    "test.salesforce.com",
    "welcome.salesforce.com",
];

impl Origin {
    /// Reads an address as typed: a bare host or a whole URL, whose path is dropped.
    /// Plain http becomes https except on this machine; `X.lightning.force.com` becomes
    /// `X.my.salesforce.com`.
    pub fn parse(typed: &str) -> Result<Self, Failure> {
        let origin = Self::parse_login(typed)?;
        match LOGIN_HOSTS.contains(&origin.host()) {
            true => Err(refuse(&format!(
                "`{}` is the login page of all orgs; give the org's own address, \
                 such as `https://acme.my.salesforce.com`",
                origin.host()
            ))),
            false => Ok(origin),
        }
    }

    /// The same for an address where one logs in, which no org need live at.
    pub(super) fn parse_login(typed: &str) -> Result<Self, Failure> {
        let typed = typed.trim();
        let mut url = read(typed)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("an org's address holds no user name or password"));
        }
        let host = api_host(&url).ok_or_else(|| no_address(typed))?;
        check_host(&host)?;
        url.set_host(Some(&host)).map_err(|_| no_address(typed))?;
        if url.scheme() == "http" && !is_loopback(&host) {
            url.set_scheme("https").map_err(|()| no_address(typed))?;
        }
        url.set_path("/");
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self(url))
    }

    /// Runs on this machine: the demo org, a test.
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.host())
    }

    /// A sandbox or scratch org, told by its host (My Domain URL Formats).
    pub fn is_sandbox(&self) -> bool {
        let host = self.host();
        host.contains(".sandbox.") || host.contains(".scratch.")
    }

    /// Not encrypted; only so on this machine.
    pub(super) fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// Host without port.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The whole address of a path, or of an absolute URL on this very origin; any other
    /// address is refused, so that no token leaves for another host.
    pub fn resolve(&self, address: &str) -> Result<Url, Failure> {
        let url = self
            .0
            .join(address)
            .map_err(|_| Failure::bad_reply(None, "the org gave an address that is none"))?;
        let foreign = url.origin() != self.0.origin();
        if foreign || !url.username().is_empty() || url.password().is_some() {
            return Err(Failure::bad_reply(
                None,
                &format!(
                    "the org pointed to another address, `{}`; nothing was sent there",
                    url.host_str().unwrap_or_default()
                ),
            ));
        }
        Ok(url)
    }
}

/// The text as a URL; a text without scheme gets one.
fn read(typed: &str) -> Result<Url, Failure> {
    let given = match typed.contains("://") {
        true => Url::parse(typed),
        false => Url::parse(&format!("http://{typed}")),
    };
    let url = given.map_err(|_| no_address(typed))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(no_address(typed)),
    }
}

/// The host of the API that belongs to the URL's host.
fn api_host(url: &Url) -> Option<String> {
    let host = url.host_str()?.trim_end_matches('.').to_ascii_lowercase();
    for (page, api) in PAGE_HOSTS {
        if let Some(org) = host.strip_suffix(page) {
            return Some(format!("{org}{api}"));
        }
    }
    Some(host)
}

fn check_host(host: &str) -> Result<(), Failure> {
    let literal = host.starts_with('[') || host.parse::<IpAddr>().is_ok();
    let named = host.contains('.') && !literal;
    match named || is_loopback(host) {
        true => Ok(()),
        false => Err(no_address(host)),
    }
}

/// `host` as the `url` crate writes it: IPv6 in brackets.
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn no_address(typed: &str) -> Failure {
    refuse(&format!(
        "`{typed}` is not an org's address, such as `https://acme.my.salesforce.com`"
    ))
}

fn refuse(message: &str) -> Failure {
    Failure::input(message)
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_paste_becomes_the_api_address() {
        let cases = [
            ("acme.my.salesforce.com", "https://acme.my.salesforce.com"),
            (
                " https://Acme.My.Salesforce.com/ ",
                "https://acme.my.salesforce.com",
            ),
            (
                "http://acme.my.salesforce.com",
                "https://acme.my.salesforce.com",
            ),
            (
                "https://acme.my.salesforce.com./x?y#z",
                "https://acme.my.salesforce.com",
            ),
            (
                "https://acme.lightning.force.com/lightning/page/home",
                "https://acme.my.salesforce.com",
            ),
            (
                "acme--uat.sandbox.lightning.force.com",
                "https://acme--uat.sandbox.my.salesforce.com",
            ),
            (
                "acme.my.salesforce-setup.com/lightning/setup",
                "https://acme.my.salesforce.com",
            ),
            (
                "https://acme.my.site.com/partners",
                "https://acme.my.site.com",
            ),
            ("https://sf.example.org:8443", "https://sf.example.org:8443"),
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost:9/x", "http://localhost:9"),
            ("http://[::1]:7", "http://[::1]:7"),
            ("https://127.0.0.1:1", "https://127.0.0.1:1"),
        ];
        for (typed, address) in cases {
            assert_eq!(
                Origin::parse(typed).unwrap().to_string(),
                address,
                "{typed}"
            );
        }
    }

    #[test]
    fn what_is_no_org_is_refused_before_anything_is_sent() {
        let cases = [
            "",
            "acme",
            "ftp://acme.my.salesforce.com",
            "javascript://acme.my.salesforce.com/%0aalert(1)",
            "https://user:secret@acme.my.salesforce.com",
            "https://login.salesforce.com",
            "test.salesforce.com",
            "http://169.254.169.254/latest",
            "10.0.0.1",
            "https://[fe80::1]",
            "https://",
            "a b.com",
        ];
        for typed in cases {
            let failure = Origin::parse(typed).unwrap_err();
            assert!(
                !failure.message.contains("secret"),
                "{typed}: {}",
                failure.message
            );
        }
    }

    #[test]
    fn a_token_never_leaves_for_another_origin() {
        let origin = Origin::parse("https://acme.my.salesforce.com").unwrap();
        let same = [
            "/services/data/v66.0/query/01g-2000",
            "https://acme.my.salesforce.com/services/data",
            "https://acme.my.salesforce.com:443/x",
        ];
        for address in same {
            assert!(origin.resolve(address).is_ok(), "{address}");
        }
        let foreign = [
            "http://acme.my.salesforce.com/x",
            "https://acme.my.salesforce.com.evil.test/x",
            "https://evil.test/acme.my.salesforce.com",
            "https://acme.my.salesforce.com:8443/x",
            "//evil.test/x",
            "\\\\evil.test/x",
            "https://acme.my.salesforce.com@evil.test/",
            "https://me:pw@acme.my.salesforce.com/",
            "http://169.254.169.254/latest",
            "file:///etc/passwd",
        ];
        for address in foreign {
            assert!(origin.resolve(address).is_err(), "{address}");
        }
    }

    #[test]
    fn sandboxes_and_this_machine_are_told_apart() {
        let cases = [
            ("acme--uat.sandbox.my.salesforce.com", true, false),
            ("dream.scratch.my.salesforce.com", true, false),
            ("acme.my.salesforce.com", false, false),
            ("127.0.0.1:80", false, true),
        ];
        for (typed, sandbox, local) in cases {
            let origin = Origin::parse(typed).unwrap();
            assert_eq!(
                (origin.is_sandbox(), origin.is_loopback()),
                (sandbox, local),
                "{typed}"
            );
        }
    }
}
