//! A process that works until somebody kills it, telling each answer as it gets it: this
//! binary, started again by a proof. What it told must hold afterwards.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use sfw_tui::domain::draft::{Draft, DraftContent, SavedDraft};
use sfw_tui::domain::write::{Op, OpState, Write, WriteStep};
use sfw_tui::job::{Answer, Job, Reply, Source};
use sfw_tui::worker::Ways;

use crate::fuzz::Random;
use crate::line::{Fate, Heard, Line};
use crate::rig::{Clock, Seat, create, update};

/// What the child is to do; the other values are read where they are needed.
pub const ROLE: &str = "SFW_TUI_PROVE_ROLE";
/// Folder of its files.
pub const STATE: &str = "SFW_TUI_PROVE_STATE";
/// The org.
pub const URL: &str = "SFW_TUI_PROVE_URL";
/// Where its chances start.
pub const SEED: &str = "SFW_TUI_PROVE_SEED";
/// Names of its records begin so.
pub const NAME: &str = "SFW_TUI_PROVE_NAME";

/// Text field of the record that is changed again and again.
pub const CHANGED: &str = "Title";

/// Whether this process is a child; it has done its work then.
pub fn is_one() -> bool {
    let Ok(role) = std::env::var(ROLE) else {
        return false;
    };
    let hand = Hand::new();
    match role.as_str() {
        "work" => hand.work(),
        role => hand.creates(role.trim_start_matches("creates:")),
    }
    println!("end");
    true
}

fn said(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is set"))
}

/// What happens to writes on the child's own line.
type Force = Arc<Mutex<Option<Fate>>>;

struct Hand {
    seat: Seat,
    line: Line,
    clock: Arc<Clock>,
    force: Force,
    /// The next look gets no answer.
    blind: Arc<AtomicBool>,
    name: String,
    random: std::cell::RefCell<Random>,
    count: Cell<u32>,
}

impl Hand {
    fn new() -> Self {
        let clock = Clock::new();
        let line = Line::to(&said(URL), &clock);
        let ways = Ways {
            idempotency: true,
            ..Ways::default()
        };
        let seed = said(SEED).parse().expect("a number");
        let hand = Self {
            seat: Seat::new(&PathBuf::from(said(STATE)), &line.url, &clock, ways),
            line,
            clock,
            force: Force::default(),
            blind: Arc::default(),
            name: said(NAME),
            random: std::cell::RefCell::new(Random::new(seed)),
            count: Cell::new(0),
        };
        hand.mishaps(seed);
        hand
    }

    /// One write in eight meets a fault, and the next one the fault that is forced.
    fn mishaps(&self, seed: u64) {
        let (force, blind) = (Arc::clone(&self.force), Arc::clone(&self.blind));
        let mut random = Random::new(seed ^ 0xfa17);
        self.line.rule(move |heard: &Heard| {
            if !heard.writes() {
                let looks = heard.body.contains("CreatedDate") && blind.swap(false, Relaxed);
                return if looks { Fate::Stopped } else { Fate::Pass };
            }
            if let Some(fate) = force.lock().expect("the fate").take() {
                return fate;
            }
            match random.below(24) {
                0 => Fate::Lost,
                1 => Fate::Stopped,
                2 => busy(),
                _ => Fate::Pass,
            }
        });
    }

    fn force(&self, fate: Fate) {
        *self.force.lock().expect("the fate") = Some(fate);
    }

    fn tell(&self, what: &str, which: &str) {
        println!("{what} {} {which}", self.clock.shown().as_millis());
    }

    fn job(&self, job: Job) -> Reply {
        self.seat.hear(job, &|answer: &Answer| {
            if let Reply::Op(op) = &answer.reply {
                self.tell_op(op);
            }
        })
    }

    fn tell_op(&self, op: &Op) {
        self.tell("op", &format!("{} {}", op.id, op.state.word()));
    }

    fn op(&self, job: Job) -> Option<Op> {
        match self.job(job) {
            Reply::Op(op) => Some(*op),
            _ => None,
        }
    }

    fn next_name(&self) -> String {
        let count = self.count.get();
        self.count.set(count + 1);
        format!("{}x{count}x", self.name)
    }

    /// Time passes until nothing waits by itself any more.
    fn settle(&self) {
        for _ in 0..200 {
            self.job(Job::SendDue);
            if self.seat.pending().is_empty() {
                return;
            }
            self.clock.skip(Duration::from_secs(20));
            self.line.tick();
        }
    }

    fn draft(&self, name: &str) -> SavedDraft {
        SavedDraft {
            key: "new:Contact".to_owned(),
            title: name.to_owned(),
            saved: jiff::Timestamp::now(),
            content: DraftContent::Form(Draft::create("Contact", None)),
        }
    }

    /// Everything that a person does to the outbox, in a random order.
    fn work(&self) {
        let steps: [fn(&Self); 9] = [
            Self::typed_and_sent,
            Self::lost_and_found,
            Self::refused_way,
            Self::family,
            Self::changed_and_undone,
            Self::refused_and_mended,
            Self::given_up,
            Self::lost_and_not_found_at_once,
            Self::thrown_away,
        ];
        let mut order: Vec<usize> = (0..steps.len()).collect();
        for at in (1..order.len()).rev() {
            let other = self.random.borrow_mut().below(at + 1);
            order.swap(at, other);
        }
        self.tell("ready", "");
        self.job(Job::Outbox);
        for step in order {
            steps[step](self);
        }
        self.settle();
    }

    fn typed_and_sent(&self) {
        let name = self.next_name();
        let draft = self.draft(&name);
        let key = draft.key.clone();
        if self.job(Job::SaveDraft(draft)) == Reply::DraftKept {
            self.tell("draft", &name);
        }
        self.job(Job::Write {
            write: create("Contact", &name),
            draft: Some(key),
        });
    }

    fn lost_and_found(&self) {
        self.refuse_key("Event");
        self.force(Fate::Lost);
        self.job(Job::write(create("Event", &self.next_name())));
        self.force(Fate::Late(Duration::from_secs(140)));
        self.job(Job::write(create("Event", &self.next_name())));
        self.settle();
    }

    /// The org takes no idempotency key: the write goes another way at once, and so do the
    /// next ones.
    fn refuse_key(&self, object: &str) {
        let body = json!([{"errorCode": "NOT_FOUND", "message": "The object is not supported"}]);
        self.force(Fate::Say(404, body));
        self.job(Job::write(create(object, &self.next_name())));
    }

    fn refused_way(&self) {
        self.refuse_key("Campaign");
    }

    fn family(&self) {
        self.job(Job::Pause);
        let parent = self.op(Job::write(create("Account", &self.next_name())));
        if let Some(parent) = parent {
            let mut child = create("Contact", &self.next_name());
            if let Some(WriteStep::Create { fields, .. }) = child.steps.first_mut() {
                fields.insert("AccountId".to_owned(), Write::made_by(parent.id, 0));
            }
            self.job(Job::write(child));
        }
        self.job(Job::Resume);
        self.settle();
    }

    fn changed_and_undone(&self) {
        let source = Source::Org;
        let object = "Contact".to_owned();
        self.job(Job::Describe { object, source });
        let made = self.op(Job::write(create("Contact", &self.next_name())));
        self.settle();
        let made = made.and_then(|op| self.seat.outbox().load(op.id).ok());
        let Some(id) = made.and_then(|op| op.ids.first().copied()) else {
            return;
        };
        for (place, text) in ["one", "two", "three"].into_iter().enumerate() {
            if place == 1 {
                self.force(Fate::Lost);
            }
            let field = (CHANGED, &json!(text));
            self.job(Job::write(update("Contact", id.as_str(), field)));
        }
        self.settle();
        let last = self.op(Job::write(update(
            "Contact",
            id.as_str(),
            (CHANGED, &json!("four")),
        )));
        if let Some(last) = last.filter(|op| op.state == OpState::Done) {
            self.job(Job::Undo(last.id));
        }
    }

    fn refused_and_mended(&self) {
        let mut nameless = create("Contact", "");
        if let Some(WriteStep::Create { fields, .. }) = nameless.steps.first_mut() {
            fields.insert("LastName".to_owned(), json!(null));
        }
        let refused = self.op(Job::write(nameless));
        if let Some(op) = refused.filter(|op| op.state == OpState::Failed) {
            self.job(Job::Revise {
                op: op.id,
                write: create("Contact", &self.next_name()),
                draft: None,
            });
        }
    }

    fn given_up(&self) {
        self.job(Job::Pause);
        if let Some(op) = self.op(Job::write(create("Contact", &self.next_name()))) {
            self.job(Job::Cancel(op.id));
        }
        self.job(Job::Resume);
    }

    /// The answer is lost, and that of the first look too.
    fn lost_and_not_found_at_once(&self) {
        self.refuse_key("Case");
        self.force(Fate::Lost);
        self.blind.store(true, Relaxed);
        self.job(Job::write(create("Case", &self.next_name())));
        self.settle();
    }

    fn thrown_away(&self) {
        let name = self.next_name();
        let draft = self.draft(&name);
        let key = draft.key.clone();
        if self.job(Job::SaveDraft(draft)) == Reply::DraftKept {
            self.tell("draft", &name);
        }
        self.tell("dropping", &name);
        self.job(Job::DropDraft(key));
    }

    /// New records one after the other, for ever or until killed.
    fn creates(&self, object: &str) {
        self.tell("ready", "");
        for _ in 0..4 {
            self.job(Job::write(create(object, &self.next_name())));
        }
        self.settle();
    }
}

fn busy() -> Fate {
    let body = json!([{"errorCode": "UNABLE_TO_LOCK_ROW", "message": "busy", "fields": []}]);
    Fate::Say(400, body)
}
