//! The machine of flows: tables of what may follow, and random histories against an oracle that knows the law by itself.

use std::collections::BTreeMap;

use kernel::{Date, Moment, WorkCalendar};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::super::decide::normalised;
use super::*;
use crate::powers::view::Lamp;

const DAY_MS: i64 = 86_400_000;

/// A run in the hands of a test: officers `a`, `b`, `c` handle, `h` decides, `x` may do nothing.
struct Bench {
    flow: &'static Flow,
    party: &'static str,
    history: Vec<Act>,
    now: Moment,
}

fn hand(name: &str) -> Hand {
    Hand {
        account: name.into(),
        name: name.into(),
        handles: "abc".contains(name),
        decides: name == "h",
        is_party: name == "p",
    }
}

impl Bench {
    fn new(flow: &'static str, party: &'static str) -> Self {
        // A Monday with no holiday near.
        let now = "2026-06-01T10:00:00+08:00".parse().unwrap();
        Self { flow: seed().1.flow(flow).unwrap(), party, history: Vec::new(), now }
    }

    fn calendar() -> &'static WorkCalendar {
        seed().0.calendar()
    }

    fn situation(&self) -> Situation<'_> {
        Situation {
            flow: self.flow,
            party_kind: self.party,
            history: &self.history,
            now: self.now,
            calendar: Self::calendar(),
        }
    }

    fn try_command(&mut self, who: &str, command: Command<'_>) -> Result<(), Refusal> {
        let act = decide(&self.situation(), &hand(who), command)?;
        self.history.push(act);
        Ok(())
    }

    fn try_step(&mut self, who: &str, step: &str, values: &[(&str, &str)]) -> Result<(), Refusal> {
        let values: Values = values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.try_command(who, Command::Take { step, values: &filled(self.flow, step, values, self.now) })
    }

    fn step(&mut self, who: &str, step: &str, values: &[(&str, &str)]) {
        self.try_step(who, step, values).unwrap_or_else(|r| panic!("{step} by {who}: {r:?}"));
        if self.situation().pending().is_some() {
            let second = if who == "a" { "b" } else { "a" };
            self.try_command(second, Command::Cosign).unwrap_or_else(|r| panic!("{step} signed by {second}: {r:?}"));
        }
    }

    fn refused(&mut self, who: &str, step: &str, values: &[(&str, &str)]) -> Vec<&'static str> {
        let refusal = self.try_step(who, step, values).unwrap_err();
        let codes = refusal.hindrances.iter().map(|h| h.code);
        codes.chain(refusal.values.iter().map(|_| "value")).collect()
    }

    fn wait(&mut self, days: i64) {
        self.now = self.now.plus_ms(days * DAY_MS);
    }
}

/// Values for everything a step asks that the test does not say itself.
fn filled(flow: &Flow, step: &str, mut values: Values, now: Moment) -> Values {
    for ask in flow.step(step).map(|s| s.asks.as_slice()).unwrap_or_default() {
        values.entry(ask.id.clone()).or_insert_with(|| match ask.kind {
            AskKind::Words | AskKind::Line => "记录在案".to_owned(),
            AskKind::Money => "0".to_owned(),
            AskKind::Date => now.plus_ms(20 * DAY_MS).date().to_string(),
            AskKind::Choice => ask.choices[0].id.clone(),
            AskKind::Tick => "true".to_owned(),
            AskKind::File => String::new(),
        });
    }
    values
}

/// From filing to telling the party, with a right to a hearing or without.
fn told(hearing: &str) -> Bench {
    let mut run = Bench::new("penalty", "organisation");
    run.step("a", "file", &[]);
    run.step("a", "investigate", &[]);
    run.step("a", "conclude", &[("proposed_fine", "5000"), ("hearing", hearing)]);
    run.step("a", if hearing == "yes" { "notice_hearing" } else { "notice" }, &[]);
    run
}

#[test]
fn a_penalty_with_a_hearing_runs_to_its_end_and_the_clock_stands_still_meanwhile() {
    let mut run = told("yes");
    assert_eq!(run.refused("c", "review", &[]), ["too_early"], "the time to ask for a hearing is not over");
    run.wait(2);
    run.step("a", "ask_hearing", &[]);
    assert_eq!(standing(&run.situation()).lamp, Lamp::Still);
    let soon = run.now.plus_ms(5 * DAY_MS).date().to_string();
    assert_eq!(run.refused("a", "set_hearing", &[("held_on", &soon)]), ["value"], "seven working days ahead");
    let day = "2026-06-18";
    run.step("a", "set_hearing", &[("held_on", day)]);
    assert_eq!(run.refused("c", "hold_hearing", &[]), ["too_early"], "not before the day that was set");
    run.now = format!("{day}T09:00:00+08:00").parse().unwrap();
    assert_eq!(run.refused("a", "hold_hearing", &[]), ["same_officer"], "who investigated does not chair");
    run.step("c", "hold_hearing", &[]);
    run.step("c", "review", &[]);
    assert_eq!(run.refused("c", "decide", &[("fine", "5000")]), ["rights"]);
    assert_eq!(run.refused("h", "decide", &[("fine", "5000.01")]), ["value"], "a defence never makes it heavier");
    run.step("h", "decide", &[("fine", "4,000")]);
    let standing = standing(&run.situation());
    assert_eq!(standing.stops, [kernel::Stop::between("2026-06-03".parse().unwrap(), day.parse().unwrap())]);
    // 90 days from 1 June are 30 August; sixteen days stood still: 15 September.
    assert_eq!(standing.due, Some("2026-09-15".parse().unwrap()));
    run.step("a", "deliver", &[]);
    run.step("a", "pay", &[("paid", "4000")]);
    run.step("a", "close", &[]);
    assert!(run.flow.is_end(run.situation().state()));
    assert_eq!(run.refused("a", "file", &[]), ["state"]);
}

#[test]
fn without_a_hearing_the_notice_period_holds_and_a_statement_ends_it() {
    let mut run = told("no");
    assert_eq!(run.refused("a", "ask_hearing", &[]), ["only"], "none was open");
    assert_eq!(run.refused("c", "review", &[]), ["too_early"]);
    run.wait(3);
    assert_eq!(run.refused("c", "review", &[]), ["too_early"], "the third working day is not over");
    run.wait(1);
    assert!(
        run.situation().state() == "told"
            && hindrances(&run.situation(), run.flow.step("review").unwrap(), &hand("c")).is_empty()
    );
    let mut spoken = told("no");
    spoken.step("a", "statement", &[]);
    spoken.step("c", "review", &[]);
    assert_eq!(spoken.refused("a", "decide", &[]), ["rights", "same_officer"]);
}

#[test]
fn a_hearing_asked_for_too_late_or_after_waiving_is_not_taken() {
    let mut late = told("yes");
    late.wait(8);
    assert_eq!(late.refused("a", "ask_hearing", &[]), ["too_late"]);
    let mut waived = told("yes");
    waived.step("a", "waive", &[]);
    assert_eq!(waived.refused("a", "ask_hearing", &[]), ["barred"]);
    waived.step("c", "review", &[]);
}

#[test]
fn on_the_spot_there_are_limits_and_two_officers() {
    for (party, most, over) in [("person", "200", "200.01"), ("organisation", "3000", "3000.01")] {
        let mut run = Bench::new("penalty", party);
        assert_eq!(run.refused("a", "summary", &[("fine", over)]), ["value"], "{party}");
        run.try_step("a", "summary", &[("fine", most)]).unwrap();
        assert_eq!(run.situation().state(), "start", "one signature has no effect");
        assert_eq!(run.refused("b", "file", &[]), ["pending"]);
        let own = run.try_command("a", Command::Cosign).unwrap_err();
        assert_eq!(own.hindrances[0].code, "same_officer");
        assert_eq!(run.try_command("x", Command::Cosign).unwrap_err().hindrances[0].code, "rights");
        run.try_command("b", Command::Cosign).unwrap();
        assert_eq!(
            (run.situation().state(), run.situation().value("fine")),
            ("spot", Some(if party == "person" { "20000" } else { "300000" }))
        );
        let act = run.history.last().unwrap();
        assert_eq!((act.by.as_str(), act.second.as_ref().unwrap().0.as_str()), ("a", "b"));
    }
}

#[test]
fn a_step_taken_back_leaves_the_run_where_it_was() {
    let mut run = Bench::new("penalty", "person");
    run.try_step("a", "summary", &[("fine", "50")]).unwrap();
    run.try_command("b", Command::TakeBack).unwrap();
    assert_eq!(run.situation().state(), "start");
    assert!(run.situation().pending().is_none() && run.try_command("b", Command::Cosign).is_err());
    run.step("a", "file", &[]);
}

#[test]
fn a_payment_waits_for_its_publication_and_pays_no_more_than_was_granted() {
    let mut run = Bench::new("payment", "person");
    run.step("a", "apply", &[]);
    run.step("a", "ask_correction", &[]);
    assert_eq!(standing(&run.situation()).lamp, Lamp::Still);
    run.wait(2);
    run.step("a", "correct", &[]);
    run.step("a", "survey", &[]);
    run.step("c", "publish", &[]);
    assert_eq!(run.refused("c", "propose", &[]), ["too_early"]);
    run.wait(8);
    assert_eq!(run.refused("b", "propose", &[]), ["same_officer"], "who surveyed does not propose");
    run.step("c", "propose", &[("proposed_amount", "300")]);
    assert_eq!(run.refused("h", "grant", &[("amount", "300.01")]), ["value"]);
    run.step("h", "grant", &[("amount", "300")]);
    run.step("c", "deliver", &[]);
    assert_eq!(run.refused("c", "pay", &[("paid", "301")]), ["value"]);
    run.step("c", "pay", &[("paid", "300")]);
    run.step("c", "pay", &[("paid", "300")]);
    assert_eq!(run.refused("h", "stop", &[]), ["before"], "nobody looked again");
    run.step("a", "recheck", &[]);
    run.step("h", "stop", &[]);
    run.step("c", "close", &[]);
    assert!(run.flow.is_end(run.situation().state()));
}

#[test]
fn everything_wrong_is_told_at_once() {
    let run = told("no");
    let step = run.flow.step("decide").unwrap();
    let wrong: Values =
        [("decision", ""), ("fine", "viel"), ("reasons", "ok")].map(|(k, v)| (k.into(), v.into())).into();
    let faults = normalised(&run.situation(), step, &wrong).unwrap_err();
    assert_eq!(faults.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), ["decision", "fine", "remedies"]);
    let refusal = decide(&run.situation(), &hand("a"), Command::Take { step: "decide", values: &wrong }).unwrap_err();
    assert_eq!(refusal.values.len(), 3);
    assert_eq!(
        refusal.hindrances.iter().map(|h| h.code).collect::<Vec<_>>(),
        ["state", "rights", "same_officer", "before"]
    );
}

#[test]
fn a_year_without_a_calendar_hinders_and_says_so() {
    let mut run = told("no");
    run.now = "2029-12-30T10:00:00+08:00".parse().unwrap();
    run.history.last_mut().unwrap().at = run.now;
    let review = run.flow.step("review").unwrap();
    assert_eq!(hindrances(&run.situation(), review, &hand("c"))[0].code, "calendar");
}

#[test]
fn where_next_years_calendar_is_missing_the_last_day_is_at_least_so_late() {
    let mut run = Bench::new("penalty", "organisation");
    run.now = "2026-12-01T10:00:00+08:00".parse().unwrap();
    run.step("a", "file", &[]);
    let found = standing(&run.situation());
    assert_eq!((found.lamp, found.due, found.not_before), (Lamp::Green, None, Some("2027-03-01".parse().unwrap())));
}

/// Every flow can be run to each of its ends: no state is a trap.
#[test]
fn every_end_of_every_flow_can_be_reached() {
    for flow in seed().1.flows() {
        for end in flow.states.iter().filter(|s| s.end) {
            let reached = way(flow, &end.id);
            assert!(reached, "{} cannot reach {}", flow.id, end.id);
        }
    }
}

/// Looks for a way to a state by trying every step with every choice, breadth first, time passing generously.
fn way(flow: &'static Flow, end: &str) -> bool {
    let mut waiting =
        vec![Bench { flow, party: "organisation", history: vec![], now: "2026-03-02T10:00:00+08:00".parse().unwrap() }];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(run) = waiting.pop() {
        if run.situation().state() == end {
            return true;
        }
        let taken: Vec<String> = run
            .situation()
            .taken()
            .map(|a| format!("{}{:?}", a.step, a.values.get("hearing").or(a.values.get("result"))))
            .collect();
        if taken.len() > 12 || !seen.insert(taken) {
            continue;
        }
        for step in flow.steps.iter().filter(|s| s.from.iter().any(|f| f == run.situation().state())) {
            let choices = step.asks.iter().find(|a| ["hearing", "result"].contains(&a.id.as_str()));
            let values: Vec<Values> = match choices {
                Some(ask) => ask.choices.iter().map(|c| Values::from([(ask.id.clone(), c.id.clone())])).collect(),
                None => vec![Values::new()],
            };
            for values in values {
                for (who, second) in [("a", "b"), ("c", "a"), ("b", "c"), ("h", "h")] {
                    for days in [0, 1, 26, 200] {
                        let mut next = Bench {
                            history: run.history.clone(),
                            ..Bench { flow, party: run.party, history: vec![], now: run.now }
                        };
                        next.wait(days);
                        let values = filled(flow, &step.id, values.clone(), next.now);
                        if next.try_command(who, Command::Take { step: &step.id, values: &values }).is_err() {
                            continue;
                        }
                        if next.situation().pending().is_some() && next.try_command(second, Command::Cosign).is_err() {
                            continue;
                        }
                        waiting.push(next);
                        break;
                    }
                }
            }
        }
    }
    false
}

/// What the oracle knows of a penalty: written again from the law's sentences, without the flow.
fn lawful(history: &[Act], party: &str) -> Result<(), String> {
    let taken: Vec<&Act> = history.iter().filter(|a| a.kind == ActKind::Taken).collect();
    let at = |step: &str| taken.iter().position(|a| a.step == step);
    let last_before = |step: &str, place: usize| taken[..place].iter().rposition(|a| a.step == step);
    let sum = |a: &Act, field: &str| a.values.get(field).and_then(|v| v.parse::<i64>().ok()).unwrap_or(0);
    for act in &taken {
        let two = ["summary", "investigate", "conclude"].contains(&act.step.as_str());
        match &act.second {
            Some((second, _)) if two && *second != act.by => {}
            None if !two => {}
            _ => return Err(format!("{} was signed by {:?} and {:?}", act.step, act.by, act.second)),
        }
        if act.step == "summary" && sum(act, "fine") > if party == "person" { 20_000 } else { 300_000 } {
            return Err("too large a fine on the spot".into());
        }
    }
    let Some(decided) = at("decide") else { return Ok(()) };
    let decision = taken[decided];
    let notice = ["notice", "notice_hearing"]
        .iter()
        .filter_map(|s| last_before(s, decided))
        .max()
        .ok_or("decided without telling")?;
    let concluded = last_before("conclude", notice).ok_or("told without an end of the investigation")?;
    let investigated = last_before("investigate", concluded).ok_or("concluded without evidence")?;
    for seen in [investigated, concluded] {
        let (first, second) = (&taken[seen].by, taken[seen].second.as_ref().map(|s| &s.0));
        if *first == decision.by || second == Some(&decision.by) {
            return Err("who investigated decided".into());
        }
    }
    if sum(decision, "fine") > sum(taken[concluded], "proposed_fine") {
        return Err("heavier than was told".into());
    }
    let between = &taken[notice..decided];
    let said = |step: &str| between.iter().any(|a| a.step == step);
    let open = taken[concluded].values.get("hearing").is_some_and(|v| v == "yes");
    let asked = said("ask_hearing");
    if asked && !open {
        return Err("a hearing where none was open".into());
    }
    if asked && !(said("hold_hearing") || said("no_show")) {
        return Err("a hearing was asked for and not held".into());
    }
    let reviewed = between.iter().find(|a| a.step == "review").ok_or("no legal review")?;
    let days = Bench::calendar().working_days_between(taken[notice].at.date(), reviewed.at.date()).unwrap();
    let silent = !said("waive") && !asked && (open || !said("statement"));
    if silent && days <= if open { 5 } else { 3 } {
        return Err(format!("reviewed on working day {days} after the notice, nobody having answered"));
    }
    if let (Some(set), Some(held)) =
        (between.iter().find(|a| a.step == "set_hearing"), between.iter().find(|a| a.step == "hold_hearing"))
    {
        let day: Date = set.values["held_on"].parse().unwrap();
        let ahead = Bench::calendar().working_days_between(set.at.date(), day).unwrap();
        if ahead <= 7 || held.at.date() < day || held.by == taken[concluded].by {
            return Err(format!("a hearing {ahead} working days after its notice, held by {}", held.by));
        }
    }
    Ok(())
}

/// One thing somebody tries.
#[derive(Clone, Debug)]
enum Try {
    Step(usize, &'static str, u32, i64),
    Cosign(&'static str),
    TakeBack(&'static str),
    Wait(i64),
}

fn attempt() -> impl Strategy<Value = Try> {
    let who = prop::sample::select(vec!["a", "b", "c", "h", "x"]);
    prop_oneof![
        6 => (0_usize..64, who.clone(), any::<u32>(), prop_oneof![0_i64..30_000, 0_i64..700_000]).prop_map(|(s, w, seed, fine)| Try::Step(s, w, seed, fine)),
        4 => who.clone().prop_map(Try::Cosign),
        1 => who.prop_map(Try::TakeBack),
        2 => (0_i64..9).prop_map(Try::Wait),
    ]
}

fn play(flow: &'static str, party: &'static str, tries: &[Try]) -> Bench {
    let mut run = Bench::new(flow, party);
    for attempt in tries {
        match attempt {
            Try::Step(n, who, seed, fine) => {
                // Steps of the state it is in, so that histories get far; one in eight is any step at all.
                let here: Vec<&Step> = run
                    .flow
                    .steps
                    .iter()
                    .filter(|s| seed % 8 == 0 || s.from.iter().any(|f| f == run.situation().state()))
                    .collect();
                let Some(step) = here.get(n % here.len().max(1)) else { continue };
                let mut values = BTreeMap::new();
                for ask in &step.asks {
                    match ask.kind {
                        AskKind::Choice => drop(
                            values.insert(ask.id.clone(), ask.choices[*seed as usize % ask.choices.len()].id.clone()),
                        ),
                        AskKind::Money => {
                            drop(values.insert(ask.id.clone(), format!("{}.{:02}", fine / 100, fine % 100)))
                        }
                        AskKind::Date => {
                            let day = run.now.plus_ms(i64::from(seed % 25) * DAY_MS).date();
                            values.insert(ask.id.clone(), day.to_string());
                        }
                        _ => {}
                    }
                }
                let values = filled(run.flow, &step.id, values, run.now);
                let _ = run.try_command(who, Command::Take { step: &step.id, values: &values });
            }
            Try::Cosign(who) => drop(run.try_command(who, Command::Cosign)),
            Try::TakeBack(who) => drop(run.try_command(who, Command::TakeBack)),
            Try::Wait(days) => run.wait(*days),
        }
    }
    run
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// No sequence of commands brings a penalty where the law says it may not be.
    #[test]
    fn no_sequence_of_commands_reaches_an_unlawful_penalty(
        tries in prop::collection::vec(attempt(), 1..140),
        party in prop::sample::select(vec!["person", "organisation"]),
    ) {
        let run = play("penalty", party, &tries);
        prop_assert_eq!(lawful(&run.history, party), Ok(()), "{:#?}", run.history);
    }

    /// In every flow: the state is one of the flow, each act follows from the one before, nobody signs twice, nobody
    /// without rights acts, and the order of steps conforms to the flow when it is read again.
    #[test]
    fn every_history_of_every_flow_reads_again_as_lawful(n in 0_usize..10, tries in prop::collection::vec(attempt(), 1..60)) {
        let flow = &seed().1.kinds[n].flow;
        let run = play(flow, "person", &tries);
        let mut state = run.flow.first().to_owned();
        for act in &run.history {
            prop_assert!(act.by != "x" && act.second.as_ref().is_none_or(|(s, _)| *s != act.by && s != "x"));
            match act.kind {
                ActKind::Taken => {
                    let step = run.flow.step(&act.step).unwrap();
                    prop_assert!(step.from.contains(&state) && step.to == act.state);
                    prop_assert_eq!(step.officers == 2, act.second.is_some());
                    state = act.state.clone();
                }
                _ => prop_assert_eq!(&act.state, &state),
            }
        }
        let observed: Vec<Observed> = run.situation().taken().map(|a| Observed { step: a.step.clone(), at: a.at }).collect();
        let found = conformance(run.flow, &observed);
        prop_assert_eq!((found.deviation, found.state), (None, state));
    }
}

/// The property above is worth nothing if random histories never get to a decision.
#[test]
fn the_oracle_sees_what_is_unlawful_and_random_histories_get_far() {
    let mut run = told("yes");
    run.step("a", "waive", &[]);
    run.step("c", "review", &[]);
    run.step("h", "decide", &[("fine", "1")]);
    assert_eq!(lawful(&run.history, "organisation"), Ok(()));
    let mut broken = run.history.clone();
    broken.retain(|a| a.step != "waive");
    assert!(lawful(&broken, "organisation").is_err(), "decided before the time to ask for a hearing was over");
    let mut alone = run.history.clone();
    alone.iter_mut().find(|a| a.kind == ActKind::Taken && a.step == "investigate").unwrap().second = None;
    assert!(lawful(&alone, "organisation").is_err());
    let mut heavier = run.history.clone();
    heavier.last_mut().unwrap().values.insert("fine".into(), "500001".into());
    assert!(lawful(&heavier, "organisation").is_err());

    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let decided = (0..300).filter(|_| {
        let tries = prop::collection::vec(attempt(), 140).new_tree(&mut runner).unwrap().current();
        play("penalty", "person", &tries).history.iter().any(|a| a.step == "decide" || a.step == "summary")
    });
    let decided = decided.count();
    assert!(decided > 40, "only {decided} of 300 got to a penalty");
}

#[test]
fn a_deviation_of_what_really_happened_is_named() {
    let flow = seed().1.flow("licensing").unwrap();
    let seen = |steps: &[&str]| -> Vec<Observed> {
        steps.iter().map(|s| Observed { step: (*s).into(), at: Moment::from_ms(0) }).collect()
    };
    let whole = conformance(flow, &seen(&["receive", "accept", "review", "grant", "deliver"]));
    assert_eq!((whole.closed, whole.deviation), (true, None));
    let skipped = conformance(flow, &seen(&["receive", "accept", "grant"]));
    assert_eq!(skipped.deviation, Some((2, "grant".into(), "accepted".into())));
}
