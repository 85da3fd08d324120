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
    ];
    for (level, text) in files {
        assert_eq!(regions.add_file(level, text), vec![]);
    }
    regions
}

#[test]
fn guangxi_has_one_region_fourteen_cities_and_a_hundred_and_eleven_counties() {
    let (regions, today) = (guangxi(), date("2026-11-23"));
    let counts = [RegionLevel::Region, RegionLevel::City, RegionLevel::County].map(|l| regions.count(l, today));
    assert_eq!(counts, [1, 14, 111]);
    assert_eq!(regions.orphans().count(), 0);
    assert_eq!(regions.count(RegionLevel::City, date("2020-01-01")), 0, "the table speaks from 2023-06-30 on");
}

#[test]
fn a_place_knows_what_is_above_and_below_it() {
    let (regions, today) = (guangxi(), date("2026-11-23"));
    let nanning = code("450100");
    assert_eq!(regions.children(nanning, today).count(), 12);
    assert_eq!(regions.subtree(nanning, today).count(), 13);
    assert_eq!(regions.subtree(code("450000"), today).count(), 126);
    assert_eq!(regions.children(code("450000"), today).count(), 14);
    for (place, zh, en) in [
        ("450103", "南宁市青秀区", "Qingxiu District, Nanning"),
        ("450000", "广西壮族自治区", "Guangxi Zhuang Autonomous Region"),
        ("451228", "河池市都安瑶族自治县", "Du'an Yao Autonomous County, Hechi"),
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
