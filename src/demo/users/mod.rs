//! What writing a user takes and does (Object Reference, "User" and "UserLogin"): licences,
//! the last administrator, the login row of a new user, freezing. Knows no HTTP but the
//! password resource in [`password`].

pub mod mixed;
pub mod password;

use rusqlite::{OptionalExtension, params};

use super::call::Call;
use super::error::Refusal;
use super::oauth;
use super::rows::{Draft, check, write};
use super::schema::ObjectDef;
use super::store;

/// Checks and completes a user or a login row before it is written. Other rows pass.
///
/// # Errors
/// What the row may not say.
pub fn before_write(
    call: &Call<'_>,
    object: &ObjectDef,
    row: &mut Draft,
    before: Option<&Draft>,
) -> Result<(), Refusal> {
    match object.name.as_str() {
        "User" => user(call, row, before),
        "UserLogin" => login(call, row, before),
        _ => Ok(()),
    }
}

/// Follows a written user: the login row, and how many licences are in use.
///
/// # Errors
/// SQLite's.
pub fn after_write(call: &Call<'_>, object: &ObjectDef, row: &Draft) -> Result<(), Refusal> {
    if object.name != "User" {
        return Ok(());
    }
    let known = call
        .db
        .prepare_cached("SELECT 1 FROM UserLogin WHERE UserId = ?1")?
        .exists([row.get("Id")])?;
    if let (false, Some(login)) = (known, call.whole.object("UserLogin")) {
        let mut new = Draft::default();
        new.set("UserId", row.get("Id").clone());
        write::add(call, login, new)?;
    }
    call.db.execute(
        "UPDATE UserLicense SET UsedLicenses = (SELECT count(*) FROM User u
            JOIN Profile p ON p.Id = u.ProfileId
           WHERE u.IsActive = 1 AND p.UserLicenseId = UserLicense.Id)",
        [],
    )?;
    Ok(())
}

fn user(call: &Call<'_>, row: &mut Draft, before: Option<&Draft>) -> Result<(), Refusal> {
    let was = |field: &str| before.is_some_and(|before| before.get(field) == row.get(field));
    let username = row.text("Username").unwrap_or_default().to_lowercase();
    if !was("Username") && !check::is_email(&username) {
        let text = format!("Username: invalid email address: {username}");
        return Err(Refusal::row("INVALID_EMAIL_ADDRESS", text, &["Username"]));
    }
    let same_profile = was("ProfileId");
    row.set_text("Username", username);
    if row.is_null("CommunityNickname") {
        let number = store::next_number(call.db, "User.CommunityNickname")?;
        row.set_text("CommunityNickname", format!("User{number:08}"));
    }
    if let Some(before) = before {
        last_administrator(call, row, before)?;
    }
    let (kind, license): (Option<String>, Option<String>) = call
        .db
        .prepare_cached("SELECT UserType, UserLicenseId FROM Profile WHERE Id = ?1")?
        .query_row([row.get("ProfileId")], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .unwrap_or_default();
    row.set_text("UserType", kind.as_deref().unwrap_or("Standard"));
    let stays = same_profile && before.is_some_and(|before| before.flag("IsActive"));
    if row.flag("IsActive") && !stays {
        licensed(call, row, license.as_deref())?;
    }
    Ok(())
}

/// Refuses one user more than there are licences.
fn licensed(call: &Call<'_>, row: &Draft, license: Option<&str>) -> Result<(), Refusal> {
    let full = call
        .db
        .prepare_cached(
            "SELECT 1 FROM UserLicense l WHERE l.Id = ?1 AND l.TotalLicenses <=
                (SELECT count(*) FROM User u JOIN Profile p ON p.Id = u.ProfileId
                  WHERE u.IsActive = 1 AND u.Id <> ?2 AND p.UserLicenseId = l.Id)",
        )?
        .exists(params![license, row.get("Id")])?;
    if full {
        return Err(Refusal::row(
            "LICENSE_LIMIT_EXCEEDED",
            "License Limit Exceeded",
            &[],
        ));
    }
    Ok(())
}

/// Somebody has to be able to let others in again.
fn last_administrator(call: &Call<'_>, row: &Draft, before: &Draft) -> Result<(), Refusal> {
    let manages = |row: &Draft| -> rusqlite::Result<bool> {
        if !row.flag("IsActive") {
            return Ok(false);
        }
        call.db
            .prepare_cached(
                "SELECT 1 FROM PermissionSet WHERE ProfileId = ?1 AND IsOwnedByProfile = 1
                    AND PermissionsManageUsers = 1",
            )?
            .exists([row.get("ProfileId")])
    };
    if !manages(before)? || manages(row)? {
        return Ok(());
    }
    let other = call
        .db
        .prepare_cached(
            "SELECT 1 FROM User u JOIN PermissionSet s ON s.ProfileId = u.ProfileId
              WHERE u.IsActive = 1 AND u.Id <> ?1 AND s.IsOwnedByProfile = 1
                AND s.PermissionsManageUsers = 1",
        )?
        .exists([row.get("Id")])?;
    if other {
        return Ok(());
    }
    let text = "The last active system administrator can't be deactivated.";
    Err(Refusal::row("CANNOT_DISABLE_LAST_ADMIN", text, &[]))
}

fn login(call: &Call<'_>, row: &Draft, before: Option<&Draft>) -> Result<(), Refusal> {
    let Some(before) = before else {
        return Ok(());
    };
    let user = row.text("UserId").unwrap_or_default();
    if row.flag("IsFrozen") && !before.flag("IsFrozen") && user == call.user {
        let text = "You can't freeze your own user account.";
        return Err(Refusal::row("CANNOT_FREEZE_SELF", text, &["IsFrozen"]));
    }
    match (
        before.flag("IsPasswordLocked"),
        row.flag("IsPasswordLocked"),
    ) {
        (false, true) => {
            let text = "Is Password Locked: can only be set to false";
            Err(Refusal::row(
                "FIELD_INTEGRITY_EXCEPTION",
                text,
                &["IsPasswordLocked"],
            ))
        }
        (true, false) => oauth::password::unlock(call.db, user).map_err(Refusal::from),
        _ => Ok(()),
    }
}
