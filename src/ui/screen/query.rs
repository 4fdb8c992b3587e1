//! Draws `app::screen::query`: the query, the words offered under it, the rows.

#[cfg(test)]
mod tests;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use crate::app::App;
use crate::app::screen::query::{Focus, QueryScreen};
use crate::domain::failure::Failure;
use crate::domain::text;
use crate::ui::theme::Theme;
use crate::ui::{editor, grid, panel, row};

/// Most lines of a query that are seen at once.
const LINES: u16 = 6;
/// Most words offered that are seen at once.
const OFFERS: u16 = 8;
/// Columns of the words offered, with what they are.
const OFFER_COLUMNS: u16 = 48;

/// Draws it.
pub fn draw(app: &App, it: &QueryScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let wrapped = wrapped(it, area.width);
    let lines = u16::try_from(wrapped.len()).unwrap_or(LINES);
    let height = lines.clamp(1, LINES) + 2;
    let [above, below] =
        Layout::vertical([Constraint::Length(height), Constraint::Min(3)]).areas(area);
    draw_rows(app, it, theme, frame, below);
    draw_line(it, wrapped, theme, frame, above);
    if it.focus == Focus::Line {
        draw_offers(it, theme, frame, below);
    }
}

/// The query as it is shown where the keys are elsewhere: wrapped, not scrolled.
fn wrapped(it: &QueryScreen, columns: u16) -> Vec<String> {
    let room = usize::from(columns.saturating_sub(4));
    match it.focus {
        Focus::Line => it.line.lines().to_vec(),
        Focus::Rows => text::wrap(&text::line(&it.line.text()), room),
    }
}

fn draw_line(
    it: &QueryScreen,
    wrapped: Vec<String>,
    theme: &Theme,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    let title = it.title.as_deref().unwrap_or("Query");
    let aside = match (it.focus, it.is_current()) {
        (Focus::Line, _) => "Enter runs it",
        (Focus::Rows, true) => "Tab changes it",
        (Focus::Rows, false) => "changed since; Tab, Enter runs it",
    };
    let inside = panel::draw(theme, frame, area, &text::line(title), aside);
    let inside = panel::inset(inside);
    if it.focus == Focus::Line {
        if it.line.is_empty() {
            let hint = "SELECT Id, Name FROM Contact WHERE ...   Up brings older queries back";
            frame.render_widget(Line::styled(hint, theme.dim), inside);
        }
        return editor::draw_lines(frame, inside, &it.line, theme.text);
    }
    for (line, place) in wrapped.into_iter().zip(inside.rows()) {
        frame.render_widget(Line::styled(line, theme.text), place);
    }
}

fn draw_offers(it: &QueryScreen, theme: &Theme, frame: &mut Frame<'_>, below: Rect) {
    let words = &it.offers.words;
    if words.is_empty() || it.line.is_empty() {
        return;
    }
    let count = u16::try_from(words.len()).unwrap_or(OFFERS).min(OFFERS);
    let width = OFFER_COLUMNS.min(below.width.saturating_sub(2));
    let (_, column) = it.line.cursor();
    let column = u16::try_from(column).unwrap_or(u16::MAX);
    let area = Rect {
        x: below.x + column.clamp(2, (below.width.saturating_sub(width + 2)).max(2)),
        width,
        height: (count + 2).min(below.height),
        ..below
    };
    frame.render_widget(Clear, area);
    let aside = format!("{}/{}", it.offers.chosen + 1, words.len());
    let inside = panel::draw(theme, frame, area, "Tab takes", &aside);
    let height = usize::from(inside.height);
    let first = (it.offers.chosen + 1).saturating_sub(height);
    for ((at, offer), place) in words.iter().enumerate().skip(first).zip(inside.rows()) {
        let room = usize::from(place.width.saturating_sub(row::MARGIN));
        let word = text::line(&offer.word).into_owned();
        let about = room.saturating_sub(text::width(&word) + 2);
        let about = text::clip(&text::line(&offer.about), about, theme.glyphs.ellipsis);
        let line = Line::from(vec![
            Span::styled(text::clip(&word, room, theme.glyphs.ellipsis), theme.text),
            Span::styled(format!("  {about}"), theme.dim),
        ]);
        match at == it.offers.chosen {
            true => row::draw_chosen(theme, frame, place, line),
            false => row::draw(frame, place, line),
        }
    }
}

fn draw_rows(app: &App, it: &QueryScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some(found) = it.rows.value() else {
        let inside = panel::draw(theme, frame, area, "Rows", &state(it, theme));
        let inside = panel::inset(inside);
        match it.rows.failure() {
            Some(failure) => refused(failure, theme, frame, inside),
            None if it.rows.is_waiting() => {
                let said = format!("Asking the org{}", theme.glyphs.ellipsis);
                row::paragraph(frame, inside, &said, theme.dim);
            }
            None => {
                let said = "Rows stand here once a query ran. Only reading is possible here.";
                row::paragraph(frame, inside, said, theme.dim);
            }
        }
        return;
    };
    let title = match found.rows.len() {
        0 => "Rows".to_owned(),
        _ => format!("Rows {}/{}", found.cursor.selected() + 1, found.total),
    };
    let inside = panel::draw(theme, frame, area, &title, &state(it, theme));
    if let Some(failure) = it.rows.failure() {
        return refused(failure, theme, frame, panel::inset(inside));
    }
    if found.rows.is_empty() {
        let said = match found.total {
            0 => "The org has no such row.".to_owned(),
            counted => format!("{counted} counted."),
        };
        row::paragraph(frame, panel::inset(inside), &said, theme.text);
        return;
    }
    let told = grid::Told {
        org: &app.org,
        now: &app.now,
        has_keys: it.focus == Focus::Rows,
    };
    grid::draw(found, told, theme, frame, inside);
}

/// How the rows stand: marked, read so far, time taken.
fn state(it: &QueryScreen, theme: &Theme) -> String {
    let dot = theme.glyphs.dot;
    let mut parts = Vec::new();
    if let Some(grid) = it.rows.value() {
        if grid.marks() > 0 {
            parts.push(format!("{} marked", grid.marks()));
        }
        if grid.next.is_some() {
            parts.push(format!("{} read", grid.rows.len()));
        }
    }
    if it.rows.is_waiting() || it.is_reading_on() {
        parts.push(format!("reading{}", theme.glyphs.ellipsis));
    } else if let Some(millis) = it.millis {
        parts.push(format!("{millis} ms"));
    }
    parts.join(&format!(" {dot} "))
}

/// Why the org gave no rows; the query is kept as typed.
fn refused(failure: &Failure, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let parts = [
        (failure.title().to_owned(), theme.error),
        (
            format!("{} ({})", failure.message.trim(), failure.code),
            theme.text,
        ),
        (
            "Correct the query and press Enter; r in the rows asks again.".to_owned(),
            theme.dim,
        ),
    ];
    let mut rest = area;
    for (words, style) in parts {
        let used = row::paragraph(frame, rest, &text::block(&words), style) + 1;
        rest = panel::below(rest, used);
    }
}
