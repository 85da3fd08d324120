//! Staff accounts: made, given rights, disabled by an administrator in scope. Every such act is a leaf of the log.
//!
//! Nobody changes his own rights; nobody gives rights that reach further than his own right to manage staff; a disabled
//! account stays, because its acts keep a name.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Id, RegionCode, Text};
use serde_json::{Value as Json, json};
use store::{CommitError, Conflict, Fault, Store};

use super::act::{Act, record as record_act};
use super::error::FieldFault;
use super::people::{account_values, is_name};
use super::record::{self, ACCOUNT, AGENCY_LINE, ActLine, REGION_HEIR, SCOPE};
use super::scope::Heir;
use super::session::end_all;
use super::sign_in::link_unit;
use super::{
    AccessError, Account, AccountKind, AccountStatus, Actor, Desk, EVERY, LinkPurpose, Place, Right, Scope, Scopes,
    Token,
};

/// A member of staff to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewStaff {
    /// The login name: 2 to 40 of a–z, 0–9, `.`, `-`, `_`.
    pub login: String,
    /// The officer's name, as it stands under decisions.
    pub name: String,
    /// The officer's post, as it stands under decisions.
    pub post: String,
    /// The officer's agency.
    pub agency: String,
    /// The officer's region (code).
    pub region: String,
}

/// A member of staff with his rights.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// The account.
    pub account: Account,
    /// The rows of rights.
    pub scopes: Vec<Scope>,
}

/// Where an officer's account belongs: whoever manages staff there may change it.
pub(super) fn place(account: &Account) -> Place<'_> {
    Place { agency: &account.agency, region: &account.region, item: EVERY }
}

/// The machine (an operator at its console) may; an officer where his right to manage staff reaches.
pub(super) fn require(by: &Actor, place: &Place) -> Result<(), AccessError> {
    let allowed = *by == Actor::Machine || by.allow(Right::ManageStaff, place);
    if allowed { Ok(()) } else { Err(AccessError::NotAllowed) }
}

/// The login name as it is compared: without outer spaces, small letters, at most 64 characters.
pub(super) fn login_of(typed: &str) -> String {
    typed.trim().chars().filter(|c| !c.is_control()).take(64).collect::<String>().to_lowercase()
}

/// Makes an account without a password, and the link by which the officer sets one.
pub async fn create(desk: &Desk<'_>, by: &Actor, new: &NewStaff) -> Result<(Account, Token), AccessError> {
    let account = checked(desk, new)?;
    require(by, &place(&account))?;
    let token = Token::new(desk.entropy);
    let detail = json!({ "login": account.login, "name": account.name, "post": account.post,
        "agency": account.agency, "region": account.region });
    let unit = desk.unit().insert(&ACCOUNT, account_values(&account)).and(link_unit(
        desk,
        &token,
        &account,
        (by, LinkPurpose::SetPassword),
    ));
    let unit = record_act(desk, unit, by, &Act { kind: "staff.created", subject: account.id, detail });
    match desk.store.commit(unit).await {
        Ok(_) => Ok((account, token)),
        Err(CommitError::Conflict(Conflict::Exists { table })) if table == ACCOUNT.name => {
            Err(AccessError::field("login", "该登录名已被使用", "This login name is taken"))
        }
        Err(other) => Err(other.into()),
    }
}

fn checked(desk: &Desk, new: &NewStaff) -> Result<Account, AccessError> {
    let login = login_of(&new.login);
    let region = new.region.parse::<RegionCode>();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
    let tests = [
        (
            "login",
            (2..=40).contains(&login.len()) && login.chars().all(plain),
            "登录名为2–40个小写字母、数字或 . - _",
            "2 to 40 small letters, digits or . - _",
        ),
        ("name", is_name(&new.name), "请填写姓名", "Write the officer's name"),
        ("post", is_name(&new.post), "请填写职务", "Write the officer's post"),
        ("agency", is_name(&new.agency), "请选择机关", "Choose an agency"),
        ("region", region.is_ok(), "请选择行政区划", "Choose a region"),
    ];
    let faults: Vec<_> = tests
        .into_iter()
        .filter(|t| !t.1)
        .map(|(field, _, zh, en)| FieldFault { field, reason: Text::new(zh, en) })
        .collect();
    let Ok(region) = region else { return Err(AccessError::Invalid(faults)) };
    if !faults.is_empty() {
        return Err(AccessError::Invalid(faults));
    }
    Ok(Account {
        id: desk.id(),
        kind: AccountKind::Staff,
        party: None,
        login: Some(login),
        name: new.name.trim().to_owned(),
        post: new.post.trim().to_owned(),
        agency: new.agency.trim().to_owned(),
        region: region.to_string(),
        status: AccountStatus::Active,
        password_at: None,
        created_at: desk.now(),
        shard: desk.shard.to_owned(),
        version: 1,
        epoch: 0,
        password: None,
    })
}

/// Every member of staff whom `by` may manage, by login name.
pub async fn list(store: &Store, by: &Actor) -> Result<Vec<Member>, Fault> {
    let mut members = Vec::new();
    for account in record::staff(store).await? {
        if require(by, &place(&account)).is_ok() {
            let scopes = record::scopes(store, account.id).await?.rows().cloned().collect();
            members.push(Member { account, scopes });
        }
    }
    Ok(members)
}

/// One member of staff with rights, and what was done to the account; outside the reach of `by` it is not found.
pub async fn show(desk: &Desk<'_>, by: &Actor, account: Id) -> Result<(Member, Vec<ActLine>), AccessError> {
    let account = managed(desk, by, account).await?;
    let scopes = record::scopes(desk.store, account.id).await?.rows().cloned().collect();
    let acts = record::acts_of(desk.store, account.id).await?;
    Ok((Member { account, scopes }, acts))
}

/// The newest acts on staff accounts that the officer may audit, each with the login name it was done to. Among the last
/// 500 of all.
pub async fn trail(store: &Store, by: &Actor) -> Result<Vec<(String, ActLine)>, Fault> {
    let acts = record::staff_acts(store).await?.into_iter();
    let reached = acts.filter(|a| by.allow(Right::Audit, &Place { agency: &a.agency, region: &a.region, item: EVERY }));
    Ok(reached.map(|a| (a.login, a.act)).collect())
}

/// The officer with this login name: for the console.
pub async fn by_login(store: &Store, login: &str) -> Result<Option<Account>, Fault> {
    record::account_by_login(store, &login_of(login)).await
}

/// The officer with this account, where it may be used.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn in_office(store: &Store, shard: &str, account: Id) -> Result<Option<Account>, Fault> {
    let found = record::account_by_id(store, shard, account).await?;
    Ok(found.filter(|a| a.kind == AccountKind::Staff && a.status == AccountStatus::Active))
}

/// The compiled rights of an account.
pub async fn scopes(store: &Store, account: Id) -> Result<Scopes, Fault> {
    record::scopes(store, account).await
}

async fn managed(desk: &Desk<'_>, by: &Actor, account: Id) -> Result<Account, AccessError> {
    let account = record::account_by_id(desk.store, desk.shard, account).await?.ok_or(AccessError::NotFound)?;
    if account.kind != AccountKind::Staff || require(by, &place(&account)).is_err() {
        return Err(AccessError::NotFound);
    }
    Ok(account)
}

/// Somebody else's account within reach, for a change of rights.
async fn changeable(desk: &Desk<'_>, by: &Actor, account: Id) -> Result<Account, AccessError> {
    if by.account() == Some(account) {
        return Err(AccessError::NotAllowed);
    }
    managed(desk, by, account).await
}

/// Gives a row of rights. Giving it twice changes nothing.
pub async fn grant_scope(desk: &Desk<'_>, by: &Actor, account: Id, scope: &Scope) -> Result<(), AccessError> {
    let account = changeable(desk, by, account).await?;
    let scope = canonical(scope)?;
    require(by, &Place { agency: &scope.agency, region: &scope.region, item: &scope.item })?;
    if record::scopes(desk.store, account.id).await?.rows().any(|s| *s == scope) {
        return Ok(());
    }
    let mut values = scope_key(desk, &account, &scope);
    values.extend([scope.region_prefix().into(), by.signature().name.into(), desk.now().into()]);
    let act = Act { kind: "scope.granted", subject: account.id, detail: scope_json(&scope) };
    desk.store.commit(record_act(desk, desk.unit().insert(&SCOPE, values), by, &act)).await?;
    Ok(())
}

/// Takes a row of rights back: it ends with the next request of the officer.
pub async fn revoke_scope(desk: &Desk<'_>, by: &Actor, account: Id, scope: &Scope) -> Result<(), AccessError> {
    let account = changeable(desk, by, account).await?;
    if !record::scopes(desk.store, account.id).await?.rows().any(|s| s == scope) {
        return Err(AccessError::NotFound);
    }
    let unit = desk.unit().delete(&SCOPE, scope_key(desk, &account, scope));
    let act = Act { kind: "scope.revoked", subject: account.id, detail: scope_json(scope) };
    desk.store.commit(record_act(desk, unit, by, &act)).await?;
    Ok(())
}

fn canonical(scope: &Scope) -> Result<Scope, AccessError> {
    let mut scope = scope.clone();
    if scope.region != EVERY {
        let region = scope.region.parse::<RegionCode>();
        let region =
            region.map_err(|e| AccessError::Invalid(vec![FieldFault { field: "region", reason: e.text() }]))?;
        scope.region = region.to_string();
    }
    if !is_name(&scope.agency) || !is_name(&scope.item) {
        return Err(AccessError::field("agency", "请选择机关和事项", "Choose an agency and an item"));
    }
    Ok(scope)
}

fn scope_key(desk: &Desk, account: &Account, scope: &Scope) -> Vec<store::Value> {
    vec![
        desk.shard.into(),
        account.id.into(),
        scope.role.word().into(),
        (&scope.agency).into(),
        (&scope.region).into(),
        (&scope.item).into(),
    ]
}

fn scope_json(scope: &Scope) -> Json {
    json!({ "role": scope.role.word(), "agency": scope.agency, "region": scope.region, "item": scope.item })
}

/// Disables an account: its sessions and links are dead at once.
pub async fn disable(desk: &Desk<'_>, by: &Actor, account: Id) -> Result<(), AccessError> {
    set_status(desk, by, account, AccountStatus::Disabled).await
}

/// Enables it again: sessions and links stay dead, the password is as it was.
pub async fn enable(desk: &Desk<'_>, by: &Actor, account: Id) -> Result<(), AccessError> {
    set_status(desk, by, account, AccountStatus::Active).await
}

async fn set_status(desk: &Desk<'_>, by: &Actor, account: Id, status: AccountStatus) -> Result<(), AccessError> {
    let account = changeable(desk, by, account).await?;
    if account.status == status {
        return Ok(());
    }
    let kind = if status == AccountStatus::Active { "staff.enabled" } else { "staff.disabled" };
    let act = Act { kind, subject: account.id, detail: json!({}) };
    let unit = end_all(desk.unit(), &account, vec![("status", status.word().into())]);
    desk.store.commit(record_act(desk, unit, by, &act)).await?;
    Ok(())
}

/// Writes down which agency stands below which, from `(agency, its parent)`: the subtree of the filter of rights. Called
/// whenever the catalogue's agencies change, and on a new day. A parent that is not listed, or a circle, ends a line. An
/// agency that is over and its heir reach each other, and who stands above the heir reaches both: a merger takes nobody's
/// rights and leaves no case behind.
pub async fn index_agencies(
    desk: &Desk<'_>,
    agencies: &[(&str, Option<&str>)],
    heirs: &[(&str, &str)],
) -> Result<(), CommitError> {
    let mut wanted = agency_lines(agencies);
    for (over, heir) in heirs {
        let above: Vec<String> = wanted.iter().filter(|(a, _)| a == heir).map(|(_, above)| above.clone()).collect();
        wanted.extend(above.into_iter().filter(|a| a != over).map(|above| ((*over).to_owned(), above)));
        wanted.insert(((*over).to_owned(), (*heir).to_owned()));
        wanted.insert(((*heir).to_owned(), (*over).to_owned()));
    }
    let found = record::agency_lines(desk.store, desk.shard).await?;
    let row = |(agency, ancestor): &(String, String)| vec![desk.shard.into(), agency.into(), ancestor.into()];
    let unit = found.difference(&wanted).fold(desk.unit(), |u, line| u.delete(&AGENCY_LINE, row(line)));
    let unit = wanted.difference(&found).fold(unit, |u, line| u.put(&AGENCY_LINE, row(line)));
    if !unit.is_empty() {
        desk.store.commit(unit).await?;
    }
    Ok(())
}

/// Writes down what became of regions that are over, from `(region, what took its place)`: the filter of rights follows it.
/// Called when the catalogue changes, and on a new day, because a merger has one.
pub async fn index_regions(desk: &Desk<'_>, succession: &[(RegionCode, RegionCode)]) -> Result<(), CommitError> {
    let wanted: BTreeSet<Heir> = succession.iter().map(|(over, heir)| (over.to_string(), heir.prefix())).collect();
    let found = record::region_heirs(desk.store, desk.shard).await?;
    let row = |(over, heir): &Heir| vec![desk.shard.into(), over.into(), heir.into()];
    let unit = found.difference(&wanted).fold(desk.unit(), |u, line| u.delete(&REGION_HEIR, row(line)));
    let unit = wanted.difference(&found).fold(unit, |u, line| u.put(&REGION_HEIR, row(line)));
    if !unit.is_empty() {
        desk.store.commit(unit).await?;
    }
    Ok(())
}

/// Every `(agency, agency above it)`.
pub(super) fn agency_lines(agencies: &[(&str, Option<&str>)]) -> BTreeSet<(String, String)> {
    let parents: BTreeMap<&str, Option<&str>> = agencies.iter().copied().collect();
    let parent = |id: &str| parents.get(id).copied().flatten();
    let mut lines = BTreeSet::new();
    for (agency, _) in agencies {
        let mut above = parent(agency);
        while let Some(ancestor) = above {
            if ancestor == *agency || !lines.insert(((*agency).to_owned(), ancestor.to_owned())) {
                break;
            }
            above = parent(ancestor);
        }
    }
    lines
}
