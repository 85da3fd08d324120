//! What an operator does: a new office, its configuration, imports, backups, the doctor; and what production refuses.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::tempdir;

use super::world::{Server, World, at, copy, program, run};

pub(super) fn passphrase(folder: &Path) -> PathBuf {
    let file = folder.join("passphrase");
    fs::write(&file, "a sentence nobody guesses\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    file
}

/// A new office in production.
pub(super) fn init(folder: &Path, office: &Path) -> super::world::Told {
    let file = passphrase(folder);
    run(&[
        "init",
        "--data",
        at(office),
        "--origin",
        "log.gx.example",
        "--shard",
        "gx",
        "--region",
        "450000",
        "--issuer",
        "gx-mpa",
        "--admin-name",
        "唐管",
        "--passphrase-file",
        at(&file),
        "--json",
    ])
}

#[test]
fn an_office_is_made_served_and_stopped() {
    let folder = tempdir().unwrap();
    let office = folder.path().join("office");
    let told = init(folder.path(), &office);
    let json = told.json();
    assert_eq!(json["log"], "log.gx.example/gx", "{}", told.err);
    assert!(json["link"].as_str().unwrap().starts_with("/sign-in/link/"));
    assert_eq!(init(folder.path(), &office).code, 1, "an office is not made twice");
    let config = folder.path().join("budayang.toml");
    fs::write(&config, format!(
        "data = {office:?}\nlisten = \"127.0.0.1:0\"\npublic_origin = \"http://127.0.0.1:8080\"\npassphrase_file = {:?}\n\
         [log]\nlevel = \"error\"\n",
        folder.path().join("passphrase")
    )).unwrap();
    let server = Server::start(program(&["serve", "--config", at(&config)]));
    let home = server.ask("GET", "/", "");
    assert!(home.starts_with("HTTP/1.1 200"), "{home}");
    assert!(server.ask("GET", json["link"].as_str().unwrap(), "").starts_with("HTTP/1.1 200"));
    assert_eq!(server.stop().0, 0);
    let again = run(&[
        "staff-link",
        "admin",
        "--data",
        at(&office),
        "--passphrase-file",
        at(&folder.path().join("passphrase")),
    ]);
    assert!(again.code == 0 && again.out.contains("/sign-in/link/"), "{}", again.err);
    let doctor = run(&["doctor", "--data", at(&office), "--json"]);
    assert_eq!(doctor.code, 0, "{}", doctor.out);
    assert!(doctor.lines().iter().any(|c| c["name"] == "adoption" && c["health"] == "look"), "{}", doctor.out);
}

#[test]
fn production_refuses_what_is_marked_as_a_demonstration() {
    let world = World::new();
    let folder = tempdir().unwrap();
    let office = folder.path().join("office");
    assert_eq!(init(folder.path(), &office).code, 0);
    let refused = |told: super::world::Told| {
        assert!(
            told.code == 1 && format!("{}{}", told.out, told.err).contains("demonstration"),
            "{}{}",
            told.out,
            told.err
        );
    };
    // A demonstration renamed: its origin tells.
    let page = fs::read_to_string(world.folder().join("office.toml")).unwrap();
    fs::write(world.folder().join("office.toml"), page.replace("\"demonstration\"", "\"production\"")).unwrap();
    refused(world.run(&["ledger", "verify"]));
    refused(world.run(&["demo", "--prepare-only"]));
    // Its keys in a real office: their names tell.
    fs::remove_dir_all(office.join("keys")).unwrap();
    copy(&world.folder().join("keys"), &office.join("keys"));
    refused(run(&["doctor", "--data", at(&office)]));
    // And an office is not made under such a name.
    let file = passphrase(folder.path());
    let second = folder.path().join("second");
    refused(run(&[
        "init",
        "--data",
        at(&second),
        "--origin",
        "demonstration.example",
        "--shard",
        "gx",
        "--region",
        "450000",
        "--issuer",
        "gx-mpa",
        "--admin-name",
        "唐管",
        "--passphrase-file",
        at(&file),
    ]));
}

#[test]
fn a_passphrase_others_may_read_or_that_lies_beside_the_keys_is_refused() {
    let folder = tempdir().unwrap();
    let office = folder.path().join("office");
    let file = passphrase(folder.path());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let words = |file: &Path| {
        run(&[
            "init",
            "--data",
            at(&office),
            "--origin",
            "log.gx.example",
            "--shard",
            "gx",
            "--region",
            "450000",
            "--issuer",
            "gx-mpa",
            "--admin-name",
            "唐管",
            "--passphrase-file",
            at(file),
        ])
    };
    assert!(words(&file).err.contains("chmod 600"));
    fs::create_dir(&office).unwrap();
    let inside = passphrase(&office);
    assert!(words(&inside).err.contains("protects nothing"));
}

#[test]
fn every_mistake_of_a_configuration_is_told_at_once() {
    let folder = tempdir().unwrap();
    let config = folder.path().join("budayang.toml");
    let printed = run(&["serve", "--print-config"]);
    assert!(printed.code == 0 && printed.out.contains("public_origin"));
    fs::write(&config, "listen = \"everywhere\"\npublic_origin = \"ftp://x\"\ncolour = 1\n[log]\nformat = \"xml\"\n")
        .unwrap();
    let told = run(&["serve", "--config", at(&config)]);
    assert_eq!(told.code, 1);
    for field in ["listen", "public_origin", "colour", "log.format"] {
        assert!(told.err.contains(field), "{field}: {}", told.err);
    }
}

#[test]
fn a_backup_comes_back_whole() {
    let world = World::new();
    let file = world.beside("backup.db");
    let report = world.run(&["backup", at(&file), "--json"]).json();
    let before = world.run(&["ledger", "verify", "--json"]).json();
    assert_eq!(report["heads"][0]["size"], before["leaves"]);
    assert_eq!(world.run(&["backup", at(&file)]).code, 1, "a backup is not written over");
    assert_eq!(world.run(&["restore", at(&file)]).code, 1, "a database that is there is not written over");
    for name in ["office.db", "office.db-wal", "office.db-shm"] {
        let _ = fs::remove_file(world.folder().join(name));
    }
    let told = world.run(&["restore", at(&file), "--json"]);
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
    assert_eq!(world.run(&["ledger", "verify", "--json"]).json(), before);
    let doctor = world.run(&["doctor", "--json"]);
    assert_eq!(doctor.code, 0, "{}", doctor.out);
}

#[test]
fn an_extract_with_mistakes_changes_nothing_and_tells_them_all() {
    let world = World::new();
    let file = world.beside("credits.jsonl");
    let good = r#"{"subject":"11010519491231002X","name":"某人","period_from":"2022-01-01","period_to":"2026-12-31","credits":75,"credits_required":75}"#;
    fs::write(&file, format!("{good}\n{{\"subject\":\"1\"}}\nnonsense\n")).unwrap();
    let told = world.run(&["import", "--register", "continuing-education", at(&file), "--json"]);
    let json = told.json();
    assert_eq!((told.code, &json["imported"]), (1, &serde_json::json!(false)), "{json}");
    let lines: std::collections::BTreeSet<_> =
        json["errors"].as_array().unwrap().iter().map(|e| e["line"].as_u64().unwrap()).collect();
    assert_eq!(lines.into_iter().collect::<Vec<_>>(), [2, 3], "{json}");
    fs::write(&file, good).unwrap();
    let json = world.run(&["import", "--register", "continuing-education", at(&file), "--json"]).json();
    assert_eq!((&json["added"], &json["changed"]), (&serde_json::json!(1), &serde_json::json!(0)));
    assert!(world.run(&["import", "--register", "no-such", at(&file)]).err.contains("continuing-education"));
}

#[test]
fn a_catalogue_goes_out_and_in_unchanged_and_production_wants_more() {
    let world = World::new();
    let folder = world.beside("catalogue");
    assert_eq!(world.run(&["catalog", "export", at(&folder)]).code, 0);
    assert_eq!(run(&["catalog", "lint", at(&folder)]).code, 0);
    let production = run(&["catalog", "lint", at(&folder), "--production", "--json"]);
    assert!(production.code == 1 && production.out.contains("no agency has adopted this condition"));
    assert_eq!(world.run(&["catalog", "import", at(&folder), "--json"]).json()["changed"], serde_json::json!([]));
    let item = folder.join("items/fd-pharmacist-renew/rules.dmn");
    let text = fs::read_to_string(&item).unwrap();
    fs::write(&item, text.replace(">45<", ">95<")).unwrap();
    let spoilt = world.run(&["catalog", "import", at(&folder)]);
    assert!(
        spoilt.code == 1 && format!("{}{}", spoilt.out, spoilt.err).contains("cases.md"),
        "{}{}",
        spoilt.out,
        spoilt.err
    );
}
