//! What is read: a file, or what comes in by a pipe, which is kept in the run's folder so
//! that it can be read twice. Tells form, encoding and delimiter by the first bytes, and
//! notices when the file changes. Must not know of fields.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::domain::block::{Encoding, Format, Reading};
use crate::domain::failure::Failure;

use super::csv::CsvReader;
use super::decode::decoded;
use super::json::JsonReader;
use super::row::Row;

/// Bytes looked at to tell what a file is.
const SAMPLE: usize = 64 * 1024;
/// Rows of the sample that must agree on a delimiter.
const SAMPLE_ROWS: usize = 50;
/// What Bulk API 2.0 names as delimiters, likeliest first.
const DELIMITERS: [u8; 6] = *b",;\t|^`";

/// A file that can be read from the start again.
#[derive(Debug)]
pub(super) struct Source {
    pub path: PathBuf,
    pub name: String,
    pub format: Format,
    pub encoding: Encoding,
    pub delimiter: u8,
    /// Bytes before the first row: a byte order mark, Excel's `sep=` line.
    skip: u64,
    stamp: Stamp,
}

/// What changes when a file does.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

/// Keeps what comes in by a pipe.
pub(super) fn keep(mut input: impl Read, path: &Path) -> Result<(), Failure> {
    let mut file = File::create(path).map_err(|error| unwritable(path, &error))?;
    match io::copy(&mut input, &mut file) {
        Ok(_) => Ok(()),
        Err(error) => Err(unwritable(path, &error)),
    }
}

pub(super) fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let remedy = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; nothing was sent, free some space and start again"
        }
        _ => "; nothing was sent",
    };
    Failure::local(&format!(
        "cannot write `{}`: {error}{remedy}",
        path.display()
    ))
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::input(&format!("cannot read `{name}`: {error}"))
}

impl Source {
    /// Looks at a file's first bytes. What `reading` says is taken as said.
    pub(super) fn open(path: &Path, name: &str, reading: &Reading) -> Result<Self, Failure> {
        let mut file = File::open(path).map_err(|error| unreadable(name, &error))?;
        let metadata = file.metadata().map_err(|error| unreadable(name, &error))?;
        if metadata.is_dir() {
            return Err(Failure::input(&format!("`{name}` is a folder")));
        }
        let mut raw = Vec::new();
        file.by_ref()
            .take(SAMPLE as u64)
            .read_to_end(&mut raw)
            .map_err(|error| unreadable(name, &error))?;
        if raw.is_empty() {
            return Err(Failure::input(&format!(
                "`{name}` is empty: it has no header"
            )));
        }
        refuse_other_files(&raw, name)?;
        let (encoding, mark) = encoding_of(&raw, reading.encoding);
        let whole = raw.len() < SAMPLE;
        let text = sample_text(raw.get(mark..).unwrap_or_default(), encoding, whole, name)?;
        let format = reading.format.unwrap_or_else(|| format_of(&text, name));
        let (separator, delimiter) = delimiter_of(&text, reading.delimiter)?;
        let skip = match format {
            Format::Csv => mark + separator * encoding_width(encoding),
            _ => mark,
        };
        Ok(Self {
            path: path.to_owned(),
            name: name.to_owned(),
            format,
            encoding,
            delimiter,
            skip: skip as u64,
            stamp: Stamp::of(&metadata),
        })
    }

    fn text(&self) -> Result<Box<dyn Read + Send>, Failure> {
        let unreadable = |error: &io::Error| unreadable(&self.name, error);
        let mut file = File::open(&self.path).map_err(|error| unreadable(&error))?;
        file.seek(SeekFrom::Start(self.skip))
            .map_err(|error| unreadable(&error))?;
        Ok(decoded(file, self.encoding))
    }

    /// Its rows from the start, the header first.
    pub(super) fn csv(&self) -> Result<CsvReader<Box<dyn Read + Send>>, Failure> {
        Ok(CsvReader::new(self.text()?, self.delimiter))
    }

    /// Its objects from the start.
    pub(super) fn json(&self) -> Result<JsonReader<Box<dyn Read + Send>>, Failure> {
        Ok(JsonReader::new(self.text()?))
    }

    pub(super) fn bytes(&self) -> u64 {
        self.stamp.bytes
    }

    /// Another program wrote to it since it was opened.
    pub(super) fn has_changed(&self) -> bool {
        std::fs::metadata(&self.path).map_or(true, |metadata| Stamp::of(&metadata) != self.stamp)
    }

    /// `CSV, UTF-8, comma`.
    pub(super) fn form(&self) -> String {
        let encoding = match self.encoding {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16Le | Encoding::Utf16Be => "UTF-16",
            Encoding::Windows1252 => "Windows-1252",
        };
        match self.format {
            Format::Csv => format!("CSV, {encoding}, {}", delimiter_word(self.delimiter)),
            Format::Json => format!("JSON, {encoding}"),
            Format::Ndjson => format!("NDJSON, {encoding}"),
        }
    }
}

fn delimiter_word(delimiter: u8) -> String {
    match delimiter {
        b',' => "comma".to_owned(),
        b';' => "semicolon".to_owned(),
        b'\t' => "tab".to_owned(),
        b'|' => "pipe".to_owned(),
        b'^' => "caret".to_owned(),
        b'`' => "backquote".to_owned(),
        other => format!("`{}`", char::from(other)),
    }
}

/// Files that look like tables in other programs.
fn refuse_other_files(raw: &[u8], name: &str) -> Result<(), Failure> {
    let kinds: [(&[u8], &str); 4] = [
        (
            b"PK\x03\x04",
            "an Excel workbook or a zip; save the sheet as CSV",
        ),
        (
            b"\xd0\xcf\x11\xe0",
            "an old Excel workbook; save the sheet as CSV",
        ),
        (b"\x1f\x8b", "compressed; unpack it with gunzip"),
        (b"%PDF", "a PDF"),
    ];
    match kinds.iter().find(|(start, _)| raw.starts_with(start)) {
        Some((_, what)) => Err(Failure::input(&format!("`{name}` is {what}"))),
        None => Ok(()),
    }
}

/// The encoding and the bytes of its byte order mark.
fn encoding_of(raw: &[u8], said: Option<Encoding>) -> (Encoding, usize) {
    let marked = [
        (&b"\xef\xbb\xbf"[..], Encoding::Utf8),
        (&b"\xff\xfe"[..], Encoding::Utf16Le),
        (&b"\xfe\xff"[..], Encoding::Utf16Be),
    ];
    let marked = marked
        .into_iter()
        .find(|(mark, encoding)| raw.starts_with(mark) && said.is_none_or(|said| said == *encoding))
        .map(|(mark, encoding)| (encoding, mark.len()));
    if let Some(marked) = marked {
        return marked;
    }
    (said.unwrap_or_else(|| guessed(raw)), 0)
}

/// Without a mark: UTF-16 shows by its zeros, and what is no UTF-8 is Windows' own.
fn guessed(raw: &[u8]) -> Encoding {
    let zeros = |odd: usize| raw.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    let most = raw.len() / 4;
    match (zeros(0), zeros(1)) {
        (even, odd) if odd > most && even <= most => Encoding::Utf16Le,
        (even, odd) if even > most && odd <= most => Encoding::Utf16Be,
        _ => match std::str::from_utf8(raw) {
            Err(error) if error.error_len().is_some() => Encoding::Windows1252,
            _ => Encoding::Utf8,
        },
    }
}

fn encoding_width(encoding: Encoding) -> usize {
    match encoding {
        Encoding::Utf16Le | Encoding::Utf16Be => 2,
        _ => 1,
    }
}

/// The sample in UTF-8; the last character of a longer file may be cut.
fn sample_text(
    raw: &[u8],
    encoding: Encoding,
    whole: bool,
    name: &str,
) -> Result<Vec<u8>, Failure> {
    let even = match whole {
        true => raw.len(),
        // Two units of UTF-16 may be one character: leave the last to the reader.
        false => raw.len().saturating_sub(4) / 2 * 2,
    };
    let raw = raw.get(..even).unwrap_or_default().to_vec();
    let mut text = Vec::new();
    let read = decoded(io::Cursor::new(raw), encoding).read_to_end(&mut text);
    match read {
        Ok(_) => Ok(text),
        // A pair cut in half at the sample's end.
        Err(_) if !whole && !text.is_empty() => Ok(text),
        Err(error) => Err(Failure::input(&format!(
            "`{name}` is not text as it says it is: {error}; say --encoding"
        ))),
    }
}

/// JSON starts with an object, or a list of them; everything else is CSV.
fn format_of(text: &[u8], name: &str) -> Format {
    let mut marks = text.iter().filter(|byte| !byte.is_ascii_whitespace());
    let lines = name.ends_with(".ndjson") || name.ends_with(".jsonl");
    match (marks.next(), marks.next()) {
        (Some(b'['), Some(b'{' | b']') | None) => Format::Json,
        (Some(b'{'), Some(b'"' | b'}')) if lines => Format::Ndjson,
        (Some(b'{'), Some(b'"' | b'}')) => match second_object(text) {
            true => Format::Ndjson,
            false => Format::Json,
        },
        _ => Format::Csv,
    }
}

/// Another object follows the first.
fn second_object(text: &[u8]) -> bool {
    let mut reader = JsonReader::new(text);
    let mut row = Row::default();
    let first = reader.next(&mut row);
    // The second may be cut off by the sample's end.
    matches!(first, Ok(true)) && !matches!(reader.next(&mut row), Ok(false))
}

/// Bytes of Excel's `sep=` line and the delimiter.
fn delimiter_of(text: &[u8], said: Option<char>) -> Result<(usize, u8), Failure> {
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = first.strip_suffix(b"\r").unwrap_or(first);
    let separator = match line.strip_prefix(b"sep=") {
        Some([one]) => Some((first.len() + 1, *one)),
        _ => None,
    };
    let skip = separator.map_or(0, |(skip, _)| skip);
    if let Some(said) = said {
        let byte = u8::try_from(said)
            .ok()
            .filter(|byte| byte.is_ascii() && !b"\"\r\n".contains(byte));
        return match byte {
            Some(byte) => Ok((skip, byte)),
            None => Err(Failure::input(&format!(
                "`{}` cannot be a delimiter; one of , ; | ^ ` or a tab can",
                said.escape_default()
            ))),
        };
    }
    if let Some(found) = separator {
        return Ok(found);
    }
    let best = DELIMITERS
        .into_iter()
        .rev()
        .max_by_key(|delimiter| score(text, *delimiter));
    Ok((0, best.unwrap_or(b',')))
}

/// Columns of the header where the rows after it have as many; fewer count less.
fn score(text: &[u8], delimiter: u8) -> (usize, usize) {
    let mut reader = CsvReader::new(text, delimiter);
    let mut row = Row::default();
    if !matches!(reader.next(&mut row), Ok(true)) {
        return (0, 0);
    }
    let columns = row.len();
    if columns < 2 {
        return (0, 0);
    }
    let mut agreeing = 0;
    let mut seen = 0;
    while seen < SAMPLE_ROWS && matches!(reader.next(&mut row), Ok(true)) {
        seen += 1;
        agreeing += usize::from(row.len() == columns);
    }
    // All but the last, which may be cut.
    match agreeing + 1 >= seen {
        true => (2, columns),
        false => (1, agreeing * 100 / seen.max(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(bytes: &[u8]) -> Result<Source, Failure> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        Source::open(file.path(), "rows", &Reading::default())
    }

    #[test]
    fn form_encoding_and_delimiter_are_told_by_the_content() {
        let utf16 = |text: &str| -> Vec<u8> {
            let units = text.encode_utf16();
            units.flat_map(|unit| unit.to_le_bytes()).collect()
        };
        let marked = [b"\xff\xfe".to_vec(), utf16("a\tb\n1\t2\n")].concat();
        let cases: Vec<(Vec<u8>, &str)> = vec![
            (b"a,b\n1,2\n".to_vec(), "CSV, UTF-8, comma"),
            (
                b"\xef\xbb\xbfa;b\n1,5;2\n".to_vec(),
                "CSV, UTF-8, semicolon",
            ),
            (b"a\tb,c\td\n1\t2\t3\n".to_vec(), "CSV, UTF-8, tab"),
            (b"one\n1\n".to_vec(), "CSV, UTF-8, comma"),
            (b"sep=|\r\na|b\r\n".to_vec(), "CSV, UTF-8, pipe"),
            (b"n,v\nZo\xeb,1\n".to_vec(), "CSV, Windows-1252, comma"),
            (utf16("name,b\n1,2\n"), "CSV, UTF-16, comma"),
            (marked, "CSV, UTF-16, tab"),
            (b" [ {\"a\":1}]".to_vec(), "JSON, UTF-8"),
            (b"{\"a\":1}".to_vec(), "JSON, UTF-8"),
            (b"{\"a\":1}\n{\"a\":2}".to_vec(), "NDJSON, UTF-8"),
            (b"{a},b\n1,2\n".to_vec(), "CSV, UTF-8, comma"),
        ];
        for (bytes, want) in cases {
            assert_eq!(opened(&bytes).unwrap().form(), want, "{bytes:?}");
        }
    }

    #[test]
    fn the_first_row_read_is_the_header_whatever_stands_before_it() {
        for bytes in [
            &b"\xef\xbb\xbfName,b\n"[..],
            b"sep=,\nName,b\n",
            b"\xff\xfeN\0a\0m\0e\0,\0b\0\n\0",
        ] {
            let source = {
                let file = tempfile::NamedTempFile::new().unwrap();
                std::fs::write(file.path(), bytes).unwrap();
                let source = Source::open(file.path(), "rows", &Reading::default()).unwrap();
                let mut row = Row::default();
                assert!(source.csv().unwrap().next(&mut row).unwrap());
                row.cell(0).to_vec()
            };
            assert_eq!(source, b"Name", "{bytes:?}");
        }
    }

    #[test]
    fn what_is_no_table_is_refused_by_name() {
        for (bytes, why) in [
            (&b""[..], "empty"),
            (b"PK\x03\x04...", "Excel"),
            (b"\x1f\x8b....", "gunzip"),
        ] {
            let failure = opened(bytes).unwrap_err();
            assert!(failure.message.contains(why), "{}", failure.message);
        }
    }

    #[test]
    fn a_change_of_the_file_is_noticed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"a,b\n").unwrap();
        let source = Source::open(file.path(), "rows", &Reading::default()).unwrap();
        assert!(!source.has_changed());
        std::fs::write(file.path(), b"a,b\n1,2\n").unwrap();
        assert!(source.has_changed());
    }
}
