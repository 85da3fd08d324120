//! The public conformance suite, read from the folder in `BUDAYANG_JUDGES`; skipped with a plain line without it.

use std::collections::BTreeMap;
use std::path::Path;

/// Results of level 3 that must pass: what this engine reached, so that nothing is lost unseen.
const LEVEL_3_FLOOR: u32 = 3260;

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
    let mut folders: BTreeMap<&str, u32> = BTreeMap::new();
    for failure in &report.failures {
        println!("{} {}: {}", failure.case, failure.decision, failure.message);
        *folders.entry(failure.case.split('/').nth(1).unwrap_or("")).or_default() += 1;
    }
    println!("{:?}\n{folders:?}", report.levels);
    let level = |name: &str| report.levels.get(name).copied().unwrap_or_default();
    assert_eq!(level("compliance-level-2").passed, 116);
    assert_eq!(level("compliance-level-2").failed, 0);
    assert!(level("compliance-level-3").passed >= LEVEL_3_FLOOR);
}
