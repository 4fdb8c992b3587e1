//! Reads a reply's body as JSON; what is no JSON becomes a failure that keeps its start.

use crate::domain::failure::Failure;
use crate::domain::text;
use serde::de::DeserializeOwned;

/// How much of an unreadable body is kept, in characters.
const KEPT: usize = 200;

/// Reads a body into a type; the failure tells where it stopped fitting.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|problem| match problem.is_data() {
        true => Failure::bad_reply(
            None,
            &format!("the org's reply has another shape: {problem}"),
        ),
        false => Failure::bad_reply(None, &unreadable(body)),
    })
}

/// Says that a body is no JSON, with its first characters.
pub(super) fn unreadable(body: &[u8]) -> String {
    let start = excerpt(body);
    match start.is_empty() {
        true => "the reply is empty where JSON was due".to_owned(),
        false => format!("the reply is not JSON; it starts `{start}`"),
    }
}

/// The first characters of a body in one line, tags of HTML left out, safe for the screen.
pub(super) fn excerpt(body: &[u8]) -> String {
    let head = &body[..body.len().min(64 * KEPT)];
    let text = String::from_utf8_lossy(head);
    let plain = match text.trim_start().starts_with('<') {
        true => without_tags(&text),
        false => text.into_owned(),
    };
    let words: Vec<&str> = plain.split_whitespace().collect();
    let start: String = words.join(" ").chars().take(KEPT).collect();
    text::line(&start).into_owned()
}

/// The text between tags, without the contents of scripts and styles.
fn without_tags(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        out.push(' ');
        let skipped = ["script", "style"].into_iter().find(|name| {
            after
                .get(..name.len())
                .is_some_and(|tag| tag.eq_ignore_ascii_case(name))
        });
        let after = match skipped {
            Some(name) => after
                .split_once(&format!("</{name}"))
                .map_or("", |(_, tail)| tail),
            None => after,
        };
        rest = after.split_once('>').map_or("", |(_, tail)| tail);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn a_page_of_html_is_told_by_its_words() {
        let page = b"<!DOCTYPE html><html><head><title>Down for Maintenance</title>\
            <script>if (a<b) alert('x')</script></head><body>\n<p>Back soon</p></body></html>";
        assert_eq!(excerpt(page), "Down for Maintenance Back soon");
        assert!(excerpt(b"<p\xff broken").len() < 20);
        assert_eq!(excerpt(&[b'x'; 5000]).len(), KEPT);
        assert!(!excerpt(b"plain \x1b[31mred").contains('\x1b'));
    }

    #[test]
    fn what_is_not_json_is_a_bad_reply_with_its_start() {
        let failure = read::<Value>(b"<html>Proxy login</html>").unwrap_err();
        assert!(
            failure.message.contains("Proxy login"),
            "{}",
            failure.message
        );
        let failure = read::<Vec<String>>(b"{}").unwrap_err();
        assert!(
            failure.message.contains("another shape"),
            "{}",
            failure.message
        );
        assert!(read::<Value>(b"").unwrap_err().message.contains("empty"));
        let deep = "[".repeat(100_000);
        assert!(
            read::<Value>(deep.as_bytes()).is_err(),
            "nested too deep to hold"
        );
    }
}
