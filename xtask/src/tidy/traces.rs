//! Nothing we commit tells where it was written: no path of this machine, no temporary folder, no download address of
//! a registry mirror.

use super::Finding;
use super::tree::{File, Tree};

/// Folders that exist on somebody's machine and not on the reader's.
const PERSONAL: &[&str] = &["home", "Users"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &tree.files {
        for (at, line) in file.text.lines().enumerate() {
            if let Some(message) = complaint(tree, file, line) {
                found.push(Finding::new("trace", &file.path, at + 1, message));
            }
        }
    }
    found
}

fn complaint(tree: &Tree, file: &File, line: &str) -> Option<String> {
    if file.name() == "package-lock.json" {
        let address = line.contains("\"resolved\"") && line.contains("://");
        return address
            .then(|| "a download address: set omit-lockfile-registry-resolved=true and lock again".to_owned());
    }
    if let Some(place) = tree.places.iter().find(|place| names_place(line, place)) {
        return Some(format!("{place} is a path of this machine"));
    }
    let personal = |name: &&&str| names_place(line, &format!("/{name}/"));
    PERSONAL.iter().find(personal).map(|name| format!("/{name}/ is a path of somebody's machine"))
}

/// The path stands in the line as a path of its own, not as the end of a longer one or of an address.
fn names_place(line: &str, place: &str) -> bool {
    let own = |at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-~}/".contains(c));
    line.match_indices(place).any(|(at, _)| own(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, text: &str) -> Vec<String> {
        let mut tree = Tree::sample(&[(path, text)]);
        tree.places = vec!["/srv/build/checkout/".to_owned()];
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn paths_of_the_machine_are_found() {
        let home = format!("/{}/ming/x", PERSONAL[0]);
        assert_eq!(messages("a.md", &format!("see {home}\n")).len(), 1);
        assert_eq!(
            messages("a.rs", "ok\n\"/srv/build/checkout/a\"\n")[0],
            "a.rs:2: [trace] /srv/build/checkout/ is a path of this machine"
        );
    }

    #[test]
    fn addresses_and_longer_paths_are_not() {
        assert!(messages("a.md", "https://example.org/home/index.html\n").is_empty());
        assert!(messages("a.md", "crates/site/home/index.html\n").is_empty());
    }

    #[test]
    fn a_lock_file_holds_no_download_address() {
        let line = format!("  \"resolved\": \"https:{}registry.example/a.tgz\",\n", "//");
        assert_eq!(messages("tests/browser/package-lock.json", &line).len(), 1);
        assert!(messages("tests/browser/package-lock.json", "  \"resolved\": \"../a\",\n").is_empty());
    }
}
