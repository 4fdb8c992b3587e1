//! A record id or a record's address in the search line: opens that record directly.

use crate::app::org::Org;
use crate::domain::id::RecordId;
use crate::domain::record::Link;
use crate::job::Hit;

/// The record that the text names by id or address. Words may have 15 letters too: an id
/// has the prefix of an object of the org, or a digit while the objects are not known.
pub fn record(text: &str, org: &Org) -> Option<Hit> {
    let id = in_address(text).or_else(|| text.trim().parse().ok())?;
    let object = org.object_of_prefix(id.prefix());
    let has_digit = || id.prefix().contains(|c: char| c.is_ascii_digit());
    if object.is_none() && !(org.objects.is_empty() && has_digit()) {
        return None;
    }
    Some(Hit {
        link: Link {
            object: object
                .map_or("Record", |object| &object.api_name)
                .to_owned(),
            id,
            name: id.to_string(),
        },
        detail: "Enter opens this id".to_owned(),
        cached: false,
    })
}

/// The id in an address such as `https://acme.lightning.force.com/lightning/r/Contact/003…/view`
/// or `https://acme.my.salesforce.com/003…`.
fn in_address(text: &str) -> Option<RecordId> {
    let (_, rest) = text.trim().split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    path.split(['/', '?', '&', '=', '#', '%'])
        .find_map(|part| part.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testkit::page::org;

    #[test]
    fn ids_and_addresses_open_directly_and_words_do_not() {
        let lena = "0035e00000AbCdEAAV";
        let cases = [
            ("0035e00000AbCdE", Some(lena)),
            (" 0035e00000AbCdEAAV\n", Some(lena)),
            (
                "https://acme.lightning.force.com/lightning/r/Contact/0035e00000AbCdEAAV/view",
                Some(lena),
            ),
            ("https://acme.my.salesforce.com/0035e00000AbCdE", Some(lena)),
            ("congratulations", None),
            ("0035e00000AbCdEAAA", None),
            ("zzz5e00000AbCdE", None),
            ("lena", None),
        ];
        for (text, expected) in cases {
            let found = record(text, &org());
            let id = found.map(|hit| hit.link.id.to_string());
            assert_eq!(id.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn before_the_objects_are_known_a_prefix_with_a_digit_is_an_id() {
        let unknown = Org::default();
        assert!(record("0035e00000AbCdE", &unknown).is_some());
        assert_eq!(record("congratulations", &unknown), None);
    }
}
