//! What happens to rows, and what is published, as events: kept in the transaction that
//! made them ([`record`], [`log`]), given to clients over CometD ([`bayeux`], [`stream`]).
//!
//! Channels: `/data/AccountChangeEvent`, `/data/Project__ChangeEvent`, all of them as
//! `/data/ChangeEvents`, `/event/Order_Shipped__e`, and `/topic/NAME` of a push topic ([`topic`]). Knows no sockets: a request that
//! has to wait is answered with [`Reply::hold`](crate::demo::wire::Reply).

mod bayeux;
mod log;
mod record;
mod stream;
mod topic;

pub use bayeux::{Listener, answer, unknown_session};
pub use log::TABLE;
pub use record::{
    Change, Changes, change_event, changed, client, enqueued, is_platform_event, publish,
};
pub use stream::Streams;
pub use topic::check as check_topic;
