//! A SOQL statement as data. Knows nothing of objects, fields or SQL.

/// A whole `SELECT`.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub select: Vec<Item>,
    pub from: Path,
    /// `FROM Account a`.
    pub alias: Option<String>,
    pub scope: Option<Path>,
    pub filter: Option<Expr>,
    pub group: Vec<Path>,
    pub having: Option<Expr>,
    pub order: Vec<Order>,
    pub limit: Option<Count>,
    pub offset: Option<Count>,
    /// `FOR VIEW`: the rows become recently viewed.
    pub for_view: bool,
}

/// A dotted name and where it stands (byte offset in the statement).
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    pub parts: Vec<String>,
    pub at: usize,
}

impl Path {
    /// As written, `Account.Owner.Name`.
    pub fn text(&self) -> String {
        self.parts.join(".")
    }

    /// The last part.
    pub fn leaf(&self) -> &str {
        self.parts.last().map_or("", String::as_str)
    }
}

/// A row count and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub value: u64,
    pub at: usize,
}

/// One thing selected.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Field(Path),
    /// `COUNT()`.
    CountAll,
    /// `COUNT(Id) n`, `toLabel(Status)`, `FORMAT(Amount)`.
    Call {
        name: String,
        argument: Path,
        alias: Option<String>,
    },
    /// `FIELDS(ALL)`.
    Fields {
        group: FieldGroup,
        at: usize,
    },
    /// `(SELECT Id FROM Contacts)`.
    Children(Box<Query>),
    /// `TYPEOF What WHEN Account THEN Phone ELSE Name END`.
    TypeOf {
        path: Path,
        cases: Vec<(String, Vec<Path>)>,
        otherwise: Vec<Path>,
    },
}

/// The argument of `FIELDS()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldGroup {
    All,
    Standard,
    Custom,
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Compare {
        left: Operand,
        op: Op,
        value: Literal,
    },
    In {
        path: Path,
        values: Vec<Literal>,
        negated: bool,
    },
    InQuery {
        path: Path,
        query: Box<Query>,
        negated: bool,
    },
    /// Multi-select pick lists: each text is one or more values joined by `;`.
    Includes {
        path: Path,
        values: Vec<Literal>,
        negated: bool,
    },
}

/// The left side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    Path(Path),
    /// `CALENDAR_YEAR(CreatedDate)`, `COUNT(Id)` in `HAVING`.
    Call {
        name: String,
        argument: Option<Path>,
        at: usize,
    },
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    pub value: LiteralValue,
    pub at: usize,
}

/// What a literal says.
#[derive(Debug, Clone, PartialEq)]
pub enum LiteralValue {
    Null,
    Bool(bool),
    /// Decimal text.
    Number(String),
    /// `like` keeps `\%`, `\_` and `\\` escaped, for `LIKE`.
    Text {
        plain: String,
        like: String,
    },
    Date(String),
    DateTime(String),
    /// `TODAY`, `LAST_N_DAYS:7`; the name in upper case.
    Named {
        name: String,
        n: Option<i64>,
    },
}

/// One `ORDER BY` part.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub by: Operand,
    pub direction: Direction,
    pub nulls: Nulls,
}

/// Sort direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// Where nulls go; first unless said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    First,
    Last,
}
