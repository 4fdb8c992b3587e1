//! The last look before a form is sent, and the look-alikes the org found.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use crate::app::App;
use crate::app::list::ListCursor;
use crate::app::screen::form::Form;
use crate::domain::draft::Change;
use crate::domain::failure::{DuplicateMatch, Failure};
use crate::domain::text;
use crate::job::OrgKind;
use crate::ui::panel;
use crate::ui::theme::Theme;

use super::parts;

/// Columns of the box of look-alikes, where there is room.
const WIDTH: u16 = 70;
/// Columns of a label.
const LABEL: usize = 20;

/// Draws old and new of every field that would be sent.
pub fn draw(
    app: &App,
    it: &Form,
    cursor: &ListCursor,
    theme: &Theme,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    let Some(sheet) = it.sheet() else { return };
    let changes = sheet.changes(&app.now);
    let count = match changes.len() {
        1 => "1 field".to_owned(),
        many => format!("{many} fields"),
    };
    let inside = panel::draw(theme, frame, area, "Review before sending", &count);
    let inside = parts::draw_banner(it.banner(), theme, frame, inside);
    let [top, rest] = parts::split_top(inside, 2);
    let line = format!("To {}: y sends it, e goes back.", connection(app));
    parts::draw_text(frame, top, &line, theme.strong);
    let height = usize::from(rest.height);
    let first = cursor.window(height, changes.len());
    let shown = changes.iter().enumerate().skip(first);
    let is_new = sheet.draft.base().is_none();
    for (y, (place, change)) in (rest.y..rest.bottom()).zip(shown) {
        let row = Rect {
            y,
            height: 1,
            ..rest
        };
        let at = place == cursor.selected() && changes.len() > height;
        let mark = if at { theme.glyphs.cursor } else { " " };
        let mut spans = vec![Span::raw(format!(" {mark} "))];
        spans.extend(change_spans(change, is_new, theme, usize::from(row.width)));
        frame.render_widget(Line::from(spans), row);
    }
}

pub(super) fn connection(app: &App) -> String {
    let name = &app.org.connection;
    match app.org.session.as_ref().map(|session| session.kind) {
        Some(OrgKind::Production) => format!("[PROD] {name}"),
        Some(OrgKind::Sandbox) => format!("[SANDBOX] {name}"),
        Some(OrgKind::Local) | None => name.clone(),
    }
}

fn change_spans(change: &Change, is_new: bool, theme: &Theme, width: usize) -> Vec<Span<'static>> {
    let ellipsis = theme.glyphs.ellipsis;
    let label = text::pad(&text::clip(&change.label, LABEL, ellipsis), LABEL);
    let mut spans = vec![Span::styled(format!("{label} "), theme.dim)];
    let after = match change.after.as_str() {
        "" => "(emptied)",
        after => after,
    };
    let room = width.saturating_sub(LABEL + 5);
    if is_new {
        spans.push(Span::styled(text::clip(after, room, ellipsis), theme.text));
        return spans;
    }
    let before = match change.before.as_str() {
        "" => "--",
        before => before,
    };
    let half = room.saturating_sub(4) / 2;
    spans.push(Span::styled(text::clip(before, half, ellipsis), theme.dim));
    spans.push(Span::styled(format!(" {} ", theme.glyphs.arrow), theme.dim));
    spans.push(Span::styled(
        text::clip(after, half, ellipsis),
        theme.strong,
    ));
    spans
}

/// Draws what a duplicate rule found, over the form.
pub fn draw_duplicates(
    cursor: &ListCursor,
    failure: &Failure,
    theme: &Theme,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    let selected = cursor.selected();
    let rows: Vec<(usize, Line<'_>)> = failure
        .matches
        .iter()
        .enumerate()
        .flat_map(|(place, found)| match_lines(place, found, selected, theme))
        .collect();
    let said = text::wrap(&failure.message, usize::from(WIDTH.min(area.width)) - 4);
    let said = u16::try_from(said.len().min(3)).unwrap_or(3) + 1;
    let wanted = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    let area = panel::centred(area, WIDTH, wanted.saturating_add(said + 4));
    frame.render_widget(Clear, area);
    let count = format!("{} found", failure.matches.len());
    let title = "Not saved: there may be one already";
    let inside = panel::draw(theme, frame, area, title, &count);
    let [top, rest] = parts::split_top(inside, said.min(inside.height / 2));
    parts::draw_text(frame, top, &failure.message, theme.text);
    let [list, keys] = parts::split_top(rest, rest.height.saturating_sub(1));
    let last = rows.iter().rposition(|row| row.0 == selected).unwrap_or(0);
    let first = (last + 1).saturating_sub(usize::from(list.height));
    for (y, (_, line)) in (list.y..list.bottom()).zip(rows.into_iter().skip(first)) {
        let row = Rect {
            y,
            height: 1,
            ..list
        };
        frame.render_widget(line, row);
    }
    parts::draw_text(frame, keys, ways_on(failure), theme.strong);
}

fn ways_on(failure: &Failure) -> &'static str {
    match (failure.matches.is_empty(), failure.may_save_anyway) {
        (false, true) => "o opens it   s saves anyway   n goes back to the form",
        (false, false) => "o opens it   n goes back to the form",
        (true, true) => "s saves anyway   n goes back to the form",
        (true, false) => "n goes back to the form",
    }
}

fn match_lines(
    place: usize,
    found: &DuplicateMatch,
    selected: usize,
    theme: &Theme,
) -> Vec<(usize, Line<'static>)> {
    let ellipsis = theme.glyphs.ellipsis;
    let (cursor, style) = match place == selected {
        true => (theme.glyphs.cursor, theme.selected),
        false => (" ", theme.strong),
    };
    let name = text::clip(&found.link.name, 40, ellipsis);
    let object = text::line(&found.link.object).into_owned();
    let details: Vec<String> = found
        .details
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(label, value)| format!("{}: {}", text::line(label), text::line(value)))
        .collect();
    let mut lines = vec![Line::from(vec![
        Span::styled(format!(" {cursor} {name}"), style),
        Span::styled(format!("  {object}"), theme.dim),
    ])];
    if !details.is_empty() {
        let said = text::clip(&details.join("  "), 61, ellipsis);
        lines.push(Line::styled(format!("     {said}"), theme.dim));
    }
    lines.into_iter().map(|line| (place, line)).collect()
}
