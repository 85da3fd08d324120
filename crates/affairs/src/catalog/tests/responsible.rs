//! Who decides what where: by role and place, with delegations, and what stays in doubt.

use super::*;

/// Two items and no villages: what these tests turn over again and again.
pub(super) fn files() -> Files {
    let items = ["items/fo-felling-small/", "items/fd-pharmacist-renew/"];
    let all = super::files();
    let kept = |path: &str| {
        path != "regions/village.csv"
            && !path.starts_with("halls/village-")
            && !path.starts_with("bundles/")
            && (!path.starts_with("items/") || items.iter().any(|i| path.starts_with(i)))
    };
    let mut few = Files::default();
    all.iter().filter(|(path, _)| kept(path)).for_each(|(path, bytes)| few.insert(path, bytes));
    few
}

const FELLING: &str = "items/fo-felling-small/item.toml";

fn changed(changes: &[(&str, &str, &str)]) -> Built {
    let mut files = files();
    for (path, from, to) in changes {
        let text = String::from_utf8(files.get(path).unwrap_or_default().to_vec()).unwrap();
        assert!(text.contains(from), "{path} has {from:?}");
        files.insert(*path, text.replacen(from, to, 1));
    }
    Catalog::from_files(&files)
}

/// `receiving / deciding [in the name of] @ region`, and `?` where a person must look.
fn told(catalog: &Catalog, item: &str, place: Option<&str>, on: &str) -> String {
    let on = on.parse().unwrap();
    let item = catalog.item(item, on).expect("an item of that day");
    let r = catalog.responsible(&item, place, on);
    let name = r.in_name_of.map(|n| format!(" for {n}")).unwrap_or_default();
    let doubt = if r.doubt.is_some() { " ?" } else { "" };
    format!("{} / {}{name} @ {}{doubt}", r.receiving, r.deciding, r.region)
}

#[test]
fn the_agency_is_found_by_role_level_and_place() {
    let catalog = &seed().catalog;
    let rows = [
        // A village's case is its county's.
        (Some("450225101206"), "forestry-450225 / forestry-450225 @ 450225101206"),
        (Some("450110"), "forestry-450110 / forestry-450110 @ 450110"),
        // Entrusted: the township decides in the county's name. The county town itself has a township government too.
        (Some("450224101"), "forestry-450224 / township-450224101 for forestry-450224 @ 450224101"),
        // The case names the county only: nobody below can be told, the county decides itself.
        (Some("450224"), "forestry-450224 / forestry-450224 @ 450224"),
        // In doubt: the region's agency keeps it, a person looks.
        (Some("450200"), "forestry-450200 / gx-forestry @ 450200 ?"),
        (Some("440103"), "gx-forestry / gx-forestry @ 450000 ?"),
        (Some("450199999"), "gx-forestry / gx-forestry @ 450000 ?"),
        (Some("河池"), "gx-forestry / gx-forestry @ 450000 ?"),
        (None, "gx-forestry / gx-forestry @ 450000 ?"),
    ];
    for (place, want) in rows {
        assert_eq!(told(catalog, "fo-felling-small", place, "2026-11-23"), want, "{place:?}");
    }
    // An item that names its agency needs no place to find it, and keeps the place as responsible region.
    assert_eq!(told(catalog, "fd-pharmacist-renew", Some("450103"), "2026-11-23"), "gx-mpa / gx-mpa @ 450103");
    assert_eq!(told(catalog, "fd-pharmacist-renew", None, "2026-11-23"), "gx-mpa / gx-mpa @ 450000");
}

#[test]
fn delegations_hold_in_their_time_and_power_that_moved_may_be_entrusted_on() {
    const PATH: &str = "delegations/felling-rongan.toml";
    let item = "fo-felling-small";
    let ended = changed(&[(PATH, "valid_from = 2025-01-01", "valid_from = 2025-01-01\nvalid_to = 2026-11-22")]);
    assert!(ended.is_importable());
    let there = Some("450224101");
    assert!(told(&ended.catalog, item, there, "2026-11-22").contains(" for forestry-450224"));
    assert!(!told(&ended.catalog, item, there, "2026-11-23").contains(" for "));

    // City → county by regulation (its own name), county → township by entrustment (the county's name).
    let mut files = files();
    let text = String::from_utf8(files.get(FELLING).unwrap().to_vec()).unwrap();
    files.insert(FELLING, text.replacen("level = \"county\"", "level = \"city\"", 1));
    let down = "id = \"down\"\nitems = [\"fo-felling-small\"]\nkind = \"delegated\"\nfrom = \"forestry-450200\"\n\
                to = [\"forestry-450224\", \"forestry-450225\"]\ndocument = { zh = \"文\", en = \"doc\" }\n\
                valid_from = 2025-01-01\ngrade = \"D\"\n";
    files.insert("delegations/down.toml", down);
    let built = Catalog::from_files(&files);
    assert!(built.is_importable(), "{:#?}", built.findings);
    for (place, want) in [
        ("450224101", "forestry-450224 / township-450224101 for forestry-450224 @ 450224101"),
        ("450225101", "forestry-450225 / forestry-450225 @ 450225101"),
        ("450223102", "forestry-450223 / forestry-450200 @ 450223102"),
    ] {
        assert_eq!(told(&built.catalog, item, Some(place), "2026-11-23"), want);
    }
}

#[test]
fn a_place_that_was_merged_or_split_is_followed_to_today() {
    let county = "450224,融安县,Rong'an County,2023-06-30,";
    let ended = format!("{county}2026-06-30");
    let mut files = files();
    let text = String::from_utf8(files.get("regions/county.csv").unwrap().to_vec()).unwrap();
    files.insert("regions/county.csv", text.replacen(county, &ended, 1));
    files.insert("regions/change.csv", "from,to,on,kind,document\n450224,450225,2026-07-01,merge,文件\n");
    let built = Catalog::from_files(&files);
    let merged = told(&built.catalog, "fo-felling-small", Some("450224"), "2026-11-23");
    assert_eq!(merged, "forestry-450225 / forestry-450225 @ 450225");
    // What the county that is gone had entrusted ended with it, and whoever reads the file is told.
    let told_so =
        |d: &Diagnostic| d.file == "delegations/felling-rongan.toml" && d.reason.contains("ended on 2026-06-30");
    assert!(built.findings.iter().any(told_so), "{:#?}", built.findings);
    let split = "from,to,on,kind,document\n450224,450225,2026-07-01,split,文件\n450224,450223,2026-07-01,split,文件\n";
    files.insert("regions/change.csv", split);
    let doubtful = told(&Catalog::from_files(&files).catalog, "fo-felling-small", Some("450224"), "2026-11-23");
    assert_eq!(doubtful, "gx-forestry / gx-forestry @ 450000 ?");
}

#[test]
fn a_township_that_decided_and_was_merged_is_followed_to_its_heir() {
    let mut files = files();
    let line = |code: &str, name: &str| format!("{code},{name},,2023-06-30,");
    let (old, heir) = (line("450224101", "浮石镇"), "450224102");
    let text = String::from_utf8(files.get("regions/township.csv").unwrap().to_vec()).unwrap();
    assert!(text.contains(&old));
    files.insert("regions/township.csv", text.replacen(&old, &format!("{old}2026-06-30"), 1));
    files.insert("regions/change.csv", format!("from,to,on,kind,document\n450224101,{heir},2026-07-01,merge,文件\n"));
    let catalog = Catalog::from_files(&files).catalog;
    let (before, after) = ("2026-06-30", "2026-11-23");
    let place = Some("450224101");
    let item = "fo-felling-small";
    assert_eq!(
        told(&catalog, item, place, before),
        "forestry-450224 / township-450224101 for forestry-450224 @ 450224101"
    );
    assert_eq!(
        told(&catalog, item, place, after),
        "forestry-450224 / township-450224102 for forestry-450224 @ 450224102"
    );
}

#[test]
fn every_mistake_in_a_delegation_is_named() {
    const PATH: &str = "delegations/felling-rongan.toml";
    let rows = [
        ("id = \"felling-rongan\"", "id = \"other\"", "stands in the file"),
        ("[\"fo-felling-small\"]", "[\"fo-felling-tall\"]", "no item \"fo-felling-tall\""),
        ("[\"fo-felling-small\"]", "[]", "names no item"),
        ("[\"fo-felling-small\"]", "[\"fd-pharmacist-renew\"]", "forestry-450224 does not decide fd-pharmacist-renew"),
        ("\"forestry-450224\"", "\"forestry-45\"", "no agency \"forestry-45\""),
        ("\"forestry-450224\"", "\"gx-forestry\"", "gx-forestry does not decide fo-felling-small"),
        ("\"entrusted\"", "\"lent\"", "unknown word \"lent\""),
        ("to_level = \"township\"", "to_level = \"village\"", "a village or community never decides"),
        ("to_level = \"township\"", "to_level = \"city\"", "reaches nobody"),
        ("to_level = \"township\"", "", "needs one way to say who decides"),
        ("to_role = \"township-government\"\nto_level = \"township\"", "to = [\"nobody\"]", "no agency \"nobody\""),
        (
            "to_role = \"township-government\"\nto_level = \"township\"",
            "to = [\"township-450223102\"]",
            "does not work in a part of forestry-450224's region",
        ),
        ("2025-01-01", "2025-01-01\nvalid_to = 2024-01-01", "lies before valid_from"),
        ("2025-01-01", "2020-01-01", "forestry-450224 does not exist on 2020-01-01"),
        ("grade = \"D\"", "grade = \"C\"", "grade C without a source"),
    ];
    for (from, to, says) in rows {
        let built = changed(&[(PATH, from, to)]);
        assert!(!built.is_importable(), "{from:?} -> {to:?}");
        let found = built.findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(found.contains(says), "{from:?} -> {to:?} should say {says:?}, says:\n{found}");
    }
}

#[test]
fn entrustment_is_not_passed_on_and_reaches_administrative_organs_only() {
    let on = |extra: &str| {
        format!(
            "id = \"more\"\nitems = [\"fo-felling-small\"]\nkind = \"entrusted\"\n{extra}\n\
             document = {{ zh = \"文\", en = \"doc\" }}\nvalid_from = 2026-01-01\ngrade = \"D\"\n"
        )
    };
    let lint = |more: &str, agency: Option<(&str, &str)>| {
        let mut files = files();
        files.insert("delegations/more.toml", on(more));
        if let Some((id, text)) = agency {
            files.insert(format!("agencies/{id}.toml"), text);
        }
        let found = Catalog::from_files(&files).findings;
        found.iter().filter(|d| d.file == "delegations/more.toml").map(|d| d.reason.clone()).collect::<Vec<_>>()
    };
    let passed_on = lint("from = \"township-450224101\"\nto = [\"township-450224102\"]", None).join("\n");
    assert!(passed_on.contains("is itself entrusted with fo-felling-small"), "{passed_on}");
    let twice = lint("from = \"forestry-450224\"\nto = [\"township-450224101\"]", None).join("\n");
    assert!(twice.contains("goes down from forestry-450224 by felling-rongan too"), "{twice}");
    let station = "id = \"station\"\nname = { zh = \"站\", en = \"Station\" }\nshort = { zh = \"站\", en = \"Station\" }\n\
                   region = \"450223102\"\nlevel = \"township\"\ndepartment = { zh = \"林业\", en = \"Forestry\" }\n\
                   roles = [\"help\"]\nnature = \"other\"\ndemonstration = true\nvalid_from = 2023-06-30\n";
    let helper = lint("from = \"forestry-450223\"\nto = [\"station\"]", Some(("station", station)));
    assert_eq!(helper, ["station is no administrative organ"]);
    let organ = station.replace("nature = \"other\"\n", "");
    assert_eq!(lint("from = \"forestry-450223\"\nto = [\"station\"]", Some(("station", &organ))), Vec::<String>::new());
}

#[test]
fn a_village_is_no_agency_and_an_item_says_its_agency_once() {
    let village = "agencies/gx-gov.csv";
    let line = "village-1,某村,,,,450224101200,township-government,,2023-06-30,";
    let built = changed(&[(village, "id,name_zh,name_en", &format!("{line}\nid,name_zh,name_en"))]);
    let found = built.findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(found.contains("the first line must be"), "{found}");
    let mut files = files();
    let list = String::from_utf8(files.get(village).unwrap().to_vec()).unwrap() + line + "\n";
    files.insert(village, list);
    let found = Catalog::from_files(&files).findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(found.contains("never decides"), "{found}");

    let role = "deciding_role = \"forestry-licensing\"";
    for (to, says) in [
        ("", "power.deciding_agency: missing"),
        ("deciding_role = \"forestry-licensing\"\ndeciding_agency = \"gx-forestry\"", "is given twice"),
        ("deciding_role = \"forestry-nothing\"", "no agency has the role \"forestry-nothing\""),
        ("deciding_role = \"township-government\"", "nobody has the role over the whole region"),
    ] {
        let built = changed(&[(FELLING, role, to)]);
        let found = built.findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(found.contains(says), "{to:?} should say {says:?}, says:\n{found}");
    }
}
