//! What the screens look like to a test: cells, or text.

use ratatui::backend::TestBackend;
use ratatui::{Frame, Terminal};

use crate::app::App;
use crate::app::testkit::driver::Driver;

use super::look::{Depth, Look, Palette, Paper};
use super::theme::{Glyphs, Theme};

/// The cells of one frame of this size, drawn by `draw`.
pub fn drawn((columns, rows): (u16, u16), draw: impl FnOnce(&mut Frame<'_>)) -> TestBackend {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(draw).unwrap();
    terminal.backend().clone()
}

/// No colours, these glyphs.
pub fn theme(glyphs: Glyphs) -> Theme {
    let look = Look {
        palette: Palette::Mono,
        depth: Depth::None,
        glyphs,
    };
    look.theme(Paper::Unknown)
}

/// The colours of a dark terminal.
pub fn coloured(glyphs: Glyphs) -> Theme {
    let look = Look {
        palette: Palette::Dark,
        depth: Depth::True,
        glyphs,
    };
    look.theme(Paper::Unknown)
}

/// The whole screen, a line a row, spaces at the ends cut.
pub fn screen(app: &App, size: (u16, u16)) -> String {
    let theme = theme(Glyphs::ASCII);
    text(&drawn(size, |frame| super::draw(app, &theme, frame)))
}

/// The whole screen in the glyphs most terminals have; the cursor's place in the last line.
pub fn picture(it: &Driver, columns: u16, rows: u16) -> String {
    let theme = theme(Glyphs::UNICODE);
    let cells = drawn((columns, rows), |frame| super::draw(&it.app, &theme, frame));
    let cursor = cells.cursor_position();
    format!("{}\ncursor {},{}", text(&cells), cursor.x, cursor.y)
}

fn text(cells: &TestBackend) -> String {
    let shown = cells.to_string();
    let lines = shown.lines().map(|line| line.trim_matches('"').trim_end());
    lines.collect::<Vec<_>>().join("\n")
}
