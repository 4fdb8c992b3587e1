//! SOAP (SOAP API Developer Guide), partner and enterprise, as far as clients of today
//! use it: logging in, and what REST has no resource for. An operation REST has too is
//! handed to REST's own code, so that both answer alike.

mod account;
mod bin;
mod describe;
mod message;
mod query;
mod record;
mod rows;
mod xml;

use jiff::Timestamp;

use message::{Dialect, Message, client_fault, fault, refused, unknown_operation};

use super::call::Call;
use super::error::Refusal;
use super::oauth::Door;
use super::oauth::session;
use super::wire::{Reply, Request};

/// First version without `login` (SOAP API guide, "End-of-Life").
const WITHOUT_LOGIN: u32 = 65;

/// One request of a client that was understood.
pub struct Envelope {
    message: Message,
    /// `62.0`.
    pub version: String,
    release: u32,
}

/// Reads a request to `/services/Soap/{letter}/{version}`; the reply when it goes no
/// further.
///
/// # Errors
/// A fault, or 404 and 405 as plain HTTP says them.
pub fn read(
    (letter, version): (&str, &str),
    known: impl FnOnce(&str) -> bool,
    request: &Request,
) -> Result<Envelope, Box<Reply>> {
    let Some(dialect) = Dialect::of_letter(letter) else {
        return Err(Box::new(Refusal::not_found().reply()));
    };
    if request.method != "POST" {
        return Err(Box::new(Reply::empty(405)));
    }
    let unsupported = || {
        let text = format!("Unsupported API version: {version}");
        Box::new(fault(dialect, "UNSUPPORTED_API_VERSION", &text))
    };
    if !known(version) {
        return Err(unsupported());
    }
    let release = version.split('.').next().and_then(|text| text.parse().ok());
    let message = Message::read(dialect, request).map_err(|text| {
        Box::new(client_fault(&format!(
            "The message could not be read: {text}"
        )))
    })?;
    Ok(Envelope {
        message,
        version: version.to_owned(),
        release: release.unwrap_or_default(),
    })
}

impl Envelope {
    /// The session id the call is made with.
    pub fn session(&self) -> Option<&str> {
        self.message.session()
    }

    /// Answers what needs no session.
    pub fn outside(&self, door: &Door<'_>) -> Option<Reply> {
        let is_login = self.message.operation.name == "login";
        (is_login && self.release < WITHOUT_LOGIN).then(|| {
            account::login(door, &self.message, &self.version)
                .unwrap_or_else(|refusal| self.refused(&refusal))
        })
    }

    /// Ends the session.
    pub fn logout(&self, door: &Door<'_>) -> Option<Reply> {
        if self.message.operation.name != "logout" {
            return None;
        }
        let ended = session::end(door.db, self.session().unwrap_or_default());
        Some(match ended {
            Ok(_) => self.message.reply(""),
            Err(fault) => self.refused(&fault.into()),
        })
    }

    /// A refusal as a fault.
    pub fn refused(&self, refusal: &Refusal) -> Reply {
        refused(self.message.dialect, refusal)
    }

    /// Answers an operation for a known user.
    ///
    /// # Errors
    /// What refuses the whole call.
    pub fn answer(&self, call: &Call<'_>, session_seconds: u64) -> Result<Reply, Refusal> {
        let message = &self.message;
        let results = match message.operation.name.as_str() {
            "getUserInfo" => account::user_info(call, session_seconds)?,
            "getServerTimestamp" => stamp(call.now),
            "query" | "queryAll" | "queryMore" | "search" => query::answer(call, message)?,
            "retrieve" => query::retrieved(call, message)?,
            "describeGlobal" | "describeSObject" | "describeSObjects" => {
                describe::answer(call, message)?
            }
            "create" | "update" | "upsert" | "delete" => rows::answer(call, message)?,
            "getUpdated" | "getDeleted" => rows::replicated(call, message)?,
            "undelete" | "emptyRecycleBin" => bin::emptied_or_back(call, message)?,
            "merge" => bin::merged(call, message)?,
            "convertLead" => bin::converted(call, message)?,
            _ => return Ok(unknown_operation(message)),
        };
        Ok(message.reply(&results))
    }
}

fn stamp(now: Timestamp) -> String {
    let now = now.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    format!("<result>{}</result>", xml::element("timestamp", &now))
}
