//! Draws the hits: what each is, its name, and what tells it from its namesakes.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::screen::search::{Focus, Search};
use crate::domain::failure::FailureKind;
use crate::domain::text;
use crate::job::Hit;
use crate::ui::theme::Theme;
use crate::ui::{panel, row};

/// Columns of the badge and the gap behind it.
const BADGE: usize = 5;
/// Stands beside a hit the org has not confirmed.
const CACHED: &str = "cached";

/// Draws the hits and the sentence about them.
pub fn draw(app: &App, it: &Search, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let hits = it.hits.rows();
    let title = match (hits.len(), it.line.is_empty()) {
        (0, _) => "Results".to_owned(),
        (many, true) => format!("Seen last {}/{many}", it.hits.cursor.selected() + 1),
        (many, false) => format!("Results {}/{many}", it.hits.cursor.selected() + 1),
    };
    let inside = panel::draw(theme, frame, area, &title, "");
    let inside = sentence(app, it, theme, frame, inside);
    let words = words(it);
    for (at, place) in row::in_view(&it.hits.cursor, inside, hits.len()) {
        let Some(hit) = hits.get(at) else { continue };
        let marks_cached = hit.cached && !it.line.is_empty();
        let looks = Looks {
            cached: if marks_cached { CACHED } else { "" },
            words: &words,
            columns: usize::from(place.width.saturating_sub(row::MARGIN)),
        };
        let line = line(app, hit, theme, &looks);
        if at == it.hits.cursor.selected() {
            row::draw_chosen(theme, frame, place, line);
        } else {
            row::draw(frame, place, line);
        }
    }
}

/// How a hit's row looks.
struct Looks<'a> {
    cached: &'a str,
    words: &'a [String],
    columns: usize,
}

fn line<'a>(app: &App, hit: &Hit, theme: &Theme, looks: &Looks<'_>) -> Line<'a> {
    let mark = if looks.cached.is_empty() {
        0
    } else {
        looks.cached.len() + 1
    };
    let room = looks.columns.saturating_sub(BADGE + mark);
    let name_columns = (room * 11 / 20).max(room.min(12));
    let detail_columns = room.saturating_sub(name_columns + 1);
    let name = row::fit(theme, &hit.link.name, name_columns);
    let mut spans = vec![Span::styled(text::pad(&badge(app, hit), BADGE), theme.dim)];
    spans.extend(marked(&name, looks.words, theme));
    spans.push(Span::styled(
        format!(" {}", row::fit(theme, &hit.detail, detail_columns)),
        theme.dim,
    ));
    if mark > 0 {
        spans.push(Span::styled(format!(" {}", looks.cached), theme.dim));
    }
    Line::from(spans)
}

/// Three letters that tell the object: `ACC`, `CON`; a custom object's by its label.
pub fn badge(app: &App, hit: &Hit) -> String {
    let object = app.org.object(&hit.link.object);
    let name = match object {
        Some(object) if object.custom => object.label.as_str(),
        _ => hit.link.object.as_str(),
    };
    let letters = text::line(name);
    let letters = letters.chars().filter(|c| c.is_alphanumeric()).take(3);
    letters.flat_map(char::to_uppercase).collect()
}

fn words(it: &Search) -> Vec<String> {
    let typed = it.text();
    let words = typed.split_whitespace();
    words.map(|word| word.chars().map(fold).collect()).collect()
}

fn fold(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

fn is_mark(c: char) -> bool {
    text::width(c.encode_utf8(&mut [0; 4])) == 0
}

/// The name with the typed words in bold.
fn marked<'a>(name: &str, words: &[String], theme: &Theme) -> Vec<Span<'a>> {
    let folded: Vec<char> = name.chars().map(fold).collect();
    let mut bold = vec![false; folded.len()];
    for word in words {
        let word: Vec<char> = word.chars().collect();
        for (at, window) in folded.windows(word.len().max(1)).enumerate() {
            if window == word.as_slice() {
                bold[at..at + word.len()].fill(true);
            }
        }
    }
    let mut spans: Vec<(bool, String)> = Vec::new();
    for (c, is_bold) in name.chars().zip(bold) {
        match spans.last_mut() {
            // A mark stays with the letter it sits on.
            Some((last, run)) if *last == is_bold || is_mark(c) => run.push(c),
            _ => spans.push((is_bold, c.to_string())),
        }
    }
    let style = |is_bold| if is_bold { theme.strong } else { theme.text };
    spans
        .into_iter()
        .map(|(is_bold, run)| Span::styled(run, style(is_bold)))
        .collect()
}

/// Says what is so where the rows alone do not; returns the room left for rows.
fn sentence(app: &App, it: &Search, theme: &Theme, frame: &mut Frame<'_>, area: Rect) -> Rect {
    let Some((words, style)) = state(app, it, theme) else {
        return area;
    };
    let inside = panel::inset(area);
    if it.hits.rows().is_empty() {
        row::paragraph(frame, inside, &words, style);
        return Rect { height: 0, ..area };
    }
    let lines = text::wrap(&words, inside.width.into()).len();
    let height = u16::try_from(lines).unwrap_or(1).min(area.height / 2);
    let foot = Rect {
        y: area.bottom().saturating_sub(height),
        height,
        ..inside
    };
    row::paragraph(frame, foot, &words, style);
    Rect {
        height: area.height - height,
        ..area
    }
}

fn state(app: &App, it: &Search, theme: &Theme) -> Option<(String, Style)> {
    let is_empty = it.hits.rows().is_empty();
    if let Some(failure) = it.server.failure() {
        let retry = match it.focus {
            Focus::Line if is_empty => "Enter tries again",
            Focus::Line => "Esc, then r tries again",
            Focus::Hits => "r tries again",
        };
        let words = match failure.kind {
            FailureKind::NoConnection if is_empty => {
                format!("Offline, and nothing seen before fits. {retry}.")
            }
            FailureKind::NoConnection => {
                format!("Offline: this is what was seen before. {retry}.")
            }
            _ => {
                let why = failure.message.trim_end_matches('.');
                let hint = failure.hint();
                format!("The org was not searched: {why}. {hint} {retry}.")
            }
        };
        return Some((words, theme.warn));
    }
    if it.server.value().is_some_and(|told| told.more) {
        let shown = it.hits.rows().len();
        let words = format!("{shown} shown, the org has more: type on.");
        return Some((words, theme.dim));
    }
    if !is_empty {
        return None;
    }
    let scope = it.scope.label(&app.org);
    let words = if it.opens_best {
        "Searching the org: the best hit opens as soon as it is here. Esc takes that back."
            .to_owned()
    } else if it.server.is_waiting() {
        "Searching the org. What you have seen before shows at once.".to_owned()
    } else if it.server.value().is_some() && it.hits.are_current() {
        format!(
            "Nothing found for '{}' in {scope}. Tab in the search line looks in other objects.",
            text::line(&it.text())
        )
    } else if it.line.is_empty() {
        "Type a name, e-mail, phone number, id or address: hits show as you type.".to_owned()
    } else if it.is_searchable() {
        return None;
    } else {
        "One more letter, and the org is searched.".to_owned()
    };
    Some((words, theme.dim))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::Glyphs;

    #[test]
    fn typed_words_are_bold_in_any_case_and_no_letter_loses_its_mark() {
        let theme = crate::ui::testkit::theme(Glyphs::ASCII);
        // (name, typed words, runs; bold ones in brackets)
        let cases = [
            ("Acme Holdings", "hold acme", "[Acme] [Hold]ings"),
            ("Lena", "x", "Lena"),
            ("Rene\u{301}e", "rene", "[Rene\u{301}]e"),
            ("ÉLAN", "élan", "[ÉLAN]"),
            ("aaa", "aa", "[aaa]"),
        ];
        for (name, typed, expected) in cases {
            let words: Vec<String> = typed.split(' ').map(str::to_owned).collect();
            let runs = marked(name, &words, &theme).into_iter();
            let shown: String = runs
                .map(|run| match run.style == theme.strong {
                    true => format!("[{}]", run.content),
                    false => run.content.into_owned(),
                })
                .collect();
            assert_eq!(shown, expected);
        }
    }
}
