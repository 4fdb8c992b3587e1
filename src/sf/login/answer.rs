//! What comes back to a login, by listener or by hand.

use reqwest::Url;
use secrecy::SecretString;

use super::super::error;
use super::Attempt;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::login::Secret;

fn wrong(what: &str) -> Failure {
    Failure::new(FailureKind::Login, "REDIRECT", what)
}

impl Attempt {
    /// The code in what somebody copied: the whole address the browser was sent to, its
    /// query, or the bare code. An address is checked like one that came by itself.
    ///
    /// # Errors
    /// What is wrong with it, or why the org said no.
    pub fn check_typed(&self, typed: &Secret) -> Result<SecretString, Failure> {
        // A terminal breaks long lines, and people copy quotes along.
        let text: String = typed
            .expose()
            .chars()
            .filter(|c| {
                !c.is_whitespace() && !c.is_control() && !matches!(c, '"' | '\'' | '<' | '>')
            })
            .collect();
        if text.is_empty() {
            return Err(wrong("nothing was given"));
        }
        if text.contains("/services/oauth2/authorize") {
            return Err(wrong(
                "that is the login page's address; the one wanted is where the browser went afterwards",
            ));
        }
        // Errors that the org shows in the browser and never sends back.
        let shown = [
            "redirect_uri_mismatch",
            "OAUTH_APPROVAL_ERROR_GENERIC",
            "invalid_client_id",
        ];
        if let Some(code) = shown
            .iter()
            .find(|code| text.contains(**code) && !text.contains("://"))
        {
            return Err(error::named(
                code,
                "as the browser shows it",
                Vec::new(),
                None,
            ));
        }
        if text.contains("://") {
            return self.check_redirect(&text);
        }
        if let Some((_, query)) = text.split_once('?') {
            return self.check_redirect(&format!("{}?{query}", self.redirect_uri()));
        }
        if text.starts_with("code=") || text.contains("&code=") {
            return self.check_redirect(&format!("{}?{text}", self.redirect_uri()));
        }
        // Only the holder of this login's verifier can use a code, so a foreign one does
        // no harm.
        let code = percent_encoding::percent_decode_str(&text).decode_utf8_lossy();
        match code.chars().all(|c| c.is_ascii_graphic()) && code.len() >= 8 {
            true => Ok(SecretString::from(code.into_owned())),
            false => Err(wrong("that is neither an address nor a code")),
        }
    }

    /// The path and query of a request to the listener, checked as an address.
    ///
    /// # Errors
    /// As [`Attempt::check_redirect`].
    pub fn check_request(&self, target: &str) -> Result<SecretString, Failure> {
        let address = Url::parse(self.redirect_uri())
            .and_then(|ours| ours.join("/"))
            .map_err(|_| wrong("the app's redirect address is none"))?;
        let root = address.as_str().trim_end_matches('/');
        match target.starts_with('/') {
            true => self.check_redirect(&format!("{root}{target}")),
            false => Err(wrong("that is no answer to a login")),
        }
    }
}
