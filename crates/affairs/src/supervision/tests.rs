//! What follows from what was found, as a table and as properties; and the seed's rules.

use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::{Map, Value as Json};

use super::*;
use crate::catalog::{Catalog, Files};
use crate::supervision::Terms;

/// The seed's rules, read once.
fn terms() -> &'static Terms {
    static TERMS: OnceLock<Terms> = OnceLock::new();
    TERMS.get_or_init(|| {
        let built = Catalog::from_files(&Files::seed());
        Terms::at(&built.catalog, "2026-11-23".parse().unwrap()).unwrap().expect("the seed has rules")
    })
}

fn found(list: &Checklist, results: &[FindingResult]) -> Vec<Finding> {
    let one = |(line, result): (&Line, &FindingResult)| Finding {
        line: line.id.clone(),
        result: *result,
        note: String::new(),
    };
    list.lines.iter().zip(results).map(one).collect()
}

#[test]
fn what_follows_from_what_was_found() {
    use FindingResult::{Apart, Bad, Good};
    let terms = terms();
    let mut list = terms.checklist("he-public-place").unwrap().clone();
    let cases = [
        ([Good, Good, Good, Good], false, InspectionState::Passed),
        ([Apart, Apart, Apart, Apart], false, InspectionState::Passed),
        ([Good, Good, Good, Bad], false, InspectionState::Mending),
        ([Good, Good, Good, Good], true, InspectionState::Passed),
        ([Bad, Good, Good, Good], true, InspectionState::Failed),
    ];
    for (results, is_recheck, state) in cases {
        assert_eq!(conclusion(&list, &found(&list, &results), is_recheck), state, "{results:?}");
    }
    list.lines[3].grave = true;
    assert_eq!(conclusion(&list, &found(&list, &[Good, Good, Good, Bad]), false), InspectionState::Failed, "grave");
}

#[test]
fn an_item_without_a_list_of_its_own_has_the_general_one() {
    let terms = terms();
    assert_eq!(terms.checklist("he-public-place").unwrap().id, "public-place");
    assert_eq!(terms.checklist("he-nurse-first").unwrap().id, "general");
    assert_eq!(terms.bars("he-public-place", "fraud").map(|b| b.months).collect::<Vec<_>>(), [36]);
    assert_eq!(terms.bars("he-public-place", "agency_fault").count(), 0, "the agency's own fault bars nobody");
    assert_eq!(terms.bars("fd-food-licence", "fraud").count(), 0, "no bar without a row");
}

#[test]
fn a_file_with_mistakes_is_refused_with_all_of_them() {
    let files = Files::seed();
    let file = |name: &str| files.get(&format!("supervision/2026-01-01/{name}")).unwrap().to_vec();
    let (rules, flow) = (String::from_utf8(file("supervision.toml")).unwrap(), file("annulment.toml"));
    let wrong = |from: &str, to: &str| {
        assert!(rules.contains(from), "{from}");
        let found = Terms::read("2026-01-01", rules.replacen(from, to, 1).as_bytes(), &flow).unwrap_err();
        found.into_iter().map(|d| d.to_string()).collect::<String>()
    };
    assert!(wrong("months = 36", "months = 360").contains("1 to 60 months"));
    assert!(wrong("article = \"7\"\n", "").contains("grade A names"));
    assert!(wrong("items = [\"*\"]", "items = [\"x\"]").contains("for *"));
    assert!(wrong("kind = \"at_most\"", "kind = \"at_least\"").contains("at_most"));
    assert!(wrong("[mend]", "[mended]").contains("mended"));
    assert!(Terms::read("2026-01-02", rules.as_bytes(), &flow).is_err(), "another day");
    assert!(Terms::read("2026-01-01", rules.as_bytes(), b"id = \"x\"").is_err(), "no flow");
}

proptest! {
    /// A bar only ever moves its own date, and never back.
    #[test]
    fn a_bar_never_moves_back(months in 1_u32..60, first in 0_i64..4_000, second in 0_i64..4_000) {
        let terms = terms();
        let bar = crate::supervision::Bar { months, ..terms.rules.bars[0].clone() };
        let day = |n: i64| Date::constant(2020, 1, 1).saturating_add(jiff::Span::new().days(n));
        let one = bar.record(None, ("某单位", day(first)));
        let two = bar.record(Some(&one), ("某单位", day(second)));
        let until = |record: &Map<String, Json>, field: &str| record[field].as_str().unwrap().to_owned();
        prop_assert!(until(&two, "commitment_until") >= until(&one, "commitment_until"));
        prop_assert_eq!(until(&two, "barred_until"), "1900-01-01");
        prop_assert_eq!(two["grounds"].as_array().unwrap().len(), 1);
    }

    /// Whatever is found: nothing bad passes, something bad never does, and a recheck orders nothing again.
    #[test]
    fn nothing_bad_ever_passes(results in proptest::collection::vec(0_u8..3, 4), is_recheck: bool) {
        let terms = terms();
        let list = terms.checklist("he-public-place").unwrap();
        let results: Vec<FindingResult> = results.iter().map(|n| FindingResult::ALL[usize::from(*n)]).collect();
        let state = conclusion(list, &found(list, &results), is_recheck);
        prop_assert_eq!(state == InspectionState::Passed, !results.contains(&FindingResult::Bad));
        prop_assert!(!(is_recheck && state == InspectionState::Mending));
    }
}
