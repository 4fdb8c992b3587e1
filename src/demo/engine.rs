//! The org behind its address: which surface a request is for, who asks, and one
//! transaction around each call. Knows no sockets and no threads: it answers on the
//! connection it is lent, and everything the connections share can be shared.

mod background;
mod streaming;

use std::cell::Cell;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension};
use serde_json::json;
use tokio::sync::watch;

use super::budget::Budget;
use super::call::Call;
use super::coding;
use super::cursors::Cursors;
use super::error::{Refusal, WRITES};
use super::events::{Changes, Streams};
use super::faults::Faults;
use super::oauth::session::{self, Lookup, Uses};
use super::oauth::{self, Door, Policy};
use super::rights::Askers;
use super::routes;
use super::schema::{self, Schema};
use super::soap;
use super::store;
use super::users::mixed::Mixture;
use super::wire::{Reply, Request};

/// Oldest and newest version served.
const VERSIONS: (u32, u32) = (31, 68);

/// What every call of the org shares.
pub struct Engine {
    published: RwLock<Arc<Published>>,
    base_url: String,
    /// Hash of the administrator's token given at start.
    token: RwLock<Option<String>>,
    policy: Policy,
    uses: Uses,
    cursors: Cursors,
    askers: Askers,
    faults: Faults,
    budget: Arc<Budget>,
    streams: Streams,
    bell: watch::Sender<()>,
}

/// What an org is given at start.
pub struct Start<'a> {
    pub schema: Schema,
    pub base_url: String,
    /// An administrator's access token.
    pub token: Option<&'a str>,
    pub policy: Policy,
    pub faults: Faults,
    pub budget: Arc<Budget>,
}

/// The objects of the org as calls that begin now see them.
struct Published {
    schema: Schema,
    changed: Timestamp,
}

/// What the lent connection allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// A snapshot that refuses every change.
    Reading,
    /// The one that changes rows.
    Writing,
}

impl Engine {
    /// The org on an open file.
    pub fn new(db: &Connection, start: Start<'_>) -> Self {
        let changed = store::remembered(db, "schema changed").ok().flatten();
        let changed = changed
            .and_then(|text| text.parse().ok())
            .unwrap_or_else(Timestamp::now);
        Self {
            published: RwLock::new(Arc::new(Published {
                schema: start.schema,
                changed,
            })),
            base_url: start.base_url,
            token: RwLock::new(start.token.map(oauth::store_hash)),
            policy: start.policy,
            uses: Uses::default(),
            cursors: Cursors::default(),
            askers: Askers::default(),
            faults: start.faults,
            budget: start.budget,
            streams: Streams::default(),
            bell: watch::Sender::default(),
        }
    }

    /// Whether a request may be tried on a snapshot first: data calls that ask. One that
    /// writes all the same ([`Engine::read`]) is done again on the writing side.
    pub fn is_read(request: &Request) -> bool {
        if request.path.starts_with("/cometd/") {
            return true;
        }
        let asks = matches!(request.method.as_str(), "GET" | "HEAD");
        asks && request.path.starts_with("/services/data")
            && request.header_flag("sforce-mru", "updateMru") != Some(true)
    }

    /// Answers on a snapshot; `None` when the call wanted to write.
    pub fn read(&self, db: &Connection, request: &Request) -> Option<Reply> {
        match self.answer(db, Side::Reading, request) {
            Err(refusal) if is_write(&refusal) => None,
            Err(refusal) => Some(self.finished(request, refusal.reply())),
            // A surface with error bodies of its own may have put the mark in one.
            Ok(reply) if reply.status == 500 && mentions(&reply.body, WRITES) => None,
            Ok(reply) => Some(self.finished(request, reply)),
        }
    }

    /// Answers on the writing connection.
    pub fn write(&self, db: &Connection, request: &Request) -> Reply {
        let reply = match self.answer(db, Side::Writing, request) {
            Err(refusal) if is_write(&refusal) => {
                Refusal::unexpected("the data folder cannot be written").reply()
            }
            Err(refusal) => refusal.reply(),
            Ok(reply) => reply,
        };
        self.finished(request, reply)
    }

    fn answer(&self, db: &Connection, side: Side, request: &Request) -> Result<Reply, Refusal> {
        let segments = request.segments();
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["services", "data" | "data.json"] => Ok(versions()),
            ["services", "data", version, rest @ ..] => {
                let version = known_version(version)?;
                acceptable(request, rest)?;
                let mut rest = rest.to_vec();
                if let Some(last) = rest.last_mut() {
                    *last = last.strip_suffix(".json").unwrap_or(last);
                }
                let user = |lookup: Lookup<'_>| oauth::asking(lookup, request);
                let changes = Changes::of(request, &version);
                self.transaction(db, (side, version, changes), user, |call| {
                    routes::dispatch(call, &rest, request)
                })
            }
            ["services", "Soap", letter, version, ..] => {
                Ok(self.soap(db, (letter, version), request))
            }
            ["cometd", _version, ..] => self.streaming(db, side, request),
            _ => Ok(self.login(db, &parts, request)),
        }
    }

    /// Counts a data call of a known user and says so; packs the reply.
    fn finished(&self, request: &Request, mut reply: Reply) -> Reply {
        if request.path.starts_with("/services/data/v") && reply.status != 401 {
            self.budget.count();
            let all = self.budget.allowance();
            let used = self.budget.used().min(all);
            reply = reply.with("Sforce-Limit-Info", format!("api-usage={used}/{all}"));
        }
        coding::packed(request, reply)
    }

    /// Ends the session of a token before its time; `refresh` also ends what could renew it.
    ///
    /// # Errors
    /// SQLite's.
    pub fn expire(&self, db: &Connection, token: &str, refresh: bool) -> rusqlite::Result<()> {
        let hash = oauth::store_hash(token);
        let mut given = self.token.write().unwrap_or_else(PoisonError::into_inner);
        if given.as_deref() == Some(hash.as_str()) {
            *given = None;
        }
        drop(given);
        match session::find(self.lookup(db, None), token)? {
            Some(grant) if refresh => session::end_family(db, &grant.family),
            _ => session::end(db, token).map(drop),
        }
    }

    fn token(&self) -> Option<String> {
        let token = self.token.read();
        token.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn policy(&self) -> Policy {
        Policy {
            rotate_refresh_tokens: self.policy.rotate_refresh_tokens || self.faults.rotates(),
            ..self.policy.clone()
        }
    }

    fn login(&self, db: &Connection, parts: &[&str], request: &Request) -> Reply {
        let (token, policy, host) = (self.token(), self.policy(), host(request));
        let door = self.door(db, (&policy, token.as_deref()), &host);
        oauth::answer(&door, parts, request).unwrap_or_else(|| Refusal::not_found().reply())
    }

    fn door<'a>(
        &'a self,
        db: &'a Connection,
        (policy, token): (&'a Policy, Option<&'a str>),
        host: &'a str,
    ) -> Door<'a> {
        Door {
            db,
            base_url: &self.base_url,
            host,
            now: Timestamp::now(),
            policy,
            uses: &self.uses,
            token,
        }
    }

    fn soap(&self, db: &Connection, place: (&str, &str), request: &Request) -> Reply {
        let known = |version: &str| known_version(&format!("v{version}")).is_ok();
        let envelope = match soap::read(place, known, request) {
            Ok(envelope) => envelope,
            Err(reply) => return *reply,
        };
        let (token, policy, host) = (self.token(), self.policy(), host(request));
        let door = self.door(db, (&policy, token.as_deref()), &host);
        if let Some(reply) = envelope.outside(&door) {
            return reply;
        }
        let user =
            |lookup: Lookup<'_>| oauth::by_session(lookup, envelope.session().unwrap_or_default());
        if let Some(reply) = user(self.lookup(db, token.as_deref()))
            .ok()
            .and_then(|_| envelope.logout(&door))
        {
            return reply;
        }
        let seconds = self.policy.session_lifetime.as_secs();
        let changes = Changes::by("soap", &envelope.version, None);
        let place = (Side::Writing, envelope.version.clone(), changes);
        self.transaction(db, place, user, |call| envelope.answer(call, seconds))
            .unwrap_or_else(|refusal| envelope.refused(&refusal))
    }

    fn lookup<'a>(&'a self, db: &'a Connection, token: Option<&'a str>) -> Lookup<'a> {
        Lookup {
            db,
            uses: &self.uses,
            lifetime: self.policy.session_lifetime,
            token,
            now: Timestamp::now(),
        }
    }

    /// A data call: for a known user, in a transaction of its own.
    fn transaction(
        &self,
        db: &Connection,
        (side, version, changes): (Side, String, Changes),
        user: impl FnOnce(Lookup<'_>) -> Result<String, Refusal>,
        work: impl FnOnce(&Call<'_>) -> Result<Reply, Refusal>,
    ) -> Result<Reply, Refusal> {
        // Deferred: a snapshot begins with the first row read.
        db.execute_batch("BEGIN")?;
        let schema_touched = Cell::new(false);
        let token = self.token();
        let result = user(self.lookup(db, token.as_deref())).and_then(|user| {
            if self.budget.is_used_up() {
                let text = "TotalRequests Limit exceeded.";
                return Err(Refusal::new(403, "REQUEST_LIMIT_EXCEEDED", text));
            }
            let published = self.published();
            let whole = (&published.schema, published.changed);
            let asker = self.askers.find(db, whole, &user)?;
            asker.admitted()?;
            let call = Call {
                db,
                schema: &asker.schema,
                whole: &published.schema,
                rights: &asker.rights,
                user: &user,
                base_url: &self.base_url,
                version,
                surface: "",
                now: Timestamp::now(),
                schema_changed: published.changed,
                zone: zone(db, &user),
                cursors: &self.cursors,
                budget: &self.budget,
                faults: &self.faults,
                schema_touched: &schema_touched,
                changes: &changes,
                mixture: &Mixture::default(),
            };
            work(&call)
        });
        let keep = side == Side::Writing && result.as_ref().is_ok_and(Reply::is_ok);
        if keep && schema_touched.get() {
            // Read inside the transaction: what cannot be read back is not kept.
            let next = self.rebuilt(db);
            if next.is_err() {
                db.execute_batch("ROLLBACK")?;
            }
            let next = next?;
            db.execute_batch("COMMIT")?;
            self.publish(next);
        } else {
            db.execute_batch(if keep { "COMMIT" } else { "ROLLBACK" })?;
        }
        if keep && changes.any() {
            self.bell.send_replace(());
        }
        result
    }

    fn published(&self) -> Arc<Published> {
        let published = self.published.read();
        Arc::clone(&published.unwrap_or_else(PoisonError::into_inner))
    }

    fn rebuilt(&self, db: &Connection) -> Result<Published, Refusal> {
        let changed = Timestamp::now();
        store::remember(db, "schema changed", &changed.to_string())?;
        let schema = Schema::load()
            .map_err(Refusal::unexpected)
            .and_then(|schema| schema::change::applied(db, schema))?;
        Ok(Published { schema, changed })
    }

    fn publish(&self, next: Published) {
        let mut published = self
            .published
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *published = Arc::new(next);
    }
}

fn host(request: &Request) -> String {
    let host = request.header("host").unwrap_or_default();
    host.to_ascii_lowercase()
}

fn zone(db: &Connection, user: &str) -> TimeZone {
    let name: Option<String> = db
        .prepare_cached("SELECT TimeZoneSidKey FROM User WHERE Id = ?1")
        .and_then(|mut statement| statement.query_row([user], |row| row.get(0)).optional())
        .ok()
        .flatten();
    name.and_then(|name| TimeZone::get(&name).ok())
        .unwrap_or(TimeZone::UTC)
}

fn is_write(refusal: &Refusal) -> bool {
    refusal.faults.iter().any(|fault| fault.code == WRITES)
}

fn mentions(body: &[u8], word: &str) -> bool {
    body.windows(word.len()).any(|part| part == word.as_bytes())
}

/// Runs part of a call so that its writes can be taken back alone.
///
/// # Errors
/// SQLite's; the part's own refusal is inside.
pub fn undoable<T>(
    call: &Call<'_>,
    work: impl FnOnce() -> Result<T, Refusal>,
) -> Result<Result<T, Refusal>, Refusal> {
    call.db.execute_batch("SAVEPOINT part")?;
    let result = work();
    if result.is_err() {
        call.db.execute_batch("ROLLBACK TO part")?;
    }
    call.db.execute_batch("RELEASE part")?;
    Ok(result)
}

/// The token of an `Authorization` header.
pub fn bearer(request: &Request) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("Bearer") || scheme.eq_ignore_ascii_case("OAuth");
    (known && !token.trim().is_empty()).then(|| token.trim())
}

/// `62.0` of `v62.0`.
///
/// # Errors
/// 410 for a retired version, 404 for one there never was.
pub fn known_version(text: &str) -> Result<String, Refusal> {
    let number: Option<u32> = text
        .strip_prefix('v')
        .and_then(|rest| rest.strip_suffix(".0"))
        .and_then(|n| n.parse().ok());
    match number {
        Some(n) if (VERSIONS.0..=VERSIONS.1).contains(&n) => Ok(format!("{n}.0")),
        Some(n) if (7..VERSIONS.0).contains(&n) => Err(Refusal::new(
            410,
            "UNSUPPORTED_API_VERSION",
            format!("Version {text} is no longer supported."),
        )),
        _ => Err(Refusal::not_found()),
    }
}

/// Refuses who wants XML and nothing else: this org speaks JSON.
fn acceptable(request: &Request, rest: &[&str]) -> Result<(), Refusal> {
    let accepted = request.header("accept").unwrap_or_default();
    let only_xml = !accepted.is_empty()
        && accepted.split(',').all(|part| {
            let kind = part.split(';').next().unwrap_or_default().trim();
            matches!(kind, "application/xml" | "text/xml")
        });
    if only_xml || rest.last().is_some_and(|last| last.ends_with(".xml")) {
        let text = "The requested format is not available: use application/json";
        return Err(Refusal::new(406, "NOT_ACCEPTABLE", text));
    }
    Ok(())
}

/// `GET /services/data`, oldest first.
fn versions() -> Reply {
    let all: Vec<_> = (VERSIONS.0..=VERSIONS.1)
        .map(|n| {
            json!({"label": label(n), "url": format!("/services/data/v{n}.0"), "version": format!("{n}.0")})
        })
        .collect();
    Reply::json(200, &all)
}

/// Release name: 31 is Summer '14, three a year.
fn label(version: u32) -> String {
    let step = version - 31 + 1;
    let season = ["Spring", "Summer", "Winter"][(step % 3) as usize];
    let year = 14 + step / 3 + u32::from(season == "Winter");
    format!("{season} '{year}")
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn releases_have_their_names() {
        for (version, name) in [
            (31, "Summer '14"),
            (32, "Winter '15"),
            (33, "Spring '15"),
            (65, "Winter '26"),
            (66, "Spring '26"),
            (67, "Summer '26"),
            (68, "Winter '27"),
        ] {
            assert_eq!(label(version), name);
        }
    }
}
