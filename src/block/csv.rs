//! Reads CSV by RFC 4180 in bounded memory, and says where a file is broken: by row,
//! line and column. Rows may end in LF, CRLF or CR. Must not know of headers or fields.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memchr3};

use super::row::{Row, TooLong};

const BUFFER: usize = 256 * 1024;

/// Rows of a CSV file, the header first.
pub(super) struct CsvReader<R> {
    input: R,
    delimiter: u8,
    buffer: Box<[u8]>,
    at: usize,
    end: usize,
    line: u64,
    rows: u64,
    bytes: u64,
}

/// Where and why reading had to end.
#[derive(Debug)]
pub(super) struct Broken {
    /// The row, as in [`Row::number`].
    pub row: u64,
    /// Line of the file.
    pub line: u64,
    /// Place of the cell, from 0.
    pub place: usize,
    /// What is wrong.
    pub why: Why,
}

/// What ends the reading of a file.
#[derive(Debug)]
pub(super) enum Why {
    /// A quote was opened and the file ended.
    OpenQuote,
    /// Longer than any record; with an open quote that may never have been meant.
    TooLong { quoted: bool },
    /// Text between a closing quote and the next delimiter.
    AfterQuote,
    /// Bytes that are no text in the file's encoding.
    Encoding(String),
    /// JSON that cannot be read.
    Json(String),
    /// The file cannot be read on.
    Io(io::Error),
}

/// What ended a cell.
enum Stop {
    Delimiter,
    Line,
    End,
}

impl<R: Read> CsvReader<R> {
    pub(super) fn new(input: R, delimiter: u8) -> Self {
        Self {
            input,
            delimiter,
            buffer: vec![0; BUFFER].into_boxed_slice(),
            at: 0,
            end: 0,
            line: 1,
            rows: 0,
            bytes: 0,
        }
    }

    /// Reads the next row; `false` at the end. Lines without any text are no rows. The
    /// header is row 0.
    pub(super) fn next(&mut self, row: &mut Row) -> Result<bool, Broken> {
        row.clear();
        row.number = self.rows;
        row.line = self.line;
        loop {
            match self.peek(row)? {
                None => return Ok(false),
                Some(b'\n' | b'\r') => self.end_line(row)?,
                Some(_) => break,
            }
        }
        row.line = self.line;
        loop {
            let stop = match self.peek(row)? {
                Some(b'"') => self.quoted(row)?,
                _ => self.plain(row)?,
            };
            row.end_cell();
            if !matches!(stop, Stop::Delimiter) {
                break;
            }
        }
        self.rows += 1;
        Ok(true)
    }

    /// Bytes taken so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    fn plain(&mut self, row: &mut Row) -> Result<Stop, Broken> {
        loop {
            let rest = self.buffer.get(self.at..self.end).unwrap_or_default();
            let found = memchr3(self.delimiter, b'\n', b'\r', rest);
            let text = rest.get(..found.unwrap_or(rest.len())).unwrap_or_default();
            if let Err(TooLong) = row.push(text) {
                return Err(self.broken(row, Why::TooLong { quoted: false }));
            }
            self.at += text.len();
            match found {
                Some(_) => return self.stop(row),
                None if !self.fill(row)? => return Ok(Stop::End),
                None => {}
            }
        }
    }

    /// A cell in quotes, which stands on one; two of them inside are one.
    fn quoted(&mut self, row: &mut Row) -> Result<Stop, Broken> {
        let opened = self.line;
        self.at += 1;
        loop {
            let rest = self.buffer.get(self.at..self.end).unwrap_or_default();
            let found = memchr(b'"', rest);
            let text = rest.get(..found.unwrap_or(rest.len())).unwrap_or_default();
            let lines = memchr_iter(b'\n', text).count() as u64;
            let pushed = row.push(text);
            self.at += text.len();
            if let Err(TooLong) = pushed {
                return Err(Broken {
                    line: opened,
                    ..self.broken(row, Why::TooLong { quoted: true })
                });
            }
            self.line += lines;
            if found.is_none() {
                if self.fill(row)? {
                    continue;
                }
                return Err(Broken {
                    line: opened,
                    ..self.broken(row, Why::OpenQuote)
                });
            }
            self.at += 1;
            match self.peek(row)? {
                Some(b'"') => {
                    self.at += 1;
                    // Room for one byte was there: the quote before it took it.
                    let _ = row.push(b"\"");
                }
                Some(byte) if byte == self.delimiter || byte == b'\n' || byte == b'\r' => {
                    return self.stop(row);
                }
                None => return Ok(Stop::End),
                Some(_) => return Err(self.broken(row, Why::AfterQuote)),
            }
        }
    }

    /// Takes the delimiter or line end that stands next.
    fn stop(&mut self, row: &Row) -> Result<Stop, Broken> {
        match self.buffer.get(self.at) {
            Some(byte) if *byte == self.delimiter => {
                self.at += 1;
                Ok(Stop::Delimiter)
            }
            _ => {
                self.end_line(row)?;
                Ok(Stop::Line)
            }
        }
    }

    fn end_line(&mut self, row: &Row) -> Result<(), Broken> {
        let was_return = self.buffer.get(self.at) == Some(&b'\r');
        self.at += 1;
        self.line += 1;
        if was_return && self.peek(row)? == Some(b'\n') {
            self.at += 1;
        }
        Ok(())
    }

    fn peek(&mut self, row: &Row) -> Result<Option<u8>, Broken> {
        if self.at == self.end && !self.fill(row)? {
            return Ok(None);
        }
        Ok(self.buffer.get(self.at).copied())
    }

    /// Gets more bytes once all are used; `false` at the end of the file.
    fn fill(&mut self, row: &Row) -> Result<bool, Broken> {
        self.at = 0;
        self.end = 0;
        loop {
            match self.input.read(&mut self.buffer) {
                Ok(count) => {
                    self.end = count;
                    self.bytes += count as u64;
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.broken(row, Why::of(error))),
            }
        }
    }

    fn broken(&self, row: &Row, why: Why) -> Broken {
        Broken {
            row: self.rows,
            line: self.line,
            place: row.len(),
            why,
        }
    }
}

impl Why {
    /// What a reader's error says: a decoder tells wrong bytes as invalid data.
    pub(super) fn of(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData => Self::Encoding(error.to_string()),
            _ => Self::Io(error),
        }
    }
}

/// Writes a cell, in quotes where it needs them.
pub(super) fn write_cell(out: &mut Vec<u8>, cell: &[u8], delimiter: u8) {
    let special = |byte: &u8| *byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r');
    if !cell.iter().any(special) {
        out.extend_from_slice(cell);
        return;
    }
    out.push(b'"');
    for piece in cell.split_inclusive(|byte| *byte == b'"') {
        out.extend_from_slice(piece);
        if piece.ends_with(b"\"") {
            out.push(b'"');
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Hands out a byte or so at a time, so that every border falls inside a cell once.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(out.len());
            let (now, later) = self.0.split_at(count);
            out[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    fn all(text: &str, step: usize) -> Result<Vec<Vec<String>>, Broken> {
        let mut reader = CsvReader::new(Drip(text.as_bytes(), step), b',');
        let (mut row, mut rows) = (Row::default(), Vec::new());
        while reader.next(&mut row)? {
            let cells = row.cells();
            rows.push(
                cells
                    .map(|cell| String::from_utf8_lossy(cell).into_owned())
                    .collect(),
            );
        }
        Ok(rows)
    }

    #[test]
    fn rows_are_read_whatever_ends_them_and_wherever_the_buffer_ends() {
        let cases: [(&str, &[&[&str]]); 9] = [
            ("", &[]),
            ("a,b\n1,2\n", &[&["a", "b"], &["1", "2"]]),
            ("a,b\r\n1,2", &[&["a", "b"], &["1", "2"]]),
            ("a,b\r1,2\r", &[&["a", "b"], &["1", "2"]]),
            ("a\n\n\r\n1\n", &[&["a"], &["1"]]),
            ("a,\n,b\n,", &[&["a", ""], &["", "b"], &["", ""]]),
            ("\"a,\nb\",\"c\"\"d\"\n", &[&["a,\nb", "c\"d"]]),
            ("\"\",x\n", &[&["", "x"]]),
            ("a \"quoted\" word,b", &[&["a \"quoted\" word", "b"]]),
        ];
        for (text, want) in cases {
            for step in [1, 2, 3, 100] {
                assert_eq!(all(text, step).unwrap(), want, "{text:?} by {step}");
            }
        }
    }

    #[test]
    fn a_broken_file_is_told_by_row_line_and_column() {
        let cases = [
            ("a,b\n1,\"2\n3,4\n", (1, 2, 1), "OpenQuote"),
            ("a,b\n\"x\ny\",2\n\"1\"2,3\n", (2, 4, 0), "AfterQuote"),
        ];
        for (text, place, why) in cases {
            let broken = all(text, 2).unwrap_err();
            assert_eq!((broken.row, broken.line, broken.place), place, "{text:?}");
            assert!(format!("{:?}", broken.why).starts_with(why), "{text:?}");
        }
    }

    #[test]
    fn an_endless_line_ends_at_the_bound() {
        let endless = io::repeat(b'x').take(1 << 30);
        let mut reader = CsvReader::new(endless, b',');
        let broken = reader.next(&mut Row::default()).unwrap_err();
        assert!(matches!(broken.why, Why::TooLong { quoted: false }));
    }

    proptest! {
        #[test]
        fn what_was_written_reads_back(cells in prop::collection::vec(".*", 2..5)) {
            let mut text = Vec::new();
            for (place, cell) in cells.iter().enumerate() {
                if place > 0 { text.push(b','); }
                write_cell(&mut text, cell.as_bytes(), b',');
            }
            // A row of empty cells still has its delimiters; a line break ends it.
            text.push(b'\n');
            let read = all(std::str::from_utf8(&text).unwrap(), 7).unwrap();
            prop_assert_eq!(read, vec![cells]);
        }
    }
}
