//! Registers of other agencies: a keeper that runs, the office's configuration that names it, the doctor that asks after
//! it; and the demonstration's own, which can be told to stand still.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::world::{Server, World, at, program, run};

fn private(world: &World, name: &str, text: &str) -> std::path::PathBuf {
    let file = world.beside(name);
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    file
}

#[test]
fn a_keeper_answers_whoever_knows_the_credentials_and_the_doctor_asks_after_it() {
    let world = World::new();
    let token = private(&world, "token", "agreed\n");
    let data = private(
        &world,
        "records.jsonl",
        "{\"register\":\"credit-bars\",\"subject\":\"A\",\"record\":{\"name\":\"x\"}}\n",
    );
    let words = ["register-server", "--listen", "127.0.0.1:0", "--data", at(&data), "--credentials-file", at(&token)];
    let keeper = Server::start(program(&words));
    assert!(keeper.ask("GET", "/v1/health", "").starts_with("HTTP/1.1 401"));
    let described = keeper.ask("GET", "/openapi.json", "");
    assert!(described.contains("/v1/lookups"), "{described}");

    let config = private(
        &world,
        "budayang.toml",
        &format!(
            "public_origin = \"http://127.0.0.1:8080\"\n[registers.credit-bars]\nurl = \"http://{}\"\ncredentials_file = {token:?}\n",
            keeper.address
        ),
    );
    let registers = || {
        let told = world.run(&["doctor", "--config", at(&config), "--json"]);
        let lines = told.lines();
        lines
            .iter()
            .filter(|l| l["name"] == "registers")
            .map(|l| l["what"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(registers(), ["credit-bars answers"]);
    fs::write(&token, "guessed\n").unwrap();
    assert_eq!(registers(), ["credit-bars: the keeper refuses the question: status 401"]);
    keeper.stop();
    assert!(registers()[0].contains("no connection"), "{:?}", registers());

    let unknown = fs::read_to_string(&config).unwrap().replace("credit-bars", "no-such");
    fs::write(&config, unknown).unwrap();
    assert!(registers()[0].contains("no-such"), "{:?}", registers());
    fs::set_permissions(&token, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(registers()[0].contains("chmod 600"), "{:?}", registers());
}

#[test]
fn a_keeper_without_tls_stays_on_this_machine_and_says_what_is_wrong_with_its_records() {
    let abroad = run(&["register-server", "--listen", "0.0.0.0:8090"]);
    assert!(abroad.code == 1 && abroad.err.contains("this machine"), "{}", abroad.err);
    let world = World::new();
    let data = private(&world, "records.jsonl", "{\"register\":\"credit-bars\"}\n");
    let broken = run(&["register-server", "--listen", "127.0.0.1:0", "--data", at(&data)]);
    assert!(broken.code == 1 && broken.err.contains("line 1"), "{}", broken.err);
}

#[test]
fn the_demonstrations_register_can_be_told_to_stand_still() {
    let world = World::new();
    let asleep = world.run(&["demo", "register", "stop"]);
    assert!(asleep.code == 1 && asleep.err.contains("does not run"), "{}", asleep.err);
    let demo = Server::start(program(&["demo", "--listen", "127.0.0.1:0", "--data", at(&world.folder())]));
    for (word, told) in [("stop", "does not answer"), ("slow", "too late"), ("start", "it answers")] {
        let done = world.run(&["demo", "register", word]);
        assert!(done.code == 0 && done.out.contains(told), "{} {}", done.out, done.err);
    }
    assert_eq!(world.run(&["demo", "register", "explode"]).code, 2);
    demo.stop();
}
