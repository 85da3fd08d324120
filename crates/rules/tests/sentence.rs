//! The catalogue as sentences: how much of it a lawyer can read and write without an expression.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use rules::RuleSet;
use rules::sentence::{Shown, read, write};

#[test]
fn the_conditions_of_the_catalogue_are_sentences() {
    let items = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog/items");
    let mut folders: Vec<_> = fs::read_dir(items).unwrap().map(|e| e.unwrap().path()).collect();
    folders.sort();
    let (mut told, mut shown, mut all) = (String::new(), 0, 0);
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(xml) = fs::read_to_string(folder.join("rules.dmn")) else { continue };
        let rules = RuleSet::publish(&xml).unwrap_or_else(|d| panic!("{name}: {d:?}"));
        let (mut own, mut hidden) = (0, String::new());
        for sentence in read(&xml).unwrap() {
            let condition = rules.conditions().iter().any(|c| c.id == sentence.id);
            all += usize::from(condition);
            if let Shown::Not { reason, .. } = &sentence.shown {
                let kind = if condition { "condition" } else { "decision" };
                let _ = writeln!(hidden, "  {kind} {} {}: {reason}", sentence.id, sentence.name);
                continue;
            }
            own += usize::from(condition);
            // Whatever is shown can be written as it was read, and not a byte moves.
            assert_eq!(
                write(&xml, &sentence.id, &sentence.shown).as_deref(),
                Ok(xml.as_str()),
                "{name} {}",
                sentence.id
            );
        }
        shown += own;
        let _ = write!(told, "{name}: {own} of {} conditions\n{hidden}", rules.conditions().len());
    }
    let _ = writeln!(told, "all: {shown} of {all} conditions are sentences");
    assert!(shown * 10 >= all * 9, "{told}");
    insta::assert_snapshot!(told);
}
