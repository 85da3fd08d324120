//! Stories of whoever trusts nobody: the log's pages and files, checked with nothing but the public keys.

use affairs::access::Role;
use affairs::approval;
use axum::http::StatusCode;
use evidence::checkpoint::LogIdentity;
use evidence::proof::ProofFile;
use evidence::tile::Tile;
use evidence::tree::leaf_hash;
use stories::world::SHARD;
use stories::{Browser, World};

const RENEW: &str = "fd-pharmacist-renew";

/// Some acts in the log.
async fn busy(world: &World) {
    let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&wei, &code, 60).await;
    let case = world.file(&wei, RENEW, &world.renewal(&wei, &code, 60), "key-wei-1").await.unwrap();
    approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
}

fn identity() -> LogIdentity {
    LogIdentity { origin: format!("{}/{SHARD}", store::testing::ORIGIN), keys: store::testing::log_keys() }
}

#[tokio::test]
async fn an_empty_log_says_so() {
    let world = World::new().await;
    let mut browser = Browser::new(&world.site());
    let page = browser.get("/log").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(browser.get("/log/checkpoint").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/log/leaf/0").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_leaf_s_proof_file_verifies_with_the_public_keys_alone() {
    let world = World::new().await;
    busy(&world).await;
    let mut browser = Browser::new(&world.site());
    let checkpoint = browser.get("/log/checkpoint").await;
    assert_eq!(checkpoint.header("content-type"), "text/plain; charset=utf-8");
    let log = identity();
    let signed = log.open(&checkpoint.text()).unwrap();
    assert!(log.missing_signatures(&signed).is_empty(), "Ed25519 and SM2 both");
    let size = signed.checkpoint.size;
    assert!(size >= 4, "{size}");
    for index in 0..size {
        let answer = browser.get(&format!("/log/leaf/{index}/proof")).await;
        assert!(answer.header("content-disposition").contains(&format!("leaf-{index}.tlog-proof")));
        let file = ProofFile::from_text(&answer.text()).unwrap();
        let bytes = file.extra.clone().unwrap();
        assert_eq!((file.index, file.verify(&bytes, &log).unwrap().checkpoint.size), (index, size));
        let mut altered = bytes.clone();
        altered[10] ^= 1;
        assert!(file.verify(&altered, &log).is_err(), "another leaf proves nothing");
        let page = browser.get(&format!("/log/leaf/{index}")).await;
        assert!(page.text().contains(&leaf_hash(&bytes).to_string()));
        assert!(!page.text().contains("韦明月"), "no personal data in the log");
    }
    assert_eq!(browser.get(&format!("/log/leaf/{size}")).await.status, StatusCode::NOT_FOUND);
    for odd in ["-1", "x", "99999999999999999999999"] {
        assert_eq!(browser.get(&format!("/log/leaf/{odd}")).await.status, StatusCode::NOT_FOUND, "{odd}");
    }
}

#[tokio::test]
async fn the_tiles_hold_the_leaves_and_their_hashes() {
    let world = World::new().await;
    busy(&world).await;
    let mut browser = Browser::new(&world.site());
    let log = identity();
    let size = log.open(&browser.get("/log/checkpoint").await.text()).unwrap().checkpoint.size;
    let (hashes, entries) = (Tile::hashes(0, 0, size).unwrap(), Tile::entries(0, size).unwrap());
    let (told, bundle) = (browser.get(&format!("/log/{hashes}")).await, browser.get(&format!("/log/{entries}")).await);
    assert_eq!(told.header("content-type"), "application/octet-stream");
    assert!(told.header("cache-control").contains("immutable"));
    let leaves = entries.read_entries(&bundle.bytes).unwrap();
    let told = hashes.read(&told.bytes).unwrap();
    assert_eq!(leaves.iter().map(|l| leaf_hash(l)).collect::<Vec<_>>(), told);
    for path in ["0/000", "0/000.p/255", "0/x000/000", "9/000", "entries/1", "../checkpoint", "0/000.p/0"] {
        assert_eq!(browser.get(&format!("/log/tile/{path}")).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_log_page_shows_the_newest_first_and_turns() {
    let world = World::new().await;
    busy(&world).await;
    for n in 0..60 {
        world.officer(&format!("officer{n}"), "某人", &[]).await;
    }
    let mut browser = Browser::new(&world.site());
    let page = browser.get("/log").await;
    let told = page.main();
    let told = told.split("记录条数").nth(1).unwrap().trim_start();
    let size: u64 = told.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap();
    assert!(page.text().contains(&format!("/log/leaf/{}\"", size - 1)));
    let next = page.text().split("href=\"/log?before=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(next.parse::<u64>().unwrap(), size - 50);
    let second = browser.get(&format!("/log?before={next}")).await;
    assert!(second.text().contains("/log/leaf/0\"") && !second.text().contains(&format!("/log/leaf/{}\"", size - 1)));
    for name in ["demonstration.example/ed25519", "demonstration.example/sm2"] {
        assert!(page.main().contains(name), "{name}");
    }
}

#[tokio::test]
async fn the_auditor_sees_tables_counters_and_log_agree_and_what_does_not() {
    let world = World::new().await;
    busy(&world).await;
    let auditor = world.officer("heqing", "何清", &[Role::Auditor]).await;
    let site = world.site();
    let mut desk = Browser::of(&world, &site, auditor.account).await;
    let page = desk.get("/staff/audit").await.main();
    for seen in ["全部相符", "budayang ledger verify", "ed25519", "sm2", "核对与决定", "没有重算日志"] {
        assert!(page.contains(seen), "{seen} in {page}");
    }
    assert!(!page.contains("不一致"), "{page}");
    let whole = desk.post("/staff/audit", &[]).await.main();
    assert!(whole.contains("根与检查点相符") && whole.contains("重算了日志"), "{whole}");

    // A decision that was counted and never made, as a hand in the database might leave it.
    let stray = world.base().unit().count("decided/x/machine/grant/2026-11", 1);
    world.scratch.store.commit(stray).await.unwrap();
    let page = desk.get("/staff/audit").await.main();
    assert!(page.contains("发现不一致"), "{page}");
    let clerk = world.officer("liwen", "李文", &[Role::Clerk]).await;
    let mut other = Browser::of(&world, &site, clerk.account).await;
    assert_eq!(other.get("/staff/audit").await.status, StatusCode::NOT_FOUND);
    assert_eq!(other.post("/staff/audit", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_leaf_altered_in_the_database_is_named() {
    let world = World::new().await;
    busy(&world).await;
    let auditor = world.officer("heqing", "何清", &[Role::Auditor]).await;
    let location = store::Location::Sqlite(world.scratch.folder.path().join("office.db"));
    store::testing::create(&location, "UPDATE leaf SET bytes = CAST('{}' AS BLOB) WHERE position = 2");
    let site = world.site();
    let page = Browser::of(&world, &site, auditor.account).await.post("/staff/audit", &[]).await.main();
    assert!(page.contains("发现不一致") && page.contains("leaf 2"), "{page}");
}
