use crate::app::msg::{Intent, Msg, View};
use crate::app::testkit::driver::Driver;
use crate::app::testkit::{bulk, form};
use crate::domain::block::run::RunState;
use crate::job::{Answer, Job, Reply};
use crate::ui::testkit::screen;

fn checked() -> Driver {
    let mut it = form::fresh();
    it.ask(Intent::Show(View::Bulk));
    it.press("a");
    it.type_text("/data/leads.csv");
    it.press("Enter");
    it.type_text("Contact");
    it.press("Enter");
    let (job, _) = it.last(|job| matches!(job, Job::Check(_)));
    it.answer(job, Reply::Checked(Box::new(bulk::prepared())));
    it
}

fn running() -> Driver {
    let mut it = checked();
    it.take(Msg::Answered(Answer {
        job: None,
        reply: Reply::Run(Box::new(bulk::run(7, RunState::Running, 7731))),
        last: true,
        link: None,
    }));
    it
}

#[test]
fn an_empty_view_says_what_to_do() {
    let mut it = form::fresh();
    it.ask(Intent::Show(View::Bulk));
    insta::assert_snapshot!("bulk_empty_80x24", screen(&it.app, (80, 24)));
}

#[test]
fn what_was_found_is_told_by_column_and_problem() {
    insta::assert_snapshot!("bulk_checked_80x24", screen(&checked().app, (80, 24)));
    insta::assert_snapshot!("bulk_checked_120x40", screen(&running().app, (120, 40)));
}

#[test]
fn sending_asks_for_the_number_of_rows() {
    let mut it = running();
    it.press("C-s");
    it.type_text("12");
    it.press("Enter");
    insta::assert_snapshot!("bulk_proof_80x24", screen(&it.app, (80, 24)));
}

#[test]
fn columns_say_where_they_go_or_why_nowhere() {
    let mut it = checked();
    it.press("S-Tab");
    insta::assert_snapshot!("bulk_columns_80x24", screen(&it.app, (80, 24)));
}
