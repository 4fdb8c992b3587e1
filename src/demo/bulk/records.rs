//! CSV in and out (RFC 4180): a piece of a file to records with their places, and cells
//! to a quoted line. Knows no objects.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder, Terminator};

use super::job::{Delimiter, Ending};

/// Bytes read at first; a longer record is read again with [`LONGEST`].
const PIECE: u64 = 256 * 1024;
/// Bytes a record can have: 400,000 characters of four bytes, every one a doubled quote.
const LONGEST: u64 = 4 * 1024 * 1024;

/// How a file is written.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    pub delimiter: Delimiter,
    pub ending: Ending,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub cells: Vec<String>,
    /// Where the next record starts, in bytes from the start of the file.
    pub next: u64,
}

/// Why a file cannot be read on.
#[derive(Debug)]
pub enum Broken {
    /// The system's fault.
    Io(io::Error),
    /// A line ends otherwise than the job says.
    Ending,
    /// The last quoted cell is not closed.
    Unclosed,
    /// Not UTF-8.
    Encoding,
    /// A record is longer than any record may be.
    TooLong,
}

impl From<io::Error> for Broken {
    fn from(fault: io::Error) -> Self {
        Self::Io(fault)
    }
}

/// Up to `most` records from a place on. Fewer when a piece of the file holds fewer;
/// none at its end. Empty lines are passed over.
///
/// # Errors
/// See [`Broken`]; records before the broken place are given by asking for fewer.
pub fn read(path: &Path, format: Format, from: u64, most: usize) -> Result<Vec<Record>, Broken> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    for size in [PIECE, LONGEST] {
        file.seek(SeekFrom::Start(from))?;
        let mut piece = Vec::new();
        (&mut file).take(size).read_to_end(&mut piece)?;
        let is_last = from + piece.len() as u64 >= length;
        let records = split(&piece, format, from, most, is_last)?;
        if is_last || !records.is_empty() {
            return Ok(records);
        }
    }
    Err(Broken::TooLong)
}

/// The records of a piece; the last one counts only when it is whole.
fn split(
    piece: &[u8],
    format: Format,
    from: u64,
    most: usize,
    is_last: bool,
) -> Result<Vec<Record>, Broken> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(format.delimiter.byte())
        .terminator(match format.ending {
            Ending::Lf => Terminator::Any(b'\n'),
            Ending::Crlf => Terminator::CRLF,
        })
        .from_reader(piece);
    let mut found: Vec<Record> = Vec::new();
    let mut record = ByteRecord::new();
    let mut start = 0;
    while found.len() < most {
        // Reading from memory does not fail, and rows of any width are wanted.
        if !reader.read_byte_record(&mut record).unwrap_or(false) {
            break;
        }
        let mut end = usize::try_from(reader.position().byte()).unwrap_or(piece.len());
        if format.ending == Ending::Crlf && ends_with(piece, end, b"\r") {
            // The reader stops between the two signs.
            end += usize::from(piece.get(end) == Some(&b'\n'));
        }
        let raw = piece.get(start..end.min(piece.len())).unwrap_or_default();
        let is_closed = raw.ends_with(b"\n") || raw.ends_with(b"\r");
        let cells = texts(&record)?;
        let is_open = is_unclosed(raw, cells.last().map_or("", String::as_str));
        if end >= piece.len() && !is_last && (!is_closed || is_open) {
            break;
        }
        if is_open {
            return Err(Broken::Unclosed);
        }
        let is_right = match format.ending {
            Ending::Lf => !raw.ends_with(b"\r\n"),
            Ending::Crlf => !is_closed || raw.ends_with(b"\r\n"),
        };
        if !is_right {
            return Err(Broken::Ending);
        }
        found.push(Record {
            cells,
            next: from + end as u64,
        });
        start = end;
    }
    Ok(found)
}

/// Whether the last cell began with a quote that nothing closed: then it took in
/// everything up to the end.
fn is_unclosed(raw: &[u8], last: &str) -> bool {
    let quotes = raw.iter().filter(|byte| **byte == b'"').count();
    quotes % 2 == 1 && raw.ends_with(format!("\"{}", last.replace('"', "\"\"")).as_bytes())
}

fn ends_with(piece: &[u8], end: usize, what: &[u8]) -> bool {
    piece.get(..end).is_some_and(|head| head.ends_with(what))
}

fn texts(record: &ByteRecord) -> Result<Vec<String>, Broken> {
    record
        .iter()
        .map(|cell| std::str::from_utf8(cell).map(str::to_owned))
        .collect::<Result<_, _>>()
        .map_err(|_| Broken::Encoding)
}

/// Appends a line with every cell in quotes, as result files have them.
pub fn write<'a>(out: &mut Vec<u8>, format: Format, cells: impl IntoIterator<Item = &'a str>) {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            out.push(format.delimiter.byte());
        }
        out.push(b'"');
        for byte in cell.bytes() {
            if byte == b'"' {
                out.push(b'"');
            }
            out.push(byte);
        }
        out.push(b'"');
    }
    out.extend_from_slice(format.ending.text().as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    const LF: Format = Format {
        delimiter: Delimiter::Comma,
        ending: Ending::Lf,
    };
    const CRLF: Format = Format {
        delimiter: Delimiter::Semicolon,
        ending: Ending::Crlf,
    };

    fn all(text: &str, format: Format) -> Result<Vec<Record>, Broken> {
        split(text.as_bytes(), format, 0, 100, true)
    }

    fn cells(text: &str, format: Format) -> Vec<Vec<String>> {
        all(text, format)
            .unwrap()
            .into_iter()
            .map(|record| record.cells)
            .collect()
    }

    #[test]
    fn quoted_cells_keep_delimiters_quotes_and_line_ends() {
        assert_eq!(
            cells("a,b\n\"x,\"\"y\"\"\n z\",\n\nlast,1", LF),
            [["a", "b"], ["x,\"y\"\n z", ""], ["last", "1"]]
        );
        assert_eq!(
            cells("a;b\r\n\"1\r\n2\";3\r\n", CRLF),
            [["a", "b"], ["1\r\n2", "3"]]
        );
    }

    #[test]
    fn places_lead_to_the_next_record() {
        for (text, format) in [
            ("a,b\n\"1\n\",2\n3,4\n", LF),
            ("a;b\r\n\"1\r\n\";2\r\n3;4\r\n", CRLF),
        ] {
            let records = all(text, format).unwrap();
            for pair in records.windows(2) {
                let at = usize::try_from(pair[0].next).unwrap();
                let rest = split(&text.as_bytes()[at..], format, pair[0].next, 1, true).unwrap();
                assert_eq!(rest[0], pair[1], "{text:?}");
            }
            assert_eq!(records[2].next, text.len() as u64);
        }
    }

    #[test]
    fn a_piece_that_ends_inside_a_record_gives_only_whole_ones() {
        let text = b"a,b\n1,\"x\ny\"\n";
        for cut in 4..12 {
            let found = split(&text[..cut], LF, 0, 9, false).unwrap();
            assert_eq!(found.len(), 1, "{cut}");
        }
        assert_eq!(split(text, LF, 0, 9, false).unwrap().len(), 2);
    }

    #[test]
    fn what_does_not_fit_the_job_is_named() {
        assert!(matches!(all("a,b\r\n1,2\r\n", LF), Err(Broken::Ending)));
        assert!(matches!(all("a;b\n1;2\n", CRLF), Err(Broken::Ending)));
        assert!(matches!(all("a,b\n1,\"2\n", LF), Err(Broken::Unclosed)));
        assert_eq!(cells("a\n5\" disk", LF), [["a"], ["5\" disk"]]);
        let latin = split(b"a\n\xe9\n", LF, 0, 9, true);
        assert!(matches!(latin, Err(Broken::Encoding)));
    }

    #[test]
    fn written_lines_read_back() {
        let mut out = Vec::new();
        write(&mut out, LF, ["a\"b", "", "c,\nd"]);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "\"a\"\"b\",\"\",\"c,\nd\"\n");
        assert_eq!(cells(&text, LF), [["a\"b", "", "c,\nd"]]);
    }
}
