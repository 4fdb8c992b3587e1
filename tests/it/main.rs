//! Tests of the whole: one binary, so that the crate is linked once.

mod architecture;
#[cfg(feature = "demo")]
mod headless;
#[cfg(feature = "demo")]
#[path = "../support/org.rs"]
mod org;
#[cfg(feature = "demo")]
#[path = "../support/stub.rs"]
mod stub;
#[cfg(feature = "demo")]
mod worker;
