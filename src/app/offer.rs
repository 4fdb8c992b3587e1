//! Which commands the hint line names: those that would do something now. Help lists
//! them all.

use super::App;
use super::command::Command;
use super::msg::View;
use super::overlay::Overlay;

impl App {
    /// The command would do something where the user stands.
    pub fn offers(&self, command: Command) -> bool {
        match (self.overlays.last(), self.view) {
            (Some(Overlay::Form(form)), _) => form.offers(command),
            (Some(Overlay::Log(log)), _) => log.offers(command),
            (Some(Overlay::Finder(_) | Overlay::Lists(_) | Overlay::Confirm(_)), _) => true,
            (None, View::Outbox) => self.outbox.offers(command, &self.journal),
            (None, View::Errors) => self.errors.offers(command, &self.journal),
            (None, View::Bulk) => self.bulk.offers(command),
            (None, View::Search | View::Record | View::Query) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::msg::Intent;
    use crate::app::testkit::driver::Driver;
    use crate::app::testkit::form::{self, editing};
    use crate::domain::failure::Failure;
    use crate::domain::write::{OpState, Write};
    use crate::job::{JobId, Reply};

    fn writes(state: OpState, view: View) -> Driver {
        let mut it = form::fresh();
        let write = Write {
            summary: "update Contact".to_owned(),
            steps: Vec::new(),
            allow_duplicates: false,
        };
        let failure = Some(Failure::conflict("changed"));
        it.answer(JobId(9), form::op(&write, state, failure));
        it.ask(Intent::Show(view));
        it
    }

    fn offered(it: &Driver, commands: &[Command]) -> Vec<Command> {
        let commands = commands.iter().copied();
        commands.filter(|command| it.app.offers(*command)).collect()
    }

    #[test]
    fn the_outbox_offers_what_applies_to_the_chosen_write() {
        use Command::{CancelWrite, Details, Fix, SendNow};
        let all = &[Details, SendNow, Fix, CancelWrite];
        let cases: &[(OpState, &[Command])] = &[
            (OpState::Failed, all),
            (OpState::Unknown, &[Details, SendNow, CancelWrite]),
            (OpState::Done, &[Details]),
        ];
        for (state, wanted) in cases {
            assert_eq!(offered(&writes(*state, View::Outbox), all), *wanted);
        }
        let mut empty = form::fresh();
        empty.ask(Intent::Show(View::Outbox));
        assert_eq!(offered(&empty, all), []);
    }

    #[test]
    fn the_errors_offer_what_applies_to_the_chosen_failure() {
        use Command::{Details, Dismiss, Fix, Retry};
        let all = &[Details, Retry, Fix, Dismiss];
        let unknown = writes(OpState::Unknown, View::Errors);
        assert_eq!(offered(&unknown, all), [Details, Retry, Dismiss]);
        let settled = writes(OpState::Done, View::Errors);
        assert_eq!(offered(&settled, all), []);
        let mut read = form::fresh();
        read.ask(Intent::Show(View::Errors));
        let failure = Failure::no_connection("no route");
        let (app, now) = (&mut read.app, form::noon());
        app.errors.note("search", &failure, &now);
        assert_eq!(offered(&read, all), [Details, Dismiss]);
        read.press("Enter");
        assert_eq!(offered(&read, all), [Dismiss], "details are open already");
    }

    #[test]
    fn a_form_offers_what_the_focused_field_takes() {
        use Command::{Choose, NextError, Revert};
        let all = &[Choose, NextError, Revert];
        let mut it = editing();
        assert_eq!(offered(&it, all), [], "a text, untouched");
        it.press("Tab Tab Tab C-u");
        it.type_text("bob@");
        it.press("Tab");
        assert_eq!(offered(&it, all), [Choose, NextError], "a lookup");
        it.press("F8");
        assert_eq!(offered(&it, all), [NextError, Revert]);
    }

    #[test]
    fn a_log_offers_a_choice_where_there_is_one() {
        let mut it = form::fresh();
        let link = crate::app::testkit::lena();
        it.ask(Intent::Log(crate::domain::activity::LogKind::Call, link));
        assert!(!it.app.offers(Command::Choose), "the subject is typed");
        it.press("S-Tab");
        assert!(it.app.offers(Command::Choose), "about is looked up");
    }

    #[test]
    fn a_form_that_loads_offers_the_way_out_only() {
        use Command::{Choose, Leave, NextField, Revert, Save};
        let mut it = form::fresh();
        it.ask(Intent::Edit(crate::app::testkit::lena(), None));
        let all = &[Save, NextField, Choose, Revert, Leave];
        assert_eq!(offered(&it, all), [Leave]);
        let job = it.last(|_| true).0;
        it.answer(job, Reply::Failed(Failure::no_connection("no route")));
        assert_eq!(offered(&it, all), [Revert, Leave], "Ctrl-R tries again");
    }
}
