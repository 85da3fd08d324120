//! What people type, brought to the one spelling a code has: width, spaces, dashes and case are mended and shown;
//! letters that only look right are an error, because a code with a Cyrillic А is another text.

use serde::{Deserialize, Serialize};

use super::{CodeError, CodeKind, Reason};
use crate::Text;

/// What was mended at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// A full-width character became half-width.
    Width,
    /// A space, or a mark that cannot be seen, was removed.
    Space,
    /// A dash was removed.
    Dash,
    /// A small letter became a capital: x → X.
    Case,
}

impl ChangeKind {
    fn text(self) -> Text {
        let (zh, en) = match self {
            Self::Width => ("全角改为半角", "full-width characters made half-width"),
            Self::Space => ("去掉空格", "spaces removed"),
            Self::Dash => ("去掉短横线", "dashes removed"),
            Self::Case => ("小写字母改为大写", "small letters made capital"),
        };
        Text::new(zh, en)
    }
}

/// One mended character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What was done.
    pub kind: ChangeKind,
    /// Which character of the typed text, counted from 1.
    pub position: usize,
    /// What was typed.
    pub from: char,
    /// What it became; none when it was removed.
    pub to: Option<char>,
}

/// A typed text in its one spelling, with everything that was mended on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Normalised {
    /// The spelling to check and keep.
    pub text: String,
    /// What was mended, in the order of the typed text; empty when it was typed right.
    pub changes: Vec<Change>,
}

impl Normalised {
    /// The sentence a form shows beside the value; none when nothing was mended.
    pub fn notice(&self) -> Option<Text> {
        notice(&self.text, &self.changes)
    }
}

/// The sentence that says what was mended; none when nothing was.
pub(super) fn notice(text: &str, changes: &[Change]) -> Option<Text> {
    let mut kinds: Vec<ChangeKind> = changes.iter().map(|change| change.kind).collect();
    kinds.sort();
    kinds.dedup();
    if kinds.is_empty() {
        return None;
    }
    let words: Vec<Text> = kinds.into_iter().map(ChangeKind::text).collect();
    let zh: Vec<&str> = words.iter().map(|word| word.zh.as_str()).collect();
    let en: Vec<&str> = words.iter().map(|word| word.en.as_str()).collect();
    Some(Text::new(
        format!("已自动整理为 {text}（{}）。", zh.join("、")),
        format!("Tidied to {text} ({}).", en.join(", ")),
    ))
}

/// Brings `raw` to the spelling of a code: half width, no spaces, no dashes, capital letters. A letter of another
/// script that looks like a Latin one is an error that names it and its position.
pub fn normalise(kind: CodeKind, raw: &str) -> Result<Normalised, CodeError> {
    let mut text = String::with_capacity(raw.len());
    let mut changes = Vec::new();
    for (index, from) in raw.chars().enumerate() {
        let position = index + 1;
        if let Some(looks_like) = look_alike(from) {
            return Err(kind.error(Reason::LookAlike { position, found: from, looks_like }));
        }
        let (to, change) = mend(from);
        text.extend(to);
        changes.extend(change.map(|kind| Change { kind, position, from, to }));
    }
    if text.is_empty() {
        return Err(kind.error(Reason::Empty));
    }
    Ok(Normalised { text, changes })
}

fn mend(from: char) -> (Option<char>, Option<ChangeKind>) {
    let half = match from {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(from) - 0xFEE0).unwrap_or(from),
        _ => from,
    };
    if is_space(half) {
        return (None, Some(ChangeKind::Space));
    }
    if is_dash(half) {
        return (None, Some(ChangeKind::Dash));
    }
    let to = half.to_ascii_uppercase();
    let change = match (half != from, to != half) {
        (true, _) => Some(ChangeKind::Width),
        (false, true) => Some(ChangeKind::Case),
        (false, false) => None,
    };
    (Some(to), change)
}

/// Spaces of every width, and the marks nobody sees that come along with a pasted text.
fn is_space(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}')
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}')
}

/// The Latin letter that a Cyrillic or Greek letter, a Roman numeral or a multiplication sign is taken for.
fn look_alike(c: char) -> Option<char> {
    let at = LOOK_ALIKES.iter().find(|(_, others)| others.contains(c));
    at.map(|(latin, _)| *latin)
}

const LOOK_ALIKES: &[(char, &str)] = &[
    ('A', "АаΑα"),
    ('B', "ВΒЬ"),
    ('C', "СсϹⅭⅽ"),
    ('D', "Ⅾⅾ"),
    ('E', "ЕеΕ"),
    ('H', "НҺһΗ"),
    ('I', "ІіΙιⅠⅰ"),
    ('J', "ЈјͿ"),
    ('K', "КкΚκ"),
    ('L', "Ⅼⅼ"),
    ('M', "МΜⅯ"),
    ('N', "Νν"),
    ('O', "ОоΟο"),
    ('P', "РрΡρ"),
    ('Q', "Ԛԛ"),
    ('S', "Ѕѕ"),
    ('T', "ТΤτ"),
    ('V', "ѴѵⅤⅴ"),
    ('W', "Ԝԝ"),
    ('X', "ХхΧχⅩⅹ×✕✖"),
    ('Y', "УуҮΥυ"),
    ('Z', "Ζ"),
    ('3', "Зз"),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tidy(raw: &str) -> Normalised {
        normalise(CodeKind::CitizenId, raw).unwrap()
    }

    #[test]
    fn width_spaces_dashes_and_case_are_mended_and_told() {
        let done = tidy("１1010519 491231-002x");
        assert_eq!(done.text, "11010519491231002X");
        let told: Vec<_> = done.changes.iter().map(|c| (c.kind, c.position, c.from, c.to)).collect();
        assert_eq!(
            told,
            [
                (ChangeKind::Width, 1, '１', Some('1')),
                (ChangeKind::Space, 9, ' ', None),
                (ChangeKind::Dash, 16, '-', None),
                (ChangeKind::Case, 20, 'x', Some('X')),
            ]
        );
        let notice = done.notice().unwrap();
        assert_eq!(
            notice.zh,
            "已自动整理为 11010519491231002X（全角改为半角、去掉空格、去掉短横线、小写字母改为大写）。"
        );
        assert_eq!(tidy("11010519491231002X").notice(), None);
        assert_eq!(tidy("\u{FEFF}1\u{3000}2\u{200B}ｘ").text, "12X");
    }

    #[test]
    fn look_alikes_are_an_error_that_names_letter_and_place() {
        let rows =
            [("91А", 3, 'А', 'A'), ("12Х", 3, 'Х', 'X'), ("х", 1, 'х', 'X'), ("1Ο", 2, 'Ο', 'O'), ("1Ⅹ", 2, 'Ⅹ', 'X')];
        for (raw, position, found, looks_like) in rows {
            let error = normalise(CodeKind::Uscc, raw).unwrap_err();
            assert_eq!(error.reason, Reason::LookAlike { position, found, looks_like }, "{raw}");
        }
        assert_eq!(normalise(CodeKind::Uscc, " — ").unwrap_err().reason, Reason::Empty);
    }

    #[test]
    fn no_look_alike_is_itself_latin_or_named_twice() {
        let all: Vec<char> = LOOK_ALIKES.iter().flat_map(|(_, others)| others.chars()).collect();
        for (i, c) in all.iter().enumerate() {
            assert!(!c.is_ascii() && !all[..i].contains(c), "{c}");
        }
    }

    proptest! {
        #[test]
        fn tidying_twice_changes_nothing_more(raw in "\\PC{1,24}") {
            if let Ok(done) = normalise(CodeKind::Uscc, &raw) {
                let again = normalise(CodeKind::Uscc, &done.text).unwrap();
                prop_assert_eq!(again, Normalised { text: done.text, changes: vec![] });
            }
        }
    }
}
