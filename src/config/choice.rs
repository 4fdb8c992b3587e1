//! What a setting may be where it is one of a few words.

/// Makes an enum whose variants have names in the config file.
macro_rules! choice {
    ($(#[$about:meta])* $name:ident { $($(#[$what:meta])* $variant:ident $word:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$what])* $variant),+ }

        impl $name {
            /// The words, as the file writes them.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The choice of that word.
            pub fn named(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// Its word.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }
    };
}

choice! {
    /// Which marks and borders are drawn.
    Glyphs {
        /// Unicode where locale and terminal show it.
        Auto "auto",
        /// Unicode always.
        Unicode "unicode",
        /// Plain ASCII always.
        Ascii "ascii",
    }
}

choice! {
    /// When colour is used.
    When {
        /// Unless `NO_COLOR` is set.
        Auto "auto",
        /// Whatever the environment says.
        Always "always",
        /// Not at all.
        Never "never",
    }
}

choice! {
    /// Which colours are used.
    ThemeName {
        /// Dark or light, as the terminal says it is.
        Auto "auto",
        /// For light text on dark paper.
        Dark "dark",
        /// For dark text on light paper.
        Light "light",
        /// Weight, reverse and underline only.
        Mono "mono",
        /// Nothing faint, everything bold that matters.
        HighContrast "high-contrast",
        /// Blue and orange: apart for every kind of colour vision.
        Cvd "cvd",
    }
}
