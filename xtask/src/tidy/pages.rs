//! Templates hold no style and no script of their own: the pages' policy forbids both, and a browser would drop them
//! without a word to the reader.

use super::Finding;
use super::tree::Tree;

const TEMPLATES: &str = "crates/site/templates/";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in tree.below(TEMPLATES) {
        for (at, line) in file.text.lines().enumerate() {
            if let Some(what) = inline(line) {
                let message = format!("{what}: the pages' policy forbids it; use a class, or a script in islands/");
                found.push(Finding::new("page", &file.path, at + 1, message));
            }
        }
    }
    found
}

fn inline(line: &str) -> Option<&'static str> {
    let lower = line.to_lowercase();
    let handler = |(at, _): (usize, &str)| {
        let rest: &str = &lower[at + 3..];
        let name = rest.split('=').next().unwrap_or("");
        rest.contains('=') && !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase())
    };
    if lower.contains(" style=") || lower.contains("<style") {
        Some("an inline style")
    } else if lower.match_indices("<script").any(|(at, _)| !lower[at..].starts_with("<script src=")) {
        Some("an inline script")
    } else if lower.match_indices(" on").any(handler) {
        Some("an inline event handler")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_styles_scripts_and_handlers_are_found() {
        for bad in ["<p style=\"color: red\">", "<style>", "<script>a()</script>", "<a onclick=\"go()\">"] {
            let tree = Tree::sample(&[("crates/site/templates/portal/home.html", bad)]);
            assert_eq!(check(&tree).len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_script_by_address_and_the_word_on_are_not() {
        for good in ["<script src=\"{{ frame.script }}\" type=\"module\"></script>", "<p class=\"a\">on a = b</p>"] {
            let tree = Tree::sample(&[("crates/site/templates/portal/home.html", good)]);
            assert!(check(&tree).is_empty(), "{good}");
        }
    }
}
