//! Locks by name: one describe of an object at a time, writes to one record in order.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

/// Locks that exist while somebody holds or awaits them.
#[derive(Default)]
pub(super) struct Locks {
    held: RefCell<HashMap<String, Arc<Mutex<()>>>>,
}

impl Locks {
    /// Waits for the lock of that name; those who wait get it in the order they came.
    pub(super) async fn lock(&self, name: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut held = self.held.borrow_mut();
            held.retain(|_, lock| Arc::strong_count(lock) > 1);
            Arc::clone(held.entry(name.to_owned()).or_default())
        };
        lock.lock_owned().await
    }

    /// Waits for several. Sorted, so that two who want the same ones never wait for each
    /// other.
    pub(super) async fn lock_all(&self, mut names: Vec<String>) -> Vec<OwnedMutexGuard<()>> {
        names.sort();
        names.dedup();
        let mut guards = Vec::with_capacity(names.len());
        for name in names {
            guards.push(self.lock(&name).await);
        }
        guards
    }
}
