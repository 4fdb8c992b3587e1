//! Cursors in lists: which row is chosen and which rows are in view. They know rows by
//! number or key, never what is in them.

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
        let Some(row) = after(command, self.selected, self.height.get(), len) else {
            return false;
        };
        self.select(row, len);
        true
    }

    /// First row in view, for a window of `height` rows over `len`; keeps the chosen row
    /// inside. Called when drawing.
    pub fn window(&self, height: usize, len: usize) -> usize {
        self.window_at(self.selected, height, len)
    }

    /// The same for a list drawn with headings between its rows: the chosen row is then
    /// drawn as line `line` of `len`.
    pub fn window_at(&self, line: usize, height: usize, len: usize) -> usize {
        let top = top_row(self.top.get(), line, height, len);
        self.top.set(top);
        self.height.set(height);
        top
    }
}

/// The chosen row of a list that changes by itself: it stays with its row, known by a
/// key, wherever that row moves, so that no command hits a row that slipped under the
/// cursor.
///
/// Drawing pins the key of the row it shows as chosen.
#[derive(Debug, Clone)]
pub struct KeyedCursor<K: Copy> {
    key: Cell<Option<K>>,
    row: Cell<usize>,
    top: Cell<usize>,
    height: Cell<usize>,
}

impl<K: Copy> Default for KeyedCursor<K> {
    fn default() -> Self {
        Self {
            key: Cell::new(None),
            row: Cell::default(),
            top: Cell::default(),
            height: Cell::default(),
        }
    }
}

impl<K: Copy + PartialEq> KeyedCursor<K> {
    /// The place of the chosen row among the rows there are now; where it is gone, the
    /// row that took its place.
    pub fn row(&self, keys: &[K]) -> usize {
        self.key
            .get()
            .and_then(|key| keys.iter().position(|known| *known == key))
            .unwrap_or_else(|| self.row.get().min(keys.len().saturating_sub(1)))
    }

    /// Moves as the command says; false when it is not a movement.
    pub fn moved(&mut self, command: Command, keys: &[K]) -> bool {
        let Some(row) = after(command, self.row(keys), self.height.get(), keys.len()) else {
            return false;
        };
        self.pin(row.min(keys.len().saturating_sub(1)), keys);
        true
    }

    /// First row in view, for a window of `height` rows; keeps the chosen row inside.
    /// Called when drawing.
    pub fn window(&self, height: usize, keys: &[K]) -> usize {
        let row = self.row(keys);
        self.pin(row, keys);
        let top = top_row(self.top.get(), row, height, keys.len());
        self.top.set(top);
        self.height.set(height);
        top
    }

    fn pin(&self, row: usize, keys: &[K]) {
        self.row.set(row);
        self.key.set(keys.get(row).copied());
    }
}

/// How far a text has been scrolled. Drawing tells how long it is.
#[derive(Debug, Clone, Default)]
pub struct Scroll {
    top: Cell<usize>,
    height: Cell<usize>,
}

impl Scroll {
    /// Moves as the command says; false when it is not a movement.
    pub fn moved(&mut self, command: Command) -> bool {
        let top = after(command, self.top.get(), self.height.get(), usize::MAX);
        top.map(|top| self.top.set(top)).is_some()
    }

    /// First line in view, for a window of `height` lines over `len`. Called when drawing.
    pub fn window(&self, height: usize, len: usize) -> usize {
        let top = self.top.get().min(len.saturating_sub(height));
        self.top.set(top);
        self.height.set(height);
        top
    }
}

/// Where a movement from `row` leads, before it is held inside the list; `None` when the
/// command is not a movement.
fn after(command: Command, row: usize, height: usize, len: usize) -> Option<usize> {
    let page = height.max(2);
    match command {
        Command::Down => Some(row.saturating_add(1)),
        Command::Up => Some(row.saturating_sub(1)),
        Command::Top => Some(0),
        Command::Bottom => Some(len),
        Command::HalfDown => Some(row.saturating_add(page / 2)),
        Command::HalfUp => Some(row.saturating_sub(page / 2)),
        Command::PageDown => Some(row.saturating_add(page - 1)),
        Command::PageUp => Some(row.saturating_sub(page - 1)),
        _ => None,
    }
}

/// The first row in view, moved from `top` no further than needed to show `row`.
fn top_row(top: usize, row: usize, height: usize, len: usize) -> usize {
    let lowest = (row + 1).saturating_sub(height);
    let top = top.clamp(lowest, row.max(lowest));
    top.min(len.saturating_sub(height))
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

    #[test]
    fn the_cursor_stays_with_its_row_when_rows_come_and_go() {
        let mut cursor = KeyedCursor::default();
        cursor.window(5, &[3, 2, 1]);
        assert_eq!(cursor.row(&[4, 3, 2, 1]), 1, "a new row pushes it down");
        assert!(cursor.moved(Command::Down, &[4, 3, 2, 1]));
        assert_eq!(cursor.row(&[4, 3, 2, 1]), 2);
        assert_eq!(cursor.row(&[4, 3, 1]), 2, "its row is gone: the next one");
        assert_eq!(cursor.row(&[4]), 0);
        assert_eq!(cursor.row(&[]), 0);
    }

    #[test]
    fn a_text_scrolls_no_further_than_its_end() {
        let mut scroll = Scroll::default();
        scroll.window(5, 12);
        assert!(scroll.moved(Command::Bottom));
        assert_eq!(scroll.window(5, 12), 7);
        assert!(scroll.moved(Command::Up));
        assert_eq!(scroll.window(5, 12), 6);
        assert_eq!(scroll.window(20, 12), 0);
        assert!(!scroll.moved(Command::Help));
    }
}
