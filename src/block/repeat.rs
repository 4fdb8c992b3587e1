//! Finds rows that share a key, in memory that does not grow with the rows: the keys'
//! hashes go to a file and are compared range by range. Must not know what a key means.

use std::fs::File;
use std::hash::{DefaultHasher, Hasher};
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::domain::block::Repeated;
use crate::domain::failure::Failure;

use super::source::unwritable;

/// Hashes compared at a time: 16 bytes each.
const AT_A_TIME: u64 = 128 * 1024;
/// One hash and one row number.
const ENTRY: usize = 16;

/// Keys of ready rows.
pub(super) struct Keys {
    path: PathBuf,
    file: BufWriter<File>,
    count: u64,
    /// Letter case tells keys apart.
    case: bool,
    lower: Vec<u8>,
}

/// A row that is not sent because another has its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Double {
    /// The row that stays behind.
    pub row: u64,
    /// The one it repeats, or one that repeats it.
    pub other: u64,
}

impl Keys {
    pub(super) fn create(path: PathBuf, case: bool) -> Result<Self, Failure> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .map_err(|error| unwritable(&path, &error))?;
        Ok(Self {
            path,
            file: BufWriter::with_capacity(64 * 1024, file),
            count: 0,
            case,
            lower: Vec::new(),
        })
    }

    /// The key of a row that is ready.
    pub(super) fn add(&mut self, key: &[u8], row: u64) -> Result<(), Failure> {
        let mut hasher = DefaultHasher::new();
        if self.case {
            hasher.write(key);
        } else if key.is_ascii() {
            self.lower.clear();
            self.lower.extend(key.iter().map(u8::to_ascii_lowercase));
            hasher.write(&self.lower);
        } else {
            hasher.write(String::from_utf8_lossy(key).to_lowercase().as_bytes());
        }
        let mut entry = [0; ENTRY];
        let (hash, number) = entry.split_at_mut(8);
        hash.copy_from_slice(&hasher.finish().to_le_bytes());
        number.copy_from_slice(&row.to_le_bytes());
        self.count += 1;
        self.file
            .write_all(&entry)
            .map_err(|error| unwritable(&self.path, &error))
    }

    /// Rows to leave behind, in order. Two keys of one hash among two million are likely
    /// once in ten million files; they would be told as repeated, never sent wrongly.
    pub(super) fn doubles(self, rule: Repeated) -> Result<Vec<Double>, Failure> {
        let Self {
            path, file, count, ..
        } = self;
        let told = |error: &std::io::Error| unwritable(&path, error);
        let mut file = file.into_inner().map_err(|error| told(error.error()))?;
        let ranges = count.div_ceil(AT_A_TIME).max(1);
        let width = (u64::MAX / ranges).saturating_add(1);
        let mut doubles = Vec::new();
        let room = usize::try_from(AT_A_TIME + AT_A_TIME / 8).unwrap_or_default();
        let mut entries: Vec<(u64, u64)> = Vec::with_capacity(room);
        for range in 0..ranges {
            entries.clear();
            file.seek(SeekFrom::Start(0))
                .map_err(|error| told(&error))?;
            each(&file, |hash, row| {
                if hash / width == range {
                    entries.push((hash, row));
                }
            })
            .map_err(|error| told(&error))?;
            entries.sort_unstable();
            for same in entries.chunk_by(|left, right| left.0 == right.0) {
                leave_behind(same, rule, &mut doubles);
            }
        }
        drop(file);
        remove(&path);
        doubles.sort_unstable();
        Ok(doubles)
    }
}

/// What cannot be removed lies in the run's folder and goes with it.
fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
}

fn each(file: &File, mut entry: impl FnMut(u64, u64)) -> std::io::Result<()> {
    let mut reader = BufReader::with_capacity(256 * 1024, file);
    let mut chunk = [0u8; ENTRY * 1024];
    let mut held = 0;
    loop {
        let count = reader.read(chunk.get_mut(held..).unwrap_or_default())?;
        if count == 0 {
            return Ok(());
        }
        held += count;
        let whole = held / ENTRY * ENTRY;
        for bytes in chunk.get(..whole).unwrap_or_default().chunks_exact(ENTRY) {
            let (hash, row) = bytes.split_at(8);
            let number = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes);
            if let (Ok(hash), Ok(row)) = (number(hash), number(row)) {
                entry(hash, row);
            }
        }
        chunk.copy_within(whole..held, 0);
        held -= whole;
    }
}

/// Rows of one key, in order.
fn leave_behind(same: &[(u64, u64)], rule: Repeated, doubles: &mut Vec<Double>) {
    let (Some((_, first)), Some((_, last))) = (same.first(), same.last()) else {
        return;
    };
    if first == last {
        return;
    }
    for (_, row) in same {
        let other = match rule {
            Repeated::First => *first,
            Repeated::Last => *last,
            Repeated::Reject if row == first => *last,
            Repeated::Reject => *first,
        };
        if other != *row {
            doubles.push(Double { row: *row, other });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(keys: &[&str], case: bool, rule: Repeated) -> Vec<(u64, u64)> {
        let folder = tempfile::tempdir().unwrap();
        let mut all = Keys::create(folder.path().join("keys"), case).unwrap();
        for (row, key) in (1..).zip(keys) {
            all.add(key.as_bytes(), row).unwrap();
        }
        let doubles = all.doubles(rule).unwrap();
        doubles
            .iter()
            .map(|found| (found.row, found.other))
            .collect()
    }

    #[test]
    fn the_rule_says_which_row_of_a_key_goes() {
        let keys = ["a", "b", "A", "c", "a", "É", "é"];
        let cases = [
            (Repeated::First, vec![(3, 1), (5, 1), (7, 6)]),
            (Repeated::Last, vec![(1, 5), (3, 5), (6, 7)]),
            (
                Repeated::Reject,
                vec![(1, 5), (3, 1), (5, 1), (6, 7), (7, 6)],
            ),
        ];
        for (rule, want) in cases {
            assert_eq!(found(&keys, false, rule), want, "{rule:?}");
        }
        assert_eq!(found(&keys, true, Repeated::First), [(5, 1)]);
    }

    #[test]
    fn no_double_is_missed_where_the_ranges_are_many() {
        let keys: Vec<String> = (0..300_000u64)
            .map(|number| format!("K-{}", number % 299_990))
            .collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let want: Vec<(u64, u64)> = (0..10).map(|n| (299_991 + n, n + 1)).collect();
        assert_eq!(found(&keys, true, Repeated::First), want);
    }
}
