//! What to do about failures of this program's own making. Data only.

/// Code, title, hint.
pub(super) const OWN: &[(&str, &str, &str)] = &[
    (
        "NOT_LOGGED_IN",
        "not logged in",
        "Log in with `sfw-tui login` (l in Connections); what you write waits in the outbox.",
    ),
    (
        "LOGIN_OVER",
        "login over",
        "Log in again with `sfw-tui login` (l in Connections); nothing typed is lost.",
    ),
    (
        "LOGINS_LOCKED",
        "logins locked",
        "Give the passphrase with `sfw-tui unlock` (u in Connections); nothing typed is lost.",
    ),
    (
        "LOGIN_DAMAGED",
        "login unusable",
        "Log in again with `sfw-tui login` (l in Connections); nothing typed is lost.",
    ),
    (
        "OTHER_IDENTITY",
        "another user or org",
        "Log in again as the user the connection is bound to, or make a connection of another name.",
    ),
    (
        "LOGIN_TIMEOUT",
        "login not finished",
        "Start the login again when you are ready; nothing was changed.",
    ),
    (
        "LOGIN_CANCELLED",
        "login not finished",
        "Start the login again when you are ready; nothing was changed.",
    ),
    (
        "NO_LOGIN",
        "no login under way",
        "Start the login again; nothing was changed.",
    ),
    (
        "NOT_CHOSEN",
        "no connection",
        "Choose one with -c NAME (Enter in Connections), then try again.",
    ),
    (
        "FILE_UNSAFE",
        "file not private",
        "Do what is named there, then try again; the file was not changed.",
    ),
];

/// Title and hint of a code of ours.
pub(super) fn own(code: &str) -> Option<(&'static str, &'static str)> {
    OWN.iter()
        .find(|(known, ..)| *known == code)
        .map(|(_, title, hint)| (*title, *hint))
}
