//! Verifying an office's ledger: first the log is recomputed from the stored bytes of its leaves and held against every
//! signed checkpoint; then the tables are held against the log, for a log that is whole proves nothing about a table
//! that says something else.

pub(crate) mod files;
mod record;
mod tables;

use evidence::audit::{self, Auditor};
use evidence::checkpoint::LogIdentity;
use indicatif::ProgressBar;
use serde_json::{Value as Json, json};
use store::Store;

use crate::office::{Home, log_identity, public_keys};
use tables::Tables;

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Finding {
    /// For programs.
    pub(crate) code: &'static str,
    /// Where: a leaf, a decision, a licence.
    pub(crate) place: Option<String>,
    /// For people.
    pub(crate) what: String,
}

/// What the verification of one shard's log came to.
pub(crate) struct Report {
    /// The log's name.
    pub(crate) log: String,
    leaves: u64,
    checkpoints: u64,
    decisions: u64,
    licences: u64,
    root: Option<String>,
    /// The first bad leaf, or the smallest range known to hold it.
    pub(crate) first_bad: Option<String>,
    /// Everything that is wrong.
    pub(crate) findings: Vec<Finding>,
}

/// Verifies every log in an office's database. `bar` shows how far it is, in leaves.
pub(crate) async fn verify(home: &Home, store: &Store, bar: &ProgressBar) -> anyhow::Result<Vec<Report>> {
    let keys = public_keys(home)?.log;
    let mut shards = record::shards(store).await?;
    if !shards.contains(&home.identity.shard) {
        shards.push(home.identity.shard.clone());
    }
    let mut reports = Vec::new();
    for shard in shards {
        let mut log = log_identity(&home.identity, &keys);
        log.origin = format!("{}/{shard}", home.identity.origin);
        let mut report = one(store, &shard, &log, bar).await?;
        report.findings.extend(rolled_back(store, &shard).await?);
        reports.push(report);
    }
    Ok(reports)
}

async fn one(store: &Store, shard: &str, log: &LogIdentity, bar: &ProgressBar) -> anyhow::Result<Report> {
    let mut auditor = Auditor::new(log);
    for note in record::checkpoints(store, shard).await? {
        auditor.checkpoint(&note);
    }
    bar.inc_length(record::count(store, shard).await?);
    let tiles = record::Tiles::read(store, shard).await?;
    let mut tables = Tables::default();
    let mut after = -1;
    loop {
        let page = record::leaves(store, shard, after).await?;
        let Some(last) = page.last() else { break };
        after = i64::try_from(last.stored.index).unwrap_or(i64::MAX);
        for leaf in &page {
            auditor.leaf(&leaf.stored, |node| Ok::<_, store::Fault>(tiles.node(node)))?;
            tables.leaf(leaf);
        }
        bar.inc(page.len() as u64);
    }
    let audit = auditor.finish();
    let (decisions, licences, compared) = tables.compare(store, shard).await?;
    let mut report = Report::of(log.origin.clone(), &audit);
    (report.decisions, report.licences) = (decisions, licences);
    report.findings.extend(compared.findings);
    Ok(report)
}

/// What the head file beside the database knows better: log and checkpoints cut back together.
async fn rolled_back(store: &Store, shard: &str) -> anyhow::Result<Option<Finding>> {
    let states = store.logs().await?;
    let refusal = states.into_iter().find(|state| state.shard == shard).and_then(|state| state.refusal);
    // Without keys nothing may be appended, which is no finding of a verification.
    let refusal = refusal.filter(|why| why.contains("leaves"));
    Ok(refusal.map(|what| Finding { code: "rolled_back", place: None, what }))
}

impl Report {
    /// What an audit of the log alone came to.
    pub(crate) fn of(log: String, audit: &audit::Report) -> Self {
        let finding = |finding: &audit::Finding| Finding {
            code: finding.code(),
            place: finding.place().map(|place| place.to_string()),
            what: finding.to_string(),
        };
        Self {
            log,
            leaves: audit.leaves,
            checkpoints: audit.checkpoints,
            decisions: 0,
            licences: 0,
            root: audit.root.map(|root| root.to_string()),
            first_bad: audit.first_bad().map(|place| place.to_string()),
            findings: audit.findings.iter().map(finding).collect(),
        }
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    /// For programs.
    pub(crate) fn told(&self) -> Json {
        let findings: Vec<_> =
            self.findings.iter().map(|f| json!({ "code": f.code, "place": f.place, "what": f.what })).collect();
        json!({
            "sound": self.is_sound(), "log": self.log, "leaves": self.leaves, "checkpoints": self.checkpoints,
            "root": self.root, "decisions": self.decisions, "licences": self.licences,
            "first_bad": self.first_bad, "findings": findings,
        })
    }

    /// For people.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{} {}: {} leaves, {} checkpoints, {} decisions and {} licences compared",
            if self.is_sound() { "✓" } else { "✗" },
            self.log,
            self.leaves,
            self.checkpoints,
            self.decisions,
            self.licences
        )];
        lines.extend(self.root.iter().map(|root| format!("  root {root}")));
        lines.extend(self.first_bad.iter().map(|place| format!("  first bad: {place}")));
        lines.extend(self.findings.iter().map(|f| format!("  {}: {}", f.code, f.what)));
        lines
    }
}
