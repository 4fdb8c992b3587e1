//! The user's own editor, on a text of a field. The text lies in a folder that only the
//! user can read, and is gone once it is read back. Knows nothing of what the text is for.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::app::msg::Outside;

/// Names of our folders begin so; the process's number follows.
const PREFIX: &str = "sfw-tui-edit-";
/// Largest text taken back, in bytes: what the org's largest text field holds, four times.
const MOST: u64 = 4 * 131_072;

/// A text that lies in a file while an editor is open on it.
pub(super) struct Editing {
    folder: PathBuf,
    file: PathBuf,
    program: Vec<String>,
    process: Option<rustix::process::Pid>,
}

impl Editing {
    /// Puts the text where the editor finds it; the error is for the user.
    pub(super) fn begin(outside: &Outside) -> Result<Self, String> {
        let program = program()?;
        let (folder, file) = put(&place(), outside)
            .map_err(|error| format!("The text cannot be put into a file: {error}"))?;
        Ok(Self {
            folder,
            file,
            program,
            process: None,
        })
    }

    /// The editor runs as this process; `None` where it could not be started.
    pub(super) fn run_as(mut self, process: Option<u32>) -> Self {
        let process = process.and_then(|it| i32::try_from(it).ok());
        self.process = process.and_then(rustix::process::Pid::from_raw);
        self
    }

    /// Asks the editor to end, as the system does when the terminal is closed.
    pub(super) fn end(&self) {
        if let Some(process) = self.process {
            let _ = rustix::process::kill_process(process, rustix::process::Signal::HUP);
        }
    }

    /// The editor on the text; it wants the terminal.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(self.program.first().map_or("vi", String::as_str));
        command.args(self.program.iter().skip(1)).arg(&self.file);
        command
    }

    /// What the editor is called, for messages.
    pub(super) fn name(&self) -> &str {
        self.program.first().map_or("vi", String::as_str)
    }

    /// The text as it lies there now. A line end behind the last line is the editor's.
    pub(super) fn text(&self) -> Result<String, String> {
        let told = |error: &dyn std::fmt::Display| format!("The text cannot be read back: {error}");
        let size = fs::metadata(&self.file)
            .map_err(|error| told(&error))?
            .len();
        if size > MOST {
            return Err(told(&format!("{size} bytes are more than any field holds")));
        }
        let text = fs::read_to_string(&self.file).map_err(|error| told(&error))?;
        Ok(match text.strip_suffix('\n') {
            Some(text) => text.strip_suffix('\r').unwrap_or(text).to_owned(),
            None => text,
        })
    }
}

impl Drop for Editing {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// `$VISUAL`, else `$EDITOR`, else `vi`; split as a shell would, run without one.
fn program() -> Result<Vec<String>, String> {
    for name in ["VISUAL", "EDITOR"] {
        let Some(value) = std::env::var_os(name).filter(|value| !value.is_empty()) else {
            continue;
        };
        let words = value.to_str().and_then(shlex::split);
        return words
            .filter(|words| !words.is_empty())
            .ok_or_else(|| format!("{name} cannot be read as a command: mend its quotes"));
    }
    Ok(vec!["vi".to_owned()])
}

/// Where our folders lie: in memory and away at logout, where the system has such a place.
fn place() -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    runtime
        .filter(|folder| folder.is_absolute() && folder.is_dir())
        .unwrap_or_else(std::env::temp_dir)
}

fn put(place: &Path, outside: &Outside) -> std::io::Result<(PathBuf, PathBuf)> {
    let folder = place.join(format!(
        "{PREFIX}{}-{}",
        std::process::id(),
        uuid::Uuid::now_v7().simple()
    ));
    fs::DirBuilder::new().mode(0o700).create(&folder)?;
    let file = folder.join(format!("text.{}", outside.suffix));
    let written = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file)
        .and_then(|mut file| {
            file.write_all(outside.text.as_bytes())?;
            // An editor shows a last line without an end as an oddity.
            file.write_all(b"\n")
        });
    match written {
        Ok(()) => Ok((folder, file)),
        Err(error) => {
            let _ = fs::remove_dir_all(&folder);
            Err(error)
        }
    }
}

/// Texts of sessions that were killed while an editor was open on them.
pub(super) fn left_over() -> Vec<PathBuf> {
    left_in(&place(), is_running)
}

fn left_in(place: &Path, is_running: impl Fn(i32) -> bool) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(place) else {
        return Vec::new();
    };
    let ours = entries.flatten().filter(|entry| {
        let name = entry.file_name();
        let rest = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        let process = rest.and_then(|rest| rest.split('-').next()?.parse().ok());
        process.is_some_and(|process| !is_running(process))
    });
    let files = ours.filter_map(|entry| fs::read_dir(entry.path()).ok()?.flatten().next());
    let mut found: Vec<PathBuf> = files.map(|entry| entry.path()).collect();
    found.sort();
    found
}

fn is_running(process: i32) -> bool {
    let process = rustix::process::Pid::from_raw(process);
    process.is_some_and(|process| rustix::process::test_kill_process(process).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    fn outside(text: &str) -> Outside {
        Outside {
            text: text.to_owned(),
            suffix: "txt",
        }
    }

    fn editing(place: &Path, text: &str) -> Editing {
        let (folder, file) = put(place, &outside(text)).expect("a file");
        Editing {
            folder,
            file,
            program: vec!["true".to_owned()],
            process: None,
        }
    }

    #[test]
    fn the_text_is_for_the_user_alone_and_gone_afterwards() {
        let place = tempfile::tempdir().expect("a folder");
        let it = editing(place.path(), "first\nsecond");
        let mode = |path: &Path| fs::metadata(path).expect("it is there").mode() & 0o777;
        assert_eq!((mode(&it.folder), mode(&it.file)), (0o700, 0o600));
        assert_eq!(it.text().as_deref(), Ok("first\nsecond"));
        drop(it);
        let left = fs::read_dir(place.path()).expect("a folder").count();
        assert_eq!(left, 0);
    }

    #[test]
    fn what_the_editor_wrote_comes_back_without_its_last_line_end() {
        let place = tempfile::tempdir().expect("a folder");
        let it = editing(place.path(), "");
        for (written, read) in [
            ("a\n", "a"),
            ("a\r\n", "a"),
            ("a\n\n", "a\n"),
            ("", ""),
            ("a", "a"),
        ] {
            fs::write(&it.file, written).expect("written");
            assert_eq!(it.text().as_deref(), Ok(read), "{written:?}");
        }
        fs::write(&it.file, [0xff, 0xfe]).expect("written");
        assert!(it.text().is_err_and(|told| told.contains("read back")));
        fs::remove_file(&it.file).expect("removed");
        assert!(it.text().is_err());
    }

    #[test]
    fn a_text_that_a_killed_session_left_is_found_and_one_in_use_is_not() {
        let place = tempfile::tempdir().expect("a folder");
        let it = editing(place.path(), "typed");
        assert_eq!(left_in(place.path(), |_| true), Vec::<PathBuf>::new());
        assert_eq!(left_in(place.path(), |_| false), vec![it.file.clone()]);
    }
}
