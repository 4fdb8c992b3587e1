//! From the name of a theme to its styles. Colours are the terminal's own sixteen, so that
//! they go with whatever the user chose for it; exact ones only where the terminal says
//! that it has them.

use ratatui::style::{Color, Modifier, Style};

use super::theme::{Glyphs, Theme};

/// What the user wants the screens to look like.
#[derive(Debug, Clone)]
pub struct Look {
    /// Which theme.
    pub palette: Palette,
    /// How many colours there are.
    pub depth: Depth,
    /// Marks and borders.
    pub glyphs: Glyphs,
}

/// The themes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Palette {
    /// Dark or light, as the terminal is.
    Auto,
    /// For dark terminals.
    Dark,
    /// For light terminals.
    Light,
    /// Weight, reverse and underline only.
    Mono,
    /// Nothing faint.
    HighContrast,
    /// Blue and orange.
    Cvd,
}

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// None are wanted.
    None,
    /// The terminal's own sixteen.
    Sixteen,
    /// Any.
    True,
}

/// The colour that the terminal writes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paper {
    /// It has not said.
    #[default]
    Unknown,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

/// Okabe and Ito's blue and vermilion: apart for every kind of colour vision, and to be
/// read on black and on white alike.
const BLUE: Color = Color::Rgb(0x00, 0x72, 0xb2);
const ORANGE: Color = Color::Rgb(0xd5, 0x5e, 0x00);

impl Look {
    /// Its styles on this paper.
    pub fn theme(&self, paper: Paper) -> Theme {
        let plain = plain(self.glyphs);
        let palette = match (self.palette, paper) {
            (Palette::Auto, Paper::Dark) => Palette::Dark,
            (Palette::Auto, Paper::Light) => Palette::Light,
            (palette, _) => palette,
        };
        match (palette, self.depth) {
            (Palette::HighContrast, _) => high_contrast(plain),
            (Palette::Mono, _) | (_, Depth::None) => plain,
            (Palette::Auto, _) => Theme {
                warn: plain.warn.fg(Color::Magenta),
                error: plain.error.fg(Color::LightRed),
                ..plain
            },
            (Palette::Dark, _) => tinted(
                plain,
                [
                    Color::Cyan,
                    Color::LightCyan,
                    Color::Yellow,
                    Color::LightRed,
                ],
            ),
            (Palette::Light, _) => tinted(
                plain,
                [Color::Blue, Color::Blue, Color::Magenta, Color::Red],
            ),
            (Palette::Cvd, Depth::True) => tinted(plain, [BLUE, BLUE, ORANGE, ORANGE]),
            (Palette::Cvd, _) => tinted(
                plain,
                [
                    Color::LightBlue,
                    Color::LightBlue,
                    Color::LightRed,
                    Color::LightRed,
                ],
            ),
        }
    }

    /// It depends on the paper: the terminal has to be asked.
    pub fn asks_for_paper(&self) -> bool {
        self.palette == Palette::Auto && self.depth != Depth::None
    }
}

/// Weight, reverse and underline only.
fn plain(glyphs: Glyphs) -> Theme {
    let plain = Style::new();
    let bold = plain.add_modifier(Modifier::BOLD);
    Theme {
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

/// With a colour for what can be pressed or opened, for good news, for warnings and for
/// errors.
fn tinted(plain: Theme, [link, ok, warn, error]: [Color; 4]) -> Theme {
    Theme {
        link: plain.link.fg(link),
        key: plain.key.fg(link),
        ok: plain.ok.fg(ok),
        warn: plain.warn.fg(warn),
        error: plain.error.fg(error),
        ..plain
    }
}

/// Nothing faint; what failed stands out as the chosen row does.
fn high_contrast(plain: Theme) -> Theme {
    Theme {
        dim: plain.text,
        selected: plain.selected.add_modifier(Modifier::BOLD),
        warn: plain.warn.add_modifier(Modifier::UNDERLINED),
        error: plain.error.add_modifier(Modifier::REVERSED),
        link: plain.link.add_modifier(Modifier::BOLD),
        ..plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: [u8; 3] = [0; 3];
    const WHITE: [u8; 3] = [255; 3];

    /// What terminals paint for the slots: xterm's palette and VGA's.
    const PAINTED: &[(Color, [u8; 3])] = &[
        (Color::Red, [0xcd, 0x00, 0x00]),
        (Color::Red, [0xaa, 0x00, 0x00]),
        (Color::Yellow, [0xcd, 0xcd, 0x00]),
        (Color::Yellow, [0xaa, 0x55, 0x00]),
        (Color::Blue, [0x00, 0x00, 0xee]),
        (Color::Blue, [0x00, 0x00, 0xaa]),
        (Color::Magenta, [0xcd, 0x00, 0xcd]),
        (Color::Magenta, [0xaa, 0x00, 0xaa]),
        (Color::Cyan, [0x00, 0xcd, 0xcd]),
        (Color::Cyan, [0x00, 0xaa, 0xaa]),
        (Color::LightRed, [0xff, 0x00, 0x00]),
        (Color::LightRed, [0xff, 0x55, 0x55]),
        (Color::LightBlue, [0x5c, 0x5c, 0xff]),
        (Color::LightBlue, [0x55, 0x55, 0xff]),
        (Color::LightCyan, [0x00, 0xff, 0xff]),
        (Color::LightCyan, [0x55, 0xff, 0xff]),
        (BLUE, [0x00, 0x72, 0xb2]),
        (ORANGE, [0xd5, 0x5e, 0x00]),
    ];

    const PALETTES: [Palette; 6] = [
        Palette::Auto,
        Palette::Dark,
        Palette::Light,
        Palette::Mono,
        Palette::HighContrast,
        Palette::Cvd,
    ];

    fn look(palette: Palette, depth: Depth) -> Look {
        Look {
            palette,
            depth,
            glyphs: Glyphs::ASCII,
        }
    }

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

    /// On which papers a theme is used.
    fn papers(palette: Palette) -> &'static [(Paper, [u8; 3])] {
        match palette {
            Palette::Dark => &[(Paper::Unknown, BLACK)],
            Palette::Light => &[(Paper::Unknown, WHITE)],
            _ => &[
                (Paper::Dark, BLACK),
                (Paper::Light, WHITE),
                (Paper::Unknown, BLACK),
                (Paper::Unknown, WHITE),
            ],
        }
    }

    #[test]
    fn colours_can_be_read_on_their_paper() {
        for palette in PALETTES {
            for depth in [Depth::Sixteen, Depth::True] {
                for (paper, painted_on) in papers(palette) {
                    for style in styles(&look(palette, depth).theme(*paper)) {
                        let Some(slot) = style.fg else { continue };
                        let painted = PAINTED.iter().filter(|(known, _)| *known == slot);
                        let painted: Vec<_> = painted.collect();
                        assert!(!painted.is_empty(), "{slot:?} is not in the table");
                        for (_, colour) in painted {
                            let contrast = contrast(*colour, *painted_on);
                            assert!(contrast >= 3.0, "{palette:?} {slot:?} {contrast}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn without_colour_no_style_of_any_theme_has_one() {
        for palette in PALETTES {
            for style in styles(&look(palette, Depth::None).theme(Paper::Dark)) {
                assert_eq!((style.fg, style.bg), (None, None), "{palette:?}");
            }
        }
        for palette in [Palette::Mono, Palette::HighContrast] {
            for style in styles(&look(palette, Depth::True).theme(Paper::Dark)) {
                assert_eq!((style.fg, style.bg), (None, None), "{palette:?}");
            }
        }
    }

    #[test]
    fn exact_colours_need_a_terminal_that_has_them() {
        for palette in PALETTES {
            let theme = look(palette, Depth::Sixteen).theme(Paper::Dark);
            let exact = |style: &Style| matches!(style.fg, Some(Color::Rgb(..)));
            assert!(!styles(&theme).iter().any(exact), "{palette:?}");
        }
    }

    #[test]
    fn no_theme_tells_good_from_bad_by_red_and_green() {
        for palette in PALETTES {
            for paper in [Paper::Dark, Paper::Light, Paper::Unknown] {
                let theme = look(palette, Depth::True).theme(paper);
                let green = [Color::Green, Color::LightGreen];
                let is_green = |style: &Style| style.fg.is_some_and(|it| green.contains(&it));
                assert!(!styles(&theme).iter().any(is_green), "{palette:?}");
            }
        }
    }
}
