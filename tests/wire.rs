//! The client against recorded payloads and against a server that misbehaves.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot go on in a test ends it"
)]

#[path = "wire/props.rs"]
mod props;
#[path = "wire/recorded.rs"]
mod recorded;
#[path = "wire/sender.rs"]
mod sender;
#[path = "wire/stub.rs"]
mod stub;
