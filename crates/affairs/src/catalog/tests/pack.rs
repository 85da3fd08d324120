//! Packs: sealed, changed behind the seal, laid over an office with its own say, and checked by their cases.

use evidence::key::{Algorithm, KeyPair, Setting, Signer as _};
use evidence::trust::{Entry, TrustList};
use kernel::{Moment, SeededEntropy};

use super::super::pack::{self, Overrides, Packing};
use super::super::*;
use super::cases::decide;
use super::responsible::files as office;

const FELLING: &str = "fo-felling-small";

fn at() -> Moment {
    "2026-11-23T21:40:00+08:00".parse().unwrap()
}

fn key(seed: u64) -> KeyPair {
    KeyPair::generate(Algorithm::Sm2, "packs.example/450000", &SeededEntropy::new(seed)).unwrap()
}

fn trusting(key: &KeyPair) -> TrustList {
    let entry = Entry {
        key: key.public().clone(),
        issuer: "gx".into(),
        scopes: vec!["450000".into()],
        valid_from: at().plus_ms(-1000),
        valid_to: at().plus_ms(1_000_000),
        revoked_at: None,
    };
    TrustList::new(Setting::Production, 1, vec![entry]).unwrap()
}

fn packed() -> (Files, KeyPair) {
    let (items, signer) = ([FELLING.to_owned()], key(7));
    let built = Catalog::from_files(&office());
    let packing = Packing { items: &items, on: at().date(), region: "450000", issuer: "gx", at: at(), signer: &signer };
    (pack::export(&built.catalog, &packing).unwrap(), signer)
}

/// An office that has never seen the item: everything but items, thresholds, quotas, delegations and bundles.
fn elsewhere() -> Files {
    let mut other = Files::default();
    let brought = ["items/", "parameters/", "quotas/", "delegations/", "bundles/", "registers/forest"];
    let own = |path: &str| !brought.iter().any(|folder| path.starts_with(folder));
    office().iter().filter(|(path, _)| own(path)).for_each(|(path, bytes)| other.insert(path, bytes));
    other
}

fn wrong_cases(catalog: &Catalog) -> Vec<String> {
    let item = catalog.versions().filter(|item| item.id == FELLING).max_by_key(|item| item.valid_from).unwrap();
    let results = cases::run(item, catalog.calendar(), |item, situation| decide(item, &situation));
    results.into_iter().filter(|r| !r.problems.is_empty()).map(|r| r.case).collect()
}

#[test]
fn a_pack_opens_where_it_is_trusted_and_stands_in_another_office_as_it_stood_here() {
    let (files, signer) = packed();
    let pack = pack::open(&files, &trusting(&signer), at()).unwrap();
    assert_eq!(pack.manifest.items[0].id, FELLING);
    assert!(pack.manifest.needs.roles.iter().any(|r| r == "forestry-licensing"), "{:?}", pack.manifest.needs);
    assert!(files.get("guides/fo-felling-small.md").is_some());
    let adopted = pack::adopt(&pack, &elsewhere(), None).unwrap();
    let built = Catalog::from_files(&adopted.files);
    assert!(built.is_importable(), "{:#?}", built.findings);
    let own = Catalog::from_files(&office()).catalog;
    let version = |catalog: &Catalog| catalog.item(FELLING, at().date()).unwrap().hash.clone();
    assert_eq!(version(&built.catalog), version(&own), "the item is the same to the byte");
    assert_eq!(wrong_cases(&built.catalog), Vec::<String>::new());
    assert_eq!(packed().0, files, "the same items make the same pack");
}

#[test]
fn every_hand_on_a_sealed_pack_is_named() {
    let (files, signer) = packed();
    let trust = trusting(&signer);
    let codes = |files: &Files, trust: &TrustList, now: Moment| -> Vec<String> {
        pack::open(files, trust, now).err().unwrap_or_default().iter().map(|r| format!("{} {r}", r.code())).collect()
    };
    assert_eq!(codes(&files, &trust, at()), Vec::<String>::new());
    let mut touched = files.clone();
    let rules = format!("catalog/items/{FELLING}/rules.dmn");
    touched.insert(rules.clone(), [files.get(&rules).unwrap(), b"\n"].concat());
    touched.remove("catalog/quotas/felling-commercial.toml");
    touched.insert("catalog/agencies/mine.toml", "x");
    assert_eq!(
        codes(&touched, &trust, at()),
        [
            format!("pack.file_changed {rules} was changed after it was sealed"),
            "pack.file_missing catalog/quotas/felling-commercial.toml is missing".to_owned(),
            "pack.file_added catalog/agencies/mine.toml was added after the pack was sealed".to_owned(),
        ]
        .into_iter()
        .collect::<Vec<_>>()
    );
    let document = String::from_utf8(files.get("pack.json").unwrap().to_vec()).unwrap();
    let mut forged = files.clone();
    forged.insert("pack.json", document.replacen("450000", "440000", 1));
    assert!(codes(&forged, &trust, at())[0].starts_with("seal."), "{:?}", codes(&forged, &trust, at()));
    let code =
        |files: &Files, trust: &TrustList, now| codes(files, trust, now)[0].split(' ').next().unwrap().to_owned();
    assert_eq!(code(&files, &trusting(&key(8)), at()), "seal.unknown_key");
    assert_eq!(code(&files, &trust, at().plus_ms(-3_600_000)), "seal.not_yet_valid");
    assert_eq!(code(&Files::default(), &trust, at()), "pack.no_document");
}

const SAYS: &str = "valid_from = 2026-12-01\nregion = \"450100\"\n\
    document = { zh = \"南宁市文件（示例）\", en = \"Nanning document (example)\" }\ngrade = \"D\"\n";

fn laid(pack: &pack::Pack, office: &Files, text: &str) -> Result<Catalog, String> {
    let lines = |found: &[Diagnostic]| found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let overrides = Overrides::read(text.as_bytes()).map_err(|found| lines(&found))?;
    let adopted = pack::adopt(pack, office, Some(&overrides)).map_err(|found| lines(&found))?;
    let built = Catalog::from_files(&adopted.files);
    if built.is_importable() { Ok(built.catalog) } else { Err(lines(&built.findings)) }
}

/// The one case that stands on the threshold itself.
const BOUNDARY: [&str; 1] = ["正好三十立方米"];

#[test]
fn a_region_says_what_is_its_own_and_the_cases_it_changes_are_told() {
    let (files, signer) = packed();
    let pack = pack::open(&files, &trusting(&signer), at()).unwrap();
    let figures = "[[parameter]]\nparameter = \"felling-small-volume\"\nvalue = 25\n\
                   [[quota]]\nquota = \"felling-commercial\"\nyear = 2026\namount = 900\n\
                   [[limit]]\nitem = \"fo-felling-small\"\nwhich = \"statutory\"\nn = 15\nunit = \"working_day\"\n";
    let first: kernel::Date = "2026-12-01".parse().unwrap();
    for office in [office(), elsewhere()] {
        let catalog = laid(&pack, &office, &format!("{SAYS}{figures}")).unwrap();
        let item = catalog.item(FELLING, first).unwrap();
        assert_eq!((item.valid_from, item.power.region.as_str()), (first, "450100"));
        assert_eq!(item.statutory_limit.period.text().en, "15 working days");
        let threshold = catalog.figures().parameter("felling-small-volume").unwrap();
        let value = |region: &str, on: kernel::Date| threshold.at(region.parse().unwrap(), on).unwrap().value;
        assert_eq!(
            (value("450110", first), value("450225", first)),
            (25, 30),
            "the city's own, the region's elsewhere"
        );
        assert_eq!(value("450110", at().date()), 30, "not before the day");
        let quota = catalog.figures().quota("felling-commercial").unwrap();
        assert_eq!(quota.row("450102".parse().unwrap(), 2026).unwrap().amount, 900);
        // What the lower threshold changes is told by name, and only that.
        assert_eq!(wrong_cases(&catalog), BOUNDARY, "{:?}", wrong_cases(&catalog));
    }
    let mut restated = format!("{SAYS}{figures}");
    for case in BOUNDARY {
        restated += &format!(
            "[[case]]\nitem = \"fo-felling-small\"\ncase = \"{case}\"\ntable = '''\n| 事实 | 值 | 情形 |\n|---|---|---|\n\
             | 申请采伐蓄积 | 25 |  |\n| → 结果 | grant 准予 | |\n'''\n"
        );
    }
    let catalog = laid(&pack, &office(), &restated).unwrap();
    assert_eq!(wrong_cases(&catalog), Vec::<String>::new());
    // The version it replaces stands beside it, to the byte.
    let own = Catalog::from_files(&office()).catalog.item(FELLING, at().date()).unwrap().hash.clone();
    assert_eq!(catalog.item(FELLING, at().date()).unwrap().hash, own);
}

#[test]
fn every_mistake_in_the_overrides_is_told() {
    let (files, signer) = packed();
    let pack = pack::open(&files, &trusting(&signer), at()).unwrap();
    let rows = [
        ("", "[[limit]]\nitem = \"x\"\nwhich = \"committed\"\nn = 1\nunit = \"day\"\n", "no item \"x\" in the pack"),
        ("", "[[parameter]]\nparameter = \"x\"\nvalue = 1\n", "no threshold \"x\" in the pack"),
        ("", "[[quota]]\nquota = \"x\"\nyear = 2026\namount = 1\n", "no quota \"x\" in the pack"),
        ("", "[[agency]]\nfrom = \"gx-nobody\"\nto = \"gx-hc\"\n", "the pack names no agency \"gx-nobody\""),
        ("", "[[case]]\nitem = \"fo-felling-small\"\ncase = \"没有\"\ntable = \"|\"\n", "has no case \"没有\""),
        ("", "[[condition]]\nid = \"c1\"\n", "condition"),
        ("450100", "45x", "no region code"),
        ("450100", "440100", "no such region"),
        ("2026-12-01", "\"soon\"", "a date like"),
        (
            "",
            "[[limit]]\nitem = \"fo-felling-small\"\nwhich = \"statutory\"\nn = 40\nunit = \"working_day\"\n",
            "statutory_limit",
        ),
    ];
    for (from, to, says) in rows {
        let text = if from.is_empty() { format!("{SAYS}{to}") } else { SAYS.replacen(from, to, 1) };
        let told = laid(&pack, &office(), &text).err().unwrap_or_default();
        assert!(told.contains(says), "{to:?} should say {says:?}, says:\n{told}");
    }
}
