//! `sfw-tui`: write to Salesforce from a terminal.
//!
//! The flow goes one way: a key becomes a message, `app::update` turns it into
//! effects, the worker runs them as jobs against an org, and its replies come
//! back as messages. ARCHITECTURE.md has the picture and who may import whom.

pub mod app;
pub mod block;
pub mod browser;
pub mod cli;
pub mod config;
pub mod connection;
#[cfg(feature = "demo")]
pub mod demo;
pub mod domain;
pub mod failpoint;
pub mod job;
pub mod runtime;
pub mod sf;
pub mod store;
pub mod ui;
pub mod vault;
pub mod worker;
pub mod zone;
