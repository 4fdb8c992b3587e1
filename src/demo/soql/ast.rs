//! A SOQL statement as data. Knows nothing of objects, fields or SQL.

/// A whole `SELECT`.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub select: Vec<Item>,
    pub from: Path,
    /// `FROM Account a`.
    pub alias: Option<String>,
    /// `FROM Contact c, c.Account a`: parents by names of their own.
    pub parents: Vec<(Path, String)>,
    pub scope: Option<Path>,
    pub filter: Option<Expr>,
    pub group: Grouping,
    pub having: Option<Expr>,
    pub order: Vec<Order>,
    pub limit: Option<Count>,
    pub offset: Option<Count>,
    /// `FOR VIEW` or `FOR REFERENCE`: the rows become recently viewed.
    pub for_view: bool,
}

impl Query {
    /// `SELECT … FROM X` and nothing else.
    pub fn of(select: Vec<Item>, from: Path) -> Self {
        Self {
            select,
            from,
            alias: None,
            parents: Vec::new(),
            scope: None,
            filter: None,
            group: Grouping::default(),
            having: None,
            order: Vec::new(),
            limit: None,
            offset: None,
            for_view: false,
        }
    }
}

/// `GROUP BY`, empty when there is none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grouping {
    pub by: Vec<Operand>,
    pub totals: Totals,
}

/// Which rows of totals a grouped result has besides its groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Totals {
    #[default]
    None,
    /// `ROLLUP(a, b)`: by `a`, and of all.
    Rollup,
    /// `CUBE(a, b)`: by every subset.
    Cube,
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
    /// `Name n`, in grouped queries.
    Named {
        path: Path,
        alias: String,
    },
    /// `COUNT(Id) n`, `toLabel(Status)`, `FORMAT(MIN(Amount))`.
    Call {
        call: Operand,
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
    /// `CALENDAR_YEAR(convertTimezone(CreatedDate))`, `COUNT(Id)` in `HAVING`; the name in
    /// upper case.
    Call {
        name: String,
        argument: Option<Box<Operand>>,
        at: usize,
    },
}

impl Operand {
    /// As written, but for the case of function names.
    pub fn text(&self) -> String {
        match self {
            Self::Path(path) => path.text(),
            Self::Call { name, argument, .. } => {
                let inside = argument.as_ref().map(|inner| inner.text());
                format!("{name}({})", inside.unwrap_or_default())
            }
        }
    }

    /// Where it stands.
    pub fn at(&self) -> usize {
        match self {
            Self::Path(path) => path.at,
            Self::Call { at, .. } => *at,
        }
    }
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
    /// `13:45:00.000Z`, as stored.
    Time(String),
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
