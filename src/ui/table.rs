//! Rows of columns: one column takes the room that is left, narrow screens leave columns
//! out. For lists whose rows are one line each.

use std::ops::Range;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::list::KeyedCursor;
use crate::domain::text;

use super::theme::Theme;

/// One column of a list.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its heading.
    pub name: &'static str,
    /// Its columns on the screen; 0 takes what is left.
    pub width: usize,
    /// Left out where the list has fewer columns than this.
    pub from: u16,
}

/// One cell: text and how it looks where the row is not chosen.
pub type Cell = (String, Style);

/// Where the rows in view and the chosen one are.
#[derive(Debug, Clone)]
pub struct View {
    /// The rows in view.
    pub rows: Range<usize>,
    /// The chosen row.
    pub chosen: usize,
}

impl View {
    /// What is in view below the headings, the row under the cursor among it.
    pub fn of<K: Copy + PartialEq>(cursor: &KeyedCursor<K>, keys: &[K], area: Rect) -> Self {
        let height = usize::from(area.height.saturating_sub(1));
        let top = cursor.window(height, keys);
        Self {
            rows: top..keys.len().min(top + height),
            chosen: cursor.row(keys),
        }
    }
}

/// Draws the headings, and below them the rows in view.
pub fn draw(
    columns: &[Column],
    view: &View,
    cells: impl Fn(usize) -> Vec<Cell>,
    theme: &Theme,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    let mut lines = area.rows();
    let Some(head) = lines.next() else { return };
    let names = columns
        .iter()
        .map(|column| (column.name.to_owned(), theme.dim));
    frame.render_widget(
        compose(columns, names.collect(), "  ", theme, area.width),
        head,
    );
    for (row, area) in view.rows.clone().zip(lines) {
        let chosen = row == view.chosen;
        let mark = if chosen { theme.glyphs.cursor } else { "" };
        let line = compose(columns, cells(row), &text::pad(mark, 2), theme, area.width);
        if chosen {
            // No colour of a cell mixes with the reverse of the row.
            let words: String = line.spans.iter().map(|it| it.content.as_ref()).collect();
            frame.buffer_mut().set_style(area, theme.selected);
            frame.render_widget(Line::styled(words, theme.selected), area);
        } else {
            frame.render_widget(line, area);
        }
    }
}

fn compose(
    columns: &[Column],
    cells: Vec<Cell>,
    mark: &str,
    theme: &Theme,
    width: u16,
) -> Line<'static> {
    let shown = || columns.iter().filter(|column| width >= column.from);
    let fixed: usize = shown().map(|column| column.width + 1).sum();
    let rest = usize::from(width).saturating_sub(fixed + 2);
    let mut spans = vec![Span::raw(mark.to_owned())];
    for (column, (said, style)) in columns.iter().zip(cells) {
        if width < column.from {
            continue;
        }
        let wide = if column.width == 0 {
            rest
        } else {
            column.width
        };
        let said = text::clip(&said, wide, theme.glyphs.ellipsis);
        spans.push(Span::styled(text::pad(&said, wide), style));
        spans.push(Span::raw(" "));
    }
    Line::from(spans)
}
