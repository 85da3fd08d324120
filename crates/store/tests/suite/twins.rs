//! The same random histories into both engines: the same answers, the same tables, the same logs.

use std::collections::BTreeMap;

use proptest::prelude::*;
use store::testing::Scratch;
use store::{CommitError, Fault, Leaf, Row, Unit, Value};

use crate::desk::{AFFAIR, FACT, NOTE, desk, postgres_desk};
use crate::histories::queued;

/// One step of a unit, on few keys and two shards, so that steps meet.
#[derive(Debug, Clone)]
enum Step {
    /// A row, with a date that must be unique in its shard.
    Insert(u8, Option<u8>),
    Put(u8, u8),
    Update(u8, i64, u8),
    /// Takes or frees a date.
    Due(u8, i64, Option<u8>),
    Expect(u8, i64),
    Delete(u8),
    /// A row that refers to an affair.
    Note(u8, u8),
    Unnote(u8),
    Count(u8, i64),
    Guard(u8, i64, i64),
    Send(u8),
    Hold(u8),
    Release(u8),
    Leaf(u8),
    Once(u8, u8),
}

const SHARDS: [&str; 2] = ["gx", "gd"];
const ALWAYS: u8 = 9;
const NEVER: u8 = 8;

fn name(k: u8) -> String {
    format!("k{k}")
}

/// What a note is about: an affair that was there before the history, or one that never is. PostgreSQL writes the new rows
/// of a batch together, so a note about an affair that a later unit of the same batch brings is an error on SQLite alone;
/// no room writes that.
fn noted(affair: u8) -> String {
    name(if affair == 0 { NEVER } else { ALWAYS })
}

/// An affair in each shard, there before the history begins.
async fn affairs(d: &Scratch) {
    for shard in SHARDS {
        let row = vec![shard.into(), name(ALWAYS).into(), "new".into(), Value::Null, 1_i64.into()];
        d.store.commit(Unit::new(shard).insert(&AFFAIR, row)).await.unwrap();
    }
}

/// The hashes of three short uploads, stored in both shards before the history begins.
async fn uploads(d: &Scratch) -> Vec<String> {
    let mut hashes = Vec::new();
    for k in 0..3_u8 {
        for shard in SHARDS {
            let hash = d.store.blob_put(shard, vec![k; 5], 10).await.unwrap().to_string();
            hashes.push(hash);
        }
        hashes.dedup();
    }
    hashes
}

fn made(uploads: &[String], shard: &'static str, steps: &[Step]) -> Unit {
    let key = |k: u8| vec![Value::from(shard), name(k).into()];
    let number = |n: Option<u8>| Value::from(n.map(i64::from));
    let upload = |k: u8| uploads.get(usize::from(k)).cloned().unwrap_or_else(|| "0".repeat(64));
    let subject = |v: u8| format!("0193a0b0-0000-7000-8000-0000000000{v:02x}").parse().unwrap();
    steps.iter().fold(Unit::new(shard), |unit, step| match *step {
        Step::Insert(k, due) => {
            unit.insert(&AFFAIR, vec![shard.into(), name(k).into(), "new".into(), number(due), 1_i64.into()])
        }
        Step::Put(k, v) => unit.put(&FACT, vec![shard.into(), name(k).into(), name(v).into(), vec![v].into()]),
        Step::Update(k, version, v) => unit.update(&AFFAIR, key(k), version, vec![("state", name(v).into())]),
        Step::Due(k, version, due) => unit.update(&AFFAIR, key(k), version, vec![("due_at", number(due))]),
        Step::Expect(k, version) => unit.expect(&AFFAIR, key(k), version),
        Step::Delete(k) => unit.delete(&FACT, key(k)),
        Step::Note(k, affair) => unit.insert(&NOTE, vec![shard.into(), name(k).into(), noted(affair).into()]),
        Step::Unnote(k) => unit.delete(&NOTE, key(k)),
        Step::Count(k, delta) => unit.count(name(k), delta),
        Step::Guard(k, delta, minimum) => unit.guard(name(k), delta, minimum),
        Step::Send(v) => unit.send("mail", name(v)),
        Step::Hold(k) => unit.hold(upload(k)),
        Step::Release(k) => unit.release(upload(k)),
        Step::Leaf(v) => unit.leaf(Leaf { subject: subject(v), kind: "act", bytes: vec![v] }),
        Step::Once(k, v) => unit.and(Unit::new(shard).once("someone", name(k), name(v), format!("answer {v}"))),
    })
}

fn step() -> impl Strategy<Value = Step> {
    let (k, v, version, delta) = (0..4_u8, 0..4_u8, 1..4_i64, -3..4_i64);
    let due = || prop::option::of(0..3_u8);
    prop_oneof![
        3 => (k.clone(), due()).prop_map(|(k, due)| Step::Insert(k, due)),
        2 => (k.clone(), v.clone()).prop_map(|(k, v)| Step::Put(k, v)),
        2 => (k.clone(), version.clone(), v.clone()).prop_map(|(k, n, v)| Step::Update(k, n, v)),
        2 => (k.clone(), version.clone(), due()).prop_map(|(k, n, due)| Step::Due(k, n, due)),
        1 => (k.clone(), version).prop_map(|(k, n)| Step::Expect(k, n)),
        1 => k.clone().prop_map(Step::Delete),
        1 => (k.clone(), v.clone()).prop_map(|(k, v)| Step::Note(k, v)),
        1 => k.clone().prop_map(Step::Unnote),
        2 => (k.clone(), delta.clone()).prop_map(|(k, n)| Step::Count(k, n)),
        2 => (k.clone(), delta, -2..2_i64).prop_map(|(k, n, m)| Step::Guard(k, n, m)),
        1 => v.clone().prop_map(Step::Send),
        1 => k.clone().prop_map(Step::Hold),
        1 => k.clone().prop_map(Step::Release),
        3 => v.clone().prop_map(Step::Leaf),
        1 => (k, v).prop_map(|(k, v)| Step::Once(k, v)),
    ]
}

type History = Vec<(Vec<(bool, Vec<Step>)>, u8)>;

/// Units that are queued together, batch after batch; between batches the stores may be restarted or their keys locked.
fn history() -> impl Strategy<Value = History> {
    let unit = (any::<bool>(), prop::collection::vec(step(), 1..5));
    prop::collection::vec((prop::collection::vec(unit, 1..14), 0..10_u8), 1..6)
}

/// An answer as far as it must be the same on both engines. How units fall into batches may differ.
fn told(answer: Result<store::Receipt, CommitError>) -> String {
    match answer {
        Ok(receipt) => format!("committed {:?}", receipt.leaves),
        Err(CommitError::Fault(Fault::Misuse(_))) => "misuse".into(),
        Err(CommitError::NoEvidence { .. }) => "no evidence".into(),
        Err(other) => format!("{other:?}"),
    }
}

const READ: [&str; 9] = [
    "SELECT * FROM suite_affair ORDER BY shard, id",
    "SELECT * FROM suite_fact ORDER BY shard, name",
    "SELECT * FROM suite_note ORDER BY shard, id",
    "SELECT * FROM counter ORDER BY shard, key",
    "SELECT * FROM idempotency ORDER BY shard, actor, key",
    "SELECT shard, topic, body, created_at, next_at, attempts FROM outbox ORDER BY shard, topic, body",
    "SELECT * FROM blob ORDER BY shard, hash",
    "SELECT * FROM leaf ORDER BY shard, position",
    "SELECT * FROM tile ORDER BY shard, level, position",
];

async fn tables(d: &Scratch) -> BTreeMap<&'static str, Vec<Row>> {
    let found = d.store.snapshot(READ.iter().map(|sql| (*sql, vec![])).collect()).await.unwrap();
    READ.into_iter().zip(found).collect()
}

async fn play(d: &mut Scratch, history: &History) -> Vec<String> {
    affairs(d).await;
    let (uploads, mut answers) = (uploads(d).await, Vec::new());
    for (units, chance) in history {
        match chance {
            0 => d.reopen().await,
            1 => d.store.sign_with(None).await.unwrap(),
            _ => d.store.sign_with(Some(store::testing::signer())).await.unwrap(),
        }
        let units = units.iter().map(|(other, steps)| made(&uploads, SHARDS[usize::from(*other)], steps)).collect();
        answers.extend(queued(&d.store, units).await.into_iter().map(told));
    }
    answers
}

async fn compare(history: History) {
    let (mut here, Some(mut there)) = (desk().await, postgres_desk().await) else { return };
    let (ours, theirs) = (play(&mut here, &history).await, play(&mut there, &history).await);
    assert_eq!(ours, theirs, "answers, SQLite first");
    let (ours, theirs) = (tables(&here).await, tables(&there).await);
    for sql in READ {
        assert_eq!(ours[sql], theirs[sql], "{sql}, SQLite first");
    }
    for shard in SHARDS {
        let root = |d: Option<store::SignedHead>| d.map(|signed| signed.head);
        let (ours, theirs) =
            (here.store.checkpoint(shard).await.unwrap(), there.store.checkpoint(shard).await.unwrap());
        assert_eq!(root(ours), root(theirs));
    }
    assert_eq!((here.store.check().await.unwrap(), there.store.check().await.unwrap()), (vec![], vec![]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_gives_the_same_on_both_engines(history in history()) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(compare(history));
    }
}
