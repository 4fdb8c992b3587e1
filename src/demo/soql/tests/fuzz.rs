//! Hostile statements: half grammar, half noise, as many as asked for. The short run is part
//! of every test run; the long one is
//!
//! `FUZZ_RUNS=10000000 cargo test --profile prove --lib soql::tests::fuzz -- --ignored --nocapture`
//!
//! and prints its seed, which `FUZZ_SEED` takes to repeat it.

use super::org;
use crate::demo::soql::{parse, plan, search};
use crate::demo::sosl::terms;

/// SplitMix64: the same statements from the same seed everywhere.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

const OBJECTS: [&str; 8] = [
    "Account",
    "Contact",
    "Task",
    "Opportunity",
    "ContentVersion",
    "ListView",
    "Lead",
    "Nope",
];
const FIELDS: [&str; 24] = [
    "Id",
    "Name",
    "IsDeleted",
    "CreatedDate",
    "OwnerId",
    "Owner.Name",
    "AccountId",
    "Account.Name",
    "Account.Owner.Profile.Name",
    "What.Name",
    "Who.Type",
    "WhatId",
    "Amount",
    "Industry",
    "Languages__c",
    "MailingAddress",
    "Description",
    "Has_Email__c",
    "Email",
    "LastName",
    "c.Name",
    "a.b.c.d.e.f.g",
    "CloseDate",
    "SFW_Key__c",
];
const VALUES: [&str; 22] = [
    "null",
    "true",
    "'x'",
    "''",
    "'%'",
    "'a\\'b'",
    "'\\\\'",
    "'\\u00e9'",
    "0",
    "-1.5e3",
    "1e999",
    "99999999999999999999",
    "2026-11-22",
    "2026-11-22T10:00:00Z",
    "TODAY",
    "LAST_N_DAYS:3",
    "N_FISCAL_QUARTERS_AGO:99999999999",
    "USD5000",
    "13:45:00.000Z",
    "'001000000000000AAA'",
    "THIS_FISCAL_YEAR",
    "0001-01-01T00:00:00Z",
];
const FUNCTIONS: [&str; 16] = [
    "COUNT",
    "SUM",
    "AVG",
    "MIN",
    "MAX",
    "COUNT_DISTINCT",
    "GROUPING",
    "CALENDAR_YEAR",
    "HOUR_IN_DAY",
    "DAY_ONLY",
    "convertTimezone",
    "toLabel",
    "FORMAT",
    "convertCurrency",
    "FIELDS",
    "x",
];
const NOISE: [&str; 22] = [
    "(",
    ")",
    ",",
    "'",
    "\\",
    "\"",
    "{",
    "}",
    " ",
    "\n",
    "é",
    "\u{10FFFF}",
    "\0",
    "SELECT",
    "NOT",
    "AND",
    "OR",
    "FROM",
    ":",
    "ALL ROWS",
    "*",
    "?",
];

/// What most objects have, so that many statements are right.
const COMMON: [&str; 6] = [
    "Id",
    "Name",
    "OwnerId",
    "CreatedDate",
    "Owner.Name",
    "IsDeleted",
];
const RIGHT: [&str; 8] = [
    "Name LIKE 'a%'",
    "IsDeleted = false",
    "CreatedDate > LAST_N_DAYS:3",
    "OwnerId != null",
    "Owner.Name IN ('x', null)",
    "CALENDAR_YEAR(CreatedDate) = 2026",
    "Id NOT IN (SELECT AccountId FROM Contact WHERE Email != null)",
    "Name = 'it\\'s'",
];

fn field(chance: &mut Chance, depth: usize) -> String {
    if !chance.one_in(6) {
        return chance.of(&COMMON).to_owned();
    }
    if depth > 0 && chance.one_in(5) {
        let function = chance.of(&FUNCTIONS);
        return format!("{function}({})", field(chance, depth - 1));
    }
    chance.of(&FIELDS).to_owned()
}

fn condition(chance: &mut Chance, depth: usize) -> String {
    match if depth == 0 { 4 } else { chance.below(8) } {
        0 => format!("({})", condition(chance, depth - 1)),
        1 => format!("NOT {}", condition(chance, depth - 1)),
        2 | 3 => {
            let word = chance.of(&[" AND ", " OR "]);
            let parts: Vec<String> = (0..=chance.below(3))
                .map(|_| condition(chance, depth - 1))
                .collect();
            parts.join(word)
        }
        4 if !chance.one_in(4) => chance.of(&RIGHT).to_owned(),
        4 | 5 => format!(
            "{} {} {}",
            field(chance, 1),
            chance.of(&["=", "!=", "<", ">=", "LIKE", "<>"]),
            chance.of(&VALUES)
        ),
        6 => format!(
            "{} {} ({})",
            field(chance, 0),
            chance.of(&["IN", "NOT IN", "INCLUDES", "EXCLUDES"]),
            chance.of(&VALUES)
        ),
        _ => format!("{} IN ({})", field(chance, 0), query(chance, depth - 1)),
    }
}

fn query(chance: &mut Chance, depth: usize) -> String {
    let mut items: Vec<String> = (0..=chance.below(4))
        .map(|_| match if depth == 0 { 0 } else { chance.below(8) } {
            6 => format!("({})", query(chance, depth - 1)),
            7 => format!(
                "TYPEOF What WHEN {} THEN {} ELSE Name END",
                chance.of(&OBJECTS),
                field(chance, 0)
            ),
            _ => field(chance, depth.min(2)),
        })
        .collect();
    if !chance.one_in(8) {
        items.sort_unstable();
        items.dedup();
    }
    let from = chance.of(&[
        "Account",
        "Contact",
        "Contacts",
        "Opportunities",
        "Task",
        "Contact c",
    ]);
    let mut text = format!("SELECT {} FROM {from}", items.join(", "));
    if chance.one_in(2) {
        text.push_str(&format!(" WHERE {}", condition(chance, depth.min(3))));
    }
    if chance.one_in(10) {
        let by = field(chance, 1);
        let by = match chance.below(4) {
            0 => format!("ROLLUP({by}, Name)"),
            1 => format!("CUBE({by})"),
            _ => by,
        };
        text.push_str(&format!(" GROUP BY {by}"));
        if chance.one_in(2) {
            text.push_str(&format!(" HAVING {}", condition(chance, 1)));
        }
    }
    if chance.one_in(3) {
        let by = field(chance, 1);
        text.push_str(&format!(" ORDER BY {by} DESC NULLS LAST, Id"));
    }
    for (word, one_in) in [("LIMIT", 4), ("OFFSET", 8)] {
        if chance.one_in(one_in) {
            let count = chance.of(&["0", "1", "2000", "2001", "18446744073709551616", "-1"]);
            text.push_str(&format!(" {word} {count}"));
        }
    }
    text
}

fn find(chance: &mut Chance) -> String {
    let words: Vec<&str> = (0..chance.below(6))
        .map(|_| {
            chance.of(&[
                "lena", "or*", "l?n", "AND", "OR", "NOT", "\"a b\"", "(", ")", "\\}", "é*", "&",
            ])
        })
        .collect();
    format!(
        "FIND {{{}}} IN {} FIELDS RETURNING {}({} WHERE {} LIMIT 5), Contact WITH METADATA = 'LABELS' LIMIT 9",
        words.join(" "),
        chance.of(&["ALL", "NAME", "PHONE", "X"]),
        chance.of(&OBJECTS),
        field(chance, 1),
        condition(chance, 2)
    )
}

/// Takes away, doubles, swaps and puts in pieces anywhere.
fn spoiled(chance: &mut Chance, mut text: String) -> String {
    for _ in 0..chance.below(4) {
        let cut = |chance: &mut Chance, text: &str| {
            let at = chance.below(text.len() + 1);
            text.floor_char_boundary(at)
        };
        let (a, b) = (cut(chance, &text), cut(chance, &text));
        let (a, b) = (a.min(b), a.max(b));
        text = match chance.below(5) {
            0 => format!("{}{}", &text[..a], &text[b..]),
            1 => format!("{}{}", &text[..b], &text[a..]),
            2 => format!("{}{}{}", &text[..a], chance.of(&NOISE), &text[a..]),
            3 => {
                let piece = chance.of(&[
                    "(",
                    "NOT ",
                    "a(",
                    "(SELECT Id FROM Contacts ",
                    "x,",
                    "a.",
                    "))",
                ]);
                format!(
                    "{}{}{}",
                    &text[..a],
                    piece.repeat(chance.below(200)),
                    &text[a..]
                )
            }
            _ => format!("{}{}", &text[b..], &text[..b]),
        };
        if text.len() > 4_000 {
            text.truncate(text.floor_char_boundary(4_000));
        }
    }
    text
}

/// How far the statements of a run came.
#[derive(Debug, Default)]
struct Tally {
    parsed: u64,
    planned: u64,
    prepared: u64,
    searches: u64,
}

/// One statement through everything that reads it; every `prepare`th plan goes to SQLite too.
fn execute(chance: &mut Chance, prepare: u64, tally: &mut Tally) {
    if chance.one_in(4) {
        let source = find(chance);
        let source = if chance.one_in(2) {
            source
        } else {
            spoiled(chance, source)
        };
        match search::parse(&source) {
            Err(fault) => drop(fault.refusal(&source)),
            Ok(found) => {
                tally.searches += 1;
                let both = [terms::read(&found.text), terms::plain(&found.text)];
                for words in both.into_iter().flatten() {
                    words.index(&|_| Ok::<_, ()>(Vec::new())).unwrap();
                }
            }
        }
        return;
    }
    let depth = 1 + chance.below(3);
    let source = query(chance, depth);
    let source = if chance.one_in(2) {
        source
    } else {
        spoiled(chance, source)
    };
    let query = match parse(&source) {
        Ok(query) => query,
        Err(fault) => return drop(fault.refusal(&source)),
    };
    tally.parsed += 1;
    org(|world, db| {
        let plan = match plan::plan(world, &query) {
            Ok(plan) => plan,
            Err(fault) => return drop(fault.refusal(&source)),
        };
        tally.planned += 1;
        if tally.planned.is_multiple_of(prepare) {
            let statement = db.prepare(&plan.sql());
            let statement = statement.unwrap_or_else(|fault| panic!("{source}: {fault}"));
            assert_eq!(statement.parameter_count(), plan.values.len(), "{source}");
            tally.prepared += 1;
        }
    });
}

fn run(seed: u64, runs: u64, prepare: u64) -> Tally {
    let mut tally = Tally::default();
    for number in 0..runs {
        // Each statement has a seed of its own, so that one can be repeated alone.
        let own = seed.wrapping_add(number);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            execute(&mut Chance(own), prepare, &mut tally);
        }));
        assert!(caught.is_ok(), "FUZZ_SEED={own} FUZZ_RUNS=1 repeats it");
    }
    tally
}

#[test]
fn hostile_statements_are_answered_or_refused() {
    let tally = run(20_261_125, 4_000, 5);
    assert!(
        tally.planned > 200 && tally.prepared > 40 && tally.searches > 200,
        "{tally:?}"
    );
}

#[test]
#[ignore = "minutes long; see the module's first lines"]
fn ten_million_hostile_statements() {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let runs = number("FUZZ_RUNS").unwrap_or(10_000_000);
    let seed = number("FUZZ_SEED").unwrap_or_else(|| {
        u64::try_from(jiff::Timestamp::now().as_nanosecond() & i128::from(i64::MAX)).unwrap()
    });
    println!("seed {seed}, {runs} statements");
    let started = std::time::Instant::now();
    let tally = run(seed, runs, 100);
    println!("{runs} statements in {:?}: {tally:?}", started.elapsed());
}
