//! What the lint and the engine say, in Chinese: they speak English, in sentences with gaps, and the words have both languages under
//! one key (`workshop.phrase`). A sentence that is not there is shown as it was said.

use std::sync::OnceLock;

use kernel::Language;

use super::view::Told;
use crate::frame::Frame;
use crate::words::{filled, word, words};

const FAMILY: &str = "workshop.phrase.";

/// A sentence with gaps: what stands between them, and its key.
struct Phrase {
    pieces: Vec<&'static str>,
    key: &'static str,
}

impl Phrase {
    /// What fills the gaps, where the text is this sentence.
    fn gaps<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let (first, rest) = self.pieces.split_first()?;
        let mut left = text.strip_prefix(first)?;
        let Some((last, between)) = rest.split_last() else { return left.is_empty().then(Vec::new) };
        let mut gaps = Vec::new();
        for piece in between {
            let (gap, after) = left.split_once(piece)?;
            gaps.push(gap);
            left = after;
        }
        gaps.push(left.strip_suffix(last)?);
        Some(gaps)
    }
}

/// Every sentence, those that say most first: a short one must not take what a longer one says better.
fn phrases() -> &'static [Phrase] {
    static PHRASES: OnceLock<Vec<Phrase>> = OnceLock::new();
    PHRASES.get_or_init(|| {
        let known = words(Language::En).iter().filter(|(key, _)| key.starts_with(FAMILY));
        let mut all: Vec<Phrase> =
            known.map(|(key, text)| Phrase { pieces: text.split("{}").collect(), key: key.as_str() }).collect();
        all.sort_by_key(|phrase| std::cmp::Reverse(phrase.pieces.iter().map(|piece| piece.len()).sum::<usize>()));
        all
    })
}

/// The text in Chinese, where the words have it.
fn in_chinese(text: &str) -> Option<String> {
    let (key, gaps) = phrases().iter().find_map(|phrase| Some((phrase.key, phrase.gaps(text)?)))?;
    let gaps: Vec<String> = gaps.into_iter().map(gap).collect();
    Some(filled(Language::Zh, key, &gaps.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// What stands in a gap: an outcome by its word, nothing as nothing, a sentence in a sentence in Chinese too.
fn gap(text: &str) -> String {
    if text.is_empty() {
        return word(Language::Zh, "workshop.nothing").to_owned();
    }
    let outcome = format!("workshop.outcome.{text}");
    match word(Language::Zh, &outcome) {
        known if known != outcome => known.to_owned(),
        _ => in_chinese(text).unwrap_or_else(|| text.to_owned()),
    }
}

/// A sentence of the lint or the engine for the reader: in his language where the words have it, with what was said beside it.
pub(super) fn told(frame: &Frame, text: &str) -> Told {
    match in_chinese(text).filter(|_| frame.is_zh()) {
        Some(zh) => Told { text: zh, foreign: false, said: text.to_owned() },
        None => Told { text: text.to_owned(), foreign: frame.is_zh(), said: String::new() },
    }
}

/// The same inside of another sentence: the Chinese alone, or what was said.
pub(super) fn inside(frame: &Frame, text: &str) -> String {
    told(frame, text).text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_found_with_its_gaps() {
        let table = [
            ("no decision of this id in rules.dmn", Some("rules.dmn 里没有这个编号的决策")),
            ("a Text here, a number in rules.dmn", Some("这里是 Text，rules.dmn 里是 number")),
            ("outcome: expected grant, found refer", Some("结果应当是 准予，得出 转人工")),
            ("failed: expected , found c9", Some("不满足的应当是 没有，得出 c9")),
            ("unknown name `today` in this filter", None),
            ("应修学分, line 26, column 9", Some("应修学分，第 26 行第 9 列")),
            ("line 3, column 1", Some("第 3 行第 1 列")),
            ("found `)`, expected a value", Some("读到 `)`，应当是 a value")),
            (
                "the allowed values are not analysed, so that gaps are not looked for: this is no constant",
                Some("没有分析允许的值，因此没有查空隙：这不是固定的值"),
            ),
            ("something nobody has words for", None),
            ("", None),
        ];
        for (said, expected) in table {
            assert_eq!(in_chinese(said).as_deref(), expected, "{said}");
        }
    }

    #[test]
    fn every_reason_of_the_sentence_table_has_its_words() {
        // What cannot be shown is shown to lawyers first of all: whatever this model brings out has Chinese words.
        let wrong = [
            "学分 * 2 > 3",
            "if 已确认 then true else false",
            "学分 > 1 // 一",
            "学分 in (< 3, 5)",
            "学分 > 1 + 学分 * 2",
            "not(学分 > 3)",
        ];
        for text in wrong {
            let escaped = text.replace('<', "&lt;").replace('>', "&gt;");
            let xml = format!(
                "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" name=\"m\" namespace=\"urn:m\">\
                 <inputData id=\"a\" name=\"学分\"><variable name=\"学分\" typeRef=\"number\"/></inputData>\
                 <inputData id=\"b\" name=\"已确认\"><variable name=\"已确认\" typeRef=\"boolean\"/></inputData>\
                 <decision id=\"c\" name=\"条件\"><variable name=\"条件\" typeRef=\"boolean\"/>\
                 <informationRequirement><requiredInput href=\"#a\"/></informationRequirement>\
                 <informationRequirement><requiredInput href=\"#b\"/></informationRequirement>\
                 <literalExpression><text>{escaped}</text></literalExpression></decision></definitions>"
            );
            let all = rules::sentence::read(&xml).unwrap();
            let rules::sentence::Shown::Not { reason, .. } = &all[0].shown else { panic!("{text} is shown") };
            assert!(in_chinese(reason).is_some(), "no words for {reason:?}");
        }
    }
}
