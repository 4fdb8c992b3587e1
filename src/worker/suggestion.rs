//! Orgs that the Salesforce CLI knows on this machine: host and user, to start a
//! connection from. Its tokens are never read: with rotation, two holders of one would
//! end each other's logins.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::domain::connection::Connection;
use crate::domain::text;
use crate::job::login::Suggestion;
use crate::sf::origin::Origin;

/// Most files looked at, and the most bytes of one: it is another program's folder.
const MOST_FILES: usize = 100;
const MOST_BYTES: u64 = 64 << 10;

/// What is read of an org's file.
#[derive(Deserialize)]
struct Org {
    username: String,
    #[serde(rename = "instanceUrl")]
    instance_url: String,
}

#[derive(Deserialize)]
struct Aliases {
    orgs: BTreeMap<String, String>,
}

/// Orgs below the home that none of the connections is for, by name.
pub(super) fn found(home: &Path, known: &[&Connection]) -> Vec<Suggestion> {
    let aliases = aliases(home);
    let mut found: Vec<Suggestion> = orgs(&home.join(".sfdx"))
        .into_iter()
        .filter_map(|org| {
            let host = Origin::parse(&org.instance_url).ok()?;
            let user = text::line(&org.username).into_owned();
            let alias = aliases.iter().find(|(_, of)| **of == org.username);
            Some(Suggestion {
                name: alias
                    .map_or_else(|| user.clone(), |(alias, _)| text::line(alias).into_owned()),
                host: host.host().to_owned(),
                user,
            })
        })
        .filter(|it| !known.iter().any(|connection| is_for(connection, it)))
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

fn is_for(connection: &Connection, suggestion: &Suggestion) -> bool {
    let same_host =
        Origin::parse(&connection.host).is_ok_and(|host| host.host() == suggestion.host);
    let user = connection.user.as_ref();
    same_host && user.is_none_or(|user| *user == suggestion.user)
}

fn orgs(folder: &Path) -> Vec<Org> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .take(MOST_FILES)
        .filter_map(|path| serde_json::from_slice(&bytes(&path)?).ok())
        .collect()
}

fn aliases(home: &Path) -> BTreeMap<String, String> {
    let read =
        |path: &str| -> Option<Aliases> { serde_json::from_slice(&bytes(&home.join(path))?).ok() };
    read(".sf/alias.json")
        .or_else(|| read(".sfdx/alias.json"))
        .map(|aliases| aliases.orgs)
        .unwrap_or_default()
}

fn bytes(path: &Path) -> Option<Vec<u8>> {
    let meta = fs::metadata(path).ok()?;
    (meta.is_file() && meta.len() <= MOST_BYTES).then(|| fs::read(path).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orgs_of_the_other_program_are_named_without_a_word_of_their_tokens() {
        let home = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = home.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let org = |user: &str, host: &str| {
            format!(
                r#"{{"accessToken":"canary","refreshToken":"canary","instanceUrl":"https://{host}","username":"{user}","orgId":"00D"}}"#
            )
        };
        put(
            ".sfdx/kim@acme.example.json",
            &org("kim@acme.example", "acme.my.salesforce.com"),
        );
        put(
            ".sfdx/lee@uat.example.json",
            &org("lee@uat.example", "uat.sandbox.my.salesforce.com"),
        );
        put(".sfdx/alias.json", r#"{"orgs":{"uat":"lee@uat.example"}}"#);
        put(".sfdx/broken.json", "{");
        let all = found(home.path(), &[]);
        let names: Vec<&str> = all.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["kim@acme.example", "uat"]);
        assert!(!format!("{all:?}").contains("canary"));
        let acme = Connection::new("a", "acme.lightning.force.com");
        assert_eq!(found(home.path(), &[&acme]).len(), 1);
        assert!(found(&home.path().join("nowhere"), &[]).is_empty());
    }
}
