//! SOQL that a user types, read just far enough to help: which object it asks, which
//! columns it names, what may stand where the cursor is. Never judges: a query the org
//! would refuse is still read, and only the org says so.

/// A word or a sign with its place in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token<'a> {
    text: &'a str,
    start: usize,
    /// Brackets open before it.
    depth: usize,
}

impl Token<'_> {
    fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphanumeric())
    }

    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | ':')
}

fn tokens(soql: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut depth = 0usize;
    let mut rest = soql.char_indices().peekable();
    while let Some((start, c)) = rest.next() {
        let mut end = start + c.len_utf8();
        let mut take = |more: &dyn Fn(char) -> bool| {
            while let Some((at, c)) = rest.next_if(|(_, c)| more(*c)) {
                end = at + c.len_utf8();
            }
        };
        match c {
            c if c.is_whitespace() => continue,
            '\'' => {
                let mut escaped = false;
                for (at, c) in rest.by_ref() {
                    end = at + c.len_utf8();
                    if c == '\'' && !escaped {
                        break;
                    }
                    escaped = c == '\\' && !escaped;
                }
            }
            c if is_of_word(c) => take(&is_of_word),
            '<' | '>' | '!' => take(&|c| c == '='),
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        found.push(Token {
            text: &soql[start..end],
            start,
            depth,
        });
        if c == '(' {
            depth += 1;
        }
    }
    found
}

/// The object after the outermost `FROM`.
pub fn object(soql: &str) -> Option<&str> {
    let tokens = tokens(soql);
    object_of(&tokens, 0).map(|token| token.text)
}

fn object_of<'a, 'b>(tokens: &'b [Token<'a>], depth: usize) -> Option<&'b Token<'a>> {
    let from = tokens
        .iter()
        .position(|token| token.depth == depth && token.is("FROM"))?;
    tokens.get(from + 1).filter(|token| token.is_word())
}

/// What the outermost `SELECT` lists, in its order, as the rows name it: a path, the alias
/// of an aggregate or the name the org gives it (`expr0`), a child query by its
/// relationship. Empty where it lists what only the org knows (`FIELDS(ALL)`).
pub fn columns(soql: &str) -> Vec<String> {
    let tokens = tokens(soql);
    let is_outer = |token: &Token<'_>, word: &str| token.depth == 0 && token.is(word);
    let Some(select) = tokens.iter().position(|token| is_outer(token, "SELECT")) else {
        return Vec::new();
    };
    let list = tokens[select + 1..]
        .split(|token| is_outer(token, "FROM"))
        .next()
        .unwrap_or_default();
    let mut unnamed = 0;
    let items = list.split(|token| is_outer(token, ","));
    items
        .filter_map(|item| column(item, &mut unnamed))
        .collect()
}

fn column(item: &[Token<'_>], unnamed: &mut usize) -> Option<String> {
    let (first, last) = (item.first()?, item.last()?);
    if first.is("FIELDS") || first.is("TYPEOF") {
        return None;
    }
    if first.text == "(" {
        let relationship = object_of(item, first.depth + 1)?;
        return Some(relationship.text.to_owned());
    }
    let is_call = item.get(1).is_some_and(|token| token.text == "(");
    match (is_call, last.text) {
        (true, ")")
            if ["toLabel", "FORMAT", "convertCurrency"]
                .iter()
                .any(|it| first.is(it)) =>
        {
            item.get(2).map(|token| token.text.to_owned())
        }
        (true, ")") => {
            *unnamed += 1;
            Some(format!("expr{}", *unnamed - 1))
        }
        _ => Some(last.text.to_owned()),
    }
}

/// What may stand where the cursor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Byte at which the word under the cursor starts; it ends at the cursor.
    pub start: usize,
    /// What is typed of it.
    pub typed: String,
    /// What it may become.
    pub what: What,
}

/// Sorts of words a query is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// An object's API name.
    Object,
    /// A field, or a relationship that leads on.
    Field {
        /// The object after `FROM`, or the relationship's name of a child query.
        object: String,
        /// Relationships gone through so far: `["Account", "Owner"]` for `Account.Owner.`.
        path: Vec<String>,
    },
    /// One of these words.
    Word(&'static [&'static str]),
}

const START: &[&str] = &["SELECT"];
const CLAUSES: &[&str] = &[
    "WHERE", "ORDER BY", "LIMIT", "GROUP BY", "HAVING", "OFFSET", "ALL ROWS",
];
const OPERATORS: &[&str] = &[
    "=",
    "!=",
    "<",
    ">",
    "<=",
    ">=",
    "LIKE",
    "IN (",
    "NOT IN (",
    "INCLUDES (",
    "EXCLUDES (",
];
const AFTER_TEST: &[&str] = &["AND", "OR", "ORDER BY", "LIMIT", "GROUP BY", "OFFSET"];
const AFTER_ORDER: &[&str] = &[
    "ASC",
    "DESC",
    "NULLS LAST",
    "NULLS FIRST",
    "LIMIT",
    "OFFSET",
];

/// Reads the query up to the cursor (a byte at a character's start) for what may come.
/// `None` where nothing helps: inside a text, behind a number.
pub fn wanted(soql: &str, cursor: usize) -> Option<Wanted> {
    let before = soql.get(..cursor)?;
    let all = tokens(before);
    let word = all
        .last()
        .filter(|token| token.is_word() && token.end() == cursor);
    let (start, typed) = word.map_or((cursor, ""), |token| (token.start, token.text));
    let done = &all[..all.len() - usize::from(word.is_some())];
    if done.last().is_some_and(is_open_text) {
        return None;
    }
    let depth = word.or(done.last()).map_or(0, |token| {
        token.depth + usize::from(word.is_none() && token.text == "(")
    });
    let what = match place(done, depth)? {
        Place::Field => field(soql, start, depth, typed),
        Place::Object => What::Object,
        Place::Word(words) => What::Word(words),
    };
    let typed = match what {
        What::Field { .. } => typed.rsplit('.').next().unwrap_or(typed),
        _ => typed,
    };
    Some(Wanted {
        start: cursor - typed.len(),
        typed: typed.to_owned(),
        what,
    })
}

fn is_open_text(token: &Token<'_>) -> bool {
    token.text.starts_with('\'') && (token.text.len() < 2 || !token.text.ends_with('\''))
}

enum Place {
    Field,
    Object,
    Word(&'static [&'static str]),
}

/// What follows these tokens, read in brackets of this depth.
fn place(done: &[Token<'_>], depth: usize) -> Option<Place> {
    let clause = done
        .iter()
        .rev()
        .take_while(|token| token.depth >= depth)
        .filter(|token| token.depth == depth)
        .find(|token| is_clause(token));
    let Some(last) = done.last() else {
        return Some(Place::Word(START));
    };
    if last.is("FROM") {
        return Some(Place::Object);
    }
    let Some(clause) = clause else {
        let in_select = done
            .iter()
            .any(|token| token.is("FROM") || token.is("SELECT"));
        return match (last.text, in_select) {
            ("(", true) => Some(Place::Field),
            (_, false) => Some(Place::Word(START)),
            _ => None,
        };
    };
    let follows = |word: &str| last.is(word) || last.text == ",";
    Some(match clause.text.to_ascii_uppercase().as_str() {
        "SELECT" if follows("SELECT") || last.text == "(" => Place::Field,
        "SELECT" => Place::Word(&["FROM"]),
        "FROM" => Place::Word(CLAUSES),
        "WHERE" | "HAVING" => match last.text.to_ascii_uppercase().as_str() {
            "WHERE" | "HAVING" | "AND" | "OR" | "NOT" | "(" => Place::Field,
            "=" | "!=" | "<" | ">" | "<=" | ">=" | "LIKE" | "IN" | "," => return None,
            _ if is_tested(done) => Place::Word(AFTER_TEST),
            _ => Place::Word(OPERATORS),
        },
        "BY" if follows("BY") => Place::Field,
        "BY" => Place::Word(AFTER_ORDER),
        _ => return None,
    })
}

fn is_clause(token: &Token<'_>) -> bool {
    ["SELECT", "FROM", "WHERE", "HAVING", "BY", "LIMIT", "OFFSET"]
        .iter()
        .any(|word| token.is(word))
}

/// The last test has its value: `Name = 'x'`, `Id IN (…)`.
fn is_tested(done: &[Token<'_>]) -> bool {
    let before = done.len().checked_sub(2).and_then(|at| done.get(at));
    let closes = done.last().is_some_and(|last| last.text == ")");
    closes
        || before.is_some_and(|token| {
            ["=", "!=", "<", ">", "<=", ">=", "LIKE"]
                .iter()
                .any(|sign| token.is(sign))
        })
}

/// The field being typed: its query's object stands behind the cursor as well as before.
fn field(soql: &str, start: usize, depth: usize, typed: &str) -> What {
    let all = tokens(soql);
    let at = all.iter().filter(|token| token.start < start).count();
    // The query's own brackets: from the last one opened at this depth to its end.
    let opens = |token: &Token<'_>| token.depth < depth;
    let first = all[..at].iter().rposition(opens).map_or(0, |it| it + 1);
    let last = all[at..]
        .iter()
        .position(opens)
        .map_or(all.len(), |it| at + it);
    let mut depths = (0..=depth).rev();
    let object = depths
        .find_map(|depth| object_of(&all[first..last], depth).or_else(|| object_of(&all, depth)))
        .map_or(String::new(), |token| token.text.to_owned());
    let path = typed.rsplit_once('.').map_or(Vec::new(), |(path, _)| {
        path.split('.').map(str::to_owned).collect()
    });
    What::Field { object, path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_the_rows_name_them() {
        let cases: &[(&str, &[&str])] = &[
            ("SELECT Id, Name FROM Contact", &["Id", "Name"]),
            (
                "select Account.Name,Owner.Name\nfrom Contact",
                &["Account.Name", "Owner.Name"],
            ),
            (
                "SELECT COUNT(Id) n, MAX(Amount), StageName s FROM Opportunity GROUP BY StageName",
                &["n", "expr0", "s"],
            ),
            (
                "SELECT Name, (SELECT Id FROM Contacts WHERE Name = ')') FROM Account",
                &["Name", "Contacts"],
            ),
            (
                "SELECT toLabel(StageName), FORMAT(Amount) FROM Opportunity",
                &["StageName", "Amount"],
            ),
            ("SELECT FIELDS(ALL) FROM Account LIMIT 200", &[]),
            ("SELECT COUNT() FROM Account", &["expr0"]),
            ("", &[]),
            ("SELECT", &[]),
            ("SELECT , FROM (", &[]),
        ];
        for (soql, wanted) in cases {
            assert_eq!(columns(soql), *wanted, "{soql}");
        }
    }

    #[test]
    fn the_outermost_from_names_the_object() {
        let cases = [
            (
                "SELECT (SELECT Id FROM Contacts) FROM Account",
                Some("Account"),
            ),
            (
                "SELECT Id FROM Account WHERE Name = ' FROM Lead'",
                Some("Account"),
            ),
            ("SELECT Id FROM", None),
            ("FROM (", None),
        ];
        for (soql, object_named) in cases {
            assert_eq!(object(soql), object_named, "{soql}");
        }
    }

    /// `^` is the cursor.
    fn at(text: &str) -> Option<Wanted> {
        let cursor = text.find('^').unwrap_or(text.len());
        wanted(&text.replacen('^', "", 1), cursor)
    }

    /// A field of an object behind these relationships.
    fn of(object: &str, path: &[&str]) -> What {
        What::Field {
            object: object.to_owned(),
            path: path.iter().map(|it| (*it).to_owned()).collect(),
        }
    }

    fn cases() -> Vec<(&'static str, What, &'static str)> {
        vec![
            ("^", What::Word(START), ""),
            ("sel^", What::Word(START), "sel"),
            ("SELECT ^ FROM Contact", of("Contact", &[]), ""),
            ("SELECT Id, Na^ FROM Contact", of("Contact", &[]), "Na"),
            (
                "SELECT Account.Ow^ FROM Contact",
                of("Contact", &["Account"]),
                "Ow",
            ),
            (
                "SELECT Account.Owner.^ FROM Contact",
                of("Contact", &["Account", "Owner"]),
                "",
            ),
            ("SELECT Id ^", What::Word(&["FROM"]), ""),
            ("SELECT Id FROM Con^", What::Object, "Con"),
            ("SELECT Id FROM Contact ^", What::Word(CLAUSES), ""),
            ("SELECT Id FROM Contact WHERE ^", of("Contact", &[]), ""),
            (
                "SELECT Id FROM Contact WHERE Name ^",
                What::Word(OPERATORS),
                "",
            ),
            (
                "SELECT Id FROM Contact WHERE Name = 'x' ^",
                What::Word(AFTER_TEST),
                "",
            ),
            (
                "SELECT Id FROM Contact WHERE Name = 'x' AND Em^",
                of("Contact", &[]),
                "Em",
            ),
            (
                "SELECT Id FROM Contact WHERE (Na^",
                of("Contact", &[]),
                "Na",
            ),
            ("SELECT Id FROM Contact ORDER BY ^", of("Contact", &[]), ""),
            (
                "SELECT Id FROM Contact ORDER BY Name ^",
                What::Word(AFTER_ORDER),
                "",
            ),
            (
                "SELECT Id, (SELECT La^ FROM Contacts) FROM Account",
                of("Contacts", &[]),
                "La",
            ),
            (
                "SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Acc^",
                What::Object,
                "Acc",
            ),
            ("SELECT COUNT(I^) FROM Contact", of("Contact", &[]), "I"),
        ]
    }

    #[test]
    fn what_may_come_depends_on_where_the_cursor_is() {
        for (text, what, typed) in cases() {
            let got = at(text).unwrap_or_else(|| panic!("nothing for {text}"));
            assert_eq!((got.what, got.typed.as_str()), (what, typed), "{text}");
        }
        for nothing in [
            "SELECT Id FROM Contact WHERE Name = 'Le^",
            "SELECT Id FROM Contact WHERE Name = ^",
            "SELECT Id FROM Contact LIMIT 1^",
        ] {
            assert_eq!(at(nothing), None, "{nothing}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it(text in "(SELECT|FROM|WHERE|'|\\(|\\)|,|\\.|[a-zé ]|\\\\){0,24}", at in 0usize..40) {
            let cursor = text.char_indices().map(|(at, _)| at).nth(at).unwrap_or(text.len());
            let found = wanted(&text, cursor);
            if let Some(found) = found {
                assert_eq!(text.get(found.start..cursor), Some(found.typed.as_str()));
            }
            columns(&text);
            object(&text);
        }
    }
}
