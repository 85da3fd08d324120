//! The grammar: operators by their strength, loops, conditionals. Reads the text once, resolving names as it goes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ast::{Arith, Compare, Definition, Domain, Expr, Kind, MAX_HEIGHT};
use super::name::{self, Scope};
use super::source::{Failure, Source};
use crate::value::Type;

/// Longest text of one expression.
pub(crate) const MAX_TEXT: usize = 256 * 1024;
/// How deep brackets and keywords may nest.
const MAX_NESTING: u32 = 60;

pub(crate) type Parsed<T> = Result<T, Failure>;

/// What parsing adds to the program beside the tree.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    pub functions: Vec<Definition>,
    /// Tests of allowed values: the tested value is local 0.
    pub limits: Vec<Vec<Expr>>,
    /// Types of the model's item definitions.
    pub types: BTreeMap<Arc<str>, Type>,
}

/// Words that end an operand.
const RESERVED: [&str; 16] = [
    "if",
    "then",
    "else",
    "for",
    "in",
    "return",
    "some",
    "every",
    "satisfies",
    "and",
    "or",
    "between",
    "instance",
    "of",
    "function",
    "external",
];

pub(crate) struct Parser<'p> {
    pub(super) source: Source<'p>,
    pub(super) pos: usize,
    pub(crate) scope: &'p mut Scope,
    pub(crate) arena: &'p mut Arena,
    nesting: u32,
    /// Inside the end of a range, where `[` may close it.
    pub(super) in_range: bool,
}

impl<'p> Parser<'p> {
    pub(crate) fn new(source: Source<'p>, scope: &'p mut Scope, arena: &'p mut Arena) -> Self {
        Self { source, pos: 0, scope, arena, nesting: 0, in_range: false }
    }

    /// The whole text as one expression.
    pub(crate) fn expression_only(mut self) -> Parsed<Expr> {
        self.check_size()?;
        let e = self.expression()?;
        self.end()?;
        Ok(e)
    }

    pub(super) fn check_size(&self) -> Parsed<()> {
        if self.source.text.len() > MAX_TEXT {
            let message = format!("the expression has {} bytes; the limit is {MAX_TEXT}", self.source.text.len());
            return Err(self.failure(0, "too_long", message, "split it into several decisions"));
        }
        Ok(())
    }

    pub(super) fn end(&mut self) -> Parsed<()> {
        self.space();
        if self.rest().is_empty() { Ok(()) } else { Err(self.expected("an operator or the end of the expression")) }
    }

    // Characters and words.

    pub(super) fn rest(&self) -> &'p str {
        &self.source.text[self.pos..]
    }

    /// Skips white space and comments.
    pub(super) fn space(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
            self.pos += rest.len() - trimmed.len();
            let skipped = if trimmed.starts_with("//") {
                trimmed.find(['\n', '\r']).unwrap_or(trimmed.len())
            } else if let Some(body) = trimmed.strip_prefix("/*") {
                body.find("*/").map_or(trimmed.len(), |end| end + 4)
            } else {
                return;
            };
            self.pos += skipped;
        }
    }

    pub(super) fn peek(&mut self) -> Option<char> {
        self.space();
        self.rest().chars().next()
    }

    /// Takes a symbol.
    pub(super) fn take(&mut self, symbol: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(symbol);
        if found {
            self.pos += symbol.len();
        }
        found
    }

    pub(super) fn require(&mut self, symbol: &str) -> Parsed<()> {
        if self.take(symbol) { Ok(()) } else { Err(self.expected(&format!("`{symbol}`"))) }
    }

    pub(super) fn at_word(&mut self, word: &str) -> bool {
        self.space();
        self.rest().strip_prefix(word).is_some_and(|after| !after.chars().next().is_some_and(name::is_part))
    }

    /// Takes a keyword.
    pub(super) fn word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        if found {
            self.pos += word.len();
        }
        found
    }

    pub(super) fn require_word(&mut self, word: &str) -> Parsed<()> {
        if self.word(word) { Ok(()) } else { Err(self.expected(&format!("`{word}`"))) }
    }

    pub(super) fn is_reserved(word: &str) -> bool {
        RESERVED.contains(&word)
    }

    // Failures and nodes.

    pub(super) fn failure(&self, at: usize, code: &'static str, message: String, mend: &str) -> Failure {
        Failure { code, at: self.source.at(at), message, mend: mend.to_owned() }
    }

    /// "found X, expected Y" at the present place.
    pub(super) fn expected(&mut self, what: &str) -> Failure {
        self.space();
        let rest = self.rest();
        let read = match rest.chars().next() {
            None => "the end".to_owned(),
            Some(c) if name::is_start(c) => {
                format!("`{}`", rest.chars().take_while(|c| name::is_part(*c)).take(40).collect::<String>())
            }
            Some(c) => format!("`{c}`"),
        };
        let mend = match (foreign(rest), rest.chars().next().and_then(narrow)) {
            (Some(ours), _) => format!("write `{ours}`"),
            (_, Some(plain)) => format!("write `{plain}` instead of the full-width sign"),
            _ => format!("write {what} here"),
        };
        self.failure(self.pos, "syntax", format!("found {read}, expected {what}"), &mend)
    }

    pub(super) fn node(&self, kind: Kind, at: usize) -> Parsed<Expr> {
        let e = Expr::new(super::fold::fold(kind), self.source.at(at));
        if e.height > MAX_HEIGHT {
            let message = format!("the expression is more than {MAX_HEIGHT} levels deep");
            return Err(self.failure(at, "too_deep", message, "split it into several decisions"));
        }
        Ok(e)
    }

    // Expressions, weakest first.

    pub(crate) fn expression(&mut self) -> Parsed<Expr> {
        self.enter()?;
        let outer = std::mem::replace(&mut self.in_range, false);
        let e = self.disjunction();
        self.in_range = outer;
        self.leave();
        e
    }

    /// One level deeper; refused where the text nests too deep.
    pub(super) fn enter(&mut self) -> Parsed<()> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            let message = format!("brackets and keywords nest more than {MAX_NESTING} deep");
            return Err(self.failure(self.pos, "too_deep", message, "split it into several decisions"));
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.nesting -= 1;
    }

    fn disjunction(&mut self) -> Parsed<Expr> {
        let mut left = self.conjunction()?;
        loop {
            self.space();
            let at = self.pos;
            if !self.word("or") {
                return Ok(left);
            }
            let right = self.conjunction()?;
            left = self.node(Kind::Or(Box::new((left, right))), at)?;
        }
    }

    fn conjunction(&mut self) -> Parsed<Expr> {
        let mut left = self.comparison()?;
        loop {
            self.space();
            let at = self.pos;
            if !self.word("and") {
                return Ok(left);
            }
            let right = self.comparison()?;
            left = self.node(Kind::And(Box::new((left, right))), at)?;
        }
    }

    fn comparison(&mut self) -> Parsed<Expr> {
        let mut left = self.additive()?;
        loop {
            self.space();
            let at = self.pos;
            left = if let Some(op) = self.comparator() {
                let right = self.additive()?;
                self.node(Kind::Compare(op, Box::new((left, right))), at)?
            } else if self.word("between") {
                let low = self.additive()?;
                self.require_word("and")?;
                let high = self.additive()?;
                self.node(Kind::Between(Box::new((left, low, high))), at)?
            } else if self.word("in") {
                self.in_tests(left, at)?
            } else {
                return Ok(left);
            };
        }
    }

    pub(super) fn comparator(&mut self) -> Option<Compare> {
        let table = [
            ("!=", Compare::NotEqual),
            ("<=", Compare::LessOrEqual),
            (">=", Compare::GreaterOrEqual),
            ("<", Compare::Less),
            (">", Compare::Greater),
            ("=", Compare::Equal),
        ];
        table.into_iter().find(|(symbol, _)| self.take(symbol)).map(|(_, op)| op)
    }

    pub(super) fn additive(&mut self) -> Parsed<Expr> {
        let mut left = self.multiplicative()?;
        loop {
            self.space();
            let at = self.pos;
            let op = if self.take("+") {
                Arith::Add
            } else if self.take("-") {
                Arith::Subtract
            } else {
                return Ok(left);
            };
            let right = self.multiplicative()?;
            left = self.node(Kind::Arith(op, Box::new((left, right))), at)?;
        }
    }

    fn multiplicative(&mut self) -> Parsed<Expr> {
        let mut left = self.power()?;
        loop {
            self.space();
            let at = self.pos;
            let op = if self.rest().starts_with("**") {
                return Ok(left);
            } else if self.take("*") {
                Arith::Multiply
            } else if self.take("/") {
                Arith::Divide
            } else {
                return Ok(left);
            };
            let right = self.power()?;
            left = self.node(Kind::Arith(op, Box::new((left, right))), at)?;
        }
    }

    fn power(&mut self) -> Parsed<Expr> {
        let mut left = self.negation()?;
        loop {
            self.space();
            let at = self.pos;
            if !self.take("**") {
                return Ok(left);
            }
            let right = self.negation()?;
            left = self.node(Kind::Arith(Arith::Power, Box::new((left, right))), at)?;
        }
    }

    fn negation(&mut self) -> Parsed<Expr> {
        self.space();
        let at = self.pos;
        let mut signs = 0u32;
        while self.take("-") {
            signs += 1;
        }
        let mut e = self.instance()?;
        for _ in 0..signs {
            e = self.node(Kind::Negate(Box::new(e)), at)?;
        }
        Ok(e)
    }

    fn instance(&mut self) -> Parsed<Expr> {
        let e = self.postfix()?;
        self.space();
        let at = self.pos;
        if !self.word("instance") {
            return Ok(e);
        }
        self.require_word("of")?;
        let of = self.type_name()?;
        self.node(Kind::InstanceOf(Box::new(e), of), at)
    }

    // Keywords that begin an expression.

    pub(super) fn conditional(&mut self, at: usize) -> Parsed<Expr> {
        let condition = self.expression()?;
        self.require_word("then")?;
        let yes = self.expression()?;
        self.require_word("else")?;
        let no = self.expression()?;
        self.node(Kind::If(Box::new((condition, yes, no))), at)
    }

    pub(super) fn for_loop(&mut self, at: usize) -> Parsed<Expr> {
        let mark = self.scope.mark();
        let domains = self.domains()?;
        self.require_word("return")?;
        self.scope.push_local("partial");
        let from = self.pos;
        let body = Box::new(self.expression()?);
        let partial = self.source.text[from..self.pos].contains("partial");
        self.scope.reset(mark);
        self.node(Kind::For { domains, body, partial }, at)
    }

    pub(super) fn quantified(&mut self, every: bool, at: usize) -> Parsed<Expr> {
        let mark = self.scope.mark();
        let domains = self.domains()?;
        self.require_word("satisfies")?;
        let satisfies = Box::new(self.expression()?);
        self.scope.reset(mark);
        self.node(Kind::Quantified { every, domains, satisfies }, at)
    }

    /// `x in list, y in 1..3`: each sees the variables before it.
    fn domains(&mut self) -> Parsed<Vec<Domain>> {
        let mut list = Vec::new();
        loop {
            let variable = self.new_name(&["in"])?;
            self.require_word("in")?;
            let low = self.expression()?;
            let domain = if self.take("..") { Domain::Count(low, self.expression()?) } else { Domain::Each(low) };
            list.push(domain);
            self.scope.push_local(&variable);
            if !self.take(",") {
                return Ok(list);
            }
        }
    }
}

/// The plain sign for one typed by a Chinese keyboard.
/// What FEEL writes for a sign of other languages.
fn foreign(rest: &str) -> Option<&'static str> {
    let signs = [("≥", ">="), ("≤", "<="), ("≠", "!="), ("×", "*"), ("÷", "/"), ("&&", "and"), ("||", "or")];
    let more = [("'", "\""), ("=", "="), ("<>", "!="), ("%", "modulo(a, b)")];
    signs.iter().chain(&more).find(|(sign, _)| rest.starts_with(sign)).map(|(_, ours)| *ours)
}

fn narrow(c: char) -> Option<char> {
    Some(match c {
        '，' | '、' => ',',
        '（' => '(',
        '）' => ')',
        '：' => ':',
        '“' | '”' | '＂' => '"',
        '＝' => '=',
        '＜' | '《' => '<',
        '＞' | '》' => '>',
        '＋' => '+',
        '－' => '-',
        '【' => '[',
        '】' => ']',
        '。' => '.',
        _ => return None,
    })
}
