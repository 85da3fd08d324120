//! A past that was copied stands up to what a past that was lived stands up to.

use std::collections::BTreeMap;

use affairs::licence;
use evidence::canonical::{Salt, canonical_value};
use evidence::commitment::opens;
use evidence::tree::{Frontier, leaf_hash};
use serde_json::Value as Json;

use super::*;

const COPIES: usize = 600;

async fn settled() -> World {
    let world = World::on(Scratch::on_sqlite("").await).await;
    Population::learn().await.unwrap().settle(&world.scratch.store, COPIES).await.unwrap();
    world
}

async fn number(store: &Store, sql: &'static str) -> i64 {
    store.query(sql, vec![]).await.unwrap()[0].int("n").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_stand_up_to_every_check() {
    let world = settled().await;
    let store = &world.scratch.store;
    let copies = COPIES as i64;
    assert_eq!(number(store, "SELECT count(*) AS n FROM case_file").await, copies);
    assert_eq!(number(store, "SELECT count(DISTINCT applicant_code) AS n FROM case_file").await, copies);
    let open = number(store, "SELECT count(*) AS n FROM open_case").await;
    assert_eq!(number(store, "SELECT count(*) AS n FROM case_file WHERE closed_at IS NULL").await, open);
    assert_eq!(open, copies * 6 / 100);
    counters_count(store).await;
    decisions_open(store).await;
    licences_hold(&world).await;
    the_log_is_whole(store).await;
}

async fn counters_count(store: &Store) {
    let sum =
        async |prefix: &str| -> i64 { store.counters(SHARD, prefix).await.unwrap().into_iter().map(|(_, n)| n).sum() };
    assert_eq!(sum("filed/").await, COPIES as i64);
    assert_eq!(sum("decided/").await, number(store, "SELECT count(*) AS n FROM decision").await);
    let granted = number(store, "SELECT count(*) AS n FROM case_file WHERE state = 'granted'").await;
    assert_eq!(sum("granted/").await, granted);
    assert_eq!(number(store, "SELECT count(*) AS n FROM public_notice").await, granted);
    let months = store.counters(SHARD, "filed/fd-pharmacist-cancel/").await.unwrap();
    assert!(months.len() > 20, "two years, not {months:?}");
}

/// Every decision's commitment opens with its row, and every decision has a leaf.
async fn decisions_open(store: &Store) {
    let leaves = store.query("SELECT subject, bytes FROM leaf WHERE kind = 'case.decided'", vec![]).await.unwrap();
    let mut told: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    for leaf in &leaves {
        let body: Json = serde_json::from_slice(leaf.blob("bytes").unwrap()).unwrap();
        assert_eq!(body["case"], leaf.text("subject").unwrap());
        told.entry(leaf.text("subject").unwrap().to_owned()).or_default().push(body);
    }
    let decisions = store.query("SELECT * FROM decision", vec![]).await.unwrap();
    assert_eq!(decisions.len(), leaves.len());
    for row in decisions {
        let text = |column| row.text(column).unwrap();
        let private = affairs::approval::committed(
            text("form"),
            text("inputs"),
            text("checks"),
            row.opt_text("reasons").unwrap(),
        );
        let salt = Salt::from_bytes(row.blob("salt").unwrap().try_into().unwrap());
        let document = canonical_value(&private).unwrap();
        let at = row.moment("decided_at").unwrap().to_string();
        let leaf = told[text("case_id")].iter().find(|leaf| leaf["act"]["at"] == at.as_str()).unwrap();
        let committed = leaf["commitment"].as_str().unwrap().parse().unwrap();
        assert!(opens(&committed, &salt, document.as_bytes()), "{leaf}");
    }
}

async fn licences_hold(world: &World) {
    let trust = world.trust(evidence::key::Setting::Demonstration);
    let codes = world.scratch.store.query("SELECT code FROM licence", vec![]).await.unwrap();
    assert_eq!(codes.len(), COPIES * 39 / 100);
    for row in codes {
        let found = licence::by_code(&world.scratch.store, row.text("code").unwrap()).await.unwrap().unwrap();
        let verified = licence::verify(found.document.as_bytes(), &trust, Some(&found), world.now()).unwrap();
        assert_eq!(verified.standing, licence::Standing::InForce);
        assert_eq!(verified.sealed.payload["code"], found.code.as_str());
        assert_eq!(verified.sealed.payload["holder"]["name"], found.holder_name.as_str());
    }
}

async fn the_log_is_whole(store: &Store) {
    let leaves = store.query("SELECT bytes FROM leaf ORDER BY position", vec![]).await.unwrap();
    let mut tree = Frontier::default();
    for leaf in &leaves {
        tree.push(leaf_hash(leaf.blob("bytes").unwrap())).unwrap();
    }
    let signed = store.checkpoint(SHARD).await.unwrap().unwrap();
    assert!(signed.note.contains(&tree.root().base64()));
    assert!(store.check().await.unwrap().is_empty());
}
