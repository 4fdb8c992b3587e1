//! The client against recorded payloads and against a server that misbehaves.

#[path = "wire/recorded.rs"]
mod recorded;
#[path = "wire/sender.rs"]
mod sender;
#[path = "wire/stub.rs"]
mod stub;
