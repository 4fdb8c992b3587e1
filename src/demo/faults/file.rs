//! The faults file: TOML to rules. What it does not understand it refuses, with the place
//! and what would have been right. `assets/demo/faults.example.toml` describes the form.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::rule::{Action, Answer, Ending, Fault, Lock, Moment, Rules, Turn, When};

/// Longest wait, in milliseconds: ten minutes, as long as a call may run.
const LONGEST: u64 = 600_000;

/// Why a faults file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct FileFault {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// What is wrong, and what is allowed.
    pub problem: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    allowance: Option<u64>,
    #[serde(default)]
    rotate_refresh_tokens: bool,
    #[serde(default)]
    fault: Vec<Spanned<FaultTable>>,
    #[serde(default)]
    lock: Vec<LockTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultTable {
    method: Option<String>,
    path: Option<Spanned<String>>,
    text: Option<String>,
    nth: Option<Spanned<u64>>,
    every: Option<Spanned<u64>>,
    times: Option<u64>,
    chance: Option<Spanned<f64>>,
    seed: Option<u64>,
    r#do: Spanned<String>,
    when: Option<Spanned<String>>,
    ms: Option<Spanned<Millis>>,
    page: Option<Spanned<String>>,
    status: Option<Spanned<u16>>,
    headers: Option<Spanned<BTreeMap<String, String>>>,
    body: Option<Spanned<String>>,
    at: Option<Spanned<usize>>,
    then: Option<Spanned<String>>,
    refresh: Option<Spanned<bool>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockTable {
    row: Option<Spanned<String>>,
    object: Option<String>,
    nth: Option<Spanned<u64>>,
    every: Option<Spanned<u64>>,
    times: Option<u64>,
    chance: Option<Spanned<f64>>,
    seed: Option<u64>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(
    untagged,
    expecting = "expected milliseconds, `200`, or two bounds, `[100, 400]`"
)]
enum Millis {
    Fixed(u64),
    Range([u64; 2]),
}

/// Where in the file, and what is wrong there.
type Wrong = (Range<usize>, String);

/// Actions and the keys each takes beside those that say when.
const ACTIONS: [(&str, &[&str]); 9] = [
    ("delay", &["ms", "when"]),
    ("answer", &["page", "status", "headers", "body"]),
    ("drop", &["when"]),
    ("reset", &["when"]),
    ("stall", &["when"]),
    ("cut", &["at", "then"]),
    ("drip", &["ms"]),
    ("expire", &["refresh"]),
    ("exhaust", &[]),
];

impl Rules {
    /// Reads a faults file.
    ///
    /// # Errors
    /// The first place that is wrong.
    pub fn parse(text: &str) -> Result<Self, FileFault> {
        let place = |(span, problem): Wrong| placed(text, &span, problem);
        let file: File = toml::from_str(text)
            .map_err(|fault| place((fault.span().unwrap_or(0..0), fault.message().to_owned())))?;
        let faults = file.fault.iter().map(fault).collect::<Result<_, _>>();
        let locks = file.lock.iter().map(lock).collect::<Result<_, _>>();
        Ok(Self {
            faults: faults.map_err(place)?,
            locks: locks.map_err(place)?,
            allowance: file.allowance,
            rotate_refresh_tokens: file.rotate_refresh_tokens,
        })
    }
}

fn placed(text: &str, span: &Range<usize>, problem: String) -> FileFault {
    let before = text.get(..span.start).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    FileFault {
        line: before.matches('\n').count() + 1,
        column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        problem,
    }
}

fn fault(table: &Spanned<FaultTable>) -> Result<Fault, Wrong> {
    let whole = table.span();
    let table = table.get_ref();
    let action = known(&table.r#do, &ACTIONS.map(|(name, _)| name))?;
    refuse_strange(table, action)?;
    if let Some(path) = &table.path
        && !path.get_ref().starts_with(['/', '*'])
    {
        let text = "a path starts with / or *, as in \"*/sobjects/Account/*\"";
        return Err((path.span(), text.into()));
    }
    let when = When {
        method: table.method.clone(),
        path: table.path.as_ref().map(|path| path.get_ref().clone()),
        text: table.text.clone(),
        turn: turn(
            [&table.nth, &table.every],
            table.times,
            table.chance.as_ref(),
            table.seed,
        )?,
    };
    let then = act(table, action).map_err(|(span, text)| (span.unwrap_or(whole), text))?;
    Ok(Fault { when, then })
}

/// Keys that belong to another action.
fn refuse_strange(table: &FaultTable, action: &str) -> Result<(), Wrong> {
    let allowed = ACTIONS
        .iter()
        .find(|(name, _)| *name == action)
        .map_or(&[][..], |(_, keys)| keys);
    let given = [
        ("when", table.when.as_ref().map(Spanned::span)),
        ("ms", table.ms.as_ref().map(Spanned::span)),
        ("page", table.page.as_ref().map(Spanned::span)),
        ("status", table.status.as_ref().map(Spanned::span)),
        ("headers", table.headers.as_ref().map(Spanned::span)),
        ("body", table.body.as_ref().map(Spanned::span)),
        ("at", table.at.as_ref().map(Spanned::span)),
        ("then", table.then.as_ref().map(Spanned::span)),
        ("refresh", table.refresh.as_ref().map(Spanned::span)),
    ];
    for (key, span) in given {
        if let Some(span) = span.filter(|_| !allowed.contains(&key)) {
            let takes = match allowed {
                [] => "nothing".to_owned(),
                keys => keys.join(", "),
            };
            let text = format!("`{key}` is not for do = \"{action}\", which takes {takes}");
            return Err((span, text));
        }
    }
    Ok(())
}

/// What a table says is done; a problem without a place is the whole table's.
fn act(table: &FaultTable, action: &str) -> Result<Action, (Option<Range<usize>>, String)> {
    let placed = |(span, text): Wrong| (Some(span), text);
    let moment = moment(table.when.as_ref()).map_err(placed)?;
    let waits = || {
        let missing = || (None, format!("do = \"{action}\" needs `ms`"));
        waits(table.ms.as_ref().ok_or_else(missing)?).map_err(placed)
    };
    Ok(match action {
        "delay" => {
            let (least, most) = waits()?;
            Action::Delay {
                least,
                most,
                moment,
            }
        }
        "drip" => Action::Drip { pause: waits()?.0 },
        "drop" => Action::Drop(moment),
        "reset" => Action::Reset(moment),
        "stall" => Action::Stall(moment),
        "cut" => Action::Cut {
            at: table
                .at
                .as_ref()
                .map(|at| *at.get_ref())
                .ok_or_else(|| (None, "do = \"cut\" needs `at`".to_owned()))?,
            then: ending(table.then.as_ref()).map_err(placed)?,
        },
        "expire" => Action::Expire {
            refresh: table.refresh.as_ref().is_some_and(|flag| *flag.get_ref()),
        },
        "exhaust" => Action::Exhaust,
        _ => Action::Answer(answer(table)?),
    })
}

fn answer(table: &FaultTable) -> Result<Answer, (Option<Range<usize>>, String)> {
    if let Some(page) = &table.page {
        let pages = ["maintenance", "proxy", "too-many", "unknown", "concurrent"];
        let name = known(page, &pages).map_err(|(span, text)| (Some(span), text))?;
        if table.status.is_some() || table.headers.is_some() || table.body.is_some() {
            let text = "a `page` has its own status, headers and body";
            return Err((Some(page.span()), text.into()));
        }
        return Ok(match name {
            "maintenance" => Answer::maintenance(),
            "proxy" => Answer::proxy(),
            "too-many" => Answer::too_many(1),
            "unknown" => Answer::unknown(),
            _ => Answer::concurrent(),
        });
    }
    let status = table.status.as_ref().ok_or_else(|| {
        let text = "do = \"answer\" needs `status` or `page`".to_owned();
        (None, text)
    })?;
    if !(200..=599).contains(status.get_ref()) {
        let text = "a status is a number from 200 to 599";
        return Err((Some(status.span()), text.into()));
    }
    let headers = table.headers.as_ref();
    if let Some(headers) = headers {
        sendable(headers)?;
    }
    Ok(Answer {
        status: *status.get_ref(),
        headers: headers
            .map(|map| map.get_ref().clone().into_iter().collect())
            .unwrap_or_default(),
        body: table
            .body
            .as_ref()
            .map(|body| body.get_ref().clone())
            .unwrap_or_default(),
    })
}

fn sendable(
    headers: &Spanned<BTreeMap<String, String>>,
) -> Result<(), (Option<Range<usize>>, String)> {
    for (name, value) in headers.get_ref() {
        let fits = hyper::header::HeaderName::from_bytes(name.as_bytes()).is_ok()
            && hyper::header::HeaderValue::from_str(value).is_ok();
        if !fits {
            let text = format!("`{name}` with this value is no header");
            return Err((Some(headers.span()), text));
        }
    }
    Ok(())
}

fn lock(table: &LockTable) -> Result<Lock, Wrong> {
    if let Some(row) = &table.row
        && crate::demo::ids::long_id(row.get_ref()).is_none()
    {
        return Err((row.span(), "a row is an id of 15 or 18 characters".into()));
    }
    Ok(Lock {
        row: table.row.as_ref().map(|row| row.get_ref().clone()),
        object: table.object.clone(),
        turn: turn(
            [&table.nth, &table.every],
            table.times,
            table.chance.as_ref(),
            table.seed,
        )?,
    })
}

fn turn(
    counts: [&Option<Spanned<u64>>; 2],
    times: Option<u64>,
    chance: Option<&Spanned<f64>>,
    seed: Option<u64>,
) -> Result<Turn, Wrong> {
    for count in counts.into_iter().flatten() {
        if *count.get_ref() == 0 {
            return Err((count.span(), "requests are counted from 1".into()));
        }
    }
    if let Some(chance) = chance
        && !(0.0..=1.0).contains(chance.get_ref())
    {
        return Err((chance.span(), "a chance is a number from 0.0 to 1.0".into()));
    }
    let [nth, every] = counts.map(|count| count.as_ref().map(|count| *count.get_ref()));
    Ok(Turn {
        nth,
        every,
        times,
        chance: chance.map(|chance| *chance.get_ref()),
        seed: seed.unwrap_or_default(),
    })
}

fn waits(given: &Spanned<Millis>) -> Result<(Duration, Duration), Wrong> {
    let (least, most) = match *given.get_ref() {
        Millis::Fixed(wait) => (wait, wait),
        Millis::Range([least, most]) => (least, most),
    };
    if most < least {
        return Err((given.span(), "the lower bound comes first".into()));
    }
    if most > LONGEST {
        let text = format!("a wait is at most {LONGEST} milliseconds");
        return Err((given.span(), text));
    }
    Ok((Duration::from_millis(least), Duration::from_millis(most)))
}

fn moment(given: Option<&Spanned<String>>) -> Result<Moment, Wrong> {
    let Some(given) = given else {
        return Ok(Moment::default());
    };
    Ok(match known(given, &["before", "after"])? {
        "before" => Moment::BeforeWork,
        _ => Moment::AfterWork,
    })
}

fn ending(given: Option<&Spanned<String>>) -> Result<Ending, Wrong> {
    let Some(given) = given else {
        return Ok(Ending::default());
    };
    Ok(match known(given, &["close", "stall"])? {
        "close" => Ending::Close,
        _ => Ending::Stall,
    })
}

/// One of the words allowed here.
fn known<'a>(given: &Spanned<String>, allowed: &[&'a str]) -> Result<&'a str, Wrong> {
    let found = allowed.iter().find(|word| *word == given.get_ref());
    found.copied().ok_or_else(|| {
        let text = format!(
            "\"{}\" is not known here; one of {}",
            given.get_ref(),
            allowed.join(", ")
        );
        (given.span(), text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_read_and_shows_every_action() {
        let text = include_str!("../../../assets/demo/faults.example.toml");
        let rules = Rules::parse(text).unwrap();
        for (action, _) in ACTIONS {
            assert!(text.contains(&format!("do = \"{action}\"")), "{action}");
        }
        assert_eq!(
            (rules.faults.len() >= ACTIONS.len(), rules.locks.len()),
            (true, 2)
        );
        assert_eq!(rules.allowance, Some(15_000));
    }

    /// A file, the line and column it is wrong at, and words that must be said.
    const WRONG: &[(&str, usize, usize, &str)] = &[
        ("[[fault]]\ndo = \"dely\"", 2, 6, "one of delay, answer"),
        (
            "[[fault]]\nmethods = \"GET\"\ndo = \"drop\"",
            2,
            1,
            "expected one of",
        ),
        ("\n[[fault]]\ndo = \"cut\"\nms = 3", 4, 6, "takes at, then"),
        ("[[fault]]\ndo = \"cut\"", 1, 1, "needs `at`"),
        (
            "[[fault]]\ndo = \"delay\"\nms = \"x\"",
            3,
            6,
            "milliseconds",
        ),
        (
            "[[fault]]\ndo = \"delay\"\nms = [5, 2]",
            3,
            6,
            "lower bound",
        ),
        (
            "[[fault]]\ndo = \"drop\"\nwhen = \"later\"",
            3,
            8,
            "before, after",
        ),
        ("[[fault]]\ndo = \"drop\"\nnth = 0", 3, 7, "counted from 1"),
        (
            "[[fault]]\ndo = \"drop\"\nchance = 1.5",
            3,
            10,
            "0.0 to 1.0",
        ),
        (
            "[[fault]]\ndo = \"drop\"\npath = \"query\"",
            3,
            8,
            "starts with / or *",
        ),
        (
            "[[fault]]\ndo = \"answer\"\nstatus = 99",
            3,
            10,
            "200 to 599",
        ),
        (
            "[[fault]]\ndo = \"answer\"\npage = \"x\"",
            3,
            8,
            "maintenance",
        ),
        ("[[lock]]\nrow = \"1\"", 2, 7, "15 or 18"),
        ("[[fault]\ndo = 1", 1, 9, ""),
        ("[[fault]]\nmethod = \"GET\"", 1, 1, "missing field `do`"),
    ];

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_what_is_allowed() {
        for (text, line, column, words) in WRONG {
            let fault = Rules::parse(text).unwrap_err();
            assert_eq!(
                (fault.line, fault.column),
                (*line, *column),
                "{text}: {fault}"
            );
            assert!(fault.problem.contains(words), "{text}: {fault}");
        }
    }
}
