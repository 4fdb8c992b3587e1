//! Tests of the whole: one binary, so that the crate is linked once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by saying what it expected"
)]

mod architecture;
#[cfg(feature = "demo")]
mod block;
#[cfg(feature = "demo")]
mod bulk;
#[cfg(feature = "demo")]
mod bulk_verbs;
#[cfg(feature = "demo")]
#[path = "../support/desk.rs"]
mod desk;
#[cfg(feature = "demo")]
mod headless;
#[cfg(feature = "demo")]
mod login;
#[cfg(feature = "demo")]
#[allow(dead_code, reason = "shared with the measurements")]
#[path = "../support/org.rs"]
mod org;
#[cfg(feature = "demo")]
#[path = "../support/parts.rs"]
mod parts;
#[cfg(feature = "demo")]
#[path = "../support/proxy.rs"]
mod proxy;
#[cfg(feature = "demo")]
#[allow(dead_code, reason = "the measurements need the rest")]
#[path = "../support/terminal.rs"]
mod pty;
mod readme;
#[cfg(feature = "demo")]
mod scenario;
mod settings;
#[cfg(feature = "demo")]
#[path = "../support/stub.rs"]
mod stub;
#[cfg(feature = "demo")]
mod terminal;
#[cfg(feature = "demo")]
mod worker;
