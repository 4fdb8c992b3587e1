//! A cursor in a list: which row is chosen and which rows are in view.

use std::cell::Cell;

use super::command::Command;

/// The chosen row of a list whose length the owner knows.
///
/// `top` and `height` belong to the view: drawing sets them, so that a page key moves by
/// what is really seen. Nothing else depends on them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListCursor {
    selected: usize,
    top: Cell<usize>,
    height: Cell<usize>,
}

impl ListCursor {
    /// The chosen row.
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// Chooses a row of `len`.
    pub fn select(&mut self, row: usize, len: usize) {
        self.selected = row.min(len.saturating_sub(1));
    }

    /// Moves as the command says; false when it is not a movement.
    pub fn moved(&mut self, command: Command, len: usize) -> bool {
        let page = self.height.get().max(2);
        let row = match command {
            Command::Down => self.selected.saturating_add(1),
            Command::Up => self.selected.saturating_sub(1),
            Command::Top => 0,
            Command::Bottom => len,
            Command::HalfDown => self.selected.saturating_add(page / 2),
            Command::HalfUp => self.selected.saturating_sub(page / 2),
            Command::PageDown => self.selected.saturating_add(page - 1),
            Command::PageUp => self.selected.saturating_sub(page - 1),
            _ => return false,
        };
        self.select(row, len);
        true
    }

    /// First row in view, for a window of `height` rows over `len`; keeps the chosen row
    /// inside. Called when drawing.
    pub fn window(&self, height: usize, len: usize) -> usize {
        let last_top = len.saturating_sub(height);
        let lowest = (self.selected + 1).saturating_sub(height);
        let top = self.top.get().clamp(lowest, self.selected.max(lowest));
        let top = top.min(last_top);
        self.top.set(top);
        self.height.set(height);
        top
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn movement_stays_inside_the_list() {
        let mut cursor = ListCursor::default();
        assert!(cursor.moved(Command::Down, 0));
        assert_eq!(cursor.selected(), 0);
        cursor.moved(Command::Bottom, 10);
        assert_eq!(cursor.selected(), 9);
        cursor.moved(Command::Down, 10);
        assert_eq!(cursor.selected(), 9);
        assert!(!cursor.moved(Command::Help, 10));
    }

    #[test]
    fn the_window_follows_the_chosen_row() {
        let mut cursor = ListCursor::default();
        assert_eq!(cursor.window(4, 10), 0);
        cursor.select(5, 10);
        assert_eq!(cursor.window(4, 10), 2);
        cursor.select(4, 10);
        assert_eq!(cursor.window(4, 10), 2, "no scroll inside the window");
        cursor.select(0, 10);
        assert_eq!(cursor.window(4, 10), 0);
        cursor.select(9, 10);
        assert_eq!(cursor.window(20, 10), 0, "a high window starts at the top");
    }
}
