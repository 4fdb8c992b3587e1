//! A record back from the recycle bin. REST has no undelete; the SOAP API's `undelete()`
//! takes the same token in its own header (SOAP API Developer Guide, "undelete()").

use super::super::request::{Method, Request};
use super::super::version::ApiVersion;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::id::RecordId;

/// The request; the sender puts the token where the session goes.
pub fn request(version: ApiVersion, id: RecordId) -> Request {
    let path = format!("/services/Soap/u/{}.0", version.0);
    let mut request = Request::write(Method::Post, path, None);
    request.soap = Some(format!("<undelete><ids>{id}</ids></undelete>"));
    request
}

/// The same for up to 200 records.
pub fn request_all(version: ApiVersion, ids: &[RecordId]) -> Request {
    let path = format!("/services/Soap/u/{}.0", version.0);
    let ids: String = ids.iter().map(|id| format!("<ids>{id}</ids>")).collect();
    let mut request = Request::write(Method::Post, path, None);
    request.soap = Some(format!("<undelete>{ids}</undelete>"));
    request
}

/// What became of each record of [`request_all`], in order; an answer that does not fit
/// leaves all of them open.
pub fn outcomes(body: &[u8], asked: usize) -> Result<Vec<Result<RecordId, Failure>>, Failure> {
    let text = String::from_utf8_lossy(body);
    let told: Vec<Result<RecordId, Failure>> = text
        .split("<result>")
        .skip(1)
        .map(|one| id(one.as_bytes()).ok_or_else(|| refusal(one.as_bytes())))
        .collect();
    match told.len() == asked {
        true => Ok(told),
        false => Err(Failure::outcome_unknown(
            "the org's answer does not name every record",
        )),
    }
}

/// A SOAP envelope, whatever it says.
pub(super) fn is_reply(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    text.contains("<undeleteResponse") || text.contains(":Fault>") || text.contains("<Fault>")
}

/// The id that was brought back, where all went well.
pub(super) fn id(body: &[u8]) -> Option<RecordId> {
    let text = String::from_utf8_lossy(body);
    let done = element(&text, "success")? == "true";
    let id = element(&text, "id").filter(|_| done)?;
    id.get(..15)?.parse().ok()
}

/// Why it was not brought back.
pub(super) fn refusal(body: &[u8]) -> Failure {
    let text = String::from_utf8_lossy(body);
    let code = element(&text, "statusCode").or_else(|| element(&text, "faultcode"));
    let said = element(&text, "message").or_else(|| element(&text, "faultstring"));
    let code = code.map_or("UNDELETE", |code| code.rsplit(':').next().unwrap_or(code));
    match said {
        Some(said) => Failure::from_org(code, None, &plain(said)),
        None => Failure::new(FailureKind::BadReply, code, "the org did not say why"),
    }
}

/// What stands in the first element of that name, whatever its prefix and attributes.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.match_indices('<').find_map(|(place, _)| {
        let tag = text.get(place + 1..)?;
        let (inside, rest) = tag.split_once('>')?;
        let word = inside.split_whitespace().next()?;
        let local = word.rsplit(':').next()?;
        (local == name && !inside.ends_with('/')).then_some(())?;
        rest.split_once('<').map(|(content, _)| content)
    })
}

/// The five characters that XML writes as names.
fn plain(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_says_what_became_of_the_record() {
        let done = b"<?xml version=\"1.0\"?><soapenv:Envelope><soapenv:Body><undeleteResponse>\
            <result><id>001000000000001AAA</id><success>true</success></result>\
            </undeleteResponse></soapenv:Body></soapenv:Envelope>";
        assert!(is_reply(done));
        assert_eq!(id(done).unwrap().as_str(), "001000000000001AAA");
        let refused = b"<undeleteResponse><result><errors><message>not in &lt;bin&gt;</message>\
            <statusCode>UNDELETE_FAILED</statusCode></errors><id xsi:nil=\"true\"/>\
            <success>false</success></result></undeleteResponse>";
        assert_eq!(id(refused), None);
        let failure = refusal(refused);
        assert_eq!(failure.code, "UNDELETE_FAILED");
        assert_eq!(failure.message, "not in <bin>");
        let fault = b"<soapenv:Fault><faultcode>sf:INVALID_SESSION_ID</faultcode>\
            <faultstring>INVALID_SESSION_ID: Invalid Session ID</faultstring></soapenv:Fault>";
        assert!(is_reply(fault));
        assert_eq!(refusal(fault).kind, FailureKind::Session);
        assert_eq!(id(b"<success>"), None);
    }
}
