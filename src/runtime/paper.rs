//! Whether the terminal is dark or light.

use crate::ui::look::Paper;

/// What the environment says, before the terminal itself has been asked.
pub(super) fn guess() -> Paper {
    std::env::var("COLORFGBG").map_or(Paper::Unknown, |said| by_slots(&said))
}

/// `COLORFGBG`: the slots of ink and paper, as rxvt and Konsole leave them.
fn by_slots(said: &str) -> Paper {
    match said
        .rsplit(';')
        .next()
        .and_then(|slot| slot.parse::<u8>().ok())
    {
        Some(7 | 9..=15) => Paper::Light,
        Some(0..=6 | 8) => Paper::Dark,
        _ => Paper::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_of_ink_and_paper() {
        let cases = [
            ("15;0", Paper::Dark),
            ("0;15", Paper::Light),
            ("0;default;15", Paper::Light),
            ("12;8", Paper::Dark),
            ("default;default", Paper::Unknown),
            ("", Paper::Unknown),
            ("0;255", Paper::Unknown),
        ];
        for (said, paper) in cases {
            assert_eq!(by_slots(said), paper, "{said}");
        }
    }
}
