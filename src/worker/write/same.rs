//! Whether two values are the same to the org, which writes many of them otherwise than
//! they were sent. Must not know what they are compared for.

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::id::RecordId;

/// What was sent is what the org holds.
pub(super) fn is_same(sent: &Value, held: &Value) -> bool {
    match (sent, held) {
        (Value::String(sent), Value::String(held)) => is_same_text(sent, held),
        (Value::Number(sent), Value::Number(held)) => {
            sent == held
                || sent
                    .as_f64()
                    .is_some_and(|sent| Some(sent) == held.as_f64())
        }
        // An empty text is stored as nothing.
        (Value::String(text), Value::Null) => text.trim().is_empty(),
        _ => sent == held,
    }
}

fn is_same_text(sent: &str, held: &str) -> bool {
    if plain(sent) == plain(held) {
        return true;
    }
    match (sent.parse::<RecordId>(), held.parse::<RecordId>()) {
        (Ok(sent), Ok(held)) => return sent == held,
        (Err(_), Err(_)) => {}
        _ => return false,
    }
    instant(sent).is_some_and(|sent| Some(sent) == instant(held))
}

/// Text fields lose spaces at their ends; line ends may change.
fn plain(text: &str) -> String {
    text.trim().replace("\r\n", "\n").replace('\r', "\n")
}

/// `2026-11-22T03:00:00.000+0000`, or with `Z`.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", text)
        .and_then(|parsed| parsed.to_timestamp())
        .or_else(|_| text.parse())
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_orgs_way_of_writing_a_value_is_the_same_value() {
        let cases = [
            (json!("a "), json!("a"), true),
            (json!("a\nb"), json!("a\r\nb"), true),
            (json!(" "), json!(null), true),
            (json!(null), json!(null), true),
            (json!(1), json!(1.0), true),
            (json!("003000000000001"), json!("003000000000001AAA"), true),
            (
                json!("2026-11-22T03:00:00Z"),
                json!("2026-11-22T03:00:00.000+0000"),
                true,
            ),
            (json!("a"), json!("b"), false),
            (json!("a"), json!(null), false),
            (json!(null), json!("a"), false),
            (json!("1"), json!(1), false),
            (
                json!("003000000000001AAA"),
                json!("003000000000002AAA"),
                false,
            ),
        ];
        for (sent, held, same) in cases {
            assert_eq!(is_same(&sent, &held), same, "{sent} {held}");
        }
    }
}
