//! Passwords: kept as salted hashes, wrong tries counted, the user locked after ten.
//! Every user of the story starts with [`FIRST`]; others have none until one is set.

use rusqlite::{Connection, OptionalExtension, params};

use super::secret::{self, hash};

/// Password of the story's users.
pub const FIRST: &str = "demo1234";
/// The security token some clients append to the password.
pub const SECURITY_TOKEN: &str = "DemoSecurityToken";
/// Wrong tries until the user is locked (Setup, "Password Policies").
const TRIES: i64 = 10;
/// Milliseconds a locked user waits.
const LOCKED_FOR: i64 = 15 * 60 * 1000;

/// What came of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    Right,
    Wrong,
    Locked,
}

/// Gives every user who is there the first password, where they have none yet.
///
/// # Errors
/// SQLite's.
pub fn first(db: &Connection) -> rusqlite::Result<()> {
    let users: Vec<String> = db
        .prepare("SELECT Id FROM User WHERE Id NOT IN (SELECT user_id FROM sys_password)")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    users.iter().try_for_each(|user| set(db, user, FIRST))
}

/// Sets a user's password; unlocks the user.
///
/// # Errors
/// SQLite's.
pub fn set(db: &Connection, user: &str, password: &str) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO sys_password (user_id, hash, failed, locked) VALUES (?1, ?2, 0, 0)",
    )?
    .execute([user, &salted(user, password)])?;
    db.prepare_cached("DELETE FROM sys_password_temporary WHERE user_id = ?1")?
        .execute([user])?;
    show_lock(db, user, false)
}

/// Makes up a password that is to be changed; gives it.
///
/// # Errors
/// SQLite's.
pub fn reset(db: &Connection, user: &str) -> rusqlite::Result<String> {
    let signs = secret::made("");
    let signs = signs.chars().filter(char::is_ascii_alphanumeric).take(10);
    // The policy asks for a letter and a digit, whatever chance gives.
    let password: String = signs.chain(['a', '1']).collect();
    set(db, user, &password)?;
    db.prepare_cached("INSERT INTO sys_password_temporary (user_id) VALUES (?1)")?
        .execute([user])?;
    Ok(password)
}

/// Whether the password was made up by [`reset`] and not changed since.
///
/// # Errors
/// SQLite's.
pub fn is_temporary(db: &Connection, user: &str) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM sys_password_temporary WHERE user_id = ?1")?
        .exists([user])
}

/// Whether this is the user's password; no try is counted.
///
/// # Errors
/// SQLite's.
pub fn holds(db: &Connection, user: &str, password: &str) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM sys_password WHERE user_id = ?1 AND hash = ?2")?
        .exists([user, &salted(user, password)])
}

/// Lets a locked user try again.
///
/// # Errors
/// SQLite's.
pub fn unlock(db: &Connection, user: &str) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE sys_password SET failed = 0, locked = 0 WHERE user_id = ?1")?
        .execute([user])
        .map(drop)
}

/// `UserLogin.IsPasswordLocked`. A lock that ran out by itself shows until the next try.
fn show_lock(db: &Connection, user: &str, locked: bool) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE UserLogin SET IsPasswordLocked = ?2 WHERE UserId = ?1 AND IsPasswordLocked IS NOT ?2",
    )?
    .execute(params![user, locked])
    .map(drop)
}

/// Tries a password, with or without the security token behind it, at `now` in
/// milliseconds since 1970.
///
/// # Errors
/// SQLite's.
pub fn tried(db: &Connection, user: &str, given: &str, now: i64) -> rusqlite::Result<Tried> {
    let kept: Option<(String, i64, i64)> = db
        .prepare_cached("SELECT hash, failed, locked FROM sys_password WHERE user_id = ?1")?
        .query_row([user], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((kept, failed, locked)) = kept else {
        return Ok(Tried::Wrong);
    };
    if locked > now {
        return Ok(Tried::Locked);
    }
    let plain = given.strip_suffix(SECURITY_TOKEN).unwrap_or(given);
    let right = [given, plain].iter().any(|one| salted(user, one) == kept);
    let failed = if right { 0 } else { failed + 1 };
    let (failed, locked) = if failed >= TRIES {
        (0, now + LOCKED_FOR)
    } else {
        (failed, 0)
    };
    db.prepare_cached("UPDATE sys_password SET failed = ?2, locked = ?3 WHERE user_id = ?1")?
        .execute(params![user, failed, locked])?;
    show_lock(db, user, locked > 0)?;
    Ok(if right { Tried::Right } else { Tried::Wrong })
}

fn salted(user: &str, password: &str) -> String {
    hash(&format!("{user}\n{password}"))
}
