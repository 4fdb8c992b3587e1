//! Who listens over CometD: clients, what they subscribed to, and how far each
//! subscription has come. Lives in memory: a client of an org that was started again is
//! unknown and shakes hands anew.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A client that does not connect for so long is forgotten (Streaming API guide).
const PATIENCE: Duration = Duration::from_secs(40);
/// Clients at a time; the oldest goes. Well above the 20 of a Developer Edition.
const MOST: usize = 2_000;

/// One client.
#[derive(Debug, Clone)]
pub struct Client {
    pub user: String,
    /// Channel and the last event given, or passed over.
    pub subscriptions: BTreeMap<String, i64>,
    /// Whether a connect was answered.
    pub has_connected: bool,
    /// Until when a connect may hang, at least.
    alive: Instant,
}

/// All clients.
#[derive(Debug, Default)]
pub struct Streams(Mutex<HashMap<String, Client>>);

impl Streams {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Client>> {
        // Every change below is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new client of a user.
    pub fn open(&self, user: &str) -> String {
        let id = format!(
            "{}{}",
            uuid::Uuid::now_v7().simple(),
            uuid::Uuid::now_v7().simple()
        );
        let id: String = id.chars().take(36).collect();
        let mut all = self.lock();
        let now = Instant::now();
        all.retain(|_, client| client.alive + PATIENCE > now);
        if all.len() >= MOST {
            let oldest = all.iter().min_by_key(|(_, client)| client.alive);
            let oldest = oldest.map(|(id, _)| id.clone());
            all.remove(&oldest.unwrap_or_default());
        }
        let client = Client {
            user: user.to_owned(),
            subscriptions: BTreeMap::new(),
            has_connected: false,
            alive: now,
        };
        all.insert(id.clone(), client);
        id
    }

    /// A living client of this user.
    pub fn find(&self, id: &str, user: &str) -> Option<Client> {
        let mut all = self.lock();
        let now = Instant::now();
        let client = all.get_mut(id)?;
        if client.alive + PATIENCE < now || client.user != user {
            return None;
        }
        client.alive = client.alive.max(now);
        Some(client.clone())
    }

    /// Changes a client that is there.
    pub fn change(&self, id: &str, change: impl FnOnce(&mut Client)) {
        if let Some(client) = self.lock().get_mut(id) {
            change(client);
        }
    }

    /// A connect of the client hangs up to so long.
    pub fn hangs(&self, id: &str, wait: Duration) {
        self.change(id, |client| client.alive = Instant::now() + wait);
    }

    /// Forgets a client.
    pub fn close(&self, id: &str) {
        self.lock().remove(id);
    }
}
