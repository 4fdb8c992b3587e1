//! The one place that makes text safe for a terminal, and measures it.
//!
//! Whatever comes from an org or a user passes here before it is drawn or printed:
//! escape sequences cannot reach the terminal, and invisible or direction-changing
//! characters cannot pass one name off as another. The raw value is kept elsewhere and
//! is what gets sent. Knows nothing of records or screens.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Stands for a character that must not reach the terminal and has no picture of its own.
const MARK: char = '·';
/// Carries a combining mark that has nothing to sit on.
const BASE: char = '◌';
/// A tab's columns.
const TAB: &str = "    ";
/// Marks one character may carry; more would grow into the rows around it.
const MARKS_PER_BASE: u8 = 4;

/// Characters that show nothing, reorder what is around them, or do both: bidi controls,
/// zero-width characters, fillers, line separators, tags, and the like.
const HIDDEN: &[(char, char)] = &[
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{fffe}', '\u{ffff}'),
    ('\u{13430}', '\u{1345f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e00ff}'),
    ('\u{e01f0}', '\u{e0fff}'),
];

/// One safe line: line breaks and tabs become spaces, everything else unsafe a visible
/// mark.
pub fn line(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = Cleaner::with_room_for(text);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\n' | '\t' => out.push_plain(' '),
            _ => out.push(c),
        }
    }
    Cow::Owned(out.text)
}

/// Safe text of several lines: line breaks stay, as `\n`; tabs become spaces.
pub fn block(text: &str) -> String {
    let mut out = Cleaner::with_room_for(text);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\n' => out.break_line(),
            '\t' => TAB.chars().for_each(|space| out.push_plain(space)),
            _ => out.push(c),
        }
    }
    out.text
}

/// A count with its thousands parted: `12,480`.
pub fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Columns the text takes, counted grapheme by grapheme as the terminal is drawn.
pub fn width(text: &str) -> usize {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return text.len();
    }
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// The text as one line of at most `columns`, the ellipsis included where it was cut.
pub fn clip(text: &str, columns: usize, ellipsis: &str) -> String {
    let safe = line(text);
    if width(&safe) <= columns {
        return safe.into_owned();
    }
    let tail = width(ellipsis);
    if tail > columns {
        return start_of(&safe, columns).to_owned();
    }
    let mut out = start_of(&safe, columns - tail).to_owned();
    out.push_str(ellipsis);
    out
}

/// The text as one line of exactly `columns`, cut or filled with spaces.
pub fn pad(text: &str, columns: usize) -> String {
    let mut out = clip(text, columns, "");
    let missing = columns.saturating_sub(width(&out));
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// The text in lines of at most `columns`, broken between words where it can be.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in block(text).split('\n') {
        wrap_paragraph(paragraph, columns, &mut lines);
    }
    lines
}

fn wrap_paragraph(paragraph: &str, columns: usize, lines: &mut Vec<String>) {
    let mut current = String::new();
    let mut used = 0;
    for (place, word) in paragraph.split(' ').enumerate() {
        let wide = width(word);
        let gap = usize::from(place > 0);
        if used + gap + wide <= columns {
            current.extend(std::iter::repeat_n(' ', gap));
            current.push_str(word);
            used += gap + wide;
            continue;
        }
        if used > 0 {
            lines.push(std::mem::take(&mut current));
        }
        (current, used) = break_word(word, columns, lines);
    }
    lines.push(current);
}

/// Breaks a word into full lines; what is left starts the next one.
fn break_word(word: &str, columns: usize, lines: &mut Vec<String>) -> (String, usize) {
    let mut current = String::new();
    let mut used = 0;
    for grapheme in word.graphemes(true) {
        let wide = width(grapheme);
        // A wide character does not fit a single column at all.
        let (grapheme, wide) = if wide > columns {
            ("·", 1)
        } else {
            (grapheme, wide)
        };
        if used + wide > columns {
            lines.push(std::mem::take(&mut current));
            used = 0;
        }
        current.push_str(grapheme);
        used += wide;
    }
    (current, used)
}

/// As many whole graphemes from the start as fit.
fn start_of(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += width(grapheme);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

/// Neither hidden nor a mark on its neighbour: may stand as it is.
fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~') || (c.width().is_some_and(|wide| wide > 0) && !is_hidden(c))
}

fn is_hidden(c: char) -> bool {
    let after = HIDDEN.partition_point(|(first, _)| *first <= c);
    after > 0 && HIDDEN.get(after - 1).is_some_and(|(_, last)| c <= *last)
}

fn is_variation(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Collects safe text, and remembers what the next combining mark would sit on.
struct Cleaner {
    text: String,
    /// Nothing stands on this line yet.
    at_start: bool,
    /// Marks the last character carries.
    marks: u8,
    /// A variation selector after the last character was left out.
    varied: bool,
}

impl Cleaner {
    fn with_room_for(text: &str) -> Self {
        Self {
            text: String::with_capacity(text.len()),
            at_start: true,
            marks: 0,
            varied: false,
        }
    }

    fn push(&mut self, c: char) {
        if is_variation(c) {
            self.push_variation();
        } else if c.is_control() || is_hidden(c) {
            self.push_plain(picture(c));
        } else if c.width() == Some(0) {
            self.push_mark(c);
        } else {
            self.push_plain(c);
        }
    }

    fn push_plain(&mut self, c: char) {
        self.text.push(c);
        self.at_start = false;
        self.marks = 0;
        self.varied = false;
    }

    /// It only picks a glyph, and terminals disagree on the width then: left out. One
    /// that has nothing to pick, or follows another, hides something.
    fn push_variation(&mut self) {
        if self.at_start || self.varied {
            self.push_plain(MARK);
        } else {
            self.varied = true;
        }
    }

    fn push_mark(&mut self, c: char) {
        if self.at_start {
            self.push_plain(BASE);
        }
        if self.marks < MARKS_PER_BASE {
            self.text.push(c);
            self.marks += 1;
        } else {
            self.text.push(MARK);
        }
    }

    fn break_line(&mut self) {
        self.text.push('\n');
        self.at_start = true;
        self.marks = 0;
        self.varied = false;
    }
}

/// What a control or hidden character is shown as.
fn picture(c: char) -> char {
    match u32::from(c) {
        code @ 0..0x20 => char::from_u32(0x2400 + code).unwrap_or(MARK),
        0x7f => '\u{2421}',
        _ => MARK,
    }
}

#[cfg(test)]
mod tests;
