//! Files, variables and flags, right and wrong.

use std::path::Path;

use super::*;

const EXAMPLE: &str = include_str!("../../config.example.toml");

fn warnings(text: &str) -> Vec<String> {
    let loaded = parse(text, Path::new("config.toml"));
    loaded.warnings.iter().map(ToString::to_string).collect()
}

fn with(variables: &[(&str, &str)], flags: &[(&str, &str)]) -> Loaded {
    let owned = |pairs: &[(&str, &str)]| {
        let pairs = pairs
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
        pairs.collect()
    };
    load(&Sources {
        file: "/nowhere/config.toml".into(),
        variables: owned(variables),
        flags: owned(flags),
    })
}

#[test]
fn the_example_is_complete_and_says_the_defaults() {
    let loaded = parse(EXAMPLE, Path::new("config.example.toml"));
    assert_eq!(loaded.warnings, []);
    let expected = Config {
        api_version: Some("66.0".into()),
        ..Config::default()
    };
    assert_eq!(loaded.config, expected);
    for setting in SETTINGS {
        let stands = loaded.origins.contains_key(&(setting.section, setting.key));
        assert!(stands, "{}", setting.name());
    }
}

#[test]
fn every_line_of_the_example_has_its_words() {
    let mut before = "";
    for line in EXAMPLE.lines() {
        if line.contains(" = ") && !line.starts_with('#') {
            assert!(before.starts_with('#'), "what is `{line}`?");
        }
        before = line;
    }
}

#[test]
fn a_wrong_key_is_named_with_its_place_and_the_rest_loads() {
    let text = "[screen]\nglyps = \"ascii\"\ncolor = \"never\"\n";
    let loaded = parse(text, Path::new("c.toml"));
    assert_eq!(
        loaded.warnings[0].to_string(),
        "c.toml:2:1: unknown key `glyps`; did you mean `glyphs`?"
    );
    assert_eq!(loaded.config.color, When::Never);
}

#[test]
fn wrong_values_say_what_would_be_right() {
    let cases = [
        (
            "[network]\ntimeout = 3\n",
            "config.toml:2:11: `network.timeout`: write whole seconds from 5 to 600",
        ),
        (
            "[search]\nobjects = \"Account\"\n",
            "config.toml:2:11: `search.objects`: write a list of texts, such as [\"Account\", \"Contact\"]",
        ),
        (
            "[search]\nobjects = []\n",
            "config.toml:2:11: `search.objects`: write a list of texts, such as [\"Account\", \"Contact\"]",
        ),
        (
            "[network]\napi_version = \"12\"\n",
            "config.toml:2:15: `network.api_version`: write a version such as \"66.0\", 31.0 at least",
        ),
        (
            "[screen]\ntheme = \"drak\"\n",
            "config.toml:2:9: `screen.theme`: write \"auto\", \"dark\", \"light\", \"mono\", \"high-contrast\" or \"cvd\"; did you mean `dark`?",
        ),
        (
            "glyphs = \"ascii\"\n",
            "config.toml:1:1: `glyphs` belongs under `[screen]`",
        ),
        (
            "screen = true\n",
            "config.toml:1:1: `screen` is a table: write `[screen]`",
        ),
        (
            "[serch]\n",
            "config.toml:1:2: unknown section `serch`; did you mean `search`?",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(warnings(text), [message]);
    }
}

#[test]
fn warnings_stand_in_the_order_of_the_file() {
    let text = "[screen]\nzebra = 1\naardvark = 2\n[nothing]\n";
    let loaded = parse(text, Path::new("c.toml"));
    let place = |warning: &Warning| match &warning.origin {
        Origin::File(_, place) => *place,
        _ => None,
    };
    let places: Vec<_> = loaded.warnings.iter().map(place).collect();
    assert_eq!(places, [Some((2, 1)), Some((3, 1)), Some((4, 2))]);
}

#[test]
fn text_that_is_no_toml_leaves_the_defaults() {
    let loaded = parse("[screen\n", Path::new("c.toml"));
    assert_eq!(loaded.config, Config::default());
    assert!(loaded.is_broken);
    assert_eq!(loaded.warnings.len(), 1);
    assert!(matches!(
        loaded.warnings[0].origin,
        Origin::File(_, Some(_))
    ));
}

#[test]
fn a_flag_beats_a_variable_and_a_variable_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(
        &file,
        "[network]\ntimeout = 10\n[screen]\ncolor = \"never\"\n",
    )
    .unwrap();
    let mut sources = Sources {
        file,
        ..Sources::default()
    };
    assert_eq!(load(&sources).config.timeout, 10);
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    sources.variables = vec![pair("SFW_TUI_NETWORK_TIMEOUT", "20")];
    assert_eq!(load(&sources).config.timeout, 20);
    sources.flags = vec![pair("--set", "network.timeout=30")];
    let loaded = load(&sources);
    assert_eq!(loaded.config.timeout, 30);
    assert_eq!(loaded.config.color, When::Never, "the rest stays");
    let origin = &loaded.origins[&("network", "timeout")];
    assert_eq!(*origin, Origin::Flag("--set".into()));
}

#[test]
fn variables_and_flags_that_set_nothing_are_named() {
    let cases = [
        (
            with(&[("SFW_TUI_SCREEN_THEM", "dark")], &[]),
            "SFW_TUI_SCREEN_THEM: sets nothing; did you mean `SFW_TUI_SCREEN_THEME`?",
        ),
        (
            with(&[("SFW_TUI_NETWORK_TIMEOUT", "soon")], &[]),
            "SFW_TUI_NETWORK_TIMEOUT: `network.timeout`: write whole seconds from 5 to 600",
        ),
        (
            with(&[], &[("--set", "screen.them=dark")]),
            "--set: there is no setting `screen.them`; did you mean `screen.theme`?",
        ),
        (
            with(&[], &[("--theme", "screen.theme=drak")]),
            "--theme: `screen.theme`: write \"auto\", \"dark\", \"light\", \"mono\", \"high-contrast\" or \"cvd\"; did you mean `dark`?",
        ),
        (
            with(&[], &[("--set", "screen.theme")]),
            "--set: write SECTION.KEY=VALUE",
        ),
    ];
    for (loaded, message) in cases {
        assert_eq!(loaded.warnings.len(), 1, "{message}");
        assert_eq!(loaded.warnings[0].to_string(), message);
    }
    let others = with(&[("SFW_TUI_ACCESS_TOKEN", "x"), ("HOME", "/")], &[]);
    assert_eq!(others.warnings, []);
}

#[test]
fn what_is_dumped_loads_again_as_it_was() {
    let loaded = with(
        &[("SFW_TUI_SCREEN_THEME", "cvd")],
        &[("--set", "clipboard.command=xclip,-sel,clip")],
    );
    let text = dump::toml(&loaded);
    assert!(
        text.contains("theme = \"cvd\"  # SFW_TUI_SCREEN_THEME"),
        "{text}"
    );
    assert!(text.contains("timeout = 60  # default"), "{text}");
    let again = parse(&text, Path::new("dump.toml"));
    assert_eq!(again.warnings, []);
    assert_eq!(again.config, loaded.config);
}

#[test]
fn the_schema_knows_every_setting_and_its_default() {
    let schema = schema::schema();
    for setting in SETTINGS {
        let entry = &schema["properties"][setting.section]["properties"][setting.key];
        assert_eq!(entry["description"], setting.about);
        let default = (setting.show)(&Config::default()).map(|value| value.json());
        assert_eq!(entry.get("default"), default.as_ref(), "{}", setting.name());
    }
    assert_eq!(
        schema["properties"]["screen"]["additionalProperties"],
        false
    );
}
