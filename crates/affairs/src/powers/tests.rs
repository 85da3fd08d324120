//! The room by tables and properties: sheets, figures, the machine of flows, and lists and runs over a real store.

mod figures;
mod lists;
mod machine;
mod sheets;

use std::sync::OnceLock;

use kernel::{Grade, Period, PeriodUnit, RegionLevel};

use super::*;
use crate::catalog::{Catalog, Files};

/// The seed catalogue and its law.
fn seed() -> &'static (Catalog, Law) {
    static SEED: OnceLock<(Catalog, Law)> = OnceLock::new();
    SEED.get_or_init(|| {
        let catalog = Catalog::from_files(&Files::seed()).catalog;
        let law = Law::read(&catalog).unwrap_or_else(|found| panic!("{found:#?}"));
        (catalog, law)
    })
}

/// A power with nothing special about it.
fn plain(code: &str) -> Power {
    Power {
        code: code.into(),
        name: format!("权力{code}"),
        name_en: String::new(),
        kind: "other".into(),
        sub_items: vec![],
        basis: vec!["某条例第一条".into()],
        grade: Grade::U,
        agency: "gx-mpa".into(),
        office: "审批处".into(),
        level: RegionLevel::Region,
        split: String::new(),
        flow: "other".into(),
        statutory: Some(working(20)),
        committed: Some(working(10)),
        special: vec![],
        materials: vec![],
        fee: None,
        stages: vec!["受理".into(), "决定".into()],
        seals: vec![],
        duties: vec!["公开".into()],
        phone: "0771-0000000".into(),
        items: vec![],
    }
}

fn working(n: u32) -> Period {
    Period::at_most(n, PeriodUnit::WorkingDay)
}

fn calendar(n: u32) -> Period {
    Period::at_most(n, PeriodUnit::CalendarDay)
}

#[test]
fn the_seed_has_ten_kinds_with_a_flow_each_and_says_that_the_set_is_unverified() {
    let (_, law) = seed();
    assert_eq!(law.kinds.len(), 10);
    assert_eq!(law.grade.0, Grade::U);
    for kind in &law.kinds {
        let flow = law.flow(&kind.flow).unwrap();
        assert_eq!(flow.kind, kind.id);
        assert!(!flow.first().is_empty() && flow.states.iter().any(|s| s.end));
    }
}

#[test]
fn only_articles_that_were_read_are_graded_a() {
    let (_, law) = seed();
    for step in law.flow("penalty").unwrap().steps.iter() {
        assert_ne!(step.grade, Grade::A, "{}: of the penalty law only article 85 was read", step.id);
    }
    let licence = law.flow("licensing").unwrap();
    assert_eq!(licence.step("grant").unwrap().grade, Grade::A);
}

/// Every mistake of a flow file is told at once, with file, field, reason, mend.
#[test]
fn a_broken_flow_is_told_whole_and_nothing_is_read() {
    let mut files = Files::seed();
    let text = String::from_utf8(files.get("powers/flows/reward.toml").unwrap().to_vec()).unwrap();
    let broken = text
        .replace("to = \"assessed\"", "to = \"nowhere\"")
        .replace("after = \"publish\"", "after = \"never\"")
        .replace("kind = \"at_least\"", "kind = \"at_most\"");
    files.insert("powers/flows/reward.toml", broken);
    files.insert("powers/flows/other.toml", "id = \"other\"\nbogus = 1\n");
    let found = Law::read(&Catalog::from_files(&files).catalog).unwrap_err();
    let said: Vec<String> = found.iter().map(ToString::to_string).collect();
    for wanted in [
        "no state \"nowhere\"",
        "no step \"never\"",
        "a waiting time is at_least",
        "nothing leads to \"assessed\"",
        "powers/flows/other.toml",
    ] {
        assert!(said.iter().any(|s| s.contains(wanted)), "{wanted} in {said:#?}");
    }
}
