//! Did-you-mean: the candidates nearest to a mistyped word.

/// How alike two words must be to be offered (Jaro-Winkler, 0 to 1).
const LIKENESS: f64 = 0.78;

/// The nearest candidate, if one is near. Letter case and a custom field's `__c` do not
/// count.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    close(word, candidates, 1).into_iter().next()
}

/// `; did you mean `Email`?`, to end a message with; empty where nothing is near.
pub fn did_you_mean<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    match nearest(word, candidates) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    }
}

/// Near candidates, best first, at most `most`.
pub fn close<'a>(
    word: &str,
    candidates: impl Iterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    let word = bare(word);
    let mut scored: Vec<(f64, &str)> = candidates
        .map(|candidate| (likeness(&word, &bare(candidate)), candidate))
        .filter(|(score, _)| *score >= LIKENESS)
        .collect();
    scored.sort_by(|(left, _), (right, _)| right.total_cmp(left));
    scored.truncate(most);
    scored.into_iter().map(|(_, candidate)| candidate).collect()
}

/// The better of two measures: swapped or missing letters, and a start left unfinished.
fn likeness(word: &str, candidate: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(word, candidate)
        .max(strsim::jaro_winkler(word, candidate))
}

fn bare(word: &str) -> String {
    let lower = word.trim().to_lowercase();
    lower.strip_suffix("__c").unwrap_or(&lower).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let fields = [
            "FirstName",
            "LastName",
            "Email",
            "Phone",
            "NPS__c",
            "LeadSource",
        ];
        let cases = [
            ("Emial", Some("Email")),
            ("lastname", Some("LastName")),
            ("nps", Some("NPS__c")),
            ("Lead_Source__c", Some("LeadSource")),
            ("Zzz", None),
            ("", None),
        ];
        for (word, want) in cases {
            assert_eq!(nearest(word, fields.into_iter()), want, "{word}");
        }
    }
}
