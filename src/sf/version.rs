//! Which API version to speak: the newest that both sides know.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use super::json;
use super::request::Request;
use crate::domain::failure::Failure;

/// A version of the REST API, `v66.0`. Three come a year; minor numbers are always 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiVersion(pub u16);

impl ApiVersion {
    /// Spring '26, the newest this client is tested against.
    pub const NEWEST_TESTED: Self = Self(66);

    /// The newest version that is both offered and tested; the newest tested one when the
    /// org offers none that is.
    pub fn choose(offered: &[Self]) -> Self {
        offered
            .iter()
            .copied()
            .filter(|version| *version <= Self::NEWEST_TESTED)
            .max()
            .unwrap_or(Self::NEWEST_TESTED)
    }

    /// Path below which the data of this version lives, `/services/data/v66.0`.
    pub fn base(self) -> String {
        format!("/services/data/{self}")
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.0", self.0)
    }
}

impl FromStr for ApiVersion {
    type Err = Failure;

    /// Takes `66`, `66.0` and `v66.0`.
    fn from_str(text: &str) -> Result<Self, Failure> {
        let number = text.trim().trim_start_matches('v');
        let major = number.strip_suffix(".0").unwrap_or(number);
        major
            .parse()
            .map(Self)
            .map_err(|_| Failure::input(&format!("`{text}` is not an API version, such as `66.0`")))
    }
}

/// Asks what the API offers to this token: refused where the user may not use it.
pub fn resources(version: ApiVersion) -> Request {
    Request::get(format!("/services/data/{version}/"))
}

/// Asks which versions the org offers; needs no token.
pub fn versions() -> Request {
    Request::get("/services/data".to_owned())
}

/// Reads the answer to [`versions`].
pub fn read_versions(body: &[u8]) -> Result<Vec<ApiVersion>, Failure> {
    #[derive(Deserialize)]
    struct Offered {
        version: String,
    }
    let offered: Vec<Offered> = json::read(body)?;
    Ok(offered
        .iter()
        .filter_map(|offer| offer.version.parse().ok())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_both_sides_know_is_taken() {
        let newest = ApiVersion::NEWEST_TESTED.0;
        let cases: [(&[u16], u16); 4] = [
            (&[31, 58, 60], 60),
            (&[60, newest, newest + 1], newest),
            (&[newest + 3], newest),
            (&[], newest),
        ];
        for (offered, chosen) in cases {
            let offered: Vec<_> = offered.iter().copied().map(ApiVersion).collect();
            assert_eq!(
                ApiVersion::choose(&offered),
                ApiVersion(chosen),
                "{offered:?}"
            );
        }
    }

    #[test]
    fn versions_are_read_in_every_spelling() {
        for text in ["66", "66.0", "v66.0", " v66.0 "] {
            assert_eq!(text.parse::<ApiVersion>().unwrap().to_string(), "v66.0");
        }
        for text in ["", "v", "66.5", "x66", "-1"] {
            assert!(text.parse::<ApiVersion>().is_err(), "{text}");
        }
        let body = br#"[{"label":"Spring '26","url":"/services/data/v66.0","version":"66.0"},
                        {"label":"?","url":"/","version":"later"}]"#;
        assert_eq!(read_versions(body).unwrap(), [ApiVersion(66)]);
    }
}
