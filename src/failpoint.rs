//! Places where a test may make this process fail: crash, panic or stop dead. A build
//! without debug assertions has none of it. Must not know what the places are for.
//!
//! `SFW_TUI_FAILPOINT=name`, `name:3` (its third time) or `name:3=panic` in the environment
//! chooses one; without a word behind `=` the process ends at once, as by kill -9.

/// This place is reached.
#[cfg(debug_assertions)]
pub fn reached(name: &str) {
    use std::sync::OnceLock;
    static CHOSEN: OnceLock<Option<Point>> = OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| std::env::var("SFW_TUI_FAILPOINT").ok()?.parse().ok());
    if let Some(point) = chosen.as_ref().filter(|point| point.name == name) {
        point.met();
    }
}

/// This place is reached.
#[cfg(not(debug_assertions))]
#[inline]
pub fn reached(_name: &str) {}

/// The chosen place and what happens there.
#[cfg(debug_assertions)]
#[derive(Debug)]
struct Point {
    name: String,
    /// The time it is reached that counts, from 1.
    turn: u64,
    end: End,
    met: std::sync::atomic::AtomicU64,
}

#[cfg(debug_assertions)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Gone without a word, nothing flushed.
    Abort,
    /// A bug in our own code.
    Panic,
    /// Stuck for good.
    Hang,
}

#[cfg(debug_assertions)]
impl Point {
    fn met(&self) {
        use std::sync::atomic::Ordering;
        if self.met.fetch_add(1, Ordering::SeqCst) + 1 != self.turn {
            return;
        }
        match self.end {
            End::Abort => std::process::abort(),
            #[expect(clippy::panic, reason = "what the test asked for")]
            End::Panic => panic!("failpoint {}", self.name),
            End::Hang => loop {
                std::thread::park();
            },
        }
    }
}

#[cfg(debug_assertions)]
impl std::str::FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (place, end) = text.split_once('=').unwrap_or((text, "abort"));
        let (name, turn) = place.split_once(':').unwrap_or((place, "1"));
        let end = match end {
            "abort" => End::Abort,
            "panic" => End::Panic,
            "hang" => End::Hang,
            other => return Err(format!("no end is called {other}")),
        };
        Ok(Self {
            name: name.to_owned(),
            turn: turn.parse().map_err(|_| format!("{turn} is no number"))?,
            end,
            met: std::sync::atomic::AtomicU64::new(0),
        })
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_with_its_turn_and_end() {
        let point: Point = "outbox/sending:3=panic".parse().unwrap();
        assert_eq!((point.name.as_str(), point.turn), ("outbox/sending", 3));
        assert_eq!(point.end, End::Panic);
        let plain: Point = "draft".parse().unwrap();
        assert_eq!((plain.turn, plain.end), (1, End::Abort));
        assert!("a:b".parse::<Point>().is_err() && "a=b".parse::<Point>().is_err());
    }

    #[test]
    fn only_the_chosen_turn_fails() {
        let point: Point = "x:3=panic".parse().unwrap();
        point.met();
        point.met();
        assert!(std::panic::catch_unwind(|| point.met()).is_err());
        point.met();
    }
}
