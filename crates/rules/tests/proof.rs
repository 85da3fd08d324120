//! The tables of every item in the catalogue, examined.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use rules::RuleSet;

#[test]
fn the_tables_of_the_catalogue_are_examined() {
    let items = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog/items");
    let mut folders: Vec<_> = fs::read_dir(items).unwrap().map(|e| e.unwrap().path()).collect();
    folders.sort();
    let mut told = String::new();
    let mut tables = 0;
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(xml) = fs::read_to_string(folder.join("rules.dmn")) else { continue };
        let rules = RuleSet::publish(&xml).unwrap_or_else(|d| panic!("{name}: {d:?}"));
        for table in rules.proof().tables {
            tables += 1;
            let _ = writeln!(told, "{name} {} ({} rules over {})", table.owner, table.rules, table.columns.join(", "));
            for finding in &table.findings {
                let _ = writeln!(told, "  {finding}");
            }
            for place in &table.unread {
                let _ = writeln!(told, "  {}:{}: not analysed: {}", place.line, place.column, place.reason);
            }
        }
    }
    assert!(tables >= 8);
    insta::assert_snapshot!(told);
}
