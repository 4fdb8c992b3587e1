//! Draws `app::screen::form`.

mod conflict;
mod field;
mod info;
mod parts;
mod review;
#[cfg(test)]
mod tests;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::screen::form::{Form, Row, Sheet, Stage};
use crate::domain::text;
use crate::ui::theme::Theme;
use crate::ui::{panel, picker};

use field::{Columns, Focus, Pen};

/// Draws the form over the whole area.
pub fn draw(app: &App, it: &Form, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let [head, body] = parts::split_top(area, 1);
    draw_head(app, it, theme, frame, head);
    let Some(sheet) = it.sheet() else {
        draw_unready(it, theme, frame, body);
        return;
    };
    match it.stage() {
        Stage::Reviewing(cursor) => review::draw(app, it, cursor, theme, frame, body),
        Stage::Comparing => conflict::draw(app, it, theme, frame, body),
        Stage::Duplicates(cursor, failure) => {
            draw_sheet(app, it, sheet, theme, frame, body);
            review::draw_duplicates(cursor, failure, theme, frame, body);
        }
        _ => draw_sheet(app, it, sheet, theme, frame, body),
    }
}

fn draw_head(app: &App, it: &Form, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let mut title = it.title(&app.now);
    if let Some(first) = title.get(..1) {
        title = first.to_uppercase() + &title[1..];
    }
    let (state, style) = state(app, it, theme);
    let room = usize::from(area.width).saturating_sub(text::width(&state) + 4);
    let title = text::pad(&text::clip(&title, room, theme.glyphs.ellipsis), room);
    let line = Line::from(vec![
        Span::styled(format!("  {title}  "), theme.strong),
        Span::styled(state, style),
    ]);
    frame.render_widget(line, area);
}

/// Where the form stands, in words.
fn state(app: &App, it: &Form, theme: &Theme) -> (String, Style) {
    match it.stage() {
        Stage::Loading if it.failure().is_some() => ("not loaded".to_owned(), theme.error),
        Stage::Loading => ("loading…".to_owned(), theme.dim),
        Stage::Saving(_) => ("saving…".to_owned(), theme.warn),
        Stage::Rereading => ("changed by somebody, reading again…".to_owned(), theme.warn),
        Stage::Editing
        | Stage::Picking(..)
        | Stage::Reviewing(_)
        | Stage::Comparing
        | Stage::Duplicates(..) => it
            .sheet()
            .map_or_else(Default::default, |sheet| counts(app, sheet, theme)),
    }
}

fn counts(app: &App, sheet: &Sheet, theme: &Theme) -> (String, Style) {
    let changed = sheet.changed(&app.now);
    match sheet.wrong() {
        0 => (format!("{changed} changed"), theme.dim),
        1 => (format!("{changed} changed  1 error"), theme.error),
        wrong => (format!("{changed} changed  {wrong} errors"), theme.error),
    }
}

/// Before the form is there: waiting, failed, or the choice of an object.
fn draw_unready(it: &Form, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let inside = panel::draw(theme, frame, area, "", "");
    if let Stage::Picking(choice, _) = it.stage() {
        let anchor = Rect {
            x: inside.x + 2,
            height: 1,
            ..inside
        };
        picker::draw(choice, theme, frame, anchor, inside);
        return;
    }
    match it.failure() {
        Some(failure) => {
            let said = format!("{failure}. Ctrl-R tries again, Esc leaves.");
            parts::draw_text(frame, inside, &said, theme.error);
        }
        None => {
            let said = "Reading the fields and the record. Esc leaves.";
            parts::draw_text(frame, inside, said, theme.dim);
        }
    }
}

fn draw_sheet(
    app: &App,
    it: &Form,
    sheet: &Sheet,
    theme: &Theme,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    let legend = "* required  ~ changed  ! error  # read-only";
    let title = record_type(sheet);
    let room = usize::from(area.width).saturating_sub(legend.len() + 8);
    let title = text::clip(&title, room, theme.glyphs.ellipsis);
    let inside = panel::draw(theme, frame, area, &title, legend);
    let banner = match it.stage() {
        // The box of look-alikes says the same.
        Stage::Duplicates(..) => None,
        _ => it.banner(),
    };
    let inside = parts::draw_banner(banner, theme, frame, inside);
    let anchor = draw_rows(app, it, sheet, theme, frame, inside);
    if let Stage::Picking(choice, _) = it.stage() {
        picker::draw(choice, theme, frame, anchor, inside);
    }
    if it.shows_info() {
        info::draw(sheet, theme, frame, anchor, inside);
    }
}

fn record_type(sheet: &Sheet) -> String {
    let id = sheet.draft.record_type();
    let types = &sheet.form.schema.record_types;
    let named = types
        .iter()
        .find(|kind| Some(kind.id.as_str()) == id && !kind.master);
    named.map_or_else(String::new, |kind| format!("Record type: {}", kind.name))
}

/// Draws the lines in view; returns where the focused value stands.
fn draw_rows(
    app: &App,
    it: &Form,
    sheet: &Sheet,
    theme: &Theme,
    frame: &mut Frame<'_>,
    area: Rect,
) -> Rect {
    let columns = Columns::of(sheet, area.width);
    let changes = sheet.changes(&app.now);
    let pen = Pen {
        app,
        sheet,
        changes: &changes,
        theme,
        columns: &columns,
    };
    let held = match it.stage() {
        Stage::Editing => Focus::Open,
        _ => Focus::Held,
    };
    let at = sheet.cursor.selected();
    let extra = field::focused_height(&pen, area.height).saturating_sub(1);
    let top = sheet.cursor.window(
        usize::from(area.height.saturating_sub(extra)),
        sheet.rows().len(),
    );
    let (mut anchor, mut y) = (area, area.y);
    for (place, row) in sheet.rows().iter().enumerate().skip(top) {
        if y >= area.bottom() {
            break;
        }
        let focus = if place == at { held } else { Focus::Elsewhere };
        let tall = if place == at { extra + 1 } else { 1 };
        let line = Rect {
            y,
            height: tall.min(area.bottom() - y),
            ..area
        };
        draw_row(&pen, row, focus, frame, line);
        if place == at {
            anchor = columns.value(line);
        }
        y += tall;
    }
    anchor
}

fn draw_row(pen: &Pen<'_>, row: &Row, focus: Focus, frame: &mut Frame<'_>, line: Rect) {
    match row {
        Row::Heading(heading) => parts::draw_heading(heading, pen.theme, frame, line),
        Row::RecordType => field::draw_type(pen, focus, frame, line),
        Row::Field(shown) => pen.draw(*shown, focus, frame, line),
    }
}
