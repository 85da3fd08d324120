//! What one scrape finds: the writer, the log, the cases, the registers of others.

use std::collections::BTreeMap;
use std::fmt;

use affairs::approval;
use affairs::material;
use affairs::message::CarrierState;
use affairs::register::{RemoteState, Standing};
use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::Registry;
use store::{BATCH_SIZES, Fault, LogState, Pulse, Store};
use tokio::time::timeout;

use super::{PATIENCE, record};
use crate::state::AppState;

type Count = fn(&RemoteState) -> u64;
type Labels = Vec<(&'static str, String)>;

/// Registers everything an office has to show. Where the database does not answer, the numbers of the process remain.
pub(super) async fn register(state: &AppState, registry: &mut Registry) {
    let Ok(desks) = state.desks() else { return };
    writer(&desks.store().pulse(), registry);
    registers(&desks.office.registers.states(), registry);
    carriers(&desks.office.posts.states(), registry);
    let found = timeout(PATIENCE, Found::read(desks.store(), &desks.office.shard)).await;
    let found = found.unwrap_or_else(|_| Err(Fault::Away("no answer in time".into())));
    let up = i64::from(found.is_ok());
    registry.register("database_up", "Whether the database answers", ConstGauge::new(up));
    match found {
        Ok(found) => found.register(registry),
        Err(why) => tracing::warn!(%why, "the numbers of the database could not be read"),
    }
}

fn writer(pulse: &Pulse, registry: &mut Registry) {
    registry.register("store_committed", "Units committed", ConstCounter::new(pulse.committed));
    registry.register("store_faults", "Units refused for a fault of the engine", ConstCounter::new(pulse.refused));
    let queued = i64::try_from(pulse.queued).unwrap_or(i64::MAX);
    registry.register("store_queued", "Units that wait for the writer", ConstGauge::new(queued));
    let help = "Units held back because more of their tenant waited than its share";
    registry.register("store_held_back", help, ConstCounter::new(pulse.held_back));
    registry.register("store_batch_units", "Units in one transaction", Batches(pulse.clone()));
}

/// The writer's batches, whose sizes were counted where they arose.
#[derive(Debug)]
struct Batches(Pulse);

impl EncodeMetric for Batches {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        #[expect(clippy::cast_precision_loss, reason = "counts of a process stay far below 2^53")]
        let real = |n: u64| n as f64;
        let mut buckets: Vec<_> = BATCH_SIZES.map(real).into_iter().zip(self.0.sizes).collect();
        buckets.push((f64::INFINITY, 0));
        let no_exemplars: Option<&std::collections::HashMap<usize, _>> = None;
        encoder.encode_histogram::<Labels>(real(self.0.committed), self.0.batches, &buckets, no_exemplars)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

/// Registers that other agencies keep, as the program found them since it started.
fn registers(states: &[RemoteState], registry: &mut Registry) {
    let counters: [(&str, &str, Count); 3] = [
        ("register_answered", "Questions to a register elsewhere that were answered", |s| s.answered),
        ("register_silent", "Questions to a register elsewhere that were not", |s| s.silent),
        ("register_reused", "Answers of a register elsewhere that served again", |s| s.reused),
    ];
    for (name, help, of) in counters {
        let family = Family::<Labels, Counter>::default();
        for state in states {
            family.get_or_create(&vec![("register", state.register.clone())]).inc_by(of(state));
        }
        registry.register(name, help, family);
    }
    let out = |s: &RemoteState| (s.register.clone(), i64::try_from(s.out).unwrap_or(i64::MAX));
    let help = "Questions to a register elsewhere that are out";
    registry.register("register_out", help, gauges("register", states.iter().map(out).collect()));
    let stands = |s: &RemoteState| {
        let n = match s.breaker {
            Standing::Closed => 0,
            Standing::HalfOpen => 1,
            Standing::Open => 2,
        };
        (s.register.clone(), n)
    };
    let help = "0: questions go out; 1: one tries; 2: the register is left alone";
    registry.register("register_breaker", help, gauges("register", states.iter().map(stands).collect()));
}

/// What carries messages out of the house, as the program found it since it started.
fn carriers(states: &[CarrierState], registry: &mut Registry) {
    let (letters, breakers) = (Family::<Labels, Counter>::default(), Family::<Labels, Gauge>::default());
    for state in states {
        let labels = |result: Option<&str>| {
            let mut all = vec![("channel", state.channel.word().to_owned()), ("carrier", state.name.clone())];
            all.extend(result.map(|result| ("result", result.to_owned())));
            all
        };
        for (result, n) in [("taken", state.taken), ("refused", state.refused), ("failed", state.failed)] {
            letters.get_or_create(&labels(Some(result))).inc_by(n);
        }
        let stands = match state.breaker {
            Standing::Closed => 0,
            Standing::HalfOpen => 1,
            Standing::Open => 2,
        };
        breakers.get_or_create(&labels(None)).set(stands);
    }
    registry.register("carrier_letters", "Letters handed to carriers of messages, by what came of it", letters);
    registry.register("carrier_breaker", "0: letters go out; 1: one tries; 2: the carrier is left alone", breakers);
}

/// What the database says.
struct Found {
    leaves: Vec<(String, i64)>,
    signs: Vec<(String, i64)>,
    open: Vec<(String, i64)>,
    waiting: Vec<(String, i64)>,
    quarantine: i64,
    outbox: Vec<(String, i64)>,
    postings: BTreeMap<(String, String), i64>,
    filed: BTreeMap<String, i64>,
    decided: BTreeMap<(String, String), i64>,
}

impl Found {
    async fn read(store: &Store, shard: &str) -> Result<Self, Fault> {
        let (mut filed, mut decided) = (BTreeMap::new(), BTreeMap::new());
        for (key, n) in store.counters(shard, "filed/").await? {
            *filed.entry(part(&key, 1)).or_default() += n;
        }
        for (key, n) in store.counters(shard, "decided/").await? {
            *decided.entry((part(&key, 2), part(&key, 3))).or_default() += n;
        }
        let mut postings = BTreeMap::new();
        for (key, n) in store.counters(shard, "posting/").await? {
            *postings.entry((part(&key, 1), part(&key, 2))).or_default() += n;
        }
        let logs = store.logs().await?;
        Ok(Self {
            leaves: logs.iter().map(|log| (log.shard.clone(), size(log))).collect(),
            signs: logs.iter().map(|log| (log.shard.clone(), i64::from(log.refusal.is_none()))).collect(),
            open: record::open_cases(store).await?,
            waiting: approval::waiting_now(store).await?,
            quarantine: material::waiting(store).await?.0,
            outbox: record::outbox(store).await?,
            postings,
            filed,
            decided,
        })
    }

    fn register(self, registry: &mut Registry) {
        registry.register("log_leaves", "Leaves of each shard's log, as signed last", gauges("shard", self.leaves));
        registry.register("log_signs", "0: nothing is decided in this shard", gauges("shard", self.signs));
        registry.register("cases_open", "Open cases by state", gauges("state", self.open));
        registry.register("cases_waiting", "Cases that wait for data or evidence", gauges("for", self.waiting));
        let help = "Files that wait for a scanner";
        registry.register("materials_quarantine", help, ConstGauge::new(self.quarantine));
        registry.register("outbox", "Messages not yet delivered", gauges("state", self.outbox));
        let postings = Family::<Labels, Counter>::default();
        for ((channel, state), n) in self.postings {
            let labels = vec![("channel", channel), ("state", state)];
            postings.get_or_create(&labels).inc_by(u64::try_from(n).unwrap_or(0));
        }
        registry.register("postings", "Messages out of the house, by channel and what became of them", postings);
        let filed = Family::<Labels, Counter>::default();
        for (item, n) in self.filed {
            filed.get_or_create(&vec![("item", item)]).inc_by(u64::try_from(n).unwrap_or(0));
        }
        registry.register("cases_filed", "Cases filed, by item, since the office opened", filed);
        let decided = Family::<Labels, Counter>::default();
        for ((maker, outcome), n) in self.decided {
            let labels = vec![("by", maker), ("outcome", outcome)];
            decided.get_or_create(&labels).inc_by(u64::try_from(n).unwrap_or(0));
        }
        registry.register("cases_decided", "Decisions, by who made them and their outcome", decided);
    }
}

fn gauges(label: &'static str, all: Vec<(String, i64)>) -> Family<Labels, Gauge> {
    let family = Family::<Labels, Gauge>::default();
    for (word, n) in all {
        family.get_or_create(&vec![(label, word)]).set(n);
    }
    family
}

fn size(log: &LogState) -> i64 {
    log.head.as_ref().map_or(0, |head| i64::try_from(head.size).unwrap_or(i64::MAX))
}

/// A part of a counter's key, such as the item in `filed/ITEM/2026-11`.
fn part(key: &str, n: usize) -> String {
    key.split('/').nth(n).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_that_is_left_alone_and_the_batches_show() {
        let state = RemoteState {
            register: "credit-bars".into(),
            breaker: Standing::Open,
            answered: 7,
            silent: 5,
            reused: 2,
            out: 1,
            answered_at: None,
            silent_at: None,
            why: None,
        };
        let mut registry = Registry::with_prefix("budayang");
        registers(&[state], &mut registry);
        let pulse =
            Pulse { queued: 3, batches: 2, committed: 5, refused: 0, held_back: 4, sizes: [1, 0, 1, 0, 0, 0, 0, 0, 0] };
        writer(&pulse, &mut registry);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        for line in [
            "# TYPE budayang_register_answered counter",
            "budayang_register_answered_total{register=\"credit-bars\"} 7",
            "budayang_register_breaker{register=\"credit-bars\"} 2",
            "budayang_store_queued 3",
            "budayang_store_held_back_total 4",
            "budayang_store_batch_units_sum 5.0",
            "budayang_store_batch_units_bucket{le=\"1.0\"} 1",
            "budayang_store_batch_units_bucket{le=\"4.0\"} 2",
            "budayang_store_batch_units_bucket{le=\"+Inf\"} 2",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
        }
    }
}
