//! Draws the related lists: a heading with its count, then the first rows.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::screen::record::related::{LineSort, RelatedLine};
use crate::app::screen::record::{RecordScreen, Tab};
use crate::domain::text;
use crate::ui::theme::Theme;
use crate::ui::{panel, row};

/// Fewest columns a cell is worth drawing in.
const LEAST: usize = 9;

/// Fewest columns for column labels.
const LABELS_FROM: usize = 56;

/// Draws the pane.
pub fn draw(it: &RecordScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let has_keys = it.focus() == Tab::Related;
    let aside = if has_keys { "a adds one" } else { "" };
    let title = super::title(it, Tab::Related, theme);
    let inside = panel::draw(theme, frame, area, &title, aside);
    let pane = it.related();
    let (lines, cursor) = (pane.lines(), &pane.cursor);
    let above = super::tell_missing(it, &["related"], theme, frame, inside);
    let inside = above.unwrap_or(inside);
    if lines.is_empty() && above.is_none() {
        let place = panel::inset(inside);
        row::paragraph(frame, place, "No related lists here.", theme.dim);
        return;
    }
    let columns = usize::from(inside.width.saturating_sub(row::MARGIN));
    for (at, place) in row::in_view(cursor, inside, lines.len()) {
        let Some(line) = lines.get(at) else { continue };
        let drawn = draw_line(line, columns, theme);
        if at == cursor.selected() && has_keys {
            row::draw_chosen(theme, frame, place, drawn);
        } else {
            row::draw(frame, place, drawn);
        }
    }
}

/// Every cell gets the same columns, the first one twice as many; what finds no room is
/// left out.
fn draw_line<'a>(line: &RelatedLine, columns: usize, theme: &Theme) -> Line<'a> {
    let most = match line.sort {
        // Column labels are for the tab: beside the details there is no room to read them.
        LineSort::Heading if columns < LABELS_FROM => 1,
        LineSort::Heading | LineSort::Row => (columns / LEAST).saturating_sub(1).max(1),
    };
    let cells = line.cells.len().clamp(1, most);
    let unit = columns / (cells + 1);
    let first = columns - unit * (cells - 1);
    let shown = line.cells.iter().take(cells).enumerate().map(|(at, cell)| {
        let (indent, style) = match (line.sort, at) {
            (LineSort::Heading, 0) => ("", theme.strong),
            (LineSort::Heading, _) => ("", theme.dim),
            (LineSort::Row, 0) => ("  ", theme.text),
            (LineSort::Row, _) => ("", theme.dim),
        };
        let width = if at == 0 { first } else { unit };
        let room = width.saturating_sub(1);
        let cell = row::fit(theme, &format!("{indent}{}", text::line(cell)), room);
        Span::styled(format!("{cell} "), style)
    });
    Line::from(shown.collect::<Vec<_>>())
}
