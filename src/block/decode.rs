//! Turns a file's bytes into UTF-8 while they are read. Must not know what they mean.

use std::io::{self, Read};

use crate::domain::block::Encoding;

const CHUNK: usize = 32 * 1024;

/// What Windows-1252 puts at 0x80 to 0x9F; 0 where it puts nothing.
const HIGH: [u16; 32] = [
    0x20ac, 0, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152,
    0, 0x17d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161,
    0x203a, 0x153, 0, 0x17e, 0x178,
];

/// A reader of UTF-8 over one of another encoding.
pub(super) struct Decoder<R> {
    input: R,
    encoding: Encoding,
    raw: Vec<u8>,
    text: String,
    given: usize,
    ended: bool,
}

/// The input as UTF-8. UTF-8 itself passes as it is and must be checked by its reader.
pub(super) fn decoded<R: Read + Send + 'static>(
    input: R,
    encoding: Encoding,
) -> Box<dyn Read + Send> {
    match encoding {
        Encoding::Utf8 => Box::new(input),
        _ => Box::new(Decoder {
            input,
            encoding,
            raw: Vec::new(),
            text: String::new(),
            given: 0,
            ended: false,
        }),
    }
}

impl<R: Read> Decoder<R> {
    /// Decodes the next chunk. What is left in `raw` is the start of a character.
    fn refill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.given = 0;
        let mut chunk = self.input.by_ref().take(CHUNK as u64);
        self.ended = chunk.read_to_end(&mut self.raw)? == 0;
        match self.encoding {
            Encoding::Windows1252 => self.windows(),
            Encoding::Utf16Le => self.utf16(u16::from_le_bytes),
            _ => self.utf16(u16::from_be_bytes),
        }
    }

    fn windows(&mut self) -> io::Result<()> {
        for byte in self.raw.drain(..) {
            let high = byte
                .checked_sub(0x80)
                .and_then(|place| HIGH.get(usize::from(place)));
            let code = high.map_or(u16::from(byte), |code| *code);
            match char::from_u32(u32::from(code)) {
                Some(c) if code != 0 || byte == 0 => self.text.push(c),
                _ => return Err(wrong(&format!("byte {byte:#04x} is no Windows-1252 text"))),
            }
        }
        Ok(())
    }

    fn utf16(&mut self, unit: fn([u8; 2]) -> u16) -> io::Result<()> {
        let mut units: Vec<u16> = self
            .raw
            .chunks_exact(2)
            .filter_map(|pair| pair.try_into().ok())
            .map(unit)
            .collect();
        let mut kept = self.raw.split_off(units.len() * 2);
        let half = units.last().filter(|last| (0xd800..0xdc00).contains(*last));
        if half.is_some() && !self.ended {
            units.pop();
            let mut bytes = self.raw.split_off(units.len() * 2);
            bytes.append(&mut kept);
            kept = bytes;
        }
        for read in char::decode_utf16(units) {
            let read = read.map_err(|half| wrong(&half.to_string()))?;
            self.text.push(read);
        }
        if self.ended && !kept.is_empty() {
            return Err(wrong("the file ends within a character of UTF-16"));
        }
        self.raw = kept;
        Ok(())
    }
}

fn wrong(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_owned())
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            if self.ended {
                return Ok(0);
            }
            self.refill()?;
        }
        let rest = self.text.as_bytes().get(self.given..).unwrap_or_default();
        let mut rest: &[u8] = rest;
        let count = rest.read(out)?;
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time.
    struct Slow(Vec<u8>);

    impl Read for Slow {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() || out.is_empty() {
                return Ok(0);
            }
            out[0] = self.0.remove(0);
            Ok(1)
        }
    }

    fn read(bytes: Vec<u8>, encoding: Encoding) -> io::Result<String> {
        let mut text = String::new();
        decoded(Slow(bytes), encoding).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn every_encoding_reads_to_the_same_text() {
        let text = "Zoë,€ 20,漢字,😀\n";
        let units: Vec<u16> = text.encode_utf16().collect();
        let little = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        assert_eq!(read(little, Encoding::Utf16Le).unwrap(), text);
        assert_eq!(read(big, Encoding::Utf16Be).unwrap(), text);
        let western = b"Zo\xeb,\x80 20\n".to_vec();
        assert_eq!(read(western, Encoding::Windows1252).unwrap(), "Zoë,€ 20\n");
    }

    #[test]
    fn what_is_no_text_is_an_error_not_a_mark() {
        for (bytes, encoding) in [
            (vec![0x41, 0x81], Encoding::Windows1252),
            (vec![0x00, 0xd8, 0x41, 0x00], Encoding::Utf16Le),
            (vec![0x41, 0x00, 0x42], Encoding::Utf16Le),
            (vec![0x3d, 0xd8], Encoding::Utf16Le),
        ] {
            let error = read(bytes.clone(), encoding).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{bytes:?}");
        }
    }
}
