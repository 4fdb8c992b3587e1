//! SOQL tokens to a [`Query`]. Knows nothing of objects or fields.

mod condition;

use super::Fault;
use super::ast::{
    Count, Direction, FieldGroup, Grouping, Item, Nulls, Operand, Order, Path, Query, Totals,
};
use super::lex::{Kind, Token, tokens};

/// Longest statement (SOQL and SOSL reference, limits).
const LONGEST: usize = 100_000;
/// Deepest nesting of parentheses; keeps hostile statements off the stack.
const DEEPEST: usize = 50;

/// Parses one statement.
///
/// # Errors
/// What Salesforce says of it, with the place.
pub fn parse(source: &str) -> Result<Query, Fault> {
    if source.trim().is_empty() {
        return Err(Fault::bare(
            "MALFORMED_QUERY",
            "SOQL statements cannot be empty or null",
        ));
    }
    if source.chars().count() > LONGEST {
        return Err(Fault::bare(
            "MALFORMED_QUERY",
            "SOQL statements cannot be longer than 100000 characters.",
        ));
    }
    let mut parser = Parser::new(source)?;
    let query = parser.query()?;
    parser.end()?;
    Ok(query)
}

/// A place in the tokens; [`super::search`] reads SOSL with it.
pub(super) struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Parser {
    /// At the first token.
    pub(super) fn new(source: &str) -> Result<Self, Fault> {
        Ok(Self {
            tokens: tokens(source)?,
            next: 0,
            depth: 0,
        })
    }

    /// Nothing may follow.
    pub(super) fn end(&self) -> Result<(), Fault> {
        if self.peek().kind == Kind::End {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn peek(&self) -> &Token {
        // The list always ends with `End`, and `next` never passes it.
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        if token.kind != Kind::End {
            self.next += 1;
        }
        token
    }

    pub(super) fn unexpected(&self) -> Fault {
        let token = self.peek();
        Fault::malformed(token.at, format!("unexpected token: '{}'", token.text))
    }

    fn is_word(&self, word: &str) -> bool {
        self.peek().kind == Kind::Word && self.peek().text.eq_ignore_ascii_case(word)
    }

    fn is_sign(&self, sign: &str) -> bool {
        self.peek().kind == Kind::Sign && self.peek().text == sign
    }

    pub(super) fn accept_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.next += usize::from(found);
        found
    }

    pub(super) fn accept_sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        self.next += usize::from(found);
        found
    }

    pub(super) fn word(&mut self, word: &str) -> Result<(), Fault> {
        if self.accept_word(word) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    pub(super) fn sign(&mut self, sign: &str) -> Result<(), Fault> {
        if self.accept_sign(sign) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::bare(
                "QUERY_TOO_COMPLICATED",
                "Query is either selecting too many fields or the filter conditions are too complicated.",
            ));
        }
        let result = inner(self);
        self.depth -= 1;
        result
    }

    pub(super) fn path(&mut self) -> Result<Path, Fault> {
        if self.peek().kind != Kind::Word || is_reserved(&self.peek().text) {
            return Err(self.unexpected());
        }
        let token = self.take();
        let parts: Vec<String> = token.text.split('.').map(str::to_owned).collect();
        if parts.iter().any(String::is_empty) {
            return Err(Fault::malformed(
                token.at,
                format!("unexpected token: '{}'", token.text),
            ));
        }
        Ok(Path {
            parts,
            at: token.at,
        })
    }

    pub(super) fn list<T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut all = vec![one(self)?];
        while self.accept_sign(",") {
            all.push(one(self)?);
        }
        Ok(all)
    }

    fn query(&mut self) -> Result<Query, Fault> {
        let mut query = self.selection()?;
        if self.accept_word("with") {
            self.mode()?;
        }
        query.group = self.grouping()?;
        if self.accept_word("having") {
            query.having = Some(self.filter()?);
        }
        query.order = self.ordering()?;
        query.limit = self.count_after("limit")?;
        query.offset = self.count_after("offset")?;
        query.for_view = self.purpose()?;
        if self.is_word("all") {
            let at = self.peek().at;
            return Err(Fault::malformed(at, "ALL ROWS not allowed in this context"));
        }
        Ok(query)
    }

    /// From `SELECT` to `WHERE`: all that a sub-select of a condition may have.
    fn selection(&mut self) -> Result<Query, Fault> {
        self.word("select")?;
        let select = self.list(Self::item)?;
        self.word("from")?;
        let mut query = Query::of(select, self.path()?);
        query.alias = self.alias();
        while self.accept_sign(",") {
            let path = self.path()?;
            let alias = self.alias().ok_or_else(|| self.unexpected())?;
            query.parents.push((path, alias));
        }
        if self.accept_word("using") {
            self.word("scope")?;
            query.scope = Some(self.path()?);
        }
        if self.accept_word("where") {
            query.filter = Some(self.filter()?);
        }
        Ok(query)
    }

    /// Whose rights hold: the API always asks those of the user.
    fn mode(&mut self) -> Result<(), Fault> {
        let modes = ["security_enforced", "user_mode", "system_mode"];
        if modes.iter().any(|mode| self.accept_word(mode)) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    pub(super) fn ordering(&mut self) -> Result<Vec<Order>, Fault> {
        if !self.accept_word("order") {
            return Ok(Vec::new());
        }
        self.word("by")?;
        self.list(Self::order)
    }

    fn alias(&mut self) -> Option<String> {
        let token = self.peek();
        let plain = token.kind == Kind::Word && !token.text.contains('.');
        (plain && !is_reserved(&token.text) && !is_clause(&token.text)).then(|| self.take().text)
    }

    fn grouping(&mut self) -> Result<Grouping, Fault> {
        if !self.accept_word("group") {
            return Ok(Grouping::default());
        }
        self.word("by")?;
        let totals = if self.is_call("rollup") {
            Totals::Rollup
        } else if self.is_call("cube") {
            Totals::Cube
        } else {
            let by = self.list(Self::operand)?;
            return Ok(Grouping {
                by,
                totals: Totals::None,
            });
        };
        self.next += 1;
        self.sign("(")?;
        let by = self.list(Self::operand)?;
        self.sign(")")?;
        Ok(Grouping { by, totals })
    }

    /// Whether a word and an opening parenthesis come next.
    fn is_call(&self, word: &str) -> bool {
        self.is_word(word)
            && self
                .tokens
                .get(self.next + 1)
                .is_some_and(|token| token.text == "(")
    }

    /// `FOR VIEW`, `FOR REFERENCE`, `FOR UPDATE`, `UPDATE TRACKING`; whether rows are seen.
    fn purpose(&mut self) -> Result<bool, Fault> {
        let mut seen = false;
        loop {
            if self.accept_word("for") {
                let view = self.accept_word("view") || self.accept_word("reference");
                seen |= view;
                if !view {
                    self.word("update")?;
                }
            } else {
                let before = self.next;
                self.tracking()?;
                if self.next == before {
                    return Ok(seen);
                }
            }
        }
    }

    /// `UPDATE TRACKING` or `UPDATE VIEWSTAT`: counts for articles, which the org has none of.
    pub(super) fn tracking(&mut self) -> Result<(), Fault> {
        if self.accept_word("update") && !self.accept_word("tracking") {
            self.word("viewstat")?;
        }
        Ok(())
    }

    /// A quoted text, in any case.
    pub(super) fn text(&mut self, expected: &str) -> Result<(), Fault> {
        match &self.peek().kind {
            Kind::Text { plain, .. } if plain.eq_ignore_ascii_case(expected) => {
                self.next += 1;
                Ok(())
            }
            _ => Err(self.unexpected()),
        }
    }

    /// A whole number.
    pub(super) fn number(&mut self) -> Result<u64, Fault> {
        let token = self.peek();
        match (&token.kind, token.text.parse()) {
            (Kind::Figure, Ok(value)) => {
                self.next += 1;
                Ok(value)
            }
            _ => Err(self.unexpected()),
        }
    }

    pub(super) fn count_after(&mut self, word: &str) -> Result<Option<Count>, Fault> {
        if !self.accept_word(word) {
            return Ok(None);
        }
        let at = self.peek().at;
        let value = self.number()?;
        Ok(Some(Count { value, at }))
    }

    pub(super) fn item(&mut self) -> Result<Item, Fault> {
        if self.accept_sign("(") {
            let query = self.nested(Self::query)?;
            self.sign(")")?;
            return Ok(Item::Children(Box::new(query)));
        }
        if self.accept_word("typeof") {
            return self.type_of();
        }
        let path = self.path()?;
        if !self.accept_sign("(") {
            return Ok(match self.alias() {
                Some(alias) => Item::Named { path, alias },
                None => Item::Field(path),
            });
        }
        let name = path.text().to_ascii_uppercase();
        if name == "FIELDS" {
            return self.field_group(path.at);
        }
        let call = self.call(name, path.at)?;
        let alias = self.alias();
        let all = matches!(&call, Operand::Call { name, argument: None, .. } if name == "COUNT");
        Ok(if all && alias.is_none() {
            Item::CountAll
        } else {
            Item::Call { call, alias }
        })
    }

    fn field_group(&mut self, at: usize) -> Result<Item, Fault> {
        let groups = [
            ("all", FieldGroup::All),
            ("standard", FieldGroup::Standard),
            ("custom", FieldGroup::Custom),
        ];
        for (word, group) in groups {
            if self.accept_word(word) {
                self.sign(")")?;
                return Ok(Item::Fields { group, at });
            }
        }
        Err(self.unexpected())
    }

    fn type_of(&mut self) -> Result<Item, Fault> {
        let path = self.path()?;
        let mut cases = Vec::new();
        while self.accept_word("when") {
            let object = self.path()?.text();
            self.word("then")?;
            cases.push((object, self.list(Self::path)?));
        }
        let otherwise = if self.accept_word("else") {
            self.list(Self::path)?
        } else {
            Vec::new()
        };
        self.word("end")?;
        Ok(Item::TypeOf {
            path,
            cases,
            otherwise,
        })
    }

    fn order(&mut self) -> Result<Order, Fault> {
        let by = self.operand()?;
        let direction = if self.accept_word("desc") {
            Direction::Descending
        } else {
            self.accept_word("asc");
            Direction::Ascending
        };
        let mut nulls = Nulls::First;
        if self.accept_word("nulls") {
            if self.accept_word("last") {
                nulls = Nulls::Last;
            } else {
                self.word("first")?;
            }
        }
        Ok(Order {
            by,
            direction,
            nulls,
        })
    }

    fn operand(&mut self) -> Result<Operand, Fault> {
        let path = self.path()?;
        if !self.accept_sign("(") {
            return Ok(Operand::Path(path));
        }
        self.call(path.text().to_ascii_uppercase(), path.at)
    }

    /// A function behind its opening parenthesis.
    fn call(&mut self, name: String, at: usize) -> Result<Operand, Fault> {
        let argument = if self.is_sign(")") {
            None
        } else {
            Some(Box::new(self.nested(Self::operand)?))
        };
        self.sign(")")?;
        Ok(Operand::Call { name, argument, at })
    }
}

/// Words that can be no field or object name.
fn is_reserved(word: &str) -> bool {
    const WORDS: [&str; 11] = [
        "and", "asc", "desc", "from", "having", "in", "like", "not", "or", "select", "where",
    ];
    WORDS
        .iter()
        .any(|reserved| word.eq_ignore_ascii_case(reserved))
}

/// Words that start a clause and so cannot be an alias.
fn is_clause(word: &str) -> bool {
    const WORDS: [&str; 14] = [
        "using", "with", "group", "order", "limit", "offset", "for", "null", "all", "update",
        "when", "then", "else", "end",
    ];
    WORDS.iter().any(|clause| word.eq_ignore_ascii_case(clause))
}
