//! One file a screen; names mirror `app::screen`.

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
