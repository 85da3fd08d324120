//! Both formulas against numbers worked out by hand, and what two versions differ in.

use proptest::prelude::*;

use super::*;

fn pair(before: Option<Period>, after: Option<Period>) -> Pair {
    Pair { code: "X1".into(), name: "x".into(), before, after }
}

/// The check vector of the domain: 20 → 1 and 45 → 40 are 53.1 % by the mean of ratios and 36.9 % pooled.
#[test]
fn the_two_formulas_differ_as_the_domain_says() {
    let pairs = vec![pair(Some(working(20)), Some(working(1))), pair(Some(working(45)), Some(working(40)))];
    let found = reduction(pairs);
    assert_eq!(found.counted, 2);
    // (19/20 + 5/45) / 2 = 0.530555…; 1 − 41/65 = 24/65 = 0.369230…
    assert_eq!(found.mean, Ratio::new(191, 360));
    assert_eq!(found.pooled, Ratio::new(24, 65));
    assert_eq!((found.mean.unwrap().percent(), found.pooled.unwrap().percent()), ("53.1".into(), "36.9".into()));
}

#[test]
fn what_cannot_be_compared_is_listed_with_its_reason() {
    let cases = [
        (None, Some(working(3)), Excluded::NoBaseline),
        (Some(working(3)), None, Excluded::NoCommitment),
        (Some(working(20)), Some(calendar(10)), Excluded::UnitsDiffer),
        (Some(working(0)), Some(working(0)), Excluded::BaselineOnTheSpot),
    ];
    for (before, after, why) in cases {
        let found = reduction(vec![pair(before, after)]);
        assert_eq!((found.counted, found.excluded[0].1, found.mean), (0, why, None), "{before:?} {after:?}");
    }
}

#[test]
fn on_the_spot_is_nothing_in_every_unit_and_units_are_never_added() {
    let on_the_spot = reduction(vec![pair(Some(calendar(45)), Some(working(0)))]);
    assert_eq!(on_the_spot.mean, Ratio::new(1, 1));
    let mixed = vec![pair(Some(calendar(30)), Some(calendar(15))), pair(Some(working(20)), Some(working(5)))];
    let found = reduction(mixed);
    assert_eq!(found.pooled, None, "30 days and 20 working days are not 50 of anything");
    assert_eq!(found.mean, Ratio::new(5, 8));
    assert_eq!(found.by_unit.iter().map(|u| u.pooled.unwrap().percent()).collect::<Vec<_>>(), ["75.0", "50.0"]);
}

#[test]
fn percents_are_half_up_also_below_nothing() {
    let cases = [
        (1, 8, "12.5"),
        (1, 2000, "0.1"),
        (1, 2001, "0.0"),
        (-1, 2, "-50.0"),
        (-1, 3, "-33.3"),
        (2, 3, "66.7"),
        (0, 5, "0.0"),
    ];
    for (n, d, shown) in cases {
        assert_eq!(Ratio::new(n, d).unwrap().percent(), shown, "{n}/{d}");
    }
    assert_eq!(Ratio::new(1, 0), None);
}

/// So many different limits that no common denominator fits: the sum goes on in fine steps instead of overflowing.
#[test]
fn hundreds_of_different_limits_are_still_right_to_what_is_printed() {
    let pairs: Vec<Pair> = (2..400).map(|n| pair(Some(working(n)), Some(working(1)))).collect();
    // 1 − (H(399) − 1) / 398, H(399) = 6.567430…
    assert_eq!(reduction(pairs).mean.unwrap().percent(), "98.6");
}

proptest! {
    /// Against floating point over any limits: within what is printed; and a longer promise is a negative reduction.
    #[test]
    fn both_formulas_agree_with_a_plain_recount(limits in prop::collection::vec((1_u32..400, 0_u32..500), 1..200)) {
        let pairs = limits.iter().map(|(b, a)| pair(Some(working(*b)), Some(working(*a)))).collect();
        let found = reduction(pairs);
        let n = limits.len() as f64;
        let mean: f64 = limits.iter().map(|(b, a)| 1.0 - f64::from(*a) / f64::from(*b)).sum::<f64>() / n;
        let (before, after): (u32, u32) = limits.iter().fold((0, 0), |(x, y), (b, a)| (x + b, y + a));
        let pooled = 1.0 - f64::from(after) / f64::from(before);
        let shown = |r: Option<Ratio>| r.unwrap().percent().parse::<f64>().unwrap();
        prop_assert!((shown(found.mean) - mean * 100.0).abs() <= 0.0501, "{} {mean}", shown(found.mean));
        prop_assert!((shown(found.pooled) - pooled * 100.0).abs() <= 0.0501);
    }
}

#[test]
fn a_difference_counts_what_the_citizen_no_longer_brings() {
    let material = |name: &str, shared| Material { name: name.into(), shared };
    let before = Power {
        materials: vec![material("申请表", false), material("营业执照", false), material("照片", false)],
        seals: vec![Seal { name: "村委会章".into(), inside: false }, Seal { name: "内部章".into(), inside: true }],
        fee: Some(Fee { amount: kernel::Money::from_fen(2_000), basis: "某文件".into() }),
        stages: ["受理", "审核", "审批", "决定"].map(String::from).to_vec(),
        special: vec![SpecialLimit { name: "现场检查".into(), period: working(20) }],
        committed: Some(working(20)),
        ..plain("A001")
    };
    // The business licence is fetched by sharing now, the photograph is gone; the form stays.
    let after = Power {
        materials: vec![material("申请表", false), material("营业执照", true)],
        seals: vec![Seal { name: "内部章".into(), inside: true }],
        fee: None,
        stages: ["受理", "决定"].map(String::from).to_vec(),
        special: vec![SpecialLimit { name: "现场检查".into(), period: working(15) }],
        ..plain("A001")
    };
    let found = difference(&[before.clone(), plain("A002"), plain("A003")], &[after, plain("A002"), plain("A004")]);
    let codes = |list: &[Power]| list.iter().map(|p| p.code.clone()).collect::<Vec<_>>();
    assert_eq!((codes(&found.added), codes(&found.removed)), (vec!["A004".to_owned()], vec!["A003".to_owned()]));
    assert_eq!((found.changed.len(), found.unchanged), (1, 1));
    assert_eq!(["materials", "seals", "fee", "stages"].map(|w| found.fewer(w)), [2, 1, 1, 2]);
    let moved: Vec<&str> = found.changed[0].moved.iter().map(|m| m.what).collect();
    assert_eq!(moved, ["committed", "special", "materials", "shared", "fee", "fee_basis", "stages", "seals"]);

    let (limits, special) = previous_pairs(&found, &[before, plain("A002"), plain("A003")]);
    assert_eq!(limits.len(), 2, "a power that went is not compared");
    assert_eq!(reduction(limits).mean, Ratio::new(1, 4), "20 → 10 and 10 → 10");
    assert_eq!(reduction(special).pooled, Ratio::new(1, 4), "20 → 15");
}

#[test]
fn more_materials_count_against_fewer() {
    let more = Power { materials: vec![Material { name: "新表".into(), shared: false }], ..plain("A001") };
    assert_eq!(difference(&[plain("A001")], &[more]).fewer("materials"), -1);
}

#[test]
fn seals_are_counted_as_the_citizen_must_fetch_them() {
    let seal = |inside| Seal { name: "章".into(), inside };
    let of = |code: &str, agency: &str, seals: Vec<Seal>| Power { agency: agency.into(), seals, ..plain(code) };
    let powers = [
        of("A001", "b", vec![seal(false), seal(true)]),
        of("A002", "b", vec![]),
        of("A003", "a", vec![seal(true)]),
        of("A004", "c", vec![seal(false)]),
    ];
    let rows: Vec<_> = fewest_seals(&powers).into_iter().map(|r| (r.agency, r.powers, r.without, r.seals)).collect();
    assert_eq!(rows, [("a".to_owned(), 1, 1, 0), ("b".to_owned(), 2, 1, 1), ("c".to_owned(), 1, 0, 1)]);
}

#[test]
fn a_limb_that_nobody_knows_says_so() {
    let found = limbs(&[plain("A001")], (None, 0));
    assert_eq!(found.len(), 5);
    let of = |limb: usize, word: &str| found[limb].figures.iter().find(|(w, _)| *w == word).unwrap().1;
    assert_eq!(of(4, "keys"), LimbFigure::Unknown);
    assert_eq!(of(1, "duties"), LimbFigure::Unknown, "nobody handed the number in");
    assert_eq!(of(0, "powers"), LimbFigure::Count(1));
    assert_eq!(of(3, "region"), LimbFigure::Count(1));
    assert_eq!(limbs(&[], (Some(3), 2))[1].figures[2].1, LimbFigure::Count(3));
}
