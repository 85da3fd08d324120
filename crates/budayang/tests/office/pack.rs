//! Packs on the command line: out of one office, into an office, and what is refused on the way.

use std::fs;

use serde_json::Value;

use super::world::{Told, World, at};

const OVERRIDES: &str = r#"valid_from = 2027-01-01
region = "450100"
document = { zh = "南宁市文件（示例）", en = "Nanning document (example)" }
grade = "D"
[[parameter]]
parameter = "felling-small-volume"
value = 25
"#;

const RESTATED: &str = r#"[[case]]
item = "fo-felling-small"
case = "正好三十立方米"
table = """
| 申请采伐蓄积 | 25 |  |
| → 结果 | grant 准予 | |
"""
"#;

fn codes(told: &Told) -> Vec<String> {
    let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    told.lines().iter().map(|line| format!("{}{}", text(line, "code"), text(line, "reason"))).collect()
}

#[test]
fn a_pack_goes_out_and_in_with_what_the_region_says_for_itself() {
    let world = World::new();
    let (pack, file) = (world.beside("pack"), world.beside("pack.tar"));
    for out in [&pack, &file] {
        let told = world.run(&["pack", "export", "--items", "fo-felling-small", "--out", at(out), "--json"]);
        assert_eq!(told.code, 0, "{}", told.err);
    }
    assert!(world.run(&["pack", "export", "--items", "fo-felling-small", "--out", at(&pack)]).err.contains("already"));
    let unknown = world.run(&["pack", "export", "--items", "fo-felling-small,x,y", "--out", at(&world.beside("p2"))]);
    assert!(unknown.err.contains("x, y"), "{}", unknown.err);

    // The same version again changes nothing; from the file as from the folder.
    for from in [&pack, &file] {
        let told = world.run(&["pack", "import", at(from), "--json"]).json();
        assert_eq!((&told["imported"], &told["changed"]), (&true.into(), &0.into()), "{told}");
    }

    // A lower threshold makes a case come out otherwise: told by name, nothing is imported.
    let overrides = world.beside("overrides.toml");
    fs::write(&overrides, OVERRIDES).unwrap();
    let told = world.run(&["pack", "import", at(&pack), "--overrides", at(&overrides), "--json"]);
    assert_eq!(told.code, 1);
    assert!(codes(&told).iter().any(|c| c.contains("正好三十立方米")), "{}", told.out);
    assert!(codes(&told).iter().all(|c| c.contains("正好三十立方米")), "{}", told.out);
    let version = || {
        let folder = world.beside("looked");
        let _ = fs::remove_dir_all(&folder);
        assert_eq!(world.run(&["catalog", "export", at(&folder)]).code, 0);
        let read = |path: &str| fs::read_to_string(folder.join(path)).unwrap_or_default();
        (read("items/fo-felling-small/item.toml"), read("items/fo-felling-small@2024-01-01/item.toml").len())
    };
    let before = version();
    assert!(!before.0.contains("2027-01-01"));

    fs::write(&overrides, format!("{OVERRIDES}{RESTATED}")).unwrap();
    let told = world.run(&["pack", "import", at(&pack), "--overrides", at(&overrides), "--check", "--json"]);
    assert_eq!((told.code, &told.json()["imported"]), (0, &false.into()), "{}{}", told.out, told.err);
    assert_eq!(version(), before, "only checked");
    let told = world.run(&["pack", "import", at(&pack), "--overrides", at(&overrides), "--json"]);
    assert_eq!((told.code, &told.json()["changed"]), (0, &2.into()), "item and threshold: {}{}", told.out, told.err);
    let after = version();
    assert!(after.0.contains("valid_from = 2027-01-01") && after.0.contains("region = \"450100\""), "{}", after.0);
    assert_eq!(world.run(&["ledger", "verify"]).code, 0, "the import is an act of the log");
}

#[test]
fn a_pack_somebody_touched_is_refused_with_every_reason() {
    let world = World::new();
    let pack = world.beside("pack");
    assert_eq!(world.run(&["pack", "export", "--items", "fo-felling-small", "--out", at(&pack)]).code, 0);
    let rules = pack.join("catalog/items/fo-felling-small/rules.dmn");
    fs::write(&rules, fs::read_to_string(&rules).unwrap() + "\n").unwrap();
    fs::write(pack.join("catalog/agency.txt"), "x").unwrap();
    let told = world.run(&["pack", "import", at(&pack), "--json"]);
    let (code, reasons) = (told.code, codes(&told).join("\n"));
    assert!(code == 1 && reasons.contains("pack.file_changed") && reasons.contains("pack.file_added"), "{reasons}");

    // Another office's key, whom nobody here trusts: the document names a key this office does not know.
    let document = fs::read_to_string(pack.join("pack.json")).unwrap();
    let kid = document.split("\"kid\":\"").nth(1).unwrap().split('"').next().unwrap();
    let stranger = document.replace(kid, &format!("{}+00000000", kid.split('+').next().unwrap()));
    fs::write(pack.join("pack.json"), stranger).unwrap();
    let told = world.run(&["pack", "import", at(&pack), "--json"]);
    assert_eq!((told.code, told.json()["code"].as_str()), (1, Some("seal.unknown_key")));
    let trust = world.run(&["pack", "trust"]).json();
    assert_eq!(trust["entries"].as_array().map(Vec::len), Some(1));
}
