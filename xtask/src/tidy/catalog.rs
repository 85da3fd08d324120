//! The catalogue is whole: every item folder has its four files, and the interface has the same words in both languages.
//!
//! Whether an item's files are right is asked by `budayang catalog lint`; here only whether they are there.

use super::Finding;
use super::tree::{File, Tree};
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

const ITEMS: &str = "catalog/items/";
const ITEM_FILES: &[&str] = &["item.toml", "form.schema.json", "rules.dmn", "cases.md"];
const WORDS: &str = "catalog/words/";
const LANGUAGES: [&str; 2] = ["zh-CN", "en"];

pub(crate) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut found = incomplete_items(tree);
    found.extend(one_sided_words(tree)?);
    Ok(found)
}

fn incomplete_items(tree: &Tree) -> Vec<Finding> {
    let folder = |f: &File| f.path[ITEMS.len()..].split_once('/').map(|(id, _)| id.to_owned());
    let ids: BTreeSet<String> = tree.below(ITEMS).filter_map(folder).collect();
    let mut found = Vec::new();
    for id in ids {
        for name in ITEM_FILES {
            let path = format!("{ITEMS}{id}/{name}");
            if tree.file(&path).is_none_or(|f| f.text.trim().is_empty()) {
                found.push(Finding::new("item", &path, 0, "every item has this file"));
            }
        }
    }
    found
}

/// A word that one language has and the other lacks.
fn one_sided_words(tree: &Tree) -> Result<Vec<Finding>> {
    let mut keys: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for language in LANGUAGES {
        let of_language = tree.below(WORDS).filter(|f| is_of(f, language));
        let words = keys.entry(language).or_default();
        for file in of_language {
            let table: Table = toml::from_str(&file.text).with_context(|| file.path.clone())?;
            flatten("", &table, words);
        }
    }
    let [first, second] = LANGUAGES;
    let lacks = |has: &str, lacks: &str| {
        let missing: Vec<String> = keys[has].difference(&keys[lacks]).cloned().collect();
        let path = format!("{WORDS}{lacks}");
        missing.into_iter().map(move |key| Finding::new("words", &path, 0, format!("`{key}` is missing")))
    };
    Ok(lacks(first, second).chain(lacks(second, first)).collect())
}

/// `words/en.toml`, `words/en/guide.toml`.
fn is_of(file: &File, language: &str) -> bool {
    let inside = &file.path[WORDS.len()..];
    inside == format!("{language}.toml") || (inside.starts_with(&format!("{language}/")) && inside.ends_with(".toml"))
}

fn flatten(prefix: &str, table: &Table, into: &mut BTreeSet<String>) {
    for (key, value) in table {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            Value::Table(inner) => flatten(&path, inner, into),
            _ => {
                into.insert(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::sample(files)).expect("well-formed files").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_item_without_cases_is_found() {
        let files: Vec<(String, &str)> = ITEM_FILES.iter().map(|n| (format!("{ITEMS}a-b/{n}"), "text")).collect();
        let mut sample: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), *t)).collect();
        assert!(messages(&sample).is_empty());
        sample[3].1 = " \n";
        assert_eq!(messages(&sample), ["catalog/items/a-b/cases.md: [item] every item has this file"]);
    }

    #[test]
    fn a_word_of_one_language_only_is_found() {
        let zh = ("catalog/words/zh-CN.toml", "[home]\nopen = \"此刻\"\nfind = \"查\"\n");
        let en = ("catalog/words/en.toml", "[home]\nopen = \"now\"\n");
        assert_eq!(messages(&[zh, en]), ["catalog/words/en: [words] `home.find` is missing"]);
        assert!(messages(&[zh, ("catalog/words/en/home.toml", "home.open = \"\"\nhome.find = \"\"\n")]).is_empty());
    }
}
