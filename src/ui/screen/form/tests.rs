use crate::app::testkit::*;
use crate::ui::theme::{Glyphs, Theme};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

fn picture(bench: &mut Bench, columns: u16, rows: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    let theme = Theme::plain(Glyphs::UNICODE);
    let app = &bench.app;
    terminal
        .draw(|frame| crate::ui::draw(app, &theme, frame))
        .unwrap();
    format!("{}", terminal.backend())
}

#[test]
fn look() {
    let mut bench = Bench::new();
    bench.edit_lena();
    println!("{}", picture(&mut bench, 80, 24));
    bench.press("Tab Tab C-u");
    bench.type_text("CIO");
    bench.press("Tab C-u");
    bench.type_text("bob@");
    bench.press("C-s");
    println!("{}", picture(&mut bench, 80, 24));
    bench.press("C-g");
    println!("{}", picture(&mut bench, 80, 24));
    bench.press("C-u");
    bench.type_text("a@b.com");
    bench.press("Tab Tab Enter");
    println!("{}", picture(&mut bench, 80, 24));
    bench.press("Esc C-s");
    println!("{}", picture(&mut bench, 80, 24));
    println!("{}", picture(&mut bench, 120, 40));
}
#[test]
fn look_log() {
    use crate::app::msg::Intent;
    use crate::domain::activity::LogKind;
    let mut bench = Bench::new();
    bench.ask(Intent::Log(LogKind::Call, lena()));
    bench.type_text("Left voicemail");
    println!("{}", picture(&mut bench, 80, 24));
    bench.press("Tab Tab Tab Tab Space");
    println!("{}", picture(&mut bench, 80, 24));
    bench.press("C-t C-t C-t");
    println!("{}", picture(&mut bench, 60, 15));
}
