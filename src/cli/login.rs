//! `login`, `logout`, `unlock`: by plain questions and answers, as they work over any
//! SSH line.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::browser;
use crate::domain::admin;
use crate::domain::connection::{Connection, ConnectionKind, Flow, name_problem};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::login::{LoggedIn, LoginDoor, LoginStep, LoginWord, Pin, Secret, TokenStore};
use crate::domain::text;
use crate::job::login::{LoginAsk, LoginWay};
use crate::job::{Answer, Job, JobId, Reply};
use crate::worker::{Settings, Worker};

use super::conn::{self, Choices};
use super::output::{json_line, line, report};
use super::runner::Runner;
use super::{Exit, prompt};

/// Arguments of `login`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What the connection is called
    pub name: String,
    /// Where it logs in, and as which app
    #[command(flatten)]
    pub choices: Choices,
    /// Do not open a browser on this machine
    #[arg(long)]
    pub no_browser: bool,
    /// Log in with a private key (PEM, mode 0600), for machines; wants --user
    #[arg(long, value_name = "FILE", group = "way")]
    pub jwt_key: Option<PathBuf>,
    /// Log in with the app's own secret, which is asked for
    #[arg(long, group = "way")]
    pub client_credentials: bool,
    /// Take an access token from standard input; it is not stored
    #[arg(long, group = "way")]
    pub access_token_stdin: bool,
    /// How to keep the login, instead of being asked: `encrypted`, `plain`, `none`
    #[arg(long, value_name = "HOW", value_parser = store)]
    pub store: Option<TokenStore>,
    /// Accept a login to another org or user than the first one
    #[arg(long)]
    pub accept: bool,
}

/// Arguments of `logout`.
#[derive(Debug, Args)]
pub struct LogoutArguments {
    /// The connection
    pub name: String,
}

fn store(text: &str) -> Result<TokenStore, String> {
    match text {
        "encrypted" => Ok(TokenStore::Encrypted),
        "plain" => Ok(TokenStore::Plain),
        "none" => Ok(TokenStore::Nothing),
        _ => Err("write `encrypted`, `plain` or `none`".to_owned()),
    }
}

/// What happens while a login runs.
enum Happened {
    Answer(Box<Answer>),
    Line(Option<Secret>),
}

/// The two sides that a login's questions go between.
struct Prompt<'a> {
    arguments: &'a Arguments,
    worker: Worker,
    sender: Sender<Happened>,
    happened: Receiver<Happened>,
    jobs: u64,
    /// Somebody reads standard input already.
    reads: bool,
    /// Standard input has ended: nobody will answer.
    is_over: bool,
    /// What the next line is.
    next: Next,
    unseen: Option<prompt::Unseen>,
}

/// What a line that is typed means.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Next {
    Answer,
    Elsewhere,
    Keep {
        has_passphrase: bool,
    },
    Again(Secret),
    /// Nothing that is waited for.
    Nothing,
}

/// Logs in.
pub(super) fn run(arguments: &Arguments, settings: Settings, json: bool) -> Result<Exit, Failure> {
    if let Some(problem) = name_problem(&arguments.name) {
        return Err(Failure::input(problem));
    }
    let again = settings.again();
    let known = conn::known(&Runner::new(again)?, &arguments.name)?;
    let is_new = known.is_none();
    let mut connection = known.unwrap_or_else(|| Connection::new(&arguments.name, ""));
    arguments.choices.apply(&mut connection)?;
    if is_new && connection.host.is_empty() && arguments.choices.kind.is_none() {
        return Err(Failure::input(&format!(
            "`{0}` is a new connection: say where it logs in, with `--host`: login.salesforce.com, \
             test.salesforce.com, or your org's own address",
            arguments.name
        )));
    }
    vouch(&connection, &arguments.choices)?;
    let way = way(arguments, &mut connection)?;
    let (sender, happened) = channel();
    let answers = sender.clone();
    let worker = Worker::spawn(settings, move |answer| {
        // Fails when nobody waits any more.
        let _ = answers.send(Happened::Answer(Box::new(answer)));
    })?;
    let mut prompt = Prompt {
        arguments,
        worker,
        sender,
        happened,
        jobs: 0,
        reads: false,
        is_over: false,
        next: Next::Answer,
        unseen: None,
    };
    let changed = arguments.choices.is_any();
    let ask = LoginAsk {
        connection: connection.clone(),
        way,
    };
    let logged_in = prompt.log_in(ask).inspect_err(|failure| {
        offer_request(failure, &connection);
    })?;
    if let Some(warning) = &logged_in.warning {
        prompt::say(&format!(
            "Logged in, but the API refuses this user: {}",
            warning.explain(None)
        ));
        offer_request(warning, &connection);
    }
    if changed && !is_new {
        prompt.save(connection)?;
    }
    told(&logged_in, json);
    prompt.worker.finish(Duration::from_secs(5));
    Ok(Exit::Ok)
}

/// What to send to an administrator, where it is theirs to mend.
fn offer_request(failure: &Failure, connection: &Connection) {
    if let Some(text) = admin::request(failure, connection) {
        prompt::say(&format!(
            "For your administrator:\n\n{}\n",
            text::block(&text)
        ));
    }
}

/// A host that is not Salesforce's gets a token only where the user vouches for it.
fn vouch(connection: &Connection, choices: &Choices) -> Result<(), Failure> {
    let kind = ConnectionKind::of_host(&connection.host);
    let is_foreign = kind == ConnectionKind::Custom && connection.is_production();
    if !is_foreign || choices.host.is_none() || choices.kind.is_some() {
        return Ok(());
    }
    let host = text::line(&connection.host).into_owned();
    let unsure = || {
        Failure::input(&format!(
            "`{host}` is no host of Salesforce's: if it is your org's own, say so with `--kind custom` \
             (or `--kind site` for an Experience Cloud site)"
        ))
    };
    if !prompt::is_somebody_there() {
        return Err(unsure());
    }
    prompt::ask(&format!(
        "`{host}` is no host of Salesforce's. Whoever runs it gets this login. Is it your org's own? [y/N] "
    ));
    match prompt::line().as_ref().map(Secret::expose) {
        Some("y" | "Y" | "yes") => Ok(()),
        _ => Err(unsure()),
    }
}

fn way(arguments: &Arguments, connection: &mut Connection) -> Result<LoginWay, Failure> {
    if let Some(key) = &arguments.jwt_key {
        connection.flow = Flow::Jwt;
        connection.jwt_key = Some(key.clone());
        return Ok(LoginWay::Jwt { key: key.clone() });
    }
    if arguments.access_token_stdin {
        let token = prompt::line().filter(|token| !token.expose().trim().is_empty());
        let token = token.ok_or_else(|| Failure::input("standard input holds no access token"))?;
        return Ok(LoginWay::Token {
            instance: None,
            token: Secret::new(token.expose().trim()),
        });
    }
    if arguments.client_credentials {
        connection.flow = Flow::ClientCredentials;
    }
    match connection.flow {
        Flow::Web => Ok(LoginWay::Web),
        Flow::Device => Ok(LoginWay::Device),
        Flow::Jwt => match &connection.jwt_key {
            Some(key) => Ok(LoginWay::Jwt { key: key.clone() }),
            None => Err(Failure::input("name the private key: --jwt-key FILE")),
        },
        Flow::ClientCredentials => {
            let secret = prompt::unseen("Consumer secret of the app: ");
            let secret = secret.filter(|secret| !secret.expose().trim().is_empty());
            let secret = secret.ok_or_else(|| Failure::input("no consumer secret was given"))?;
            Ok(LoginWay::ClientSecret(Secret::new(secret.expose().trim())))
        }
    }
}

impl Prompt<'_> {
    fn start(&mut self, job: Job) -> JobId {
        self.jobs += 1;
        let id = JobId(self.jobs);
        self.worker.start(id, job);
        id
    }

    fn tell(&mut self, word: LoginWord) {
        self.start(Job::LoginWord(word));
    }

    fn log_in(&mut self, ask: LoginAsk) -> Result<LoggedIn, Failure> {
        let id = self.start(Job::Login(Box::new(ask)));
        loop {
            match self.happened.recv() {
                Err(_) => return Err(Failure::local("the login ended without an answer")),
                Ok(Happened::Line(line)) => self.typed(line)?,
                Ok(Happened::Answer(answer)) => match answer.reply {
                    Reply::LoginStep(step) => self.step(*step)?,
                    Reply::LoggedIn(logged_in) => return Ok(*logged_in),
                    Reply::Failed(failure) if answer.job == Some(id) => return Err(failure),
                    Reply::Failed(failure) => prompt::say(&failure.message),
                    _ => {}
                },
            }
        }
    }

    fn save(&mut self, connection: Connection) -> Result<(), Failure> {
        let id = self.start(Job::SaveConnection(Box::new(connection)));
        while let Ok(happened) = self.happened.recv() {
            if let Happened::Answer(answer) = happened
                && answer.job == Some(id)
            {
                return match answer.reply {
                    Reply::Failed(failure) => Err(failure),
                    _ => Ok(()),
                };
            }
        }
        Ok(())
    }

    /// Lines are read in a thread of their own: the browser may be quicker.
    fn read(&mut self) {
        if std::mem::replace(&mut self.reads, true) {
            return;
        }
        let sender = self.sender.clone();
        std::thread::spawn(move || {
            loop {
                let line = prompt::line();
                let is_over = line.is_none();
                if sender.send(Happened::Line(line)).is_err() || is_over {
                    return;
                }
            }
        });
    }

    fn step(&mut self, step: LoginStep) -> Result<(), Failure> {
        match step {
            LoginStep::Open(door) => {
                self.opened(&door);
                self.read();
            }
            LoginStep::Device { user_code, url } => {
                prompt::say(&format!(
                    "Open this address on any device and type the code there:\n\n{}\n\n  {}\n\nWaiting, ten minutes at most (Ctrl-C stops).",
                    text::line(&url),
                    text::line(&user_code)
                ));
            }
            LoginStep::Dropped(reason) => {
                prompt::say(&format!("Not taken: {reason}. Still waiting."));
            }
            LoginStep::Taken => prompt::say("The answer was taken; fetching the login."),
            LoginStep::Elsewhere { pinned, found } => self.elsewhere(&pinned, &found)?,
            LoginStep::Keep {
                has_passphrase,
                problem,
            } => self.keep(has_passphrase, problem)?,
        }
        Ok(())
    }

    fn opened(&mut self, door: &LoginDoor) {
        prompt::say(&format!(
            "Open this address in a browser, on any machine:\n\n{}\n",
            door.url
        ));
        let paste = "let the browser fail at the end, copy the whole address it stands at, \
                     paste it here and press Enter";
        match door.port {
            Some(port) => prompt::say(&format!(
                "This machine waits for the browser at {}. If the browser is on another machine,\n\
                 either run this there first:\n\n  {}\n\nor {paste}.",
                door.redirect,
                ssh_line(port)
            )),
            None => prompt::say(&format!(
                "Ports 17171 to 17173 are taken on this machine, so it cannot wait for the browser:\n{paste}."
            )),
        }
        let is_open = !self.arguments.no_browser && browser::is_here() && browser::open(&door.url);
        if is_open {
            prompt::say("A browser was opened.");
        }
        prompt::say(
            "Waiting, five minutes at most (Ctrl-C stops). If the browser shows an error instead, paste its\n\
             name here (redirect_uri_mismatch, OAUTH_APPROVAL_ERROR_GENERIC).",
        );
    }

    fn elsewhere(&mut self, pinned: &Pin, found: &Pin) -> Result<(), Failure> {
        prompt::say(&format!(
            "This is another login than the first one of `{}`.\n  before: {}\n  now:    {}",
            self.arguments.name,
            who(pinned),
            who(found)
        ));
        if self.arguments.accept {
            self.tell(LoginWord::Accept);
            return Ok(());
        }
        self.next = Next::Elsewhere;
        prompt::ask("Bind the connection to the new one? [y/N] ");
        self.await_word()
    }

    fn keep(&mut self, has_passphrase: bool, problem: Option<String>) -> Result<(), Failure> {
        let is_first = problem.is_none();
        if let Some(problem) = problem {
            prompt::say(&problem);
        }
        match self.arguments.store {
            Some(TokenStore::Plain) => {
                self.tell(LoginWord::Plain);
                return Ok(());
            }
            Some(TokenStore::Nothing) => {
                self.tell(LoginWord::Forget);
                return Ok(());
            }
            Some(TokenStore::Encrypted) | None => {}
        }
        if is_first {
            prompt::say(match has_passphrase {
                true => {
                    "The login is kept encrypted under your passphrase. (Nothing typed: it is kept for this\n\
                     session only.)"
                }
                false => {
                    "How shall the login be kept? Type a new passphrase of 8 characters or more to encrypt it\n\
                     (asked for once a session), `plain` to keep it unencrypted in a file that only you can\n\
                     read, or nothing to keep it for this session only."
                }
            });
        }
        self.next = Next::Keep { has_passphrase };
        prompt::ask("Passphrase: ");
        self.unseen = Some(prompt::Unseen::new());
        self.await_word()
    }

    /// Waits for a line, or knows already that none will come.
    fn await_word(&mut self) -> Result<(), Failure> {
        if self.is_over {
            return self.typed(None);
        }
        self.read();
        Ok(())
    }

    fn typed(&mut self, line: Option<Secret>) -> Result<(), Failure> {
        self.is_over |= line.is_none();
        let next = self.next.clone();
        if next != Next::Answer && line.is_some() {
            self.next = Next::Nothing;
        }
        let Some(line) = line else {
            return match next {
                // Only the listener is left to wait for.
                Next::Answer | Next::Nothing => Ok(()),
                Next::Elsewhere => {
                    self.tell(LoginWord::Refuse);
                    Ok(())
                }
                Next::Keep { .. } | Next::Again(_) => Err(Failure::input(
                    "standard input ended before it was said how to keep the login: add `--store encrypted`, \
                     `--store plain` or `--store none`",
                )),
            };
        };
        match next {
            Next::Nothing => {}
            Next::Answer if line.expose().trim().is_empty() => {}
            Next::Answer => self.tell(LoginWord::Answer(line)),
            Next::Elsewhere => match line.expose().trim() {
                "y" | "Y" | "yes" => self.tell(LoginWord::Accept),
                _ => self.tell(LoginWord::Refuse),
            },
            Next::Keep { has_passphrase } => {
                self.unseen = None;
                self.chosen(has_passphrase, line);
            }
            Next::Again(first) => {
                self.unseen = None;
                match first == line {
                    true => self.tell(LoginWord::Encrypt(line)),
                    false => {
                        self.keep(false, Some("Those were two different ones.".to_owned()))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn chosen(&mut self, has_passphrase: bool, line: Secret) {
        match (line.expose(), has_passphrase) {
            ("", _) => self.tell(LoginWord::Forget),
            ("plain", false) => self.tell(LoginWord::Plain),
            (_, true) => self.tell(LoginWord::Encrypt(line)),
            (_, false) => {
                self.next = Next::Again(line);
                prompt::ask("The same again: ");
                self.unseen = Some(prompt::Unseen::new());
            }
        }
    }
}

fn who(pin: &Pin) -> String {
    format!(
        "{} <{}> in org {} at {}",
        text::line(&pin.user_name),
        text::line(&pin.username),
        pin.org_id,
        pin.instance_url
    )
}

/// The line that leads a browser's machine to this one.
pub fn ssh_line(port: u16) -> String {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let user = set("USER")
        .or_else(|| set("LOGNAME"))
        .unwrap_or_else(|| "USER".to_owned());
    // Its third word is this machine's address as the other side reached it.
    let ssh = set("SSH_CONNECTION").unwrap_or_default();
    let words: Vec<&str> = ssh.split_whitespace().collect();
    let host = match words.get(2) {
        Some(host) => (*host).to_owned(),
        None => rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned(),
    };
    let at = match words.get(3) {
        Some(&"22") | None => String::new(),
        Some(port) => format!("-p {port} "),
    };
    format!("ssh {at}-L {port}:127.0.0.1:{port} {user}@{host}")
}

fn told(logged_in: &LoggedIn, json: bool) {
    let pin = &logged_in.pin;
    if json {
        json_line(&json!({
            "ok": true,
            "connection": logged_in.connection,
            "user": pin.username,
            "user_id": pin.user_id,
            "org_id": pin.org_id,
            "instance_url": pin.instance_url,
            "store": logged_in.store.word(),
        }));
        return;
    }
    line(&format!(
        "{} is logged in as {}.",
        logged_in.connection,
        who(pin)
    ));
    line(match logged_in.store {
        TokenStore::Encrypted => "Kept in a file encrypted under your passphrase.",
        TokenStore::Plain => "Kept unencrypted, in a file that only you can read.",
        TokenStore::Nothing => "Nothing secret is stored: it lasts as long as its token.",
    });
    line(&format!(
        "Try: sfw-tui -c {} search NAME",
        logged_in.connection
    ));
}

/// Ends a login, in the org and here.
pub(super) fn log_out(
    arguments: &LogoutArguments,
    runner: &Runner,
    json: bool,
) -> Result<Exit, Failure> {
    match runner.ask(Job::Logout(arguments.name.clone()))? {
        Reply::LoggedOut(None) => {
            match json {
                true => {
                    json_line(&json!({ "ok": true, "connection": arguments.name, "revoked": true }))
                }
                false => line(&format!(
                    "{} is logged out, here and in the org.",
                    arguments.name
                )),
            }
            Ok(Exit::Ok)
        }
        Reply::LoggedOut(Some(failure)) => {
            let message = format!(
                "{} is removed here; the org may still have the login: {}",
                arguments.name, failure.message
            );
            Ok(report(&Failure { message, ..failure }, json))
        }
        other => Err(super::runner::unexpected(&other)),
    }
}

/// Takes the passphrase, so that other sessions find the logins open.
pub(super) fn unlock(runner: &Runner, json: bool) -> Result<Exit, Failure> {
    ask_passphrase(runner)?;
    match json {
        true => json_line(&json!({ "ok": true })),
        false => line("The logins are open for eight hours."),
    }
    Ok(Exit::Ok)
}

/// Asks until the passphrase is right, three times at most.
pub(super) fn ask_passphrase(runner: &Runner) -> Result<(), Failure> {
    let mut tries = 3;
    loop {
        let typed = prompt::unseen("Passphrase of the logins: ")
            .ok_or_else(|| Failure::input("no passphrase was given"))?;
        tries -= 1;
        match runner.ask_once(Job::Unlock(typed)) {
            Ok(_) => return Ok(()),
            Err(failure)
                if failure.kind == FailureKind::Input
                    && tries > 0
                    && prompt::is_somebody_there() =>
            {
                prompt::say(&failure.message);
            }
            Err(failure) => return Err(failure),
        }
    }
}
