//! The demo org: a local Salesforce over HTTP on SQLite.
//!
//! Imports nothing of the rest of the program: it is reached over HTTP and OAuth
//! like any other org, has JSON shapes of its own and its own SOQL parser.

mod call;
mod cursors;
mod describe;
mod error;
mod fields;
mod formula;
mod ids;
mod recent;
mod rows;
mod schema;
mod soql;
mod store;
mod story;
mod value;
mod wire;
