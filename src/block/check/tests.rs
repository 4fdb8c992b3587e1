use crate::block::tests::kit::{self, PARTNER, PERSON, block, run};
use crate::domain::block::{Block, DateOrder, Operation};

/// What one cell becomes: the text that is sent, or what is wrong with it.
fn cell(column: &str, text: &str, block: Block) -> Result<String, String> {
    let quoted = text.replace('"', "\"\"");
    let run = run(
        &format!("Key__c,LastName,{column}\nK,L,\"{quoted}\"\n"),
        block,
    );
    match run.prepared.counts.ready {
        1 => {
            let part = run.part(1);
            let line = part.split_once('\n').unwrap().1;
            Ok(line.strip_prefix("K,L,").unwrap().trim_end().to_owned())
        }
        _ => {
            let found = &run.prepared.findings[0];
            Err(format!("{}; {}", found.problem, found.suggestion))
        }
    }
}

#[test]
fn every_type_takes_the_org_s_own_form_and_what_can_mean_only_that() {
    let cases = [
        ("Email", " lena@example.com ", "lena@example.com"),
        ("Birthdate", "2024-02-29", "2024-02-29"),
        ("Birthdate", "2024-02-29 00:00:00", "2024-02-29"),
        ("Seen__c", "2026-05-01T07:25:37Z", "2026-05-01T07:25:37Z"),
        (
            "Seen__c",
            "2026-05-01T07:25:37.000+0200",
            "2026-05-01T07:25:37.000+0200",
        ),
        (
            "Seen__c",
            "2026-05-01 07:25:37+02:00",
            "2026-05-01T05:25:37Z",
        ),
        ("Seen__c", "2024-07-30 20:54:16 UTC", "2024-07-30T20:54:16Z"),
        ("At__c", "9:05", "09:05:00.000Z"),
        ("Score__c", "-123.45", "-123.45"),
        ("Score__c", "1.5e2", "150"),
        ("Score__c", "1.", "1"),
        ("Score__c", "000123.4500", "000123.4500"),
        ("Share__c", "50 %", "50"),
        ("Count__c", "5.0", "5"),
        ("Agreed__c", "TRUE", "true"),
        ("Agreed__c", "No", "false"),
        ("Source__c", "web", "web"),
        ("Source__c", "web site", "web"),
        ("Free__c", "anything, else", "\"anything, else\""),
        ("Tags__c", "Alpha; b;", "a;b"),
        ("Tags__c", "c,d", "\"c,d\""),
        ("Notes__c", " two\nlines, kept ", "\" two\nlines, kept \""),
        ("AccountId", "001000000000001", "001000000000001AAA"),
        ("RecordTypeId", "partner", PARTNER),
        ("Account.Code__c", "A1", "A1"),
    ];
    for (column, text, want) in cases {
        let got = cell(column, text, block());
        // The line was trimmed at its end; a quoted cell is as it stands.
        assert_eq!(got.as_deref(), Ok(want.trim_end()), "{column} {text:?}");
    }
}

const REFUSED: &[(&str, &str, &str)] = &[
    (
        "Email",
        "bob@",
        "not an e-mail address; write name@example.com",
    ),
    ("Birthdate", "2025-02-29", "not a date; write 2026-02-28"),
    ("Birthdate", "03/04/2026", "day and month could be mixed up"),
    ("Birthdate", "2025-02-28T00:00:00Z", "not a date"),
    (
        "Birthdate",
        "1066-10-14",
        "date out of range; dates go from 1700-01-01",
    ),
    ("Seen__c", "2026-05-01", "a time is missing"),
    ("Seen__c", "2026-05-01T07:25:37", "a time without a zone"),
    ("Seen__c", "2026-05-01T25:25:37Z", "not a date and time"),
    ("At__c", "25:00", "not a time"),
    ("Score__c", "1,5", "not a number"),
    ("Score__c", "1.005", "too many decimals; at most 2"),
    (
        "Score__c",
        "1234",
        "too large; at most 3 digits before the point",
    ),
    ("Score__c", "€5", "not a number"),
    ("Count__c", "5.5", "not a whole number"),
    ("Count__c", "1000", "too large; at most 3 digits"),
    ("Agreed__c", "perhaps", "neither true nor false"),
    (
        "Source__c",
        "fairr",
        "not in the pick list; did you mean `fair`?",
    ),
    ("Source__c", "fax", "pick-list value is inactive"),
    (
        "Tags__c",
        "a;zzz",
        "not in the pick list; one of `a`, `b`, `c,d`",
    ),
    ("Free__c", "a\u{7}b", "has a control character"),
    ("Notes__c", "a\u{85}b", "has a control character"),
    (
        "AccountId",
        "Acme",
        "not a record id; an id has 15 or 18 characters, this has 4; a column `Account.KeyField`",
    ),
    (
        "AccountId",
        "001000000000001aaa",
        "not a record id; the last three",
    ),
    (
        "AccountId",
        "003000000000001AAA",
        "id of another object; is of Contact, takes Account",
    ),
    (
        "OwnerId",
        "003000000000001AAA",
        "id of another object; is of Contact, takes Group or User",
    ),
    (
        "RecordTypeId",
        "Patrner",
        "not a record id; no record type has that name",
    ),
    (
        "Account.Code__c",
        "A12345",
        "too long; at most 5 characters fit",
    ),
];

#[test]
fn what_a_field_cannot_hold_is_refused_with_what_would_fit() {
    let mut wrong = Vec::new();
    for (column, text, want) in REFUSED {
        let got = cell(column, text, block());
        if !matches!(&got, Err(got) if got.starts_with(want)) {
            wrong.push(format!("{column} {text:?}: {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let long = run(&format!("Key__c,LastName\nK,{}\n", "é".repeat(21)), block());
    assert_eq!(long.prepared.findings[0].problem, "too long");
    let fits = run(&format!("Key__c,LastName\nK,{}\n", "é".repeat(20)), block());
    assert_eq!(fits.prepared.counts.ready, 1);
}

#[test]
fn a_declared_order_and_zone_settle_what_was_ambiguous() {
    let mut declared = block();
    declared.read.dates = Some(DateOrder::DayMonth);
    declared.read.zone = Some("Europe/London".to_owned());
    for (column, text, want) in [
        ("Birthdate", "3/4/2026", "2026-04-03"),
        ("Birthdate", "31.12.2026", "2026-12-31"),
        ("Seen__c", "2026-06-01T07:00:00", "2026-06-01T06:00:00Z"),
        ("Seen__c", "01/06/2026 7:00", "2026-06-01T06:00:00Z"),
    ] {
        assert_eq!(
            cell(column, text, declared.clone()).as_deref(),
            Ok(want),
            "{text}"
        );
    }
    // Skipped in spring, twice in autumn.
    for text in ["2026-03-29T01:30:00", "2026-10-25T01:30:00"] {
        let got = cell("Seen__c", text, declared.clone()).unwrap_err();
        assert!(
            got.starts_with("a time the clocks skip or show twice"),
            "{got}"
        );
    }
    declared.read.zone = Some("Europe/Lodnon".to_owned());
    let why = kit::failure("Key__c,LastName\nK,L\n", declared);
    assert!(
        why.contains("no time zone is called `Europe/Lodnon`"),
        "{why}"
    );
}

#[test]
fn lists_follow_their_controlling_field_and_the_record_type() {
    let insert = || Block {
        key: None,
        operation: Operation::Insert,
        ..block()
    };
    let ready = |header: &str, row: &str, block: Block| {
        run(&format!("{header}\n{row}\n"), block)
            .prepared
            .counts
            .ready
            == 1
    };
    let both = "Key__c,LastName,Source__c,Detail__c";
    assert!(ready(both, "K,L,web,banner", block()));
    assert!(!ready(both, "K,L,fair,banner", block()));
    assert!(!ready(both, "K,L,#N/A,banner", block()));
    // What a row leaves as it is on a record that is there is not known.
    assert!(ready(both, "K,L,,banner", block()));
    assert!(ready("Key__c,LastName,Detail__c", "K,L,banner", block()));
    let typed = "LastName,RecordTypeId,Source__c";
    assert!(ready(typed, &format!("L,{PERSON},web"), insert()));
    assert!(!ready(typed, &format!("L,{PARTNER},web"), insert()));
    assert!(!ready(typed, "L,Partner,web", insert()));
    assert!(ready(typed, "L,Partner,fair", insert()));
    assert!(ready("LastName,Source__c", "L,web", insert()));
}

#[test]
fn what_must_not_be_empty_is_not_emptied() {
    for (row, problem) in [
        ("K,#N/A", "required field would be emptied"),
        ("K,", "required field is empty"),
        ("#N/A,L", "no key"),
    ] {
        let run = run(&format!("Key__c,LastName\n{row}\n"), block());
        assert_eq!(run.prepared.findings[0].problem, problem, "{row}");
    }
    assert_eq!(cell("Agreed__c", "#N/A", block()).as_deref(), Ok("false"));
    let other_token = Block {
        clear_token: "NULL".to_owned(),
        ..block()
    };
    assert_eq!(
        cell("Email", "NULL", other_token.clone()).as_deref(),
        Ok("#N/A")
    );
    let text = cell("Notes__c", "#N/A", other_token).unwrap_err();
    assert!(
        text.starts_with("text that the org reads as empty"),
        "{text}"
    );
    let updates = Block {
        operation: Operation::Update,
        ..block()
    };
    let run = run("Key__c,LastName,Email\nK,,a@b.example\n", updates);
    assert_eq!(run.prepared.counts.ready, 1, "an update leaves it as it is");
}
