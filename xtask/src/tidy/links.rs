//! A link in a document leads somewhere: relative links name a file or folder of this checkout.

use super::Finding;
use super::tree::{File, Tree};

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in tree.files.iter().filter(|f| f.path.ends_with(".md")) {
        for (at, line) in file.text.lines().enumerate() {
            for target in targets(line).filter(|target| !leads_somewhere(tree, file, target)) {
                found.push(Finding::new("link", &file.path, at + 1, format!("{target} is not there")));
            }
        }
    }
    found
}

/// What stands between `](` and `)`, or in `src="…"`, where it is a relative path; without its `#part`.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    let between = |open: &'static str, close: char| {
        line.match_indices(open).filter_map(move |(at, _)| line[at + open.len()..].split(close).next())
    };
    let all = between("](", ')').chain(between("src=\"", '"'));
    all.map(|t| t.split('#').next().unwrap_or(t)).filter(|t| !t.is_empty() && !t.contains(':') && !t.contains(' '))
}

fn leads_somewhere(tree: &Tree, from: &File, target: &str) -> bool {
    let folder = from.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in target.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." if parts.pop().is_none() => return false,
            ".." => {}
            name => parts.push(name),
        }
    }
    let path = parts.join("/");
    let below = format!("{path}/");
    tree.paths.iter().any(|p| *p == path || p.starts_with(&below))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<String> {
        let tree = Tree::sample(&[("docs/a.md", text), ("docs/rooms/b.md", ""), ("README.md", "")]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_dead_link_is_found() {
        assert_eq!(messages("see [c](rooms/c.md)\n"), ["docs/a.md:1: [link] rooms/c.md is not there"]);
        assert_eq!(messages("![p](p.png)\n").len(), 1);
        assert_eq!(messages("<img src=\"p.png\">\n").len(), 1);
        assert_eq!(messages("[up](../../x.md)\n").len(), 1);
    }

    #[test]
    fn files_folders_parts_and_addresses_are_fine() {
        let text = "[b](rooms/b.md#part) [f](rooms) [r](../README.md) [w](https://example.org/x) [p](#part)\n";
        assert!(messages(text).is_empty());
    }
}
