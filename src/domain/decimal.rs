//! Decimal numbers as digits, never as floats: currency, percent and number values keep
//! every digit the org or the user gave. Knows nothing of fields.

use std::cmp::Ordering;
use std::fmt;

use serde_json::Value;

/// More digits than any Salesforce number has (18); keeps `1E999999` from filling memory.
const MOST_DIGITS: usize = 64;

/// An exact decimal number. Equal when the values are: `1.50` is `1.5`.
#[derive(Debug, Clone)]
pub struct Decimal {
    negative: bool,
    /// Digits before the point, without leading zeros; empty for zero.
    whole: String,
    /// Digits behind the point as they were written, trailing zeros too.
    fraction: String,
}

impl Decimal {
    /// Reads `-12.50`, `.5` or JSON's `1.39E8`; no grouping, no blanks.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        if !whole
            .chars()
            .chain(fraction.chars())
            .all(|c| c.is_ascii_digit())
        {
            return None;
        }
        Self::from_parts(negative, whole, fraction)?.shifted(exponent)
    }

    /// The value of a JSON number, or of a string that holds one.
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => Self::parse(&number.to_string()),
            Value::String(text) => Self::parse(text.trim()),
            _ => None,
        }
    }

    /// A JSON number with these very digits.
    pub fn to_value(&self) -> Value {
        serde_json::from_str(&self.to_string()).unwrap_or(Value::Null)
    }

    /// The value times ten to the power of `places`.
    pub fn shifted(&self, places: i32) -> Option<Self> {
        let distance = usize::try_from(places.unsigned_abs()).ok()?;
        if distance > MOST_DIGITS {
            return None;
        }
        let digits = format!("{}{}", self.whole, self.fraction);
        if places >= 0 {
            let point = self.whole.len() + distance;
            let digits = format!("{digits:0<point$}");
            let (whole, fraction) = digits.split_at(point);
            return Self::from_parts(self.negative, whole, fraction);
        }
        let least = self.fraction.len() + distance;
        let digits = format!("{digits:0>least$}");
        let (whole, fraction) = digits.split_at(digits.len() - least);
        Self::from_parts(self.negative, whole, fraction)
    }

    /// Digits before the point; 0 for `0.5`.
    pub fn whole_digits(&self) -> usize {
        self.whole.len()
    }

    /// Digits behind the point that matter: 1 for `0.50`.
    pub fn decimals(&self) -> usize {
        self.fraction.trim_end_matches('0').len()
    }

    /// Has nothing behind the point.
    pub fn is_whole(&self) -> bool {
        self.decimals() == 0
    }

    /// With thousands separated and at least `scale` decimals: `120,000.00`.
    pub fn grouped(&self, scale: u32) -> String {
        let scale = (scale as usize).max(self.decimals());
        let mut out = String::from(if self.is_negative() { "-" } else { "" });
        if self.whole.is_empty() {
            out.push('0');
        }
        for (place, digit) in self.whole.chars().enumerate() {
            if place > 0 && (self.whole.len() - place).is_multiple_of(3) {
                out.push(',');
            }
            out.push(digit);
        }
        if scale > 0 {
            let fraction = self.fraction.trim_end_matches('0');
            out.push_str(&format!(".{fraction:0<scale$}"));
        }
        out
    }

    /// `None` when it has more digits than any real value.
    fn from_parts(negative: bool, whole: &str, fraction: &str) -> Option<Self> {
        let whole = whole.trim_start_matches('0');
        (whole.len() <= MOST_DIGITS && fraction.len() <= MOST_DIGITS).then(|| Self {
            negative,
            whole: whole.to_owned(),
            fraction: fraction.to_owned(),
        })
    }

    fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.decimals() == 0
    }

    fn is_negative(&self) -> bool {
        self.negative && !self.is_zero()
    }

    fn compare_size(&self, other: &Self) -> Ordering {
        let fractions = || {
            let mine = self.fraction.trim_end_matches('0');
            mine.cmp(other.fraction.trim_end_matches('0'))
        };
        self.whole
            .len()
            .cmp(&other.whole.len())
            .then_with(|| self.whole.cmp(&other.whole))
            .then_with(fractions)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative(), other.is_negative()) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.compare_size(other),
            (true, true) => other.compare_size(self),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

/// Plain digits as they were written, which read back to the same value: `120000.00`.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative() { "-" } else { "" };
        let whole = if self.whole.is_empty() {
            "0"
        } else {
            &self.whole
        };
        write!(f, "{sign}{whole}")?;
        if !self.fraction.is_empty() {
            write!(f, ".{}", self.fraction)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_every_digit() {
        let cases = [
            ("0.1", "0.1"),
            ("9007199254740993.01", "9007199254740993.01"),
            ("-12.50", "-12.50"),
            ("-0", "0"),
            (".5", "0.5"),
            ("1.39E8", "139000000"),
            ("1.5e-3", "0.0015"),
            ("+7", "7"),
        ];
        for (text, want) in cases {
            assert_eq!(Decimal::parse(text).unwrap().to_string(), want, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in [
            "",
            ".",
            "-",
            "1,000",
            "1 2",
            "0x10",
            "1e",
            "1E999999999",
            "٣",
            "--1",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn compares_by_value() {
        let number = |text| Decimal::parse(text).unwrap();
        assert_eq!(number("1.50"), number("1.5"));
        assert_eq!(number("-0.0"), number("0"));
        assert!(number("-2") < number("-1"));
        assert!(number("9") < number("10"));
        assert!(number("0.09") < number("0.1"));
    }

    #[test]
    fn groups_thousands() {
        let cases = [
            ("120000", 2, "120,000.00"),
            ("999", 0, "999"),
            ("1000", 0, "1,000"),
            ("-1234567.5", 2, "-1,234,567.50"),
            ("0.125", 2, "0.125"),
            ("0", 2, "0.00"),
        ];
        for (text, scale, want) in cases {
            assert_eq!(Decimal::parse(text).unwrap().grouped(scale), want);
        }
    }

    #[test]
    fn json_keeps_the_digits() {
        let value = Decimal::parse("12345678901234567.89").unwrap().to_value();
        assert_eq!(value.to_string(), "12345678901234567.89");
    }
}
