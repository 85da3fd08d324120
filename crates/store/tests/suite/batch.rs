//! Many at once: units share a transaction and a signature, and none spoils another.

use std::sync::Arc;

use store::{CommitError, Conflict};

use store::testing::Scratch;

use crate::desk::{AFFAIR, Act as _, SHARD, affair, affairs, on_both, unit};

on_both!(
    eight_tasks_draw_on_one_quota,
    one_bad_unit_does_not_spoil_its_batch,
    a_guard_sees_the_steps_before_it_and_a_failed_unit_takes_none,
    a_full_queue_makes_callers_wait_and_loses_none,
    closing_commits_what_is_queued_and_refuses_what_comes_later,
);

async fn eight_tasks_draw_on_one_quota(d: Scratch) {
    d.store.commit(unit().count("quota", 300)).await.unwrap();
    let (entropy, clock) = (d.entropy.clone(), d.clock.clone());
    let work = |task: usize| {
        let (store, entropy, clock) = (d.store.clone(), entropy.clone(), clock.clone());
        tokio::spawn(async move {
            let mut drawn = Vec::new();
            for i in 0..60 {
                let subject = kernel::Id::new(clock.as_ref(), entropy.as_ref());
                let leaf = store::Leaf { subject, kind: "drawn", bytes: format!("{task}/{i}").into_bytes() };
                let name = format!("{task:02}-{i:02}");
                let draw = unit().guard("quota", -1, 0).insert(&AFFAIR, affair(&name, "granted")).leaf(leaf);
                match store.commit(draw).await {
                    Ok(receipt) => drawn.push((subject, receipt)),
                    Err(CommitError::Conflict(Conflict::Exhausted { .. })) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            drawn
        })
    };
    let mut drawn = Vec::new();
    for task in (0..8).map(work).collect::<Vec<_>>() {
        drawn.extend(task.await.unwrap());
    }
    assert_eq!((drawn.len(), d.store.counter(SHARD, "quota").await), (300, Ok(0)));
    assert_eq!(affairs(&d.store).await.len(), 300);
    let mut positions: Vec<u64> = drawn.iter().map(|(_, receipt)| receipt.leaves[0].1).collect();
    positions.sort_unstable();
    assert_eq!(positions, (0..300).collect::<Vec<_>>());
    for (subject, receipt) in drawn {
        let entry = &d.store.leaves(subject).await.unwrap()[0];
        assert_eq!((entry.subject, entry.position), receipt.leaves[0]);
        assert!(receipt.size > entry.position);
    }
}

async fn one_bad_unit_does_not_spoil_its_batch(d: Scratch) {
    let d = Arc::new(d);
    d.store.commit(unit().insert(&AFFAIR, affair("taken", "x"))).await.unwrap();
    let tasks: Vec<_> = (0..200)
        .map(|i| {
            let d = d.clone();
            let name = if i % 10 == 3 { "taken".to_owned() } else { format!("{i:03}") };
            tokio::spawn(async move {
                let good = unit().count("seen", 1).leaf(d.act(&name)).insert(&AFFAIR, affair(&name, "x"));
                (i, d.store.commit(good).await)
            })
        })
        .collect();
    for task in tasks {
        let (i, done) = task.await.unwrap();
        let taken = CommitError::Conflict(Conflict::Exists { table: "suite_affair" });
        if i % 10 == 3 { assert_eq!(done, Err(taken)) } else { assert!(done.is_ok(), "{done:?}") }
    }
    assert_eq!(d.store.counter(SHARD, "seen").await, Ok(180));
    assert_eq!(d.store.entries(SHARD, 0, 1000).await.unwrap().len(), 180);
    let signed = d.store.query("SELECT count(*) AS n FROM checkpoint", vec![]).await.unwrap()[0].int("n").unwrap();
    assert!(signed <= 20, "{signed} signatures for 180 units: they should share");
}

async fn a_guard_sees_the_steps_before_it_and_a_failed_unit_takes_none(d: Scratch) {
    let d = Arc::new(d);
    d.store.commit(unit().insert(&AFFAIR, affair("taken", "x"))).await.unwrap();
    let task = |i: usize| {
        let d = d.clone();
        tokio::spawn(async move {
            let step = match i % 3 {
                0 => unit().count("pot", 1),
                // Its own step first, then more than that: it needs one that somebody else put in.
                1 => unit().count("pot", 2).guard("pot", -3, 0),
                _ => unit().count("pot", 1_000).insert(&AFFAIR, affair("taken", "x")),
            };
            (i % 3, d.store.commit(step).await)
        })
    };
    let mut drawn = 0;
    for task in (0..300).map(task).collect::<Vec<_>>() {
        match task.await.unwrap() {
            (0, done) => drop(done.unwrap()),
            (1, Ok(_)) => drawn += 1,
            (1, done) => assert!(matches!(done, Err(CommitError::Conflict(Conflict::Exhausted { .. }))), "{done:?}"),
            (_, done) => {
                assert_eq!(done, Err(CommitError::Conflict(Conflict::Exists { table: "suite_affair" })));
            }
        }
    }
    assert!(drawn > 0, "nobody drew: the steps of a batch were not seen");
    assert_eq!(d.store.counter(SHARD, "pot").await, Ok(100 - drawn));
}

async fn a_full_queue_makes_callers_wait_and_loses_none(d: Scratch) {
    let d = Arc::new(d);
    let tasks: Vec<_> = (0..3000)
        .map(|_| {
            let d = d.clone();
            tokio::spawn(async move { d.store.commit(unit().count("n", 1)).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(d.store.counter(SHARD, "n").await, Ok(3000));
}

async fn closing_commits_what_is_queued_and_refuses_what_comes_later(mut d: Scratch) {
    let store = d.store.clone();
    let queued: Vec<_> = (0..50).map(|_| store.commit(unit().count("n", 1))).collect();
    let (done, ()) = tokio::join!(
        async {
            let mut done = 0;
            for commit in queued {
                done += usize::from(commit.await.is_ok());
            }
            done
        },
        async {
            tokio::task::yield_now().await;
            store.close().await;
        }
    );
    assert_eq!(store.commit(unit().count("n", 1)).await, Err(CommitError::Stopped));
    assert!(store.query("SELECT 1", vec![]).await.is_err());
    d.reopen().await;
    assert_eq!(d.store.counter(SHARD, "n").await, Ok(i64::try_from(done).unwrap()));
}
