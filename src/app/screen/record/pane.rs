//! Lines of one pane and the cursor in them. Knows nothing of what the lines say.

use crate::app::command::Command;
use crate::app::list::ListCursor;

/// A line that may be chosen and found again.
pub trait PaneLine {
    /// The cursor may rest here.
    fn stops(&self) -> bool;
    /// Names what the line shows, so that the cursor finds it after a refresh.
    fn name(&self) -> &str;
}

/// Lines with a cursor.
#[derive(Debug, Clone)]
pub struct Pane<L> {
    lines: Vec<L>,
    /// The chosen line; its window is the view's.
    pub cursor: ListCursor,
}

impl<L> Default for Pane<L> {
    fn default() -> Self {
        Self {
            lines: Vec::new(),
            cursor: ListCursor::default(),
        }
    }
}

impl<L: PaneLine> Pane<L> {
    /// All lines.
    pub fn lines(&self) -> &[L] {
        &self.lines
    }

    /// The line under the cursor.
    pub fn selected(&self) -> Option<&L> {
        self.lines.get(self.cursor.selected())
    }

    /// Puts other lines in place; the cursor stays on what it was on, else on its row.
    pub fn replace(&mut self, lines: Vec<L>) {
        let row = self.cursor.selected();
        let found = self.selected().and_then(|old| {
            let within = self.lines[..row]
                .iter()
                .rev()
                .take_while(|line| line.name() == old.name())
                .count();
            let first = lines.iter().position(|line| line.name() == old.name())?;
            let place = first + within;
            let same = lines.get(place).is_some_and(|it| it.name() == old.name());
            Some(if same { place } else { first })
        });
        self.lines = lines;
        self.cursor.select(found.unwrap_or(row), self.lines.len());
        self.leave_heading(Way::Down);
    }

    /// Moves as the command says; false when it is not a movement.
    pub fn moved(&mut self, command: Command) -> bool {
        if !self.cursor.moved(command, self.lines.len()) {
            return false;
        }
        let up = matches!(
            command,
            Command::Up | Command::PageUp | Command::HalfUp | Command::Bottom
        );
        self.leave_heading(if up { Way::Up } else { Way::Down });
        true
    }

    /// Goes on to the next line the cursor may rest on, else back.
    fn leave_heading(&mut self, way: Way) {
        let row = self.cursor.selected();
        let below = || (row..self.lines.len()).find(|at| self.lines[*at].stops());
        let above = || {
            let end = (row + 1).min(self.lines.len());
            (0..end).rev().find(|at| self.lines[*at].stops())
        };
        let found = match way {
            Way::Down => below().or_else(above),
            Way::Up => above().or_else(below),
        };
        if let Some(row) = found {
            self.cursor.select(row, self.lines.len());
        }
    }
}

#[derive(Clone, Copy)]
enum Way {
    Up,
    Down,
}

#[cfg(test)]
mod tests {
    use super::*;

    impl PaneLine for &'static str {
        fn stops(&self) -> bool {
            !self.starts_with('-')
        }
        fn name(&self) -> &str {
            self
        }
    }

    fn pane(lines: &[&'static str]) -> Pane<&'static str> {
        let mut pane = Pane::default();
        pane.replace(lines.to_vec());
        pane
    }

    #[test]
    fn the_cursor_never_rests_on_a_heading() {
        let mut pane = pane(&["-h", "a", "-h", "b"]);
        assert_eq!(pane.selected(), Some(&"a"));
        pane.moved(Command::Down);
        assert_eq!(pane.selected(), Some(&"b"));
        pane.moved(Command::Up);
        assert_eq!(pane.selected(), Some(&"a"));
        pane.moved(Command::Up);
        assert_eq!(pane.selected(), Some(&"a"));
        pane.moved(Command::Bottom);
        assert_eq!(pane.selected(), Some(&"b"));
        pane.moved(Command::Top);
        assert_eq!(pane.selected(), Some(&"a"));
    }

    #[test]
    fn a_refresh_keeps_the_cursor_on_what_it_was_on() {
        let mut pane = pane(&["a", "long", "long", "b"]);
        pane.moved(Command::Down);
        pane.moved(Command::Down);
        pane.replace(vec!["new", "a", "long", "long", "b"]);
        assert_eq!(pane.cursor.selected(), 3);
        pane.replace(vec!["new", "a", "long"]);
        assert_eq!(pane.cursor.selected(), 2);
        pane.replace(Vec::new());
        assert_eq!(pane.selected(), None);
    }
}
