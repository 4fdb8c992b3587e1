//! Who may log in: users by name, and what keeps one of them out. Knows no apps.

use rusqlite::{Connection, OptionalExtension};

use super::{Denial, Door};

/// One user, as far as logging in goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: String,
    pub username: String,
    pub name: String,
    pub active: bool,
    /// The profile that needs no consent for an app an administrator trusts.
    pub administrator: bool,
}

const COLUMNS: &str = "SELECT u.Id, u.Username, u.Name, u.IsActive, p.Name = 'System Administrator'
     FROM User u LEFT JOIN Profile p ON p.Id = u.ProfileId";

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(0)?,
        username: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
        name: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
        active: row.get::<_, Option<bool>>(3)?.unwrap_or_default(),
        administrator: row.get::<_, Option<bool>>(4)?.unwrap_or_default(),
    })
}

/// The user of that name, whatever its case.
///
/// # Errors
/// SQLite's.
pub fn named(db: &Connection, username: &str) -> rusqlite::Result<Option<User>> {
    let sql = format!("{COLUMNS} WHERE u.Username = ?1 COLLATE NOCASE");
    db.prepare_cached(&sql)?
        .query_row([username], read)
        .optional()
}

/// The user of that id.
///
/// # Errors
/// SQLite's.
pub fn by_id(db: &Connection, id: &str) -> rusqlite::Result<Option<User>> {
    let sql = format!("{COLUMNS} WHERE u.Id = ?1");
    db.prepare_cached(&sql)?.query_row([id], read).optional()
}

/// Active users, oldest first, for the login page.
///
/// # Errors
/// SQLite's.
pub fn active(db: &Connection) -> rusqlite::Result<Vec<User>> {
    let sql = format!("{COLUMNS} WHERE u.IsActive = 1 ORDER BY u.rid LIMIT 100");
    db.prepare_cached(&sql)?.query_map([], read)?.collect()
}

/// Why a user is kept out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bar {
    Inactive,
    Frozen,
    /// The profile's login IP ranges leave this machine out.
    Address,
}

impl Bar {
    /// As the token endpoint says it.
    pub fn denial(self) -> Denial {
        match self {
            Self::Inactive => Denial::new("invalid_grant", "inactive user"),
            // Real orgs do not tell a frozen user from a wrong password.
            Self::Frozen => Denial::new("invalid_grant", "authentication failure"),
            Self::Address => Denial::new("invalid_grant", "ip restricted"),
        }
    }

    /// As the login page says it.
    pub fn on_page(self) -> &'static str {
        match self {
            Self::Inactive | Self::Frozen => {
                "Please check your username and password. If you still can't log in, contact your Salesforce administrator."
            }
            Self::Address => {
                "You can't log in from this IP address. Contact your Salesforce administrator."
            }
        }
    }
}

/// What keeps the user out, if anything does.
///
/// # Errors
/// SQLite's.
pub fn bar(door: &Door<'_>, user: &User) -> rusqlite::Result<Option<Bar>> {
    let restricted = &door.policy.ip_restricted;
    Ok(if !user.active {
        Some(Bar::Inactive)
    } else if restricted
        .iter()
        .any(|name| name.eq_ignore_ascii_case(&user.username))
    {
        Some(Bar::Address)
    } else if is_frozen(door.db, &user.id)? {
        Some(Bar::Frozen)
    } else {
        None
    })
}

/// `UserLogin.IsFrozen`.
fn is_frozen(db: &Connection, user: &str) -> rusqlite::Result<bool> {
    let known = db
        .prepare_cached("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'UserLogin'")?
        .exists([])?;
    if !known {
        return Ok(false);
    }
    db.prepare_cached("SELECT 1 FROM UserLogin WHERE UserId = ?1 AND IsFrozen = 1")?
        .exists([user])
}

/// Lets the user in, or says why not.
///
/// # Errors
/// What the token endpoint answers.
pub fn admit(door: &Door<'_>, user: &User) -> Result<(), Denial> {
    bar(door, user)?.map_or(Ok(()), |bar| Err(bar.denial()))
}

/// Remembers that the user allowed the app.
///
/// # Errors
/// SQLite's.
pub fn approve(db: &Connection, user: &str, client: &str) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO sys_approval (user_id, client) VALUES (?1, ?2)")?
        .execute([user, client])
        .map(drop)
}

/// Whether the user allowed the app, or an administrator did for the profile.
///
/// # Errors
/// SQLite's.
pub fn has_approved(db: &Connection, user: &User, client: &str) -> rusqlite::Result<bool> {
    if user.administrator {
        return Ok(true);
    }
    db.prepare_cached("SELECT 1 FROM sys_approval WHERE user_id = ?1 AND client = ?2")?
        .exists([user.id.as_str(), client])
}
