//! Styles and glyphs: one grammar for every screen. Every state also has a word or a
//! glyph, so none depends on colour. `look.rs` says which theme has which styles.

use ratatui::style::Style;
use ratatui::symbols::border;

/// How everything looks.
#[derive(Debug, Clone)]
pub struct Theme {
    /// Plain text.
    pub text: Style,
    /// Labels, borders, things of less weight.
    pub dim: Style,
    /// Titles and what matters.
    pub strong: Style,
    /// The row under the cursor.
    pub selected: Style,
    /// Names of things that can be opened.
    pub link: Style,
    /// It worked.
    pub ok: Style,
    /// Look at it.
    pub warn: Style,
    /// It failed.
    pub error: Style,
    /// The badge of the connection.
    pub badge: Style,
    /// Keys in hints.
    pub key: Style,
    /// Marks drawn beside things.
    pub glyphs: Glyphs,
}

/// Marks drawn beside things.
#[derive(Debug, Clone, Copy)]
pub struct Glyphs {
    /// The row under the cursor.
    pub cursor: &'static str,
    /// Cut-off text.
    pub ellipsis: &'static str,
    /// Goes to another record.
    pub arrow: &'static str,
    /// Between parts of a line.
    pub dot: &'static str,
    /// Lines around panes.
    pub border: border::Set<'static>,
    /// The line of a section heading.
    pub rule: &'static str,
}

impl Glyphs {
    /// For terminals that show Unicode.
    pub const UNICODE: Self = Self {
        cursor: "›",
        ellipsis: "…",
        arrow: "→",
        dot: "·",
        border: border::ROUNDED,
        rule: "─",
    };
    /// For every terminal.
    pub const ASCII: Self = Self {
        cursor: ">",
        ellipsis: "~",
        arrow: "->",
        dot: "-",
        border: border::Set {
            top_left: "+",
            top_right: "+",
            bottom_left: "+",
            bottom_right: "+",
            vertical_left: "|",
            vertical_right: "|",
            horizontal_top: "-",
            horizontal_bottom: "-",
        },
        rule: "-",
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_glyphs_are_ascii() {
        let glyphs = Glyphs::ASCII;
        for glyph in [
            glyphs.cursor,
            glyphs.ellipsis,
            glyphs.arrow,
            glyphs.dot,
            glyphs.rule,
        ] {
            assert!(glyph.is_ascii(), "{glyph}");
        }
    }
}
