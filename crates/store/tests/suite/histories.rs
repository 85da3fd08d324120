//! Random histories of units against a plain model in memory: the same answers, the same tables, the same log.

use std::collections::BTreeMap;

use evidence::tree::{Frontier, leaf_hash};
use proptest::prelude::*;
use store::testing::Scratch;
use store::{CommitError, Conflict, Unit};

use crate::desk::{AFFAIR, Act as _, FACT, SHARD, affair, desk, fact, key, unit};

/// One step of a unit, on few keys, so that steps meet.
#[derive(Debug, Clone)]
enum Step {
    Insert(u8, u8),
    Put(u8, u8),
    Update(u8, i64, u8),
    Expect(u8, i64),
    Delete(u8),
    Count(u8, i64),
    Guard(u8, i64, i64),
    Leaf(u8),
    Once(u8, u8),
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    affairs: BTreeMap<String, (String, i64)>,
    facts: BTreeMap<String, String>,
    counters: BTreeMap<String, i64>,
    leaves: Vec<Vec<u8>>,
    keys: BTreeMap<String, (String, String)>,
}

impl Model {
    /// Carries out the steps as the store should, or says which conflict it meets first.
    fn commit(&mut self, steps: &[Step]) -> Result<(), Conflict> {
        let mut next = self.clone();
        // The request key is looked at first, the leaves are appended last.
        for step in steps.iter().filter(|s| matches!(s, Step::Once(..))).take(1) {
            next.step(step)?;
        }
        for step in steps.iter().filter(|s| !matches!(s, Step::Once(..))) {
            next.step(step)?;
        }
        *self = next;
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), Conflict> {
        match *step {
            Step::Insert(k, _) if self.affairs.contains_key(&name(k)) => {
                Err(Conflict::Exists { table: "suite_affair" })
            }
            Step::Insert(k, v) => done(self.affairs.insert(name(k), (name(v), 1))),
            Step::Put(k, v) => done(self.facts.insert(name(k), name(v))),
            Step::Delete(k) => done(self.facts.remove(&name(k))),
            Step::Update(k, version, v) => {
                self.version(k, version)?;
                done(self.affairs.insert(name(k), (name(v), version + 1)))
            }
            Step::Expect(k, version) => self.version(k, version),
            Step::Count(k, delta) => {
                *self.counters.entry(name(k)).or_default() += delta;
                Ok(())
            }
            Step::Guard(k, delta, minimum) => {
                let n = self.counters.entry(name(k)).or_default();
                *n += delta;
                if *n < minimum { Err(Conflict::Exhausted { key: name(k) }) } else { Ok(()) }
            }
            Step::Leaf(v) => {
                self.leaves.push(vec![v]);
                Ok(())
            }
            Step::Once(k, v) => match self.keys.get(&name(k)) {
                Some((hash, response)) if *hash == name(v) => Err(Conflict::Repeated { response: response.clone() }),
                Some(_) => Err(Conflict::KeyReused),
                None => done(self.keys.insert(name(k), (name(v), format!("answer {v}")))),
            },
        }
    }

    fn version(&self, k: u8, version: i64) -> Result<(), Conflict> {
        match self.affairs.get(&name(k)) {
            None => Err(Conflict::Missing { table: "suite_affair" }),
            Some((_, found)) if *found != version => Err(Conflict::Changed { table: "suite_affair" }),
            Some(_) => Ok(()),
        }
    }
}

fn name(k: u8) -> String {
    format!("k{k}")
}

fn done<T>(_: T) -> Result<(), Conflict> {
    Ok(())
}

fn made(d: &Scratch, steps: &[Step]) -> Unit {
    steps.iter().fold(unit(), |unit, step| match *step {
        Step::Insert(k, v) => unit.insert(&AFFAIR, affair(&name(k), &name(v))),
        Step::Put(k, v) => unit.put(&FACT, fact(&name(k), name(v))),
        Step::Update(k, version, v) => unit.update(&AFFAIR, key(&name(k)), version, vec![("state", name(v).into())]),
        Step::Expect(k, version) => unit.expect(&AFFAIR, key(&name(k)), version),
        Step::Delete(k) => unit.delete(&FACT, key(&name(k))),
        Step::Count(k, delta) => unit.count(name(k), delta),
        Step::Guard(k, delta, minimum) => unit.guard(name(k), delta, minimum),
        Step::Leaf(v) => unit.leaf(store::Leaf { subject: d.id(), kind: "act", bytes: vec![v] }),
        Step::Once(k, v) => unit.and(Unit::new(SHARD).once("someone", name(k), name(v), format!("answer {v}"))),
    })
}

/// What the store holds, in the model's terms.
async fn read(d: &Scratch) -> Model {
    let rows = |sql| d.store.query(sql, vec![]);
    let text = |row: &store::Row, column: &str| row.text(column).unwrap().to_owned();
    let affairs = rows("SELECT id, state, version FROM suite_affair").await.unwrap();
    let facts = rows("SELECT name, body FROM suite_fact").await.unwrap();
    let keys = rows("SELECT key, request_hash, response FROM idempotency").await.unwrap();
    Model {
        affairs: affairs.iter().map(|r| (text(r, "id"), (text(r, "state"), r.int("version").unwrap()))).collect(),
        facts: facts.iter().map(|r| (text(r, "name"), text(r, "body"))).collect(),
        counters: d.store.counters(SHARD, "").await.unwrap().into_iter().collect(),
        leaves: d.store.entries(SHARD, 0, 10_000).await.unwrap().into_iter().map(|e| e.bytes).collect(),
        keys: keys.iter().map(|r| (text(r, "key"), (text(r, "request_hash"), text(r, "response")))).collect(),
    }
}

fn step() -> impl Strategy<Value = Step> {
    let (k, v, version, delta) = (0..4_u8, 0..4_u8, 1..4_i64, -3..4_i64);
    prop_oneof![
        (k.clone(), v.clone()).prop_map(|(k, v)| Step::Insert(k, v)),
        (k.clone(), v.clone()).prop_map(|(k, v)| Step::Put(k, v)),
        (k.clone(), version.clone(), v.clone()).prop_map(|(k, n, v)| Step::Update(k, n, v)),
        (k.clone(), version).prop_map(|(k, n)| Step::Expect(k, n)),
        k.clone().prop_map(Step::Delete),
        (k.clone(), delta.clone()).prop_map(|(k, n)| Step::Count(k, n)),
        (k.clone(), delta, -2..2_i64).prop_map(|(k, n, m)| Step::Guard(k, n, m)),
        v.clone().prop_map(Step::Leaf),
        (k, v).prop_map(|(k, v)| Step::Once(k, v)),
    ]
}

/// Units that are queued together, batch after batch; between batches the store may be restarted or its keys locked.
fn history() -> impl Strategy<Value = Vec<(Vec<Vec<Step>>, u8)>> {
    let unit = prop::collection::vec(step(), 1..6);
    prop::collection::vec((prop::collection::vec(unit, 1..12), 0..10_u8), 1..6)
}

/// Queues units in order before the first is waited for, so that they share batches.
pub(crate) async fn queued(store: &store::Store, units: Vec<Unit>) -> Vec<Result<store::Receipt, CommitError>> {
    let mut commits: Vec<_> = units.into_iter().map(|unit| Box::pin(store.commit(unit))).collect();
    let mut answers: Vec<_> = commits.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (commit, answer) in commits.iter_mut().zip(&mut answers).filter(|(_, answer)| answer.is_none()) {
            if let std::task::Poll::Ready(done) = commit.as_mut().poll(context) {
                *answer = Some(done);
            }
        }
        if answers.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    answers.into_iter().flatten().collect()
}

async fn replay(history: Vec<(Vec<Vec<Step>>, u8)>) {
    let (mut d, mut model) = (desk().await, Model::default());
    for (units, chance) in history {
        if chance == 0 {
            d.reopen().await;
        }
        let answers = queued(&d.store, units.iter().map(|steps| made(&d, steps)).collect()).await;
        for (steps, answer) in units.iter().zip(answers) {
            match (model.commit(steps), answer) {
                (Ok(()), Ok(receipt)) => {
                    let appended = steps.iter().filter(|s| matches!(s, Step::Leaf(_))).count();
                    assert_eq!(
                        receipt.leaves.last().map(|l| l.1 + 1),
                        (appended > 0).then_some(model.leaves.len() as u64)
                    );
                }
                (Err(expected), Err(CommitError::Conflict(found))) => assert_eq!(found, expected, "{steps:?}"),
                (expected, found) => panic!("{steps:?}: {found:?} where {expected:?} was expected"),
            }
        }
    }
    let mut tree = Frontier::new();
    model.leaves.iter().for_each(|leaf| {
        tree.push(leaf_hash(leaf)).unwrap();
    });
    let signed = d.store.checkpoint(SHARD).await.unwrap().map(|s| (s.head.size, s.head.root));
    assert_eq!(signed, (!model.leaves.is_empty()).then(|| (tree.size(), tree.root())));
    // Counters that were only tried are not kept; the model keeps those at zero that the store may not have.
    let mut found = read(&d).await;
    found.counters.retain(|_, n| *n != 0);
    model.counters.retain(|_, n| *n != 0);
    assert_eq!(found, model);
    assert_eq!(d.store.check().await.unwrap(), []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_gives_what_the_model_gives(history in history()) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(replay(history));
    }
}
