//! The words apps ask rights with. Facts only.

use super::Denial;

const KNOWN: [&str; 17] = [
    "api",
    "web",
    "full",
    "refresh_token",
    "offline_access",
    "id",
    "openid",
    "profile",
    "email",
    "address",
    "phone",
    "chatter_api",
    "visualforce",
    "custom_permissions",
    "lightning",
    "content",
    "wave_api",
];

/// Every scope the org knows.
pub fn known() -> &'static [&'static str] {
    &KNOWN
}

/// What an app gets for its wish; without one, what most apps are set up for.
///
/// # Errors
/// `invalid_scope` for a word nobody knows.
pub fn granted(wish: Option<&str>) -> Result<String, Denial> {
    let Some(wish) = wish else {
        return Ok("api refresh_token id".to_owned());
    };
    let mut words: Vec<&str> = Vec::new();
    for word in wish.split_whitespace() {
        if !KNOWN.contains(&word) {
            let text = format!("the requested scope is not allowed: {word}");
            return Err(Denial::new("invalid_scope", text));
        }
        if !words.contains(&word) {
            words.push(word);
        }
    }
    Ok(words.join(" "))
}

/// Whether a session with these words may make data calls.
pub fn opens_data(scope: &str) -> bool {
    scope
        .split(' ')
        .any(|word| matches!(word, "api" | "full" | "web"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_known_words_once_each() {
        assert_eq!(granted(Some("api  id api")).unwrap(), "api id");
        assert_eq!(
            granted(Some("api money")).unwrap_err().error,
            "invalid_scope"
        );
        assert!(opens_data("id api") && !opens_data("id openid refresh_token"));
    }
}
