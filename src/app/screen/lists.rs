//! Choose one of an object's list views; its rows open in the query view. Knows nothing of
//! what a list view holds.

use crossterm::event::KeyEvent;

use crate::app::command::{Command, Context};
use crate::app::grid::Column;
use crate::app::load::Load;
use crate::app::msg::{AskedRows, Intent, Timer};
use crate::app::picker::{Choice, Picked, Picker};
use crate::app::turn::Turn;
use crate::job::{Answer, Job, ListView, Reply};

/// Choose one of an object's list views.
#[derive(Debug, Clone)]
pub struct Lists {
    /// API name of the object.
    pub object: String,
    /// Its list views.
    pub views: Load<Vec<ListView>>,
    /// What the chosen one shows.
    pub query: Load<()>,
    /// The list to choose from.
    pub picker: Picker,
    chosen: String,
}

impl Lists {
    /// Asks for the list views of an object.
    pub fn of(object: &str, turn: &mut Turn<'_>) -> Self {
        let label = turn.org.object(object).map(|it| it.label_plural.clone());
        let title = format!("List views of {}", label.as_deref().unwrap_or(object));
        let mut lists = Self {
            object: object.to_owned(),
            views: Load::default(),
            query: Load::default(),
            picker: Picker::one(title, Vec::new(), ""),
            chosen: String::new(),
        };
        let job = turn.start(Job::ListViews {
            object: object.to_owned(),
        });
        turn.forget(lists.views.wait(job));
        lists
    }

    /// Where keys are looked up, most specific first.
    pub fn contexts(&self) -> &'static [Context] {
        &[Context::Picker]
    }

    /// Keys that type go into a text field.
    pub fn takes_text(&self) -> bool {
        true
    }

    /// Does what a command says.
    pub fn command(&mut self, command: Command, turn: &mut Turn<'_>) {
        match self.picker.command(command, turn) {
            Picked::One(choice) => self.choose(choice, turn),
            Picked::Closed => {
                turn.forget(self.views.stop());
                turn.forget(self.query.stop());
                turn.ask(Intent::Close);
            }
            Picked::Open | Picked::Many(_) => {}
        }
    }

    fn choose(&mut self, choice: Choice, turn: &mut Turn<'_>) {
        let job = turn.start(Job::ListView {
            object: self.object.clone(),
            id: choice.value,
        });
        turn.forget(self.query.wait(job));
        self.chosen = choice.label;
    }

    /// Takes a key that is no command here: it narrows the list.
    pub fn key(&mut self, key: KeyEvent, turn: &mut Turn<'_>) {
        self.picker.key(key, turn);
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str, turn: &mut Turn<'_>) {
        self.picker.paste(text, turn);
    }

    /// Takes an answer; true when it waited for it.
    pub fn answered(&mut self, answer: &Answer, turn: &mut Turn<'_>) -> bool {
        if self.views.awaits(answer.job) {
            match &answer.reply {
                Reply::ListViews(views) => {
                    let rows = views.iter().filter(|it| it.is_query).map(choice).collect();
                    self.picker = self.picker.with_rows(rows);
                    self.views.accept(views.clone(), answer.last);
                }
                Reply::Failed(failure) => self.views.fail(failure.clone()),
                _ => {}
            }
        } else if self.query.awaits(answer.job) {
            match &answer.reply {
                Reply::ListView(found) => {
                    let columns = found.columns.iter().map(|(label, path)| Column {
                        label: label.clone(),
                        path: path.clone(),
                    });
                    turn.ask(Intent::Close);
                    turn.ask(Intent::Rows(AskedRows {
                        title: self.chosen.clone(),
                        soql: found.soql.clone(),
                        columns: columns.collect(),
                    }));
                    self.query.accept((), true);
                }
                Reply::Failed(failure) => self.query.fail(failure.clone()),
                _ => {}
            }
        } else {
            return false;
        }
        true
    }

    /// A timer of its own ran out.
    pub fn rang(&mut self, _timer: Timer, _turn: &mut Turn<'_>) {}
}

fn choice(view: &ListView) -> Choice {
    Choice {
        value: view.id.clone(),
        label: view.label.clone(),
        detail: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::msg::View;
    use crate::app::overlay::Overlay;
    use crate::app::testkit::page::{hit, recalled, searching};
    use crate::domain::failure::Failure;
    use crate::job::ListQuery;

    #[test]
    fn a_list_view_is_chosen_by_name_and_its_rows_are_asked_for() {
        let mut it = searching();
        recalled(&mut it, vec![hit("A")]);
        it.press("Esc f");
        let (job, asked) = it.last(|job| matches!(job, Job::ListViews { .. }));
        assert!(matches!(asked, Job::ListViews { object } if object == "Contact"));
        let view = |id: &str, label: &str, is_query| ListView {
            id: id.to_owned(),
            label: label.to_owned(),
            is_query,
        };
        it.answer(
            job,
            Reply::ListViews(vec![
                view("1", "All Contacts", true),
                view("2", "My Contacts", true),
                view("3", "Mine by hand", false),
            ]),
        );
        it.type_text("my");
        it.press("Enter");
        let (job, asked) = it.last(|job| matches!(job, Job::ListView { .. }));
        assert!(matches!(asked, Job::ListView { id, .. } if id == "2"));
        it.answer(
            job,
            Reply::ListView(ListQuery {
                soql: "SELECT Id, Name FROM Contact USING SCOPE mine".to_owned(),
                columns: vec![("Full Name".to_owned(), "Name".to_owned())],
            }),
        );
        assert!(it.app.overlays.is_empty());
        assert_eq!(it.app.view, View::Query);
        assert_eq!(it.app.query.title.as_deref(), Some("My Contacts"));
        let (_, asked) = it.last(|job| matches!(job, Job::Query { .. }));
        assert!(matches!(asked, Job::Query { soql, .. } if soql.ends_with("USING SCOPE mine")));
    }

    #[test]
    fn a_failure_is_shown_and_esc_leaves() {
        let mut it = searching();
        recalled(&mut it, vec![hit("A")]);
        it.press("Esc f");
        let (job, _) = it.last(|job| matches!(job, Job::ListViews { .. }));
        it.answer(job, Reply::Failed(Failure::no_connection("no route")));
        let Some(Overlay::Lists(lists)) = it.app.overlays.last() else {
            panic!("lists are on show")
        };
        assert!(lists.views.failure().is_some());
        it.press("Esc");
        assert!(it.app.overlays.is_empty());
    }
}
