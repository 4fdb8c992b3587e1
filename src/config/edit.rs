//! Changes to the config file made by the program. What the user wrote stays as it is:
//! comments, order and blanks; a file that cannot be read is not written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, Item, Table, value};

use super::connection::SECTION;
use crate::domain::connection::{Connection, ConnectionKind, Flow, USUAL_SCOPES, name_problem};
use crate::domain::failure::Failure;

/// Every connection of the file; what is wrong in it was told when the program began.
pub fn read(file: &Path) -> Vec<Connection> {
    match fs::read_to_string(file) {
        Ok(text) => super::parse(&text, file).config.connections,
        Err(_) => Vec::new(),
    }
}

/// Writes a connection; one of that name is changed where it differs, and what stands
/// beside the keys is kept.
///
/// # Errors
/// When the file is no TOML, or cannot be written.
pub fn put(file: &Path, connection: &Connection) -> Result<(), Failure> {
    change(file, |document| {
        let table = table_of(document, &connection.name)?;
        fill(table, connection);
        Ok(())
    })
}

/// Removes a connection; says whether there was one.
///
/// # Errors
/// As [`put`].
pub fn remove(file: &Path, name: &str) -> Result<bool, Failure> {
    let mut found = false;
    change(file, |document| {
        if let Some(tables) = document.get_mut(SECTION).and_then(Item::as_table_like_mut) {
            found = tables.remove(name).is_some();
        }
        Ok(())
    })?;
    Ok(found)
}

/// Makes a connection the one to use where none is named.
///
/// # Errors
/// As [`put`].
pub fn choose(file: &Path, name: &str) -> Result<(), Failure> {
    change(file, |document| {
        if let Some(tables) = document.get_mut(SECTION).and_then(Item::as_table_like_mut) {
            for (_, item) in tables.iter_mut() {
                if let Some(table) = item.as_table_like_mut() {
                    table.remove("default");
                }
            }
        }
        table_of(document, name)?.insert("default", value(true));
        Ok(())
    })
}

fn table_of<'a>(document: &'a mut DocumentMut, name: &str) -> Result<&'a mut Table, Failure> {
    if let Some(problem) = name_problem(name) {
        return Err(Failure::input(problem));
    }
    let no_table = || Failure::input(super::connection::NO_TABLE);
    let section = document.entry(SECTION).or_insert_with(|| {
        let mut section = Table::new();
        section.set_implicit(true);
        Item::Table(section)
    });
    let section = section.as_table_mut().ok_or_else(no_table)?;
    let entry = section
        .entry(name)
        .or_insert_with(|| Item::Table(Table::new()));
    if let Item::Value(toml_edit::Value::InlineTable(inline)) = entry {
        *entry = Item::Table(std::mem::take(inline).into_table());
    }
    entry.as_table_mut().ok_or_else(no_table)
}

/// One key: what it shall say, or that it shall not stand there.
fn set(table: &mut Table, key: &str, wanted: Option<Item>) {
    let Some(mut wanted) = wanted else {
        table.remove(key);
        return;
    };
    if let (Some(old), Some(new)) = (
        table.get(key).and_then(Item::as_value),
        wanted.as_value_mut(),
    ) {
        // The comment behind it stays.
        *new.decor_mut() = old.decor().clone();
    }
    match table.get_mut(key) {
        Some(item) => *item = wanted,
        None => {
            table.insert(key, wanted);
        }
    }
}

fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Item {
    value(words.into_iter().collect::<Array>())
}

fn fill(table: &mut Table, connection: &Connection) {
    let text = |text: Option<&str>| text.map(value);
    let path = |path: Option<&PathBuf>| path.map(|path| value(path.to_string_lossy().as_ref()));
    let usual_kind = ConnectionKind::of_host(&connection.host) == connection.kind;
    let usual_scopes = connection.scopes == USUAL_SCOPES;
    let scopes = || words(connection.scopes.iter().map(String::as_str));
    let keys = [
        (
            "host",
            text(Some(connection.host.as_str()).filter(|host| !host.is_empty())),
        ),
        ("kind", (!usual_kind).then(|| value(connection.kind.word()))),
        ("client_id", text(connection.client_id.as_deref())),
        ("scopes", (!usual_scopes).then(scopes)),
        ("api_version", text(connection.api_version.as_deref())),
        (
            "flow",
            (connection.flow != Flow::Web).then(|| value(connection.flow.word())),
        ),
        ("user", text(connection.user.as_deref())),
        ("jwt_key", path(connection.jwt_key.as_ref())),
        ("proxy", text(connection.proxy.as_deref())),
        ("ca_file", path(connection.ca_file.as_ref())),
        ("mode", text(connection.mode.map(|mode| mode.word()))),
        (
            "allow",
            connection
                .allow
                .map(|grants| words(grants.iter().map(|grant| grant.word()))),
        ),
        ("color", text(connection.color.map(|hue| hue.word()))),
        ("default", connection.is_default.then(|| value(true))),
    ];
    for (key, wanted) in keys {
        set(table, key, wanted);
    }
}

fn change(
    file: &Path,
    edit: impl FnOnce(&mut DocumentMut) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let unusable =
        |error: io::Error| Failure::local(&format!("cannot change `{}`: {error}", file.display()));
    // A config file may be a link into somebody's collection of settings: what it leads
    // to is changed, not the link.
    let real = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let text = match fs::read_to_string(&real) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(unusable(error)),
    };
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        Failure::input(&format!(
            "`{}` is not changed, since it cannot be read: {}",
            file.display(),
            error.message()
        ))
    })?;
    let said_nothing = document.as_table().is_empty();
    edit(&mut document)?;
    let changed = match said_nothing && !text.is_empty() {
        // Nothing but comments: what is new goes below them.
        true => format!("{text}\n{}", only_new(document)),
        false => document.to_string(),
    };
    match changed == text {
        true => Ok(()),
        false => replace(&real, changed.as_bytes()).map_err(unusable),
    }
}

fn only_new(mut document: DocumentMut) -> String {
    document.set_trailing("");
    document.to_string()
}

/// Whole or not at all, with the old file's mode.
fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder)?;
    let mode = fs::metadata(file).map_or(0o600, |meta| meta.mode() & 0o777);
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let new = file.with_file_name(name);
    let written = (|| {
        let mut opened = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&new)?;
        opened.write_all(bytes)?;
        opened.set_permissions(fs::Permissions::from_mode(mode))?;
        opened.sync_all()?;
        fs::rename(&new, file)?;
        File::open(folder)?.sync_all()
    })();
    if written.is_err() {
        // It may not be there; the failure to tell is the other one.
        let _ = fs::remove_file(&new);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::connection::{Grant, Grants, Hue, Mode};

    const OWN: &str = "# My settings.\n\n[search] # where\nobjects = [\"Account\"]\n\n# The big one.\n[connections.acme]\nhost = \"acme.my.salesforce.com\" # since 2019\nmode = \"normal\"   # careful!\n\n[network]\ntimeout = 30\n";

    fn place(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sub/config.toml");
        if !text.is_empty() {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, text).unwrap();
        }
        (folder, file)
    }

    #[test]
    fn what_is_written_is_read_back_and_comments_stay() {
        let (_folder, file) = place(OWN);
        let mut acme = read(&file).remove(0);
        acme.mode = Some(Mode::ReadOnly);
        acme.allow = Some(Grants::of(&[Grant::Edit]));
        acme.color = Some(Hue::Red);
        put(&file, &acme).unwrap();
        let uat = Connection::new("uat", "acme--uat.sandbox.my.salesforce.com");
        put(&file, &uat).unwrap();
        choose(&file, "uat").unwrap();
        let text = fs::read_to_string(&file).unwrap();
        for kept in [
            "# My settings.",
            "[search] # where",
            "# The big one.",
            "# since 2019",
            "\"read-only\"   # careful!",
            "timeout = 30",
        ] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
        let loaded = super::super::parse(&fs::read_to_string(&file).unwrap(), &file);
        let (config, warnings) = (loaded.config, loaded.warnings);
        assert_eq!(warnings, []);
        let uat = Connection {
            is_default: true,
            ..uat
        };
        assert_eq!(config.connections, [acme, uat]);
        assert!(remove(&file, "acme").unwrap() && !remove(&file, "acme").unwrap());
        let text = fs::read_to_string(&file).unwrap();
        assert!(
            !text.contains("acme.my") && text.contains("[connections.uat]"),
            "{text}"
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_made_and_a_broken_one_is_left() {
        let (_folder, file) = place("");
        put(&file, &Connection::new("a", "test.salesforce.com")).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        assert_eq!(
            fs::read_to_string(&file).unwrap(),
            "[connections.a]\nhost = \"test.salesforce.com\"\n"
        );
        let (_folder, file) = place("[search\n");
        assert!(put(&file, &Connection::new("a", "b.c")).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "[search\n");
    }

    #[test]
    fn a_link_stays_a_link_and_the_mode_stays() {
        let (folder, file) = place("# mine\n");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let link = folder.path().join("link.toml");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        put(&link, &Connection::new("a", "b.c")).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::read_to_string(&file).unwrap().starts_with("# mine\n"));
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o640);
    }

    #[test]
    fn inline_tables_are_understood() {
        let (_folder, file) = place("[connections]\na = { host = \"b.c\" }\n");
        choose(&file, "a").unwrap();
        let loaded = super::super::parse(&fs::read_to_string(&file).unwrap(), &file);
        let (config, warnings) = (loaded.config, loaded.warnings);
        assert_eq!(warnings, []);
        assert!(config.connections[0].is_default && config.connections[0].host == "b.c");
    }
}
