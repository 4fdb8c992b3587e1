//! What can go wrong on purpose, as plain values: for the faults file and for tests.

use std::time::Duration;

/// Everything that goes wrong on purpose in one org.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules {
    /// All that meet a request are carried out, in this order.
    pub faults: Vec<Fault>,
    /// Rows that cannot be changed for a while.
    pub locks: Vec<Lock>,
    /// API calls until `REQUEST_LIMIT_EXCEEDED`; `None` leaves the org's own number.
    pub allowance: Option<u64>,
    /// Every refresh gives a new refresh token and ends the old one.
    pub rotate_refresh_tokens: bool,
}

/// One fault of HTTP calls.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Which requests it meets.
    pub when: When,
    /// What happens to them.
    pub then: Action,
}

/// Which requests a fault meets; an empty one meets all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct When {
    /// `PATCH`.
    pub method: Option<String>,
    /// The address without its query, `*` standing for any characters.
    pub path: Option<String>,
    /// Stands in the body or in the decoded query.
    pub text: Option<String>,
    /// Which of them.
    pub turn: Turn,
}

/// Which of the many a rule is for; the empty one is for all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Turn {
    /// The first one met, counted from 1.
    pub nth: Option<u64>,
    /// After the first, only every so many.
    pub every: Option<u64>,
    /// How many times at most. `nth` alone means once.
    pub times: Option<u64>,
    /// From 0 to 1: how likely each is, by `seed`.
    pub chance: Option<f64>,
    /// The same seed decides the same way.
    pub seed: u64,
}

/// When it happens: the work is what the request asks the org to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Moment {
    /// The org never does it.
    #[default]
    BeforeWork,
    /// It is done and committed; only the reply suffers.
    AfterWork,
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Waits, between the two by the seed of the rule.
    Delay {
        /// At least.
        least: Duration,
        /// At most.
        most: Duration,
        /// A wait before the work keeps it from being done; after it, the reply.
        moment: Moment,
    },
    /// Answers in the org's place.
    Answer(Answer),
    /// Closes the connection without a byte.
    Drop(Moment),
    /// Resets the connection (RST) without a byte.
    Reset(Moment),
    /// Says nothing and keeps the connection open.
    Stall(Moment),
    /// Does the work, promises the whole reply and sends this many bytes of its body.
    Cut {
        /// Bytes of the body that are sent.
        at: usize,
        /// What comes then.
        then: Ending,
    },
    /// Does the work and sends the body one byte at a time.
    Drip {
        /// Between two bytes.
        pause: Duration,
    },
    /// Ends the session the request comes with, so that it is answered 401.
    Expire {
        /// Whether its user's refresh tokens end, too.
        refresh: bool,
    },
    /// Uses up the API calls of the day, before this one.
    Exhaust,
}

/// How a cut reply goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ending {
    /// The connection closes.
    #[default]
    Close,
    /// The connection stays open and silent.
    Stall,
}

/// A reply that is not the org's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Names and values; a `Content-Type` belongs here.
    pub headers: Vec<(String, String)>,
    /// As sent.
    pub body: String,
}

/// Rows that answer `UNABLE_TO_LOCK_ROW` when changed or deleted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lock {
    /// Id in 15 or 18 characters; any row when `None`.
    pub row: Option<String>,
    /// API name; rows of any object when `None`.
    pub object: Option<String>,
    /// Which attempts.
    pub turn: Turn,
}

impl Answer {
    fn page(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: vec![("Content-Type".into(), "text/html;charset=UTF-8".into())],
            body: body.to_owned(),
        }
    }

    fn data(status: u16, code: &str, message: &str) -> Self {
        let body = serde_json::json!([{"message": message, "errorCode": code}]);
        Self {
            status,
            headers: vec![(
                "Content-Type".into(),
                "application/json;charset=UTF-8".into(),
            )],
            body: body.to_string(),
        }
    }

    /// What an instance under maintenance sends: a page for people, 503.
    pub fn maintenance() -> Self {
        let body = "<html><head><title>Down for Maintenance</title></head>\
             <body><h1>Down for Maintenance</h1><p>Sorry for the inconvenience. \
             We'll be back shortly.</p></body></html>";
        Self::page(503, body)
    }

    /// What a proxy on the way sends when it cannot get through: a page, 502.
    pub fn proxy() -> Self {
        let body = "<html><head><title>502 Bad Gateway</title></head>\
             <body><center><h1>502 Bad Gateway</h1></center><hr><center>proxy</center></body></html>";
        Self::page(502, body)
    }

    /// Too many requests, 429, come again after so many seconds.
    pub fn too_many(seconds: u64) -> Self {
        let mut answer = Self::data(429, "REQUEST_LIMIT_EXCEEDED", "Too many requests.");
        let header = ("Retry-After".into(), seconds.to_string());
        answer.headers.push(header);
        answer
    }

    /// A fault of the org itself with an id for support, 500.
    pub fn unknown() -> Self {
        let text = "An unexpected error occurred. Please include this ErrorId if you contact \
             support: 1839476525-53411 (-1480309345)";
        Self::data(500, "UNKNOWN_EXCEPTION", text)
    }

    /// Too many long calls at a time, 403.
    pub fn concurrent() -> Self {
        let text = "ConcurrentRequests (Concurrent API Requests) Limit exceeded.";
        Self::data(403, "REQUEST_LIMIT_EXCEEDED", text)
    }
}

impl When {
    /// Requests of this method to addresses that look like `path`.
    pub fn asked(method: &str, path: &str) -> Self {
        Self {
            method: Some(method.to_owned()),
            path: Some(path.to_owned()),
            ..Self::default()
        }
    }

    /// The same, the first so many times.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.turn.times = Some(times);
        self
    }

    /// The same, the nth only.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.turn.nth = Some(nth);
        self
    }
}
