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

/// Names after a dot in the style sheets, without what stands in strings, numbers and file names.
fn styled() -> BTreeSet<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("styles");
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        if path.extension().is_some_and(|e| e == "css") && !text.starts_with("@import") {
            let selectors = text.split('}').filter_map(|rule| rule.rsplit_once('{')).map(|(head, _)| head);
            let named = selectors.flat_map(|s| s.split('.').skip(1)).map(|rest| {
                rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect::<String>()
            });
            names.extend(named.filter(|n| n.starts_with(|c: char| c.is_ascii_lowercase())));
        }
    }
    names
}

#[test]
fn every_style_is_worn_by_some_page() {
    let worn: BTreeSet<String> = all()
        .iter()
        .flat_map(|p| values(&p.html, "class"))
        .flat_map(|v| v.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let styled = styled();
    assert!(styled.len() > 80, "found only {}", styled.len());
    let by_tone = |name: &String| ["tag--", "band--", "is-"].iter().any(|start| name.starts_with(start));
    let dead: Vec<_> = styled.difference(&worn).filter(|name| !by_tone(name)).collect();
    assert!(dead.is_empty(), "styles nobody wears: {dead:?}");
}
