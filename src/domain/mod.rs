//! The words of the trade: records, fields, describe schemas, drafts, checks, writes
//! and failures. Pure: no IO, no clock of its own, nothing of the other modules.

pub mod activity;
pub mod admin;
pub mod block;
pub mod connection;
pub mod decimal;
pub mod draft;
pub mod export;
pub mod failure;
pub mod id;
pub mod login;
pub mod merge;
pub mod record;
pub mod schema;
pub mod shorthand;
pub mod soql;
pub mod sosl;
pub mod suggest;
#[cfg(test)]
mod testkit;
pub mod text;
pub mod timeline;
pub mod validate;
pub mod value;
pub mod when;
pub mod write;
