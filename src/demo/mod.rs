//! The demo org: a local Salesforce over HTTP on SQLite.
//!
//! Imports nothing of the rest of the program: it is reached over HTTP and OAuth
//! like any other org, has JSON shapes of its own and its own SOQL parser.

pub mod describe;
pub mod ids;
pub mod schema;
pub mod story;
