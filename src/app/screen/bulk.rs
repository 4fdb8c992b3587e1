//! Write blocks: a file, where its columns go, what is wrong with it, and its way into
//! the org. Checking and sending go on while other views are on show.
//!
//! ```text
//! source ─ Tab ─ columns ─ Tab ─ check ─ Tab ─ run
//! C-s: checks what changed; sends what is checked, once the count was typed
//! ```

pub mod settings;
#[cfg(test)]
mod tests;

use crossterm::event::KeyEvent;

use crate::app::command::{Command, Context};
use crate::app::input::{Input, Lines};
use crate::app::list::{KeyedCursor, ListCursor};
use crate::app::load::Load;
use crate::app::msg::{Effect, Intent, Question, Timer};
use crate::app::notice::Notice;
use crate::app::turn::Turn;
use crate::domain::block::prepared::{Checking, PartColumn, Prepared, Skipped};
use crate::domain::block::run::{Doubles, Run, RunJob, RunNumber, RunState, Start};
use crate::domain::block::{Block, Operation, Target};
use crate::domain::text;
use crate::job::{Answer, CheckOrder, Job, Purpose, Reply};

use settings::{Setting, Settings};

/// A write block being put together, and the runs there are.
#[derive(Debug, Clone, Default)]
pub struct BulkScreen {
    /// What the block does.
    pub settings: Settings,
    /// Where the keys go.
    pub pane: Pane,
    /// The chosen setting.
    pub source: ListCursor,
    /// The chosen column.
    pub columns: ListCursor,
    /// The chosen finding.
    pub findings: ListCursor,
    /// The chosen run.
    pub runs_cursor: KeyedCursor<RunNumber>,
    /// Something is being typed.
    pub editing: Option<Editing>,
    /// What checking left.
    pub checked: Load<Box<Prepared>>,
    /// How far checking has come.
    pub progress: Checking,
    /// What was checked last, or is being checked.
    asked: Option<Settings>,
    /// Runs, newest first.
    pub runs: Vec<Run>,
    listing: Load<()>,
}

/// The panes, in the order Tab goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pane {
    /// File, object, key, options.
    #[default]
    Source,
    /// Where each column goes.
    Columns,
    /// What checking found.
    Check,
    /// Runs and how far they have come.
    Run,
}

impl Pane {
    /// Every pane in order.
    pub const ALL: [Self; 4] = [Self::Source, Self::Columns, Self::Check, Self::Run];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Source => "1 Source and key",
            Self::Columns => "2 Columns",
            Self::Check => "3 Check",
            Self::Run => "4 Run",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Source => Self::Columns,
            Self::Columns => Self::Check,
            Self::Check => Self::Run,
            Self::Run => Self::Source,
        }
    }
}

/// What is being typed.
#[derive(Debug, Clone)]
pub struct Editing {
    /// What it is for.
    pub what: Edited,
    /// The text so far.
    pub input: Input,
    /// Why the last try was not taken.
    pub problem: Option<String>,
}

/// What a text is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited {
    /// A setting's value.
    Setting(Setting),
    /// The field a column goes to.
    Column(String),
    /// The number of rows, or the connection's name: proof that the sending is meant.
    Proof,
}

/// One row of the columns pane.
#[derive(Debug, Clone, Copy)]
pub enum ColumnRow<'a> {
    /// It is written.
    Written(&'a PartColumn),
    /// It is not, and why.
    Skipped(&'a Skipped),
}

impl BulkScreen {
    /// The view was opened: what ran before can be seen again.
    pub fn shown(&mut self, turn: &mut Turn<'_>) {
        if !self.listing.is_waiting() && self.listing.value().is_none() {
            self.list(turn);
        }
    }

    /// Nobody wrote a file here yet.
    pub fn is_unused(&self) -> bool {
        self.settings.is_empty() && self.runs.is_empty()
    }

    /// Runs that a process is at.
    pub fn in_hand(&self) -> usize {
        self.runs
            .iter()
            .filter(|run| run.in_hand && run.state == RunState::Running)
            .count()
    }

    fn list(&mut self, turn: &mut Turn<'_>) {
        let job = turn.start(Job::Run(RunJob::List));
        turn.forget(self.listing.wait(job));
    }

    /// The check on show, where it is of what the settings say now.
    pub fn prepared(&self) -> Option<&Prepared> {
        self.checked.value().map(|prepared| &**prepared)
    }

    /// What is on show was checked before something was changed.
    pub fn is_stale(&self) -> bool {
        self.asked.as_ref() != Some(&self.settings)
    }

    /// The run under the cursor.
    pub fn run(&self) -> Option<&Run> {
        self.runs.get(self.runs_cursor.row(&self.run_keys()))
    }

    /// Numbers of the runs, as they are listed.
    pub fn run_keys(&self) -> Vec<RunNumber> {
        self.runs.iter().map(|run| run.number).collect()
    }

    /// The columns of the file.
    pub fn column_rows(&self) -> Vec<ColumnRow<'_>> {
        let Some(prepared) = self.prepared() else {
            return Vec::new();
        };
        let written = prepared.columns.iter().map(ColumnRow::Written);
        written
            .chain(prepared.skipped.iter().map(ColumnRow::Skipped))
            .collect()
    }

    /// Where keys are looked up, most specific first.
    pub fn contexts(&self) -> &'static [Context] {
        match self.editing {
            Some(_) => &[Context::BulkLine],
            None => &[Context::Bulk, Context::List, Context::Everywhere],
        }
    }

    /// Keys that type go into a text field.
    pub fn takes_text(&self) -> bool {
        self.editing.is_some()
    }

    /// Takes a key that is no command here.
    pub fn key(&mut self, key: KeyEvent, _turn: &mut Turn<'_>) {
        if let Some(editing) = &mut self.editing {
            editing.input.key(key);
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str, _turn: &mut Turn<'_>) {
        if let Some(editing) = &mut self.editing {
            editing.input.insert(text);
        }
    }

    /// A timer of its own ran out.
    pub fn rang(&mut self, _timer: Timer, _turn: &mut Turn<'_>) {}

    /// The command would do something here.
    pub fn offers(&self, command: Command) -> bool {
        match command {
            Command::Change => match self.pane {
                Pane::Source => true,
                Pane::Columns => self.prepared().is_some(),
                Pane::Check | Pane::Run => false,
            },
            Command::ToggleColumn => self.pane == Pane::Columns && self.prepared().is_some(),
            Command::CopyInvalid => self
                .prepared()
                .is_some_and(|prepared| prepared.invalid_file.is_some()),
            Command::PauseAll => self
                .run()
                .is_some_and(|run| run.state.may_resume() && self.pane == Pane::Run),
            Command::AbortRun => {
                self.pane == Pane::Run && self.run().is_some_and(|run| !is_over(run.state))
            }
            _ => true,
        }
    }

    /// Does what a command says.
    pub fn command(&mut self, command: Command, turn: &mut Turn<'_>) {
        if self.editing.is_some() {
            return self.line_command(command, turn);
        }
        if self.moved(command) {
            return;
        }
        match command {
            Command::NextPane => self.pane = self.pane.next(),
            // The panes are a ring of four.
            Command::PreviousPane => self.pane = self.pane.next().next().next(),
            Command::New => {
                self.settings = Settings::default();
                self.pane = Pane::Source;
                self.edit(Edited::Setting(Setting::File));
            }
            Command::Change => self.change(turn),
            Command::ToggleColumn => self.toggle(turn),
            Command::RunBlock => self.check_or_run(turn),
            Command::CopyInvalid => self.copy_invalid(turn),
            Command::PauseAll => self.pause(turn),
            Command::AbortRun => self.abort(turn),
            Command::Refresh => match self.pane {
                Pane::Run => self.list(turn),
                _ => self.check(turn),
            },
            Command::Back => turn.ask(Intent::Back),
            _ => {}
        }
    }

    fn moved(&mut self, command: Command) -> bool {
        match self.pane {
            Pane::Source => self.source.moved(command, Setting::ALL.len()),
            Pane::Columns => {
                let rows = self.column_rows().len();
                self.columns.moved(command, rows)
            }
            Pane::Check => {
                let rows = self.prepared().map_or(0, |it| it.findings.len());
                self.findings.moved(command, rows)
            }
            Pane::Run => {
                let keys = self.run_keys();
                self.runs_cursor.moved(command, &keys)
            }
        }
    }

    /// The setting under the cursor.
    pub fn setting(&self) -> Setting {
        Setting::ALL
            .get(self.source.selected())
            .copied()
            .unwrap_or(Setting::File)
    }

    fn change(&mut self, turn: &mut Turn<'_>) {
        match self.pane {
            Pane::Source if self.setting().is_typed() => {
                self.edit(Edited::Setting(self.setting()));
            }
            Pane::Source => self.settings.step(self.setting()),
            Pane::Columns => match self.chosen_column() {
                Some((column, ..)) => self.edit(Edited::Column(column)),
                None => turn.tell(Notice::info("Check the file first: Ctrl-S")),
            },
            Pane::Check | Pane::Run => {}
        }
    }

    fn edit(&mut self, what: Edited) {
        let text = match &what {
            Edited::Setting(setting) => self.settings.value(*setting),
            Edited::Column(column) => self.goes_to(column),
            Edited::Proof => String::new(),
        };
        self.editing = Some(Editing {
            what,
            input: Input::new(Lines::One, &text),
            problem: None,
        });
    }

    /// Name, whether it is written, and whether it is the key, of the column under the
    /// cursor.
    fn chosen_column(&self) -> Option<(String, bool, bool)> {
        match self.column_rows().get(self.columns.selected())? {
            ColumnRow::Written(column) => Some((column.from.clone(), true, column.is_key)),
            ColumnRow::Skipped(skipped) => Some((skipped.column.clone(), false, false)),
        }
    }

    fn goes_to(&self, name: &str) -> String {
        let rows = self.column_rows();
        let written = rows.iter().find_map(|row| match row {
            ColumnRow::Written(column) if column.from == name => Some(column.header.clone()),
            _ => None,
        });
        written.unwrap_or_default()
    }

    fn toggle(&mut self, turn: &mut Turn<'_>) {
        if self.pane == Pane::Source {
            return self.change(turn);
        }
        if self.pane != Pane::Columns {
            return;
        }
        match self.chosen_column() {
            None => turn.tell(Notice::info("Check the file first: Ctrl-S")),
            Some((_, _, true)) => turn.tell(Notice::info(
                "The key says which record a row means: it is always needed",
            )),
            Some((column, written, false)) => {
                self.rule(column, Target::Written(!written));
                self.check(turn);
            }
        }
    }

    /// Says where a column goes. What was written by its own name stays so.
    fn rule(&mut self, column: String, target: Target) {
        if self.settings.columns.is_empty() {
            let written: Vec<(String, Target)> = self
                .prepared()
                .into_iter()
                .flat_map(|prepared| &prepared.columns)
                .map(|column| (column.from.clone(), Target::Field(column.header.clone())))
                .collect();
            self.settings.columns.extend(written);
        }
        self.settings.columns.insert(column, target);
    }

    fn line_command(&mut self, command: Command, turn: &mut Turn<'_>) {
        match command {
            Command::Choose => self.take(turn),
            Command::Back => self.editing = None,
            _ => {}
        }
    }

    fn take(&mut self, turn: &mut Turn<'_>) {
        let Some(editing) = self.editing.take() else {
            return;
        };
        let text = editing.input.text();
        let taken = match &editing.what {
            Edited::Setting(setting) => self.settings.set(*setting, &text).map(|()| {
                // A file alone says nothing yet: what it is written to comes next.
                if *setting == Setting::File && self.settings.value(Setting::Object).is_empty() {
                    self.source.select(1, Setting::ALL.len());
                    self.edit(Edited::Setting(Setting::Object));
                } else if self.asked.is_none() && self.settings.order().is_ok() {
                    self.check(turn);
                }
            }),
            Edited::Column(column) => {
                let target = match text.trim() {
                    "" => Target::Written(false),
                    field => Target::Field(field.to_owned()),
                };
                self.rule(column.clone(), target);
                self.check(turn);
                Ok(())
            }
            Edited::Proof => self.proved(text.trim(), turn),
        };
        if let Err(problem) = taken {
            self.editing = Some(Editing {
                problem: Some(problem),
                ..editing
            });
        }
    }

    fn check_or_run(&mut self, turn: &mut Turn<'_>) {
        if self.checked.is_waiting() {
            return turn.tell(Notice::info("Being checked; wait a moment"));
        }
        if self.is_stale() || self.prepared().is_none() {
            return self.check(turn);
        }
        let Some(prepared) = self.prepared() else {
            return;
        };
        if let Some(stop) = &prepared.stop {
            let said = format!("Not sent: {}", text::line(stop));
            return turn.tell(Notice::error(said));
        }
        if prepared.counts.ready == 0 {
            return turn.tell(Notice::error(
                "No row is ready: mend the file, then check again",
            ));
        }
        self.pane = Pane::Run;
        self.edit(Edited::Proof);
    }

    fn check(&mut self, turn: &mut Turn<'_>) {
        let (input, block) = match self.settings.order() {
            Ok(order) => order,
            Err(missing) => {
                self.pane = Pane::Source;
                let place = Setting::ALL.iter().position(|it| *it == missing);
                self.source
                    .select(place.unwrap_or_default(), Setting::ALL.len());
                return self.edit(Edited::Setting(missing));
            }
        };
        self.asked = Some(self.settings.clone());
        self.progress = Checking::default();
        let job = turn.start(Job::Check(Box::new(CheckOrder {
            input,
            block,
            purpose: Purpose::ToSend,
        })));
        turn.forget(self.checked.wait(job));
    }

    /// What must be typed before rows are sent.
    pub fn proof(&self, connection: &str) -> String {
        match self.prepared() {
            Some(prepared) => format!(
                "Type {} (the rows) or {connection}, then Enter, to send: {}",
                text::number(prepared.counts.ready),
                warning(&prepared.block)
            ),
            None => String::new(),
        }
    }

    fn proved(&mut self, text: &str, turn: &mut Turn<'_>) -> Result<(), String> {
        let Some(prepared) = self.prepared() else {
            return Ok(());
        };
        let rows = prepared.counts.ready;
        let bare: String = text.chars().filter(|c| !matches!(c, ',' | ' ')).collect();
        if bare != rows.to_string() && text != turn.org.connection {
            return Err(format!(
                "that is neither {rows} nor {}; Esc sends nothing",
                turn.org.connection
            ));
        }
        turn.start(Job::Run(RunJob::Start(Box::new(Start {
            prepared: prepared.clone(),
            doubles: Doubles::Fine,
        }))));
        // Sent once: another run wants another check.
        self.asked = None;
        self.pane = Pane::Run;
        Ok(())
    }

    fn copy_invalid(&self, turn: &mut Turn<'_>) {
        let file = self.prepared().and_then(|it| it.invalid_file.as_ref());
        match file {
            Some(file) => turn.effect(Effect::Copy(file.to_string_lossy().into_owned())),
            None => turn.tell(Notice::info("There is no file of invalid rows")),
        }
    }

    fn pause(&self, turn: &mut Turn<'_>) {
        let Some(run) = self.run() else {
            return turn.tell(Notice::info("Nothing runs"));
        };
        let number = run.number;
        turn.start(Job::Run(match run.state {
            RunState::Running if run.in_hand => RunJob::Pause(number),
            _ => RunJob::Resume(number),
        }));
    }

    fn abort(&self, turn: &mut Turn<'_>) {
        let Some(run) = self.run() else {
            return turn.tell(Notice::info("Nothing runs"));
        };
        if is_over(run.state) {
            return turn.tell(Notice::info(format!("Run {} is over", run.number)));
        }
        turn.ask(Intent::Confirm(Box::new(Question {
            title: format!("End run {}?", run.number),
            text: vec![
                format!("{}: {}", run.block, text::line(&run.source)),
                format!(
                    "{} rows are written and stay so; {} are not sent.",
                    text::number(run.tally.ok),
                    text::number(run.unsent())
                ),
            ],
            then: Job::Run(RunJob::Abort(run.number)),
        })));
    }

    /// Keeps what is told of runs, whoever asked.
    pub fn learn(&mut self, reply: &Reply) {
        match reply {
            Reply::Run(run) => match self.runs.iter_mut().find(|it| it.number == run.number) {
                Some(known) => known.clone_from(run),
                None => self.runs.insert(0, (**run).clone()),
            },
            Reply::Runs(runs) => self.runs.clone_from(runs),
            _ => {}
        }
    }

    /// Takes an answer; true when it waited for it.
    pub fn answered(&mut self, answer: &Answer, turn: &mut Turn<'_>) -> bool {
        if self.listing.awaits(answer.job) {
            match &answer.reply {
                Reply::Failed(failure) => self.listing.fail(failure.clone()),
                _ => {
                    self.listing.accept((), answer.last);
                }
            }
            return true;
        }
        if !self.checked.awaits(answer.job) {
            return false;
        }
        match &answer.reply {
            Reply::Checking(checking) => self.progress = *checking,
            Reply::Checked(prepared) => {
                self.columns.select(
                    self.columns.selected(),
                    prepared.columns.len() + prepared.skipped.len(),
                );
                self.findings = ListCursor::default();
                self.checked.accept(prepared.clone(), answer.last);
                if self.pane == Pane::Source {
                    self.pane = Pane::Check;
                }
            }
            Reply::Failed(failure) => {
                turn.tell(Notice::error(format!("Not checked: {failure}")));
                self.checked.fail(failure.clone());
            }
            _ => return false,
        }
        true
    }
}

fn is_over(state: RunState) -> bool {
    matches!(state, RunState::Done | RunState::Stopped)
}

/// What sending does that cannot be taken back.
fn warning(block: &Block) -> &'static str {
    match block.operation {
        Operation::Insert => "a second run makes every record a second time",
        Operation::Delete => "the records go to the recycle bin",
        Operation::Undelete => "the records come back",
        Operation::Upsert | Operation::Update => "what is there is overwritten",
    }
}
