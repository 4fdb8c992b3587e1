//! Draws `app::screen::record`: the title line, then the tab's pane, with activities and
//! related lists beside the details where there is room.

mod activity;
mod details;
mod related;
#[cfg(test)]
mod tests;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::screen::record::{RecordScreen, Room, Tab};
use crate::domain::text;
use crate::ui::theme::Theme;
use crate::ui::{panel, row};

/// Fewest columns for panes beside the details.
const SIDES_FROM: u16 = 70;
/// Columns the name keeps before what it is and its id have a place.
const LEAST_NAME: usize = 12;
/// Fewest rows for activities with their texts.
const TEXTS_FROM: u16 = 30;

/// Draws it.
pub fn draw(app: &App, it: &RecordScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let [title, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(1)]).areas(area);
    draw_title(app, it, theme, frame, title);
    if it.page.value().is_none() {
        no_page(it, theme, frame, body);
        return;
    }
    match it.tab {
        Tab::Details if body.width >= SIDES_FROM => with_sides(app, it, theme, frame, body),
        Tab::Details => details::draw(app, it, theme, frame, (body, room(body))),
        Tab::Related => related::draw(it, theme, frame, body),
        Tab::Activity => {
            let room = Room {
                has_texts: true,
                ..room(body)
            };
            activity::draw(app, it, theme, frame, (body, room));
        }
        Tab::Raw => draw_raw(it, theme, frame, body),
    }
}

fn room(area: Rect) -> Room {
    Room {
        columns: area.width.saturating_sub(2),
        has_sides: false,
        has_texts: false,
    }
}

fn with_sides(app: &App, it: &RecordScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let [left, right] = Layout::horizontal([Constraint::Fill(3), Constraint::Fill(2)]).areas(area);
    let lists = u16::try_from(it.related().lines().len()).unwrap_or(u16::MAX);
    let below = lists.saturating_add(2).min(area.height * 2 / 5).max(3);
    let [top, bottom] =
        Layout::vertical([Constraint::Min(3), Constraint::Length(below)]).areas(right);
    let room = Room {
        columns: left.width.saturating_sub(2),
        has_sides: true,
        has_texts: area.height >= TEXTS_FROM,
    };
    details::draw(app, it, theme, frame, (left, room));
    activity::draw(app, it, theme, frame, (top, room));
    related::draw(it, theme, frame, bottom);
}

/// Who it is, what it is, its id in short, and the tabs.
fn draw_title(app: &App, it: &RecordScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let mut tabs = Vec::new();
    for tab in Tab::ALL {
        if tab == it.tab {
            tabs.push(Span::styled(format!("[{}]", tab.label()), theme.strong));
        } else {
            tabs.push(Span::styled(format!(" {} ", tab.label()), theme.dim));
        }
    }
    let tabs = Line::from(tabs);
    let link = it.link();
    let object = app.org.object(&link.object);
    let label = object.map_or(link.object.as_str(), |object| &object.label);
    let id = link.id.as_str();
    let room = usize::from(area.width).saturating_sub(tabs.width() + 2);
    let label = format!("  {}", text::line(label));
    let about = [format!("{label}  {}..{}", &id[..3], &id[14..]), label]
        .into_iter()
        .find(|about| text::width(about) + LEAST_NAME <= room)
        .unwrap_or_default();
    let name_room = room.saturating_sub(text::width(&about));
    let name = text::clip(&link.name, name_room, theme.glyphs.ellipsis);
    let title = vec![
        Span::styled(name, theme.strong),
        Span::styled(about, theme.dim),
    ];
    frame.render_widget(Line::from(title), area);
    frame.render_widget(tabs.right_aligned(), area);
}

/// Says which of these parts could not be read, so that a pane is not taken for empty,
/// and gives the room above.
fn tell_missing(
    it: &RecordScreen,
    parts: &[&str],
    theme: &Theme,
    frame: &mut Frame<'_>,
    inside: Rect,
) -> Option<Rect> {
    let missing = it.page.value().map_or(&[][..], |page| &page.missing);
    let told: Vec<String> = missing
        .iter()
        .filter(|(part, _)| parts.contains(&part.as_str()))
        .map(|(part, failure)| format!("{}: {}", part_label(part), failure.title()))
        .collect();
    if told.is_empty() {
        return None;
    }
    let [above, last] = Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(inside);
    let room = usize::from(last.width.saturating_sub(row::MARGIN));
    let words = row::fit(theme, &told.join("; "), room);
    row::draw(frame, last, Line::styled(words, theme.dim));
    Some(above)
}

fn part_label(part: &str) -> &'static str {
    match part {
        "tasks" => "Tasks",
        "events" => "Meetings",
        "notes" => "Notes",
        _ => "Related lists",
    }
}

/// A pane's title; the one that has the keys carries the cursor's mark.
fn title(it: &RecordScreen, tab: Tab, theme: &Theme) -> String {
    if it.focus() == tab {
        format!("{} {}", theme.glyphs.cursor, tab.label())
    } else {
        tab.label().to_owned()
    }
}

/// Nothing to show yet: waiting, or why not and what to do.
fn no_page(it: &RecordScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let inside = panel::draw(theme, frame, area, it.tab.label(), "");
    let inside = panel::inset(inside);
    let Some(failure) = it.page.failure() else {
        row::paragraph(
            frame,
            inside,
            &format!("Reading the record{}", theme.glyphs.ellipsis),
            theme.dim,
        );
        return;
    };
    let parts = [
        (failure.title().to_owned(), theme.error),
        (
            format!("{} ({})", failure.message, failure.code),
            theme.text,
        ),
        (failure.hint().to_owned(), theme.text),
        ("r tries again   Esc goes back".to_owned(), theme.dim),
    ];
    let mut rest = inside;
    for (words, style) in parts {
        let used = row::paragraph(frame, rest, &words, style) + 1;
        rest.y = rest.y.saturating_add(used).min(inside.bottom());
        rest.height = rest.height.saturating_sub(used);
    }
}

fn draw_raw(it: &RecordScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let fields = it.page.value().map_or(0, |page| page.record.fields.len());
    let aside = format!("{fields} fields {} y j copies", theme.glyphs.dot);
    let inside = panel::draw(theme, frame, area, &title(it, Tab::Raw, theme), &aside);
    let pane = it.raw(room(area));
    let (lines, cursor) = (pane.lines(), &pane.cursor);
    for (at, place) in row::in_view(cursor, inside, lines.len()) {
        let Some(line) = lines.get(at) else { continue };
        let shown = Line::raw(line.text.as_str());
        if at == cursor.selected() {
            row::draw_chosen(theme, frame, place, shown);
        } else {
            row::draw(frame, place, shown);
        }
    }
}
