//! The kernel's keyring: memory of this user that outlives a process, never a disk. A
//! cache and no more: where it is missing or forgets, one is asked again.

use std::path::Path;

/// In seconds.
pub(super) const HOUR: usize = 3600;

/// A name that no other folder's things have.
pub(super) fn name(dir: &Path, sort: &str, what: &str) -> String {
    format!("sfw-tui:{sort}:{}:{what}", dir.display())
}

#[cfg(target_os = "linux")]
mod kernel {
    use linux_keyutils::{
        Key, KeyError, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, Permission,
    };

    /// The user's own ring: that of the session ends with it, and tmux outlives both.
    fn user() -> Result<KeyRing, KeyError> {
        KeyRing::from_special_id(KeyRingIdentifier::User, true)
    }

    fn find(name: &str) -> Result<Key, KeyError> {
        user()?.search(name)
    }

    pub(in super::super) fn keep(name: &str, bytes: &[u8], seconds: usize) {
        // A ring that cannot be used is one that forgets.
        let _ = try_keep(name, bytes, seconds);
    }

    fn try_keep(name: &str, bytes: &[u8], seconds: usize) -> Result<(), KeyError> {
        let key = user()?.add_key(name, bytes)?;
        // Without it a session that does not possess the ring could not read its own key.
        let all = KeyPermissionsBuilder::builder()
            .posessor(Permission::ALL)
            .user(Permission::ALL)
            .build();
        key.set_perms(all)?;
        key.set_timeout(seconds)
    }

    pub(in super::super) fn recall(name: &str) -> Option<Vec<u8>> {
        find(name).ok()?.read_to_vec().ok()
    }

    pub(in super::super) fn forget(name: &str) {
        if let Ok(key) = find(name) {
            // Gone already is as good.
            let _ = key.invalidate();
        }
    }
}

#[cfg(target_os = "linux")]
pub(super) use kernel::{forget, keep, recall};

#[cfg(not(target_os = "linux"))]
pub(super) fn keep(_name: &str, _bytes: &[u8], _seconds: usize) {}

#[cfg(not(target_os = "linux"))]
pub(super) fn recall(_name: &str) -> Option<Vec<u8>> {
    None
}

#[cfg(not(target_os = "linux"))]
pub(super) fn forget(_name: &str) {}
