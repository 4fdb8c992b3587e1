//! `[connections.NAME]`: from the config file to [`Connection`] values.

use std::path::PathBuf;

use serde_json::{Value as Json, json};
use toml::de::{DeTable, DeValue};

use super::file::unknown;
use super::schema::closed;
use super::setting::version;
use super::value::word;
use crate::domain::connection::{
    Connection, ConnectionKind, Flow, Grant, Grants, Hue, Mode, name_problem,
};
use crate::domain::suggest::did_you_mean;

/// The section's name.
pub(super) const SECTION: &str = "connections";

/// What is said where the section is something else.
pub(super) const NO_TABLE: &str =
    "`connections` holds one table for each connection, such as `[connections.acme]`";

type Read = fn(&mut Connection, &DeValue<'_>) -> Result<(), String>;

/// Every key of a connection.
pub(super) const KEYS: &[(&str, Read)] = &[
    ("host", |connection, value| {
        connection.host = word(value)?.trim().to_owned();
        Ok(())
    }),
    ("kind", |connection, value| {
        connection.kind = one_of(value, &ConnectionKind::ALL, ConnectionKind::word)?;
        Ok(())
    }),
    ("client_id", |connection, value| {
        connection.client_id = Some(some_word(value)?);
        Ok(())
    }),
    ("scopes", |connection, value| {
        connection.scopes = words(value, "[\"api\", \"refresh_token\", \"id\"]")?
            .into_iter()
            .map(str::to_owned)
            .collect();
        Ok(())
    }),
    ("api_version", |connection, value| {
        connection.api_version = Some(version(word(value)?)?);
        Ok(())
    }),
    ("flow", |connection, value| {
        connection.flow = one_of(value, &Flow::ALL, Flow::word)?;
        Ok(())
    }),
    ("user", |connection, value| {
        connection.user = Some(some_word(value)?);
        Ok(())
    }),
    ("jwt_key", |connection, value| {
        connection.jwt_key = Some(file(value)?);
        Ok(())
    }),
    ("proxy", |connection, value| {
        connection.proxy = Some(proxy(word(value)?)?);
        Ok(())
    }),
    ("ca_file", |connection, value| {
        connection.ca_file = Some(file(value)?);
        Ok(())
    }),
    ("mode", |connection, value| {
        connection.mode = Some(one_of(value, &Mode::ALL, Mode::word)?);
        Ok(())
    }),
    ("allow", |connection, value| {
        connection.allow = Some(grants(value)?);
        Ok(())
    }),
    ("color", |connection, value| {
        connection.color = Some(one_of(value, &Hue::ALL, Hue::word)?);
        Ok(())
    }),
    ("default", |connection, value| {
        connection.is_default = value.as_bool().ok_or("write true or false")?;
        Ok(())
    }),
];

/// Reads the tables under `[connections]`, in the order of the file.
pub(super) fn read(section: &DeTable<'_>, warn: &mut impl FnMut(usize, String)) -> Vec<Connection> {
    let mut found: Vec<(usize, Connection)> = Vec::new();
    for (name, value) in section {
        let at = name.span().start;
        let name = name.get_ref().as_ref();
        match (name_problem(name), value.get_ref().as_table()) {
            (Some(problem), _) => warn(at, problem.to_owned()),
            (None, Some(table)) => found.push((at, read_one(name, table, warn))),
            (None, None) => warn(
                at,
                format!("`{name}` belongs under a connection, such as `[{SECTION}.acme]`"),
            ),
        }
    }
    found.sort_by_key(|(at, _)| *at);
    found
        .into_iter()
        .map(|(_, connection)| connection)
        .collect()
}

fn read_one(name: &str, table: &DeTable<'_>, warn: &mut impl FnMut(usize, String)) -> Connection {
    let mut connection = Connection::new(name, "");
    let mut kind_is_said = false;
    for (key, value) in table {
        let word = key.get_ref().as_ref();
        let Some((_, read)) = KEYS.iter().find(|(known, _)| *known == word) else {
            let keys = KEYS.iter().map(|(known, _)| *known);
            warn(key.span().start, unknown("key", word, keys));
            continue;
        };
        match read(&mut connection, value.get_ref()) {
            Ok(()) => kind_is_said |= word == "kind",
            Err(message) => warn(
                value.span().start,
                format!("`{SECTION}.{name}.{word}`: {message}"),
            ),
        }
    }
    if !kind_is_said {
        connection.kind = ConnectionKind::of_host(&connection.host);
    }
    connection
}

/// Its JSON Schema.
pub(super) fn schema() -> Json {
    let words = |key: &str| -> Option<Vec<&'static str>> {
        Some(match key {
            "kind" => ConnectionKind::ALL.map(ConnectionKind::word).into(),
            "flow" => Flow::ALL.map(Flow::word).into(),
            "mode" => Mode::ALL.map(Mode::word).into(),
            "color" => Hue::ALL.map(Hue::word).into(),
            _ => return None,
        })
    };
    let entry = |key: &str| match (key, words(key)) {
        (_, Some(words)) => json!({"enum": words}),
        ("default", _) => json!({"type": "boolean"}),
        ("allow", _) => json!({"type": "array", "items": {"enum": Grant::ALL.map(Grant::word)}}),
        ("scopes", _) => json!({"type": "array", "items": {"type": "string"}}),
        _ => json!({"type": "string"}),
    };
    let keys = KEYS.iter().map(|(key, _)| ((*key).to_owned(), entry(key)));
    json!({"type": "object", "additionalProperties": closed(keys.collect())})
}

/// One of the words a setting takes.
fn one_of<T: Copy>(
    value: &DeValue<'_>,
    all: &[T],
    spelled: fn(T) -> &'static str,
) -> Result<T, String> {
    let typed = word(value)?;
    all.iter()
        .copied()
        .find(|one| spelled(*one) == typed)
        .ok_or_else(|| wrong_word(typed, all, spelled))
}

fn wrong_word<T: Copy>(typed: &str, all: &[T], spelled: fn(T) -> &'static str) -> String {
    let quoted: Vec<String> = all
        .iter()
        .map(|one| format!("\"{}\"", spelled(*one)))
        .collect();
    let known = match quoted.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => quoted.join(""),
    };
    let near = did_you_mean(typed, all.iter().map(|one| spelled(*one)));
    format!("write {known}{near}")
}

fn some_word(value: &DeValue<'_>) -> Result<String, String> {
    match word(value)?.trim() {
        "" => Err("write it, or leave the key out".to_owned()),
        text => Ok(text.to_owned()),
    }
}

/// A path; `~/` is the user's home.
fn file(value: &DeValue<'_>) -> Result<PathBuf, String> {
    let path = some_word(value)?;
    match path.strip_prefix("~/") {
        None => Ok(path.into()),
        Some(rest) => directories::BaseDirs::new()
            .map(|found| found.home_dir().join(rest))
            .ok_or_else(|| "there is no home folder; write the whole path".to_owned()),
    }
}

fn proxy(text: &str) -> Result<String, String> {
    let schemes = ["http://", "https://", "socks5://", "socks5h://"];
    let has_host = |scheme: &&str| {
        let rest = text.strip_prefix(*scheme);
        rest.is_some_and(|rest| !rest.trim_matches('/').is_empty())
    };
    if text == "none" || schemes.iter().any(has_host) {
        return Ok(text.to_owned());
    }
    let wanted = "write an address such as \"http://proxy.example.com:3128\" or \
                  \"socks5h://127.0.0.1:1080\", or \"none\"";
    Err(wanted.to_owned())
}

fn words<'a>(value: &'a DeValue<'_>, example: &str) -> Result<Vec<&'a str>, String> {
    let wanted = || format!("write a list of words, such as {example}");
    let list = value.as_array().ok_or_else(wanted)?;
    let words: Option<Vec<&str>> = list.iter().map(|item| item.get_ref().as_str()).collect();
    words.ok_or_else(wanted)
}

fn grants(value: &DeValue<'_>) -> Result<Grants, String> {
    let mut found = Vec::new();
    for typed in words(value, "[\"create\", \"edit\"]")? {
        let grant = Grant::ALL.into_iter().find(|grant| grant.word() == typed);
        found.push(grant.ok_or_else(|| {
            let known = wrong_word(typed, &Grant::ALL, Grant::word);
            format!("no grant is named `{typed}`: {known}")
        })?);
    }
    Ok(Grants::of(&found))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::parse;
    use super::*;

    fn parsed(text: &str) -> (Vec<Connection>, Vec<String>) {
        let loaded = parse(text, Path::new("c.toml"));
        let warnings = loaded.warnings.iter().map(ToString::to_string).collect();
        (loaded.config.connections, warnings)
    }

    #[test]
    fn every_key_of_a_connection_is_read() {
        let (connections, warnings) = parsed(
            r#"
[connections.zeta]
host = "acme.my.salesforce.com"
kind = "custom"
client_id = "3MVG9"
scopes = ["api"]
api_version = "60"
flow = "jwt"
user = "kim@acme.example"
jwt_key = "/keys/acme.pem"
proxy = "socks5h://127.0.0.1:1080"
ca_file = "/etc/acme.pem"
mode = "read-only"
allow = ["create", "bulk"]
color = "magenta"
default = true
[connections.alpha]
host = "test.salesforce.com"
"#,
        );
        assert_eq!(warnings, [""; 0]);
        let wanted = Connection {
            kind: ConnectionKind::Custom,
            client_id: Some("3MVG9".into()),
            scopes: vec!["api".into()],
            api_version: Some("60.0".into()),
            flow: Flow::Jwt,
            user: Some("kim@acme.example".into()),
            jwt_key: Some("/keys/acme.pem".into()),
            proxy: Some("socks5h://127.0.0.1:1080".into()),
            ca_file: Some("/etc/acme.pem".into()),
            mode: Some(Mode::ReadOnly),
            allow: Some(Grants::of(&[Grant::Create, Grant::Bulk])),
            color: Some(Hue::Magenta),
            is_default: true,
            ..Connection::new("zeta", "acme.my.salesforce.com")
        };
        let sandbox = Connection::new("alpha", "test.salesforce.com");
        assert_eq!(connections, [wanted, sandbox], "in the order of the file");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_the_rest_is_read() {
        let cases = [
            (
                "[connections.a]\nhots = \"x\"\nmode = \"confirm\"\n",
                "c.toml:2:1: unknown key `hots`; did you mean `host`?",
            ),
            (
                "[connections.a]\nmode = \"readonly\"\n",
                "c.toml:2:8: `connections.a.mode`: write \"normal\", \"confirm\" or \"read-only\"; did you mean `read-only`?",
            ),
            (
                "[connections.a]\nallow = [\"edit\", \"delte\"]\n",
                "c.toml:2:9: `connections.a.allow`: no grant is named `delte`: write \"create\", \"edit\", \"delete\", \"bulk\" or \"admin\"; did you mean `delete`?",
            ),
            (
                "[connections.a]\nproxy = \"proxy:3128\"\n",
                "c.toml:2:9: `connections.a.proxy`: write an address such as \"http://proxy.example.com:3128\" or \"socks5h://127.0.0.1:1080\", or \"none\"",
            ),
            (
                "[connections.\"a/b\"]\n",
                "c.toml:1:14: a connection's name has letters, digits, `-`, `_` and `.` only",
            ),
            (
                "[connections]\nhost = \"x\"\n",
                "c.toml:2:1: `host` belongs under a connection, such as `[connections.acme]`",
            ),
            (
                "[conections.a]\n",
                "c.toml:1:2: unknown section `conections`; did you mean `connections`?",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(parsed(text).1, [message], "{text}");
        }
        let (connections, _) = parsed(cases[0].0);
        assert_eq!(connections[0].mode, Some(Mode::Confirm));
    }

    #[test]
    fn the_example_shows_every_key() {
        let example = include_str!("../../config.example.toml");
        let (_, block) = example.split_once("# [connections.acme]").unwrap();
        let lines: Vec<&str> = block
            .lines()
            .map(|line| line.strip_prefix("# ").unwrap_or(line))
            .collect();
        let text = format!("[connections.acme]{}", lines.join("\n"));
        let (connections, warnings) = parsed(&text);
        assert_eq!(warnings, [""; 0]);
        assert_eq!(connections.len(), 1);
        for (key, _) in KEYS {
            assert!(text.contains(&format!("\n{key} = ")), "{key}");
        }
    }

    #[test]
    fn nothing_allowed_is_not_nothing_said() {
        let (connections, warnings) = parsed("[connections.a]\nallow = []\n");
        assert_eq!(warnings, [""; 0]);
        assert_eq!(connections[0].allow, Some(Grants::NONE));
    }
}
