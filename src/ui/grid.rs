//! Draws a grid of records: as many columns as fit, the chosen one always among them.

use std::ops::Range;

use jiff::Zoned;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::cells;
use crate::app::grid::Grid;
use crate::app::org::Org;
use crate::domain::record::Record;
use crate::domain::text;

use super::row;
use super::theme::Theme;

/// Most columns of the screen one column of the grid takes while others need room.
const MOST: usize = 40;
/// Fewest.
const LEAST: usize = 4;
/// Stands before a marked row.
const MARKED: &str = "*";

/// What the cells are read with.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    /// What is known of the org.
    pub org: &'a Org,
    /// The present moment, in the user's zone.
    pub now: &'a Zoned,
    /// The rows have the keys.
    pub has_keys: bool,
}

/// Draws headings and rows.
pub fn draw(grid: &Grid, told: Told<'_>, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let mut places = area.rows();
    let Some(head) = places.next() else { return };
    let body = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    };
    let view: Vec<(usize, Rect)> = row::in_view(&grid.cursor, body, grid.rows.len()).collect();
    let cells: Vec<Vec<String>> = view
        .iter()
        .filter_map(|(at, _)| grid.rows.get(*at))
        .map(|record| cells_of(grid, record, told))
        .collect();
    let room = usize::from(area.width.saturating_sub(row::MARGIN));
    let wide = widths(grid, &cells);
    let fit = Fit::new(wide, grid.column, room);
    draw_head(grid, &fit, told, theme, frame, head);
    for ((at, place), cells) in view.into_iter().zip(&cells) {
        let is_marked = grid.rows.get(at).is_some_and(|row| grid.is_marked(row));
        let words = line(cells, &fit, theme);
        let chosen = at == grid.cursor.selected();
        let drawn = Line::styled(words, theme.text);
        match chosen && told.has_keys {
            true => row::draw_chosen(theme, frame, place, drawn),
            false => row::draw(frame, place, drawn),
        }
        if is_marked {
            let mark = Rect {
                x: place.x + 1,
                width: 1.min(place.width.saturating_sub(1)),
                ..place
            };
            frame.render_widget(Span::raw(MARKED), mark);
        }
    }
}

fn cells_of(grid: &Grid, record: &Record, told: Told<'_>) -> Vec<String> {
    let cell = |path: &str| {
        let words = cells::of(record, &record.object, path, (told.org, told.now));
        text::line(&words).into_owned()
    };
    grid.columns.iter().map(|it| cell(&it.path)).collect()
}

/// What each column would take, its heading and its cells in view seen whole.
fn widths(grid: &Grid, rows: &[Vec<String>]) -> Vec<usize> {
    let columns = grid.columns.iter().enumerate();
    columns
        .map(|(at, column)| {
            let cells = rows.iter().filter_map(|row| row.get(at));
            let widest = cells.map(|cell| text::width(cell)).max().unwrap_or(0);
            let heading = text::width(&text::line(&column.label));
            widest.max(heading).clamp(LEAST, MOST)
        })
        .collect()
}

/// The columns that find room, the chosen one among them; whole ones from the left.
fn columns_in_view(widths: &[usize], chosen: usize, room: usize) -> Range<usize> {
    let fits = |range: Range<usize>| {
        let wide: usize = widths[range.clone()].iter().map(|wide| wide + 2).sum();
        wide <= room + 2
    };
    let last = (chosen + 1).min(widths.len());
    let first = (0..last)
        .find(|first| fits(*first..last))
        .unwrap_or(last.saturating_sub(1));
    let mut end = last;
    while end < widths.len() && fits(first..end + 1) {
        end += 1;
    }
    // A part of the next one shows that there is more.
    let used: usize = widths[first..end].iter().map(|wide| wide + 2).sum();
    if end < widths.len() && used + LEAST <= room {
        end += 1;
    }
    first..end
}

/// The columns in view and how wide each is.
struct Fit {
    shown: Range<usize>,
    wide: Vec<usize>,
}

impl Fit {
    /// The last column in view takes what is left, or what there is.
    fn new(mut wide: Vec<usize>, chosen: usize, room: usize) -> Self {
        let shown = columns_in_view(&wide, chosen, room);
        if let Some(last) = shown.end.checked_sub(1).filter(|last| *last >= shown.start) {
            let before: usize = wide[shown.start..last].iter().map(|wide| wide + 2).sum();
            wide[last] = room.saturating_sub(before);
        }
        Self { shown, wide }
    }

    /// Number and width of each column in view.
    fn columns(&self) -> impl Iterator<Item = (usize, usize)> {
        let shown = self.shown.clone();
        shown.filter_map(|at| Some((at, *self.wide.get(at)?)))
    }
}

fn line(cells: &[String], fit: &Fit, theme: &Theme) -> String {
    let parts = fit.columns().filter_map(|(at, wide)| {
        let cell = cells.get(at)?;
        Some(row::fit(theme, cell, wide))
    });
    parts.collect::<Vec<_>>().join("  ")
}

fn draw_head(
    grid: &Grid,
    fit: &Fit,
    told: Told<'_>,
    theme: &Theme,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    let mut spans = Vec::new();
    for (at, wide) in fit.columns() {
        let Some(column) = grid.columns.get(at) else {
            continue;
        };
        let label = text::line(&column.label);
        let chosen = at == grid.column && told.has_keys;
        let style = if chosen { theme.strong } else { theme.dim };
        spans.push(Span::styled(row::fit(theme, &label, wide), style));
        spans.push(Span::raw("  "));
    }
    row::draw(frame, area, Line::from(spans));
    if fit.shown.start > 0 {
        let left = Rect { width: 1, ..area };
        frame.render_widget(Span::styled(theme.glyphs.ellipsis, theme.dim), left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_column_is_always_in_view() {
        let cases: [(&[usize], usize, usize, Range<usize>); 6] = [
            (&[10, 10, 10], 0, 40, 0..3),
            (&[10, 10, 10], 0, 20, 0..2),
            (&[10, 10, 10], 2, 22, 1..3),
            (&[40, 40], 1, 20, 1..2),
            (&[10], 0, 0, 0..1),
            (&[], 0, 40, 0..0),
        ];
        for (widths, chosen, room, wanted) in cases {
            assert_eq!(
                columns_in_view(widths, chosen, room),
                wanted,
                "{widths:?} {chosen} {room}"
            );
        }
    }
}
