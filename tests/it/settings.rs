//! `sfw-tui config` and the settings of one run, by the real program.

use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_sfw-tui");

/// A home of its own.
struct Home(tempfile::TempDir);

impl Home {
    fn with(config: &str) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join(".config/sfw-tui");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("config.toml"), config).expect("a file");
        Self(home)
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        Command::new(PROGRAM)
            .args(arguments)
            .env_clear()
            .env("HOME", self.0.path())
            .envs(variables.iter().copied())
            .output()
            .expect("the program runs")
    }

    fn says(&self, arguments: &[&str], variables: &[(&str, &str)]) -> String {
        let output = self.run(arguments, variables);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

#[test]
fn check_names_what_is_wrong_with_its_place_and_exits_1() {
    let home = Home::with("[screen]\ncolor = \"never\"\nglyps = \"ascii\"\n");
    let output = home.run(&["config", "check"], &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout);
    let end = "config.toml:3:1: unknown key `glyps`; did you mean `glyphs`?\n";
    assert!(said.ends_with(end), "{said}");
    let json = home.says(&["config", "check", "--json"], &[]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["ok"], false);
    assert_eq!(
        json["warnings"][0]["message"],
        "unknown key `glyps`; did you mean `glyphs`?"
    );
    let right = Home::with("[screen]\ncolor = \"never\"\n");
    assert_eq!(right.run(&["config", "check"], &[]).status.code(), Some(0));
}

#[test]
fn dump_says_what_holds_and_who_said_so() {
    let home = Home::with("[network]\ntimeout = 10\n[screen]\nglyphs = \"ascii\"\n");
    let variables = [
        ("SFW_TUI_NETWORK_TIMEOUT", "20"),
        ("SFW_TUI_SCREEN_GLYPHS", "auto"),
    ];
    let said = home.says(
        &["--set", "screen.glyphs=unicode", "config", "dump"],
        &variables,
    );
    for line in [
        "glyphs = \"unicode\"  # --set",
        "timeout = 20  # SFW_TUI_NETWORK_TIMEOUT",
        "color = \"auto\"  # default",
    ] {
        assert!(said.contains(line), "{line} in {said}");
    }
    let path = home.says(&["config", "path"], &[]);
    assert!(
        path.trim().ends_with(".config/sfw-tui/config.toml"),
        "{path}"
    );
    let schema = home.says(&["config", "schema"], &[]);
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("JSON");
    assert_eq!(
        schema["properties"]["network"]["properties"]["timeout"]["maximum"],
        600
    );
}

#[test]
fn a_wrong_flag_is_refused_and_does_nothing() {
    let home = Home::with("");
    let output = home.run(&["--theme", "drak", "config", "dump"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("did you mean `dark`?"), "{said}");
}
