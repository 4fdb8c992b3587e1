//! A time zone by its name. Reads that zone's file alone: the library's own look-up
//! first reads the names of all zones, which a command that takes milliseconds feels.

use std::path::Path;

use jiff::tz::TimeZone;

/// Where systems keep their zones.
const FOLDERS: [&str; 2] = ["/usr/share/zoneinfo", "/etc/zoneinfo"];

/// The zone of an IANA name such as `Europe/London`; the machine's where there is none.
pub fn named(name: &str) -> TimeZone {
    from_file(name)
        .or_else(|| TimeZone::get(name).ok())
        .unwrap_or_else(TimeZone::system)
}

fn from_file(name: &str) -> Option<TimeZone> {
    // The name comes from the org: it must not lead out of the folder.
    let is_plain = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))
    };
    if !name.split('/').all(is_plain) {
        return None;
    }
    let read = |folder: &&str| std::fs::read(Path::new(folder).join(name)).ok();
    let bytes = FOLDERS.iter().find_map(read)?;
    TimeZone::tzif(name, &bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_elsewhere_is_no_file() {
        for name in [
            "../../etc/passwd",
            "/etc/passwd",
            "",
            "Europe//London",
            "a\\b",
        ] {
            assert!(from_file(name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_zone_keeps_its_offset_by_either_way() {
        let noon = jiff::civil::date(2026, 7, 1).at(12, 0, 0, 0);
        let by_library = TimeZone::get("America/New_York").expect("a zone of the library");
        let at = |zone: TimeZone| noon.to_zoned(zone).expect("a moment").timestamp();
        assert_eq!(at(named("America/New_York")), at(by_library));
    }
}
