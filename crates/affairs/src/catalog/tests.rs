//! The catalogue this program ships: read, checked, changed for the worse, stored and given back.

use super::*;

fn seed() -> Built {
    Catalog::from_files(&Files::seed())
}

#[test]
fn the_seed_has_no_mistake() {
    let errors: Vec<String> =
        seed().findings.iter().filter(|d| d.severity == Severity::Error).map(ToString::to_string).collect();
    assert_eq!(errors, Vec::<String>::new());
}
