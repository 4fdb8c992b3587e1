//! Logins on disk: private, whole, and opened by nothing but their passphrase.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::domain::login::Pin;

fn pin() -> Pin {
    Pin {
        org_id: "00DWt0000000001IAA".into(),
        user_id: "005Wt0000000001IAA".into(),
        username: "kim@acme.example".into(),
        user_name: "Kim Rivera".into(),
        instance_url: "https://acme.my.salesforce.com".into(),
    }
}

struct Rig {
    folder: tempfile::TempDir,
    vault: Vault,
}

impl Rig {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::in_state(folder.path());
        Self { folder, vault }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("logins").join(name)
    }

    fn keep(&self, name: &str, secret: &str, store: TokenStore) -> Login {
        let mut login = Login::new("https://login.salesforce.com", "3MVG9", Way::Refresh, pin());
        login.kept = self
            .vault
            .close(name, &login, (&Secret::new(secret), store))
            .unwrap();
        self.vault.lock(name).unwrap().write(&login).unwrap();
        login
    }
}

#[test]
fn a_login_comes_back_as_it_was_in_a_file_of_ones_own() {
    let rig = Rig::new();
    let kept = rig.keep("acme", "5Aepcanary", TokenStore::Plain);
    let login = rig.vault.login("acme").unwrap().unwrap();
    assert_eq!(login, kept);
    let secret = rig.vault.open("acme", &login).unwrap().unwrap();
    assert_eq!(secret.expose(), "5Aepcanary");
    assert!(!format!("{login:?}").contains("canary"));
    let mode = |path: &PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&rig.path("acme.login")), 0o600);
    assert_eq!(mode(&rig.path("")), 0o700);
    assert_eq!(rig.vault.login("other").unwrap(), None);
    rig.vault.lock("acme").unwrap().remove().unwrap();
    assert_eq!(rig.vault.login("acme").unwrap(), None);
}

#[test]
fn an_encrypted_login_opens_with_its_passphrase_and_in_its_own_place_only() {
    let rig = Rig::new();
    assert!(!rig.vault.has_passphrase().unwrap());
    assert!(rig.vault.unlock(&Secret::new("short")).is_err());
    rig.vault.unlock(&Secret::new("correct horse")).unwrap();
    assert!(rig.vault.has_passphrase().unwrap() && !rig.vault.is_locked().unwrap());
    let login = rig.keep("acme", "5Aepcanary", TokenStore::Encrypted);
    let on_disk = fs::read_to_string(rig.path("acme.login")).unwrap();
    assert!(!on_disk.contains("canary"), "{on_disk}");
    let secret = rig.vault.open("acme", &login).unwrap().unwrap();
    assert_eq!(secret.expose(), "5Aepcanary");
    let moved = rig.vault.open("other", &login).unwrap_err();
    assert_eq!(moved.code, "LOGIN_DAMAGED");
    let mut elsewhere = login.clone();
    elsewhere.pin.org_id = "00DWt0000000002IAA".into();
    assert!(rig.vault.open("acme", &elsewhere).is_err());
    let wrong = rig.vault.unlock(&Secret::new("wrong horses")).unwrap_err();
    assert_eq!(wrong.kind, FailureKind::Input);
}

#[test]
fn a_file_that_others_could_touch_is_not_used_and_the_way_out_is_told() {
    let rig = Rig::new();
    rig.keep("acme", "x", TokenStore::Plain);
    let path = rig.path("acme.login");
    let refused = || {
        let failure = rig.vault.login("acme").unwrap_err();
        assert_eq!(failure.code, "FILE_UNSAFE");
        failure.message
    };
    for mode in [0o640, 0o604, 0o620, 0o666] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let message = refused();
        assert!(message.contains("chmod 600"), "{message}");
        let lock = rig.vault.lock("acme").unwrap();
        assert!(lock.login().is_err(), "nor is it written over");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(rig.path(""), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(refused().contains("chmod go-w"));
    fs::set_permissions(rig.path(""), fs::Permissions::from_mode(0o700)).unwrap();
    let moved = rig.path("moved");
    fs::rename(&path, &moved).unwrap();
    symlink(&moved, &path).unwrap();
    assert!(refused().contains("symbolic link"));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(refused().contains("no plain file"));
}

#[test]
fn damage_is_told_without_a_word_of_what_is_in_the_file() {
    let rig = Rig::new();
    rig.keep("acme", "x", TokenStore::Plain);
    let path = rig.path("acme.login");
    for text in ["", "{\"kept\":\"canary", "{\"version\":2}", "canary"] {
        fs::write(&path, text).unwrap();
        let failure = rig.vault.login("acme").unwrap_err();
        assert!(failure.message.contains("log in again"), "{failure:?}");
        assert!(!failure.message.contains("canary"), "{failure:?}");
    }
}

#[test]
fn what_a_dead_process_left_is_no_hindrance() {
    let rig = Rig::new();
    rig.keep("acme", "old", TokenStore::Plain);
    fs::write(rig.path("acme.login.new"), "half").unwrap();
    rig.keep("acme", "new", TokenStore::Plain);
    let login = rig.vault.login("acme").unwrap().unwrap();
    assert_eq!(
        rig.vault.open("acme", &login).unwrap().unwrap().expose(),
        "new"
    );
    assert!(!rig.path("acme.login.new").exists());
}

#[test]
fn a_shared_access_token_is_of_its_own_renewal() {
    let access = Access {
        serial: 7,
        instance: "https://acme.my.salesforce.com".into(),
        token: Secret::new("00D!AQ\nx"),
    };
    assert_eq!(Access::read(&access.write()), Some(access.clone()));
    assert_eq!(Access::read(b"x"), None);
    let rig = Rig::new();
    rig.keep("acme", "x", TokenStore::Plain);
    rig.vault.share("acme", &access);
    // A kernel without a keyring remembers nothing, and that is fine.
    if let Some(found) = rig.vault.access("acme") {
        assert_eq!(found, access);
        rig.vault.lock("acme").unwrap().remove().unwrap();
        assert_eq!(rig.vault.access("acme"), None);
    }
}

#[test]
fn a_name_never_leaves_the_folder() {
    let rig = Rig::new();
    for name in ["../acme", "a/b", ".acme"] {
        assert!(rig.vault.login(name).is_err(), "{name}");
        assert!(rig.vault.lock(name).is_err(), "{name}");
    }
}
