//! Draws the README's screenshot: runs the real program on the demo org in a terminal of
//! its own, presses the keys of the first minute, and writes what is on the screen as
//! an SVG picture. `cargo run --release --example screenshot -- assets/screenshot.svg`

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a tool for developers; what goes wrong ends it"
)]

#[allow(dead_code, reason = "shared with the tests")]
#[path = "../tests/support/terminal.rs"]
mod terminal;

use std::fmt::Write as _;

use portable_pty::CommandBuilder;
use terminal::Terminal;

const SIZE: (u16, u16) = (120, 34);
/// Width and height of a cell, in pixels.
const CELL: (u16, u16) = (9, 20);
const PAPER: &str = "#14161a";
const INK: &str = "#d0d3d8";
/// The terminal's sixteen colours.
const PALETTE: [&str; 16] = [
    "#1d1f21", "#cc6666", "#8abf67", "#d9b460", "#6f9fd8", "#b294bb", "#70c0ba", "#c5c8c6",
    "#7c8187", "#f07178", "#b5e890", "#ffdf80", "#92c0ff", "#e0b6ff", "#9aedea", "#ffffff",
];

fn main() {
    let target = std::env::args().nth(1).expect("the picture's file name");
    let home = tempfile::tempdir().expect("a folder");
    let program = std::env::current_exe().expect("this program");
    let folder = program
        .parent()
        .and_then(|p| p.parent())
        .expect("its folder");
    let mut command = CommandBuilder::new(folder.join("sfw-tui"));
    command.arg("demo");
    command.env_clear();
    command.env("HOME", home.path());
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    let mut screen = Terminal::start(command, SIZE.0, SIZE.1);
    screen.wait("online");
    screen.send("lena");
    screen.wait("Lena Ortiz");
    screen.send("\r");
    screen.wait("Details");
    screen.settle();
    screen.send("c");
    screen.wait("Log a call");
    screen.send("Left voicemail, call back Thursday");
    screen.settle();
    std::fs::write(&target, svg(screen.cells())).expect("the picture is written");
    println!("{target}");
}

/// The screen as SVG: a rectangle where the paper differs, a text for each run of cells
/// of one style.
fn svg(screen: &vt100::Screen) -> String {
    let (width, height) = (SIZE.0 * CELL.0, SIZE.1 * CELL.1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"15\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"6\" fill=\"{PAPER}\"/>\n"
    );
    for row in 0..SIZE.1 {
        let mut column = 0;
        while column < SIZE.0 {
            let style = Style::of(screen, row, column);
            let start = column;
            let mut text = String::new();
            while column < SIZE.0 && Style::of(screen, row, column) == style {
                let cell = screen.cell(row, column).expect("a cell of the screen");
                text.push_str(if cell.has_contents() {
                    cell.contents()
                } else {
                    " "
                });
                column += if cell.is_wide() { 2 } else { 1 };
            }
            run(&mut out, (row, start, column), &text, &style);
        }
    }
    cursor(&mut out, screen.cursor_position());
    out + "</svg>\n"
}

#[derive(PartialEq)]
struct Style {
    ink: String,
    paper: String,
    bold: bool,
    dim: bool,
}

impl Style {
    fn of(screen: &vt100::Screen, row: u16, column: u16) -> Self {
        let cell = screen.cell(row, column).expect("a cell of the screen");
        let (mut ink, mut paper) = (colour(cell.fgcolor(), INK), colour(cell.bgcolor(), PAPER));
        if cell.inverse() {
            std::mem::swap(&mut ink, &mut paper);
        }
        Self {
            ink,
            paper,
            bold: cell.bold(),
            dim: cell.dim(),
        }
    }
}

fn colour(colour: vt100::Color, default: &str) -> String {
    match colour {
        vt100::Color::Idx(index) => PALETTE
            .get(usize::from(index))
            .copied()
            .unwrap_or(default)
            .to_owned(),
        vt100::Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        vt100::Color::Default => default.to_owned(),
    }
}

fn run(out: &mut String, (row, start, end): (u16, u16, u16), text: &str, style: &Style) {
    let (x, y) = (start * CELL.0, row * CELL.1);
    let width = (end - start) * CELL.0;
    if style.paper != PAPER {
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\" fill=\"{}\"/>",
            CELL.1, style.paper
        );
    }
    if text.trim().is_empty() {
        return;
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let weight = if style.bold {
        " font-weight=\"bold\""
    } else {
        ""
    };
    let faint = if style.dim { " opacity=\"0.6\"" } else { "" };
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{}\" fill=\"{}\" textLength=\"{width}\" xml:space=\"preserve\"{weight}{faint}>{text}</text>",
        y + 15,
        style.ink
    );
}

fn cursor(out: &mut String, (row, column): (u16, u16)) {
    let _ = writeln!(
        out,
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"#f0c674\" opacity=\"0.8\"/>",
        column * CELL.0,
        row * CELL.1,
        CELL.0,
        CELL.1
    );
}
