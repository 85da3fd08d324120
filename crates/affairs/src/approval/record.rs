//! The tables of cases and decisions, and every SELECT that reads them.

use kernel::{Id, Moment};
use serde_json::Value as Json;
use store::{Fault, Row, Store, Table, Value};

use super::outcome::Outcome;
use super::state::State;
use super::view::{Notice, Pulse};
use crate::access::{Actor, PartyKind, Place, Right, Scopes};
use crate::catalog::Responsible;

/// Cases, versioned: two acts on one case at the same instant cannot both succeed.
pub(super) static CASE: Table = Table {
    name: "case_file",
    columns: &[
        "shard",
        "id",
        "version",
        "number",
        "item",
        "item_version",
        "state",
        "outcome",
        "applicant",
        "applicant_kind",
        "applicant_code",
        "applicant_name",
        "filed_by",
        "filed_by_name",
        "mandate",
        "identity_level",
        "second_party",
        "channel",
        "receiving_agency",
        "deciding_agency",
        "region",
        "form",
        "filed_at",
        "received_at",
        "accepted_at",
        "decided_at",
        "closed_at",
        "second_party_due_at",
        "notice_due_at",
        "correction_due_at",
        "committed_due_at",
        "statutory_due_at",
        "corrections",
        "in_name_of",
        "tacit_due_at",
        "extended_days",
        "parent",
        "one_notice_at",
        "first_agency",
    ],
    key: &["shard", "id"],
};

/// One open case per applicant and item.
pub(super) static OPEN_CASE: Table = Table {
    name: "open_case",
    columns: &["shard", "applicant", "item", "case_id"],
    key: &["shard", "applicant", "item"],
};

/// Runs of the rules and decisions of people.
pub(super) static DECISION: Table = Table {
    name: "decision",
    columns: &[
        "shard",
        "id",
        "case_id",
        "run",
        "maker",
        "officer",
        "officer_name",
        "outcome",
        "item",
        "item_version",
        "rule_set",
        "engine",
        "calendar",
        "region",
        "deciding_agency",
        "form",
        "inputs",
        "checks",
        "reasons",
        "remedies",
        "decided_at",
        "elapsed_ms",
        "office_hours",
        "salt",
        "second_officer",
        "second_name",
        "facts_key",
    ],
    key: &["shard", "id"],
};

/// What happened to a case, in order: progress for the applicant, audit trail for the auditor.
pub(super) static EVENT: Table = Table {
    name: "case_event",
    columns: &["shard", "id", "case_id", "at", "kind", "actor_kind", "actor", "actor_name", "on_behalf", "detail"],
    key: &["shard", "id"],
};

/// Grants as the public sees them.
pub(super) static NOTICE: Table = Table {
    name: "public_notice",
    columns: &[
        "shard",
        "id",
        "case_id",
        "number",
        "item",
        "agency",
        "region",
        "holder_mask",
        "result",
        "maker",
        "decided_at",
    ],
    key: &["shard", "id"],
};

/// The channel of what was received in one place and is decided in another.
pub(super) const ELSEWHERE: &str = "elsewhere";

/// One case as stored.
#[derive(Debug, Clone)]
pub struct Case {
    /// Home shard, part of every key.
    pub shard: String,
    /// Key.
    pub id: Id,
    /// Version an update expects.
    pub version: i64,
    /// Readable case number.
    pub number: String,
    /// Item id.
    pub item: String,
    /// Content hash of the item version that decides it.
    pub item_version: String,
    /// Where it stands.
    pub state: State,
    /// Outcome of the newest run of the rules.
    pub outcome: Option<Outcome>,
    /// Applicant's party.
    pub applicant: Id,
    /// Person or company.
    pub applicant_kind: PartyKind,
    /// Applicant's citizen id or credit code: the subject of register look-ups. Never shown unmasked.
    pub applicant_code: String,
    /// Applicant's name.
    pub applicant_name: String,
    /// Account that filed.
    pub filed_by: Id,
    /// Name of who filed.
    pub filed_by_name: String,
    /// Mandate under which it was filed for another.
    pub mandate: Option<Id>,
    /// Assurance level of the filing identity.
    pub identity_level: String,
    /// Credit code of the second party that must confirm.
    pub second_party: Option<String>,
    /// `online` or `counter`.
    pub channel: String,
    /// Agency that received it.
    pub receiving_agency: String,
    /// Agency that decides.
    pub deciding_agency: String,
    /// Region responsible for it.
    pub region: String,
    /// The form's values, normalised.
    pub form: Json,
    /// Filed and signed.
    pub filed_at: Moment,
    /// Complete with the second party's confirmation: the agency's time begins.
    pub received_at: Option<Moment>,
    /// Accepted.
    pub accepted_at: Option<Moment>,
    /// Decided.
    pub decided_at: Option<Moment>,
    /// Nothing more will happen.
    pub closed_at: Option<Moment>,
    /// Until when the second party may answer.
    pub second_party_due_at: Option<Moment>,
    /// Until when a first correction notice may go out; after it the case counts as accepted (article 32).
    pub notice_due_at: Option<Moment>,
    /// Until when the applicant may mend.
    pub correction_due_at: Option<Moment>,
    /// The promised limit.
    pub committed_due_at: Option<Moment>,
    /// The limit in law.
    pub statutory_due_at: Option<Moment>,
    /// Correction notices sent: at most one.
    pub corrections: i64,
    /// The agency in whose name the deciding one, entrusted, decides.
    pub in_name_of: Option<String>,
    /// When the law grants it if nobody decides (article 50).
    pub tacit_due_at: Option<Moment>,
    /// By how many working days the limit in law was extended (article 42).
    pub extended_days: Option<u32>,
    /// The joint handling it is a part of.
    pub parent: Option<Id>,
    /// When that handling's one notice of everything to mend went out; none of its cases sends another.
    pub one_notice_at: Option<Moment>,
    /// The agency that reviews or reviewed it first, for one above that decides: it goes on seeing the case.
    pub first_agency: Option<String>,
}

impl Case {
    /// The agency that answers for the decision: the entrusting one, where another was entrusted with deciding.
    pub fn answering_agency(&self) -> &str {
        self.in_name_of.as_deref().unwrap_or(&self.deciding_agency)
    }

    /// Whether these rights reach the case: by the agency that decides it, or by the one in whose name it does; to see it, by the
    /// one that reviewed it first too.
    pub fn reached_by(&self, scopes: &Scopes, right: Right) -> bool {
        let first = self.first_agency.as_deref().filter(|_| right == Right::ViewCase);
        let mut agencies =
            std::iter::once(self.deciding_agency.as_str()).chain(self.in_name_of.as_deref()).chain(first);
        agencies.any(|agency| scopes.allow(right, &Place { agency, region: &self.region, item: &self.item }))
    }

    /// Whether the actor is an officer who holds `right` over the case.
    pub fn allows(&self, actor: &Actor, right: Right) -> bool {
        actor.staff().is_some_and(|officer| self.reached_by(&officer.scopes, right))
    }

    /// Writes down who is responsible: three answers, never one.
    pub(super) fn place(&mut self, responsible: Responsible) {
        // What another place took in stays received there.
        if self.channel != ELSEWHERE {
            self.receiving_agency = responsible.receiving;
        }
        self.deciding_agency = responsible.deciding;
        self.in_name_of = responsible.in_name_of;
        self.region = responsible.region;
    }

    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.id.into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            self.id.into(),
            self.version.into(),
            (&self.number).into(),
            (&self.item).into(),
            (&self.item_version).into(),
            self.state.word().into(),
            self.outcome.map(Outcome::word).into(),
            self.applicant.into(),
            self.applicant_kind.word().into(),
            (&self.applicant_code).into(),
            (&self.applicant_name).into(),
            self.filed_by.into(),
            (&self.filed_by_name).into(),
            self.mandate.into(),
            (&self.identity_level).into(),
            self.second_party.as_deref().into(),
            (&self.channel).into(),
            (&self.receiving_agency).into(),
            (&self.deciding_agency).into(),
            (&self.region).into(),
            self.form.to_string().into(),
            self.filed_at.into(),
            self.received_at.into(),
            self.accepted_at.into(),
            self.decided_at.into(),
            self.closed_at.into(),
            self.second_party_due_at.into(),
            self.notice_due_at.into(),
            self.correction_due_at.into(),
            self.committed_due_at.into(),
            self.statutory_due_at.into(),
            self.corrections.into(),
            self.in_name_of.as_deref().into(),
            self.tacit_due_at.into(),
            self.extended_days.into(),
            self.parent.into(),
            self.one_notice_at.into(),
            self.first_agency.as_deref().into(),
        ]
    }

    /// The columns an act may change, with their values now.
    pub(super) fn changes(&self) -> Vec<(&'static str, Value)> {
        const FIXED: [&str; 3] = ["shard", "id", "version"];
        let all = CASE.columns.iter().copied().zip(self.values());
        all.filter(|(column, _)| !FIXED.contains(column)).collect()
    }

    pub(super) fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let state = row.text("state")?;
        Ok(Self {
            shard: owned("shard")?,
            id: row.id("id")?,
            version: row.int("version")?,
            number: owned("number")?,
            item: owned("item")?,
            item_version: owned("item_version")?,
            state: State::from_word(state).ok_or_else(|| Fault::Misuse(format!("unknown case state {state:?}")))?,
            outcome: row.opt_text("outcome")?.and_then(Outcome::from_word),
            applicant: row.id("applicant")?,
            applicant_kind: PartyKind::from_word(row.text("applicant_kind")?)
                .ok_or_else(|| Fault::Misuse("unknown kind of applicant".to_owned()))?,
            applicant_code: owned("applicant_code")?,
            applicant_name: owned("applicant_name")?,
            filed_by: row.id("filed_by")?,
            filed_by_name: owned("filed_by_name")?,
            mandate: row.opt_id("mandate")?,
            identity_level: owned("identity_level")?,
            second_party: row.opt_text("second_party")?.map(str::to_owned),
            channel: owned("channel")?,
            receiving_agency: owned("receiving_agency")?,
            deciding_agency: owned("deciding_agency")?,
            region: owned("region")?,
            form: json(row, "form")?,
            filed_at: row.moment("filed_at")?,
            received_at: row.opt_moment("received_at")?,
            accepted_at: row.opt_moment("accepted_at")?,
            decided_at: row.opt_moment("decided_at")?,
            closed_at: row.opt_moment("closed_at")?,
            second_party_due_at: row.opt_moment("second_party_due_at")?,
            notice_due_at: row.opt_moment("notice_due_at")?,
            correction_due_at: row.opt_moment("correction_due_at")?,
            committed_due_at: row.opt_moment("committed_due_at")?,
            statutory_due_at: row.opt_moment("statutory_due_at")?,
            corrections: row.int("corrections")?,
            in_name_of: row.opt_text("in_name_of")?.map(str::to_owned),
            tacit_due_at: row.opt_moment("tacit_due_at")?,
            extended_days: row.opt_int("extended_days")?.and_then(|days| u32::try_from(days).ok()),
            parent: row.opt_id("parent")?,
            one_notice_at: row.opt_moment("one_notice_at")?,
            first_agency: row.opt_text("first_agency")?.map(str::to_owned),
        })
    }
}

pub(super) fn json(row: &Row, column: &str) -> Result<Json, Fault> {
    serde_json::from_str(row.text(column)?).map_err(|e| Fault::Misuse(format!("column {column} is no JSON: {e}")))
}

/// One run of the rules or one decision of a person, as stored.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Key.
    pub id: Id,
    /// The case.
    pub case_id: Id,
    /// 1, 2, … within the case.
    pub run: i64,
    /// `machine` or `person`.
    pub maker: String,
    /// The officer's name, where a person decided.
    pub officer_name: Option<String>,
    /// The second officer's name, where it took two.
    pub second_name: Option<String>,
    /// The machine's outcome, or the officer's ruling.
    pub outcome: String,
    /// SHA-256 of the rule set.
    pub rule_set: String,
    /// Version of the engine.
    pub engine: String,
    /// Version of the work calendar.
    pub calendar: String,
    /// The form it decided on: a correction may have replaced the case's own since (JSON).
    pub form: Json,
    /// The model's inputs with provenance, as they were (JSON).
    pub inputs: Json,
    /// Every check (JSON, versioned schema).
    pub checks: Json,
    /// An officer's reasons.
    pub reasons: Option<String>,
    /// Remedies told with a refusal.
    pub remedies: Option<String>,
    /// When.
    pub decided_at: Moment,
    /// From receipt to decision.
    pub elapsed_ms: i64,
    /// Inside office hours.
    pub office_hours: bool,
}

impl Decision {
    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let maybe = |column| row.opt_text(column).map(|t| t.map(str::to_owned));
        Ok(Self {
            id: row.id("id")?,
            case_id: row.id("case_id")?,
            run: row.int("run")?,
            maker: owned("maker")?,
            officer_name: maybe("officer_name")?,
            second_name: maybe("second_name")?,
            outcome: owned("outcome")?,
            rule_set: owned("rule_set")?,
            engine: owned("engine")?,
            calendar: owned("calendar")?,
            form: json(row, "form")?,
            inputs: json(row, "inputs")?,
            checks: json(row, "checks")?,
            reasons: maybe("reasons")?,
            remedies: maybe("remedies")?,
            decided_at: row.moment("decided_at")?,
            elapsed_ms: row.int("elapsed_ms")?,
            office_hours: row.flag("office_hours")?,
        })
    }
}

/// One thing that happened to a case.
#[derive(Debug, Clone)]
pub struct Event {
    /// Key.
    pub id: Id,
    /// When.
    pub at: Moment,
    /// What, such as `filed`, `confirmed`, `settled`.
    pub kind: String,
    /// `person`, `staff` or `machine`.
    pub actor_kind: String,
    /// Who.
    pub actor_name: String,
    /// For whom, where someone acted for another.
    pub on_behalf: Option<String>,
    /// What exactly (JSON).
    pub detail: Json,
}

impl Event {
    pub(super) fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.id("id")?,
            at: row.moment("at")?,
            kind: row.text("kind")?.to_owned(),
            actor_kind: row.text("actor_kind")?.to_owned(),
            actor_name: row.text("actor_name")?.to_owned(),
            on_behalf: row.opt_text("on_behalf")?.map(str::to_owned),
            detail: json(row, "detail")?,
        })
    }
}

pub(super) fn all<T>(rows: Vec<Row>, read: impl Fn(&Row) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
    rows.iter().map(read).collect()
}

pub(super) async fn case(store: &Store, id: Id) -> Result<Option<Case>, Fault> {
    let sql = concat!(
        store::shards!("case_file"),
        "SELECT c.* FROM home JOIN case_file c ON c.shard = home.shard AND c.id = $1"
    );
    let rows = store.query(sql, vec![id.into()]).await?;
    rows.first().map(Case::read).transpose()
}

pub(super) async fn case_by_number(store: &Store, number: &str) -> Result<Option<Case>, Fault> {
    let rows = store.query("SELECT * FROM case_file WHERE number = $1", vec![number.into()]).await?;
    rows.first().map(Case::read).transpose()
}

pub(super) async fn open_case(store: &Store, applicant: Id, item: &str) -> Result<Option<Case>, Fault> {
    let sql = concat!(
        store::shards!("open_case"),
        "SELECT c.* FROM home JOIN open_case o ON o.shard = home.shard AND o.applicant = $1 AND o.item = $2 \
         JOIN case_file c ON c.shard = o.shard AND c.id = o.case_id"
    );
    let rows = store.query(sql, vec![applicant.into(), item.into()]).await?;
    rows.first().map(Case::read).transpose()
}

/// The store keeps the answer of each idempotency key; a filing's answer is the id of its case.
pub(super) async fn case_filed_with(store: &Store, account: &str, key: &str) -> Result<Option<Case>, Fault> {
    let sql = concat!(
        store::shards!("idempotency"),
        "SELECT c.* FROM home JOIN idempotency i ON i.shard = home.shard AND i.actor = $1 AND i.key = $2 \
         JOIN case_file c ON c.shard = i.shard AND c.id = i.response"
    );
    let rows = store.query(sql, vec![account.into(), key.into()]).await?;
    rows.first().map(Case::read).transpose()
}

pub(super) async fn cases_of(store: &Store, applicant: Id) -> Result<Vec<Case>, Fault> {
    let sql = "SELECT * FROM case_file WHERE applicant = $1 ORDER BY filed_at DESC LIMIT 100";
    all(store.query(sql, vec![applicant.into()]).await?, Case::read)
}

pub(super) async fn cases_to_confirm(store: &Store, second_party: &str) -> Result<Vec<Case>, Fault> {
    let sql = "SELECT * FROM case_file WHERE second_party = $1 AND state = 'awaiting_second_party' \
               ORDER BY filed_at LIMIT 100";
    all(store.query(sql, vec![second_party.into()]).await?, Case::read)
}

pub(super) async fn cases_overdue(store: &Store, now: Moment) -> Result<Vec<Case>, Fault> {
    let sql = "SELECT * FROM case_file WHERE (closed_at IS NULL AND state = 'awaiting_second_party' \
               AND second_party_due_at <= $1) OR (closed_at IS NULL AND state = 'correcting' AND correction_due_at <= $1) \
               ORDER BY filed_at LIMIT 256";
    all(store.query(sql, vec![now.into()]).await?, Case::read)
}

pub(super) async fn decisions(store: &Store, case: Id) -> Result<Vec<Decision>, Fault> {
    let sql = "SELECT * FROM decision WHERE case_id = $1 ORDER BY run";
    all(store.query(sql, vec![case.into()]).await?, Decision::read)
}

/// The newest run or decision of a case.
pub(super) async fn latest(store: &Store, case: Id) -> Result<Option<Decision>, Fault> {
    let sql = "SELECT * FROM decision WHERE case_id = $1 ORDER BY run DESC LIMIT 1";
    store.query(sql, vec![case.into()]).await?.first().map(Decision::read).transpose()
}

/// How many runs and decisions a case has.
pub(super) async fn runs(store: &Store, case: Id) -> Result<i64, Fault> {
    let rows = store.query("SELECT count(*) AS n FROM decision WHERE case_id = $1", vec![case.into()]).await?;
    rows.first().map_or(Ok(0), |row| row.int("n"))
}

pub(super) async fn events(store: &Store, case: Id) -> Result<Vec<Event>, Fault> {
    let sql = "SELECT * FROM case_event WHERE case_id = $1 ORDER BY at, id";
    all(store.query(sql, vec![case.into()]).await?, Event::read)
}

pub(super) async fn pulse(store: &Store, since: Moment) -> Result<Pulse, Fault> {
    let sql = "SELECT count(*) AS decided, \
               CAST(coalesce(sum(CASE WHEN maker = 'machine' THEN 1 ELSE 0 END), 0) AS BIGINT) AS by_machine, \
               CAST(coalesce(sum(CASE WHEN office_hours = 0 THEN 1 ELSE 0 END), 0) AS BIGINT) AS off_hours \
               FROM decision WHERE decided_at >= $1 AND outcome IN ('grant', 'granted', 'refused', 'not_needed')";
    let rows = store.query(sql, vec![since.into()]).await?;
    let Some(row) = rows.first() else { return Ok(Pulse::default()) };
    let by_machine = row.int("by_machine")?;
    let middle = "SELECT elapsed_ms FROM decision WHERE decided_at >= $1 AND maker = 'machine' \
                  AND outcome IN ('grant', 'not_needed') ORDER BY elapsed_ms LIMIT 1 OFFSET $2";
    let median = store.query(middle, vec![since.into(), (by_machine / 2).into()]).await?;
    Ok(Pulse {
        decided: row.int("decided")?,
        by_machine,
        median_ms: median.first().map(|r| r.int("elapsed_ms")).transpose()?,
        off_hours: row.int("off_hours")?,
    })
}

/// How long the newest decisions since then took, at most so many.
pub(super) async fn took(store: &Store, item: &str, (since, most): (Moment, i64)) -> Result<Vec<i64>, Fault> {
    let sql = "SELECT elapsed_ms FROM decision WHERE item = $1 AND decided_at >= $2 \
               AND outcome IN ('grant', 'granted', 'refused', 'not_needed') ORDER BY decided_at DESC LIMIT $3";
    let rows = store.query(sql, vec![item.into(), since.into(), most.into()]).await?;
    rows.iter().map(|row| row.int("elapsed_ms")).collect()
}

pub(super) async fn notices(store: &Store, before: Option<Id>) -> Result<Vec<Notice>, Fault> {
    let rows = match before {
        None => store.query("SELECT * FROM public_notice ORDER BY decided_at DESC, id DESC LIMIT 50", vec![]).await?,
        Some(id) => {
            let last = concat!(
                store::shards!("public_notice"),
                "SELECT n.decided_at FROM home JOIN public_notice n ON n.shard = home.shard AND n.id = $1"
            );
            let last = store.query(last, vec![id.into()]).await?;
            let Some(last) = last.first() else { return Ok(Vec::new()) };
            let sql = "SELECT * FROM public_notice WHERE decided_at <= $1 AND (decided_at < $1 OR id < $2) \
                       ORDER BY decided_at DESC, id DESC LIMIT 50";
            store.query(sql, vec![last.int("decided_at")?.into(), id.into()]).await?
        }
    };
    all(rows, |row| {
        let owned = |column| row.text(column).map(str::to_owned);
        Ok(Notice {
            id: row.id("id")?,
            case_id: row.id("case_id")?,
            number: owned("number")?,
            item: owned("item")?,
            agency: owned("agency")?,
            region: owned("region")?,
            holder_mask: owned("holder_mask")?,
            result: owned("result")?,
            maker: owned("maker")?,
            decided_at: row.moment("decided_at")?,
        })
    })
}
