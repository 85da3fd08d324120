//! The demonstration: prepared once, left alone afterwards, and its links sign in.

use std::fs;

use super::world::{Server, World, at, program, run};

#[test]
fn it_is_prepared_once_and_left_alone_afterwards() {
    let world = World::new();
    let before = world.run(&["ledger", "verify", "--json"]).json();
    assert!(before["leaves"].as_u64().unwrap() > 50, "{before}");
    let again = world.run(&["demo", "--prepare-only", "--plain"]);
    assert_eq!(again.code, 0, "{}", again.err);
    assert!(again.out.contains("was there already"), "{}", again.out);
    assert_eq!(world.run(&["ledger", "verify", "--json"]).json(), before);
}

#[test]
fn it_touches_no_other_folder_and_clears_what_died_half_way() {
    let world = World::new();
    let folder = world.beside("photos");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("cat.jpg"), b"a cat").unwrap();
    let told = run(&["demo", "--data", at(&folder), "--prepare-only"]);
    assert_eq!(told.code, 1);
    assert!(told.err.contains("holds other files"), "{}", told.err);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    // As if the power had failed while it was prepared.
    fs::remove_file(world.folder().join("office.toml")).unwrap();
    fs::write(world.folder().join("unfinished"), b"").unwrap();
    let told = world.run(&["demo", "--prepare-only", "--plain"]);
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(told.out.contains("Made: "), "{}", told.out);
}

#[test]
fn a_link_signs_in_once_and_the_server_stops_in_order() {
    let world = World::new();
    let folder = world.folder();
    let server = Server::start(program(&["demo", "--data", at(&folder), "--listen", "127.0.0.1:0", "--no-color"]));
    for name in ["weimingyue", "clerk"] {
        let told = world.run(&["demo", "login", name]);
        assert_eq!(told.code, 0, "{}", told.err);
        let path = told.out.trim().strip_prefix(&format!("http://{}", server.address)).unwrap().to_owned();
        assert!(server.ask("GET", &path, "").starts_with("HTTP/1.1 200"), "looking does not spend it");
        let first = server.ask("POST", &path, "");
        assert!(first.starts_with("HTTP/1.1 303") && first.contains("set-cookie: session="), "{first}");
        let cookie = first.lines().find_map(|l| l.strip_prefix("set-cookie: ")?.split(';').next()).unwrap();
        let page = if name == "clerk" { "/staff/queue" } else { "/me" };
        let me = server.ask("GET", page, &format!("Cookie: {cookie}\r\n"));
        assert!(me.starts_with("HTTP/1.1 200"), "{me}");
        assert!(!server.ask("POST", &path, "").contains("set-cookie: session="), "a link works once");
    }
    let nobody = world.run(&["demo", "login", "nobody"]);
    assert!(nobody.code == 1 && nobody.err.contains("weimingyue"), "{}", nobody.err);
    let (code, rest) = server.stop();
    assert_eq!(code, 0, "{rest}");
    let asleep = world.run(&["demo", "login", "clerk"]);
    assert!(asleep.code == 1 && asleep.err.contains("does not run"), "{}", asleep.err);
}
