//! The catalogue this program ships: read, changed for the worse, stored and given back.

mod bundle;
mod cases;
mod facts;
mod figures;
mod form;
mod halls;
mod mistakes;
mod pack;
mod provisions;
mod record;
mod responsible;

use super::*;

/// Read once: a debug build reads the folder, and somebody may be writing there.
fn files() -> Files {
    static FILES: std::sync::OnceLock<Files> = std::sync::OnceLock::new();
    FILES.get_or_init(Files::seed).clone()
}

/// Built once for all tests: it takes a moment without optimisation.
fn seed() -> &'static Built {
    static SEED: std::sync::OnceLock<Built> = std::sync::OnceLock::new();
    SEED.get_or_init(|| Catalog::from_files(&files()))
}

fn item(id: &str) -> Item {
    let on = "2026-11-23".parse().unwrap();
    Item::clone(&*seed().catalog.item(id, on).unwrap())
}

#[test]
fn the_seed_has_no_mistake() {
    let errors: Vec<String> =
        seed().findings.iter().filter(|d| d.severity == Severity::Error).map(ToString::to_string).collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[test]
fn what_is_still_doubtful_in_the_seed_is_told() {
    let pharmacists = seed().findings.iter().filter(|d| d.file.starts_with("items/fd-pharmacist"));
    let told: Vec<String> = pharmacists.map(|d| format!("{} {}: {}", d.file, d.field, d.reason)).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    items/fd-pharmacist-cancel/item.toml legal_basis[2]: grade U: unverified
    items/fd-pharmacist-cancel/item.toml fee: grade U: unverified
    items/fd-pharmacist-change/item.toml legal_basis[1]: grade U: unverified
    items/fd-pharmacist-change/item.toml fee: grade U: unverified
    items/fd-pharmacist-change/item.toml condition[c1]: below grade A no refusal is drafted
    items/fd-pharmacist-first/item.toml legal_basis[2]: grade U: unverified
    items/fd-pharmacist-first/item.toml fee: grade U: unverified
    items/fd-pharmacist-first/item.toml condition[c1]: below grade A no refusal is drafted
    items/fd-pharmacist-renew/item.toml legal_basis[7]: grade U: unverified
    items/fd-pharmacist-renew/item.toml fee: grade U: unverified
    items/fd-pharmacist-renew/item.toml condition[c4]: below grade A no refusal is drafted
    ");
}

#[test]
fn items_are_in_force_in_their_time_only() {
    let catalog = &seed().catalog;
    let at = |day: &str| catalog.items(day.parse().unwrap()).map(|i| i.id.clone()).collect::<Vec<_>>();
    let four = ["fd-pharmacist-cancel", "fd-pharmacist-change", "fd-pharmacist-first", "fd-pharmacist-renew"];
    let now = at("2026-11-23");
    assert!(four.iter().all(|id| now.iter().any(|n| n == id)), "{now:?}");
    assert_eq!(at("2023-12-31"), Vec::<String>::new());
    assert!(catalog.item("fd-pharmacist-renew", "2023-12-31".parse().unwrap()).is_none());
    assert!(catalog.knows("fd-pharmacist-renew") && !catalog.knows("fd-pharmacist"));
}

#[test]
fn supervision_finds_the_nearest_agency() {
    let catalog = &seed().catalog;
    let agency = |region| catalog.agency_with_role("drug-supervision", region).map(|a| a.id.as_str());
    assert_eq!(agency("450103"), Some("amr-450103"));
    assert_eq!(agency("450103001002"), Some("amr-450103"), "a village has no agency; its county's looks");
    assert_eq!(agency("450100"), Some("nanning-amr"));
    assert_eq!(agency("451400"), Some("chongzuo-amr"));
    assert_eq!(agency("450000"), Some("gx-mpa"));
    assert_eq!(agency("440103"), None);
    assert_eq!(agency("nowhere"), None);
    let below: Vec<&str> = catalog.agency_subtree("gx-amr").iter().map(|a| a.id.as_str()).collect();
    assert_eq!(below.len(), 1 + 14 + 111);
    assert!(below.contains(&"guilin-amr") && !below.contains(&"gx-mpa"));
}

#[test]
fn a_list_of_agencies_hangs_below_the_file_of_its_name() {
    let catalog = &seed().catalog;
    let line = |id: &str| {
        let up = |a: &&Agency| catalog.agency(a.parent.as_deref()?);
        let line = std::iter::successors(catalog.agency(id), up).map(|a| a.id.clone());
        line.collect::<Vec<_>>().join(" < ")
    };
    assert_eq!(line("forestry-450223"), "forestry-450223 < forestry-450200 < gx-forestry");
    assert_eq!(line("amr-450103"), "amr-450103 < nanning-amr < gx-amr", "single files stand in the line too");
    assert_eq!(line("township-450223102"), "township-450223102 < gx-gov");
    let county = catalog.agency("forestry-450223").unwrap();
    assert_eq!((county.level, county.name.zh.as_str()), (kernel::RegionLevel::County, "鹿寨县林业局"));
    assert_eq!(county.department, catalog.agency("gx-forestry").unwrap().department);
    assert!(catalog.agencies().all(|a| a.demonstration), "nobody stands behind any of them");
}

#[test]
fn offices_are_open_in_their_hours_on_working_days() {
    let catalog = &seed().catalog;
    for (at, open) in [
        ("2026-11-23T09:00:00+08:00", true),
        ("2026-11-23T12:00:00+08:00", false),
        ("2026-11-23T16:59:59+08:00", true),
        ("2026-11-23T21:40:00+08:00", false),
        ("2026-11-21T10:00:00+08:00", false),
        ("2026-10-10T10:00:00+08:00", true),
        ("2026-10-01T10:00:00+08:00", false),
    ] {
        assert_eq!(catalog.office_open("gx-mpa", at.parse().unwrap()), open, "{at}");
    }
}

#[test]
fn outside_the_demonstration_every_condition_waits_for_an_agency() {
    let built = seed();
    let found = production(&built.catalog);
    let conditions: usize = built.catalog.versions().map(|i| i.conditions.len()).sum();
    let adopted = found.iter().filter(|d| d.reason == "no agency has adopted this condition").count();
    assert_eq!(adopted, conditions);
    assert!(conditions > 30);
    assert!(found.iter().any(|d| d.field == "fee" && d.reason.starts_with("unverified")));
    assert!(found.iter().any(|d| d.field == "power" && d.reason.contains("demonstration")));
}
