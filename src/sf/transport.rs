//! What a broken connection means: whether the request can have reached the org.

use std::error::Error;
use std::io;

use super::request::Purpose;
use crate::domain::failure::{Failure, FailureKind};

/// How a request broke off without a whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The host's name is not known.
    Dns,
    /// Nobody listens there.
    Refused,
    /// No trustworthy encrypted connection.
    Tls,
    /// No connection in time.
    ConnectTimeout,
    /// No connection for another reason, a proxy's for example.
    Unreachable,
    /// Connected and sent; no answer in time.
    Timeout,
    /// Connected; the connection ended before an answer.
    Reset,
    /// The answer began and did not end.
    Cut,
}

/// The sort of failure a fault is, for a request of this purpose.
pub fn kind(fault: Fault, purpose: Purpose) -> FailureKind {
    match (fault, purpose) {
        (Fault::Timeout | Fault::Reset | Fault::Cut, Purpose::Write) => FailureKind::OutcomeUnknown,
        _ => FailureKind::NoConnection,
    }
}

/// Whether a reply's status alone leaves open if a write was done. `spoken` says that
/// the org itself answered in its own words, not a gateway before it.
pub fn is_lost(status: u16, spoken: bool, purpose: Purpose) -> bool {
    let is_open = matches!(status, 408 | 500 | 502..=504 | 506..=599) && !(status == 503 && spoken);
    purpose == Purpose::Write && is_open
}

/// A fault as a failure, naming the host.
pub(super) fn failure(error: &reqwest::Error, purpose: Purpose, host: &str) -> Failure {
    if error.is_builder() {
        return Failure::input("the access token or a header holds characters that cannot be sent");
    }
    let fault = fault_of(error);
    let message = sentence(fault, host, error);
    match kind(fault, purpose) {
        FailureKind::OutcomeUnknown => Failure::outcome_unknown(&message),
        _ => Failure::no_connection(&message),
    }
}

fn fault_of(error: &reqwest::Error) -> Fault {
    if error.is_dns() {
        return Fault::Dns;
    }
    if !error.is_connect() {
        return match (error.is_timeout(), error.is_body() || error.is_decode()) {
            (true, _) => Fault::Timeout,
            (false, true) => Fault::Cut,
            (false, false) => Fault::Reset,
        };
    }
    if error.is_timeout() {
        return Fault::ConnectTimeout;
    }
    match (tls_reason(error), io_kind(error)) {
        (Some(_), _) => Fault::Tls,
        (None, Some(io::ErrorKind::ConnectionRefused)) => Fault::Refused,
        _ => Fault::Unreachable,
    }
}

fn sentence(fault: Fault, host: &str, error: &reqwest::Error) -> String {
    match fault {
        Fault::Dns => format!("the host `{host}` is not known"),
        Fault::Refused => format!("`{host}` refuses connections"),
        Fault::Tls => format!(
            "no secure connection to `{host}`: {}",
            tls_reason(error).unwrap_or_default()
        ),
        Fault::ConnectTimeout => format!("`{host}` did not answer in time"),
        Fault::Unreachable => format!("`{host}` cannot be reached: {}", deepest(error)),
        Fault::Timeout => format!("`{host}` took the request and did not answer in time"),
        Fault::Reset => format!("the connection to `{host}` broke off before an answer"),
        Fault::Cut => format!("the connection to `{host}` broke off in the middle of the answer"),
    }
}

fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}

/// What rustls found wrong; it hides inside an [`io::Error`], which does not name it as
/// its source.
fn tls_reason(error: &reqwest::Error) -> Option<String> {
    chain(error).find_map(|error| {
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        let tls = error
            .downcast_ref::<rustls::Error>()
            .or_else(|| inner?.downcast_ref::<rustls::Error>())?;
        Some(tls.to_string())
    })
}

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    chain(error).find_map(|error| Some(error.downcast_ref::<io::Error>()?.kind()))
}

fn deepest(error: &reqwest::Error) -> String {
    chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Fault::{ConnectTimeout, Cut, Dns, Refused, Reset, Timeout, Tls, Unreachable};

    #[test]
    fn only_what_cannot_have_been_sent_is_called_unsent() {
        let cases = [
            (Dns, FailureKind::NoConnection),
            (Refused, FailureKind::NoConnection),
            (Tls, FailureKind::NoConnection),
            (ConnectTimeout, FailureKind::NoConnection),
            (Unreachable, FailureKind::NoConnection),
            (Timeout, FailureKind::OutcomeUnknown),
            (Reset, FailureKind::OutcomeUnknown),
            (Cut, FailureKind::OutcomeUnknown),
        ];
        for (fault, write) in cases {
            assert_eq!(kind(fault, Purpose::Write), write, "{fault:?}");
            assert_eq!(
                kind(fault, Purpose::Read),
                FailureKind::NoConnection,
                "{fault:?}"
            );
        }
    }

    #[test]
    fn a_gateways_answer_leaves_a_write_open() {
        let cases = [
            (500, true, true),
            (500, false, true),
            (502, false, true),
            (504, true, true),
            (503, false, true),
            (503, true, false),
            (501, false, false),
            (408, false, true),
            (524, false, true),
            (598, false, true),
            (400, true, false),
            (429, false, false),
        ];
        for (status, spoken, lost) in cases {
            assert_eq!(
                is_lost(status, spoken, Purpose::Write),
                lost,
                "{status} {spoken}"
            );
            assert!(!is_lost(status, spoken, Purpose::Read), "{status} read");
        }
    }
}
