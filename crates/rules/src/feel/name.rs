//! Names: what is in scope, and how a text is matched against it.
//!
//! A FEEL name may hold spaces and operators (`实习 月数`, `Approved/Declined`), so only the scope can tell where a name
//! ends: the longest name in scope wins, and a nearer one wins over a farther one of the same length.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ast::{Expr, Kind};
use crate::value::Value;

/// What a name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Binding {
    Input(u32),
    Decision(u32),
    Local(u32),
    Constant(Value),
    /// The tested value, when it is an expression that costs nothing to read again.
    Alias(Box<Expr>),
}

impl Binding {
    /// The expression that reads it.
    pub(crate) fn read(&self, at: u32) -> Expr {
        match self {
            Self::Input(slot) => Expr::new(Kind::Input(*slot), at),
            Self::Decision(slot) => Expr::new(Kind::Decision(*slot), at),
            Self::Local(slot) => Expr::new(Kind::Local(*slot), at),
            Self::Constant(value) => Expr::constant(value.clone(), at),
            Self::Alias(e) => Expr { at, ..(**e).clone() },
        }
    }
}

/// The names an expression may use, the places of its locals, and the entry names known in the model.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    names: Vec<(Arc<str>, Binding)>,
    /// Locals alive at this point: the place of the next one.
    depth: u32,
    /// Places of the elements of the filters around this point, inner last.
    elements: Vec<u32>,
    /// Names that entries of contexts bear anywhere in the model.
    pub(crate) entries: BTreeSet<Arc<str>>,
}

/// Where a scope stood, to return to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    names: usize,
    depth: u32,
    elements: usize,
}

impl Scope {
    /// An empty scope in which those entry names are known.
    pub(crate) fn knowing(entries: BTreeSet<Arc<str>>) -> Self {
        Self { entries, ..Self::default() }
    }

    pub(crate) fn bind(&mut self, name: impl AsRef<str>, binding: Binding) {
        self.names.push((normal(name.as_ref()), binding));
    }

    /// A new local of that name; its place.
    pub(crate) fn push_local(&mut self, name: &str) -> u32 {
        let slot = self.depth;
        self.depth += 1;
        self.bind(name, Binding::Local(slot));
        slot
    }

    /// How many locals are alive.
    pub(crate) const fn depth(&self) -> u32 {
        self.depth
    }

    /// The element of a filter: a local named `item`, whose entries are in scope by their own names.
    pub(crate) fn push_element(&mut self) -> u32 {
        let slot = self.push_local("item");
        self.elements.push(slot);
        slot
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { names: self.names.len(), depth: self.depth, elements: self.elements.len() }
    }

    pub(crate) fn reset(&mut self, mark: Mark) {
        self.names.truncate(mark.names);
        self.depth = mark.depth;
        self.elements.truncate(mark.elements);
    }

    pub(crate) fn note_entry(&mut self, name: &str) {
        self.entries.insert(normal(name));
    }

    /// The innermost filter's element.
    pub(crate) fn element(&self) -> Option<u32> {
        self.elements.last().copied()
    }

    /// The meaning of exactly that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Binding> {
        self.names.iter().rev().find(|(n, _)| **n == *name).map(|(_, b)| b)
    }

    /// The longest name in scope at the front of `text`: how many bytes it takes, its name and meaning.
    pub(crate) fn longest(&self, text: &str) -> Option<(usize, Arc<str>, Binding)> {
        let mut best: Option<(usize, &(Arc<str>, Binding))> = None;
        for entry in self.names.iter().rev() {
            if let Some(length) = match_name(&entry.0, text)
                && best.is_none_or(|(b, _)| length > b)
            {
                best = Some((length, entry));
            }
        }
        best.map(|(length, (name, binding))| (length, name.clone(), binding.clone()))
    }

    /// The longest known entry name at the front of `text`.
    pub(crate) fn longest_entry(&self, text: &str) -> Option<(usize, Arc<str>)> {
        let found = self.entries.iter().filter_map(|n| match_name(n, text).map(|l| (l, n)));
        found.max_by_key(|(l, _)| *l).map(|(l, n)| (l, n.clone()))
    }
}

/// A name with single spaces.
pub(crate) fn normal(name: &str) -> Arc<str> {
    if !name.contains(char::is_whitespace) {
        return Arc::from(name);
    }
    Arc::from(name.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// True for a character that may begin a name.
pub(crate) fn is_start(c: char) -> bool {
    c == '?' || c == '_' || c.is_alphabetic() || (!c.is_ascii() && !c.is_whitespace() && !is_foreign_mark(c))
}

/// True for a character that may go on in a name without being an operator.
pub(crate) fn is_part(c: char) -> bool {
    is_start(c) || c.is_numeric() || c == '\'' || c == '\u{B7}'
}

/// Punctuation of Chinese text, so that `，` or `）` typed for an operator is named in the error instead of eaten.
fn is_foreign_mark(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}' | '\u{FF3B}'..='\u{FF40}' | '\u{2018}'..='\u{201F}' | '\u{FF5B}'..='\u{FF65}')
}

/// How many bytes of `text` the name takes, with any white space where the name has one.
pub(crate) fn match_name(name: &str, text: &str) -> Option<usize> {
    let mut rest = text;
    let mut last = ' ';
    for wanted in name.chars() {
        if wanted == ' ' {
            let trimmed = rest.trim_start();
            if trimmed.len() == rest.len() {
                return None;
            }
            rest = trimmed;
        } else {
            if !is_part(wanted) || !is_part(last) {
                rest = rest.trim_start_matches(|c: char| c.is_whitespace() && last != ' ');
            }
            rest = rest.strip_prefix(wanted)?;
        }
        last = wanted;
    }
    let goes_on = is_part(last) && rest.chars().next().is_some_and(is_part);
    (!goes_on && !name.is_empty()).then(|| text.len() - rest.len())
}

/// Edit distance, for names of ordinary length.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let above = row[j + 1];
            let change = diagonal + usize::from(ca != *cb);
            row[j + 1] = change.min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_in_scope_wins() {
        let mut scope = Scope::default();
        for name in ["a", "a-b", "实习", "实习 月数", "Approved/Declined", "or"] {
            scope.push_local(name);
        }
        let cases = [
            ("a-b + 1", Some("a-b")),
            ("a - b", Some("a-b")),
            ("a -c", Some("a")),
            ("abc", None),
            ("实习  月数 >= 6", Some("实习 月数")),
            ("实习期", None),
            ("Approved/Declined = 1", Some("Approved/Declined")),
            ("order", None),
        ];
        for (text, expected) in cases {
            assert_eq!(scope.longest(text).map(|(_, n, _)| n.to_string()).as_deref(), expected, "{text}");
        }
        assert_eq!(distance("实习月数", "实习 月数"), 1);
    }
}
