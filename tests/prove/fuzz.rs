//! Bytes that no server should send: real shapes, bent. Deterministic by seed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// A source of numbers that is the same on every machine (splitmix64).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Numbers that follow from this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where there is none.
    pub fn below(&mut self, end: usize) -> usize {
        match u64::try_from(end) {
            Ok(0) | Err(_) => 0,
            Ok(end) => usize::try_from(self.any() % end).unwrap_or(0),
        }
    }

    /// One of these.
    pub fn one<'a, T: ?Sized>(&mut self, of: &'a [&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

/// Pieces that break readers.
const PIECES: &[&str] = &[
    "null",
    "true",
    "0",
    "-1",
    "1e999",
    "\"\"",
    "[]",
    "{}",
    "[[[[[[[[",
    "{\"a\":",
    "\\u0000",
    "\\ud800",
    "\u{1b}[2J",
    "\u{202e}",
    "\u{9b}",
    "é",
    "\u{1f468}\u{200d}\u{1f469}",
    "@{0.id}",
    "9999999999999999999999",
    "\"errors\":[",
    "\"fields\":null",
    "\"records\":[",
    ",,",
    "\\",
    "\"",
    "\n",
    "\r\n",
    "\0",
    "=",
    "[",
    "]",
];

/// A seed bent in one to six places.
pub fn bent(random: &mut Random, seed: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(5) {
        let at = random.below(bytes.len() + 1);
        match random.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 => bytes.truncate(at),
            2 => {
                let piece = random.one(PIECES).as_bytes().to_vec();
                bytes.splice(at..at, piece);
            }
            3 => {
                let end = (at + random.below(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let end = (at + random.below(60)).min(bytes.len());
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            _ => {
                let end = (at + random.below(20)).min(bytes.len());
                let piece = random.one(PIECES).as_bytes().to_vec();
                bytes.splice(at..end, piece);
            }
        }
    }
    bytes
}

/// Longest time one input may take, in milliseconds.
const SLOWEST: u128 = 100;

/// Gives a reader so many bent seeds. Panics, with what did it, when the reader does or
/// takes too long over one.
pub fn run(name: &str, count: u64, seeds: &[&[u8]], reader: impl Fn(&[u8])) {
    let mut random = Random::new(count ^ 0x5f77);
    for turn in 0..count {
        let seed = seeds[random.below(seeds.len())];
        let bytes = bent(&mut random, seed);
        let read = || {
            let started = Instant::now();
            let sound = catch_unwind(AssertUnwindSafe(|| reader(&bytes))).is_ok();
            (sound, started.elapsed().as_millis())
        };
        let (sound, took) = read();
        let shown = || String::from_utf8_lossy(&bytes).into_owned();
        assert!(sound, "{name}, turn {turn}: {:?}", shown());
        // The machine may have been busy: only what is slow every time is slow.
        let slow = took > SLOWEST && (0..3).all(|_| read().1 > SLOWEST);
        assert!(!slow, "{name} takes {took} ms: {:?}", shown());
    }
}
