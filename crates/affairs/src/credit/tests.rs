//! Tests of credit: the catalogue's own cases, the reader's refusals, and what holds for every history.

use kernel::Date;
use proptest::prelude::*;

use super::*;
use crate::catalog::{Catalog, Files};

const FILE: &str = include_str!("../../../../catalog/credit/2026-01-01/credit.toml");
const MODEL: &str = include_str!("../../../../catalog/credit/2026-01-01/rules.dmn");
const CASES: &str = include_str!("../../../../catalog/credit/2026-01-01/cases.md");

fn the_rules() -> Rules {
    Rules::read("2026-01-01", FILE, MODEL).unwrap_or_else(|found| panic!("{found:#?}"))
}

fn day(text: &str) -> Date {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no day"))
}

fn event(id: &str, kind: &str, severity: &str, on: &str) -> Event {
    let (kind, severity, on) = (kind.to_owned(), severity.to_owned(), day(on));
    Event { id: id.to_owned(), kind, severity, item: None, on, recorded_on: on, acts: Vec::new() }
}

fn act(kind: ActKind, on: &str) -> Act {
    Act { kind, on: day(on) }
}

/// One case of `cases.md`.
#[derive(Default)]
struct Told {
    name: String,
    events: Vec<Event>,
    expected: Vec<[String; 4]>,
}

fn cases() -> Vec<Told> {
    let mut found: Vec<Told> = Vec::new();
    for line in CASES.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            found.push(Told { name: name.to_owned(), ..Told::default() });
        }
        let Some(cells) = line.strip_prefix('|').and_then(|l| l.strip_suffix('|')) else { continue };
        let cells: Vec<String> = cells.split('|').map(|cell| cell.trim().to_owned()).collect();
        let Ok([first, second, third, fourth]) = <[String; 4]>::try_from(cells) else { panic!("four cells: {line}") };
        let told = found.last_mut().expect("a table stands below its name");
        if let Some(on) = first.strip_prefix("→ ") {
            told.expected.push([on.to_owned(), second, third, fourth]);
        } else if first != "事件" && !first.starts_with("---") {
            let id = format!("e{}", told.events.len() + 1);
            let mut event = event(&id, &first, &second, &third);
            fourth.split('；').filter(|part| !part.is_empty()).for_each(|part| after(&mut event, part));
            told.events.push(event);
        }
    }
    found
}

fn after(event: &mut Event, part: &str) {
    let (word, on) = part.trim().split_once(' ').unwrap_or_else(|| panic!("what, then when: {part}"));
    let kind = match word {
        "修复" => ActKind::Repaired,
        "撤销" => ActKind::Withdrawn,
        "异议" => ActKind::AppealLodged,
        "异议成立" => ActKind::AppealUpheld,
        "异议不成立" => ActKind::AppealDismissed,
        "记录" => return event.recorded_on = day(on),
        other => panic!("unknown word {other:?}"),
    };
    event.acts.push(act(kind, on));
}

#[test]
fn every_case_of_the_catalogue_comes_out_as_it_says() {
    let (rules, cases) = (the_rules(), cases());
    assert!(cases.len() >= 15 && cases.iter().all(|told| !told.expected.is_empty()));
    for told in cases {
        for [on, class, total, public] in &told.expected {
            let found = standing(&rules, &told.events, day(on));
            let shown = found.class.clone().unwrap_or_else(|| "—".to_owned());
            let published = format!("公示{}", published(&rules, &told.events, day(on)).len());
            let expected = [class.clone(), total.clone(), public.clone()];
            assert_eq!([shown, found.total.to_string(), published], expected, "{} {on}: {found:?}", told.name);
        }
    }
}

#[test]
fn every_point_names_its_event_and_a_rule_that_is_explained() {
    let rules = the_rules();
    let events = [event("e1", "penalty", "ordinary", "2026-03-01"), event("e2", "inspection_clean", "", "2026-04-01")];
    let found = standing(&rules, &events, day("2026-05-01"));
    let told: Vec<_> = found.points.iter().map(|p| (p.event.as_str(), p.rule.as_str(), p.points)).collect();
    assert_eq!(told, [("e1", "penalty-ordinary", 8), ("e2", "inspection-clean", -3)]);
    assert_eq!((found.total, found.class.as_deref(), found.class_rule.as_deref()), (5, Some("B"), Some("class-b")));
    assert!(found.points.iter().all(|point| rules.rule(&point.rule).is_some()));
    assert_eq!(found.rules, rules.hash);
}

#[test]
fn repair_is_asked_for_after_its_months_once_and_not_while_an_objection_is_open() {
    let rules = the_rules();
    let ordinary = event("e", "penalty", "ordinary", "2026-03-01");
    let with = |acts: &[Act]| Event { acts: acts.to_vec(), ..ordinary.clone() };
    let open = with(&[act(ActKind::AppealLodged, "2026-04-01")]);
    let dismissed = with(&[act(ActKind::AppealLodged, "2026-04-01"), act(ActKind::AppealDismissed, "2026-05-01")]);
    let repaired = with(&[act(ActKind::Repaired, "2026-06-02")]);
    let withdrawn = with(&[act(ActKind::Withdrawn, "2026-06-02")]);
    let cases = [
        (&ordinary, "2026-05-31", Err(Refusal::TooEarly(day("2026-06-01")))),
        (&ordinary, "2026-06-01", Ok(())),
        (&ordinary, "2026-02-28", Err(Refusal::Gone)),
        (&open, "2026-06-01", Err(Refusal::AppealOpen)),
        (&dismissed, "2026-06-01", Ok(())),
        (&repaired, "2026-06-03", Err(Refusal::Already)),
        (&withdrawn, "2026-06-03", Err(Refusal::Gone)),
        (&event("e", "penalty", "minor", "2026-03-01"), "2027-01-01", Err(Refusal::Needless)),
        (&event("e", "rumour", "", "2026-03-01"), "2027-01-01", Err(Refusal::Unsettled)),
    ];
    for (event, on, expected) in cases {
        assert_eq!(repair(&rules, event, day(on)), expected, "{event:?} {on}");
    }
}

#[test]
fn one_objects_once_and_in_time() {
    let rules = the_rules();
    // Counted from the day it was recorded, not from the day it happened.
    let late = Event { recorded_on: day("2026-06-01"), ..event("e", "penalty", "ordinary", "2026-03-01") };
    let lodged = Event { acts: vec![act(ActKind::AppealLodged, "2026-06-10")], ..late.clone() };
    for (event, on, expected) in [
        (&late, "2026-05-31", Err(Refusal::Gone)),
        (&late, "2026-06-01", Ok(())),
        (&late, "2026-07-31", Ok(())),
        (&late, "2026-08-01", Err(Refusal::TooLate(day("2026-07-31")))),
        (&lodged, "2026-06-11", Err(Refusal::Already)),
    ] {
        assert_eq!(appeal(&rules, event, day(on)), expected, "{on}");
    }
}

#[test]
fn an_open_objection_is_shown_beside_the_record() {
    let rules = the_rules();
    let acts = vec![act(ActKind::AppealLodged, "2026-04-01"), act(ActKind::AppealDismissed, "2026-05-01")];
    let events = [Event { acts, ..event("e", "penalty", "ordinary", "2026-03-01") }];
    let shown = |on: &str| published(&rules, &events, day(on))[0].appeal_pending;
    assert_eq!([shown("2026-03-31"), shown("2026-04-01"), shown("2026-05-01")], [false, true, false]);
}

#[test]
fn only_rows_of_the_catalogue_have_consequences_and_only_statutes_bind() {
    let rules = the_rules();
    let about = |item: &str, kind: &str| Event { item: Some(item.to_owned()), ..event("e", kind, "", "2026-03-01") };
    let told = |event: &Event, item: &str, on: &str| -> Vec<(String, bool, String)> {
        consequences(&rules, std::slice::from_ref(event), item, day(on))
            .into_iter()
            .map(|c| (c.row.id.clone(), c.binding, c.until.to_string()))
            .collect()
    };
    let row = |id: &str, binding, until: &str| vec![(id.to_owned(), binding, until.to_owned())];
    let material = about("fd-food-licence", "false_material");
    assert_eq!(told(&material, "fd-food-licence", "2026-03-01"), row("false-material-bar", true, "2027-03-01"));
    assert_eq!(told(&material, "fd-food-licence", "2027-02-28"), row("false-material-bar", true, "2027-03-01"));
    assert_eq!(told(&material, "fd-food-licence", "2027-03-01"), []);
    assert_eq!(told(&material, "fd-drug-retail", "2026-03-02"), [], "this licence, not another");
    let renewal = about("fd-pharmacist-renew", "false_material");
    assert_eq!(told(&renewal, "fd-pharmacist-renew", "2026-03-02"), [], "no row, no consequence");
    let fraud = about("fd-drug-retail", "fraud");
    let both = [row("fraud-bar", true, "2029-03-01"), row("class-d-no-gaps", false, "2027-03-01")].concat();
    assert_eq!(told(&fraud, "fd-drug-retail", "2026-03-01"), both);
    let revoked = about("fd-food-licence", "food_licence_revoked");
    let bar = told(&revoked, "fd-food-licence", "2031-02-28");
    assert_eq!(bar, row("food-revoked-bar", true, "2031-03-01"), "five years");
    let promise = about("he-public-place", "false_promise");
    let shown = row("false-promise-no-commitment", false, "2028-03-01");
    assert_eq!(told(&promise, "he-public-place", "2026-03-01"), shown, "grade D is shown and does not bind");
}

#[test]
fn repair_ends_what_is_ours_and_not_what_the_statute_says() {
    let rules = the_rules();
    let repaired = |kind: &str, item: &str| {
        let acts = vec![act(ActKind::Repaired, "2026-09-01")];
        let event = Event { item: Some(item.to_owned()), acts, ..event("e", kind, "", "2026-03-01") };
        consequences(&rules, &[event], item, day("2026-09-01")).len()
    };
    assert_eq!(repaired("false_material", "fd-food-licence"), 1);
    assert_eq!(repaired("false_promise", "he-public-place"), 0);
}

#[test]
fn rules_that_cannot_be_are_refused_with_file_and_field() {
    let second = MODEL.replacen("<rule id=\"fraud\">", "<rule id=\"other\">", 1);
    let longer = MODEL.replacen("<outputEntry><text>60</text></outputEntry><outputEntry><text>60</text></outputEntry><outputEntry><text>60</text></outputEntry>", "<outputEntry><text>60</text></outputEntry><outputEntry><text>61</text></outputEntry><outputEntry><text>60</text></outputEntry>", 1);
    let gap = MODEL.replacen("[12..36)", "[13..36)", 1);
    let nulled = MODEL.replacen("<outputEntry><text>3</text>", "<outputEntry><text>null</text>", 1);
    let cases: Vec<(&str, String, String, &str)> = vec![
        (
            "another day",
            FILE.replacen("valid_from = 2026-01-01", "valid_from = 2026-01-02", 1),
            MODEL.into(),
            "valid_from",
        ),
        ("no day", FILE.replacen("valid_from = 2026-01-01", "valid_from = 07:32:00", 1), MODEL.into(), "valid_from"),
        ("unknown field", FILE.replacen("valid_from", "since = 1\nvalid_from", 1), MODEL.into(), "line "),
        (
            "more than five years",
            FILE.replacen("most_months = 60", "most_months = 61", 1),
            MODEL.into(),
            "publication.most_months",
        ),
        ("published longer", FILE.into(), longer, "kind[food_licence_revoked]"),
        ("a row nobody explains", FILE.into(), second, "rule["),
        (
            "a kind twice",
            FILE.replacen("id = \"fraud\"\nname", "id = \"false_material\"\nname", 1),
            MODEL.into(),
            "kind[false_material]",
        ),
        (
            "a kind without score",
            FILE.replacen("id = \"serious_list\"", "id = \"gossip\"", 1),
            MODEL.into(),
            "kind[gossip]",
        ),
        ("a severity without score", FILE.replacen("\"serious\"]", "\"grave\"]", 1), MODEL.into(), "kind[penalty]"),
        ("no points", FILE.into(), nulled, "kind[penalty]"),
        ("a total without class", FILE.into(), gap, "class"),
        (
            "a good record that costs",
            FILE.replacen("good = true", "good = false", 1),
            MODEL.into(),
            "kind[inspection_clean]",
        ),
        (
            "law without article",
            FILE.replacen("article = \"78\"", "article = \"\"", 1),
            MODEL.into(),
            "consequence[false-material-bar]",
        ),
        (
            "law without source",
            FILE.replacen("source = \"licensing-law\"", "source = \"hearsay\"", 1),
            MODEL.into(),
            "consequence[false-material-bar]",
        ),
        ("no items", FILE.replacen("items = [\"*\"]", "items = []", 1), MODEL.into(), "consequence[class-d-no-gaps]"),
        ("no end", FILE.replacen("months = 12", "months = 0", 1), MODEL.into(), "consequence[false-material-bar]"),
        (
            "for a good record",
            FILE.replacen("event = \"fraud\"", "event = \"promise_kept\"", 1),
            MODEL.into(),
            "consequence[fraud-bar]",
        ),
        ("for nothing", FILE.replacen("class = \"D\"\n", "", 1), MODEL.into(), "consequence[class-d-no-gaps]"),
        ("no model", FILE.into(), "<definitions>".into(), "model"),
        ("a model with a slip", FILE.into(), MODEL.replacen("[4..12)", "[4..", 1), "model"),
    ];
    for (what, file, model, field) in cases {
        assert!(file != FILE || model != MODEL, "{what}: nothing was changed");
        let found = Rules::read("2026-01-01", &file, &model).map(|_| ()).expect_err(what);
        assert!(found.iter().any(|d| d.field.starts_with(field)), "{what}: {found:#?}");
    }
}

#[test]
fn the_catalogue_carries_its_rules_by_their_first_day() {
    let built = Catalog::from_files(&Files::seed());
    let book = Book::read(&built.catalog).unwrap_or_else(|found| panic!("{found:#?}"));
    assert!(book.at(day("2025-12-31")).is_none(), "before the first rules nobody has a class");
    assert_eq!(book.at(day("2026-11-30")).unwrap().hash, the_rules().hash);
    let exported = built.catalog.export();
    assert_eq!(exported.get("credit/2026-01-01/cases.md"), Some(CASES.as_bytes()));
    let weights: Vec<u32> = the_rules().classes.iter().map(|class| class.draw_weight).collect();
    assert!(weights.is_sorted() && weights[0] < weights[3], "a worse class is drawn more often: {weights:?}");
}

const KINDS: [(&str, &str); 13] = [
    ("penalty", "minor"),
    ("penalty", "ordinary"),
    ("penalty", "serious"),
    ("false_promise", ""),
    ("false_material", ""),
    ("fraud", ""),
    ("food_licence_revoked", ""),
    ("inspection_failed", ""),
    ("inspection_refused", ""),
    ("serious_list", ""),
    ("inspection_clean", ""),
    ("promise_kept", ""),
    ("rumour", ""),
];

fn on(offset: i64) -> Date {
    let start = rules::Date::from_civil(day("2026-01-01")).epoch_days();
    rules::Date::from_epoch_days(start + offset).and_then(rules::Date::to_civil).unwrap()
}

prop_compose! {
    fn any_event()(
        kind in 0..KINDS.len(),
        happened in 0..900_i64,
        late in 0..100_i64,
        acts in prop::collection::vec((0..5_usize, 0..400_i64), 0..3),
    ) -> Event {
        const ACTS: [ActKind; 5] = [
            ActKind::Withdrawn, ActKind::Repaired, ActKind::AppealLodged, ActKind::AppealUpheld, ActKind::AppealDismissed,
        ];
        let acts = acts.into_iter().map(|(kind, later)| Act { kind: ACTS[kind], on: on(happened + late + later) }).collect();
        let (kind, severity) = (KINDS[kind].0.to_owned(), KINDS[kind].1.to_owned());
        Event { id: String::new(), kind, severity, item: None, on: on(happened), recorded_on: on(happened + late), acts }
    }
}

fn histories() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(any_event(), 0..8).prop_map(|mut events| {
        for (i, event) in events.iter_mut().enumerate() {
            event.id = format!("e{i}");
        }
        events
    })
}

/// A history as it was known on a day.
fn known(events: &[Event], day: Date) -> Vec<Event> {
    let recorded = events.iter().filter(|event| event.recorded_on <= day).cloned();
    recorded
        .map(|mut event| {
            event.acts.retain(|act| act.on <= day);
            event
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_past_day_gives_the_same_class_whatever_was_recorded_since(events in histories(), offset in 0..2200_i64) {
        let (rules, day) = (the_rules(), on(offset));
        let then = known(&events, day);
        prop_assert_eq!(standing(&rules, &events, day), standing(&rules, &then, day));
        prop_assert_eq!(published(&rules, &events, day), published(&rules, &then, day));
        for item in ["fd-food-licence", "fd-pharmacist-renew"] {
            prop_assert_eq!(consequences(&rules, &events, item, day), consequences(&rules, &then, item, day));
        }
    }

    #[test]
    fn the_order_of_events_means_nothing(events in histories(), offset in 0..2200_i64) {
        let (rules, day) = (the_rules(), on(offset));
        let mut turned = events.clone();
        turned.reverse();
        prop_assert_eq!(standing(&rules, &events, day), standing(&rules, &turned, day));
        prop_assert_eq!(published(&rules, &events, day), published(&rules, &turned, day));
    }

    #[test]
    fn points_add_up_and_end_and_nothing_is_public_beyond_five_years(events in histories(), offset in 0..2200_i64) {
        let (rules, day) = (the_rules(), on(offset));
        let found = standing(&rules, &events, day);
        prop_assert_eq!(found.total, found.points.iter().map(|p| p.points).sum::<i64>().max(0));
        prop_assert_eq!(found.class.is_none(), !found.unsettled.is_empty());
        for point in &found.points {
            prop_assert!(events.iter().any(|e| e.id == point.event && e.on == point.from));
            prop_assert!(point.from <= day && day < point.until);
        }
        for record in published(&rules, &events, day) {
            let event = events.iter().find(|e| e.id == record.event).unwrap();
            let end = rules::Date::from_civil(event.on).plus_months(60).unwrap().to_civil().unwrap();
            prop_assert!(day < record.until && record.until <= end);
        }
        for consequence in consequences(&rules, &events, "fd-food-licence", day) {
            prop_assert!(consequence.from <= day && day < consequence.until && !consequence.because.is_empty());
            prop_assert_eq!(consequence.binding, consequence.row.grade == kernel::Grade::A);
        }
    }

    #[test]
    fn a_bad_record_more_never_betters_and_a_good_one_never_worsens(events in histories(), more in any_event(), offset in 0..2200_i64) {
        let (rules, day) = (the_rules(), on(offset));
        let with: Vec<Event> = events.iter().cloned().chain([Event { id: "more".into(), acts: Vec::new(), ..more.clone() }]).collect();
        let (before, after) = (standing(&rules, &events, day), standing(&rules, &with, day));
        // A kind that no rule knows leaves the class open, or was not recorded yet.
        if let (Some(before), Some(after), Some(kind)) = (&before.class, &after.class, rules.kind(&more.kind)) {
            let good = kind.good;
            prop_assert!(if good { after <= before } else { after >= before }, "{:?}: {} to {}", more, before, after);
        }
    }
}
