//! Draws the details: labels dim and aligned, values plain, then how fresh it all is.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::screen::record::details::{DetailLine, Empty, LineSort, count_empty, label_width};
use crate::app::screen::record::{RecordScreen, Room, Tab};
use crate::domain::text;
use crate::domain::when;
use crate::ui::theme::Theme;
use crate::ui::{panel, row};

/// Draws the pane.
pub fn draw(
    app: &App,
    it: &RecordScreen,
    theme: &Theme,
    frame: &mut Frame<'_>,
    (area, room): (Rect, Room),
) {
    let empty = count_empty(it.sheet());
    let aside = match (empty, it.empty) {
        (0, _) => String::new(),
        (many, Empty::Hidden) => format!("{many} empty hidden (z)"),
        (many, Empty::Shown) => format!("{many} empty shown (z)"),
    };
    let title = super::title(it, Tab::Details, theme);
    let inside = panel::draw(theme, frame, area, &title, &aside);
    let inside = foot(app, it, theme, frame, inside);
    let pane = it.details(room);
    let (lines, cursor) = (pane.lines(), &pane.cursor);
    let columns = usize::from(room.columns);
    let label = label_width(it.sheet(), columns);
    let has_keys = it.focus() == Tab::Details;
    for (at, place) in row::in_view(cursor, inside, lines.len()) {
        let Some(line) = lines.get(at) else { continue };
        let drawn = draw_line(line, label, columns, theme);
        if at == cursor.selected() && has_keys {
            row::draw_chosen(theme, frame, place, drawn);
        } else {
            row::draw(frame, place, drawn);
        }
    }
}

fn draw_line<'a>(line: &DetailLine, label: usize, columns: usize, theme: &Theme) -> Line<'a> {
    let room = columns.saturating_sub(usize::from(row::MARGIN) + label + 1);
    match line.sort {
        LineSort::Heading => heading(&line.value, columns, theme),
        LineSort::Empty => Line::from(vec![
            Span::styled(row::fit(theme, &line.label, label), theme.dim),
            Span::styled(" --", theme.dim),
        ]),
        LineSort::Field => Line::from(vec![
            Span::styled(row::fit(theme, &line.label, label), theme.dim),
            Span::raw(" "),
            Span::raw(text::clip(&line.value, room, theme.glyphs.ellipsis)),
        ]),
        LineSort::Parent => {
            let arrow = text::width(theme.glyphs.arrow);
            let room = room.saturating_sub(arrow + 1);
            Line::from(vec![
                Span::styled(row::fit(theme, &line.label, label), theme.dim),
                Span::raw(" "),
                Span::styled(
                    text::clip(&line.value, room, theme.glyphs.ellipsis),
                    theme.link,
                ),
                Span::styled(format!(" {}", theme.glyphs.arrow), theme.dim),
            ])
        }
    }
}

fn heading<'a>(title: &str, columns: usize, theme: &Theme) -> Line<'a> {
    let room = columns.saturating_sub(usize::from(row::MARGIN) + 1);
    let title = text::clip(title, room.saturating_sub(6), theme.glyphs.ellipsis);
    let rest = room.saturating_sub(text::width(&title) + 4);
    let rule = theme.glyphs.rule;
    Line::styled(
        format!("{} {title} {}", rule.repeat(2), rule.repeat(rest)),
        theme.dim,
    )
}

/// How fresh the page is, in the pane's last rows; returns the room above.
fn foot(app: &App, it: &RecordScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) -> Rect {
    let lines = freshness(app, it, theme);
    let mut left = area;
    for (words, style) in lines.into_iter().rev() {
        let columns = area.width.saturating_sub(row::MARGIN);
        let wrapped = text::wrap(&words, columns.into());
        let height = u16::try_from(wrapped.len()).unwrap_or(1);
        let height = height.min(left.height.saturating_sub(3));
        left.height -= height;
        let place = Rect {
            x: area.x + row::MARGIN,
            y: left.bottom(),
            width: area.width.saturating_sub(row::MARGIN),
            height,
        };
        row::paragraph(frame, place, &words, style);
    }
    left
}

fn freshness(app: &App, it: &RecordScreen, theme: &Theme) -> Vec<(String, Style)> {
    let mut lines = Vec::new();
    match it.waiting_changes {
        0 => {}
        1 => lines.push((
            "~ 1 change of this record waits in the outbox (3)".to_owned(),
            theme.warn,
        )),
        many => lines.push((
            format!("~ {many} changes of this record wait in the outbox (3)"),
            theme.warn,
        )),
    }
    let Some(page) = it.page.value() else {
        return lines;
    };
    let ago = when::ago(page.fetched, &app.now);
    if let Some(failure) = it.page.failure() {
        lines.push((
            format!(
                "As of {ago}. Not read again: {}. r tries again",
                failure.message.trim_end_matches('.')
            ),
            theme.warn,
        ));
    } else if it.page.is_waiting() {
        let dots = theme.glyphs.ellipsis;
        lines.push((format!("as of {ago}, reading it again{dots}"), theme.dim));
    } else {
        lines.push((format!("loaded {ago}   r refresh"), theme.dim));
    }
    lines
}
