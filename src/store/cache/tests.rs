use super::*;

const ORG: &str = "00D000000000001AAA";

fn entry(value: &str) -> Entry<String> {
    Entry {
        value: value.to_owned(),
        stamp: "Sun, 22 Nov 2026 03:00:00 GMT".to_owned(),
        checked: Timestamp::from_second(1_800_000_000).unwrap(),
    }
}

fn open() -> (tempfile::TempDir, Cache) {
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache::open(dir.path(), "demo").unwrap();
    cache.bind(ORG).unwrap();
    (dir, cache)
}

#[test]
fn an_entry_comes_back_as_it_was_put() {
    let (dir, cache) = open();
    cache.put(Part::Form, "contact", &entry("x")).unwrap();
    assert_eq!(
        cache.entry(Part::Form, "contact").unwrap(),
        Some(entry("x"))
    );
    assert_eq!(cache.entry::<String>(Part::Form, "lead").unwrap(), None);
    assert_eq!(cache.entry::<String>(Part::Page, "contact").unwrap(), None);
    let other = Cache::open(dir.path(), "prod").unwrap();
    assert_eq!(other.entry::<String>(Part::Form, "contact").unwrap(), None);
    let later = Timestamp::from_second(1_900_000_000).unwrap();
    cache.confirm(Part::Form, "contact", later).unwrap();
    let found = cache
        .entry::<String>(Part::Form, "contact")
        .unwrap()
        .unwrap();
    assert_eq!(found.checked, later);
    cache.forget(Part::Form, "contact").unwrap();
    assert_eq!(cache.entry::<String>(Part::Form, "contact").unwrap(), None);
}

#[test]
fn an_entry_of_another_shape_counts_as_missing() {
    let (_dir, cache) = open();
    cache.put(Part::Form, "contact", &entry("x")).unwrap();
    assert_eq!(cache.entry::<u32>(Part::Form, "contact").unwrap(), None);
}

#[test]
fn another_org_under_the_same_connection_sees_nothing_of_the_first() {
    let (_dir, cache) = open();
    cache.put(Part::Objects, "", &entry("x")).unwrap();
    cache.bind(ORG).unwrap();
    assert!(cache.entry::<String>(Part::Objects, "").unwrap().is_some());
    cache.bind("00D000000000002AAA").unwrap();
    assert_eq!(cache.entry::<String>(Part::Objects, "").unwrap(), None);
}

#[test]
fn a_damaged_file_is_built_again() {
    let (dir, cache) = open();
    cache.put(Part::Objects, "", &entry("x")).unwrap();
    drop(cache);
    let path = dir.path().join("cache.db");
    fs::write(&path, vec![7; 50_000]).unwrap();
    let cache = Cache::open(dir.path(), "demo").unwrap();
    cache.bind(ORG).unwrap();
    cache.put(Part::Objects, "", &entry("y")).unwrap();
    assert_eq!(cache.entry(Part::Objects, "").unwrap(), Some(entry("y")));
}

#[test]
fn a_file_that_proves_damaged_while_in_use_is_built_again() {
    let (dir, cache) = open();
    cache
        .put(Part::Objects, "", &entry(&"x".repeat(100_000)))
        .unwrap();
    drop(cache);
    let path = dir.path().join("cache.db");
    let mut bytes = fs::read(&path).unwrap();
    // The header and the schema stay whole, so it opens; the rest is noise.
    let end = bytes.len();
    for byte in &mut bytes[4096..end] {
        *byte = 0xA5;
    }
    fs::write(&path, &bytes).unwrap();
    let cache = Cache::open(dir.path(), "demo").unwrap();
    cache.bind(ORG).unwrap();
    assert_eq!(cache.entry::<String>(Part::Objects, "").unwrap(), None);
    cache.put(Part::Objects, "", &entry("y")).unwrap();
    assert_eq!(cache.entry(Part::Objects, "").unwrap(), Some(entry("y")));
}

#[test]
fn a_cache_in_memory_stands_in() {
    let cache = Cache::in_memory("demo").unwrap();
    cache.bind(ORG).unwrap();
    cache.put(Part::Objects, "", &entry("x")).unwrap();
    assert_eq!(cache.entry(Part::Objects, "").unwrap(), Some(entry("x")));
}

#[test]
fn another_process_that_writes_delays_nobody_for_long() {
    let (dir, cache) = open();
    cache.put(Part::Objects, "", &entry("x")).unwrap();
    let other = Connection::open(dir.path().join("cache.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(cache.entry(Part::Objects, "").unwrap(), Some(entry("x")));
    cache.put(Part::Objects, "", &entry("y")).unwrap();
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(cache.entry(Part::Objects, "").unwrap(), Some(entry("x")));
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let moved = cache.bind("00D000000000002AAA");
    assert!(moved.is_err(), "the wipe must not be left out");
}
