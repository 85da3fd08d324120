//! The interface's words in Chinese and English. They live in `catalog/words/`, so that a clerk can mend a sentence
//! without reading code; tests hold the two tables together and against the templates.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use kernel::Language;

/// One language's words: dotted key (`home.title`) to sentence.
pub type Words = BTreeMap<String, String>;

const ZH: &str = include_str!("../../../catalog/words/zh-CN.toml");
const EN: &str = include_str!("../../../catalog/words/en.toml");

/// All words of `language`.
pub fn words(language: Language) -> &'static Words {
    static TABLES: OnceLock<[Words; 2]> = OnceLock::new();
    let tables = TABLES.get_or_init(|| [flatten(ZH), flatten(EN)]);
    match language {
        Language::Zh => &tables[0],
        Language::En => &tables[1],
    }
}

/// The words under `key`, or the key itself where there are none (tests see to it that no page shows one).
pub fn word(language: Language, key: &str) -> &str {
    words(language).get(key).map_or(key, String::as_str)
}

/// The words under `key`, with each `{}` replaced by the next of `parts`.
pub fn filled(language: Language, key: &str, parts: &[&str]) -> String {
    let mut pieces = word(language, key).split("{}");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    let mut parts = parts.iter();
    for piece in pieces {
        text.push_str(parts.next().copied().unwrap_or_default());
        text.push_str(piece);
    }
    text
}

fn flatten(source: &str) -> Words {
    let mut words = Words::new();
    // The two files are part of the program: a test parses them, so a broken one never ships.
    if let Ok(table) = source.parse::<toml::Table>() {
        walk("", &table, &mut words);
    }
    words
}

fn walk(prefix: &str, table: &toml::Table, words: &mut Words) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::String(text) => {
                words.insert(key, text.clone());
            }
            toml::Value::Table(inner) => walk(&key, inner, words),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, ending, found);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }

    /// Every literal key after `needle` in `text`.
    fn keys(text: &str, needle: &str) -> Vec<String> {
        text.split(needle).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
    }

    fn used() -> BTreeSet<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (mut found, mut used) = (Vec::new(), BTreeSet::new());
        files(&root.join("templates"), ".html", &mut found);
        files(&root.join("src"), ".rs", &mut found);
        for path in found {
            let text = fs::read_to_string(&path).unwrap();
            for needle in ["frame.t(\"", "frame.t1(\"", "frame.t2(\"", "frame.t3(\""] {
                // This file names the needles themselves.
                if !path.ends_with("words.rs") {
                    used.extend(keys(&text, needle));
                }
            }
        }
        used
    }

    #[test]
    fn both_languages_have_the_same_keys_with_the_same_gaps() {
        let (zh, en) = (words(Language::Zh), words(Language::En));
        assert!(zh.len() > 100, "the Chinese table did not parse: {:?}", ZH.parse::<toml::Table>().err());
        let names = |w: &Words| w.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(zh).symmetric_difference(&names(en)).collect::<Vec<_>>(), Vec::<&String>::new());
        for (key, sentence) in zh {
            assert_eq!(sentence.matches("{}").count(), en[key].matches("{}").count(), "gaps of {key}");
            assert!(!sentence.trim().is_empty() && !en[key].trim().is_empty(), "{key} is empty");
        }
    }

    #[test]
    fn every_key_used_exists() {
        let used = used();
        assert!(used.len() > 100, "the scan found only {}", used.len());
        let missing: Vec<_> = used.iter().filter(|key| !words(Language::Zh).contains_key(*key)).collect();
        assert!(missing.is_empty(), "no words for {missing:#?}");
    }

    #[test]
    fn every_key_a_piece_names_exists() {
        use crate::frame::Place;
        use crate::pieces::{Met, Progress};
        let places = [
            Place::Window,
            Place::Queue,
            Place::Joints,
            Place::Lights,
            Place::Counters,
            Place::Agent,
            Place::Agents,
            Place::Duties,
            Place::Ratings,
            Place::Powers,
            Place::Rules,
            Place::Replay,
            Place::Trail,
            Place::Audit,
            Place::Accounts,
        ]
        .map(|p| p.word());
        let met = [Met::Met, Met::NotMet, Met::Unknown].map(|m| m.word());
        let progress = [Progress::Done, Progress::Now, Progress::Ahead].map(|p| p.word());
        let letters = ["a", "b", "c", "d"].map(|l| [format!("grade.{l}"), format!("trust.{l}")]);
        let checked = ["checked.pass", "checked.fail", "checked.cannot", "grade.u"];
        let keys = places.iter().chain(&met).chain(&progress).chain(&checked).map(|k| (*k).to_owned());
        for key in keys.chain(letters.into_iter().flatten()) {
            assert!(words(Language::Zh).contains_key(&key), "{key}");
        }
    }

    #[test]
    fn every_answer_to_a_licence_has_its_words() {
        let colours = ["green", "yellow", "red", "green_means", "yellow_means", "red_means"];
        for word in evidence::answer::WORDS.iter().chain(&colours) {
            assert!(words(Language::Zh).contains_key(&format!("answer.{word}")), "{word}");
        }
    }

    #[test]
    fn gaps_are_filled_in_order_and_extra_parts_dropped() {
        assert_eq!(filled(Language::Zh, "no.such {} and {}", &["a"]), "no.such a and ");
        assert_eq!(filled(Language::En, "x", &["a"]), "x");
    }
}
