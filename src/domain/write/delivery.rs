//! How a write is delivered: what makes sending it twice harmless, when it goes next, and
//! all evidence of an outcome nobody told. Plain values, stored with the write and shown to
//! whoever asks; what is done by them is decided by the sender.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{OpId, OpState};
use crate::domain::failure::Failure;
use crate::domain::record::{Fields, Link, Record};

/// Times after sending at which a write of unknown outcome is looked for in the org. One
/// API call may run for about ten minutes; what is not there by the last look never comes.
pub const LOOKS: [Duration; 3] = [
    Duration::from_secs(30),
    Duration::from_secs(150),
    Duration::from_secs(11 * 60),
];

/// All that is kept of a write's delivery.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Delivery {
    /// Decided before its first byte leaves and kept from then on: the same key never goes
    /// with another body. `None` until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<Way>,
    /// Tries in a row that ended with "later".
    pub retries: u32,
    /// When it goes or is looked for next, by this machine's clock: for people, and for
    /// the next process. The process that set it goes by a clock that nobody can set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// The sending whose outcome counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<Sent>,
    /// What was found while its outcome was unknown, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub looks: Vec<Look>,
    /// What the changed fields held before, one a step as far as it was read; with
    /// `LastModifiedDate`. What undo goes back to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Fields>,
    /// The same right after it was saved, one a step as far as it was read: undo is
    /// refused when the record has moved on since.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Fields>,
    /// On a conflict: what the record holds now in the fields of this write, with
    /// `LastModifiedDate`. Base is what the form started from, mine is the write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theirs: Option<Record>,
    /// The write that this one takes back, or, for a redo, takes back the taking back of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undoes: Option<OpId>,
    /// The page of the changed record came with the answer: it need not be read again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reread: bool,
}

/// What makes it safe to send a write again after its answer was lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "lowercase")]
pub enum Way {
    /// Sending it twice ends the same: changes and deletes of known records.
    Repeat,
    /// Upsert on a unique external id; the key is the write's own id.
    Key {
        /// API name of the key field.
        field: String,
    },
    /// The org remembers the key of a create for 30 days and answers the same again.
    Idempotency {
        /// A UUID of version 4.
        key: String,
    },
    /// The write's id stands in a text field that nothing else uses.
    Marker {
        /// API name of the field.
        field: String,
    },
    /// Only by looking for a record that says the same.
    Look,
}

/// One sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// By this machine's clock.
    pub at: Timestamp,
    /// Seconds the org's clock was ahead of this machine's, where it was known then.
    pub ahead: Option<i64>,
    /// When it was sent again without knowing what became of the first sending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// When it was clear that no answer would come; `None` while one may, and where the
    /// process that waited for it died.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broke: Option<Timestamp>,
}

/// One look for a write of unknown outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// When, by the org's clock.
    pub at: Timestamp,
    /// Seconds since it was sent.
    pub age: i64,
    /// Records that say the same and that no other write here made.
    pub hits: Vec<Link>,
}

/// What happens to a write by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// It is sent, at this time or at its turn.
    Send {
        /// By this machine's clock.
        at: Option<Timestamp>,
    },
    /// It is looked for in the org.
    Look {
        /// By this machine's clock.
        at: Option<Timestamp>,
    },
    /// Nothing: several records may be it, so the user says which, or that none is.
    Ask,
}

impl Delivery {
    /// What is done about an outcome nobody told.
    pub(super) fn plan_of_unknown(&self) -> Option<Plan> {
        let at = self.not_before;
        Some(match &self.way {
            // Of an older release, which kept no time of sending: the user decides.
            None => return None,
            Some(Way::Repeat | Way::Key { .. } | Way::Idempotency { .. }) => Plan::Send { at },
            Some(Way::Marker { .. } | Way::Look) => match self.looks.last() {
                Some(look) if look.hits.len() > 1 => Plan::Ask,
                _ => Plan::Look { at },
            },
        })
    }

    /// How long after the look at `age` the next one comes; `None` after the last.
    pub fn next_look(age: SignedDuration) -> Option<Duration> {
        let age = Duration::try_from(age).unwrap_or_default();
        LOOKS
            .iter()
            .find(|look| **look > age)
            .map(|look| look.saturating_sub(age))
    }
}

/// Sending is stopped for a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Why.
    pub reason: PauseReason,
    /// Since when.
    pub since: Timestamp,
    /// One write is tried then; `None` waits for the user.
    pub until: Option<Timestamp>,
    /// What the org said.
    pub failure: Option<Failure>,
}

/// Why sending is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PauseReason {
    /// The user said so.
    User,
    /// The org takes no more requests for now.
    Limit,
    /// The session is over and could not be renewed.
    Session,
}

/// One change of state of a write, kept for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// When.
    pub at: Timestamp,
    /// The state it changed to.
    pub state: OpState,
    /// Why, in a few words; may be empty.
    pub note: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_come_at_30_s_150_s_and_11_min_and_then_no_more() {
        let cases = [
            (0, Some(30)),
            (29, Some(1)),
            (30, Some(120)),
            (40, Some(110)),
            (150, Some(510)),
            (659, Some(1)),
            (660, None),
            (86_400, None),
            (-5, Some(30)),
        ];
        for (age, next) in cases {
            let found = Delivery::next_look(SignedDuration::from_secs(age));
            assert_eq!(found, next.map(Duration::from_secs), "{age}");
        }
    }

    #[test]
    fn an_unknown_write_is_sent_again_only_where_that_is_harmless() {
        let ways = [
            (Way::Repeat, true),
            (
                Way::Key {
                    field: "K".to_owned(),
                },
                true,
            ),
            (
                Way::Idempotency {
                    key: "k".to_owned(),
                },
                true,
            ),
            (
                Way::Marker {
                    field: "M".to_owned(),
                },
                false,
            ),
            (Way::Look, false),
        ];
        for (way, again) in ways {
            let delivery = Delivery {
                way: Some(way.clone()),
                ..Delivery::default()
            };
            let plan = delivery.plan_of_unknown();
            assert_eq!(matches!(plan, Some(Plan::Send { .. })), again, "{way:?}");
            let stored = serde_json::to_string(&delivery).unwrap();
            assert_eq!(serde_json::from_str::<Delivery>(&stored).unwrap(), delivery);
        }
        assert_eq!(Delivery::default().plan_of_unknown(), None);
    }
}
