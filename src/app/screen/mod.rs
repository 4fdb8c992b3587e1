//! One file a screen. Screens never import each other; what they want of one another
//! goes through the app as an intent.

pub mod bulk;
pub mod confirm;
pub mod errors;
pub mod finder;
pub mod form;
pub mod lists;
pub mod log;
pub mod outbox;
pub mod query;
pub mod record;
pub mod search;
