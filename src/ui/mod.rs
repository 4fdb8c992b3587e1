//! Drawing: the model in, cells out. Never fetches, waits, sends or changes the model.
//!
//! ```text
//! header   [DEMO] demo | [1 Search] 2 Record 3 Outbox:1 4 Errors | api 1 % | online 12 ms
//! body     the view's screen, overlays above it
//! notice   what just happened
//! hints    the keys that matter here
//! ```

pub mod editor;
pub mod explain;
pub mod grid;
pub mod header;
pub mod hints;
pub mod look;
pub mod menu;
pub mod panel;
pub mod picker;
pub mod row;
pub mod screen;
pub mod table;
#[cfg(test)]
mod testkit;
#[cfg(test)]
mod tests;
pub mod theme;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Clear;

use crate::app::App;
use crate::app::msg::View;
use crate::app::overlay::Overlay;

use theme::Theme;

/// Least columns and rows the screens can be drawn in.
pub const SMALLEST: (u16, u16) = (40, 10);

/// Draws the whole screen.
pub fn draw(app: &App, theme: &Theme, frame: &mut Frame<'_>) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(frame, area);
        return;
    }
    let [header, body, notice, hints] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ])
    .areas(area);
    header::draw(app, theme, frame, header);
    match app.view {
        View::Search => screen::search::draw(app, &app.search, theme, frame, body),
        View::Record => {
            if let Some(record) = app.record() {
                screen::record::draw(app, record, theme, frame, body);
            }
        }
        View::Outbox => screen::outbox::draw(app, &app.outbox, theme, frame, body),
        View::Errors => screen::errors::draw(app, &app.errors, theme, frame, body),
        View::Bulk => screen::bulk::draw(app, &app.bulk, theme, frame, body),
        View::Query => screen::query::draw(app, &app.query, theme, frame, body),
    }
    for overlay in &app.overlays {
        match overlay {
            Overlay::Form(form) => {
                frame.render_widget(Clear, body);
                screen::form::draw(app, form, theme, frame, body);
            }
            Overlay::Log(log) => screen::log::draw(app, log, theme, frame, body),
            Overlay::Finder(finder) => screen::finder::draw(app, finder, theme, frame, body),
            Overlay::Lists(lists) => screen::lists::draw(lists, theme, frame, body),
            Overlay::Confirm(confirm) => screen::confirm::draw(app, confirm, theme, frame, body),
        }
    }
    menu::draw(app, theme, frame, body);
    hints::draw_notice(app, theme, frame, notice);
    hints::draw(app, theme, frame, hints);
}

fn too_small(frame: &mut Frame<'_>, area: Rect) {
    let text = format!("enlarge to {}x{}", SMALLEST.0, SMALLEST.1);
    let row = Rect {
        y: area.y + area.height / 2,
        height: area.height.min(1),
        ..area
    };
    frame.render_widget(Line::from(text).centered(), row);
}
