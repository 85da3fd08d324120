//! Tests of `status`: tables of cases, and properties.

use std::collections::BTreeMap;

use kernel::SeededEntropy;
use proptest::prelude::*;

use super::*;
use crate::key::{Algorithm, KeyPair, Setting};
use crate::trust::Entry;

/// The licences of the region in 2017: the seed's number.
const REGION: u32 = 652_451;

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

fn key(seed: u64) -> KeyPair {
    KeyPair::generate(Algorithm::Sm2, "zwfw.example.gov.cn/licences", &SeededEntropy::new(seed)).unwrap()
}

fn trust(key: &KeyPair) -> TrustList {
    let entry = Entry {
        key: key.public().clone(),
        issuer: "gx".into(),
        scopes: vec!["450000".into()],
        valid_from: moment("2026-01-01T00:00:00Z"),
        valid_to: moment("2027-01-01T00:00:00Z"),
        revoked_at: None,
    };
    TrustList::new(Setting::Production, 1, vec![entry]).unwrap()
}

fn list(key: &KeyPair, sequence: u64, size: u32, marks: Vec<(u32, Mark)>) -> StatusList {
    let empty = StatusList::empty(key.public().id().hash(), "log.example/450000", "450000/status", 1, size);
    let dated = StatusList {
        sequence,
        issued_at: moment("2026-11-23T04:00:00Z"),
        next_update: moment("2026-11-24T04:00:00Z"),
        ..empty
    };
    dated.with_marks(marks).unwrap()
}

/// `count` positions of the region by chance, each with a mark by chance.
fn drawn(count: usize) -> Vec<(u32, Mark)> {
    let entropy = SeededEntropy::new(count as u64);
    let mut marks = BTreeMap::new();
    while marks.len() < count {
        let mark = Mark::ALL[draw_position(&entropy, 6) as usize];
        marks.insert(draw_position(&entropy, REGION), mark);
    }
    marks.into_iter().collect()
}

/// Bits of the information which `count` of `size` positions are marked.
fn entropy_bits(size: f64, count: f64) -> f64 {
    let share = count / size;
    size * -(share * share.log2() + (1.0 - share) * (1.0 - share).log2())
}

#[test]
fn the_whole_region_fits_a_phone() {
    let key = key(1);
    for permille in [0.5, 5.0, 20.0, 100.0] {
        let count = (f64::from(REGION) * permille / 1000.0) as usize;
        let signed = list(&key, 1, REGION, drawn(count)).sign(&key).unwrap();
        let floor = entropy_bits(f64::from(REGION), count as f64) / 8.0;
        let with_marks = floor + count as f64 * 6_f64.log2() / 8.0;
        println!(
            "{permille} per mille marked: {} bytes; {floor:.0} for the positions alone, {with_marks:.0} with the marks",
            signed.len()
        );
        assert!((signed.len() as f64) < 2.0 * floor, "{permille}");
        // What the list says beside the marks, and its signature, take about 150 bytes.
        assert!((signed.len() as f64) < 1.1 * with_marks + 150.0, "{permille}");
        let opened = StatusList::open(&signed, &trust(&key), moment("2026-11-23T05:00:00Z")).unwrap();
        assert_eq!(opened.list.marks, drawn(count));
        assert_eq!(opened.issuer, "gx");
    }
}

#[test]
fn a_mark_is_found_at_its_position_only() {
    let list = list(&key(1), 1, 10, vec![(0, Mark::Suspended), (3, Mark::Revoked), (9, Mark::StruckOff)]);
    let words: Vec<Option<&str>> = (0..10).map(|i| list.mark(i).unwrap().map(Mark::word)).collect();
    let (suspended, revoked, struck) = (Some("suspended"), Some("revoked"), Some("struck_off"));
    assert_eq!(words, [suspended, None, None, revoked, None, None, None, None, None, struck]);
    assert_eq!(list.mark(10), Err(StatusError::Outside { index: 10, size: 10 }));
    let empty = StatusList::empty(1, "l", "s", 1, 10);
    for bad in [
        vec![(3, Mark::Revoked), (3, Mark::Revoked)],
        vec![(4, Mark::Revoked), (3, Mark::Revoked)],
        vec![(10, Mark::Revoked)],
    ] {
        assert_eq!(empty.clone().with_marks(bad), Err(StatusError::Positions));
    }
}

#[test]
fn a_list_is_never_rolled_back_and_has_one_content_for_a_number() {
    let key = key(1);
    let held = list(&key, 7, 10, vec![(3, Mark::Revoked)]);
    let again = StatusList { key: 99, ..held.clone() };
    let cases = [
        ("the same", held.clone(), None),
        ("the same, signed by a new key", again, None),
        ("a newer one", list(&key, 8, 10, vec![]), None),
        ("an older one", list(&key, 6, 10, vec![(3, Mark::Revoked)]), Some("status_rollback")),
        ("another with the number", list(&key, 7, 10, vec![]), Some("status_fork")),
        ("another list", StatusList { list: 2, ..held.clone() }, Some("status_other_list")),
        ("another log's", StatusList { log: "log.example/440000".into(), ..held.clone() }, Some("status_other_list")),
    ];
    for (what, newer, code) in cases {
        assert_eq!(newer.check_follows(&held).err().map(|error| error.code()), code, "{what}");
    }
}

#[test]
fn lists_that_would_mislead_are_refused() {
    let (key, stranger) = (key(1), key(2));
    let now = moment("2026-11-23T05:00:00Z");
    let open = |bytes: &[u8]| StatusList::open(bytes, &trust(&key), now).map_err(|refusal| refusal.code());
    let good = list(&key, 1, 1000, drawn_below(1000, 30)).sign(&key).unwrap();
    assert!(open(&good).is_ok());
    for bit in 0..good.len() * 8 {
        let mut altered = good.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&altered).is_err(), "bit {bit}");
    }
    let by_stranger = list(&stranger, 1, 1000, vec![]).sign(&stranger).unwrap();
    assert_eq!(open(&by_stranger), Err("unknown_key"));
    let elsewhere = StatusList { scope: "440000/status".into(), ..list(&key, 1, 10, vec![]) };
    assert_eq!(open(&elsewhere.sign(&key).unwrap()), Err("out_of_scope"));
    let tomorrow = StatusList {
        issued_at: moment("2026-11-24T05:00:00Z"),
        next_update: moment("2026-11-25T05:00:00Z"),
        ..list(&key, 1, 10, vec![])
    };
    assert_eq!(open(&tomorrow.sign(&key).unwrap()), Err("not_yet_valid"));
    let ended = StatusList { next_update: moment("2026-11-23T04:00:00Z"), ..list(&key, 1, 10, vec![]) };
    assert_eq!(ended.sign(&key), Err(ListError::Form(Fault::Field("next_update"))));
    assert_eq!(open(&[]), Err("cut_short"));
    assert_eq!(open(&vec![0; (8 << 20) + 1]), Err("too_long"));
}

fn drawn_below(size: u32, count: usize) -> Vec<(u32, Mark)> {
    drawn(count).into_iter().map(|(at, mark)| (at % size, mark)).collect::<BTreeMap<_, _>>().into_iter().collect()
}

/// The body of a list with other numbers in front of its bits, signed all the same: what a careless office would publish.
fn forged(key: &KeyPair, count: u64, parameter: u64, bits: &[u8]) -> Vec<u8> {
    let mut out = Writer::map(12);
    out.whole(0).whole(1);
    out.whole(1).bytes(&key.public().id().hash().to_be_bytes());
    out.whole(2).text("log.example/450000").whole(3).text("450000/status");
    out.whole(4).whole(1).whole(5).whole(1).whole(6).whole(1_795_406_400).whole(7).whole(1_795_492_800);
    out.whole(8).whole(1000).whole(9).whole(count).whole(10).whole(parameter).whole(11).bytes(bits);
    mark::sign(LABEL, out.done(), key).unwrap()
}

#[test]
fn a_list_that_promises_more_than_it_holds_costs_nothing() {
    let key = key(1);
    let (parameter, bits) = rice::write(&[(5, Mark::Revoked), (900, Mark::Suspended)]);
    let longer = [&bits[..], &[0]].concat();
    let cases: [(&str, u64, u64, &[u8], bool); 9] = [
        ("as written", 2, parameter.into(), &bits, true),
        ("none at all", 0, 0, &[], true),
        ("four thousand million marks", 0xffff_ffff, parameter.into(), &bits, false),
        ("one mark more", 3, parameter.into(), &bits, false),
        ("one mark less", 1, parameter.into(), &bits, false),
        ("another parameter", 2, u64::from(parameter) + 1, &bits, false),
        ("a parameter of 60", 2, 60, &bits, false),
        ("a byte of zeroes behind", 2, parameter.into(), &longer, false),
        ("only ones", 1, 0, &[0xff; 400], false),
    ];
    for (what, count, parameter, bits, good) in cases {
        let answer =
            StatusList::open(&forged(&key, count, parameter, bits), &trust(&key), moment("2026-11-23T05:00:00Z"));
        assert_eq!(answer.is_ok(), good, "{what}: {answer:?}");
    }
}

#[test]
fn only_the_best_parameter_is_read() {
    let marks = [(5, Mark::Revoked), (900, Mark::Suspended)];
    let (parameter, _) = rice::write(&marks);
    for other in 0..20 {
        let answer = rice::read(&rice::write_with(&marks, other), other, 2);
        assert_eq!(answer.is_some(), other == parameter, "{other}, where {parameter} is best");
    }
}

#[test]
fn positions_are_drawn_evenly() {
    let entropy = SeededEntropy::new(3);
    let mut counts = [0_u32; 7];
    for _ in 0..70_000 {
        counts[draw_position(&entropy, 7) as usize] += 1;
    }
    assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "{counts:?}");
    assert_eq!(draw_position(&entropy, 1), 0);
}

proptest! {
    #[test]
    fn marks_come_back(marks in prop::collection::btree_map(0..MOST_POSITIONS, 0..6_usize, 0..200)) {
        let marks: Vec<(u32, Mark)> = marks.into_iter().map(|(at, mark)| (at, Mark::ALL[mark])).collect();
        let (parameter, bits) = rice::write(&marks);
        prop_assert_eq!(rice::read(&bits, parameter, marks.len() as u32), Some(marks));
    }

    #[test]
    fn any_bits_are_read_or_refused(bits in prop::collection::vec(any::<u8>(), 0..60), parameter in 0..30_u32, count in 0..99_u32) {
        if let Some(marks) = rice::read(&bits, parameter, count) {
            prop_assert_eq!(rice::write(&marks), (parameter, bits));
        }
    }
}
