//! The tables of joint handlings, and every SELECT that reads them.

use std::collections::BTreeMap;

use kernel::{Id, Moment};
use serde_json::Value as Json;
use store::{Fault, Row, Store, Table, Unit, Value};

use crate::access::Desk;
use crate::catalog::FieldOf;

/// Joint handlings, versioned.
pub(super) static JOINT: Table = Table {
    name: "joint_file",
    columns: &[
        "shard",
        "id",
        "version",
        "number",
        "bundle",
        "bundle_version",
        "applicant",
        "applicant_name",
        "applicant_code",
        "filed_by",
        "filed_by_name",
        "lead_agency",
        "region",
        "form",
        "fields",
        "filed_at",
        "gather_due_at",
        "notified_at",
        "answered_at",
        "extended_at",
        "extended_by",
        "extension_why",
    ],
    key: &["shard", "id"],
};

/// Their cases.
pub(super) static PART: Table = Table {
    name: "joint_part",
    columns: &["shard", "joint_id", "case_id", "version", "seq", "item", "content_at", "content_by"],
    key: &["shard", "joint_id", "case_id"],
};

static EVENT: Table = Table {
    name: "joint_event",
    columns: &["shard", "id", "joint_id", "at", "kind", "actor_name", "detail"],
    key: &["shard", "id"],
};

/// A joint handling as stored.
#[derive(Clone, PartialEq, Debug)]
pub struct Joint {
    /// Home shard, part of every key.
    pub shard: String,
    /// Key.
    pub id: Id,
    /// Version an update expects.
    pub version: i64,
    /// Readable number: a case number with an L before it.
    pub number: String,
    /// Bundle id.
    pub bundle: String,
    /// Content hash of the bundle's file when it was filed.
    pub bundle_version: String,
    /// Applicant's party.
    pub applicant: Id,
    /// Applicant's name.
    pub applicant_name: String,
    /// Applicant's code. Never shown unmasked.
    pub applicant_code: String,
    /// Account that filed.
    pub filed_by: Id,
    /// Name of who filed.
    pub filed_by_name: String,
    /// The agency that leads: it decides the bundle's first item.
    pub lead_agency: String,
    /// Region responsible for it.
    pub region: String,
    /// The form's values, normalised.
    pub form: Json,
    /// Which fields of which items each of them fills.
    pub fields: BTreeMap<String, Vec<FieldOf>>,
    /// Filed.
    pub filed_at: Moment,
    /// Until when the agencies may say what is to be mended; none where the calendar does not reach.
    pub gather_due_at: Option<Moment>,
    /// When the one notice went out.
    pub notified_at: Option<Moment>,
    /// When the applicant answered it.
    pub answered_at: Option<Moment>,
    /// When its limit was extended.
    pub extended_at: Option<Moment>,
    /// By whom, and who approved.
    pub extended_by: Option<String>,
    /// Why, in words the applicant reads.
    pub extension_why: Option<String>,
}

impl Joint {
    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.id.into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            self.id.into(),
            self.version.into(),
            (&self.number).into(),
            (&self.bundle).into(),
            (&self.bundle_version).into(),
            self.applicant.into(),
            (&self.applicant_name).into(),
            (&self.applicant_code).into(),
            self.filed_by.into(),
            (&self.filed_by_name).into(),
            (&self.lead_agency).into(),
            (&self.region).into(),
            self.form.to_string().into(),
            serde_json::to_string(&self.fields).unwrap_or_default().into(),
            self.filed_at.into(),
            self.gather_due_at.into(),
            self.notified_at.into(),
            self.answered_at.into(),
            self.extended_at.into(),
            self.extended_by.as_deref().into(),
            self.extension_why.as_deref().into(),
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let maybe = |column| row.opt_text(column).map(|t| t.map(str::to_owned));
        let broken = |e: serde_json::Error| Fault::Misuse(format!("a joint handling is no JSON: {e}"));
        Ok(Self {
            shard: owned("shard")?,
            id: row.id("id")?,
            version: row.int("version")?,
            number: owned("number")?,
            bundle: owned("bundle")?,
            bundle_version: owned("bundle_version")?,
            applicant: row.id("applicant")?,
            applicant_name: owned("applicant_name")?,
            applicant_code: owned("applicant_code")?,
            filed_by: row.id("filed_by")?,
            filed_by_name: owned("filed_by_name")?,
            lead_agency: owned("lead_agency")?,
            region: owned("region")?,
            form: serde_json::from_str(row.text("form")?).map_err(broken)?,
            fields: serde_json::from_str(row.text("fields")?).map_err(broken)?,
            filed_at: row.moment("filed_at")?,
            gather_due_at: row.opt_moment("gather_due_at")?,
            notified_at: row.opt_moment("notified_at")?,
            answered_at: row.opt_moment("answered_at")?,
            extended_at: row.opt_moment("extended_at")?,
            extended_by: maybe("extended_by")?,
            extension_why: maybe("extension_why")?,
        })
    }
}

/// A case of a joint handling as this room keeps it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct PartRow {
    pub(super) case: Id,
    pub(super) version: i64,
    pub(super) seq: i64,
    pub(super) content_at: Option<Moment>,
    pub(super) content_by: Option<String>,
}

/// What was done with a joint handling itself.
#[derive(Clone, PartialEq, Debug)]
pub struct JointEvent {
    /// When.
    pub at: Moment,
    /// What: `filed`, `notified`, `answered`, `content`, `extended`.
    pub kind: String,
    /// Who.
    pub actor_name: String,
    /// What exactly (JSON).
    pub detail: Json,
}

pub(super) fn event(desk: &Desk<'_>, joint: &Joint, (kind, by): (&'static str, &str), detail: &Json) -> Unit {
    let row = vec![
        (&joint.shard).into(),
        desk.id().into(),
        joint.id.into(),
        desk.now().into(),
        kind.into(),
        by.into(),
        detail.to_string().into(),
    ];
    desk.unit().insert(&EVENT, row)
}

pub(super) async fn joint(store: &Store, id: Id) -> Result<Option<Joint>, Fault> {
    let sql = concat!(
        store::shards!("joint_file"),
        "SELECT j.* FROM home JOIN joint_file j ON j.shard = home.shard AND j.id = $1"
    );
    store.query(sql, vec![id.into()]).await?.first().map(Joint::read).transpose()
}

pub(super) async fn joint_by_number(store: &Store, number: &str) -> Result<Option<Joint>, Fault> {
    let rows = store.query("SELECT * FROM joint_file WHERE number = $1", vec![number.into()]).await?;
    rows.first().map(Joint::read).transpose()
}

pub(super) async fn joints_of(store: &Store, applicant: Id) -> Result<Vec<Joint>, Fault> {
    let sql = "SELECT * FROM joint_file WHERE applicant = $1 ORDER BY filed_at DESC LIMIT 50";
    store.query(sql, vec![applicant.into()]).await?.iter().map(Joint::read).collect()
}

pub(super) async fn joint_filed_with(store: &Store, account: &str, key: &str) -> Result<Option<Joint>, Fault> {
    let sql = concat!(
        store::shards!("idempotency"),
        "SELECT j.* FROM home JOIN idempotency i ON i.shard = home.shard AND i.actor = $1 AND i.key = $2 \
         JOIN joint_file j ON j.shard = i.shard AND j.id = i.response"
    );
    store.query(sql, vec![account.into(), key.into()]).await?.first().map(Joint::read).transpose()
}

pub(super) async fn parts(store: &Store, joint: Id) -> Result<Vec<PartRow>, Fault> {
    let sql = "SELECT * FROM joint_part WHERE joint_id = $1 ORDER BY seq";
    let read = |row: &Row| {
        Ok(PartRow {
            case: row.id("case_id")?,
            version: row.int("version")?,
            seq: row.int("seq")?,
            content_at: row.opt_moment("content_at")?,
            content_by: row.opt_text("content_by")?.map(str::to_owned),
        })
    };
    store.query(sql, vec![joint.into()]).await?.iter().map(read).collect()
}

pub(super) async fn events(store: &Store, joint: Id) -> Result<Vec<JointEvent>, Fault> {
    let sql = "SELECT * FROM joint_event WHERE joint_id = $1 ORDER BY at, id";
    let read = |row: &Row| {
        let detail = serde_json::from_str(row.text("detail")?);
        Ok(JointEvent {
            at: row.moment("at")?,
            kind: row.text("kind")?.to_owned(),
            actor_name: row.text("actor_name")?.to_owned(),
            detail: detail.map_err(|e| Fault::Misuse(format!("an event is no JSON: {e}")))?,
        })
    };
    store.query(sql, vec![joint.into()]).await?.iter().map(read).collect()
}
