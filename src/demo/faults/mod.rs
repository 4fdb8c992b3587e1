//! Faults on purpose: which rules a running org has, and what they mean for one request.
//! Knows requests as values; sockets are the server's.

mod file;
mod rule;
mod turn;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use file::FileFault;
pub use rule::{Action, Answer, Ending, Fault, Lock, Moment, Rules, Turn, When};

use super::budget::Budget;
use super::ids::long_id;
use super::wire::{Request, form_pairs};
use turn::Counter;

/// The faults of a running org; every copy speaks of the same org.
#[derive(Clone)]
pub struct Faults {
    state: Arc<Mutex<State>>,
    budget: Arc<Budget>,
}

#[derive(Default)]
struct State {
    faults: Vec<(Fault, Counter)>,
    locks: Vec<(Lock, Counter)>,
    rotates: bool,
}

/// How a connection ends without a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// Closed.
    Close,
    /// Reset.
    Reset,
    /// Left open in silence.
    Stall,
}

/// What becomes of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// It is not sent.
    Not(Break),
    /// Part of its body is.
    Cut(usize, Ending),
    /// Its body is, byte by byte.
    Drip(Duration),
}

/// What the rules mean for one request.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Before the work.
    pub wait: Duration,
    /// The session ends first; `true` with its refresh tokens.
    pub expire: Option<bool>,
    /// Instead of the work.
    pub broken: Option<Break>,
    /// Instead of the work.
    pub answer: Option<Answer>,
    /// After the work.
    pub late: Duration,
    /// After the work; the whole reply when `None`.
    pub sending: Option<Sending>,
}

impl Faults {
    pub(super) fn new(rules: Rules, budget: Arc<Budget>) -> Self {
        let faults = Self {
            state: Arc::default(),
            budget,
        };
        faults.set(rules);
        faults
    }

    /// Puts these rules in the place of all there are; counting begins anew.
    pub fn set(&self, rules: Rules) {
        let mut state = self.state();
        *state = State::default();
        state.rotates = rules.rotate_refresh_tokens;
        state.faults.extend(rules.faults.into_iter().map(counted));
        state.locks.extend(rules.locks.into_iter().map(|lock| {
            let counter = Counter::new(&lock.turn);
            (lock, counter)
        }));
        self.budget.allow(rules.allowance);
    }

    /// Removes every rule.
    pub fn clear(&self) {
        self.set(Rules::default());
    }

    /// Adds a fault behind those there are.
    pub fn add(&self, when: When, then: Action) {
        self.state().faults.push(counted(Fault { when, then }));
    }

    /// Adds a lock.
    pub fn lock(&self, lock: Lock) {
        let counter = Counter::new(&lock.turn);
        self.state().locks.push((lock, counter));
    }

    /// API calls from now on until `REQUEST_LIMIT_EXCEEDED`.
    pub fn leave_calls(&self, calls: u64) {
        self.budget.leave(calls);
    }

    /// Begins the day of API calls anew.
    pub fn new_day(&self) {
        self.budget.begin();
    }

    /// Whether refresh tokens change with every use.
    pub(super) fn rotates(&self) -> bool {
        self.state().rotates
    }

    /// What the rules mean for a request; counts it.
    pub(super) fn plan(&self, request: &Request) -> Plan {
        let mut plan = Plan::default();
        let mut state = self.state();
        for (fault, counter) in &mut state.faults {
            if fault.when.is_met_by(request) && counter.is_due() {
                plan.take(&fault.then, counter, &self.budget);
            }
        }
        plan
    }

    /// Whether an attempt to change a row of an object meets a lock; counts it.
    pub(super) fn is_locked(&self, object: &str, id: &str) -> bool {
        let mut state = self.state();
        let mut locked = false;
        for (lock, counter) in &mut state.locks {
            let row = lock.row.as_deref();
            let is_row = row.is_none_or(|row| long_id(row).as_deref() == Some(id));
            let of = lock.object.as_deref();
            let is_of = of.is_none_or(|name| name.eq_ignore_ascii_case(object));
            locked |= is_row && is_of && counter.is_due();
        }
        locked
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.state();
        to.debug_struct("Faults")
            .field("faults", &state.faults.len())
            .field("locks", &state.locks.len())
            .finish()
    }
}

fn counted(fault: Fault) -> (Fault, Counter) {
    let counter = Counter::new(&fault.when.turn);
    (fault, counter)
}

impl Plan {
    fn take(&mut self, action: &Action, counter: &mut Counter, budget: &Budget) {
        match action {
            Action::Delay {
                least,
                most,
                moment,
            } => {
                let millis = |wait: &Duration| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
                let drawn = counter.between(millis(least), millis(most));
                let wait = Duration::from_millis(u64::try_from(drawn).unwrap_or_default());
                match moment {
                    Moment::BeforeWork => self.wait += wait,
                    Moment::AfterWork => self.late += wait,
                }
            }
            Action::Answer(answer) => self.answer = Some(answer.clone()),
            Action::Drop(moment) => self.breaks(Break::Close, *moment),
            Action::Reset(moment) => self.breaks(Break::Reset, *moment),
            Action::Stall(moment) => self.breaks(Break::Stall, *moment),
            Action::Cut { at, then } => self.sending = Some(Sending::Cut(*at, *then)),
            Action::Drip { pause } => self.sending = Some(Sending::Drip(*pause)),
            Action::Expire { refresh } => self.expire = Some(*refresh),
            Action::Exhaust => budget.leave(0),
        }
    }

    fn breaks(&mut self, kind: Break, moment: Moment) {
        match moment {
            Moment::BeforeWork => self.broken = Some(kind),
            Moment::AfterWork => self.sending = Some(Sending::Not(kind)),
        }
    }
}

impl When {
    fn is_met_by(&self, request: &Request) -> bool {
        let method = self.method.as_deref();
        let path = self.path.as_deref();
        method.is_none_or(|method| method.eq_ignore_ascii_case(&request.method))
            && path.is_none_or(|pattern| is_like(pattern, &request.path))
            && self.text.as_deref().is_none_or(|text| {
                String::from_utf8_lossy(&request.body).contains(text)
                    || form_pairs(&request.query)
                        .iter()
                        .any(|(_, value)| value.contains(text))
            })
    }
}

/// Whether a text looks like a pattern in which `*` stands for any characters.
fn is_like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text, wanted) in [
            ("/a/b", "/a/b", true),
            ("/a/b", "/a/b/c", false),
            ("/a/*", "/a/", true),
            ("*/Contact/*", "/x/Contact/003", true),
            ("*/Contact/*", "/x/Account/003", false),
            ("/v*/query", "/v62.0/query", true),
            ("/v*/query", "/v62.0/queryAll", false),
            ("a*a", "a", false),
            ("*", "", true),
        ] {
            assert_eq!(is_like(pattern, text), wanted, "{pattern} {text}");
        }
    }
}
