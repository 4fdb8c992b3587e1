//! Record ids: 15 case-sensitive characters and their 18-character form.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A Salesforce record id, always held in its 18-character form.
///
/// Two ids are equal when their first 15 characters are; the last three only spell the
/// case of those (Salesforce "ID Field Type").
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId([u8; 18]);

/// Why a text is not a record id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Neither 15 nor 18 characters.
    #[error("an id has 15 or 18 characters, this has {0}")]
    Length(usize),
    /// A character outside `A-Z a-z 0-9`.
    #[error("an id has only letters and digits, not `{0}`")]
    Character(char),
    /// The last three characters do not fit the first fifteen.
    #[error("the last three characters should be `{0}`: a letter's case was lost")]
    Checksum(String),
}

impl RecordId {
    /// The 18-character form.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The first three characters, which name the object (`003` Contact).
    pub fn prefix(&self) -> &str {
        &self.as_str()[..3]
    }
}

/// The three characters that spell the case of the fifteen before them.
fn suffix(fifteen: &[u8]) -> [u8; 3] {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    let mut out = [b'A'; 3];
    for (group, chars) in fifteen.chunks(5).take(3).enumerate() {
        let bits = chars
            .iter()
            .enumerate()
            .filter(|(_, c)| c.is_ascii_uppercase())
            .fold(0usize, |bits, (place, _)| bits | (1 << place));
        out[group] = ALPHABET[bits];
    }
    out
}

impl FromStr for RecordId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if let Some(odd) = text.chars().find(|c| !c.is_ascii_alphanumeric()) {
            return Err(IdError::Character(odd));
        }
        let bytes = text.as_bytes();
        if bytes.len() != 15 && bytes.len() != 18 {
            return Err(IdError::Length(bytes.len()));
        }
        let mut id = [0u8; 18];
        id[..15].copy_from_slice(&bytes[..15]);
        let end = suffix(&bytes[..15]);
        id[15..].copy_from_slice(&end);
        if bytes.len() == 18 && bytes[15..] != end {
            return Err(IdError::Checksum(
                String::from_utf8_lossy(&end).into_owned(),
            ));
        }
        Ok(Self(id))
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RecordId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for RecordId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fifteen_characters_get_the_checksum_salesforce_gives() {
        // Ids as Salesforce sent them.
        for id in [
            "0011I00000aCPEAQA4",
            "0011I00000aAsbRQAS",
            "0128M0000004HVOQA2",
            "0tjxx00000001H3AAI",
            "012000000000000AAA",
        ] {
            let short: RecordId = id[..15].parse().unwrap();
            assert_eq!(short.as_str(), id);
            assert_eq!(id.parse(), Ok(short));
            assert_eq!(short.prefix(), &id[..3]);
        }
    }

    #[test]
    fn what_is_no_id_is_refused_with_its_reason() {
        let cases = [
            ("", IdError::Length(0)),
            ("006B000002nBrQ", IdError::Length(14)),
            ("0011I00000aCPEAQ", IdError::Length(16)),
            ("0011I00000aCPE-", IdError::Character('-')),
            ("0011I00000aCPEé", IdError::Character('é')),
            ("0011i00000acpeaqa4", IdError::Checksum("AAA".to_owned())),
        ];
        for (text, want) in cases {
            assert_eq!(text.parse::<RecordId>(), Err(want), "{text}");
        }
    }

    proptest! {
        #[test]
        fn both_lengths_are_one_id_and_a_lost_case_is_noticed(short in "[A-Za-z0-9]{15}") {
            let id: RecordId = short.parse().unwrap();
            prop_assert_eq!(id.as_str().parse(), Ok(id));
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str::<RecordId>(&json).unwrap(), id);
            let lost = id.as_str().to_lowercase();
            if lost[..15] != short {
                prop_assert!(lost.parse::<RecordId>().is_err());
            }
        }

        #[test]
        fn no_text_can_crash_the_reading(text in any::<String>()) {
            let _ = text.parse::<RecordId>();
        }
    }
}
