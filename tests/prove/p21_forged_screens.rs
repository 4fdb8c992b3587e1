//! P21: no text of anybody's can forge a screen: whatever stands in records, only
//! sequences of ours reach the terminal.

use serde_json::{Map, Value, json};

use crate::desk::{Desk, ESC};
use crate::fuzz::Random;
use crate::proof::{Cost, Promise, Tier};
use crate::pty::Terminal;

/// What this file proves.
pub const PROMISES: &[Promise] = &[Promise {
    name: "p21_screens_cannot_be_forged",
    says: "texts in records cannot forge a screen",
    proof,
}];

/// Text fields of a contact and how much they take.
const FIELDS: [(&str, usize); 9] = [
    ("FirstName", 40),
    ("Title", 128),
    ("Department", 80),
    ("AssistantName", 40),
    ("MailingStreet", 255),
    ("MailingCity", 40),
    ("Description", 400),
    ("Greeting__c", 255),
    ("Interests__c", 400),
];

/// What a terminal might obey, or a reader be fooled by.
const PIECES: &[&str] = &[
    "\u{1b}[2J",
    "\u{1b}[H",
    "\u{1b}[31m",
    "\u{1b}]0;title\u{7}",
    "\u{1b}]52;c;eA==\u{7}",
    "\u{1b}P$q\u{1b}\\",
    "\u{1b}c",
    "\u{1b}[?1049l",
    "\u{1b}[6n",
    "\u{1b}[>0c",
    "\u{1b}[200~",
    "\u{9b}2J",
    "\u{9d}52;c;eA==\u{9c}",
    "\u{90}",
    "\u{7}",
    "\u{8}\u{8}\u{8}",
    "\r",
    "\n",
    "\t",
    "\u{b}",
    "\u{c}",
    "\u{7f}",
    "\u{202e}",
    "\u{202d}",
    "\u{2066}",
    "\u{2069}",
    "\u{200b}",
    "\u{200d}",
    "\u{feff}",
    "\u{ad}",
    "\u{e0041}",
    "e\u{301}\u{301}\u{301}",
    "\u{1f468}\u{200d}\u{1f469}",
    "\u{5168}\u{89d2}",
    "\u{ff21}",
    "\u{fffd}",
    "plain",
    "words",
    " ",
    "[PROD]",
    "\u{2502}",
    "y/n",
];

/// Sequences that we write ourselves: CSI with these last letters, and these modes.
const FINALS: &str = "ABCDGHJKXdm";
const MODES: [&str; 6] = ["1049", "25", "2004", "2026", "7", "12"];

fn proof(tier: Tier) -> Cost {
    let batches = tier.of(4, 5_000 / FIELDS.len() as u64 + 1);
    let desk = Desk::new();
    the_watch_is_awake();
    let mut random = Random::new(21);
    let mut stray = 0;
    for batch in 0..batches {
        let name = format!("Forger{batch:04}");
        let id = desk.make("Contact", &contact(&name, &mut random));
        let task = json!({"Subject": hostile(&mut random, 200), "WhoId": id,
            "Description": hostile(&mut random, 400), "ActivityDate": "2026-12-01"});
        desk.make("Task", &task);
        let mut screens = desk.screens((80, 24));
        tour(&mut screens, &name, &id);
        if let Some(found) = foreign(&screens.raw) {
            eprintln!("batch {batch}: {found}");
            stray += 1;
        }
    }
    Cost {
        faults: batches * (FIELDS.len() as u64 + 2),
        lost: stray,
        ..Cost::default()
    }
    .noted("lost counts screens with a sequence or character that is not ours")
}

fn contact(name: &str, random: &mut Random) -> Value {
    let mut fields = Map::new();
    fields.insert("LastName".to_owned(), json!(name));
    for (field, room) in FIELDS {
        fields.insert(field.to_owned(), json!(hostile(random, room)));
    }
    Value::Object(fields)
}

/// A text of at most `room` characters, starting with a letter so that it is no blank.
fn hostile(random: &mut Random, room: usize) -> String {
    let mut text = String::from("x");
    for _ in 0..=random.below(6) {
        let piece = random.one(PIECES);
        if text.chars().count() + piece.chars().count() <= room {
            text.push_str(piece);
        }
    }
    text
}

/// Every place that shows a record's texts.
fn tour(screens: &mut Terminal, name: &str, id: &str) {
    screens.wait("[1 Search]");
    screens.send(name);
    // Its first name may leave no room for the last one.
    screens.wait(" 1 hit ");
    screens.send("\x15");
    screens.send(id);
    screens.wait(id);
    screens.send("\r");
    screens.wait("[2 Record]");
    screens.wait("loaded ");
    for keys in [
        "z", "j", "j", "G", "]", "]", "]", "i", ESC, "e", ESC, "c", ESC,
    ] {
        screens.send(keys);
        screens.settle();
    }
    screens.send("d");
    screens.settle();
    screens.send("n");
    screens.settle();
    screens.send("3");
    screens.settle();
    screens.send("4");
    screens.settle();
}

/// The first thing in the output that is neither text for cells nor a sequence of ours.
fn foreign(raw: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(raw) {
        Ok(text) => text,
        Err(error) => return Some(format!("no UTF-8: {error}")),
    };
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        rest = &rest[sign.len_utf8()..];
        let shown = || {
            format!(
                "{sign:?} before {:?}",
                rest.chars().take(20).collect::<String>()
            )
        };
        match sign {
            '\u{1b}' => match sequence(rest) {
                Some(after) => rest = after,
                None => return Some(shown()),
            },
            '\r' | '\n' => {}
            _ if sign.is_control() || is_invisible(sign) => return Some(shown()),
            _ => {}
        }
    }
    None
}

/// Each of these would be noticed.
fn the_watch_is_awake() {
    for piece in PIECES.iter().filter(|piece| piece.contains('\u{1b}')) {
        assert!(foreign(format!("text {piece}").as_bytes()).is_some() || own(piece));
    }
    for sign in [
        "\u{9b}2J",
        "\u{7}",
        "\t",
        "\u{202e}",
        "\u{200b}",
        "\u{e0041}",
    ] {
        assert!(foreign(sign.as_bytes()).is_some(), "{sign:?}");
    }
    assert_eq!(
        foreign("\u{1b}[?2026h\u{1b}[1;31mwords\u{1b}[0m".as_bytes()),
        None
    );
}

/// Some of the hostile pieces look like ours: only their number or place would tell.
fn own(piece: &str) -> bool {
    ["\u{1b}[2J", "\u{1b}[H", "\u{1b}[31m", "\u{1b}[?1049l"].contains(&piece)
}

/// What follows one of our own sequences.
fn sequence(rest: &str) -> Option<&str> {
    let body = rest.strip_prefix('[')?;
    let end = body.find(|sign: char| sign.is_ascii_alphabetic())?;
    let (parameters, last) = (&body[..end], &body[end..=end]);
    let own = match parameters.strip_prefix('?') {
        Some(mode) => (last == "h" || last == "l") && MODES.contains(&mode),
        None => {
            FINALS.contains(last)
                && parameters
                    .chars()
                    .all(|sign| sign.is_ascii_digit() || ";:".contains(sign))
        }
    };
    own.then(|| &body[end + 1..])
}

/// Turns the reading direction, or takes no room and hides what stands beside it.
fn is_invisible(sign: char) -> bool {
    matches!(sign, '\u{ad}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}
