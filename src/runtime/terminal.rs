//! The terminal: taken, drawn on, and handed back on every way out.

use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::rc::Rc;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use crate::app::App;
use crate::ui::{self, theme::Theme};

/// Frames with fewer bytes are one write anyway; the markers would only add to them.
const SYNC_FROM: usize = 512;

/// The modes of this process's terminal are changed.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while the program has it.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Frame>>,
    frame: Frame,
}

/// Collects a frame's bytes, so that it leaves in one write.
#[derive(Clone, Default)]
struct Frame(Rc<RefCell<Vec<u8>>>);

impl Write for Frame {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Nothing: ratatui flushes several times a frame; `Frame::send` does it once.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Frame {
    fn send(&self) -> io::Result<()> {
        let mut bytes = self.0.borrow_mut();
        if bytes.is_empty() {
            return Ok(());
        }
        if bytes.len() >= SYNC_FROM {
            bytes.splice(..0, *b"\x1b[?2026h");
            bytes.extend_from_slice(b"\x1b[?2026l");
        }
        let sent = write_all(&bytes);
        bytes.clear();
        sent
    }
}

fn write_all(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

impl Screen {
    /// Takes the terminal.
    pub(super) fn enter() -> io::Result<Self> {
        // NO_COLOR is ours to obey, in the theme: crossterm would drop bold and reverse
        // together with the colours.
        crossterm::style::force_color_output(true);
        hand_back_on_panic();
        let mut frame = Frame::default();
        take(&mut frame)?;
        let terminal = Terminal::new(CrosstermBackend::new(frame.clone()))?;
        Ok(Self { terminal, frame })
    }

    /// Columns and rows as last measured.
    pub(super) fn size(&self) -> (u16, u16) {
        self.terminal
            .size()
            .map_or((80, 24), |size| (size.width, size.height))
    }

    /// Asks the terminal for its size.
    pub(super) fn measure(&mut self) -> io::Result<(u16, u16)> {
        self.terminal.autoresize()?;
        Ok(self.size())
    }

    /// Draws what changed, in one write.
    pub(super) fn draw(&mut self, app: &App, theme: &Theme) -> io::Result<()> {
        self.terminal.draw(|frame| ui::draw(app, theme, frame))?;
        self.frame.send()
    }

    /// Makes the next frame paint every cell.
    pub(super) fn repaint(&mut self) -> io::Result<()> {
        // Not `clear`: it asks the terminal where its cursor is and waits for the answer.
        let size = self.terminal.size()?;
        self.terminal.resize(size.into())
    }

    /// Sends bytes that are no frame, such as a clipboard sequence.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        write_all(bytes)
    }

    /// Takes the terminal again after `leave`; the next frame paints every cell.
    pub(super) fn take_again(&mut self) -> io::Result<()> {
        take(&mut self.frame)?;
        self.repaint()
    }

    /// Hands the terminal back. Twice is once.
    pub(super) fn leave(&mut self) {
        restore();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Changes the modes; the frame carries the sequences that go with it.
fn take(frame: &mut Frame) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(
        frame,
        EnterAlternateScreen,
        EnableBracketedPaste,
        cursor::Hide
    )
}

/// Puts every mode back as it was found. A terminal that is gone needs none of it, so
/// errors are passed over.
pub(super) fn restore() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // The modes first: once the shell's screen is back, it is the shell's terminal.
        let _ = disable_raw_mode();
        let _ = execute!(
            io::stdout(),
            DisableBracketedPaste,
            LeaveAlternateScreen,
            cursor::Show
        );
    }
}

/// A panic's text must be readable, and the shell after it usable.
fn hand_back_on_panic() {
    static HOOKED: Once = Once::new();
    HOOKED.call_once(|| {
        let print = std::panic::take_hook();
        let owner = std::thread::current().id();
        std::panic::set_hook(Box::new(move |panic| {
            // Other threads live on after a fault in one job or answer, and say so
            // themselves; the screen stays.
            if std::thread::current().id() != owner {
                return;
            }
            restore();
            print(panic);
        }));
    });
}

/// Why the screens cannot be shown here; the message names the way that works.
pub fn refusal() -> Option<String> {
    let verbs = "use a verb instead, such as `sfw-tui search`; `sfw-tui --help` lists them";
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Some(format!("the screens need a terminal; {verbs}"));
    }
    match std::env::var("TERM") {
        Ok(term) if term == "dumb" => Some(format!("TERM=dumb cannot show the screens; {verbs}")),
        _ => None,
    }
}
