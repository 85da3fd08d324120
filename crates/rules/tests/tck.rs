//! The public conformance suite, read from the folder in `BUDAYANG_JUDGES`; skipped with a plain line without it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use rules::tck::Report;

/// Results of level 3 that must pass: what this engine reached, so that nothing is lost unseen.
const LEVEL_3_FLOOR: u32 = 3260;
/// Hundredths of a percent that must pass of what needs no external function.
const LEVEL_3_SHARE: u32 = 9990;

/// Where the page of what was measured begins and ends.
const PAGE: &str = include_str!("../../../docs/rules-conformance.md");
const MARKS: (&str, &str) = ("<!-- measured -->\n", "<!-- end -->");

/// The suites that judge; the suite's own models that do not comply are run, too, and not counted.
const LEVELS: &str = "compliance-level";

const EXTERNAL: &str = "needs an external Java function, which is always refused";

/// Why the cases of a folder fail.
const REASONS: [(&str, &str); 2] = [
    ("0076-feel-external-java", EXTERNAL),
    (
        "1111-feel-matches-function",
        "`matches(\"aA\", \"(a)\\1\", \"i\")`: patterns run in linear time, whatever the text, and have no back-references",
    ),
];

/// The reasons of one folder's failures and the cases' ids.
fn failures(report: &Report) -> BTreeMap<(String, &'static str), Vec<String>> {
    let mut found: BTreeMap<(String, &'static str), Vec<String>> = BTreeMap::new();
    for failure in report.failures.iter().filter(|f| f.case.starts_with(LEVELS)) {
        let (path, id) = failure.case.split_once('#').unwrap_or((&failure.case, ""));
        let folder = path.rsplit_once('/').map_or(path, |(folder, _)| folder);
        let known = REASONS.iter().find(|(name, _)| folder.ends_with(name));
        let (_, reason) = known.unwrap_or_else(|| panic!("nobody says why {} fails", failure.case));
        let ids = found.entry((folder.to_owned(), reason)).or_default();
        if ids.last().is_none_or(|last| last != id) {
            ids.push(id.to_owned());
        }
    }
    found
}

fn measured(report: &Report) -> String {
    let mut text = String::from(
        "| suite | cases | passed | need an external function | passed of the others |\n|---|---|---|---|---|\n",
    );
    let failures = failures(report);
    for (level, score) in report.levels.iter().filter(|(level, _)| level.starts_with(LEVELS)) {
        let own =
            failures.iter().filter(|((folder, reason), _)| folder.starts_with(level.as_str()) && *reason == EXTERNAL);
        let external: usize = own.map(|(_, ids)| ids.len()).sum();
        let cases = (score.passed + score.failed) as usize;
        let share = f64::from(score.passed) * 100.0 / (cases - external) as f64;
        let _ = writeln!(text, "| {level} | {cases} | {} | {external} | {share:.2} % |", score.passed);
    }
    text.push_str("\nEvery case that fails, and why:\n\n| folder | cases | why |\n|---|---|---|\n");
    for ((folder, reason), ids) in &failures {
        let _ = writeln!(text, "| {folder} | {} | {reason} |", ids.join(", "));
    }
    text
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test's judges are outside of the repository, named by the environment"
)]
fn the_conformance_suite_passes() {
    let Ok(judges) = std::env::var("BUDAYANG_JUDGES") else {
        println!("skipped: BUDAYANG_JUDGES is not set");
        return;
    };
    let report = rules::tck::run(&Path::new(&judges).join("dmn-tck/TestCases")).unwrap();
    for failure in &report.failures {
        println!("{} {}: {}", failure.case, failure.decision, failure.message);
    }
    let level = |name: &str| report.levels.get(name).copied().unwrap_or_default();
    assert_eq!(level("compliance-level-2").passed, 116);
    assert_eq!(level("compliance-level-2").failed, 0);
    let three = level("compliance-level-3");
    assert!(three.passed >= LEVEL_3_FLOOR);
    let external: usize =
        failures(&report).iter().filter(|((_, why), _)| *why == EXTERNAL).map(|(_, ids)| ids.len()).sum();
    let own = three.passed + three.failed - u32::try_from(external).unwrap();
    assert!(three.passed * 10_000 >= own * LEVEL_3_SHARE, "{} of {own}", three.passed);
    let page = PAGE.split_once(MARKS.0).and_then(|(_, rest)| rest.split_once(MARKS.1)).unwrap().0;
    let measured = measured(&report);
    assert!(page == measured, "docs/rules-conformance.md is to say between its marks:\n{measured}");
}
