//! Who may be drawn to go: officers with a law-enforcement certificate, for which items and until when, as the head of the agency
//! writes it down. Only certificates' numbers are published.

use evidence::draw::is_token;
use kernel::{Date, Id};
use serde_json::json;
use store::{Fault, Leaf, Row, Table, Value};

use super::super::error::SupervisionError;
use super::super::ledger::{canonical, field};
use super::record::{enforcers, inspectors};
use crate::access::{Actor, EVERY, Place, Right};
use crate::approval::Desk;

/// Officers with a certificate.
static ENFORCER: Table = Table {
    name: "enforcer",
    columns: &[
        "shard",
        "account",
        "version",
        "agency",
        "certificate",
        "name",
        "items",
        "valid_to",
        "written_by",
        "written_at",
    ],
    key: &["shard", "account"],
};

/// An officer who may be drawn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Enforcer {
    /// His account.
    pub account: Id,
    /// Version an update expects.
    version: i64,
    /// For whom he goes.
    pub agency: String,
    /// The number of his certificate: a token.
    pub certificate: String,
    /// His name.
    pub name: String,
    /// The items he is qualified for; `*`: all.
    pub items: Vec<String>,
    /// The certificate's last day.
    pub valid_to: Date,
    /// Whether his account may be used.
    pub active: bool,
}

impl Enforcer {
    /// Whether he is qualified for all of these items on a day.
    pub fn is_fit(&self, items: &[String], day: Date) -> bool {
        let covers = |item: &String| self.items.iter().any(|own| own == EVERY || own == item);
        self.active && day <= self.valid_to && items.iter().all(covers)
    }

    pub(super) fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        Ok(Self {
            account: row.id("account")?,
            version: row.int("version")?,
            agency: owned("agency")?,
            certificate: owned("certificate")?,
            name: owned("name")?,
            items: row.text("items")?.split(' ').map(str::to_owned).collect(),
            valid_to: row.date("valid_to")?,
            active: row.text("status")? == "active",
        })
    }
}

/// What is written down of an officer.
#[derive(Clone, Copy, Debug)]
pub struct NewEnforcer<'a> {
    /// For which agency.
    pub agency: &'a str,
    /// His account.
    pub account: &'a str,
    /// The certificate's number.
    pub certificate: &'a str,
    /// Items' ids, `*` for all.
    pub items: &'a [String],
    /// The certificate's last day.
    pub valid_to: &'a str,
}

/// Writes an officer down, or what changed of him. Only the head of the agency does.
///
/// # Errors
/// [`SupervisionError::Form`] with everything wrong at once; [`SupervisionError::NotAllowed`] where the number is another officer's.
pub async fn enlist(desk: &Desk<'_>, actor: &Actor, new: &NewEnforcer<'_>) -> Result<(), SupervisionError> {
    let region = leads(desk, actor, new.agency)?;
    let staff = inspectors(desk.store(), (new.agency, &region)).await?;
    let (account, name, valid_to) = checked(new, &staff).map_err(SupervisionError::Form)?;
    let all = enforcers(desk.store(), new.agency).await?;
    let (number, items) = (new.certificate.trim(), new.items.join(" "));
    let (by, now, shard) = (actor.signature(), desk.base.now(), desk.base.shard);
    let changes: Vec<(&'static str, Value)> = vec![
        ("agency", new.agency.into()),
        ("certificate", number.into()),
        ("name", (&name).into()),
        ("items", (&items).into()),
        ("valid_to", valid_to.into()),
        ("written_by", (&by.name).into()),
        ("written_at", now.into()),
    ];
    let known = all.iter().find(|e| e.account == account);
    let key = vec![shard.into(), account.into()];
    let unit = match known {
        Some(known) => desk.base.unit().update(&ENFORCER, key, known.version, changes),
        None => {
            let begin = key.into_iter().chain([1_i64.into()]);
            desk.base.unit().insert(&ENFORCER, begin.chain(changes.into_iter().map(|(_, value)| value)).collect())
        }
    };
    let body = json!({
        "schema": 1, "kind": LEAF, "agency": new.agency, "certificate": number, "items": new.items,
        "valid_to": valid_to, "at": now,
    });
    let leaf = Leaf { subject: account, kind: LEAF, bytes: canonical(&body)?.into_bytes() };
    match desk.store().commit(unit.leaf(leaf)).await {
        Err(store::CommitError::Conflict(store::Conflict::Exists { .. })) => Err(SupervisionError::not_allowed(
            "这个执法证号已登记给另一人",
            "this certificate is written down for another officer",
        )),
        done => Ok(done.map(drop)?),
    }
}

const LEAF: &str = "draw.officer";

/// The region of an agency for which this officer leads.
fn leads(desk: &Desk<'_>, actor: &Actor, agency: &str) -> Result<String, SupervisionError> {
    let found = desk.catalog.agency(agency).ok_or(SupervisionError::NotFound)?;
    let region = found.region.map(|region| region.to_string()).unwrap_or_default();
    let leads = |item: &str| actor.allow(Right::Lead, &Place { agency, region: &region, item });
    // Rights for one item only are enough: whom one may send is looked at again with each draw.
    let somewhere = actor.staff().is_some_and(|staff| staff.scopes.rows().any(|row| leads(&row.item)));
    if somewhere { Ok(region) } else { Err(SupervisionError::NotFound) }
}

type Checked = (Id, String, Date);

fn checked(new: &NewEnforcer<'_>, staff: &[(Id, String)]) -> Result<Checked, Vec<crate::catalog::FieldError>> {
    let mut wrong = Vec::new();
    let account: Option<Id> = new.account.parse().ok();
    let who = account.and_then(|account| staff.iter().find(|(id, _)| *id == account).cloned());
    if who.is_none() {
        wrong.push(field("/account", "account", "请选择本机关的监管人员", "choose an inspector of this agency"));
    }
    if !is_token(new.certificate.trim()) {
        wrong.push(field(
            "/certificate",
            "token",
            "执法证号为 1 至 64 个字母、数字或 . _ : -",
            "a certificate's number is 1 to 64 letters, digits or . _ : -",
        ));
    }
    let name_of_item = |item: &String| item == EVERY || is_token(item);
    if new.items.is_empty() || !new.items.iter().all(name_of_item) {
        wrong.push(field("/items", "items", "请选择他能检查的事项", "choose the items he is qualified for"));
    }
    let valid_to: Option<Date> = new.valid_to.trim().parse().ok();
    if valid_to.is_none() {
        wrong.push(field("/valid_to", "day", "请填写证件的有效期", "say until when the certificate is valid"));
    }
    match (who, valid_to) {
        (Some((account, name)), Some(day)) if wrong.is_empty() => Ok((account, name, day)),
        _ => Err(wrong),
    }
}
