//! A wrong that somebody reports (举报投诉): anybody may, without a name; he gets a number and a secret by which he alone reads the answer.
//!
//! It goes to the agency that looks after grants of that item in that region, with a limit; an officer answers. What the answer leads to
//! goes its own way: an inspection is planned with the source `complaint`.

mod record;

use evidence::canonical::{Salt, canonical_value, commitment};
use kernel::{Id, Moment};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::{Fault, Leaf, Store};
use subtle::ConstantTimeEq as _;

use super::decide::end_far_ahead;
use super::error::SupervisionError;
use super::inspect::{number, terms};
use super::ledger::{field, said};
use crate::access::{Actor, Place, Right};
use crate::approval::Desk;
use crate::catalog::{Catalog, Item, Supervisor};

pub use record::reports_for;
use record::{REPORT, by_number};

/// Letters that are not misread when copied by hand: no 0 1 I L O U.
const LETTERS: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Twelve of thirty letters: 58 bits.
const LENGTH: usize = 12;
const LEAF: &str = "report.act";

/// What is reported.
#[derive(Clone, Copy, Debug)]
pub struct NewReport<'a> {
    /// The item it is about.
    pub item: &'a str,
    /// The region, a division's code.
    pub region: &'a str,
    /// Whom or which place it is about, in words.
    pub place: &'a str,
    /// What is wrong.
    pub what: &'a str,
}

/// A report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// Home shard.
    pub shard: String,
    /// Key.
    pub id: Id,
    /// Version an update expects.
    pub version: i64,
    /// The number people read out.
    pub number: String,
    secret_hash: String,
    /// The item.
    pub item: String,
    /// Where.
    pub region: String,
    /// Who answers.
    pub agency: String,
    /// Whom or which place it is about.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// When it came.
    pub reported_at: Moment,
    /// Until when it is answered; none where the calendar does not reach.
    pub due_at: Option<Moment>,
    /// The answer …
    pub answer: Option<String>,
    /// … by whom …
    pub answered_by: Option<String>,
    /// … and when.
    pub answered_at: Option<Moment>,
}

impl Report {
    /// Whether an officer holds a right over it.
    pub fn allows(&self, actor: &Actor, right: Right) -> bool {
        actor.allow(right, &Place { agency: &self.agency, region: &self.region, item: &self.item })
    }

    /// Whether somebody typed its secret; spaces, dashes and case do not matter.
    fn opens(&self, typed: &str) -> bool {
        hashed(typed).as_bytes().ct_eq(self.secret_hash.as_bytes()).into()
    }
}

fn hashed(secret: &str) -> String {
    let plain: String = secret.to_uppercase().chars().filter(char::is_ascii_alphanumeric).collect();
    hex::encode(Sha256::digest(plain))
}

/// Who looks after grants of an item in a region: the agency of its first duty, else the one that decides.
fn owner(catalog: &Catalog, item: &Item, region: &str) -> Option<String> {
    let of_role = |role: &str| catalog.agency_with_role(role, region).map(|agency| agency.id.clone());
    let looks = item.duties.first().and_then(|duty| match &duty.supervisor {
        Supervisor::Agency(id) => Some(id.clone()),
        Supervisor::Role { role, .. } => of_role(role),
    });
    let decides = || item.power.deciding_role.as_deref().and_then(of_role);
    looks.or_else(decides).or_else(|| Some(item.power.deciding_agency.clone()).filter(|id| !id.is_empty()))
}

/// Takes a report. Gives it with its secret, in three groups: shown once, kept as a hash.
///
/// # Errors
/// [`SupervisionError::Form`] with everything wrong at once.
pub async fn report(desk: &Desk<'_>, new: &NewReport<'_>) -> Result<(Report, String), SupervisionError> {
    let now = desk.base.now();
    let (agency, mut wrong) = (found(desk, new), Vec::new());
    match &agency {
        Err(pointer) => wrong.push(field(pointer, "choice", "请选择", "please choose")),
        Ok(None) => wrong.push(field(
            "/region",
            "agency",
            "这个地区没有机关监管这个事项",
            "no agency looks after this item there",
        )),
        Ok(Some(_)) => {}
    }
    let texts = [said("/place", new.place), said("/what", new.what)].map(|text| match text {
        Ok(text) => text,
        Err(SupervisionError::Form(errors)) => {
            wrong.extend(errors);
            String::new()
        }
        Err(_) => String::new(),
    });
    let [place, what] = texts;
    let Ok(Some(agency)) = agency else { return Err(SupervisionError::Form(wrong)) };
    if !wrong.is_empty() {
        return Err(SupervisionError::Form(wrong));
    }
    let mut bytes = [0; LENGTH];
    desk.base.entropy.fill(&mut bytes);
    let letters: String = bytes.iter().map(|b| char::from(LETTERS[usize::from(*b) % 30])).collect();
    let secret = [&letters[..4], &letters[4..8], &letters[8..]].join("-");
    let id = desk.base.id();
    let answer = terms(desk)?.rules.report.period;
    let report = Report {
        shard: desk.base.shard.to_owned(),
        id,
        version: 1,
        number: number("JB", now, id),
        secret_hash: hashed(&secret),
        item: new.item.to_owned(),
        region: new.region.to_owned(),
        agency,
        place,
        what,
        reported_at: now,
        due_at: end_far_ahead(&answer, now, desk.catalog.calendar()),
        answer: None,
        answered_by: None,
        answered_at: None,
    };
    let unit = desk.base.unit().insert(&REPORT, report.values()).leaf(leaf(desk, &report, "reported")?);
    desk.store().commit(unit).await?;
    Ok((report, secret))
}

/// Who answers; the field that is wrong where it cannot be told.
fn found(desk: &Desk<'_>, new: &NewReport<'_>) -> Result<Option<String>, &'static str> {
    let item = desk.catalog.item(new.item, desk.base.now().date()).ok_or("/item")?;
    new.region.parse::<kernel::RegionCode>().map_err(|_| "/region")?;
    Ok(owner(desk.catalog, &item, new.region))
}

/// What the log keeps: that something was reported or answered, to whom and when; the words in a salted commitment.
fn leaf(desk: &Desk<'_>, report: &Report, did: &str) -> Result<Leaf, Fault> {
    let text = |body| canonical_value(body).map_err(|e| Fault::Misuse(format!("a leaf cannot be written: {e}")));
    let private = json!({ "place": report.place, "what": report.what, "answer": report.answer });
    let kept = commitment(&Salt::generate(desk.base.entropy), text(&private)?.as_bytes()).to_string();
    let body = json!({
        "schema": 1, "kind": LEAF, "number": report.number, "did": did, "agency": report.agency, "item": report.item,
        "at": desk.base.now(), "commitment": kept,
    });
    Ok(Leaf { subject: report.id, kind: LEAF, bytes: text(&body)?.into_bytes() })
}

/// The report that somebody asks for with its number and secret.
///
/// # Errors
/// [`SupervisionError::NotFound`] where either is wrong: the two look the same.
pub async fn reported(store: &Store, number: &str, secret: &str) -> Result<Report, SupervisionError> {
    let found = by_number(store, number.trim()).await?;
    found.filter(|report| report.opens(secret)).ok_or(SupervisionError::NotFound)
}

/// A report for an officer who may see it.
///
/// # Errors
/// [`SupervisionError::NotFound`].
pub async fn report_for(store: &Store, actor: &Actor, number: &str) -> Result<Report, SupervisionError> {
    let found = by_number(store, number).await?;
    found.filter(|report| report.allows(actor, Right::ViewDuty)).ok_or(SupervisionError::NotFound)
}

/// Answers a report, once.
///
/// # Errors
/// [`SupervisionError::NotAllowed`] where it was answered; [`SupervisionError::Form`] where nothing is said.
pub async fn answer_report(
    desk: &Desk<'_>,
    actor: &Actor,
    (number, version): (&str, i64),
    text: &str,
) -> Result<Report, SupervisionError> {
    let mut report = report_for(desk.store(), actor, number).await?;
    if !report.allows(actor, Right::HandleDuty) && !report.allows(actor, Right::DecideCase) {
        return Err(SupervisionError::forbidden("您的岗位只能查看举报", "your post may only see reports"));
    }
    if report.version != version {
        return Err(SupervisionError::Changed);
    }
    if report.answer.is_some() {
        return Err(SupervisionError::not_allowed("已经答复", "it was answered"));
    }
    report.answer = Some(said("/answer", text)?);
    report.answered_by = Some(actor.signature().name);
    report.answered_at = Some(desk.base.now());
    let unit = desk.base.unit().update(&REPORT, report.key(), report.version, report.changes());
    desk.store().commit(unit.leaf(leaf(desk, &report, "answered")?)).await?;
    report.version += 1;
    Ok(report)
}
