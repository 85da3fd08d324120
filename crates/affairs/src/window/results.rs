//! Results out: at the counter to whoever may have them and was recognised there, by courier, or as the e-licence. Once.

use kernel::Id;
use serde_json::json;
use store::{Fault, Store, Unit, Value};

use super::acts::note_of;
use super::decide::{Post, Way, may_receive, post};
use super::error::{forbidden, one};
use super::leaf::leaf;
use super::opened::opened;
use super::record::{self, COUNTER_CASE, CounterCase, Reception};
use super::seat::seated;
use crate::access::{Actor, Signature};
use crate::approval::{self, ApprovalError, Case, Desk, commit_owing};
use crate::catalog::HallAct;

/// The longest number of a parcel; characters.
const PARCEL_MOST: usize = 60;

/// How a result is handed out.
#[derive(Clone, Copy, Debug)]
pub enum Handing<'a> {
    /// To who stands there, or shown to him in his account.
    Here {
        /// In this reception he was recognised.
        reception: &'a Reception,
        /// As the e-licence: nothing on paper.
        is_electronic: bool,
    },
    /// By courier, to the address told when it was filed.
    Courier {
        /// The courier's number.
        parcel: &'a str,
    },
}

/// A decided case whose result nobody has fetched.
#[derive(Debug)]
pub struct Uncollected {
    /// What the counter knows of it.
    pub counter: CounterCase,
    /// The case.
    pub case: Case,
}

/// Hands the result of a decided case out.
///
/// # Errors
/// [`ApprovalError::NotFound`] where it was not opened in the reception, or was not taken in at this hall;
/// [`ApprovalError::NotAllowed`] while it is not decided; [`ApprovalError::Forbidden`] where it was handed out before, or this
/// counter hands nothing out; [`ApprovalError::Form`] without a courier's number.
pub async fn deliver(
    desk: &Desk<'_>,
    officer: &Actor,
    (number, handing): (&str, &Handing<'_>),
) -> Result<CounterCase, ApprovalError> {
    let today = desk.base.now().date();
    let (place, case, told) = match handing {
        Handing::Here { reception, .. } => {
            let found = opened(desk, reception, number).await?;
            let place = post(desk.catalog, (&reception.hall, &reception.counter), today)?;
            (place, found.file.case, None)
        }
        Handing::Courier { parcel } => {
            let (_, place) = seated(desk, officer).await?;
            let case = approval::numbered(desk.store(), number).await?.ok_or(ApprovalError::NotFound)?;
            (place, case, Some(parcel_of(parcel)?))
        }
    };
    let before = record::counter_case(desk.store(), case.id).await?;
    if told.is_some() && before.as_ref().is_none_or(|row| row.hall != place.hall.id) {
        return Err(ApprovalError::NotFound);
    }
    may_receive(desk.catalog, officer, (&place, HallAct::Deliver), (&case.item, &case.deciding_agency))?;
    ready(&case, before.as_ref(), told.is_some())?;
    let handed = Handed { desk, place: &place, case: &case, by: officer.signature() };
    handed.written(before, (handing, told)).await?;
    record::counter_case(desk.store(), case.id).await?.ok_or(ApprovalError::NotFound)
}

fn parcel_of(typed: &str) -> Result<String, ApprovalError> {
    let parcel = typed.trim();
    if (4..=PARCEL_MOST).contains(&parcel.chars().count()) {
        return Ok(parcel.to_owned());
    }
    Err(one("/parcel", "required", ("请填写邮寄单号", "write the courier's number")))
}

fn ready(case: &Case, before: Option<&CounterCase>, by_courier: bool) -> Result<(), ApprovalError> {
    if !case.state.is_agencys_end() {
        return Err(ApprovalError::NotAllowed(case.state));
    }
    let Some(row) = before else { return Ok(()) };
    if row.delivered.is_some() {
        return Err(forbidden("结果已经送达，不能再次送达", "the result was handed out already: once"));
    }
    if by_courier && row.way != Way::Courier {
        return Err(forbidden("申请人没有选择邮寄", "the applicant did not ask for a courier"));
    }
    Ok(())
}

/// One handing out.
struct Handed<'a> {
    desk: &'a Desk<'a>,
    place: &'a Post<'a>,
    case: &'a Case,
    by: Signature,
}

impl Handed<'_> {
    async fn written(
        &self,
        before: Option<CounterCase>,
        (handing, parcel): (&Handing<'_>, Option<String>),
    ) -> Result<(), ApprovalError> {
        let (way, reception) = match handing {
            Handing::Here { reception, is_electronic: false } => (Way::Counter, Some(*reception)),
            Handing::Here { reception, is_electronic: true } => (Way::Electronic, Some(*reception)),
            Handing::Courier { .. } => (Way::Courier, None),
        };
        let unit = self.row(before, (way, reception, parcel.as_deref()));
        let by = Signature { on_behalf: reception.map(|r| r.name.clone()), ..self.by.clone() };
        let unit = unit.and(approval::note_told(self.desk, self.case, ("delivered", note_of(self.place)), &by));
        let public = json!({ "number": self.case.number, "way": way.word() });
        let private = json!({ "by": by, "parcel": parcel, "reception": reception.map(|r| r.id.to_string()) });
        let at = (self.place.hall.id.as_str(), self.place.code());
        let leaf = leaf(self.desk, ("result.delivered", self.case.id), at, (&public, &private))?;
        commit_owing(self.desk, unit, leaf).await
    }

    /// The row of the case, with how it was handed out. A case begun online has none yet.
    fn row(
        &self,
        before: Option<CounterCase>,
        (way, reception, parcel): (Way, Option<&Reception>, Option<&str>),
    ) -> Unit {
        let now = self.desk.base.now();
        let changes: Vec<(&'static str, Value)> = vec![
            ("delivered_at", now.into()),
            ("delivered_way", way.word().into()),
            ("delivered_by", self.by.account.into()),
            ("delivered_by_name", (&self.by.name).into()),
            ("delivered_hall", (&self.place.hall.id).into()),
            ("collected_by", reception.map(|r| r.party).into()),
            ("collected_name", reception.map(|r| r.name.as_str()).into()),
            ("reception", reception.map(|r| r.id).into()),
            ("parcel", parcel.into()),
        ];
        let unit = self.desk.base.unit();
        match before {
            Some(row) => unit.update(&COUNTER_CASE, row.key(), row.version, changes),
            None => {
                let fresh = self.fresh(way);
                let known = fresh.values();
                let values = COUNTER_CASE.columns.iter().zip(known).map(|(column, value)| {
                    let change = changes.iter().find(|(name, _)| name == column);
                    change.map_or(value, |(_, value)| value.clone())
                });
                unit.insert(&COUNTER_CASE, values.collect())
            }
        }
    }

    fn fresh(&self, way: Way) -> CounterCase {
        CounterCase {
            shard: self.case.shard.clone(),
            case: self.case.id,
            version: 1,
            hall: self.place.hall.id.clone(),
            counter: self.place.code().to_owned(),
            keeper: self.place.keeper().to_owned(),
            hall_region: self.place.hall.region.to_string(),
            received: None,
            way,
            address: String::new(),
            delivered: None,
            collected: None,
            parcel: None,
        }
    }
}

/// Decided cases of a hall whose results nobody has fetched, the oldest first, as far as the officer receives there.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn uncollected(store: &Store, officer: &Actor, hall: &str) -> Result<Vec<Uncollected>, Fault> {
    let Some(account) = officer.account() else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for counter in record::uncollected(store, account, hall).await? {
        if let Some(file) = approval::story(store, counter.case).await? {
            found.push(Uncollected { counter, case: file.case });
        }
    }
    Ok(found)
}

/// What a counter has to do with a case; none: nothing.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn counter_case(store: &Store, case: Id) -> Result<Option<CounterCase>, Fault> {
    record::counter_case(store, case).await
}
