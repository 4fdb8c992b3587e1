//! The story's lists and tables, read from `assets/demo/story`.

const ACCOUNTS: &str = include_str!("../../../assets/demo/story/accounts.txt");
const COUNTRIES: &str = include_str!("../../../assets/demo/story/countries.txt");
const TEXTS: &str = include_str!("../../../assets/demo/story/texts.txt");

/// A company.
#[derive(Clone, Copy, Default)]
pub(super) struct Company {
    pub name: &'static str,
    pub industry: &'static str,
    pub kind: &'static str,
    pub street: &'static str,
    pub city: &'static str,
    pub state: &'static str,
    pub postal_code: &'static str,
    pub country: &'static str,
    pub employees: u64,
    /// In millions.
    pub revenue: u64,
}

/// A country with the people who live there.
pub(super) struct Country {
    pub code: &'static str,
    pub name: &'static str,
    pub region: &'static str,
    /// `#` stands for a digit.
    pub phone: &'static str,
    /// As a multi-picklist.
    pub languages: &'static str,
    pub people: Vec<Person>,
}

/// Someone's name.
#[derive(Clone, Copy, Default)]
pub(super) struct Person {
    pub salutation: &'static str,
    pub first: Spelling,
    pub last: Spelling,
}

/// A name and how an e-mail address spells it.
#[derive(Clone, Copy, Default)]
pub(super) struct Spelling {
    pub name: &'static str,
    plain: &'static str,
}

impl Spelling {
    pub(super) fn plain(self) -> String {
        self.plain.to_lowercase()
    }
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
}

fn cells(line: &'static str) -> impl Iterator<Item = &'static str> {
    line.split('|').map(str::trim)
}

/// The 50 companies.
pub(super) fn companies() -> Vec<Company> {
    lines(ACCOUNTS).map(company).collect()
}

fn company(line: &'static str) -> Company {
    let mut cells = cells(line);
    let mut next = || cells.next().unwrap_or_default();
    Company {
        name: next(),
        industry: next(),
        kind: next(),
        street: next(),
        city: next(),
        state: next(),
        postal_code: next(),
        country: next(),
        employees: next().parse().unwrap_or_default(),
        revenue: next().parse().unwrap_or_default(),
    }
}

/// The countries the companies are in.
pub(super) fn countries() -> Vec<Country> {
    lines(COUNTRIES).map(country).collect()
}

fn country(line: &'static str) -> Country {
    let mut cells = cells(line);
    let mut next = || cells.next().unwrap_or_default();
    Country {
        code: next(),
        name: next(),
        region: next(),
        phone: next(),
        languages: next(),
        people: people(next(), next(), next()),
    }
}

/// Every first name with every last name.
fn people(women: &'static str, men: &'static str, last: &'static str) -> Vec<Person> {
    let first = spellings(women)
        .map(|first| ("Ms.", first))
        .chain(spellings(men).map(|first| ("Mr.", first)));
    first
        .flat_map(|(salutation, first)| {
            spellings(last).map(move |last| Person {
                salutation,
                first,
                last,
            })
        })
        .collect()
}

fn spellings(names: &'static str) -> impl Iterator<Item = Spelling> {
    names.split(',').map(|name| {
        let (name, plain) = name.split_once('=').unwrap_or((name, name));
        Spelling {
            name: name.trim(),
            plain: plain.trim(),
        }
    })
}

/// The lines of a list in `texts.txt`.
pub(super) fn list(name: &str) -> Vec<&'static str> {
    lines(TEXTS)
        .skip_while(|line| line.trim_matches(['[', ']']) != name)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .collect()
}

/// The lines of a list as pairs.
pub(super) fn pairs(name: &str) -> Vec<(&'static str, &'static str)> {
    list(name)
        .into_iter()
        .map(|line| {
            let mut cells = cells(line);
            (
                cells.next().unwrap_or_default(),
                cells.next().unwrap_or_default(),
            )
        })
        .collect()
}

/// The lines of a list as triples.
pub(super) fn triples(name: &str) -> Vec<(&'static str, &'static str, &'static str)> {
    list(name)
        .into_iter()
        .map(|line| {
            let mut cells = cells(line);
            let mut next = || cells.next().unwrap_or_default();
            (next(), next(), next())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_complete() {
        let countries = countries();
        assert_eq!(companies().len(), 50);
        for company in companies() {
            assert!(
                company.employees > 0 && company.revenue > 0,
                "{}",
                company.name
            );
            assert!(
                countries.iter().any(|own| own.code == company.country),
                "{}",
                company.name
            );
        }
        for country in countries {
            assert!(country.people.len() >= 40, "{}", country.code);
            for person in country.people {
                for spelling in [person.first, person.last] {
                    assert!(!spelling.name.is_empty(), "{}", country.code);
                    let plain = spelling.plain();
                    let fits = |c: char| c.is_ascii_lowercase() || c == '-';
                    assert!(plain.chars().all(fits), "{}", spelling.name);
                }
            }
        }
    }

    #[test]
    fn every_list_the_story_draws_from_is_there() {
        for name in ["titles", "calls", "mails", "meetings", "notes", "campaigns"] {
            assert!(pairs(name).iter().all(|pair| !pair.1.is_empty()), "{name}");
            assert!(pairs(name).len() >= 4, "{name}");
        }
        for name in ["deals", "next steps", "todos", "companies"] {
            assert!(list(name).len() >= 6, "{name}");
        }
        assert!(triples("cases").iter().all(|triple| !triple.2.is_empty()));
        assert_eq!(list("nothing of that name"), Vec::<&str>::new());
    }
}
