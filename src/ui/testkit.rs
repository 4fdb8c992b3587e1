//! What the screens look like, as text.

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::app::testkit::Bench;

use super::theme::{Glyphs, Theme};

/// The whole screen at this size; the cursor's place in the last line.
pub fn picture(bench: &Bench, columns: u16, rows: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    let theme = Theme::plain(Glyphs::UNICODE);
    terminal
        .draw(|frame| super::draw(&bench.app, &theme, frame))
        .unwrap();
    let cursor = terminal.backend().cursor_position();
    let lines: Vec<String> = terminal
        .backend()
        .to_string()
        .lines()
        .map(|line| line.trim_matches('"').trim_end().to_owned())
        .collect();
    format!("{}\ncursor {},{}", lines.join("\n"), cursor.x, cursor.y)
}
