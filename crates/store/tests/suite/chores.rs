//! What runs beside the decisions: delivery, uploads, leases, sweeping, recounting.

use kernel::Clock as _;
use store::{BlobError, CommitError, Conflict, Difference};

use store::testing::Scratch;

use crate::desk::{AFFAIR, Act as _, SHARD, affair, on_both, unit};

on_both!(
    a_message_is_delivered_at_least_once_and_given_up_at_last,
    a_failed_delivery_waits_longer_each_time,
    a_topic_has_a_worker_of_its_own_and_what_is_postponed_was_not_tried,
    an_upload_is_stored_once_read_whole_and_swept_when_nothing_holds_it,
    an_upload_over_the_limit_is_refused_before_it_is_written,
    an_upload_that_comes_in_drops_is_the_same_as_one_that_comes_whole,
    one_worker_holds_a_lease_until_it_ends_or_runs_out,
    old_request_keys_are_forgotten_and_new_ones_kept,
    a_recount_names_the_counter_that_lies,
);

async fn a_message_is_delivered_at_least_once_and_given_up_at_last(d: Scratch) {
    d.store.commit(unit().send("mail", "一").send("mail", "二")).await.unwrap();
    let mut both = d.store.outbox_take(10).await.unwrap();
    both.sort_by(|a, b| a.body.cmp(&b.body));
    assert_eq!(both.iter().map(|m| (m.body.as_str(), m.attempt)).collect::<Vec<_>>(), [("一", 1), ("二", 1)]);
    assert_eq!(d.store.outbox_take(10).await.unwrap(), [], "taken");
    d.store.outbox_done(&both[0]).await.unwrap();
    d.later(60_000);
    let mut message = d.store.outbox_take(10).await.unwrap().remove(0);
    assert_eq!((message.id, message.attempt), (both[1].id, 2), "the worker that took it died");
    let mut tried = 0;
    while d.store.outbox_given_up().await.unwrap().is_empty() {
        d.store.outbox_failed(&message, "refused\0 by the gateway").await.unwrap();
        tried += 1;
        assert!(tried < 100, "it is never given up");
        d.later(3_600_000);
        if let Some(again) = d.store.outbox_take(10).await.unwrap().pop() {
            message = again;
        }
    }
    assert_eq!(message.failure.as_deref(), Some("refused by the gateway"));
    assert!(d.store.check().await.unwrap()[0].what.contains("1 messages"));
    d.store.outbox_retry(&message).await.unwrap();
    assert_eq!(d.store.outbox_take(10).await.unwrap()[0].attempt, 1);
}

async fn a_failed_delivery_waits_longer_each_time(d: Scratch) {
    d.store.commit(unit().send("mail", "x")).await.unwrap();
    for wait in [2_000, 4_000, 8_000, 16_000] {
        let message = d.store.outbox_take(1).await.unwrap().remove(0);
        d.store.outbox_failed(&message, "no").await.unwrap();
        d.later(wait - 1);
        assert_eq!(d.store.outbox_take(1).await.unwrap(), [], "before {wait} ms");
        d.later(1);
    }
}

async fn a_topic_has_a_worker_of_its_own_and_what_is_postponed_was_not_tried(d: Scratch) {
    d.store.commit(unit().send("mail", "one").send("slow", "two").send("slow", "three")).await.unwrap();
    let slow = d.store.outbox_take_of("slow", 1).await.unwrap();
    assert_eq!(slow.iter().map(|m| m.topic.as_str()).collect::<Vec<_>>(), ["slow"]);
    let others = d.store.outbox_take_but("slow", 10).await.unwrap();
    assert_eq!(others.iter().map(|m| m.body.as_str()).collect::<Vec<_>>(), ["one"]);
    let until = d.clock.now().plus_ms(600_000);
    d.store.outbox_postpone(&slow[0], until).await.unwrap();
    d.later(599_999);
    let left: Vec<_> = d.store.outbox_take_of("slow", 10).await.unwrap().into_iter().map(|m| m.id).collect();
    assert!(left.len() == 1 && left[0] != slow[0].id, "what is postponed waits longer than a lease");
    d.later(1);
    let again = d.store.outbox_take_of("slow", 10).await.unwrap();
    let again: Vec<_> = again.iter().map(|m| (m.id, m.attempt)).collect();
    assert_eq!(again, [(slow[0].id, 1)], "and nothing was tried meanwhile");
    assert!(!slow[0].is_last());
}

async fn an_upload_is_stored_once_read_whole_and_swept_when_nothing_holds_it(d: Scratch) {
    let bytes: Vec<u8> = (0..700_000_u32).map(|i| (i % 251) as u8).collect();
    let hash = d.store.blob_put(SHARD, bytes.clone(), 1 << 20).await.unwrap();
    assert_eq!(d.store.blob_put(SHARD, bytes.clone(), 1 << 20).await, Ok(hash));
    assert_eq!(d.store.blob(SHARD, &hash).await.unwrap().as_ref(), Some(&bytes));
    assert_eq!(d.store.blob_piece(SHARD, &hash, 2).await.unwrap().map(|p| p.len()), Some(700_000 - 2 * 262_144));
    assert_eq!(d.store.blob("gd", &hash).await, Ok(None), "another shard's");
    let empty = d.store.blob_put(SHARD, vec![], 10).await.unwrap();
    assert_eq!(d.store.blob(SHARD, &empty).await.unwrap(), Some(vec![]));
    d.store.commit(unit().hold(hash.to_string())).await.unwrap();
    d.later(25 * 3_600_000);
    assert_eq!(d.store.sweep().await.unwrap().blobs, 1, "the empty one");
    d.store.commit(unit().release(hash.to_string())).await.unwrap();
    let below = d.store.commit(unit().release(hash.to_string())).await;
    assert_eq!(below, Err(CommitError::Conflict(Conflict::Missing { table: "blob" })));
    assert_eq!(d.store.sweep().await.unwrap().blobs, 0, "released today");
    d.later(25 * 3_600_000);
    assert_eq!(d.store.sweep().await.unwrap().blobs, 1);
    let left = d.store.query("SELECT count(*) AS n FROM blob_chunk", vec![]).await.unwrap()[0].int("n");
    assert_eq!((d.store.blob(SHARD, &hash).await, left), (Ok(None), Ok(0)));
}

async fn an_upload_over_the_limit_is_refused_before_it_is_written(d: Scratch) {
    let refused = d.store.blob_put(SHARD, vec![0; 11], 10).await;
    assert_eq!(refused, Err(BlobError::TooLarge { bytes: 11, limit: 10 }));
    assert_eq!(d.store.query("SELECT hash FROM blob", vec![]).await.unwrap(), []);
}

async fn an_upload_that_comes_in_drops_is_the_same_as_one_that_comes_whole(d: Scratch) {
    let bytes: Vec<u8> = (0..600_001_u32).map(|i| (i % 253) as u8).collect();
    let name = || kernel::Id::new(&*d.clock, &*d.entropy);
    let mut upload = d.store.blob_begin(SHARD, name(), 1 << 20).unwrap();
    for drop in bytes.chunks(70_001) {
        upload.push(drop).await.unwrap();
    }
    let (hash, size) = upload.finish().await.unwrap();
    assert_eq!(size, 600_001);
    assert_eq!(d.store.blob(SHARD, &hash).await.unwrap().as_ref(), Some(&bytes));
    assert_eq!(d.store.blob_put(SHARD, bytes.clone(), 1 << 20).await, Ok(hash), "known by the same hash");
    // A second time, and at the same time as another: stored once.
    let (mut one, mut two) =
        (d.store.blob_begin(SHARD, name(), 1 << 20).unwrap(), d.store.blob_begin(SHARD, name(), 1 << 20).unwrap());
    for drop in bytes.chunks(300_000) {
        one.push(drop).await.unwrap();
        two.push(drop).await.unwrap();
    }
    assert_eq!((one.finish().await.unwrap().0, two.finish().await.unwrap().0), (hash, hash));
    let count = async |sql| d.store.query(sql, vec![]).await.unwrap()[0].int("n").unwrap();
    let (blobs, pieces) = ("SELECT count(*) AS n FROM blob", "SELECT count(*) AS n FROM blob_chunk");
    assert_eq!((count(blobs).await, count(pieces).await), (1, 3), "nothing is left of the way");
    // Too large, given up, or broken off by a crash.
    let mut large = d.store.blob_begin(SHARD, name(), 300_000).unwrap();
    large.push(&bytes[..300_000]).await.unwrap();
    let refused = large.push(&[0]).await;
    assert_eq!(refused, Err(BlobError::TooLarge { bytes: 300_001, limit: 300_000 }));
    large.abandon().await.unwrap();
    assert_eq!((count(blobs).await, count(pieces).await), (1, 3));
    let mut broken = d.store.blob_begin(SHARD, name(), 1 << 20).unwrap();
    broken.push(&bytes[..300_000]).await.unwrap();
    drop(broken);
    assert_eq!((count(blobs).await, count(pieces).await), (2, 4));
    d.store.commit(unit().hold(hash.to_string())).await.unwrap();
    d.later(25 * 3_600_000);
    assert_eq!(d.store.sweep().await.unwrap().blobs, 1);
    assert_eq!((count(blobs).await, count(pieces).await), (1, 3), "what a row holds stays");
    let mut empty = d.store.blob_begin(SHARD, name(), 10).unwrap();
    empty.push(&[]).await.unwrap();
    assert_eq!(empty.finish().await.unwrap().1, 0);
}

async fn one_worker_holds_a_lease_until_it_ends_or_runs_out(d: Scratch) {
    let lease = |who: &'static str| d.store.lease(SHARD, "heads", who, 10_000);
    assert_eq!((lease("a").await, lease("b").await, lease("a").await), (Ok(true), Ok(false), Ok(true)));
    d.later(9_999);
    assert_eq!(lease("b").await, Ok(false));
    d.later(1);
    assert_eq!((lease("b").await, lease("a").await), (Ok(true), Ok(false)));
    d.store.lease_end(SHARD, "heads", "a").await.unwrap();
    assert_eq!(lease("a").await, Ok(false), "not a's to end");
    d.store.lease_end(SHARD, "heads", "b").await.unwrap();
    assert_eq!(lease("a").await, Ok(true));
}

async fn old_request_keys_are_forgotten_and_new_ones_kept(d: Scratch) {
    let once = |key: &str| unit().once("a", key, "h", "r");
    d.store.commit(once("old")).await.unwrap();
    d.later(14 * 24 * 3_600_000 + 1);
    d.store.commit(once("new")).await.unwrap();
    assert_eq!(d.store.sweep().await.unwrap().keys, 1);
    d.store.commit(once("old")).await.unwrap();
    assert!(d.store.commit(once("new")).await.is_err());
}

async fn a_recount_names_the_counter_that_lies(d: Scratch) {
    for (id, state) in [("a", "granted"), ("b", "granted"), ("c", "refused")] {
        let whole = unit().insert(&AFFAIR, affair(id, state)).count(format!("state/{state}"), 1).count("other", 1);
        d.store.commit(whole).await.unwrap();
    }
    let sql = "SELECT 'state/' || state AS key, count(*) AS n FROM suite_affair WHERE shard = $1 GROUP BY state";
    let recount = || d.store.recount(SHARD, "state/", sql, vec![SHARD.into()]);
    assert_eq!(recount().await, Ok(vec![]));
    d.store.commit(unit().count("state/granted", 5).count("state/lost", 1)).await.unwrap();
    let differ = |key: &str, counted, kept| Difference { key: key.into(), counted, kept };
    assert_eq!(recount().await, Ok(vec![differ("state/granted", 2, 7), differ("state/lost", 0, 1)]));
}
