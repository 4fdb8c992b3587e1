//! The real program in a real terminal: keys in, the screen it paints out, and what
//! both cost. Shared by the terminal tests, the measurements and the screenshot.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

/// A program in a terminal.
pub struct Terminal {
    line: Option<Line>,
    child: Box<dyn Child + Send + Sync>,
    output: Receiver<(Instant, Vec<u8>)>,
    parser: vt100::Parser,
    found: String,
    over: Arc<AtomicBool>,
    /// When the program was started.
    pub started: Instant,
    /// Every byte it wrote.
    pub raw: Vec<u8>,
}

/// The other end of the program's terminal.
struct Line {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
}

/// What one key cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// From the key to the last byte of its frame; `None` when nothing was drawn.
    pub time: Option<Duration>,
    /// Bytes of that frame.
    pub bytes: usize,
}

/// A frame is over when nothing came for so long.
const QUIET: Duration = Duration::from_millis(40);
/// How long a text may take to appear.
const PATIENCE: Duration = Duration::from_secs(20);
const OPEN: &str = "the terminal is open";

impl Terminal {
    /// Starts a program in a terminal of `columns` x `rows`.
    pub fn start(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let pair = native_pty_system()
            .openpty(size(columns, rows))
            .expect("a pseudo terminal");
        let reader = pair.master.try_clone_reader().expect("its output");
        let writer = pair.master.take_writer().expect("its input");
        let found = modes(&*pair.master);
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).expect("the program");
        drop(pair.slave);
        let over = Arc::new(AtomicBool::new(false));
        let output = listen(reader, over.clone());
        Self {
            line: Some(Line {
                master: pair.master,
                writer,
            }),
            child,
            output,
            parser: vt100::Parser::new(rows, columns, 0),
            found,
            over,
            started,
            raw: Vec::new(),
        }
    }

    fn take(&mut self, wait: Duration) -> Result<(Instant, usize), RecvTimeoutError> {
        let (at, bytes) = self.output.recv_timeout(wait)?;
        self.parser.process(&bytes);
        self.raw.extend_from_slice(&bytes);
        Ok((at, bytes.len()))
    }

    /// Reads until the program has been silent for a frame's time.
    pub fn settle(&mut self) {
        while self.take(QUIET * 3).is_ok() {}
    }

    /// Waits until the text is on the screen; returns when that was.
    ///
    /// Panics with the screen when it does not come.
    pub fn wait(&mut self, text: &str) -> Instant {
        self.until(&format!("`{text}` on the screen"), |screen| {
            screen.contains(text)
        })
    }

    /// Waits until the text is off the screen.
    pub fn gone(&mut self, text: &str) -> Instant {
        self.until(&format!("`{text}` off the screen"), |screen| {
            !screen.contains(text)
        })
    }

    /// Waits until this holds of the screen; returns when that was.
    ///
    /// Panics with the screen when it does not come to hold.
    pub fn until(&mut self, what: &str, holds: impl Fn(&str) -> bool) -> Instant {
        let end = Instant::now() + PATIENCE;
        let mut at = Instant::now();
        while !holds(&self.screen()) {
            match self.take(end.saturating_duration_since(Instant::now())) {
                Ok((arrived, _)) => at = arrived,
                Err(_) => panic!("waited in vain for {what}:\n{}", self.screen()),
            }
        }
        at
    }

    /// Puts text on the screen that the program did not write.
    pub fn scribble(&mut self, text: &str) {
        self.parser.process(format!("\x1b[5;5H{text}").as_bytes());
    }

    /// Bytes the program writes in so long a time.
    pub fn bytes_in(&mut self, time: Duration) -> usize {
        let end = Instant::now() + time;
        let mut bytes = 0;
        while let Ok((_, count)) = self.take(end.saturating_duration_since(Instant::now())) {
            bytes += count;
        }
        bytes
    }

    /// The screen as text.
    pub fn screen(&self) -> String {
        self.parser.screen().contents()
    }

    /// The screen's first line with this text; empty where there is none.
    pub fn line(&self, text: &str) -> String {
        let screen = self.screen();
        let line = screen.lines().find(|line| line.contains(text));
        line.unwrap_or_default().to_owned()
    }

    /// The screen with its styles.
    pub fn cells(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &str) {
        let writer = &mut self.line.as_mut().expect(OPEN).writer;
        writer
            .write_all(bytes.as_bytes())
            .expect("the program reads");
        writer.flush().expect("the program reads");
    }

    /// Presses one key and waits for its frame.
    pub fn press(&mut self, key: &str) -> Cost {
        let sent = Instant::now();
        self.send(key);
        let mut cost = Cost {
            time: None,
            bytes: 0,
        };
        let mut wait = Duration::from_millis(250);
        while let Ok((at, count)) = self.take(wait) {
            cost.time = Some(at.saturating_duration_since(sent));
            cost.bytes += count;
            wait = QUIET;
        }
        cost
    }

    /// Gives the window another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let master = &self.line.as_ref().expect(OPEN).master;
        master.resize(size(columns, rows)).expect("a new size");
        self.parser.screen_mut().set_size(rows, columns);
    }

    /// The program's process id.
    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("a process id")
    }

    /// Sends the program a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process id"), signal).expect("it is running");
    }

    /// Continues the program, stopped by itself, until it draws again.
    pub fn continued(&mut self) {
        let drawn = self.raw.len();
        let end = Instant::now() + PATIENCE;
        while self.raw.len() == drawn {
            assert!(Instant::now() < end, "it does not come back");
            // Before it has stopped this is lost, so it is said again.
            self.signal(Signal::CONT);
            let _ = self.take(QUIET);
        }
    }

    /// Closes the terminal under the program, as a dropped connection does, and waits so
    /// long for its end.
    pub fn hang_up(mut self, patience: Duration) {
        // The listener holds the terminal too; it leaves when the next bytes come.
        self.over.store(true, Ordering::SeqCst);
        self.resize(70, 20);
        while self.take(PATIENCE).is_ok() {}
        self.line = None;
        self.ended_within(patience);
    }

    /// What the program left behind in the terminal; empty when it is as it was found.
    pub fn left_behind(&self) -> Vec<&'static str> {
        let screen = self.parser.screen();
        let last = |on: &str, off: &str| {
            let text = String::from_utf8_lossy(&self.raw).into_owned();
            text.rfind(on) > text.rfind(off)
        };
        let marks = [
            ("alternate screen", screen.alternate_screen()),
            ("hidden cursor", screen.hide_cursor()),
            ("bracketed paste", screen.bracketed_paste()),
            ("held frame", last("\x1b[?2026h", "\x1b[?2026l")),
            ("mouse", last("\x1b[?1000h", "\x1b[?1000l")),
            ("keyboard protocol", last("\x1b[>", "\x1b[<")),
            (
                "line modes",
                modes(&*self.line.as_ref().expect(OPEN).master) != self.found,
            ),
        ];
        let left = marks.into_iter().filter(|(_, left)| *left);
        left.map(|(name, _)| name).collect()
    }

    /// Waits for the program's end; returns its exit code.
    ///
    /// Panics when it does not end.
    pub fn ended(&mut self) -> u32 {
        self.ended_within(PATIENCE)
    }

    /// Waits for the program's end so long; returns its exit code.
    ///
    /// Panics when it does not end in time.
    pub fn ended_within(&mut self, patience: Duration) -> u32 {
        let end = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait().expect("its status") {
                self.settle();
                return status.exit_code();
            }
            assert!(Instant::now() < end, "still running:\n{}", self.screen());
            let _ = self.take(Duration::from_millis(20));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads what the program writes until it is over.
fn listen(mut reader: Box<dyn Read + Send>, over: Arc<AtomicBool>) -> Receiver<(Instant, Vec<u8>)> {
    let (sender, output) = channel();
    std::thread::spawn(move || {
        let mut chunk = [0u8; 65536];
        while let Ok(count @ 1..) = reader.read(&mut chunk) {
            let kept = (Instant::now(), chunk[..count].to_vec());
            if sender.send(kept).is_err() || over.load(Ordering::SeqCst) {
                break;
            }
        }
    });
    output
}

/// The terminal's line modes, as text to compare.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}
