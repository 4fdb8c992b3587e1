use super::*;
use std::time::{Duration, Instant};

fn id(number: usize) -> RecordId {
    format!("003{number:012}").parse().unwrap()
}

fn seen(number: usize, object: &str, name: &str, detail: &str) -> SeenName {
    SeenName {
        link: Link {
            object: object.to_owned(),
            id: id(number),
            name: name.to_owned(),
        },
        detail: detail.to_owned(),
        opened: None,
    }
}

fn opened(seen: SeenName, second: i64) -> SeenName {
    SeenName {
        opened: Some(Timestamp::from_second(second).unwrap()),
        ..seen
    }
}

fn cache() -> Cache {
    let cache = Cache::in_memory("demo").unwrap();
    cache.bind("00D000000000001AAA").unwrap();
    cache
}

fn recalled(cache: &Cache, text: &str, objects: &[&str]) -> Vec<String> {
    let objects: Vec<String> = objects.iter().map(|name| (*name).to_owned()).collect();
    let found = cache.recall(text, &objects, 10).unwrap();
    found.into_iter().map(|seen| seen.link.name).collect()
}

#[test]
fn starts_come_before_words_before_details_before_insides() {
    let cache = cache();
    cache
        .remember(&[
            seen(1, "Contact", "Malena Gray", "Initech"),
            seen(2, "Contact", "Otto Ray", "Lena & Sons"),
            seen(3, "Contact", "Maria Lena Wirth", ""),
            seen(4, "Contact", "Lena Ortiz", "Acme Holdings plc"),
            seen(5, "Contact", "Nobody", ""),
        ])
        .unwrap();
    let found = recalled(&cache, "LENA", &[]);
    assert_eq!(
        found,
        ["Lena Ortiz", "Maria Lena Wirth", "Otto Ray", "Malena Gray"]
    );
}

#[test]
fn what_is_typed_finds_its_name() {
    let cache = cache();
    cache
        .remember(&[
            seen(1, "Contact", "Lena Ortiz", "Acme Holdings plc"),
            seen(2, "Account", "Acme Holdings plc", "London"),
            seen(3, "Contact", "José Müller-Weiß", ""),
            seen(4, "Case", "00001042", "Printer \"on\" fire"),
            seen(5, "Contact", "山田太郎", ""),
        ])
        .unwrap();
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("l", &["Contact"], &["Lena Ortiz"]),
        ("le or", &[], &["Lena Ortiz"]),
        ("ortiz lena", &[], &["Lena Ortiz"]),
        ("lena acme", &[], &["Lena Ortiz"]),
        ("acme", &["Account"], &["Acme Holdings plc"]),
        ("acme", &["account"], &["Acme Holdings plc"]),
        ("olding", &[], &["Acme Holdings plc"]),
        ("jose mull", &[], &["José Müller-Weiß"]),
        ("MÜLLER", &[], &["José Müller-Weiß"]),
        ("1042", &[], &["00001042"]),
        ("\"on\" fire", &[], &["00001042"]),
        ("山田", &[], &["山田太郎"]),
        ("zzz", &[], &[]),
        ("lena AND NOT", &[], &[]),
        ("*", &[], &[]),
        ("'; DROP TABLE names", &[], &[]),
    ];
    for (typed, objects, names) in cases {
        assert_eq!(&recalled(&cache, typed, objects), names, "{typed}");
    }
}

#[test]
fn nothing_typed_gives_what_was_opened_last() {
    let cache = cache();
    cache
        .remember(&[
            opened(seen(1, "Contact", "First", ""), 10),
            opened(seen(2, "Account", "Second", ""), 20),
            seen(3, "Contact", "Only listed", ""),
            opened(seen(1, "Contact", "First", ""), 30),
        ])
        .unwrap();
    assert_eq!(recalled(&cache, "", &[]), ["First", "Second"]);
    assert_eq!(recalled(&cache, " ", &["Account"]), ["Second"]);
}

#[test]
fn a_changed_name_is_found_under_the_new_one_only() {
    let cache = cache();
    cache
        .remember(&[seen(1, "Contact", "Lena Ortiz", "Acme")])
        .unwrap();
    cache
        .remember(&[seen(1, "Contact", "Lena Marsh", "")])
        .unwrap();
    assert_eq!(recalled(&cache, "ortiz", &[]), [""; 0]);
    let found = cache.recall("marsh", &[], 10).unwrap();
    assert_eq!(found[0].detail, "Acme");
    cache.forget_name(id(1)).unwrap();
    assert_eq!(recalled(&cache, "marsh", &[]), [""; 0]);
}

#[test]
fn being_listed_again_does_not_undo_having_been_opened() {
    let cache = cache();
    cache
        .remember(&[opened(seen(1, "Contact", "Lena", ""), 10)])
        .unwrap();
    cache
        .remember(&[seen(1, "Contact", "Lena", "Acme")])
        .unwrap();
    assert_eq!(recalled(&cache, "", &[]), ["Lena"]);
}

/// The worst of many kinds of query over many names. The bound is loose and the best of
/// three counts: it tells an index from a scan, on a busy machine, without optimisation.
#[test]
fn recall_does_not_slow_down_with_many_names() {
    let firsts = [
        "Anna", "Lena", "Omar", "Priya", "Sven", "Yuki", "Zoe", "Carl",
    ];
    let lasts = [
        "Ortiz", "Gray", "Wirth", "Marsh", "Okafor", "Silva", "Novak",
    ];
    let cache = cache();
    let names: Vec<SeenName> = (0..40_000)
        .map(|n| {
            let name = format!("{} {} {n}", firsts[n % 8], lasts[n % 7]);
            seen(n, "Contact", &name, "Acme Holdings plc")
        })
        .collect();
    cache.remember(&names).unwrap();
    let account = ["Account".to_owned()];
    let contact = ["Contact".to_owned()];
    for text in [
        "l", "le", "lena", "ena", "lena ort", "lena 999", "zzz", "qx", "a p 7", "",
    ] {
        for objects in [&[][..], &account, &contact] {
            let best = (0..3).map(|_| {
                let start = Instant::now();
                cache.recall(text, objects, 50).unwrap();
                start.elapsed()
            });
            let best = best.min().unwrap();
            assert!(
                best < Duration::from_millis(30),
                "{text} {objects:?}: {best:?}"
            );
        }
    }
}
