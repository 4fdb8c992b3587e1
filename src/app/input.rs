//! A text field: one line or many. The only place that names the text-area crate.

use crossterm::event::KeyEvent;
use tui_textarea::{CursorMove, Input as AreaInput, TextArea};

/// Text being edited.
#[derive(Debug, Clone)]
pub struct Input {
    area: TextArea<'static>,
    lines: Lines,
}

/// How many lines a text field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// Line ends become spaces.
    One,
    /// Line ends are kept.
    Many,
}

impl Input {
    /// A field with this text, the cursor behind it.
    pub fn new(lines: Lines, text: &str) -> Self {
        let mut input = Self {
            area: TextArea::default(),
            lines,
        };
        input.insert(text);
        input
    }

    /// The text as it stands.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Its lines; at least one.
    pub fn lines(&self) -> &[String] {
        self.area.lines()
    }

    /// Nothing is typed.
    pub fn is_empty(&self) -> bool {
        self.area.is_empty()
    }

    /// Characters in all, line ends included.
    pub fn len(&self) -> usize {
        let lines = self.area.lines();
        lines.iter().map(|line| line.chars().count()).sum::<usize>() + lines.len() - 1
    }

    /// Line and character the cursor stands before, from 0.
    pub fn cursor(&self) -> (usize, usize) {
        let cursor = self.area.cursor();
        (cursor.0, cursor.1)
    }

    /// The byte of the text that the cursor stands before.
    pub fn byte(&self) -> usize {
        let (row, column) = self.cursor();
        let lines = self.area.lines();
        let above: usize = lines.iter().take(row).map(|line| line.len() + 1).sum();
        let within = lines.get(row).and_then(|line| {
            line.char_indices()
                .nth(column)
                .map(|(at, _)| at)
                .or(Some(line.len()))
        });
        above + within.unwrap_or_default()
    }

    /// Puts the cursor before this byte of the text.
    pub fn go_to(&mut self, byte: usize) {
        let text = self.text();
        let before = text.get(..byte).unwrap_or(&text);
        let row = before.matches('\n').count();
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |it| it.chars().count());
        let small = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        self.area
            .move_cursor(CursorMove::Jump(small(row), small(column)));
    }

    /// Puts other text in place of what is there; one step for undo.
    pub fn replace(&mut self, text: &str) {
        self.area.select_all();
        self.area.cut();
        self.insert(text);
    }

    /// Types a run of text at the cursor as one edit. Control characters other than line
    /// ends and tabs are left out.
    pub fn insert(&mut self, text: &str) {
        let clean: String = text
            .replace("\r\n", "\n")
            .chars()
            .map(|c| if c == '\r' { '\n' } else { c })
            .map(|c| match (c, self.lines) {
                ('\n' | '\t', Lines::One) => ' ',
                _ => c,
            })
            .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
            .collect();
        if !clean.is_empty() {
            self.area.insert_str(clean);
        }
    }

    /// Edits as the key says; false when the key is not one for text.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let input = AreaInput::from(key);
        let name = super::keymap::key_name(key);
        match (name.as_str(), self.lines) {
            ("Enter" | "Up" | "Down" | "Tab" | "S-Tab" | "PgUp" | "PgDn", Lines::One) => false,
            ("Tab" | "S-Tab", Lines::Many) => false,
            ("C-u", _) => {
                self.area.delete_line_by_head();
                true
            }
            ("Home", _) => {
                self.area.move_cursor(CursorMove::Head);
                true
            }
            ("End", _) => {
                self.area.move_cursor(CursorMove::End);
                true
            }
            _ if self.edits(&name, key) => {
                self.area.input(input);
                true
            }
            _ => false,
        }
    }

    /// Keys the text area may see: typing and readline's line keys, nothing that a
    /// screen binds.
    fn edits(&self, name: &str, key: KeyEvent) -> bool {
        super::keymap::types_text(key)
            || matches!(
                name,
                "BS" | "Del"
                    | "Left"
                    | "Right"
                    | "Enter"
                    | "Up"
                    | "Down"
                    | "C-a"
                    | "C-e"
                    | "C-b"
                    | "C-f"
                    | "C-k"
                    | "C-w"
                    | "C-h"
                    | "C-Left"
                    | "C-Right"
                    | "M-b"
                    | "M-f"
                    | "M-d"
                    | "PgUp"
                    | "PgDn"
            )
    }
}

impl PartialEq for Input {
    fn eq(&self, other: &Self) -> bool {
        self.lines == other.lines && self.area.lines() == other.area.lines()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyModifiers};

    #[test]
    fn one_line_takes_no_line_end_and_no_escape() {
        let mut input = Input::new(Lines::One, "");
        input.insert("a\r\nb\tc\x1b[31m");
        assert_eq!(input.text(), "a b c[31m");
        assert!(!input.key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)));
    }

    #[test]
    fn replace_drops_the_old_text() {
        let mut input = Input::new(Lines::Many, "old\ntext");
        input.replace("new");
        assert_eq!(input.text(), "new");
        assert_eq!(input.cursor(), (0, 3));
        input.replace("");
        assert!(input.is_empty());
    }

    #[test]
    fn readline_keys_edit_the_line() {
        let mut input = Input::new(Lines::One, "call Lena now");
        input.key(KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL));
        assert_eq!(input.text(), "call Lena ");
        input.key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
        assert_eq!(input.text(), "");
    }
}
