//! What is kept on disk: the outbox with drafts (precious), runs of write blocks (precious, too) and the cache (disposable).
//! Knows files, SQLite and rows; must not know the network, jobs or screens.

pub mod block;
pub mod cache;
pub mod draft;
mod file;
pub mod names;
pub mod outbox;
mod owner;
mod row;
