//! The tables of inspections and visits, and every SELECT that reads them.

use kernel::{Date, Id, Moment};
use store::{Fault, Row, Store, Table, Value};

use super::{Inspection, InspectionSource, InspectionState, Signing};
use crate::access::Right;
use crate::supervision::record::ActLine;

/// Inspections, versioned.
pub(in crate::supervision) static INSPECTION: Table = Table {
    name: "inspection",
    columns: &[
        "shard",
        "id",
        "version",
        "number",
        "source",
        "source_note",
        "duty",
        "recheck_of",
        "visit",
        "agency",
        "granting",
        "region",
        "item",
        "case_id",
        "licence_id",
        "holder",
        "holder_kind",
        "holder_mask",
        "checklist",
        "terms",
        "planned_on",
        "state",
        "lead",
        "lead_name",
        "second",
        "second_name",
        "place",
        "latitude_e6",
        "longitude_e6",
        "seen_at",
        "recorded_at",
        "findings",
        "remark",
        "signing",
        "signer",
        "mend_by",
        "concluded_at",
        "published_at",
        "appeal_due_at",
        "appeal",
        "appealed_at",
        "appeal_answer",
        "appeal_upheld",
        "answered_at",
        "is_open",
        "salt",
    ],
    key: &["shard", "id"],
};

/// What was done with inspections.
pub(in crate::supervision) static INSPECTION_ACT: Table = Table {
    name: "inspection_act",
    columns: &["shard", "id", "inspection", "at", "kind", "actor", "actor_name", "note"],
    key: &["shard", "id"],
};

/// One visit to one target on one day; the key keeps two from being planned apart.
pub(in crate::supervision) static VISIT: Table =
    Table { name: "visit", columns: &["shard", "holder", "day", "version", "id"], key: &["shard", "holder", "day"] };

impl Inspection {
    pub(in crate::supervision) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.id.into()]
    }

    /// Every column an act may change, with its value now.
    pub(in crate::supervision) fn changes(&self) -> Result<Vec<(&'static str, Value)>, Fault> {
        const FIXED: [&str; 3] = ["shard", "id", "version"];
        let all = INSPECTION.columns.iter().copied().zip(self.values()?);
        Ok(all.filter(|(column, _)| !FIXED.contains(column)).collect())
    }

    pub(in crate::supervision) fn values(&self) -> Result<Vec<Value>, Fault> {
        let findings = serde_json::to_string(&self.findings).map_err(|e| Fault::Misuse(e.to_string()))?;
        let (latitude, longitude) = self.position_e6.unzip();
        Ok(vec![
            (&self.shard).into(),
            self.id.into(),
            self.version.into(),
            (&self.number).into(),
            self.source.word().into(),
            (&self.source_note).into(),
            self.duty.into(),
            self.recheck_of.into(),
            self.visit.into(),
            (&self.agency).into(),
            (&self.granting).into(),
            (&self.region).into(),
            (&self.item).into(),
            self.case_id.into(),
            self.licence_id.into(),
            self.holder.into(),
            (&self.holder_kind).into(),
            (&self.holder_mask).into(),
            (&self.checklist).into(),
            (&self.terms).into(),
            self.planned_on.into(),
            self.state.word().into(),
            self.lead.into(),
            (&self.lead_name).into(),
            self.second.into(),
            self.second_name.as_deref().into(),
            (&self.place).into(),
            latitude.into(),
            longitude.into(),
            self.seen_at.into(),
            self.recorded_at.into(),
            findings.into(),
            (&self.remark).into(),
            self.signing.map(Signing::word).into(),
            (&self.signer).into(),
            self.mend_by.into(),
            self.concluded_at.into(),
            self.published_at.into(),
            self.appeal_due_at.into(),
            self.appeal.as_deref().into(),
            self.appealed_at.into(),
            self.appeal_answer.as_deref().into(),
            self.appeal_upheld.into(),
            self.answered_at.into(),
            self.state.is_open().into(),
            self.salt.to_vec().into(),
        ])
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let maybe = |column| row.opt_text(column).map(|t| t.map(str::to_owned));
        let strange = |what: &str| Fault::Damaged(format!("an inspection with a strange {what}"));
        let signing = row.opt_text("signing")?.map(|w| Signing::from_word(w).ok_or_else(|| strange("signing")));
        Ok(Self {
            shard: owned("shard")?,
            id: row.id("id")?,
            version: row.int("version")?,
            number: owned("number")?,
            source: InspectionSource::from_word(row.text("source")?).ok_or_else(|| strange("source"))?,
            source_note: owned("source_note")?,
            duty: row.opt_id("duty")?,
            recheck_of: row.opt_id("recheck_of")?,
            visit: row.id("visit")?,
            agency: owned("agency")?,
            granting: owned("granting")?,
            region: owned("region")?,
            item: owned("item")?,
            case_id: row.id("case_id")?,
            licence_id: row.opt_id("licence_id")?,
            holder: row.id("holder")?,
            holder_kind: owned("holder_kind")?,
            holder_mask: owned("holder_mask")?,
            checklist: owned("checklist")?,
            terms: owned("terms")?,
            planned_on: row.date("planned_on")?,
            state: InspectionState::from_word(row.text("state")?).ok_or_else(|| strange("state"))?,
            lead: row.id("lead")?,
            lead_name: owned("lead_name")?,
            second: row.opt_id("second")?,
            second_name: maybe("second_name")?,
            place: owned("place")?,
            position_e6: row.opt_int("latitude_e6")?.zip(row.opt_int("longitude_e6")?),
            seen_at: row.opt_moment("seen_at")?,
            recorded_at: row.opt_moment("recorded_at")?,
            findings: serde_json::from_str(row.text("findings")?).map_err(|_| strange("finding"))?,
            remark: owned("remark")?,
            signing: signing.transpose()?,
            signer: owned("signer")?,
            mend_by: row.opt_date("mend_by")?,
            concluded_at: row.opt_moment("concluded_at")?,
            published_at: row.opt_moment("published_at")?,
            appeal_due_at: row.opt_moment("appeal_due_at")?,
            appeal: maybe("appeal")?,
            appealed_at: row.opt_moment("appealed_at")?,
            appeal_answer: maybe("appeal_answer")?,
            appeal_upheld: row.opt_int("appeal_upheld")?.map(|yes| yes != 0),
            answered_at: row.opt_moment("answered_at")?,
            salt: row.blob("salt")?.try_into().map_err(|_| strange("salt"))?,
        })
    }
}

async fn read_all(store: &Store, sql: &'static str, params: Vec<Value>) -> Result<Vec<Inspection>, Fault> {
    store.query(sql, params).await?.iter().map(Inspection::read).collect()
}

pub(in crate::supervision) async fn by_number(store: &Store, number: &str) -> Result<Option<Inspection>, Fault> {
    if number.contains('\0') {
        return Ok(None);
    }
    let sql = "SELECT * FROM inspection WHERE number = $1";
    Ok(read_all(store, sql, vec![number.into()]).await?.into_iter().next())
}

pub(in crate::supervision) async fn inspection_by_id(store: &Store, id: Id) -> Result<Option<Inspection>, Fault> {
    const SQL: &str = concat!(
        store::shards!("inspection"),
        "SELECT i.* FROM home JOIN inspection i ON i.shard = home.shard AND i.id = $1"
    );
    Ok(read_all(store, SQL, vec![id.into()]).await?.into_iter().next())
}

/// The inspections of what a case granted, oldest first.
pub async fn inspections_of(store: &Store, case: Id) -> Result<Vec<Inspection>, Fault> {
    read_all(store, "SELECT * FROM inspection WHERE case_id = $1 ORDER BY planned_on, id", vec![case.into()]).await
}

/// The inspections that are one visit.
pub async fn of_visit(store: &Store, visit: Id) -> Result<Vec<Inspection>, Fault> {
    read_all(store, "SELECT * FROM inspection WHERE visit = $1 ORDER BY number LIMIT 50", vec![visit.into()]).await
}

/// The inspections born of a draw, each with the target it was drawn for.
pub(in crate::supervision) async fn inspections_by_draw(
    store: &Store,
    (shard, draw): (&str, Id),
) -> Result<Vec<(String, Inspection)>, Fault> {
    const SQL: &str = "SELECT i.*, v.target AS drawn_target FROM draw_visit v JOIN inspection i ON i.shard = v.shard \
                       AND i.id = v.inspection WHERE v.shard = $1 AND v.draw = $2 ORDER BY v.target, i.number";
    let rows = store.query(SQL, vec![shard.into(), draw.into()]).await?;
    rows.iter().map(|row| Ok((row.text("drawn_target")?.to_owned(), Inspection::read(row)?))).collect()
}

/// Every inspection of a holder, the newest first; at most 100.
pub async fn inspections_at(store: &Store, holder: Id) -> Result<Vec<Inspection>, Fault> {
    let sql = "SELECT * FROM inspection WHERE holder = $1 ORDER BY planned_on DESC, id DESC LIMIT 100";
    read_all(store, sql, vec![holder.into()]).await
}

/// The open inspections an officer may see, the next day first; at most 200.
pub async fn open_inspections(store: &Store, account: Id) -> Result<Vec<Inspection>, Fault> {
    const SQL: &str = concat!(
        "SELECT * FROM inspection i WHERE i.is_open = 1 AND ",
        crate::scope_filter!("$1", "$2", "i.agency", "i.region", "i.item"),
        " ORDER BY i.planned_on, i.id LIMIT 200"
    );
    read_all(store, SQL, vec![account.into(), Right::ViewDuty.word().into()]).await
}

/// The newest results an officer may see: those of his agency's inspectors and of its grants; at most 200.
pub async fn closed_inspections(store: &Store, account: Id) -> Result<Vec<Inspection>, Fault> {
    const SQL: &str = concat!(
        "SELECT * FROM inspection i WHERE i.published_at IS NOT NULL AND ",
        crate::scope_filter!("$1", "$2", "i.agency, i.granting", "i.region", "i.item"),
        " ORDER BY i.published_at DESC, i.id DESC LIMIT 200"
    );
    read_all(store, SQL, vec![account.into(), Right::ViewDuty.word().into()]).await
}

/// Results as everybody may read them, newest first: `before` is the last one's time and id; one more than a page.
pub(in crate::supervision) async fn published(
    store: &Store,
    before: Option<(Moment, Id)>,
) -> Result<Vec<Inspection>, Fault> {
    let sql = "SELECT * FROM inspection WHERE published_at IS NOT NULL AND (published_at, id) < ($1, $2) \
               ORDER BY published_at DESC, id DESC LIMIT 21";
    // Beyond every id: ids are hexadecimal digits and dashes.
    let (at, id) = before.map_or((i64::MAX, "g".to_owned()), |(at, id)| (at.ms(), id.to_string()));
    read_all(store, sql, vec![at.into(), id.into()]).await
}

/// The visit to a target on a day, with its version.
pub(in crate::supervision) async fn visit(
    store: &Store,
    (shard, holder, day): (&str, Id, Date),
) -> Result<Option<(Id, i64)>, Fault> {
    let sql = "SELECT id, version FROM visit WHERE shard = $1 AND holder = $2 AND day = $3";
    let rows = store.query(sql, vec![shard.into(), holder.into(), day.into()]).await?;
    rows.first().map(|row| Ok((row.id("id")?, row.int("version")?))).transpose()
}

/// What was done with an inspection, oldest first.
pub(in crate::supervision) async fn inspection_acts(store: &Store, inspection: Id) -> Result<Vec<ActLine>, Fault> {
    let sql = "SELECT * FROM inspection_act WHERE inspection = $1 ORDER BY at, id";
    store.query(sql, vec![inspection.into()]).await?.iter().map(ActLine::read).collect()
}
