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
    let widths = widths(lines, columns);
    for (at, place) in row::in_view(cursor, inside, lines.len()) {
        let Some(line) = lines.get(at) else { continue };
        let Some(widths) = widths.get(line.list) else {
            continue;
        };
        let drawn = draw_line(line, widths, theme);
        if at == cursor.selected() && has_keys {
            row::draw_chosen(theme, frame, place, drawn);
        } else {
            row::draw(frame, place, drawn);
        }
    }
}

/// Draws a line in the columns of its list; what finds no room is left out.
fn draw_line<'a>(line: &RelatedLine, widths: &[usize], theme: &Theme) -> Line<'a> {
    let all = widths.iter().sum();
    let alone = [all];
    let widths = match line.sort {
        // Column labels are for the tab: beside the details there is no room to read them.
        LineSort::Heading if all < LABELS_FROM => &alone,
        LineSort::Heading | LineSort::Row => widths,
    };
    let cells = line.cells.iter().zip(widths).enumerate();
    let shown = cells.map(|(at, (cell, width))| {
        let style = match (line.sort, at) {
            (LineSort::Heading, 0) => theme.strong,
            (LineSort::Row, 0) => theme.text,
            (LineSort::Heading | LineSort::Row, _) => theme.dim,
        };
        let words = format!("{}{}", indent(line, at), text::line(cell));
        let words = row::fit(theme, &words, width.saturating_sub(1));
        Span::styled(format!("{words} "), style)
    });
    Line::from(shown.collect::<Vec<_>>())
}

fn indent(line: &RelatedLine, cell: usize) -> &'static str {
    match (line.sort, cell) {
        (LineSort::Row, 0) => "  ",
        _ => "",
    }
}

/// The columns of each list: as wide as what stands in them. Where that is too much the
/// widest give way first, the name half as readily; what is left over goes to all alike.
fn widths(lines: &[RelatedLine], columns: usize) -> Vec<Vec<usize>> {
    let mut lists: Vec<Vec<usize>> = Vec::new();
    let most = (columns / LEAST).saturating_sub(1).max(1);
    for line in lines {
        lists.resize(lists.len().max(line.list + 1), Vec::new());
        let is_label = line.sort == LineSort::Heading && columns < LABELS_FROM;
        let Some(list) = lists.get_mut(line.list).filter(|_| !is_label) else {
            continue;
        };
        for (at, cell) in line.cells.iter().take(most).enumerate() {
            let wide = text::width(&text::line(cell)) + indent(line, at).len() + 1;
            list.resize(list.len().max(at + 1), 0);
            list[at] = list[at].max(wide.min(columns));
        }
    }
    lists.iter_mut().for_each(|list| fill(list, columns));
    lists
}

fn fill(list: &mut Vec<usize>, columns: usize) {
    if list.is_empty() {
        list.push(0);
    }
    let weight =
        |(at, width): &(usize, &mut usize)| if *at == 0 { width.div_ceil(2) } else { **width };
    while list.iter().sum::<usize>() > columns {
        if let Some((_, widest)) = list.iter_mut().enumerate().max_by_key(weight) {
            *widest = widest.saturating_sub(1);
        }
    }
    let rest = columns - list.iter().sum::<usize>();
    let count = list.len();
    list.iter_mut().for_each(|width| *width += rest / count);
    if let Some(last) = list.last_mut() {
        *last += rest % count;
    }
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn columns_take_the_room_there_is_and_the_name_gives_way_last() {
        let cases: [(&[usize], usize, &[usize]); 5] = [
            (&[24, 15, 9], 76, &[33, 24, 19]),
            (&[24, 15], 28, &[19, 9]),
            (&[10, 60, 9], 40, &[10, 21, 9]),
            (&[], 20, &[20]),
            (&[8, 8], 0, &[0, 0]),
        ];
        for (wanted, columns, given) in cases {
            let mut list = wanted.to_vec();
            fill(&mut list, columns);
            assert_eq!(list, given, "{wanted:?} in {columns}");
        }
    }
}
