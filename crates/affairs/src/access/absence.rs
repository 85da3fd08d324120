//! Who is away, from which day to which, and who stands in: said before, by the officer himself or whoever keeps his
//! account or leads his office. What lies with somebody who is away goes to his deputy while he is (room `approval`).

mod record;

use kernel::{Date, Id};
use serde_json::json;
use store::{Fault, Store};

use record::ABSENCE;

use super::act::{Act, record as record_act};
use super::record as accounts;
use super::staff::place;
use super::{AccessError, Account, AccountKind, AccountStatus, Actor, Desk, Right};

/// The longest reason kept; characters.
const REASON_MOST: usize = 200;

/// Days on which somebody is away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Absence {
    /// Key.
    pub id: Id,
    /// Who.
    pub account: Id,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Who stands in, where somebody does.
    pub deputy: Option<Id>,
    /// Why, for colleagues; may be empty.
    pub reason: String,
    /// Who said so.
    pub declared_by: String,
    pub(super) shard: String,
    pub(super) version: i64,
}

/// An absence to be declared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewAbsence<'a> {
    /// Who.
    pub account: Id,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Who stands in.
    pub deputy: Option<Id>,
    /// Why, for colleagues; may be empty.
    pub reason: &'a str,
}

/// May `by` say when this member of staff is away?
fn may_declare(by: &Actor, account: &Account) -> bool {
    let place = place(account);
    by.account() == Some(account.id) || by.allow(Right::Lead, &place) || by.allow(Right::ManageStaff, &place)
}

async fn reached(desk: &Desk<'_>, by: &Actor, account: Id) -> Result<Account, AccessError> {
    let account = accounts::account_by_id(desk.store, desk.shard, account).await?.ok_or(AccessError::NotFound)?;
    let reached = account.kind == AccountKind::Staff && may_declare(by, &account);
    if reached { Ok(account) } else { Err(AccessError::NotFound) }
}

/// Says that a member of staff will be away.
///
/// # Errors
/// [`AccessError::NotFound`] where `by` may not say so; [`AccessError::Invalid`] where the days are in the past or the wrong
/// way round, or the deputy is nobody, the same person or away himself.
pub async fn declare(desk: &Desk<'_>, by: &Actor, new: &NewAbsence<'_>) -> Result<Absence, AccessError> {
    let account = reached(desk, by, new.account).await?;
    days(desk, new)?;
    if let Some(deputy) = new.deputy {
        stands_in(desk, new, deputy).await?;
    }
    let reason: String = new.reason.trim().chars().filter(|c| !c.is_control()).take(REASON_MOST).collect();
    let absence = Absence {
        id: desk.id(),
        account: account.id,
        from: new.from,
        to: new.to,
        deputy: new.deputy,
        reason,
        declared_by: by.signature().name,
        shard: desk.shard.to_owned(),
        version: 1,
    };
    let values = vec![
        desk.shard.into(),
        absence.id.into(),
        absence.version.into(),
        absence.account.into(),
        absence.from.into(),
        absence.to.into(),
        absence.deputy.into(),
        (&absence.reason).into(),
        (&absence.declared_by).into(),
        desk.now().into(),
        store::Value::Null,
    ];
    let detail = json!({ "from": absence.from.to_string(), "to": absence.to.to_string(),
        "deputy": absence.deputy.map(|id| id.to_string()) });
    let act = Act { kind: "staff.away", subject: account.id, detail };
    desk.store.commit(record_act(desk, desk.unit().insert(&ABSENCE, values), by, &act)).await?;
    Ok(absence)
}

fn days(desk: &Desk<'_>, new: &NewAbsence<'_>) -> Result<(), AccessError> {
    if new.to < new.from {
        return Err(AccessError::field("to", "最后一天不能早于第一天", "The last day is before the first"));
    }
    if new.to < desk.now().date() {
        return Err(AccessError::field("to", "这些日子已经过去", "These days are over"));
    }
    Ok(())
}

async fn stands_in(desk: &Desk<'_>, new: &NewAbsence<'_>, deputy: Id) -> Result<(), AccessError> {
    if deputy == new.account {
        return Err(AccessError::field("deputy", "不能由本人代理自己", "Nobody stands in for himself"));
    }
    let found = accounts::account_by_id(desk.store, desk.shard, deputy).await?;
    let able = |account: Account| account.kind == AccountKind::Staff && account.status == AccountStatus::Active;
    if !found.is_some_and(able) {
        return Err(AccessError::field("deputy", "请选择在用的工作人员账号", "Choose a member of staff in office"));
    }
    let away = record::absences_of(desk.store, deputy, new.from).await?;
    if away.iter().any(|a| a.from <= new.to && new.from <= a.to) {
        return Err(AccessError::field("deputy", "代理人在这些日子里也不在岗", "The deputy is away on these days too"));
    }
    Ok(())
}

/// Ends an absence before its last day, or takes one back that has not begun.
///
/// # Errors
/// [`AccessError::NotFound`] where there is none that `by` may end.
pub async fn end(desk: &Desk<'_>, by: &Actor, id: Id) -> Result<(), AccessError> {
    let absence = record::absence(desk.store, desk.shard, id).await?.ok_or(AccessError::NotFound)?;
    reached(desk, by, absence.account).await?;
    let key = vec![(&absence.shard).into(), absence.id.into()];
    let unit = desk.unit().update(&ABSENCE, key, absence.version, vec![("ended_at", desk.now().into())]);
    let act = Act { kind: "staff.back", subject: absence.account, detail: json!({ "absence": id.to_string() }) };
    desk.store.commit(record_act(desk, unit, by, &act)).await?;
    Ok(())
}

/// The absences of a member of staff that are not over on `day`, in the order of their days.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn of(store: &Store, account: Id, day: Date) -> Result<Vec<Absence>, Fault> {
    record::absences_of(store, account, day).await
}

/// Everybody who is away on `day`.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn on(store: &Store, day: Date) -> Result<Vec<Absence>, Fault> {
    record::absences_on(store, day).await
}

/// The other staff of the agency in which somebody sits, by name: account, name, post. Among them deputies are found.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn colleagues(store: &Store, shard: &str, account: Id) -> Result<Vec<(Id, String, String)>, Fault> {
    record::colleagues(store, shard, account).await
}
