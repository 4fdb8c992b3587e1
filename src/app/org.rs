//! What is known of the org we are connected to: who we are, its objects, how the line
//! stands. Screens read it; only `App` changes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::activity::ActivityRules;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::schema::{ObjectForm, ObjectSchema, ObjectSummary};
use crate::domain::write::Pause;
use crate::job::{LinkState, Session};

use super::names::Names;

/// The org as the screens know it.
#[derive(Debug, Clone, Default)]
pub struct Org {
    /// Name of the connection.
    pub connection: String,
    /// Who we are; `None` until the org told it once.
    pub session: Option<Session>,
    /// How the line stands.
    pub line: Line,
    /// Since when requests cannot be made.
    pub offline_since: Option<Timestamp>,
    /// Sending from the outbox is stopped.
    pub pause: Option<Pause>,
    /// API calls used and allowed in 24 h.
    pub api_usage: Option<(u32, u32)>,
    /// Describe global.
    pub objects: Arc<Vec<ObjectSummary>>,
    /// Describes and layouts met so far, by API name.
    pub forms: BTreeMap<String, Arc<ObjectForm>>,
    /// What the org takes in a log, once a log was opened.
    pub log_rules: Option<Arc<ActivityRules>>,
    /// Names of records met so far.
    pub names: Names,
}

/// How the line to the org stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Line {
    /// Logging in.
    #[default]
    Connecting,
    /// The last request was answered, after so many milliseconds.
    Online(u32),
    /// The last request could not be made.
    Offline(Failure),
    /// The org takes the token no longer, and it could not be renewed.
    SessionOver,
}

impl Org {
    /// The object of that API name, letter case ignored.
    pub fn object(&self, api_name: &str) -> Option<&ObjectSummary> {
        self.objects
            .iter()
            .find(|object| object.api_name.eq_ignore_ascii_case(api_name))
    }

    /// The object whose ids start so.
    pub fn object_of_prefix(&self, prefix: &str) -> Option<&ObjectSummary> {
        self.objects
            .iter()
            .find(|object| object.key_prefix.as_deref() == Some(prefix))
    }

    /// The describe of that API name, where one was met.
    pub fn schema(&self, api_name: &str) -> Option<&ObjectSchema> {
        let form = self.forms.get(api_name).map(|form| &form.schema);
        let rules = self.log_rules.iter();
        let mut of_logs = rules.flat_map(|rules| [Some(&rules.task), rules.event.as_ref()]);
        form.or_else(|| {
            of_logs.find_map(|schema| schema.filter(|it| it.summary.api_name == api_name))
        })
    }

    /// Keeps a describe for later.
    pub(super) fn learn_form(&mut self, form: Arc<ObjectForm>) {
        let name = form.schema.summary.api_name.clone();
        self.forms.insert(name, form);
    }

    /// Takes note of how a request went.
    pub(super) fn requested(&mut self, link: LinkState, failure: Option<&Failure>, now: Timestamp) {
        self.offline_since = match link.online {
            true => None,
            false => self.offline_since.or(Some(now)),
        };
        self.api_usage = link.api_usage.or(self.api_usage);
        if failure.is_some_and(|failure| failure.kind == FailureKind::Session) {
            self.line = Line::SessionOver;
        } else if link.online {
            self.line = Line::Online(link.millis);
        } else if let Some(failure) = failure {
            self.line = Line::Offline(failure.clone());
        }
    }
}
