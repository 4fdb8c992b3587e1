//! Record ids: 15 characters plus a three-letter checksum. Knows nothing of objects.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CHECKS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
/// Stands between key prefix and counter, where an org has its instance.
const INSTANCE: &str = "Wt0";
/// Digits of the counter.
const COUNTER: usize = 9;

/// The record type an object without record types has.
pub const MASTER_RECORD_TYPE: &str = "012000000000000AAA";

/// The 18-character id of the `number`th record under a three-character key prefix.
pub fn record_id(prefix: &str, number: u64) -> String {
    let mut counter = [b'0'; COUNTER];
    let mut rest = number;
    for place in counter.iter_mut().rev() {
        *place = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    let id: String = prefix
        .chars()
        .chain(INSTANCE.chars())
        .chain(counter.iter().map(|&digit| char::from(digit)))
        .collect();
    let suffix = checksum(&id);
    id + &suffix
}

/// The 18-character form of a 15- or 18-character id; `None` when it is neither or
/// its checksum is wrong.
pub fn long_id(id: &str) -> Option<String> {
    if !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    match id.len() {
        15 => Some(format!("{id}{}", checksum(id))),
        18 if checksum(&id[..15]).eq_ignore_ascii_case(&id[15..]) => {
            Some(format!("{}{}", &id[..15], checksum(&id[..15])))
        }
        _ => None,
    }
}

/// One letter per group of five: bit j is set when character j is upper case.
fn checksum(id: &str) -> String {
    id.as_bytes()
        .chunks(5)
        .map(|group| {
            let bits = group
                .iter()
                .enumerate()
                .filter(|(_, byte)| byte.is_ascii_uppercase())
                .fold(0, |bits, (place, _)| bits | 1 << place);
            char::from(CHECKS[bits])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffix_is_the_one_real_orgs_give() {
        for id in [
            "001dM00003kS3BpQAK",
            "001dM00003kRs59QAC",
            "012000000000000AAA",
        ] {
            assert_eq!(long_id(&id[..15]).as_deref(), Some(id));
        }
    }

    #[test]
    fn a_wrong_suffix_or_length_is_no_id() {
        for id in [
            "",
            "001dM00003kS3Bp",
            "001dM00003kS3BpQAC",
            "001dM00003kS3BpQ",
            "001dM00003kS3B!",
        ] {
            assert_eq!(long_id(id).is_some(), id == "001dM00003kS3Bp", "{id}");
        }
    }

    #[test]
    fn ids_are_valid_distinct_and_ordered() {
        let ids: Vec<_> = [0, 1, 61, 62, 3843, 3844, 1_000_000]
            .map(|number| record_id("003", number))
            .into();
        assert!(
            ids.iter().all(|id| long_id(id).as_ref() == Some(id)),
            "{ids:?}"
        );
        assert!(
            ids.windows(2).all(|pair| pair[0][..15] < pair[1][..15]),
            "{ids:?}"
        );
    }
}
