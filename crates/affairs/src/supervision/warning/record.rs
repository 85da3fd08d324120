//! The table of warnings, the SELECTs that read it, and those that read what warnings are made of.

use std::collections::BTreeMap;

use kernel::{Date, Id, Moment};
use store::{Fault, Row, Store, Table, Value};

use super::decide::{Evidence, Grant};
use crate::access::{Actor, PartyKind, Place, Right, mask_name};

/// Warnings, versioned.
pub(super) static WARNING: Table = Table {
    name: "warning",
    columns: &[
        "shard",
        "rule",
        "subject",
        "version",
        "code",
        "agency",
        "region",
        "item",
        "about",
        "evidence",
        "terms",
        "raised_at",
        "due_at",
        "found_on",
        "state",
        "owner",
        "owner_name",
        "note",
        "changed_at",
        "is_open",
    ],
    key: &["shard", "rule", "subject"],
};

/// The last day on which everything was looked at.
pub(super) static RUN: Table = Table { name: "warning_run", columns: &["shard", "version", "day"], key: &["shard"] };

/// Where a warning stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum WarningState {
    /// Nobody has looked.
    Open,
    /// Somebody looks into it.
    Seen,
    /// Somebody did what was to be done, and said what.
    Handled,
    /// What raised it is so no more.
    Over,
}

kernel::words!(WarningState { Open = "open", Seen = "seen", Handled = "handled", Over = "over" });

impl WarningState {
    /// Whether somebody still has to do something.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Seen)
    }
}

/// One warning.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    /// Home shard.
    pub shard: String,
    /// The rule's id.
    pub rule: String,
    /// What it is about, as the rule tells things apart.
    pub subject: String,
    /// Version an update expects.
    pub version: i64,
    /// Its id.
    pub id: Id,
    /// Whose matter it is.
    pub agency: String,
    /// Where.
    pub region: String,
    /// The item.
    pub item: String,
    /// In words.
    pub about: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// The version of the rules it stands in.
    pub terms: String,
    /// When it was raised.
    pub raised_at: Moment,
    /// Until when somebody looks; none where the calendar does not reach.
    pub due_at: Option<Moment>,
    /// The last day it was found.
    pub found_on: Date,
    /// Where it stands.
    pub state: WarningState,
    /// Who looks into it …
    pub owner: Option<Id>,
    /// … by name.
    pub owner_name: String,
    /// What was said.
    pub note: String,
    /// When it last changed.
    pub changed_at: Moment,
}

impl Warning {
    /// Whether an officer holds a right over it.
    pub fn allows(&self, actor: &Actor, right: Right) -> bool {
        actor.allow(right, &Place { agency: &self.agency, region: &self.region, item: &self.item })
    }

    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), (&self.rule).into(), (&self.subject).into()]
    }

    /// Every column an act may change, with its value now.
    pub(super) fn changes(&self) -> Result<Vec<(&'static str, Value)>, Fault> {
        const FIXED: [&str; 5] = ["shard", "rule", "subject", "version", "code"];
        let all = WARNING.columns.iter().copied().zip(self.values()?);
        Ok(all.filter(|(column, _)| !FIXED.contains(column)).collect())
    }

    pub(super) fn values(&self) -> Result<Vec<Value>, Fault> {
        let evidence = serde_json::to_string(&self.evidence).map_err(|e| Fault::Misuse(e.to_string()))?;
        Ok(vec![
            (&self.shard).into(),
            (&self.rule).into(),
            (&self.subject).into(),
            self.version.into(),
            self.id.into(),
            (&self.agency).into(),
            (&self.region).into(),
            (&self.item).into(),
            (&self.about).into(),
            evidence.into(),
            (&self.terms).into(),
            self.raised_at.into(),
            self.due_at.into(),
            self.found_on.into(),
            self.state.word().into(),
            self.owner.into(),
            (&self.owner_name).into(),
            (&self.note).into(),
            self.changed_at.into(),
            self.state.is_open().into(),
        ])
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let damaged = |what: String| Fault::Damaged(format!("warning: {what}"));
        Ok(Self {
            shard: owned("shard")?,
            rule: owned("rule")?,
            subject: owned("subject")?,
            version: row.int("version")?,
            id: row.id("code")?,
            agency: owned("agency")?,
            region: owned("region")?,
            item: owned("item")?,
            about: owned("about")?,
            evidence: serde_json::from_str(row.text("evidence")?).map_err(|e| damaged(e.to_string()))?,
            terms: owned("terms")?,
            raised_at: row.moment("raised_at")?,
            due_at: row.opt_moment("due_at")?,
            found_on: row.date("found_on")?,
            state: WarningState::from_word(row.text("state")?).ok_or_else(|| damaged("state".to_owned()))?,
            owner: row.opt_id("owner")?,
            owner_name: owned("owner_name")?,
            note: owned("note")?,
            changed_at: row.moment("changed_at")?,
        })
    }
}

async fn read_all(store: &Store, sql: &'static str, params: Vec<Value>) -> Result<Vec<Warning>, Fault> {
    store.query(sql, params).await?.iter().map(Warning::read).collect()
}

/// The warning of a rule about a subject.
pub(super) async fn about(store: &Store, shard: &str, (rule, subject): (&str, &str)) -> Result<Option<Warning>, Fault> {
    let sql = "SELECT * FROM warning WHERE shard = $1 AND rule = $2 AND subject = $3";
    Ok(read_all(store, sql, vec![shard.into(), rule.into(), subject.into()]).await?.into_iter().next())
}

/// A warning for an officer who may see it.
///
/// # Errors
/// A fault of the database.
pub async fn warning_for(store: &Store, actor: &Actor, id: Id) -> Result<Option<Warning>, Fault> {
    let found = read_all(store, "SELECT * FROM warning WHERE code = $1", vec![id.into()]).await?;
    Ok(found.into_iter().next().filter(|warning| warning.allows(actor, Right::ViewDuty)))
}

/// The warnings an officer may see, the open ones with the nearest limit first, or those that were closed last; at most 200.
///
/// # Errors
/// A fault of the database.
pub async fn warnings_for(store: &Store, account: Id, open: bool) -> Result<Vec<Warning>, Fault> {
    const OPEN: &str = concat!(
        "SELECT * FROM warning w WHERE w.is_open = 1 AND ",
        crate::scope_filter!("$1", "$2", "w.agency", "w.region", "w.item"),
        " ORDER BY w.due_at, w.code LIMIT 200"
    );
    const CLOSED: &str = concat!(
        "SELECT * FROM warning w WHERE w.is_open = 0 AND ",
        crate::scope_filter!("$1", "$2", "w.agency", "w.region", "w.item"),
        " ORDER BY w.changed_at DESC, w.code DESC LIMIT 200"
    );
    let params = vec![account.into(), Right::ViewDuty.word().into()];
    read_all(store, if open { OPEN } else { CLOSED }, params).await
}

/// Open warnings of a rule that were not found again since a day.
pub(super) async fn stale(store: &Store, (shard, rule): (&str, &str), before: Date) -> Result<Vec<Warning>, Fault> {
    let sql = "SELECT * FROM warning WHERE shard = $1 AND rule = $2 AND is_open = 1 AND found_on < $3 \
               ORDER BY found_on, subject LIMIT 200";
    read_all(store, sql, vec![shard.into(), rule.into(), before.into()]).await
}

/// The last day on which everything was looked at, with its row's version.
pub(super) async fn last_run(store: &Store, shard: &str) -> Result<Option<(i64, Date)>, Fault> {
    let sql = "SELECT version, day FROM warning_run WHERE shard = $1";
    let rows = store.query(sql, vec![shard.into()]).await?;
    rows.first().map(|row| Ok((row.int("version")?, row.date("day")?))).transpose()
}

fn grant(row: &Row) -> Result<Grant, Fault> {
    let owned = |column| row.text(column).map(str::to_owned);
    let kind = PartyKind::from_word(row.text("applicant_kind")?).unwrap_or(PartyKind::Person);
    let form: serde_json::Value = serde_json::from_str(row.text("form")?).unwrap_or_default();
    Ok(Grant {
        licence: row.id("licence")?,
        case: row.id("case_id")?,
        number: owned("number")?,
        item: owned("item")?,
        agency: owned("agency")?,
        region: owned("region")?,
        holder: row.id("holder")?,
        is_company: kind == PartyKind::Company,
        code: owned("applicant_code")?,
        mask: mask_name(kind, row.text("applicant_name")?),
        valid_to: row.opt_date("valid_to")?,
        address: form.get("address").and_then(serde_json::Value::as_str).map(str::to_owned),
    })
}

/// Live grants of a shard, a page in the order of the licences.
pub(super) async fn live(store: &Store, shard: &str, (today, after): (Date, &str)) -> Result<Vec<Grant>, Fault> {
    const SQL: &str = "SELECT l.id AS licence, l.case_id, c.number, l.item, \
         coalesce(c.in_name_of, c.deciding_agency) AS agency, c.region, l.holder, c.applicant_kind, c.applicant_code, \
         c.applicant_name, l.valid_to, c.form FROM licence l JOIN case_file c ON c.shard = l.shard AND c.id = l.case_id \
         WHERE l.shard = $1 AND l.id > $2 AND l.status = 'valid' AND (l.valid_to IS NULL OR l.valid_to >= $3) \
         ORDER BY l.id LIMIT 500";
    let params = vec![shard.into(), after.into(), today.into()];
    store.query(SQL, params).await?.iter().map(grant).collect()
}

/// How many live licences name a company as second party, by item.
pub(super) async fn people_of(store: &Store, code: &str, today: Date) -> Result<BTreeMap<String, u32>, Fault> {
    const SQL: &str = "SELECT l.item, count(*) AS n FROM case_file c JOIN licence l ON l.shard = c.shard AND l.case_id = c.id \
         WHERE c.second_party = $1 AND c.state = 'granted' AND l.status = 'valid' \
         AND (l.valid_to IS NULL OR l.valid_to >= $2) GROUP BY l.item";
    let rows = store.query(SQL, vec![code.into(), today.into()]).await?;
    rows.iter().map(|row| Ok((row.text("item")?.to_owned(), u32::try_from(row.int("n")?).unwrap_or(0)))).collect()
}

/// Files that came since a moment, by hash; a page after a hash.
pub(super) async fn files_since(
    store: &Store,
    (since, after): (Moment, (Moment, String)),
) -> Result<Vec<(Moment, String, String)>, Fault> {
    const SQL: &str = "SELECT brought_at, id, hash FROM material WHERE case_id IS NOT NULL AND brought_at >= $1 \
         AND (brought_at, id) > ($2, $3) ORDER BY brought_at, id LIMIT 500";
    let params = vec![since.into(), after.0.into(), after.1.into()];
    let read = |row: &Row| Ok((row.moment("brought_at")?, row.text("id")?.to_owned(), row.text("hash")?.to_owned()));
    store.query(SQL, params).await?.iter().map(read).collect()
}

/// Grants among whose papers a file is: one for each applicant, the newest first; at most 50.
pub(super) async fn grants_with(store: &Store, hash: &str, today: Date) -> Result<Vec<Grant>, Fault> {
    const SQL: &str = "SELECT l.id AS licence, l.case_id, c.number, l.item, \
         coalesce(c.in_name_of, c.deciding_agency) AS agency, c.region, l.holder, c.applicant_kind, c.applicant_code, \
         c.applicant_name, l.valid_to, c.form FROM material m JOIN case_file c ON c.shard = m.shard AND c.id = m.case_id \
         JOIN licence l ON l.shard = c.shard AND l.case_id = c.id WHERE m.hash = $1 AND m.case_id IS NOT NULL \
         AND l.status = 'valid' AND (l.valid_to IS NULL OR l.valid_to >= $2) ORDER BY l.id DESC LIMIT 200";
    let rows = store.query(SQL, vec![hash.into(), today.into()]).await?;
    let mut found: Vec<Grant> = Vec::new();
    for row in &rows {
        let grant = grant(row)?;
        if found.len() < 50 && !found.iter().any(|other| other.holder == grant.holder) {
            found.push(grant);
        }
    }
    Ok(found)
}

/// What inspections found of grants that an officer decided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Decided {
    /// The officer, and his name.
    pub(super) officer: Id,
    pub(super) name: String,
    /// Who answers for the grant.
    pub(super) agency: String,
    pub(super) region: String,
    pub(super) item: String,
    /// Whether it failed, or had to be mended.
    pub(super) wrong: bool,
}

/// Results since a moment of first visits to what officers granted; at most 100,000.
pub(super) async fn results_of_officers(store: &Store, since: Moment) -> Result<Vec<Decided>, Fault> {
    const SQL: &str = "SELECT d.officer, d.officer_name, i.granting, i.region, i.item, i.state FROM inspection i \
         JOIN decision d ON d.shard = i.shard AND d.case_id = i.case_id \
         WHERE i.published_at >= $1 AND i.recheck_of IS NULL AND d.outcome = 'grant' AND d.officer IS NOT NULL \
         ORDER BY i.published_at, i.id LIMIT 100000";
    let read = |row: &Row| {
        let owned = |column| row.text(column).map(str::to_owned);
        Ok(Decided {
            officer: row.id("officer")?,
            name: row.opt_text("officer_name")?.unwrap_or_default().to_owned(),
            agency: owned("granting")?,
            region: owned("region")?,
            item: owned("item")?,
            wrong: matches!(row.text("state")?, "failed" | "mending" | "mended"),
        })
    };
    store.query(SQL, vec![since.into()]).await?.iter().map(read).collect()
}
