//! What every page must be, checked on its HTML: one main, one h1, ids once, labels that point somewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::all;

fn values(html: &str, attribute: &str) -> Vec<String> {
    let needle = format!(" {attribute}=\"");
    html.split(&needle).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

fn count(html: &str, needle: &str) -> usize {
    html.matches(needle).count()
}

#[test]
fn one_main_one_h1_and_a_title() {
    for page in all() {
        assert_eq!(count(&page.html, "<main"), 1, "{}", page.name);
        assert_eq!(count(&page.html, "<h1"), 1, "h1 of {}", page.name);
        assert!(!page.html.contains("<title> ·"), "title of {}", page.name);
    }
}

#[test]
fn ids_are_unique_and_everything_that_points_at_one_finds_it() {
    for page in all() {
        let mut seen = BTreeMap::new();
        for id in values(&page.html, "id") {
            *seen.entry(id).or_insert(0) += 1;
        }
        let twice: Vec<_> = seen.iter().filter(|(_, n)| **n > 1).collect();
        assert!(twice.is_empty(), "{}: {twice:?}", page.name);
        let ids: BTreeSet<&String> = seen.keys().collect();
        for attribute in ["for", "aria-labelledby", "aria-describedby", "data-search"] {
            for target in values(&page.html, attribute).iter().flat_map(|v| v.split(' ')) {
                assert!(ids.contains(&target.to_owned()), "{}: {attribute}={target}", page.name);
            }
        }
        for href in values(&page.html, "href").iter().filter_map(|h| h.strip_prefix('#')) {
            assert!(ids.contains(&href.to_owned()), "{}: #{href}", page.name);
        }
    }
}

#[test]
fn nothing_inline_and_every_control_is_named() {
    for page in all() {
        for forbidden in [" style=\"", "<style", " onclick", "javascript:", "<script>"] {
            assert!(!page.html.contains(forbidden), "{}: {forbidden}", page.name);
        }
        let labelled: BTreeSet<String> = values(&page.html, "for").into_iter().collect();
        for tag in ["<input", "<select", "<textarea"] {
            for control in page.html.split(tag).skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
                let kind = values(control, "type").pop().unwrap_or_default();
                if matches!(kind.as_str(), "hidden" | "radio") || (kind == "checkbox" && !control.contains(" id=")) {
                    continue; // hidden, or wrapped by its own label
                }
                let id = values(control, "id").pop().unwrap_or_default();
                assert!(labelled.contains(&id), "{}: {tag}{control}>", page.name);
            }
        }
    }
}

#[test]
fn every_table_has_a_caption_and_scoped_headings() {
    for page in all() {
        assert_eq!(count(&page.html, "<table"), count(&page.html, "<caption"), "{}", page.name);
        assert_eq!(count(&page.html, "<th "), count(&page.html, "<th scope="), "{}", page.name);
        assert_eq!(count(&page.html, "<th>"), 0, "{}", page.name);
    }
}
