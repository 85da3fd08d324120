//! Tests of the draw: its law by enumeration of every path, its frequencies, its file, its vectors.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::Hash;

mod file;
mod vectors;

fn target(id: &str, class: &str, weight: u32) -> Target {
    Target { id: id.into(), class: class.into(), weight }
}

fn bar(target: &str, officer: &str, why: Why) -> Bar {
    Bar { target: target.into(), officer: officer.into(), why }
}

fn officers(number: usize) -> Vec<String> {
    (1..=number).map(|i| format!("O{i:02}")).collect()
}

fn seed(number: u64) -> Seed {
    Seed(Hash(Sha256::digest(number.to_be_bytes()).into()))
}

/// Every path chance can take, one after the other: an odometer of bounded choices.
#[derive(Default)]
struct Paths {
    /// Choice and bound at each step of the path.
    steps: Vec<(u64, u64)>,
    depth: usize,
}

impl Chance for Paths {
    fn below(&mut self, bound: u64) -> u64 {
        if self.depth == self.steps.len() {
            self.steps.push((0, bound));
        }
        assert_eq!(self.steps[self.depth].1, bound, "the same path asks the same questions");
        self.depth += 1;
        self.steps[self.depth - 1].0
    }
}

impl Paths {
    /// How many paths are as likely as this one: its chance is one in this.
    fn rarity(&self) -> u64 {
        self.steps.iter().map(|(_, bound)| bound).product()
    }

    fn advance(&mut self) -> bool {
        self.depth = 0;
        while let Some((choice, bound)) = self.steps.pop() {
            if choice + 1 < bound {
                self.steps.push((choice + 1, bound));
                return true;
            }
        }
        false
    }
}

/// Exact chances of everything that can come out, over one denominator.
fn every_outcome<T: Ord>(mut run: impl FnMut(&mut Paths) -> T) -> (BTreeMap<T, u128>, u128) {
    let mut paths = Paths::default();
    let mut found: Vec<(T, u64)> = Vec::new();
    loop {
        let outcome = run(&mut paths);
        found.push((outcome, paths.rarity()));
        if !paths.advance() {
            break;
        }
    }
    let common =
        found.iter().fold(1_u128, |common, (_, rarity)| common / gcd(common, (*rarity).into()) * u128::from(*rarity));
    let mut chances = BTreeMap::new();
    for (outcome, rarity) in found {
        *chances.entry(outcome).or_insert(0) += common / u128::from(rarity);
    }
    assert_eq!(chances.values().sum::<u128>(), common, "chances add up to one");
    (chances, common)
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Enumerates every path of the selection and holds each target's frequency against its fraction.
fn check_chances(roll: &Roll, take: u32) {
    let chances = chances(roll, take);
    let (outcomes, common) = every_outcome(|paths| select(roll, &chances, paths));
    for (position, target) in roll.targets().iter().enumerate() {
        let drawn: u128 = outcomes.iter().filter(|(who, _)| who.contains(&position)).map(|(_, n)| n).sum();
        let Fraction { numerator, denominator } = chances.of(position, target);
        assert!(numerator <= denominator, "{roll:?}");
        assert_eq!(drawn * u128::from(denominator), common * u128::from(numerator), "{} of {roll:?}", target.id);
    }
    for drawn in outcomes.keys() {
        assert_eq!(drawn.len(), take as usize, "exactly as many as were announced");
        check_classes(roll, &chances, drawn);
    }
}

/// Of each class as many as the chances of its members add up to, rounded down or up.
fn check_classes(roll: &Roll, chances: &Chances, drawn: &[usize]) {
    let mut classes: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::new();
    for (position, target) in roll.targets().iter().enumerate() {
        let (certain, above, found) = classes.entry(&target.class).or_default();
        *certain += u64::from(chances.is_certain(position));
        *above += if chances.is_certain(position) { 0 } else { chances.of(position, target).numerator };
        *found += u64::from(drawn.contains(&position));
    }
    for (class, (certain, above, found)) in classes {
        let (least, most) = match chances.weight() {
            0 => (certain, certain),
            weight => (certain + above / weight, certain + above.div_ceil(weight)),
        };
        assert!((least..=most).contains(&found), "{found} of class {class}, not {least} to {most}");
    }
}

/// Classes and weights, how many are drawn, and each one's chance.
type ByHand = (&'static [(&'static str, u32)], u32, &'static [(u64, u64)]);

#[test]
fn chances_are_the_announced_fractions() {
    // Class, weight; how many are drawn; the fractions worked out by hand.
    let cases: [ByHand; 6] = [
        (&[("A", 1)], 1, &[(1, 1)]),
        (&[("A", 1), ("A", 1), ("A", 1)], 1, &[(1, 3), (1, 3), (1, 3)]),
        (&[("A", 1), ("A", 2), ("B", 3), ("B", 3), ("B", 1)], 2, &[(2, 10), (4, 10), (6, 10), (6, 10), (2, 10)]),
        // Half of all weight with two places is one whole place; then the rest shares one.
        (&[("A", 1), ("A", 1), ("D", 2)], 2, &[(1, 2), (1, 2), (1, 1)]),
        // Certain ones come in waves: 100 first, and only then 10.
        (&[("A", 1), ("B", 1), ("C", 10), ("D", 100)], 3, &[(1, 2), (1, 2), (1, 1), (1, 1)]),
        (&[("A", 1), ("B", 7), ("C", 10)], 3, &[(1, 1), (1, 1), (1, 1)]),
    ];
    for (rows, take, expected) in cases {
        let targets = rows.iter().enumerate().map(|(i, (class, weight))| target(&format!("T{i}"), class, *weight));
        let roll = Roll::new(targets.collect(), officers(2), vec![]).unwrap();
        let found = chances(&roll, take);
        for (position, (numerator, denominator)) in expected.iter().enumerate() {
            let fraction = found.of(position, &roll.targets()[position]);
            assert_eq!((fraction.numerator, fraction.denominator), (*numerator, *denominator), "{rows:?} {position}");
        }
        check_chances(&roll, take);
    }
}

fn small_rolls() -> impl Strategy<Value = (Vec<Target>, u32)> {
    prop::collection::vec((0..3_usize, 1..7_u32), 1..6).prop_flat_map(|rows| {
        let targets: Vec<Target> = (0..)
            .zip(&rows)
            .map(|(i, (class, weight))| target(&format!("T{i}"), ["A", "B", "C"][*class], *weight))
            .collect();
        let take = 1..=targets.len() as u32;
        (Just(targets), take)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_small_roll_keeps_its_fractions_exactly((targets, take) in small_rolls()) {
        let roll = Roll::new(targets, officers(2), vec![]).unwrap();
        check_chances(&roll, take);
    }

    #[test]
    fn the_order_a_roll_came_in_changes_nothing(
        (targets, take) in small_rolls(),
        keys in prop::collection::vec(any::<u32>(), 16),
        number in any::<u64>(),
    ) {
        let bars = vec![bar("T0", "O01", Why::Recusal), bar("T0", "O04", Why::Recent)];
        let roll = Roll::new(targets.clone(), officers(4), bars.clone()).unwrap();
        let mut mixed = (targets, officers(4), bars);
        let turn = keys[0] as usize;
        mixed.0.sort_by_key(|t| keys[t.id[1..].parse::<usize>().unwrap()]);
        mixed.1.rotate_left(turn % 4);
        mixed.2.reverse();
        let other = Roll::new(mixed.0, mixed.1, mixed.2).unwrap();
        prop_assert_eq!(roll.hash(), other.hash());
        let order = Order { take, each: 2 };
        prop_assert_eq!(draw(&roll, order, &seed(number)), draw(&other, order, &seed(number)));
    }

    #[test]
    fn no_draw_pairs_who_is_barred(
        rows in prop::collection::vec(1..100_u32, 1..40),
        barred in prop::collection::vec((any::<prop::sample::Index>(), 0..6_usize), 0..60),
        each in 1..3_u32,
        number in any::<u64>(),
    ) {
        let targets: Vec<Target> = rows.iter().enumerate().map(|(i, w)| target(&format!("T{i}"), "A", *w)).collect();
        let mut bars: Vec<Bar> = barred
            .iter()
            .map(|(at, officer)| bar(&at.get(&targets).id, &officers(6)[*officer], Why::Recusal))
            .collect();
        bars.sort_by_key(|b| (b.target.clone(), b.officer.clone()));
        bars.dedup();
        let order = Order { take: (targets.len() as u32).div_ceil(2), each };
        let roll = Roll::new(targets, officers(6), bars.clone()).unwrap();
        // A roll that could leave a target without officers is refused before it is announced.
        prop_assume!(roll.check(order).is_ok());
        let seed = seed(number);
        let drawn = draw(&roll, order, &seed);
        prop_assert_eq!(drawn.pairs.len(), order.take as usize);
        for pair in &drawn.pairs {
            let waiting = stand_ins(&roll, &seed, pair);
            prop_assert_eq!(pair.officers.len(), each as usize);
            prop_assert!(pair.officers.is_sorted());
            let all: Vec<&String> = pair.officers.iter().chain(&waiting).collect();
            prop_assert!(!bars.iter().any(|b| b.target == pair.target && all.contains(&&b.officer)));
            let barred = bars.iter().filter(|b| b.target == pair.target).count();
            prop_assert_eq!(all.len(), 6 - barred, "whoever may go is drawn or stands by, once");
        }
    }

    #[test]
    fn bounded_numbers_stay_below_their_bound(number in any::<u64>(), bound in 1..=u64::MAX) {
        let mut stream = Stream::new(&seed(number), Purpose::Targets);
        prop_assert!(stream.below(bound) < bound);
    }
}

/// Every target has every officer equally often, and loads stay level, where nobody is barred.
#[test]
fn officers_have_equal_chances_where_nobody_is_barred() {
    let targets = vec![target("T0", "A", 1), target("T1", "A", 1)];
    let roll = Roll::new(targets, officers(3), vec![]).unwrap();
    let order = Order { take: 2, each: 2 };
    let (outcomes, common) = every_outcome(|paths| officers_of(&assign(&roll, order, &[0, 1], paths)));
    for position in 0..2 {
        for officer in officers(3) {
            let met: u128 =
                outcomes.iter().filter(|(pairs, _)| pairs[position].contains(&officer)).map(|(_, n)| n).sum();
            assert_eq!(met * 3, common * 2, "each officer is at each target with the chance 2/3");
        }
    }
    for pairs in outcomes.keys() {
        let met = |officer: &String| pairs.iter().filter(|pair| pair.contains(officer)).count();
        let loads: Vec<usize> = officers(3).iter().map(met).collect();
        assert!(loads.iter().max().unwrap() - loads.iter().min().unwrap() <= 1, "{pairs:?}");
    }
}

#[test]
fn whoever_may_go_and_has_least_to_do_has_the_same_chance_as_his_equals() {
    // One target, four officers, one recused: three equals, two places.
    let roll = Roll::new(vec![target("T0", "A", 1)], officers(4), vec![bar("T0", "O02", Why::Recusal)]).unwrap();
    let order = Order { take: 1, each: 2 };
    let (outcomes, common) = every_outcome(|paths| officers_of(&assign(&roll, order, &[0], paths)));
    assert_eq!(outcomes.len(), 3);
    for pairs in outcomes.values() {
        assert_eq!(pairs * 3, common);
    }
    // One after the other: whoever went to the first has more to do and goes to the second only when nobody else may.
    let bars = vec![bar("T0", "O03", Why::Recent), bar("T1", "O03", Why::Recent)];
    let roll = Roll::new(vec![target("T0", "A", 1), target("T1", "A", 1)], officers(3), bars).unwrap();
    let (outcomes, common) =
        every_outcome(|paths| officers_of(&assign(&roll, Order { take: 2, each: 1 }, &[0, 1], paths)));
    assert_eq!(outcomes.values().map(|n| n * 2).collect::<Vec<_>>(), [common, common]);
    assert!(outcomes.keys().all(|pairs| pairs[0] != pairs[1]));
}

fn officers_of(pairs: &[Pair]) -> Vec<Vec<String>> {
    pairs.iter().map(|pair| pair.officers.clone()).collect()
}

/// The fifth standard deviation is met once in three million: with fixed seeds it is met or it is not, for good.
const FAR: f64 = 5.0;

#[test]
fn a_hundred_thousand_draws_fit_the_exact_chances() {
    const DRAWS: u64 = 100_000;
    let rows = [("A", 1), ("A", 2), ("B", 3), ("B", 3), ("C", 1), ("C", 5), ("D", 40)];
    let targets = rows.iter().enumerate().map(|(i, (class, weight))| target(&format!("T{i}"), class, *weight));
    let roll = Roll::new(targets.collect(), officers(2), vec![]).unwrap();
    let chances = chances(&roll, 3);
    let (exact, common) = every_outcome(|paths| select(&roll, &chances, paths));
    let mut seen: BTreeMap<Vec<usize>, u64> = BTreeMap::new();
    for number in 0..DRAWS {
        let mut stream = Stream::new(&seed(number), Purpose::Targets);
        *seen.entry(select(&roll, &chances, &mut stream)).or_default() += 1;
    }
    assert!(seen.keys().all(|outcome| exact.contains_key(outcome)), "nothing comes out that cannot");
    let square = |(outcome, ways): (&Vec<usize>, &u128)| {
        let expected = DRAWS as f64 * *ways as f64 / common as f64;
        let found = *seen.get(outcome).unwrap_or(&0) as f64;
        (found - expected).powi(2) / expected
    };
    let chi_square: f64 = exact.iter().map(square).sum();
    let freedom = exact.len() as f64 - 1.0;
    assert!(freedom >= 8.0 && chi_square < freedom + FAR * (2.0 * freedom).sqrt(), "{chi_square} with {freedom}");
}

#[test]
fn frequencies_of_a_larger_roll_fit_its_fractions() {
    const DRAWS: u64 = 4_000;
    let classes = [("A", 1), ("B", 4), ("C", 8), ("D", 30)];
    let targets = (0..200_usize).map(|i| {
        let (class, weight) = classes[(i * i) % 4];
        target(&format!("T{i:03}"), class, weight)
    });
    let roll = Roll::new(targets.collect(), officers(9), vec![bar("T000", "O01", Why::Recusal)]).unwrap();
    let order = Order { take: 20, each: 2 };
    roll.check(order).unwrap();
    let mut seen = vec![0_u64; 200];
    let mut visits: BTreeMap<String, u64> = BTreeMap::new();
    for number in 0..DRAWS {
        let drawn = draw(&roll, order, &seed(number));
        for pair in drawn.pairs {
            let position = roll.targets().binary_search_by(|t| t.id.cmp(&pair.target)).unwrap();
            seen[position] += 1;
            pair.officers.into_iter().for_each(|officer| *visits.entry(officer).or_default() += 1);
        }
    }
    let chances = chances(&roll, order.take);
    for (position, target) in roll.targets().iter().enumerate() {
        let Fraction { numerator, denominator } = chances.of(position, target);
        let chance = numerator as f64 / denominator as f64;
        let (expected, spread) = (DRAWS as f64 * chance, (DRAWS as f64 * chance * (1.0 - chance)).sqrt());
        assert!(
            (seen[position] as f64 - expected).abs() <= FAR * spread,
            "{}: {} of {expected}",
            target.id,
            seen[position]
        );
    }
    // 40 visits and 9 officers a draw: loads are level, so nobody is above or below by more than a visit a draw.
    let even = DRAWS as f64 * 40.0 / 9.0;
    assert!(visits.values().all(|n| (*n as f64 - even).abs() < even / 20.0), "{visits:?}");
}

#[test]
fn a_stream_is_sha_256_in_counter_mode() {
    let seed = seed(1);
    let block = |purpose: &str, counter: u64| -> [u8; 32] {
        let text = [b"budayang/draw-stream@v1\n", &seed.0.0[..], purpose.as_bytes(), b"\n", &counter.to_be_bytes()];
        Sha256::digest(text.concat()).into()
    };
    for (purpose, name) in
        [(Purpose::Targets, "targets"), (Purpose::Officers, "officers"), (Purpose::StandIn("T1"), "stand-in T1")]
    {
        let mut stream = Stream::new(&seed, purpose);
        let words: Vec<u64> = (0..8).map(|_| stream.word()).collect();
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        assert_eq!(bytes, [block(name, 0), block(name, 1)].concat(), "{name}");
    }
}

#[test]
fn words_that_would_favour_small_numbers_are_thrown_away() {
    // With a bound just above half of 2^64 nearly every second word is too high.
    let bound = (1 << 63) + 1;
    let mut stream = Stream::new(&seed(2), Purpose::Targets);
    let mut words = stream.clone();
    let words: Vec<u64> = (0..64).map(|_| words.word()).collect();
    let kept: Vec<u64> = words.iter().copied().filter(|word| *word < bound).collect();
    assert!(kept.len() < 48 && kept.len() > 16, "both cases are seen");
    let found: Vec<u64> = kept.iter().map(|_| stream.below(bound)).collect();
    assert_eq!(found, kept);
}

#[test]
fn the_words_that_are_kept_are_whole_rounds() {
    let cases = [1, 2, 3, 10, 652_451, (1 << 63) - 1, 1 << 63, (1 << 63) + 1, u64::MAX];
    for bound in cases {
        let kept = u128::from(stream::highest(bound)) + 1;
        assert_eq!(kept % u128::from(bound), 0, "{bound}: every value as often as every other");
        assert!((1 << 64) - kept < u128::from(bound), "{bound}: no round is thrown away whole");
    }
}

#[test]
fn rolls_that_cannot_be_drawn_from_say_why() {
    let good = || vec![target("T1", "A", 1), target("T2", "B", 2)];
    let order = Order { take: 1, each: 2 };
    let long = "x".repeat(65);
    let recused = |n: usize| (1..=n).map(|i| bar("T1", &format!("O{i:02}"), Why::Recusal)).collect::<Vec<_>>();
    let cases = [
        ("nobody", vec![], officers(3), vec![], order, "roll_size"),
        ("no officers", good(), vec![], vec![], order, "roll_size"),
        ("an empty id", vec![target("", "A", 1)], officers(3), vec![], order, "roll_id"),
        ("an id with a space", vec![target("T 1", "A", 1)], officers(3), vec![], order, "roll_id"),
        ("an id in Chinese", vec![target("药店", "A", 1)], officers(3), vec![], order, "roll_id"),
        ("a class with a line break", vec![target("T1", "A\n", 1)], officers(3), vec![], order, "roll_id"),
        ("a long officer", good(), vec![long], vec![], order, "roll_id"),
        ("no weight", vec![target("T1", "A", 0)], officers(3), vec![], order, "roll_weight"),
        ("too much weight", vec![target("T1", "A", 1_000_001)], officers(3), vec![], order, "roll_weight"),
        ("a target twice", vec![target("T1", "A", 1), target("T1", "B", 2)], officers(3), vec![], order, "roll_twice"),
        ("an officer twice", good(), vec!["O01".into(), "O01".into()], vec![], order, "roll_twice"),
        ("an unknown target", good(), officers(3), vec![bar("T9", "O01", Why::Recusal)], order, "roll_unknown"),
        ("an unknown officer", good(), officers(3), vec![bar("T1", "O09", Why::Recent)], order, "roll_unknown"),
        (
            "a bar for two reasons",
            good(),
            officers(3),
            vec![bar("T1", "O01", Why::Recent), bar("T1", "O01", Why::Recusal)],
            order,
            "roll_bar_twice",
        ),
        ("none drawn", good(), officers(3), vec![], Order { take: 0, each: 2 }, "roll_take"),
        ("more than there are", good(), officers(3), vec![], Order { take: 3, each: 2 }, "roll_take"),
        ("no officers each", good(), officers(3), vec![], Order { take: 1, each: 0 }, "roll_each"),
        ("eleven officers each", good(), officers(20), vec![], Order { take: 1, each: 11 }, "roll_each"),
        ("one officer too few", good(), officers(1), vec![], order, "roll_too_few_officers"),
        ("all but one recused", good(), officers(3), recused(2), order, "roll_too_few_officers"),
    ];
    for (what, targets, officers, bars, order, code) in cases {
        let error = Roll::new(targets, officers, bars).and_then(|roll| roll.check(order)).unwrap_err();
        assert_eq!(error.code(), code, "{what}: {error}");
        let text = error.text();
        assert!(!text.zh.is_empty() && text.en == error.to_string(), "{what}");
    }
    Roll::new(good(), officers(3), recused(1)).unwrap().check(order).unwrap();
}

#[test]
fn any_change_of_the_roll_changes_its_hash() {
    let make =
        |targets: Vec<Target>, officers: Vec<String>, bars: Vec<Bar>| Roll::new(targets, officers, bars).unwrap();
    let targets = || vec![target("T1", "A", 1), target("T2", "B", 2)];
    let bars = || vec![bar("T1", "O01", Why::Recusal)];
    let good = make(targets(), officers(3), bars());
    assert_eq!(
        good.to_text(),
        "budayang/draw-roll@v1\ntarget T1 A 1\ntarget T2 B 2\nofficer O01\nofficer O02\nofficer O03\nbar T1 O01 recusal\n"
    );
    let others = [
        make(vec![target("T1", "A", 2), target("T2", "B", 2)], officers(3), bars()),
        make(vec![target("T1", "B", 1), target("T2", "B", 2)], officers(3), bars()),
        make(vec![target("T1", "A", 1), target("T3", "B", 2)], officers(3), bars()),
        make(vec![target("T1", "A", 1)], officers(3), bars()),
        make(targets(), officers(4), bars()),
        make(targets(), officers(3), vec![]),
        make(targets(), officers(3), vec![bar("T2", "O01", Why::Recusal)]),
        make(targets(), officers(3), vec![bar("T1", "O01", Why::Recent)]),
    ];
    for other in others {
        assert_ne!(other.hash(), good.hash(), "{}", other.to_text());
    }
}
