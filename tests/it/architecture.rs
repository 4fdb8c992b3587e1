//! Reads the source and holds it to the structure in ARCHITECTURE.md: who may import
//! whom, what may be named where, how long a file may be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Module and the modules of ours it may import. No row imports one that imports it back.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("vault", &["domain", "failpoint"]),
    ("block", &["domain"]),
    ("failpoint", &[]),
    ("job", &["domain"]),
    ("app", &["domain", "job"]),
    ("ui", &["app", "domain", "job"]),
    ("sf", &["domain"]),
    ("store", &["domain", "failpoint"]),
    (
        "worker",
        &[
            "block",
            "domain",
            "failpoint",
            "job",
            "sf",
            "store",
            "vault",
            "zone",
        ],
    ),
    ("config", &["app", "domain"]),
    (
        "connection",
        &["config", "demo", "domain", "sf", "vault", "worker"],
    ),
    ("browser", &[]),
    (
        "runtime",
        &["app", "browser", "failpoint", "job", "ui", "worker", "zone"],
    ),
    (
        "cli",
        &[
            "block", "browser", "config", "domain", "job", "vault", "worker", "zone",
        ],
    ),
    ("demo", &[]),
    ("zone", &[]),
    (
        "main",
        &[
            "app",
            "cli",
            "config",
            "connection",
            "demo",
            "domain",
            "runtime",
            "ui",
            "worker",
        ],
    ),
];

/// The demo org is an org like any other: these must not know that it exists.
const BLIND_TO_DEMO: &[&str] = &[
    "domain", "block", "sf", "app", "ui", "worker", "store", "vault",
];

const MOST_LINES: usize = 600;

struct Source {
    module: String,
    path: PathBuf,
    /// Without comments and string literals.
    code: String,
    lines: usize,
}

impl Source {
    /// A file of tests kept beside what it tests, or of what tests share.
    fn is_test(&self) -> bool {
        let path = self.path.to_string_lossy().replace('\\', "/");
        let places = ["/tests/", "/tests.rs", "/testkit/", "/testkit.rs"];
        places.iter().any(|place| path.contains(place))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut found = Vec::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("src is readable") {
            let path = entry.expect("src is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                let inside = path.strip_prefix(&src).expect("under src");
                let first = inside.iter().next().expect("a name").to_string_lossy();
                found.push(Source {
                    module: first.trim_end_matches(".rs").to_owned(),
                    lines: text.lines().count(),
                    code: bare(&text),
                    path,
                });
            }
        }
    }
    assert!(found.len() > 20, "the sources were found");
    found
}

/// The code without comments and the insides of string literals.
fn bare(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('/', Some('/')) => while rest.next_if(|c| *c != '\n').is_some() {},
            ('"', _) => skip_string(&mut rest),
            ('\'', Some('"')) => {
                rest.next();
            }
            ('\'', Some('\\')) => {
                rest.next();
                rest.next();
            }
            _ => out.push(c),
        }
    }
    out
}

fn skip_string(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while let Some(c) = rest.next() {
        match c {
            '"' => return,
            '\\' => {
                rest.next();
            }
            _ => {}
        }
    }
}

/// Modules of ours that a piece of code names by `crate::` or `sfw_tui::`.
fn imports(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for start in ["crate::", "sfw_tui::"] {
        for (at, _) in code.match_indices(start) {
            let whole_word = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let after = &code[at + start.len()..];
            if let Some(group) = after.strip_prefix('{').filter(|_| whole_word) {
                let group = group.split('}').next().unwrap_or_default();
                found.extend(group.split(',').map(|part| first_word(part.trim())));
            } else if whole_word {
                found.push(first_word(after));
            }
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn first_word(code: &str) -> String {
    code.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

fn allowed() -> BTreeMap<&'static str, &'static [&'static str]> {
    MAY_IMPORT.iter().copied().collect()
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let allowed = allowed();
    let mut wrong = Vec::new();
    for source in sources()
        .iter()
        .filter(|source| source.module != "lib" && !source.is_test())
    {
        let may = allowed
            .get(source.module.as_str())
            .unwrap_or_else(|| panic!("`{}` is not in the table", source.module));
        for import in imports(&source.code) {
            if import != source.module && !may.contains(&import.as_str()) {
                wrong.push(format!("{} imports {import}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_table_has_no_cycle() {
    let allowed = allowed();
    fn reaches(from: &str, to: &str, allowed: &BTreeMap<&str, &[&str]>, depth: usize) -> bool {
        assert!(depth < 40, "a cycle through {from}");
        allowed.get(from).is_some_and(|next| {
            next.iter()
                .any(|next| *next == to || reaches(next, to, allowed, depth + 1))
        })
    }
    for module in allowed.keys() {
        assert!(
            !reaches(module, module, &allowed, 0),
            "{module} imports itself"
        );
    }
}

#[test]
fn screens_never_import_each_other() {
    for source in sources() {
        let path = source.path.to_string_lossy().replace('\\', "/");
        let Some((_, inside)) = path.split_once("/app/screen/") else {
            continue;
        };
        let own = first_word(inside);
        for (at, start) in source.code.match_indices("screen::") {
            let other = first_word(&source.code[at + start.len()..]);
            assert!(
                other.is_empty() || other == own,
                "{path} names screen {other}"
            );
        }
    }
}

#[test]
fn nothing_but_the_edge_knows_the_demo_org() {
    for source in sources() {
        if !BLIND_TO_DEMO.contains(&source.module.as_str()) {
            continue;
        }
        if source.is_test() {
            continue;
        }
        let words = source
            .code
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| word.to_lowercase().contains("demo"));
        let found: Vec<&str> = words
            .filter(|word| !word.to_lowercase().contains("demot"))
            .collect();
        assert!(
            found.is_empty(),
            "{} names {found:?}",
            source.path.display()
        );
    }
}

#[test]
fn single_owners_stay_single() {
    let owners = [
        ("tui_textarea", "app/input.rs"),
        ("Terminal::new", "runtime/terminal.rs"),
        ("rusqlite", "store/"),
        ("reqwest", "sf/"),
    ];
    for source in sources() {
        let path = source.path.to_string_lossy().replace('\\', "/");
        for (name, owner) in owners {
            let elsewhere = !path.contains(owner) && source.module != "demo" && !source.is_test();
            let code = source.code.split("#[cfg(test)]").next().unwrap_or_default();
            assert!(!(elsewhere && code.contains(name)), "{path} names {name}");
        }
    }
}

#[test]
fn files_stay_short() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|source| source.lines > MOST_LINES)
        .map(|source| format!("{} has {} lines", source.path.display(), source.lines))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn lib_re_exports_nothing() {
    let lib = std::fs::read_to_string(root().join("src/lib.rs")).expect("src/lib.rs");
    assert!(!lib.contains("pub use"));
}

#[test]
fn every_file_of_this_folder_is_listed() {
    let folder = root().join("tests/it");
    let main = std::fs::read_to_string(folder.join("main.rs")).expect("main.rs");
    for entry in std::fs::read_dir(folder).expect("tests/it") {
        let name = entry.expect("an entry").file_name();
        let name = name.to_string_lossy();
        if let Some(module) = name.strip_suffix(".rs").filter(|module| *module != "main") {
            assert!(
                main.contains(&format!("mod {module};")),
                "{name} is not listed"
            );
        }
    }
}

#[test]
fn the_reading_of_sources_sees_what_it_should() {
    let code =
        bare("use crate::{app, ui::x}; // crate::demo\nlet a = \"crate::sf\"; crate::job::X");
    assert_eq!(imports(&code), ["app", "ui", "job"]);
}
