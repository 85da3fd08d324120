//! Literals: numbers, strings with their escapes, and `@"…"`.

use std::sync::Arc;

use crate::value::{Date, DateTime, DaysTime, Number, Time, Value, parse_months};

/// A number at the front of `text` and the bytes it takes.
pub(super) fn number(text: &str) -> Option<(Number, usize)> {
    let bytes = text.as_bytes();
    let run = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut end = run(0);
    let whole = end;
    if bytes.get(end) == Some(&b'.') {
        let fraction = run(end + 1);
        if fraction > 0 {
            end += 1 + fraction;
        }
    }
    if end == 0 || (whole == 0 && end == 1) {
        return None;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = if end + 1 + sign <= bytes.len() { run(end + 1 + sign) } else { 0 };
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    Number::parse(&text[..end]).map(|n| (n, end))
}

/// A quoted string at the front of `text` and the bytes it takes; `None` when it does not end.
pub(super) fn string(text: &str) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Some((out, i + 1)),
            '\\' => {
                let (at, e) = chars.next()?;
                let taken = escape(e, &text[at..], &mut out);
                for _ in 1..taken {
                    chars.next();
                }
            }
            c => out.push(c),
        }
    }
    None
}

/// Writes what `\e…` means; how many characters after the backslash it takes.
fn escape(e: char, rest: &str, out: &mut String) -> usize {
    let plain = match e {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '"' => '"',
        '\'' => '\'',
        '\\' => '\\',
        'u' | 'U' => return unicode(e, rest, out),
        other => {
            out.push('\\');
            other
        }
    };
    out.push(plain);
    1
}

fn unicode(e: char, rest: &str, out: &mut String) -> usize {
    let width = if e == 'u' { 4 } else { 6 };
    let code = |from: usize, width: usize| rest.get(from..from + width).and_then(|h| u32::from_str_radix(h, 16).ok());
    let Some(first) = code(1, width) else {
        out.push('\\');
        out.push(e);
        return 1;
    };
    // A surrogate pair written as two escapes is one character.
    if (0xD800..0xDC00).contains(&first)
        && rest.get(5..7) == Some("\\u")
        && let Some(second) = code(7, 4)
        && (0xDC00..0xE000).contains(&second)
        && let Some(c) = char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    {
        out.push(c);
        return 11;
    }
    out.push(char::from_u32(first).unwrap_or('\u{FFFD}'));
    1 + width
}

/// The value of an `@"…"` literal; `None` when the text is no date, time or duration.
pub(crate) fn at_literal(text: &str) -> Option<Value> {
    if let Some(d) = Date::parse(text) {
        return Some(Value::Date(d));
    }
    if let Some(t) = DateTime::parse(text) {
        return Some(Value::DateTime(Arc::new(t)));
    }
    if let Some(t) = Time::parse(text) {
        return Some(Value::Time(Arc::new(t)));
    }
    duration(text)
}

/// The value of a duration text of either kind.
pub(crate) fn duration(text: &str) -> Option<Value> {
    if let Some(months) = parse_months(text) {
        return Some(Value::Months(months));
    }
    DaysTime::parse(text).map(Value::DaysTime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_their_escapes() {
        let cases = [
            (r#""a\"b" + 1"#, "a\"b", 6),
            (r#""\u0041\U01F600x""#, "A\u{1F600}x", 17),
            (r#""\uD83D\uDC0E""#, "\u{1F40E}", 14),
            (r#""\d+""#, "\\d+", 5),
            ("\"实习\"", "实习", 8),
        ];
        for (text, expected, taken) in cases {
            assert_eq!(string(text), Some((expected.to_owned(), taken)), "{text}");
        }
        assert_eq!(string("\"open"), None);
    }

    #[test]
    fn numbers_stop_before_a_range() {
        for (text, taken) in [("1..3", 1), ("1.5e3x", 5), (".5", 2), ("12.", 2), ("1e", 1)] {
            assert_eq!(number(text).map(|(_, l)| l), Some(taken), "{text}");
        }
        assert!(number(".").is_none());
    }
}
