//! Draws `app::screen::search`: the line, the hits, the preview.

mod hits;
mod preview;
#[cfg(test)]
mod tests;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::screen::search::{Focus, Search};
use crate::domain::failure::FailureKind;
use crate::domain::text;
use crate::ui::theme::Theme;

/// Fewest columns the preview stands beside the hits in.
const PREVIEW_FROM: u16 = 70;
/// Columns the typed text keeps, whatever stands beside it.
const LEAST_TEXT: usize = 16;

/// Draws it.
pub fn draw(app: &App, it: &Search, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let [line, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(1)]).areas(area);
    draw_line(app, it, theme, frame, line);
    if it.previews && body.width >= PREVIEW_FROM {
        let [left, right] =
            Layout::horizontal([Constraint::Fill(3), Constraint::Fill(2)]).areas(body);
        hits::draw(app, it, theme, frame, left);
        preview::draw(app, it, theme, frame, right);
    } else {
        hits::draw(app, it, theme, frame, body);
    }
}

/// The search line: what is typed, where it is looked for, what came of it.
fn draw_line(app: &App, it: &Search, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let room = usize::from(area.width);
    let (scope, state) = (scope(app, it), state(it, theme));
    let both = match state.as_str() {
        "" => scope,
        _ => format!("{scope}   {state}"),
    };
    let aside = if room >= LEAST_TEXT + text::width(&both) + 3 {
        both
    } else {
        state
    };
    let aside = text::clip(
        &aside,
        room.saturating_sub(LEAST_TEXT),
        theme.glyphs.ellipsis,
    );
    let columns = room.saturating_sub(text::width(&aside) + 4).max(4);
    let (shown, cursor) = window(it, columns);
    let style = match it.focus {
        Focus::Line if it.replaces => theme.selected,
        Focus::Line | Focus::Hits => theme.text,
    };
    frame.render_widget(
        Line::from(vec![
            Span::styled("/ ", theme.strong),
            Span::styled(shown, style),
        ]),
        area,
    );
    frame.render_widget(Line::styled(aside, theme.dim).right_aligned(), area);
    if it.focus == Focus::Line {
        let x = area.x + 2 + u16::try_from(cursor).unwrap_or_default();
        frame.set_cursor_position(Position::new(x.min(area.right() - 1), area.y));
    }
}

/// The part of the text around the cursor that fits, and the cursor's column in it.
fn window(it: &Search, columns: usize) -> (String, usize) {
    let typed = it.line.text();
    let (_, at) = it.line.cursor();
    let split = typed
        .char_indices()
        .nth(at)
        .map_or(typed.len(), |(at, _)| at);
    let (before, after) = typed.split_at(split);
    let before = text::line(before);
    let mut start = before.chars();
    while text::width(start.as_str()) >= columns {
        start.next();
    }
    let before = start.as_str();
    let cursor = text::width(before);
    let after = text::clip(after, columns - cursor, "");
    (format!("{before}{after}"), cursor)
}

fn scope(app: &App, it: &Search) -> String {
    let key = match it.focus {
        Focus::Line => " (Tab)",
        Focus::Hits => "",
    };
    format!("in {}{key}", it.scope.label(&app.org))
}

/// How the search stands, in a word or two.
fn state(it: &Search, theme: &Theme) -> String {
    let (dots, dot) = (theme.glyphs.ellipsis, theme.glyphs.dot);
    let count = match it.hits.rows().len() {
        1 => "1 hit".to_owned(),
        many => format!("{many} hits"),
    };
    if it.opens_best {
        return format!("searching{dots} the best hit opens");
    }
    if it.server.is_waiting() {
        return format!("searching{dots}");
    }
    if let Some(failure) = it.server.failure() {
        return match failure.kind {
            FailureKind::NoConnection => format!("{count} {dot} offline"),
            _ => format!("{count} {dot} not searched"),
        };
    }
    match it.server.value() {
        Some(told) => match told.millis {
            Some(millis) => format!("{count} {dot} {millis} ms"),
            None => count,
        },
        None if it.line.is_empty() || it.hits.rows().is_empty() => String::new(),
        None if it.hits.rows().iter().all(|hit| hit.cached) => format!("{count} {dot} cached"),
        None => count,
    }
}
