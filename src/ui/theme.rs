//! Styles and glyphs: one grammar for every screen. Colours are the terminal's own
//! sixteen; every state also has a word or a glyph, so none depends on colour.

use ratatui::style::{Color, Modifier, Style};
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

impl Theme {
    /// With colour: the few slots that can be read on black and on white alike, and no
    /// pair that colour-blind eyes mix up. Weight and reverse do the rest.
    pub fn colours(glyphs: Glyphs) -> Self {
        let plain = Self::plain(glyphs);
        Self {
            warn: plain.warn.fg(Color::Magenta),
            error: plain.error.fg(Color::LightRed),
            ..plain
        }
    }

    /// Without colour (`NO_COLOR`): weight, reverse and underline only.
    pub fn plain(glyphs: Glyphs) -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        Self {
            text: plain,
            dim: plain.add_modifier(Modifier::DIM),
            strong: bold,
            selected: plain.add_modifier(Modifier::REVERSED),
            link: plain.add_modifier(Modifier::UNDERLINED),
            ok: bold,
            warn: bold,
            error: bold,
            badge: bold.add_modifier(Modifier::REVERSED),
            key: bold,
            glyphs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What terminals paint for the slots the theme uses: xterm's palette and VGA's.
    const PAINTED: &[(Color, [u8; 3])] = &[
        (Color::Magenta, [0xcd, 0x00, 0xcd]),
        (Color::Magenta, [0xaa, 0x00, 0xaa]),
        (Color::LightRed, [0xff, 0x00, 0x00]),
        (Color::LightRed, [0xff, 0x55, 0x55]),
    ];

    /// WCAG 2.2, "relative luminance".
    fn luminance(colour: [u8; 3]) -> f64 {
        let [red, green, blue] = colour.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn styles(theme: &Theme) -> [Style; 10] {
        [
            theme.text,
            theme.dim,
            theme.strong,
            theme.selected,
            theme.link,
            theme.ok,
            theme.warn,
            theme.error,
            theme.badge,
            theme.key,
        ]
    }

    #[test]
    fn colours_can_be_read_on_dark_and_on_light_terminals() {
        for style in styles(&Theme::colours(Glyphs::ASCII)) {
            let Some(slot) = style.fg else { continue };
            let painted: Vec<_> = PAINTED.iter().filter(|(known, _)| *known == slot).collect();
            assert!(!painted.is_empty(), "{slot:?} is not in the table");
            for (_, colour) in painted {
                assert!(contrast(*colour, [0; 3]) >= 3.0, "{slot:?} on black");
                assert!(contrast(*colour, [255; 3]) >= 3.0, "{slot:?} on white");
            }
        }
    }

    #[test]
    fn without_colour_no_style_has_one() {
        for style in styles(&Theme::plain(Glyphs::ASCII)) {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }

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
