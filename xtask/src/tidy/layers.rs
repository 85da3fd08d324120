//! Crates depend downward only, and the database, the web and the command line each stay in their own crate.

use super::Finding;
use super::tree::{File, Tree};
use anyhow::{Context, Result};
use toml::{Table, Value};

/// Every crate of ours with those it may build on. What is not listed may build on everything (stories, benches).
const MAY_USE: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("rules", &["kernel"]),
    ("evidence", &["kernel"]),
    ("store", &["kernel", "evidence"]),
    ("affairs", &["kernel", "rules", "evidence", "store"]),
    ("site", &["kernel", "rules", "evidence", "store", "affairs"]),
    ("budayang", &["kernel", "rules", "evidence", "store", "affairs", "site"]),
    ("stories", &["kernel", "rules", "evidence", "store", "affairs", "site", "budayang"]),
    ("bench", &["kernel", "rules", "evidence", "store", "affairs", "site", "budayang", "stories"]),
    ("xtask", &[]),
];

/// Crates of others that only some of ours may know, outside tests.
const WALLS: &[(&str, &[&str])] = &[
    ("rusqlite", &["store", "bench", "stories"]),
    ("refinery", &["store"]),
    ("axum", &["site", "budayang", "bench", "stories"]),
    ("axum-server", &["budayang"]),
    ("askama", &["site"]),
    ("clap", &["budayang"]),
    ("anyhow", &["budayang", "xtask", "bench"]),
    ("tokio", &["store", "affairs", "site", "budayang", "bench", "stories"]),
    ("syn", &["xtask"]),
];

pub(crate) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for file in tree.files.iter().filter(|f| f.name() == "Cargo.toml" && f.path != "Cargo.toml") {
        let manifest: Table = toml::from_str(&file.text).with_context(|| file.path.clone())?;
        let Some(name) = manifest.get("package").and_then(|p| p.get("name")).and_then(Value::as_str) else {
            continue;
        };
        for table in ["dependencies", "build-dependencies", "dev-dependencies"] {
            let names = manifest.get(table).and_then(Value::as_table).into_iter().flat_map(Table::keys);
            found.extend(names.filter_map(|used| complaint(file, name, used, table)));
        }
    }
    Ok(found)
}

fn complaint(file: &File, name: &str, used: &str, table: &str) -> Option<Finding> {
    let Some((_, below)) = MAY_USE.iter().find(|(crate_name, _)| *crate_name == name) else {
        return Some(Finding::new(
            "layer",
            &file.path,
            0,
            format!("{name} has no layer: give it one in xtask/src/tidy/layers.rs"),
        ));
    };
    // A crate may ask for its own test features.
    let ours = used != name && MAY_USE.iter().any(|(crate_name, _)| *crate_name == used);
    let walled =
        table != "dev-dependencies" && WALLS.iter().any(|(other, keepers)| *other == used && !keepers.contains(&name));
    let message = match (ours && !below.contains(&used), walled) {
        (true, _) => format!("{name} may not build on {used}: dependencies point down only"),
        (_, true) => format!("{used} does not belong into {name}: see the walls in xtask/src/tidy/layers.rs"),
        _ => return None,
    };
    Some(Finding::new("layer", &file.path, line_of(&file.text, used), message))
}

fn line_of(manifest: &str, name: &str) -> usize {
    manifest.lines().position(|l| l.trim_start().starts_with(name)).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(name: &str, table: &str, used: &str) -> Vec<String> {
        let text = format!("[package]\nname = \"{name}\"\n[{table}]\n{used}.workspace = true\n");
        let tree = Tree::sample(&[("crates/x/Cargo.toml", &text)]);
        check(&tree).expect("a manifest").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn downward_is_allowed_and_upward_is_named_with_its_line() {
        assert!(messages("affairs", "dependencies", "store").is_empty());
        let found = messages("rules", "dependencies", "store");
        assert_eq!(
            found,
            ["crates/x/Cargo.toml:4: [layer] rules may not build on store: dependencies point down only"]
        );
        assert_eq!(messages("kernel", "dev-dependencies", "rules").len(), 1);
    }

    #[test]
    fn the_database_stays_in_the_store() {
        assert!(messages("store", "dependencies", "rusqlite").is_empty());
        assert!(messages("affairs", "dependencies", "rusqlite")[0].contains("does not belong"));
        assert!(messages("rules", "dependencies", "tokio")[0].contains("does not belong"));
        assert!(messages("rules", "dev-dependencies", "tokio").is_empty());
    }

    #[test]
    fn a_new_crate_needs_a_layer() {
        assert!(messages("extras", "dependencies", "serde")[0].contains("has no layer"));
    }
}
