//! Functions of texts. Positions count characters from 1, whatever their bytes.

use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

use crate::value::{Number, Value};

/// Longest pattern, and largest compiled pattern: patterns come from the model, and are not to eat the memory.
const MAX_PATTERN: usize = 4096;
const MAX_COMPILED: usize = 1 << 20;

fn text(arguments: &[Value], place: usize) -> Option<&str> {
    match arguments.get(place)? {
        Value::String(s) => Some(s),
        Value::List(items) => match items.as_slice() {
            [Value::String(s)] => Some(s),
            _ => None,
        },
        _ => None,
    }
}

fn two(arguments: &[Value]) -> Option<(&str, &str)> {
    Some((text(arguments, 0)?, text(arguments, 1)?))
}

pub(super) fn contains(arguments: &[Value]) -> Option<Value> {
    two(arguments).map(|(s, m)| Value::Boolean(s.contains(m)))
}

pub(super) fn starts_with(arguments: &[Value]) -> Option<Value> {
    two(arguments).map(|(s, m)| Value::Boolean(s.starts_with(m)))
}

pub(super) fn ends_with(arguments: &[Value]) -> Option<Value> {
    two(arguments).map(|(s, m)| Value::Boolean(s.ends_with(m)))
}

pub(super) fn lower_case(arguments: &[Value]) -> Option<Value> {
    text(arguments, 0).map(|s| Value::from(s.to_lowercase()))
}

pub(super) fn upper_case(arguments: &[Value]) -> Option<Value> {
    text(arguments, 0).map(|s| Value::from(s.to_uppercase()))
}

pub(super) fn string_length(arguments: &[Value]) -> Option<Value> {
    text(arguments, 0).map(|s| Value::Number(Number::from(s.chars().count())))
}

pub(super) fn substring_before(arguments: &[Value]) -> Option<Value> {
    let (s, m) = two(arguments)?;
    Some(Value::text(if m.is_empty() { "" } else { s.split_once(m).map_or("", |(before, _)| before) }))
}

pub(super) fn substring_after(arguments: &[Value]) -> Option<Value> {
    let (s, m) = two(arguments)?;
    Some(Value::text(if m.is_empty() { s } else { s.split_once(m).map_or("", |(_, after)| after) }))
}

pub(super) fn substring(arguments: &[Value]) -> Option<Value> {
    let s = text(arguments, 0)?;
    let Value::Number(start) = arguments.get(1)? else { return None };
    let start = start.trunc_i64()?;
    let length = match arguments.get(2) {
        None => None,
        Some(Value::Number(n)) => Some(usize::try_from(n.trunc_i64()?).ok().filter(|n| *n > 0)?),
        Some(_) => return None,
    };
    let count = i64::try_from(s.chars().count()).ok()?;
    let from = if start > 0 { start - 1 } else { count.checked_add(start)? };
    let from = usize::try_from(from).ok().filter(|f| start != 0 && (*f as u64) < count.unsigned_abs())?;
    let chars = s.chars().skip(from);
    Some(Value::from(match length {
        Some(n) => chars.take(n).collect::<String>(),
        None => chars.collect(),
    }))
}

pub(super) fn split(arguments: &[Value]) -> Option<Value> {
    let (s, pattern) = two(arguments)?;
    let pattern = compile(pattern, "")?;
    Some(Value::list(pattern.split(s).map(Value::text).collect()))
}

pub(super) fn string_join(arguments: &[Value]) -> Option<Value> {
    let items = match arguments.first()? {
        Value::List(items) => items.as_slice(),
        one @ Value::String(_) => std::slice::from_ref(one),
        _ => return None,
    };
    let delimiter = match arguments.get(1) {
        None | Some(Value::Null) => "",
        Some(Value::String(s)) => s,
        Some(_) => return None,
    };
    let mut parts = Vec::new();
    for item in items {
        match item {
            Value::String(s) => parts.push(&**s),
            Value::Null => {}
            _ => return None,
        }
    }
    Some(Value::from(parts.join(delimiter)))
}

fn flags(arguments: &[Value], place: usize) -> Option<&str> {
    match arguments.get(place) {
        None | Some(Value::Null) => Some(""),
        Some(Value::String(s)) => Some(s),
        Some(_) => None,
    }
}

pub(super) fn matches(arguments: &[Value]) -> Option<Value> {
    let (s, pattern) = two(arguments)?;
    let pattern = compile(pattern, flags(arguments, 2)?)?;
    Some(Value::Boolean(pattern.is_match(s)))
}

pub(super) fn replace(arguments: &[Value]) -> Option<Value> {
    let (s, pattern) = two(arguments)?;
    let flags = flags(arguments, 3)?;
    let replacement = text(arguments, 2)?;
    let pattern = compile(pattern, flags)?;
    if flags.contains('q') {
        return Some(Value::from(pattern.replace_all(s, regex::NoExpand(replacement)).into_owned()));
    }
    let replacement = expand(replacement)?;
    Some(Value::from(pattern.replace_all(s, replacement.as_str()).into_owned()))
}

/// An XPath replacement as the regex crate writes it: `$1` becomes `${1}`, `\$` a dollar sign.
fn expand(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                '$' => out.push_str("$$"),
                '\\' => out.push('\\'),
                _ => return None,
            },
            '$' => {
                let digit = chars.next().filter(char::is_ascii_digit)?;
                out.push_str("${");
                out.push(digit);
                out.push('}');
            }
            c => out.push(c),
        }
    }
    Some(out)
}

/// Whether a pattern can be read under these flags.
pub(crate) fn is_pattern(pattern: &str, flags: &str) -> bool {
    compile(pattern, flags).is_some()
}

/// An XPath pattern with its flags (`s`, `m`, `i`, `x`, `q`).
fn compile(pattern: &str, flags: &str) -> Option<Regex> {
    if pattern.len() > MAX_PATTERN || flags.chars().any(|c| !"smixq".contains(c)) {
        return None;
    }
    let literal = flags.contains('q');
    let spaced: String;
    let mut text = pattern;
    if flags.contains('x') && !literal {
        spaced = without_space(pattern);
        text = &spaced;
    }
    let translated = if literal { regex::escape(text) } else { translate(text, flags.contains('s')) };
    RegexBuilder::new(&translated)
        .dot_matches_new_line(flags.contains('s') && !literal)
        .multi_line(flags.contains('m') && !literal)
        .case_insensitive(flags.contains('i'))
        .size_limit(MAX_COMPILED)
        .build()
        .ok()
}

/// The `x` flag drops white space outside of character classes.
fn without_space(pattern: &str) -> String {
    let mut depth = 0usize;
    let keep = |c: &char| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > 0 || !c.is_whitespace()
    };
    pattern.chars().filter(keep).collect()
}

/// A block of Unicode by its name, `{IsBasicLatin}`: its first and last character, and what stands after it.
fn block(mut chars: Peekable<Chars<'_>>) -> Option<(u32, u32, Peekable<Chars<'_>>)> {
    if chars.next() != Some('{') {
        return None;
    }
    let name: String = chars.by_ref().take_while(|c| *c != '}').collect();
    let (first, last) = super::block::named(name.strip_prefix("Is")?)?;
    Some((first, last, chars))
}

/// What XPath writes otherwise: blocks by name, class subtraction `[a-z-[aeiou]]`, and a point that also stops before a carriage return.
fn translate(pattern: &str, dot_all: bool) -> String {
    let mut out = String::new();
    let mut depth = 0usize;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let escaped = chars.next();
                if let Some(sign @ ('p' | 'P')) = escaped
                    && let Some((first, last, after)) = block(chars.clone())
                {
                    let not = if sign == 'P' { "^" } else { "" };
                    out.push_str(&format!("[{not}\\u{{{first:X}}}-\\u{{{last:X}}}]"));
                    chars = after;
                    continue;
                }
                out.push(c);
                out.extend(escaped);
                continue;
            }
            '.' if depth == 0 && !dot_all => {
                out.push_str("[^\\n\\r]");
                continue;
            }
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '-' if depth > 0 && chars.peek() == Some(&'[') => out.push('-'),
            _ => {}
        }
        out.push(c);
    }
    out
}
