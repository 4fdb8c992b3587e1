//! Salesforce over REST: requests as values, one sender, replies read into `domain`
//! types, login. Knows the API's shapes and nothing of screens, files or the outbox.
//!
//! One file per family of resources; each builds its requests and reads its replies.
//! [`client`] is the only place that touches the network.

pub mod bulk;
pub mod client;
pub mod collection;
pub mod composite;
pub mod describe;
pub mod error;
pub mod identity;
mod json;
pub mod layout;
pub mod list_view;
pub mod login;
pub mod origin;
pub mod page;
pub mod query;
pub mod record;
pub mod request;
pub mod row;
pub mod transport;
pub mod version;
pub mod write;
