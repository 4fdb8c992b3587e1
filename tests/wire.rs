//! The client against recorded payloads and against a server that misbehaves.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by saying what it expected"
)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what cannot go on in a test ends it"
)]

#[cfg(feature = "demo")]
#[path = "wire/demo_shapes.rs"]
mod demo_shapes;
#[path = "wire/props.rs"]
mod props;
#[path = "wire/recorded.rs"]
mod recorded;
#[path = "wire/sender.rs"]
mod sender;
#[cfg(feature = "demo")]
#[path = "wire/shape.rs"]
mod shape;
#[path = "wire/stub.rs"]
mod stub;
