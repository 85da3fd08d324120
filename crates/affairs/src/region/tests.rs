use kernel::{Date, RegionCode, RegionLevel};

use super::*;

fn code(s: &str) -> RegionCode {
    s.parse().unwrap()
}

fn date(s: &str) -> Date {
    s.parse().unwrap()
}

fn guangxi() -> Regions {
    let mut regions = Regions::default();
    let files = [
        (RegionLevel::Region, include_str!("../../../../catalog/regions/region.csv")),
        (RegionLevel::City, include_str!("../../../../catalog/regions/city.csv")),
        (RegionLevel::County, include_str!("../../../../catalog/regions/county.csv")),
        (RegionLevel::Township, include_str!("../../../../catalog/regions/township.csv")),
        (RegionLevel::Village, include_str!("../../../../catalog/regions/village.csv")),
    ];
    for (level, text) in files {
        assert_eq!(regions.add_file(level, text), vec![]);
    }
    regions
}

#[test]
fn guangxi_has_its_places_down_to_the_village() {
    let (regions, today) = (guangxi(), date("2026-11-23"));
    let counts = RegionLevel::ALL.map(|l| regions.count(l, today));
    assert_eq!(counts, [1, 14, 111, 1284, 16_681]);
    assert_eq!(regions.orphans().count(), 0);
    assert_eq!(regions.count(RegionLevel::City, date("2020-01-01")), 0, "the table speaks from 2023-06-30 on");
}

#[test]
fn a_place_knows_what_is_above_and_below_it() {
    let (regions, today) = (guangxi(), date("2026-11-23"));
    let nanning = code("450100");
    assert_eq!(regions.children(nanning, today).count(), 12);
    let down_to_counties = |root| regions.subtree(root, today).filter(|r| r.level() <= RegionLevel::County).count();
    assert_eq!(down_to_counties(nanning), 13);
    assert_eq!(down_to_counties(code("450000")), 126);
    assert_eq!(regions.subtree(code("450000"), today).count(), 1 + 14 + 111 + 1284 + 16_681);
    assert_eq!(regions.children(code("450000"), today).count(), 14);
    for (place, zh, en) in [
        ("450103", "南宁市青秀区", "Qingxiu District, Nanning"),
        ("450000", "广西壮族自治区", "Guangxi Zhuang Autonomous Region"),
        ("451228", "河池市都安瑶族自治县", "Du'an Yao Autonomous County, Hechi"),
        ("450102001003", "南宁市兴宁区民生街道兴宁社区居委会", "兴宁社区居委会, 民生街道, Xingning District, Nanning"),
        ("450199", "南宁市", "Nanning"),
        ("990000", "990000", "990000"),
    ] {
        let Ok(place) = place.parse() else { continue };
        let shown = regions.display(place);
        assert_eq!((shown.zh.as_str(), shown.en.as_str()), (zh, en));
    }
}

#[test]
fn every_wrong_line_is_named_and_the_others_are_taken() {
    let mut regions = Regions::default();
    let text = "# c\ncode,name_zh,name_en,valid_from,valid_to\n4501x0,甲,A,2023-06-30,\n450100,甲市,A,2023-06-30,\n\
                450200,乙市\n450300,,C,2023-06-30,\n450400,丁市,D,soon,\n450103,戊区,E,2023-06-30,\n\
                450100,甲市,A,2024-01-01,\n";
    let lines: Vec<usize> = regions.add_file(RegionLevel::City, text).iter().map(|m| m.line).collect();
    assert_eq!(lines, [3, 5, 6, 7, 8, 9]);
    assert_eq!(regions.count(RegionLevel::City, date("2026-01-01")), 1);
    assert!(regions.add_file(RegionLevel::City, "code;name\n")[0].reason.contains("first line"));
}

#[test]
fn a_code_may_name_another_place_in_another_time() {
    let mut regions = Regions::default();
    let text = format!("{HEADER}\n450100,旧市,Old,2000-01-01,2010-12-31\n450100,新市,New,2011-01-01,\n");
    assert_eq!(regions.add_file(RegionLevel::City, &text), vec![]);
    let name = |on| regions.get(code("450100"), date(on)).map(|r| r.name.zh.clone());
    assert_eq!(name("2010-12-31").as_deref(), Some("旧市"));
    assert_eq!(name("2011-01-01").as_deref(), Some("新市"));
    assert_eq!(name("1999-12-31"), None);
    assert_eq!(regions.latest(code("450100")).unwrap().name.en, "New");
}

#[test]
fn a_place_is_found_by_what_people_type() {
    let (regions, today) = (guangxi(), date("2026-11-23"));
    let found = |under: &str, typed: &str| {
        let found = regions.search(code(under), typed, today, 4);
        let names = found.iter().map(|f| f.path.iter().skip(1).map(|r| r.name.zh.as_str()).collect::<String>());
        names.collect::<Vec<_>>().join(" ")
    };
    let rows = [
        ("450000", "青秀区", "南宁市青秀区"),
        ("450000", "南宁市青秀区民生", "南宁市青秀区新竹街道民生东社区居委会"),
        ("450200", "南宁市青秀区民生", ""),
        ("450000", "兴宁区民生", "南宁市兴宁区民生街道"),
        ("450000", "兴宁 民生", "南宁市兴宁区民生街道"),
        ("450000", "民生东", "南宁市青秀区新竹街道民生东社区居委会"),
        ("450000", "qingxiu", "南宁市青秀区"),
        ("450000", "450103", "南宁市青秀区 南宁市青秀区新竹街道 南宁市青秀区中山街道 南宁市青秀区建政街道"),
        ("450200", "青秀", ""),
        ("450102001", "兴宁", "南宁市兴宁区民生街道兴宁社区居委会"),
        ("450102", "  ", "南宁市兴宁区民生街道 南宁市兴宁区朝阳街道 南宁市兴宁区兴东街道 南宁市兴宁区三塘镇"),
        ("450000", "没有这个地方", ""),
    ];
    for (under, typed, want) in rows {
        assert_eq!(found(under, typed), want, "{typed} under {under}");
    }
}

#[test]
fn what_took_a_places_place_is_followed_to_the_day() {
    let mut regions = Regions::default();
    let counties = format!(
        "{HEADER}\n450101,甲县,A,2000-01-01,2010-12-31\n450102,乙县,B,2000-01-01,2010-12-31\n\
         450103,丙县,C,2011-01-01,2015-12-31\n450104,丁县,D,2016-01-01,\n450105,戊县,E,2016-01-01,\n"
    );
    assert_eq!(regions.add_file(RegionLevel::County, &counties), vec![]);
    let changes = format!(
        "# made up\n{CHANGES_HEADER}\n450101,450103,2011-01-01,merge,文一\n450102,450103,2011-01-01,merge,文一\n\
         450103,450104,2016-01-01,split,文二\n450103,450105,2016-01-01,split,文二\n"
    );
    assert_eq!(regions.add_changes(&changes), vec![]);
    let heirs = |c, on| regions.heirs(code(c), date(on)).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    for (place, on, want) in [
        ("450101", "2010-12-31", "450101"),
        ("450101", "2011-01-01", "450103"),
        ("450102", "2015-12-31", "450103"),
        ("450101", "2016-01-01", "450104 450105"),
        ("450104", "2015-01-01", ""),
        ("450199", "2016-01-01", ""),
    ] {
        assert_eq!(heirs(place, on), want, "{place} on {on}");
    }
    let wrong = format!(
        "{CHANGES_HEADER}\n450104,450105,2017-01-01,succession,文\n450101,450104,2011-01-01,succession,文\n\
         450101,450103,2011-01-01,succession,\n4501\n450102,450103,2011-01-01,split,文\n450102,450103,2011-01-01,union,文\n\
         450103,450103,2016-01-01,succession,文\n"
    );
    let told = regions.add_changes(&wrong);
    assert_eq!(told.iter().map(|m| m.line).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7, 8]);
    assert!(told[4].reason.contains("together show a succession"), "{told:?}");

    let pairs = |on: &str| {
        let all = regions.succession(date(on)).into_iter().map(|(old, heir)| format!("{old}>{heir}"));
        all.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(pairs("2010-12-31"), "");
    assert_eq!(pairs("2012-01-01"), "450101>450103 450102>450103");
    assert_eq!(
        pairs("2016-01-01"),
        "450101>450104 450101>450105 450102>450104 450102>450105 450103>450104 450103>450105"
    );
}

#[test]
fn codes_given_back_and_forth_end_the_way_and_a_village_inherits_what_its_county_became() {
    let mut regions = Regions::default();
    let counties = format!(
        "{HEADER}\n450101,甲县,A,2000-01-01,2010-12-31\n450102,乙县,B,2011-01-01,2015-12-31\n\
         450101,甲区,A,2016-01-01,2019-12-31\n450103,丙区,C,2020-01-01,\n"
    );
    assert_eq!(regions.add_file(RegionLevel::County, &counties), vec![]);
    let villages = format!("{HEADER}\n450102001002,某村,,2011-01-01,2015-12-31\n");
    assert_eq!(regions.add_file(RegionLevel::Village, &villages), vec![]);
    let changes =
        format!("{CHANGES_HEADER}\n450101,450102,2011-01-01,succession,文\n450102,450101,2016-01-01,succession,文\n");
    assert_eq!(regions.add_changes(&changes), vec![]);
    assert_eq!(regions.heirs(code("450101"), date("2021-01-01")), vec![], "no circle");
    assert_eq!(regions.heirs(code("450102"), date("2017-01-01")), vec![code("450101")]);
    let of_2017: Vec<_> = regions.succession(date("2017-01-01"));
    assert_eq!(of_2017, [(code("450102"), code("450101")), (code("450102001002"), code("450101"))]);
    assert_eq!(regions.name_on(code("450101"), date("2012-01-01")).unwrap().name.zh, "甲县");
    assert_eq!(regions.name_on(code("450101"), date("2018-01-01")).unwrap().name.zh, "甲区");
}

proptest::proptest! {
    /// The children that jump over what lies below them are the children that look at everything.
    #[test]
    fn children_are_what_the_subtree_says(picks in proptest::collection::btree_set(0_u64..2000, 1..80)) {
        let mut regions = Regions::default();
        for (level, digits) in [(RegionLevel::County, 6), (RegionLevel::Township, 9)] {
            let row = |p: &u64| format!("45{:04}{:03}", 100 + p / 20, p % 20)[..digits].to_owned();
            let codes: std::collections::BTreeSet<String> =
                picks.iter().map(row).filter(|c| code(c).level() == level).collect();
            let lines: String = codes.iter().map(|c| format!("{c},某地,,2000-01-01,\n")).collect();
            proptest::prop_assert_eq!(regions.add_file(level, &format!("{HEADER}\n{lines}")), vec![]);
        }
        let today = date("2026-01-01");
        for parent in picks.iter().map(|p| code(&format!("45{:04}", 100 + p / 20))).chain([code("450000")]) {
            let jumped: Vec<_> = regions.children(parent, today).map(|r| r.code).collect();
            let looked: Vec<_> =
                regions.subtree(parent, today).map(|r| r.code).filter(|c| c.parent() == Some(parent)).collect();
            proptest::prop_assert_eq!(jumped, looked);
        }
    }
}
