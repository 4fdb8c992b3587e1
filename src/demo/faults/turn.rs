//! Counting: whether this one is the one a rule means.

use super::rule::Turn;
use crate::demo::story::Random;

/// How far a rule has come.
pub(super) struct Counter {
    turn: Turn,
    met: u64,
    done: u64,
    random: Random,
}

impl Counter {
    pub(super) fn new(turn: &Turn) -> Self {
        Self {
            turn: turn.clone(),
            met: 0,
            done: 0,
            random: Random::new(turn.seed),
        }
    }

    /// Counts one more; whether the rule is for it.
    pub(super) fn is_due(&mut self) -> bool {
        self.met += 1;
        let due = self.is_in_line() && self.is_left() && self.is_lucky();
        self.done += u64::from(due);
        due
    }

    fn is_in_line(&self) -> bool {
        let first = self.turn.nth.or(self.turn.every).unwrap_or(1).max(1);
        match self.turn.every {
            Some(step) => self.met >= first && (self.met - first).is_multiple_of(step.max(1)),
            None => self.met >= first,
        }
    }

    fn is_left(&self) -> bool {
        let alone = self.turn.nth.is_some() && self.turn.every.is_none();
        let most = self.turn.times.or(alone.then_some(1));
        most.is_none_or(|most| self.done < most)
    }

    fn is_lucky(&mut self) -> bool {
        // Parts of a million: exact enough for a test, and the same everywhere.
        let part = |chance: f64| (chance.clamp(0.0, 1.0) * 1_000_000.0).round() as i64;
        let drawn = self.random.between(0, 999_999);
        self.turn.chance.is_none_or(|chance| drawn < part(chance))
    }

    /// A number from `least` to `most`, by the rule's seed.
    pub(super) fn between(&mut self, least: i64, most: i64) -> i64 {
        self.random.between(least, most.max(least))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(turn: Turn) -> Vec<u64> {
        let mut counter = Counter::new(&turn);
        (1..=12).filter(|_| counter.is_due()).collect()
    }

    #[test]
    fn a_turn_says_which_of_the_many() {
        let turn = |nth, every, times| Turn {
            nth,
            every,
            times,
            ..Turn::default()
        };
        for (turn, wanted) in [
            (turn(None, None, Some(2)), vec![1, 2]),
            (turn(Some(3), None, None), vec![3]),
            (turn(Some(3), None, Some(2)), vec![3, 4]),
            (turn(None, Some(5), None), vec![5, 10]),
            (turn(Some(2), Some(4), Some(2)), vec![2, 6]),
            (turn(None, None, Some(0)), vec![]),
        ] {
            assert_eq!(due(turn.clone()), wanted, "{turn:?}");
        }
    }

    #[test]
    fn chance_is_the_same_for_the_same_seed() {
        let turn = |seed| Turn {
            chance: Some(0.5),
            seed,
            ..Turn::default()
        };
        assert_eq!(due(turn(1)), due(turn(1)));
        assert_ne!(due(turn(1)), due(turn(2)));
        let never = Turn {
            chance: Some(0.0),
            ..Turn::default()
        };
        assert_eq!(due(never), Vec::<u64>::new());
    }
}
