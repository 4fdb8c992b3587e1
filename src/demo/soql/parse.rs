//! SOQL tokens to a [`Query`]. Knows nothing of objects or fields.

use super::Fault;
use super::ast::{
    Count, Direction, Expr, FieldGroup, Item, Literal, LiteralValue, Nulls, Op, Operand, Order,
    Path, Query,
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
    if source.len() > LONGEST {
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
        self.word("select")?;
        let select = self.list(Self::item)?;
        self.word("from")?;
        let from = self.path()?;
        let alias = self.alias();
        let scope = if self.accept_word("using") {
            self.word("scope")?;
            Some(self.path()?)
        } else {
            None
        };
        let filter = if self.accept_word("where") {
            Some(self.filter()?)
        } else {
            None
        };
        if self.accept_word("with") {
            // SECURITY_ENFORCED, USER_MODE, SYSTEM_MODE: the org has one rule for all.
            self.path()?;
        }
        let (group, having) = self.grouping()?;
        let order = if self.accept_word("order") {
            self.word("by")?;
            self.list(Self::order)?
        } else {
            Vec::new()
        };
        let limit = self.count_after("limit")?;
        let offset = self.count_after("offset")?;
        let for_view = self.purpose()?;
        Ok(Query {
            select,
            from,
            alias,
            scope,
            filter,
            group,
            having,
            order,
            limit,
            offset,
            for_view,
        })
    }

    fn alias(&mut self) -> Option<String> {
        let token = self.peek();
        let plain = token.kind == Kind::Word && !token.text.contains('.');
        (plain && !is_reserved(&token.text) && !is_clause(&token.text)).then(|| self.take().text)
    }

    fn grouping(&mut self) -> Result<(Vec<Path>, Option<Expr>), Fault> {
        let mut group = Vec::new();
        if self.accept_word("group") {
            self.word("by")?;
            group = self.list(Self::path)?;
        }
        let having = if self.accept_word("having") {
            Some(self.filter()?)
        } else {
            None
        };
        Ok((group, having))
    }

    fn purpose(&mut self) -> Result<bool, Fault> {
        let mut view = false;
        while self.accept_word("for") {
            view |= self.is_word("view");
            if !["view", "reference", "update"]
                .iter()
                .any(|word| self.accept_word(word))
            {
                return Err(self.unexpected());
            }
        }
        Ok(view)
    }

    pub(super) fn count_after(&mut self, word: &str) -> Result<Option<Count>, Fault> {
        if !self.accept_word(word) {
            return Ok(None);
        }
        let token = self.peek().clone();
        match (token.kind, token.text.parse()) {
            (Kind::Figure, Ok(value)) => {
                self.next += 1;
                Ok(Some(Count {
                    value,
                    at: token.at,
                }))
            }
            _ => Err(self.unexpected()),
        }
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
            return Ok(Item::Field(path));
        }
        let name = path.text().to_ascii_uppercase();
        if name == "COUNT" && self.accept_sign(")") {
            return Ok(Item::CountAll);
        }
        if name == "FIELDS" {
            return self.field_group(path.at);
        }
        let argument = self.path()?;
        self.sign(")")?;
        let alias = self.alias();
        Ok(Item::Call {
            name,
            argument,
            alias,
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

    pub(super) fn order(&mut self) -> Result<Order, Fault> {
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
        let argument = if self.is_sign(")") {
            None
        } else {
            Some(self.path()?)
        };
        self.sign(")")?;
        Ok(Operand::Call {
            name: path.text().to_ascii_uppercase(),
            argument,
            at: path.at,
        })
    }

    /// `a AND b AND c` or `a OR b OR c`; the two do not mix without parentheses.
    pub(super) fn filter(&mut self) -> Result<Expr, Fault> {
        let first = self.term()?;
        for (word, join) in [
            ("and", Expr::And as fn(Vec<Expr>) -> Expr),
            ("or", Expr::Or),
        ] {
            if self.is_word(word) {
                let mut all = vec![first];
                while self.accept_word(word) {
                    all.push(self.term()?);
                }
                if self.is_word("and") || self.is_word("or") {
                    return Err(self.unexpected());
                }
                return Ok(join(all));
            }
        }
        Ok(first)
    }

    fn term(&mut self) -> Result<Expr, Fault> {
        if self.accept_word("not") {
            return Ok(Expr::Not(Box::new(self.nested(Self::term)?)));
        }
        if self.accept_sign("(") {
            let inner = self.nested(Self::filter)?;
            self.sign(")")?;
            return Ok(inner);
        }
        self.condition()
    }

    fn condition(&mut self) -> Result<Expr, Fault> {
        let left = self.operand()?;
        let negated = self.accept_word("not");
        if negated || self.is_word("in") {
            self.word("in")?;
            return self.membership(left, negated);
        }
        for (word, negated) in [("includes", false), ("excludes", true)] {
            if self.accept_word(word) {
                let Operand::Path(path) = left else {
                    return Err(self.unexpected());
                };
                let values = self.values()?;
                return Ok(Expr::Includes {
                    path,
                    values,
                    negated,
                });
            }
        }
        let op = self.op()?;
        let value = self.literal()?;
        Ok(Expr::Compare { left, op, value })
    }

    fn membership(&mut self, left: Operand, negated: bool) -> Result<Expr, Fault> {
        let Operand::Path(path) = left else {
            return Err(self.unexpected());
        };
        let followed_by_select = self
            .tokens
            .get(self.next + 1)
            .is_some_and(|token| token.text.eq_ignore_ascii_case("select"));
        if followed_by_select && self.accept_sign("(") {
            let query = Box::new(self.nested(Self::query)?);
            self.sign(")")?;
            return Ok(Expr::InQuery {
                path,
                query,
                negated,
            });
        }
        Ok(Expr::In {
            path,
            values: self.values()?,
            negated,
        })
    }

    fn values(&mut self) -> Result<Vec<Literal>, Fault> {
        self.sign("(")?;
        let values = self.list(Self::literal)?;
        self.sign(")")?;
        Ok(values)
    }

    fn op(&mut self) -> Result<Op, Fault> {
        if self.accept_word("like") {
            return Ok(Op::Like);
        }
        let op = match self.peek().text.as_str() {
            "=" => Op::Equal,
            "!=" | "<>" => Op::NotEqual,
            "<" => Op::Less,
            "<=" => Op::LessOrEqual,
            ">" => Op::Greater,
            ">=" => Op::GreaterOrEqual,
            _ => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(op)
    }

    fn literal(&mut self) -> Result<Literal, Fault> {
        let token = self.peek().clone();
        let value = match token.kind {
            Kind::Text { plain, like } => LiteralValue::Text { plain, like },
            Kind::Figure => figure(&token.text).ok_or_else(|| self.unexpected())?,
            Kind::Word => return self.named(token),
            Kind::Sign | Kind::End => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(Literal {
            value,
            at: token.at,
        })
    }

    fn named(&mut self, token: Token) -> Result<Literal, Fault> {
        let name = token.text.to_ascii_uppercase();
        let value = match name.as_str() {
            "NULL" => LiteralValue::Null,
            "TRUE" => LiteralValue::Bool(true),
            "FALSE" => LiteralValue::Bool(false),
            _ if super::dates::is_named(&name) => {
                self.next += 1;
                let n = if self.accept_sign(":") {
                    let n = self.peek().text.parse().map_err(|_| self.unexpected())?;
                    self.next += 1;
                    Some(n)
                } else {
                    None
                };
                if n.is_some() != super::dates::takes_number(&name) {
                    return Err(Fault::malformed(
                        token.at,
                        format!("unexpected token: '{}'", token.text),
                    ));
                }
                return Ok(Literal {
                    value: LiteralValue::Named { name, n },
                    at: token.at,
                });
            }
            // `USD5000`: an amount with its currency.
            _ if is_money(&name) => LiteralValue::Number(name[3..].to_owned()),
            _ => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(Literal {
            value,
            at: token.at,
        })
    }
}

fn figure(text: &str) -> Option<LiteralValue> {
    let is_date = |text: &str| {
        let bytes = text.as_bytes();
        bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-'
    };
    if is_date(text) {
        return text
            .parse::<jiff::civil::Date>()
            .ok()
            .map(|_| LiteralValue::Date(text.to_owned()));
    }
    if text.len() > 11 && text.get(..10).is_some_and(is_date) {
        return super::dates::instant(text).map(LiteralValue::DateTime);
    }
    let digits = text.trim_start_matches(['-', '+']);
    let numeric = digits
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '-' | '+'))
        && digits.contains(|c: char| c.is_ascii_digit());
    numeric.then(|| LiteralValue::Number(text.to_owned()))
}

fn is_money(name: &str) -> bool {
    name.len() > 3
        && name.is_char_boundary(3)
        && name[..3].chars().all(|c| c.is_ascii_uppercase())
        && name[3..].chars().all(|c| c.is_ascii_digit() || c == '.')
        && name[3..].starts_with(|c: char| c.is_ascii_digit())
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
    const WORDS: [&str; 9] = [
        "using", "with", "group", "order", "limit", "offset", "for", "null", "all",
    ];
    WORDS.iter().any(|clause| word.eq_ignore_ascii_case(clause))
}
