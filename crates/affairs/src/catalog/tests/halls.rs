//! Halls of five levels: what the seed says, what the lint refuses, what a place may do, how many places have one.

use super::responsible::files;
use super::*;

fn on() -> kernel::Date {
    "2026-11-30".parse().unwrap()
}

fn code(text: &str) -> kernel::RegionCode {
    text.parse().unwrap()
}

#[test]
fn every_level_has_its_places_and_a_village_neither_receives_nor_decides() {
    let catalog = &seed().catalog;
    let halls = catalog.halls();
    let kinds = HallKind::ALL.map(|kind| halls.iter().filter(|h| h.kind == kind).count());
    assert_eq!(kinds[0], 126, "one for the region, each city and each county");
    assert!(kinds[1] > 1_000 && kinds[2] > 200, "{kinds:?}");
    assert!(halls.iter().all(|h| h.demonstration), "nobody told us of a real one");

    let village = halls.at(code("450224100003"), on()).next().unwrap();
    let acts = halls.acts(village, Some("fo-felling-small"));
    assert!(acts.contains(&HallAct::FirstReview) && acts.contains(&HallAct::CollectAndForward), "{acts:?}");
    assert!(!halls.may(village, HallAct::FirstReview, "he-nurse-first"), "first review is for the items named");
    assert!(!acts.contains(&HallAct::Receive));
    assert!(catalog.decided_at(village.region, on()).is_empty());

    let hall = halls.get("hall-450000").unwrap();
    let (front, back) = (hall.counter("A-3", on()).unwrap(), hall.counter("B-1", on()).unwrap());
    assert!(halls.counter_may(front, HallAct::Receive, "fd-pharmacist-renew"));
    assert!(!halls.counter_may(back, HallAct::Receive, "fd-pharmacist-renew"), "results are handed out there");
    assert!(hall.counter("A-3", "2020-01-01".parse().unwrap()).is_none(), "not yet open");

    let way: Vec<&str> = halls.upward(village.region, on()).iter().map(|h| h.id.as_str()).collect();
    assert_eq!(way, ["point-450224100003", "station-450224100", "hall-450224", "hall-450200", "hall-450000"]);
}

#[test]
fn a_township_decides_what_came_down_to_it_and_nothing_else() {
    let catalog = &seed().catalog;
    let decided = catalog.decided_at(code("450224101"), on());
    let told: Vec<_> =
        decided.iter().map(|d| (d.item.id.as_str(), d.agency.as_str(), d.in_name_of.as_deref())).collect();
    assert_eq!(told, [("fo-felling-small", "township-450224101", Some("forestry-450224"))]);
    assert!(catalog.decided_at(code("450225101"), on()).is_empty(), "the next county entrusted nobody");
}

#[test]
fn coverage_counts_regions_with_an_open_place_among_those_in_force() {
    let catalog = &seed().catalog;
    let covered = |root, level| catalog.halls().coverage(&catalog.regions, code(root), (&[level], on()));
    assert_eq!(covered("450000", kernel::RegionLevel::County), Coverage { with: 111, of: 111 });
    assert_eq!(covered("450000", kernel::RegionLevel::Township), Coverage { with: 1_253, of: 1_284 });
    assert_eq!(covered("450224", kernel::RegionLevel::Village), Coverage { with: 147, of: 149 });
    assert_eq!(covered("450225", kernel::RegionLevel::Village).with, 0);
    let averages: Vec<u32> = catalog.halls().averages().iter().map(|a| a.permille).collect();
    assert_eq!(averages, [943, 968]);
}

#[test]
fn every_mistake_in_the_files_of_halls_is_told_with_its_line() {
    let mut files = files();
    let paths: Vec<String> = files
        .iter()
        .filter(|(p, _)| p.starts_with("halls/") && p.ends_with(".csv"))
        .map(|(p, _)| p.to_owned())
        .collect();
    paths.iter().for_each(|path| drop(files.remove(path)));
    let offers = String::from_utf8(files.get("halls/offers.toml").unwrap().to_vec()).unwrap();
    let offers =
        offers.replacen("\"collect_and_forward\"]\ngrade = \"B\"", "\"receive\", \"decide\"]\ngrade = \"B\"", 1);
    files.insert("halls/offers.toml", offers.into_bytes());
    let header = crate::catalog::hall_file::HEADER;
    let rows = [
        "hall-1,某大厅,,450100,hall,,office,integrated;results,,,,,,demonstration,自拟,2023-06-30,",
        "hall-1,又一个,,450100,hall,,office,integrated,,,,,,demonstration,自拟,2023-06-30,",
        "Hall 2,,,45x,house,,office,integrated,,,108.3,,,real,,soon,",
        "hall-3,某站,,450100,station,nobody,never,village-help;unknown,,,22.8,108.3,测绘,demonstration,自拟,2023-06-30,",
        "hall-4,某站,,450103001,station,,township,,,,108.366543,22.817002,测绘,demonstration,自拟,2020-01-01,",
        "hall-5,少几列",
    ];
    files.insert("halls/some.csv", format!("# made up\n{header}\n{}\n", rows.join("\n")).into_bytes());
    let counters = [
        "hall-1,A-1,窗口,,integrated,2023-06-30,",
        "hall-1,A-1,窗口,,integrated,2024-06-30,",
        "hall-9,A-1,窗口,,integrated,2023-06-30,",
        "hall-1,A_2,,,integrated,2023-06-30,",
        "hall-1,C-1,窗口,,township-window,2023-06-30,",
    ];
    let head = crate::catalog::hall_file::COUNTERS_HEADER;
    files.insert("halls/counters.csv", format!("{head}\n{}\n", counters.join("\n")).into_bytes());
    let built = Catalog::from_files(&files);
    let found: Vec<String> = built
        .findings
        .iter()
        .filter(|d| d.severity == Severity::Error && d.file.starts_with("halls/"))
        .map(|d| format!("{} {}: {}", d.file, d.field, d.reason))
        .collect();
    for told in [
        "halls/offers.toml offer[village-help].acts: unknown word \"decide\"",
        "halls/offers.toml offer[village-help].acts: a point may not receive",
        "halls/some.csv line 4: \"hall-1\" stands twice",
        "halls/some.csv line 5: the id is of small letters, digits and dashes",
        "halls/some.csv line 5: no Chinese name",
        "halls/some.csv line 5: no source; write where this entry comes from",
        "halls/some.csv line 5: standing is demonstration or confirmed",
        "halls/some.csv line 5: kind \"house\" is none of hall, station, point",
        "halls/some.csv line 5: a place on the map without located_by; write who measured or published it",
        "halls/some.csv line 5: \"soon\" is no date like 2023-06-30",
        "halls/some.csv line 6: longitude and latitude lie outside China; are they swapped?",
        "halls/some.csv line 7: no region 450103001 on 2020-01-01",
        "halls/some.csv line 7: offers nothing",
        "halls/some.csv line 8: 2 columns instead of 17",
        "halls/counters.csv line 3: hall-1 has two counters A-1 at once",
        "halls/counters.csv line 4: no hall \"hall-9\"",
        "halls/counters.csv line 5: the code is of letters, digits, dashes",
        "halls/counters.csv line 6: township-window is not for a hall",
        "halls/counters.csv line 6: hall-1 does not collect_and_forward",
    ] {
        assert!(found.iter().any(|f| f.starts_with(told)), "{told}\nin {found:#?}");
    }
    assert!(!built.is_importable());
}

#[test]
fn a_place_is_held_against_agency_hours_offers_and_level() {
    let mut files = files();
    let row =
        "hall-3,某站,,450100,station,nobody,never,village-help;unknown,,,,,,demonstration,自拟,2023-06-30,2020-01-01";
    files.insert("halls/some.csv", format!("{}\n{row}\n", crate::catalog::hall_file::HEADER).into_bytes());
    let built = Catalog::from_files(&files);
    let found: Vec<&str> =
        built.findings.iter().filter(|d| d.file == "halls/some.csv").map(|d| d.reason.as_str()).collect();
    assert_eq!(
        found,
        [
            "450100 is of level city, and a station is not",
            "no agency \"nobody\"",
            "no hours \"never\"",
            "village-help is not for a station",
            "no offer \"unknown\"",
            "valid_to lies before valid_from",
        ]
    );
}

#[test]
fn a_place_does_not_outlive_its_region() {
    let mut files = files();
    let path = "regions/township.csv";
    let townships = String::from_utf8(files.get(path).unwrap().to_vec()).unwrap();
    let ended = townships.replacen("450103001,新竹街道,,2023-06-30,", "450103001,新竹街道,,2023-06-30,2026-06-30", 1);
    files.insert(path, ended.into_bytes());
    let built = Catalog::from_files(&files);
    let told = built.findings.iter().find(|d| d.file == "halls/township.csv").expect("the station is open still");
    assert!(told.reason.starts_with("450103001 ended on 2026-06-30"), "{told}");
}
