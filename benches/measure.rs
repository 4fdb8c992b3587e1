//! What the program costs, measured from outside on the real binary: in a terminal of
//! its own, against the demo org as a process of its own. See `benches/README.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by saying what it expected"
)]

#[allow(dead_code, reason = "shared with the tests")]
#[path = "../tests/support/org.rs"]
mod org;
#[allow(dead_code, reason = "shared with the tests")]
#[path = "../tests/support/terminal.rs"]
mod terminal;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;

use org::{Org, TOKEN};
use terminal::{Cost, Terminal};

/// The binary under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_sfw-tui");
/// Contacts beside the story's in the large org.
const ROWS: &str = "100000";
const SIZE: (u16, u16) = (120, 40);

/// Prints the rows of one topic; works in a folder of its own.
type Measure = fn(&Path);

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    let all: [(&str, Measure); 7] = [
        ("start", start),
        ("keys", keys),
        ("idle", idle),
        ("memory", memory),
        ("requests", requests),
        ("headless", headless),
        ("build", build),
    ];
    println!("| what | figure |\n|---|---|");
    for (name, measure) in all {
        if wanted.is_empty() || wanted.iter().any(|want| want == name) {
            let home = tempfile::tempdir().expect("a folder");
            measure(home.path());
        }
    }
}

fn row(what: &str, figure: impl std::fmt::Display) {
    println!("| {what} | {figure} |");
}

/// The screens on an org that runs elsewhere.
fn screens(home: &Path, org: &Org) -> Terminal {
    let mut command = base(home);
    command.env("SFW_TUI_INSTANCE_URL", &org.url);
    command.env("SFW_TUI_ACCESS_TOKEN", TOKEN);
    Terminal::start(command, SIZE.0, SIZE.1)
}

fn base(home: &Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(PROGRAM);
    command.env_clear();
    command.env("HOME", home);
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    command
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Median, 95th percentile and greatest.
fn spread(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |share: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place in a short list"
        )]
        let place = ((times.len() - 1) as f64 * share).round() as usize;
        millis(times[place])
    };
    if times.is_empty() {
        return "nothing was drawn".into();
    }
    format!(
        "p50 {:.1} ms, p95 {:.1} ms, max {:.1} ms ({})",
        at(0.5),
        at(0.95),
        at(1.0),
        times.len()
    )
}

fn median_bytes(costs: &[Cost]) -> usize {
    let mut bytes: Vec<usize> = costs.iter().map(|cost| cost.bytes).collect();
    bytes.sort_unstable();
    bytes.get(bytes.len() / 2).copied().unwrap_or(0)
}

/// Start to first usable frame, with 100,000 contacts in the org and a warm cache.
fn start(home: &Path) {
    let org = Org::start(Path::new(PROGRAM), home, &["--rows", ROWS]);
    let mut cold = screens(home, &org);
    cold.wait("online");
    cold.send("contact");
    cold.settle();
    drop(cold);
    let times = (0..15).map(|_| {
        let before = org.requests().len();
        let mut screen = screens(home, &org);
        let ready = screen.wait("Search").duration_since(screen.started);
        (ready, org.requests().len() - before)
    });
    let (times, requests): (Vec<_>, Vec<_>) = times.unzip();
    row("start to first usable frame", spread(times));
    row(
        "requests before that frame, most",
        requests.iter().max().unwrap_or(&0),
    );
}

/// Keys while three requests hang: who we are, a search, a record being read again.
fn keys(home: &Path) {
    let program = Path::new(PROGRAM);
    let mut quick = Org::start(program, home, &["--rows", "2000"]);
    let mut screen = screens(home, &quick);
    screen.wait("online");
    search_and_log(&mut screen);
    drop(screen);
    let port = quick.url.rsplit(':').next().unwrap_or_default().to_owned();
    quick.stop();
    let slow = Org::start(program, home, &["--port", &port, "--latency", "50000"]);
    let before = slow.requests().len();
    let mut screen = screens(home, &slow);
    screen.wait("Search");
    screen.send("an");
    screen.wait("Results 1/");
    std::thread::sleep(Duration::from_millis(400));
    screen.send("\x1b");
    screen.settle();
    let moves: Vec<Cost> = (0..100)
        .map(|at| screen.press(if at % 40 < 20 { "j" } else { "k" }))
        .collect();
    told("list move", &moves);
    screen.send("/");
    screen.settle();
    told(
        "typed character in the search line",
        &typed(&mut screen, "smith"),
    );
    screen.send("\x15an");
    screen.settle();
    screen.send("\r");
    screen.wait("Details");
    screen.settle();
    screen.send("c");
    screen.wait("Log a call");
    let text = "the quick brown fox jumps over the lazy dog";
    told("typed character in a field", &typed(&mut screen, text));
    row(
        "requests answered meanwhile",
        slow.requests().len() - before,
    );
}

/// Fills the cache with what the slow org will not tell.
fn search_and_log(screen: &mut Terminal) {
    screen.send("an");
    screen.wait("Results 1/");
    screen.settle();
    screen.send("\r");
    screen.wait("Details");
    screen.send("c");
    screen.wait("Log a call");
    screen.settle();
}

fn typed(screen: &mut Terminal, text: &str) -> Vec<Cost> {
    text.chars().map(|c| screen.press(&c.to_string())).collect()
}

fn told(what: &str, costs: &[Cost]) {
    row(
        what,
        spread(costs.iter().filter_map(|cost| cost.time).collect()),
    );
    row(&format!("{what}, median bytes"), median_bytes(costs));
}

/// What the program does when nobody does anything.
fn idle(home: &Path) {
    let org = Org::start(Path::new(PROGRAM), home, &[]);
    let mut screen = screens(home, &org);
    screen.wait("online");
    screen.settle();
    std::thread::sleep(Duration::from_secs(5));
    screen.settle();
    let (bytes, cpu, requests) = (screen.raw.len(), cpu(screen.pid()), org.requests().len());
    std::thread::sleep(Duration::from_secs(10));
    screen.settle();
    row("idle 10 s, bytes written", screen.raw.len() - bytes);
    row(
        "idle 10 s, CPU",
        format!("{:.1} ms", millis(cpu_since(screen.pid(), cpu))),
    );
    row("idle 10 s, requests", org.requests().len() - requests);
}

/// Time on a processor, over all threads, from the scheduler's counters.
fn cpu(pid: u32) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten();
    let nanos: u64 = tasks
        .filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next()?.parse::<u64>().ok())
        .sum();
    Duration::from_nanos(nanos)
}

fn cpu_since(pid: u32, before: Duration) -> Duration {
    cpu(pid).saturating_sub(before)
}

/// Peak memory after looking around among 100,000 contacts.
fn memory(home: &Path) {
    let org = Org::start(Path::new(PROGRAM), home, &["--rows", ROWS]);
    let mut screen = screens(home, &org);
    screen.wait("online");
    for text in ["an", "mar", "smith", "acme", "lena"] {
        screen.send(&format!("\x15{text}"));
        std::thread::sleep(Duration::from_millis(700));
        screen.settle();
    }
    screen.send("\r");
    screen.wait("Details");
    screen.settle();
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", screen.pid())).unwrap_or_default();
    for (name, what) in [
        ("VmHWM", "peak memory, 100,000 contacts"),
        ("VmRSS", "memory now"),
    ] {
        let line = status
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_default();
        row(
            what,
            line.split_whitespace()
                .nth(1)
                .map_or("?".into(), |kib| format!("{kib} KiB")),
        );
    }
}

/// API requests of each thing a user does.
fn requests(home: &Path) {
    let org = Org::start(Path::new(PROGRAM), home, &[]);
    let quiet = Duration::from_millis(600);
    let mut seen = 0;
    let mut count = |what: &str, org: &Org| {
        let all = org.settled(quiet);
        row(&format!("requests: {what}"), all.len() - seen);
        seen = all.len();
    };
    let mut screen = screens(home, &org);
    screen.wait("online");
    count("first start", &org);
    screen.send("lena");
    screen.wait("Lena Ortiz");
    count("search", &org);
    screen.send("\r");
    screen.wait("Details");
    count("open a Contact for the first time", &org);
    screen.send("r");
    count("read it again", &org);
    screen.send("c");
    screen.wait("Log a call");
    count("open the log for the first time", &org);
    screen.send("Left voicemail\x13");
    screen.wait("Saved");
    count("log a call", &org);
    drop(screen);
    let mut screen = screens(home, &org);
    screen.wait("online");
    count("second start", &org);
    screen.send("lena");
    screen.wait("Lena Ortiz");
    screen.send("\r");
    screen.wait("Details");
    count("search and open, describes cached", &org);
}

/// `log call` as a process, start to exit, with a warm cache.
fn headless(home: &Path) {
    let org = Org::start(Path::new(PROGRAM), home, &[]);
    let log = |text: &str| {
        let begun = Instant::now();
        let done = Command::new(PROGRAM)
            .args(["log", "call", "--to", "Lena Ortiz", text])
            .env("HOME", home)
            .env("SFW_TUI_INSTANCE_URL", &org.url)
            .env("SFW_TUI_ACCESS_TOKEN", TOKEN)
            .output()
            .expect("the program runs");
        let took = begun.elapsed();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        took
    };
    log("first");
    let before = org.requests().len();
    let times: Vec<Duration> = (0..20).map(|at| log(&format!("call {at}"))).collect();
    row("headless log call, start to exit", spread(times));
    row(
        "headless log call, requests for 20",
        org.requests().len() - before,
    );
}

/// Clean build time and size of the binary; only when asked for by name.
fn build(home: &Path) {
    let named = std::env::args().any(|argument| argument == "build");
    if !named {
        return;
    }
    let target = home.join("target");
    let begun = Instant::now();
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked"])
        .env("CARGO_TARGET_DIR", &target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .expect("cargo runs");
    assert!(status.success());
    row(
        "clean release build",
        format!("{:.0} s", begun.elapsed().as_secs_f64()),
    );
    let binary: PathBuf = target.join("release/sfw-tui");
    let size = std::fs::metadata(binary).expect("the binary").len();
    row("binary", format!("{:.1} MiB", size as f64 / 1048576.0));
}
