//! What a reader says of a licence that is shown to it: the genuine ones, and the attacks of the reference page, each by
//! its own reason. The same table is written out for the browser's verifier, which must answer alike (`vectors`).

mod cases;
mod vectors;
mod world;

use cases::{Case, Shown, cases};
use evidence::answer::{Answer, Given, Held, Reader, WORDS};
use evidence::status::StatusList;
use evidence::trust::Anchor;
use world::{OPENED, OWN_HOST, World, moment};

/// What a reader says: it took its lists when the world was made, and judges at the time of the case.
fn judged(world: &World, case: &Case) -> Answer {
    let anchor = Anchor::born(world.setting, vec![world.root_public()]);
    let trust = anchor.take(&world.trust_texts[case.trust], moment(OPENED)).unwrap();
    let status = case.status.map(|name| StatusList::open(&world.status_lists[name], &trust.list, moment(OPENED)));
    let status = match &status {
        None => Held::Nothing,
        Some(Err(refusal)) => Held::Refused(refusal.code()),
        Some(Ok(accepted)) => Held::List(accepted),
    };
    let given = match &case.shown {
        Shown::Text(text) => Given::Text(text),
        Shown::File(text) => Given::File(text),
        Shown::Core(bytes) => Given::Core(bytes),
    };
    let proof = case.proof.as_deref();
    Reader { trust: &trust, status, proof, now: moment(case.now), own_hosts: &[OWN_HOST] }.judge(&given)
}

#[test]
fn every_case_has_its_colour_and_its_reasons() {
    let world = World::new();
    let all = cases(&world);
    assert!(all.len() > 80, "only {} cases", all.len());
    for case in &all {
        let answer = judged(&world, case);
        let codes: Vec<&str> = answer.reasons.iter().map(|reason| reason.code).collect();
        assert_eq!((answer.colour.word(), codes.join(" ").as_str()), (case.colour, case.codes), "{}", case.name);
        assert!(answer.reasons.iter().all(|reason| WORDS.contains(&reason.word())), "{}", case.name);
        let believed = codes.contains(&"signature_holds");
        assert_eq!(answer.core.is_some(), believed, "{}: what does not hold is not shown", case.name);
    }
}

#[test]
fn no_two_cases_have_one_name() {
    let world = World::new();
    let all = cases(&world);
    let mut names: Vec<&str> = all.iter().map(|case| case.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all.len());
}
