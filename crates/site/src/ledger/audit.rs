//! The auditor's page: who signed the newest checkpoint, whether tables, counters and log count the same, and on request
//! the whole log recomputed from its bytes. It proves nothing against this very site; the command it names does that, on
//! a copy.

use affairs::access::Right;
use affairs::approval::trail::{Counted, Tally, tallies};
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use evidence::audit::{Auditor, Stored, StoredLeaf};
use evidence::checkpoint::LogIdentity;
use store::{Fault, SignedHead, Store};
use tokio::runtime::Handle;

use super::view::{AuditPage, TallyRow};
use crate::frame::Frame;
use crate::licence::view::CheckLine;
use crate::office::Desks;
use crate::pieces::{Met, Tag, Tone};
use crate::problem::{Problem, page};
use crate::session::Officer;
use crate::state::AppState;

/// A log of more leaves is for the command, not for a page that somebody waits for.
const MOST_LEAVES: u64 = 300_000;
/// Leaves read at once.
const AT_ONCE: u32 = 2_000;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/audit", get(counted).post(recomputed))
}

/// Counts and signatures: quick enough for every visit.
async fn counted(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    auditor(&officer)?;
    let desks = state.desks()?;
    let signed = desks.store().checkpoint(&desks.office.shard).await?;
    built(&desks, frame, signed.as_ref(), Vec::new()).await
}

/// The same after the whole log was recomputed.
async fn recomputed(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    auditor(&officer)?;
    let desks = state.desks()?;
    let signed = desks.store().checkpoint(&desks.office.shard).await?;
    let log = identity(&desks, signed.as_ref());
    let line = match &signed {
        Some(signed) if signed.head.size <= MOST_LEAVES => {
            let found = recompute(desks.store().clone(), desks.office.shard.clone(), log, signed.clone()).await?;
            recomputation(&frame, signed.head.size, found)
        }
        Some(signed) => {
            check(Met::Unknown, frame.t1("audit.too_long", signed.head.size), "budayang ledger verify".to_owned())
        }
        None => check(Met::Met, frame.t("log.empty").to_owned(), String::new()),
    };
    built(&desks, frame, signed.as_ref(), vec![line]).await
}

/// For anybody else the place is not there.
fn auditor(officer: &Officer) -> Result<(), Problem> {
    if officer.0.scopes.allow_somewhere(Right::Audit) { Ok(()) } else { Err(Problem::not_found()) }
}

fn identity(desks: &Desks<'_>, signed: Option<&SignedHead>) -> LogIdentity {
    let origin = signed.map(|s| s.head.origin.clone()).unwrap_or_default();
    LogIdentity { origin, keys: desks.office.log_keys.clone() }
}

async fn built(
    desks: &Desks<'_>,
    frame: Frame,
    signed: Option<&SignedHead>,
    more: Vec<CheckLine>,
) -> Result<Response, Problem> {
    let whole = !more.is_empty();
    let mut checks = signatures(&frame, desks, signed);
    checks.extend(more);
    let (store, shard) = (desks.store().clone(), desks.office.shard.clone());
    let counted = on_a_thread(move || Handle::current().block_on(tallies(&store, &shard))).await?;
    let rows: Vec<TallyRow> = counted.iter().map(|tally| row(&frame, tally)).collect();
    let bad = checks.iter().any(|c| c.met == Met::NotMet) || counted.iter().any(|t| !t.agrees());
    let open = checks.iter().any(|c| c.met == Met::Unknown);
    let (tone, word) = match (bad, open) {
        (true, _) => (Tone::Refused, "audit.bad"),
        (false, true) => (Tone::Refer, "audit.open"),
        (false, false) => (Tone::Granted, "audit.good"),
    };
    let means = if whole { "audit.whole" } else { "audit.counted" };
    page(&AuditPage {
        verdict: Tag::new(tone, frame.t(word)),
        sentence: frame.t1(means, frame.moment(frame.now)),
        size: signed.map_or(0, |s| s.head.size),
        signed_at: signed.map(|s| s.at),
        checks,
        tallies: rows,
        frame,
    })
}

/// Who signed the newest checkpoint: every key of the log owes its signature.
fn signatures(frame: &Frame, desks: &Desks<'_>, signed: Option<&SignedHead>) -> Vec<CheckLine> {
    let Some(signed) = signed else {
        return vec![check(Met::Met, frame.t("audit.no_checkpoint").to_owned(), String::new())];
    };
    let log = identity(desks, Some(signed));
    if log.keys.is_empty() {
        return vec![check(Met::Unknown, frame.t("audit.no_keys").to_owned(), String::new())];
    }
    let opened = match log.open(&signed.note) {
        Ok(opened) => opened,
        Err(error) => return vec![check(Met::NotMet, frame.t("audit.checkpoint_bad").to_owned(), error.to_string())],
    };
    let agrees = opened.checkpoint.size == signed.head.size && opened.checkpoint.root == signed.head.root;
    let mut lines: Vec<CheckLine> = log
        .keys
        .iter()
        .map(|key| {
            let met = if opened.signed_by.contains(key.id()) { Met::Met } else { Met::NotMet };
            check(met, frame.t1("audit.signed_by", key.algorithm().name()), key.id().to_string())
        })
        .collect();
    let met = if agrees { Met::Met } else { Met::NotMet };
    lines.push(check(met, frame.t("audit.checkpoint_agrees").to_owned(), signed.head.root.to_string()));
    lines
}

fn check(met: Met, sentence: String, detail: String) -> CheckLine {
    CheckLine { met, sentence, detail }
}

fn row(frame: &Frame, tally: &Tally) -> TallyRow {
    let word = match tally.what {
        Counted::Cases => "tally.cases",
        Counted::Open => "tally.open",
        Counted::Decisions => "tally.decisions",
        Counted::Closed => "tally.closed",
        Counted::Granted => "tally.granted",
        Counted::Licences => "tally.licences",
        Counted::Duties => "tally.duties",
        Counted::Quota => "tally.quota",
    };
    let agrees = tally.agrees();
    let (tone, said) = if agrees { (Tone::Granted, "audit.same") } else { (Tone::Refused, "audit.differs") };
    TallyRow {
        what: frame.t(word).to_owned(),
        tables: tally.rows,
        twin: tally.twin,
        leaves: tally.leaves,
        counters: tally.counters,
        tag: Tag::new(tone, frame.t(said)),
    }
}

/// What recomputing found: nothing, or the first bad leaf in words.
type Recomputed = Option<String>;

fn recomputation(frame: &Frame, size: u64, found: Recomputed) -> CheckLine {
    match found {
        None => check(Met::Met, frame.t1("audit.recomputed", size), String::new()),
        Some(first) => check(Met::NotMet, frame.t("audit.altered").to_owned(), first),
    }
}

/// Recomputes every leaf hash and the root from the stored bytes, on a thread of its own.
async fn recompute(store: Store, shard: String, log: LogIdentity, signed: SignedHead) -> Result<Recomputed, Fault> {
    on_a_thread(move || {
        let mut auditor = Auditor::new(&log);
        auditor.checkpoint(&signed.note);
        let mut next = 0;
        while next < signed.head.size {
            let most = u32::try_from(signed.head.size - next).unwrap_or(AT_ONCE).min(AT_ONCE);
            let entries = Handle::current().block_on(store.entries(&shard, next, most))?;
            let Some(last) = entries.last() else { break };
            next = last.position + 1;
            for entry in &entries {
                let leaf = StoredLeaf { index: entry.position, bytes: &entry.bytes, hash: Some(entry.hash) };
                auditor.leaf(&leaf, |_| Ok::<_, Fault>(Stored::NotKept))?;
            }
        }
        let report = auditor.finish();
        let named = || report.first_bad().map(|place| place.to_string());
        Ok(report
            .findings
            .first()
            .map(|first| named().map_or_else(|| first.to_string(), |at| format!("{at}: {first}"))))
    })
    .await
}

/// Reading all of a database takes its time; the requests of others go on meanwhile.
async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| Err(Fault::Engine(e.to_string())))
}
