use proptest::prelude::*;

use super::*;

/// Characters that must never reach a terminal from outside.
fn is_forbidden(c: char) -> bool {
    c.is_control() || is_hidden(c) || is_variation(c)
}

#[test]
fn a_line_shows_what_would_move_or_fool_the_screen() {
    let cases = [
        ("plain", "plain"),
        ("a\r\nb\tc\rd", "a b c d"),
        ("\u{1b}[2Jgone", "␛[2Jgone"),
        ("bell\u{7}", "bell␇"),
        ("\u{9b}31m", "·31m"),
        ("del\u{7f}", "del␡"),
        ("invoice\u{202e}fdp.exe", "invoice·fdp.exe"),
        ("\u{2066}Lena\u{2069}", "·Lena·"),
        ("pay\u{200b}pal", "pay·pal"),
        ("soft\u{ad}ware", "soft·ware"),
        ("\u{feff}bom", "·bom"),
        ("two\u{2028}lines", "two·lines"),
        ("tag\u{e0041}", "tag·"),
        ("\u{301}lone", "◌\u{301}lone"),
        ("e\u{301}", "e\u{301}"),
        ("❤\u{fe0f}", "❤"),
        ("a\u{fe0f}\u{fe0f}", "a·"),
        ("東京 Łódź", "東京 Łódź"),
    ];
    for (raw, safe) in cases {
        assert_eq!(line(raw), safe, "{raw:?}");
    }
}

#[test]
fn stacked_marks_stop_before_they_grow_into_other_rows() {
    let tower = format!("a{}", "\u{301}".repeat(40));
    let marks = line(&tower).chars().filter(|c| *c == '\u{301}').count();
    assert_eq!(marks, usize::from(MARKS_PER_BASE));
}

#[test]
fn a_block_keeps_its_lines_and_nothing_else() {
    assert_eq!(
        block("a\r\nb\rc\n\u{301}\td\u{1b}"),
        "a\nb\nc\n◌\u{301}    d␛"
    );
}

#[test]
fn clip_counts_columns_not_characters() {
    let cases = [
        ("Acme Holdings", 20, "…", "Acme Holdings"),
        ("Acme Holdings", 8, "…", "Acme Ho…"),
        ("東京都庁", 5, "…", "東京…"),
        ("東京都庁", 4, "…", "東…"),
        ("東京", 1, "", ""),
        ("e\u{301}e\u{301}e\u{301}", 2, "~", "e\u{301}~"),
        ("abc", 0, "…", ""),
        ("abcdef", 2, "...", "ab"),
    ];
    for (text, columns, ellipsis, want) in cases {
        assert_eq!(clip(text, columns, ellipsis), want, "{text} in {columns}");
    }
}

#[test]
fn pad_is_exact_even_where_a_wide_character_is_cut() {
    assert_eq!(pad("東京", 3), "東 ");
    assert_eq!(pad("ab", 4), "ab  ");
}

#[test]
fn wrap_breaks_between_words_and_inside_long_ones() {
    let cases: &[(&str, usize, &[&str])] = &[
        ("", 5, &[""]),
        ("one two three", 7, &["one two", "three"]),
        ("abcdefgh", 3, &["abc", "def", "gh"]),
        ("a\n\nb", 9, &["a", "", "b"]),
        ("東京都", 3, &["東", "京", "都"]),
        ("東", 1, &["·"]),
    ];
    for (text, columns, want) in cases {
        assert_eq!(wrap(text, *columns), *want, "{text:?} in {columns}");
    }
}

/// Text rich in the characters that hurt.
fn hostile() -> impl Strategy<Value = String> {
    let odd = prop_oneof![
        any::<char>(),
        prop::sample::select(vec![
            '\u{1b}',
            '\u{9b}',
            '\r',
            '\n',
            '\t',
            '\u{202e}',
            '\u{200d}',
            '\u{fe0f}',
            '\u{301}',
            '\u{e0041}',
            '東',
            '👩',
            '🏽',
            '🇬',
            '\u{600}',
            'a',
            ' ',
            '\u{1100}',
            '\u{1161}',
        ]),
    ];
    prop::collection::vec(odd, 0..40).prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    #[test]
    fn safe_text_is_safe_and_stays_as_it_is(text in hostile()) {
        let safe = line(&text).into_owned();
        prop_assert!(!safe.chars().any(is_forbidden), "{safe:?}");
        prop_assert_eq!(line(&safe), safe.as_str());
        let lines = block(&text);
        prop_assert!(!lines.chars().any(|c| c != '\n' && is_forbidden(c)));
        prop_assert_eq!(block(&lines), lines);
    }

    #[test]
    fn nothing_is_wider_than_asked(text in hostile(), columns in 0usize..30) {
        for ellipsis in ["…", "~", "..."] {
            let cut = clip(&text, columns, ellipsis);
            prop_assert!(width(&cut) <= columns, "{cut:?}");
            prop_assert_eq!(clip(&cut, columns, ellipsis), cut);
        }
        prop_assert_eq!(width(&pad(&text, columns)), columns);
        for line in wrap(&text, columns) {
            prop_assert!(width(&line) <= columns.max(1), "{line:?}");
        }
    }
}
