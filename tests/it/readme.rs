//! The README's key table is the command table's: made here, never written by hand.

use std::path::Path;

use sfw_tui::app::keymap::key_table;

const BEGIN: &str =
    "<!-- keys: begin (made by `cargo test` with SFW_TUI_UPDATE=1; do not edit) -->\n";
const END: &str = "<!-- keys: end -->";

#[test]
fn the_key_table_is_the_command_tables() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(&file).expect("README.md");
    let (before, rest) = text.split_once(BEGIN).expect("where the table begins");
    let (written, after) = rest.split_once(END).expect("where the table ends");
    let made = format!("\n{}\n", key_table());
    if std::env::var_os("SFW_TUI_UPDATE").is_some() {
        let text = format!("{before}{BEGIN}{made}{END}{after}");
        std::fs::write(&file, text).expect("README.md is written");
        return;
    }
    assert!(
        written == made,
        "README's key table is old: run SFW_TUI_UPDATE=1 cargo test --test it readme"
    );
}

#[test]
fn the_two_commands_stand_in_it() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(file).expect("README.md");
    for command in ["\ncargo run --release -- demo\n", "\ncargo test\n"] {
        assert!(text.contains(command), "{command}");
    }
}
