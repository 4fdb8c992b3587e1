//! Numbers as digits. What could be read in two ways (`1,200`) is refused.

use crate::block::fault::Fault;
use crate::domain::decimal::Decimal;
use crate::domain::schema::{Field, FieldType};

use super::cell::Verdict;

/// How large and how exact a field's numbers are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    whole: bool,
    percent: bool,
    /// Digits before the point.
    most_whole: usize,
    /// Digits behind it.
    most_decimals: usize,
}

/// A number's digits counted.
struct Size {
    whole: usize,
    decimals: usize,
}

impl Limits {
    pub(super) fn of(field: &Field) -> Self {
        let whole = field.kind == FieldType::Int;
        let most_whole = match whole {
            true => field.digits,
            false => field.precision.saturating_sub(field.scale),
        };
        let unknown = match whole {
            true => field.digits == 0,
            false => field.precision == 0,
        };
        Self {
            whole,
            percent: field.kind == FieldType::Percent,
            most_whole: if unknown {
                usize::MAX
            } else {
                most_whole as usize
            },
            most_decimals: match (whole, unknown) {
                (true, _) => 0,
                (false, true) => usize::MAX,
                (false, false) => field.scale as usize,
            },
        }
    }

    pub(super) fn check(&self, text: &[u8], out: &mut Vec<u8>) -> Verdict {
        if let Some(size) = plain(text) {
            return match self.fault(&size) {
                Some(fault) => Verdict::Bad(fault),
                // `5.0` in a field for whole numbers.
                None if self.whole && text.contains(&b'.') => self.rewritten(text, out),
                None => {
                    out.extend_from_slice(text);
                    Verdict::Good
                }
            };
        }
        self.rewritten(text, out)
    }

    /// Exponents, a plus, a percent sign: still one number only.
    fn rewritten(&self, text: &[u8], out: &mut Vec<u8>) -> Verdict {
        let bare = match text.strip_suffix(b"%") {
            Some(bare) if self.percent => bare.trim_ascii(),
            _ => text,
        };
        let read = std::str::from_utf8(bare).ok().and_then(Decimal::parse);
        let Some(number) = read else {
            return Verdict::Bad(Fault::NotNumber);
        };
        let size = Size {
            whole: number.whole_digits(),
            decimals: number.decimals(),
        };
        if let Some(fault) = self.fault(&size) {
            return Verdict::Bad(fault);
        }
        let written = number.to_string();
        let written = match self.whole {
            true => written.split('.').next().unwrap_or_default(),
            false => &written,
        };
        out.extend_from_slice(written.as_bytes());
        Verdict::Noted(Fault::PlainNumber)
    }

    fn fault(&self, size: &Size) -> Option<Fault> {
        if size.decimals > self.most_decimals {
            return Some(match self.whole {
                true => Fault::NotWhole,
                false => Fault::TooManyDecimals,
            });
        }
        (size.whole > self.most_whole).then_some(Fault::TooManyDigits)
    }

    pub(super) fn suggestion(&self, fault: Fault) -> String {
        match fault {
            Fault::TooManyDigits if self.most_decimals > 0 => {
                format!("at most {} digits before the point fit", self.most_whole)
            }
            Fault::TooManyDigits => format!("at most {} digits fit", self.most_whole),
            Fault::TooManyDecimals => format!(
                "at most {} decimals fit; the org would round it",
                self.most_decimals
            ),
            Fault::NotWhole => "write 1200".to_owned(),
            Fault::NotNumber if self.whole => "write 1200, without thousands marks".to_owned(),
            _ => "write 1200.50, without thousands marks".to_owned(),
        }
    }
}

/// The size of a number written as `-1200.50`; `None` for any other text.
fn plain(text: &[u8]) -> Option<Size> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let point = digits.iter().position(|byte| *byte == b'.');
    let (whole, decimals) = match point {
        Some(point) => (digits.get(..point)?, digits.get(point + 1..)?),
        None => (digits, &b""[..]),
    };
    let all_digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    if whole.is_empty() || !all_digits(whole) || !all_digits(decimals) {
        return None;
    }
    // `1.` is no number to the org.
    if point.is_some() && decimals.is_empty() {
        return None;
    }
    let leading = whole.iter().take_while(|byte| **byte == b'0').count();
    let trailing = decimals
        .iter()
        .rev()
        .take_while(|byte| **byte == b'0')
        .count();
    Some(Size {
        whole: whole.len() - leading,
        decimals: decimals.len() - trailing,
    })
}
