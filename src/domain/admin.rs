//! Texts for the org's administrator: what to change in Setup so that a login works.
//! Pure; the user copies them into a message.

use super::connection::Connection;
use super::failure::Failure;

/// The addresses an app must have registered for this program.
pub const CALLBACKS: [&str; 3] = [
    "http://localhost:17171/callback",
    "http://localhost:17172/callback",
    "http://localhost:17173/callback",
];

/// What an administrator can do about a failed login; `None` where it is not theirs.
pub fn request(failure: &Failure, connection: &Connection) -> Option<String> {
    let said = failure.message.to_lowercase();
    let has = |part: &str| said.contains(part);
    let app = match &connection.client_id {
        Some(key) => format!("the app with the consumer key {key}"),
        None => "the app `sfw-tui`".to_owned(),
    };
    let task = match failure.code.as_str() {
        "app_not_found" | "OAUTH_APPROVAL_ERROR_GENERIC" | "OAUTH_APP_BLOCKED" => install(&app),
        "invalid_client" if has("installed") => install(&app),
        "invalid_grant" if has("approved") => format!(
            "please pre-authorize me for {app}: Setup > External Client App Manager > the app > \
             Policies > App Authorization: admin approved users, and add my profile or a permission \
             set of mine."
        ),
        "CLIENT_NOT_ACCESSIBLE_FOR_USER" => format!(
            "API Access Control is on and does not list {app} for me: Setup > API Access Control, or \
             the app's policies, and add my profile or a permission set of mine."
        ),
        "redirect_uri_mismatch" => format!(
            "please register these callback addresses with {app}, exactly so: Setup > External Client \
             App Manager > the app > Settings > OAuth Settings > Callback URL:\n{}",
            CALLBACKS.join("\n")
        ),
        "invalid_scope" | "INVALID_SCOPES" => format!(
            "please let {app} ask for the scopes {}: Setup > External Client App Manager > the app > \
             Settings > OAuth Settings > Selected OAuth Scopes.",
            connection.scopes.join(", ")
        ),
        "invalid_grant" if has("ip restricted") || has("authentication failure") => {
            "my login was refused because of the network address or the hour: please see Setup > Users > \
             Login History for the reason, and allow my address in my profile's Login IP Ranges."
                .to_owned()
        }
        "LOGIN_DURING_RESTRICTED_DOMAIN" => {
            "please allow my network address: Setup > Profiles > my profile > Login IP Ranges.".to_owned()
        }
        "API_DISABLED_FOR_ORG" | "API_CURRENTLY_DISABLED" => {
            "my user may not use the API: please give me a permission set with `API Enabled` (System \
             Permissions); if I have it, the org's edition has no API."
                .to_owned()
        }
        "unsupported_grant_type" | "invalid_request" if has("flow") || has("grant") => format!(
            "please turn on the login flow `{}` for {app}: Setup > External Client App Manager > the \
             app > Settings > OAuth Settings > Flow Enablement.",
            connection.flow.word()
        ),
        _ => return None,
    };
    let host = connection.login_host();
    let user = connection
        .user
        .as_deref()
        .map(|user| format!(" as {user}"))
        .unwrap_or_default();
    Some(format!(
        "Hello, I cannot log in to {host}{user} with sfw-tui, a terminal client for Salesforce.\n\
         Salesforce says: {} ({}).\nSo {task}",
        failure.message, failure.code
    ))
}

fn install(app: &str) -> String {
    format!(
        "please install {app} in the org: Setup > Connected Apps OAuth Usage > the app > Install (or \
         create it: Setup > External Client App Manager > New), then allow my profile or a permission \
         set of mine in its policies."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_administrator_is_told_where_to_go() {
        let mut connection = Connection::new("acme", "acme.my.salesforce.com");
        connection.client_id = Some("3MVG9acme".into());
        let cases = [
            (
                "invalid_client",
                "app must be installed into org",
                "Install",
            ),
            (
                "app_not_found",
                "External client app is not installed in this org",
                "3MVG9acme",
            ),
            (
                "redirect_uri_mismatch",
                "redirect_uri must match configuration",
                "17173/callback",
            ),
            ("invalid_grant", "ip restricted", "Login IP Ranges"),
            (
                "invalid_grant",
                "user hasn't approved this consumer",
                "pre-authorize",
            ),
            (
                "API_DISABLED_FOR_ORG",
                "The REST API is not enabled for this Organization.",
                "API Enabled",
            ),
        ];
        for (code, message, wanted) in cases {
            let text = request(&Failure::from_org(code, Some(400), message), &connection).unwrap();
            assert!(text.contains(wanted) && text.contains("acme.my"), "{text}");
        }
        let denied = Failure::from_org("access_denied", None, "end-user denied authorization");
        assert_eq!(request(&denied, &connection), None);
    }
}
