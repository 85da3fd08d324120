//! A table of who is next, and what always holds: nobody starves, nothing is lost or doubled, order within a line stays.

use std::collections::HashMap;

use proptest::prelude::*;

use super::Turns;

type Key = u8;

fn filled(quantum: u32, lines: &[(Key, u32, &[u32])]) -> Turns<Key, (Key, usize)> {
    let mut turns = Turns::new(quantum);
    for (key, weight, costs) in lines {
        for (n, cost) in costs.iter().enumerate() {
            turns.push(*key, *weight, (*cost, (*key, n)));
        }
    }
    turns
}

fn order(turns: &mut Turns<Key, (Key, usize)>) -> Vec<Key> {
    std::iter::from_fn(|| turns.take()).map(|(key, _)| key).collect()
}

#[test]
fn who_is_next() {
    type Case<'a> = (&'a str, u32, &'a [(Key, u32, &'a [u32])], &'a [Key]);
    let cases: [Case<'_>; 6] = [
        ("alone: as it came", 1, &[(1, 1, &[1, 1, 1])], &[1, 1, 1]),
        ("one each", 1, &[(1, 1, &[1, 1, 1]), (2, 1, &[1]), (3, 1, &[1, 1])], &[1, 2, 3, 1, 3, 1]),
        ("twice the weight, twice the jobs", 1, &[(1, 2, &[1; 4]), (2, 1, &[1; 2])], &[1, 1, 2, 1, 1, 2]),
        ("what costs twice comes half as often", 1, &[(1, 1, &[2, 2]), (2, 1, &[1; 4])], &[2, 1, 2, 2, 1, 2]),
        ("a quantum pays for several", 3, &[(1, 1, &[1; 4]), (2, 1, &[1; 4])], &[1, 1, 1, 2, 2, 2, 1, 2]),
        ("dear beyond measure, and still its turn comes", 1, &[(1, 1, &[9_999]), (2, 1, &[1])], &[2, 1]),
    ];
    for (name, quantum, lines, expected) in cases {
        let mut turns = filled(quantum, lines);
        assert_eq!(order(&mut turns), expected, "{name}");
        assert_eq!((turns.waiting(), turns.take()), (0, None), "{name}");
    }
}

#[test]
fn a_round_is_one_turn_of_each_and_of_one_alone_all() {
    let mut turns = filled(2, &[(1, 1, &[1; 9]), (2, 1, &[1; 3]), (3, 2, &[1; 9])]);
    let mut rounds = Vec::new();
    while turns.waiting() > 0 {
        let mut round = Vec::new();
        turns.round(100, &mut round);
        rounds.push(round.into_iter().map(|(key, _)| key).collect::<Vec<_>>());
    }
    let whole: Vec<Vec<Key>> =
        vec![vec![1, 1, 2, 2, 3, 3, 3, 3], vec![1, 1, 2, 3, 3, 3, 3], vec![1, 1, 3], vec![1, 1, 1]];
    assert_eq!(rounds, whole);

    let mut cut = filled(4, &[(1, 1, &[1; 4]), (2, 1, &[1; 4])]);
    let (mut first, mut second) = (Vec::new(), Vec::new());
    cut.round(3, &mut first);
    cut.round(3, &mut second);
    let keys = |round: &[(Key, usize)]| round.iter().map(|(key, _)| *key).collect::<Vec<_>>();
    assert_eq!(
        (keys(&first), keys(&second)),
        (vec![1, 1, 1], vec![1, 2, 2]),
        "the next round goes on where it was cut"
    );

    let mut dear = filled(1, &[(1, 1, &[7]), (2, 1, &[9])]);
    let mut round = Vec::new();
    dear.round(10, &mut round);
    assert_eq!(keys(&round), [1], "a round is never empty while somebody waits");
}

#[test]
fn a_line_that_rests_is_passed_over_and_keeps_its_order() {
    let mut turns = filled(1, &[(1, 1, &[1; 3]), (2, 1, &[1; 2])]);
    assert_eq!(turns.take(), Some((1, (1, 0))));
    turns.rest(&1);
    turns.push(1, 1, (1, (1, 3)));
    assert_eq!((turns.take(), turns.take(), turns.take()), (Some((2, (2, 0))), Some((2, (2, 1))), None));
    assert_eq!(turns.waiting(), 3);
    let mut none = Vec::new();
    turns.round(9, &mut none);
    assert!(none.is_empty());
    turns.resume(&1);
    turns.push(2, 1, (1, (2, 2)));
    let rest: Vec<_> = std::iter::from_fn(|| turns.take()).map(|(_, job)| job).collect();
    assert_eq!(rest, [(1, 1), (2, 2), (1, 2), (1, 3)]);
}

/// What may happen: a job comes, the next is taken, a round is taken, a line rests or resumes.
#[derive(Clone, Debug)]
enum Act {
    Push(Key, u32),
    Next,
    Round(usize),
    Rest(Key),
    Resume(Key),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        6 => (0..6_u8, 1..40_u32).prop_map(|(key, cost)| Act::Push(key, cost)),
        3 => Just(Act::Next),
        1 => (1..9_usize).prop_map(Act::Round),
        1 => (0..6_u8).prop_map(Act::Rest),
        1 => (0..6_u8).prop_map(Act::Resume),
    ];
    prop::collection::vec(act, 0..200)
}

const fn weight(key: Key) -> u32 {
    if key == 0 { 4 } else { 1 }
}

proptest! {
    #[test]
    fn nothing_is_lost_or_doubled_and_order_within_a_line_stays(quantum in 1..9_u32, acts in acts()) {
        let mut turns: Turns<Key, (Key, usize)> = Turns::new(quantum);
        let (mut pushed, mut taken) = (HashMap::<Key, usize>::new(), HashMap::<Key, usize>::new());
        let mut see = |(key, n): (Key, usize)| {
            let next = taken.entry(key).or_default();
            prop_assert_eq!(*next, n, "line {} out of order", key);
            *next += 1;
            Ok(())
        };
        for act in acts {
            match act {
                Act::Push(key, cost) => {
                    let n = pushed.entry(key).or_default();
                    turns.push(key, weight(key), (cost, (key, *n)));
                    *n += 1;
                }
                Act::Next => if let Some((_, job)) = turns.take() { see(job)? },
                Act::Round(most) => {
                    let mut round = Vec::new();
                    turns.round(most, &mut round);
                    prop_assert!(round.len() <= most);
                    round.into_iter().try_for_each(&mut see)?;
                }
                Act::Rest(key) => turns.rest(&key),
                Act::Resume(key) => turns.resume(&key),
            }
        }
        (0..6).for_each(|key| turns.resume(&key));
        while let Some((_, job)) = turns.take() {
            see(job)?;
        }
        prop_assert_eq!(turns.waiting(), 0);
        prop_assert_eq!(pushed, taken);
    }

    /// However much the others bring, and go on bringing, one job waits for one turn of each other line, no more.
    #[test]
    fn one_job_waits_for_one_turn_of_each_other_line(
        quantum in 1..9_u32,
        backlog in prop::collection::vec(1..300_usize, 1..20),
        before in 0..500_usize,
    ) {
        let others = u8::try_from(backlog.len()).unwrap();
        let mut turns: Turns<Key, ()> = Turns::new(quantum);
        for (key, jobs) in (0..others).zip(&backlog) {
            (0..*jobs).for_each(|_| turns.push(key, weight(key), (1, ())));
        }
        let again = |turns: &mut Turns<Key, ()>| {
            // Whoever was served comes again at once: the lines of the others never end.
            let next = turns.take();
            if let Some((key, ())) = next && key != others {
                turns.push(key, weight(key), (1, ()));
            }
            next.map(|(key, ())| key)
        };
        (0..before).for_each(|_| {
            again(&mut turns);
        });
        turns.push(others, 1, (1, ()));
        let waited = std::iter::from_fn(|| again(&mut turns)).take_while(|key| *key != others).count();
        let bound: u32 = (0..others).map(|key| quantum * weight(key)).sum();
        prop_assert!(waited <= usize::try_from(bound).unwrap(), "{} jobs before it, {} allowed", waited, bound);
    }

    /// Two lines that always have something to do get what their weights say, whatever their jobs cost.
    #[test]
    fn shares_are_of_cost_and_not_of_jobs(quantum in 1..30_u32, dear in 1..30_u32, cheap in 1..30_u32) {
        let mut turns: Turns<Key, u32> = Turns::new(quantum);
        for _ in 0..3_000 {
            turns.push(0, 4, (dear, dear));
            turns.push(1, 1, (cheap, cheap));
        }
        let mut spent = [0_u64; 2];
        for _ in 0..1_000 {
            let (key, cost) = turns.take().unwrap();
            spent[usize::from(key)] += u64::from(cost);
        }
        // What one turn may be off, for each of the two.
        let slack = u64::from(quantum * 4 + 30) * 4 + 4;
        prop_assert!(spent[0].abs_diff(spent[1] * 4) <= slack * 4, "{:?}", spent);
    }
}
