//! A unit is all or nothing, and each conflict is told apart.

use store::{CommitError, Conflict, Fault, Unit, Value};

use store::testing::Scratch;

use crate::desk::{AFFAIR, Act as _, FACT, NOTE, SHARD, affair, affairs, fact, key, on_both, unit};

on_both!(
    what_was_committed_is_read_back_in_every_kind,
    each_conflict_is_told_apart_and_leaves_nothing_behind,
    an_update_needs_the_version_that_was_read_and_raises_it,
    put_replaces_and_delete_may_find_nothing,
    a_guarded_counter_stops_at_its_minimum_and_takes_refunds,
    a_request_is_carried_out_once,
    a_mistake_of_the_program_is_a_fault_of_that_unit_alone,
    a_query_can_only_read,
    a_snapshot_is_one_state,
    a_row_is_found_by_its_id_in_whichever_shard_it_lies,
);

fn conflict(done: Result<store::Receipt, CommitError>) -> Conflict {
    match done {
        Err(CommitError::Conflict(conflict)) => conflict,
        other => panic!("a conflict was expected, not {other:?}"),
    }
}

async fn what_was_committed_is_read_back_in_every_kind(d: Scratch) {
    let values = vec![SHARD.into(), "韦明月".into(), "学时 '30' $1 ?1 — 完".into(), vec![0_u8, 255, 7].into()];
    d.store.commit(unit().put(&FACT, values)).await.unwrap();
    let rows = d
        .store
        .query(
            "SELECT $2 AS second, $1 AS first, body, proof, shard FROM suite_fact WHERE name = $1",
            vec!["韦明月".into(), 9_i64.into()],
        )
        .await
        .unwrap();
    let row = &rows[0];
    assert_eq!((row.int("second"), row.text("first")), (Ok(9), Ok("韦明月")));
    assert_eq!((row.text("body"), row.blob("proof")), (Ok("学时 '30' $1 ?1 — 完"), Ok(&[0, 255, 7][..])));
    assert!(matches!(row.int("body"), Err(Fault::Misuse(_))));
    assert!(matches!(row.text("nothing"), Err(Fault::Misuse(_))));
}

async fn each_conflict_is_told_apart_and_leaves_nothing_behind(d: Scratch) {
    d.store.commit(unit().insert(&AFFAIR, affair("a", "draft")).count("quota", 5)).await.unwrap();
    let changed = |version, id| unit().update(&AFFAIR, key(id), version, vec![("state", "sent".into())]);
    let due = |id: &str| vec![SHARD.into(), id.into(), "x".into(), 7_i64.into(), 1_i64.into()];
    d.store.commit(unit().insert(&AFFAIR, due("b"))).await.unwrap();
    let cases = [
        (unit().insert(&AFFAIR, affair("a", "again")), Conflict::Exists { table: "suite_affair" }),
        (unit().insert(&AFFAIR, due("c")), Conflict::Exists { table: "suite_affair" }),
        (changed(2, "a"), Conflict::Changed { table: "suite_affair" }),
        (changed(1, "z"), Conflict::Missing { table: "suite_affair" }),
        (unit().expect(&AFFAIR, key("a"), 2), Conflict::Changed { table: "suite_affair" }),
        (unit().expect(&AFFAIR, key("z"), 1), Conflict::Missing { table: "suite_affair" }),
        (unit().guard("quota", -6, 0), Conflict::Exhausted { key: "quota".into() }),
        (unit().hold("0".repeat(64)), Conflict::Missing { table: "blob" }),
    ];
    for (bad, expected) in cases {
        // Written before and after what fails: none of it may stay.
        let whole =
            unit().put(&FACT, fact("trace", "x")).leaf(d.act("never")).send("mail", "never").and(bad).count("after", 1);
        assert_eq!(conflict(d.store.commit(whole).await), expected);
    }
    assert_eq!(d.store.query("SELECT * FROM suite_fact", vec![]).await.unwrap(), []);
    assert_eq!((d.store.counter(SHARD, "quota").await, d.store.counter(SHARD, "after").await), (Ok(5), Ok(0)));
    assert_eq!(d.store.entries(SHARD, 0, 10).await.unwrap(), []);
    assert_eq!(d.store.outbox_take(10).await.unwrap(), []);
    assert_eq!(affairs(&d.store).await.len(), 2);
}

async fn an_update_needs_the_version_that_was_read_and_raises_it(d: Scratch) {
    let change = |version, state: &str| unit().update(&AFFAIR, key("a"), version, vec![("state", state.into())]);
    d.store.commit(unit().insert(&AFFAIR, affair("a", "draft"))).await.unwrap();
    d.store.commit(change(1, "sent").expect(&AFFAIR, key("a"), 2)).await.unwrap();
    assert_eq!(conflict(d.store.commit(change(1, "lost")).await), Conflict::Changed { table: "suite_affair" });
    d.store.commit(change(2, "granted")).await.unwrap();
    d.store.commit(unit().update(&AFFAIR, key("a"), 3, vec![])).await.unwrap();
    assert_eq!(affairs(&d.store).await, [("a".into(), "granted".into(), 4)]);
}

async fn put_replaces_and_delete_may_find_nothing(d: Scratch) {
    for body in ["old", "new"] {
        d.store.commit(unit().put(&FACT, fact("f", body))).await.unwrap();
    }
    let bodies = d.store.query("SELECT body FROM suite_fact", vec![]).await.unwrap();
    assert_eq!(bodies.iter().map(|row| row.text("body").unwrap()).collect::<Vec<_>>(), ["new"]);
    for _ in 0..2 {
        d.store.commit(unit().delete(&FACT, key("f"))).await.unwrap();
    }
    assert!(d.store.query("SELECT * FROM suite_fact", vec![]).await.unwrap().is_empty());
}

async fn a_guarded_counter_stops_at_its_minimum_and_takes_refunds(d: Scratch) {
    d.store.commit(unit().count("felling/450100/2026", 3)).await.unwrap();
    for _ in 0..3 {
        d.store.commit(unit().guard("felling/450100/2026", -1, 0)).await.unwrap();
    }
    let exhausted = Conflict::Exhausted { key: "felling/450100/2026".into() };
    assert_eq!(conflict(d.store.commit(unit().guard("felling/450100/2026", -1, 0)).await), exhausted);
    d.store.commit(unit().guard("felling/450100/2026", 2, 0)).await.unwrap();
    // Within one unit each step is held against the one before.
    let twice = unit().guard("felling/450100/2026", -2, 0).guard("felling/450100/2026", -1, 0);
    assert_eq!(conflict(d.store.commit(twice).await), exhausted);
    assert_eq!(d.store.counters(SHARD, "felling/").await.unwrap(), [("felling/450100/2026".to_owned(), 2)]);
    assert_eq!(d.store.counter("gd", "felling/450100/2026").await, Ok(0), "another shard counts for itself");
}

async fn a_request_is_carried_out_once(d: Scratch) {
    let ask = |key: &str, hash: &str| unit().once("weimingyue", key, hash, "case 1").count("filed", 1);
    d.store.commit(ask("k1", "h1")).await.unwrap();
    assert_eq!(conflict(d.store.commit(ask("k1", "h1")).await), Conflict::Repeated { response: "case 1".into() });
    assert_eq!(conflict(d.store.commit(ask("k1", "h2")).await), Conflict::KeyReused);
    // Answered as a repetition even when it could no longer be carried out.
    let impossible = ask("k1", "h1").update(&AFFAIR, key("none"), 1, vec![]).leaf(d.act("never"));
    d.store.sign_with(None).await.unwrap();
    assert_eq!(conflict(d.store.commit(impossible).await), Conflict::Repeated { response: "case 1".into() });
    // A request that failed may be sent again under its key.
    let failing = unit().once("weimingyue", "k2", "h", "r").update(&AFFAIR, key("none"), 1, vec![]);
    assert_eq!(conflict(d.store.commit(failing).await), Conflict::Missing { table: "suite_affair" });
    d.store.commit(ask("k2", "h")).await.unwrap();
    // Keys are the actor's own.
    d.store.commit(unit().once("pharmacy", "k1", "h9", "r").count("filed", 1)).await.unwrap();
    assert_eq!(d.store.counter(SHARD, "filed").await, Ok(3));
}

async fn a_mistake_of_the_program_is_a_fault_of_that_unit_alone(d: Scratch) {
    let orphan = unit().insert(&NOTE, vec![SHARD.into(), "n".into(), "no such affair".into()]);
    let short = unit().insert(&NOTE, vec![SHARD.into()]);
    let null = unit().insert(&AFFAIR, vec![SHARD.into(), "a".into(), Value::Null, Value::Null, 1_i64.into()]);
    for bad in [orphan, short, null, Unit::new("Not A Shard").count("k", 1)] {
        let (bad, good) = tokio::join!(d.store.commit(bad), d.store.commit(unit().count("good", 1)));
        assert!(matches!(bad, Err(CommitError::Fault(Fault::Misuse(_)))), "{bad:?}");
        good.unwrap();
    }
    assert_eq!(d.store.counter(SHARD, "good").await, Ok(4));
}

async fn a_query_can_only_read(d: Scratch) {
    d.store.commit(unit().insert(&AFFAIR, affair("a", "draft"))).await.unwrap();
    let attempts = [
        "DELETE FROM suite_affair",
        "INSERT INTO counter (shard, key, n) VALUES ('gx', 'k', 1)",
        "UPDATE suite_affair SET state = 'granted' RETURNING id",
        "DROP TABLE suite_affair",
        "CREATE TEMP TABLE mine (x)",
        "PRAGMA query_only = OFF",
        "ATTACH DATABASE 'other.db' AS other",
        "VACUUM",
        "SELECT 1; DELETE FROM suite_affair",
    ];
    for sql in attempts {
        let refused = d.store.query(sql, vec![]).await;
        assert!(refused.is_err(), "{sql}: {refused:?}");
    }
    assert!(d.store.query("DELETE FROM suite_affair", vec![]).await.is_err());
    assert_eq!(affairs(&d.store).await.len(), 1);
    assert!(matches!(d.store.query("SELECT $1", vec![]).await, Err(Fault::Misuse(_))));
    assert!(matches!(d.store.query("SELECT 1.5", vec![]).await, Err(Fault::Misuse(_))));
}

async fn a_snapshot_is_one_state(d: Scratch) {
    let (store, mut wrong) = (d.store.clone(), 0);
    let writing = tokio::spawn(async move {
        for i in 0..200 {
            let whole = Unit::new(SHARD).insert(&AFFAIR, affair(&format!("{i:03}"), "x")).count("affairs", 1);
            store.commit(whole).await.unwrap();
        }
    });
    while !writing.is_finished() {
        let queries = vec![
            ("SELECT count(*) AS n FROM suite_affair", vec![]),
            ("SELECT coalesce(sum(n), 0) AS n FROM counter", vec![]),
        ];
        let both = d.store.snapshot(queries).await.unwrap();
        wrong += usize::from(both[0][0].int("n") != both[1][0].int("n"));
        tokio::task::yield_now().await;
    }
    writing.await.unwrap();
    assert_eq!((wrong, d.store.counter(SHARD, "affairs").await), (0, Ok(200)));
}

async fn a_row_is_found_by_its_id_in_whichever_shard_it_lies(d: Scratch) {
    let sql = concat!(
        store::shards!("suite_affair"),
        "SELECT a.shard, a.state FROM home JOIN suite_affair a ON a.shard = home.shard AND a.id = $1 ORDER BY a.shard"
    );
    let found = async |id: &str| -> Vec<String> {
        let rows = d.store.query(sql, vec![id.into()]).await.unwrap();
        rows.iter().map(|row| format!("{} {}", row.text("shard").unwrap(), row.text("state").unwrap())).collect()
    };
    assert_eq!(found("a").await, [""; 0], "an empty table has no shards");
    for (shard, id) in [("gx", "a"), ("aa", "b"), ("zz", "c"), ("gx", "d"), ("zz", "a")] {
        let row = vec![shard.into(), id.into(), format!("{shard}-{id}").into(), Value::Null, 1_i64.into()];
        d.store.commit(Unit::new(shard).insert(&AFFAIR, row)).await.unwrap();
    }
    assert_eq!(found("b").await, ["aa aa-b"]);
    assert_eq!(found("c").await, ["zz zz-c"]);
    assert_eq!(found("a").await, ["gx gx-a", "zz zz-a"]);
    assert_eq!(found("e").await, [""; 0]);
}
