//! Dispatch and exit code.

fn main() {}
