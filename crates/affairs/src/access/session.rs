//! Sessions: who is there now. The server keeps them; the browser carries a token that means nothing to anybody else.
//!
//! A session ends by sign-out, by idleness, by age, and with every other session of the account when the account's epoch is
//! raised (password changed, account disabled, "sign out everywhere").

use kernel::{Id, Moment};
use store::{CommitError, Fault, Store, Unit};

use super::decide::{FORGET_FAILURES_MS, LONGEST_IDLE_MS, limits, touch_due};
use super::record::{self, ACCOUNT, ASSERTION, LOGIN_LINK, SESSION, SIGN_IN_FAILURE, SessionRow};
use super::{
    AccessError, Account, AccountKind, AccountStatus, Actor, Assurance, Desk, Mandate, Party, PersonActor, StaffActor,
    Token,
};

/// A session as its owner may see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// For "sign out there": not the token.
    pub id: Id,
    /// Whose.
    pub account: Id,
    /// What the browser said it is.
    pub device: String,
    /// How surely the person was recognised.
    pub assurance: Assurance,
    /// When it was opened.
    pub created_at: Moment,
    /// When it was last used, to the minute.
    pub seen_at: Moment,
    /// When it ends if it is not used again.
    pub ends_at: Moment,
}

/// A request by somebody who is signed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Visit {
    /// Who it is.
    pub actor: Actor,
    /// The session.
    pub session: Session,
    /// The mandate under which this session acted has ended: the actor is now himself, and must be told before he files.
    pub mandate_ended: bool,
    row: SessionRow,
}

/// How somebody arrives at sign-in.
#[derive(Clone, Copy, Default, Debug)]
pub struct Arrival<'a> {
    /// The token the browser carried before: it is retired, so that nobody can plant one.
    pub previous: Option<&'a Token>,
    /// What the browser says it is.
    pub device: &'a str,
}

/// A fresh session with the token for the cookie.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedIn {
    /// The secret for the cookie.
    pub token: Token,
    /// The session.
    pub session: Session,
}

impl SessionRow {
    fn shown(&self, kind: AccountKind) -> Session {
        Session {
            id: self.id,
            account: self.account,
            device: self.device.clone(),
            assurance: self.assurance,
            created_at: self.created_at,
            seen_at: self.seen_at,
            ends_at: limits(kind).ends(self.created_at, self.seen_at),
        }
    }

    fn alive(&self, account: &Account, now: Moment) -> bool {
        account.status == AccountStatus::Active
            && account.epoch == self.epoch
            && limits(account.kind).alive(self.created_at, self.seen_at, now)
    }
}

/// Adds a new session of `account` to `unit`, under the epoch that will hold once the unit is committed.
pub(super) fn open(desk: &Desk, unit: Unit, account: &Account, how: (Assurance, &Arrival)) -> (Unit, SignedIn) {
    let (assurance, arrival) = how;
    let (token, now) = (Token::new(desk.entropy), desk.now());
    let row = SessionRow {
        hash: token.hash(),
        version: 1,
        id: desk.id(),
        account: account.id,
        epoch: account.epoch,
        assurance,
        mandate: None,
        device: arrival.device.chars().filter(|c| !c.is_control()).take(200).collect(),
        created_at: now,
        seen_at: now,
    };
    let mut unit = unit.insert(&SESSION, values(desk.shard, &row));
    if let Some(previous) = arrival.previous {
        unit = unit.delete(&SESSION, vec![desk.shard.into(), previous.hash().into()]);
    }
    (unit, SignedIn { token, session: row.shown(account.kind) })
}

fn values(shard: &str, row: &SessionRow) -> Vec<store::Value> {
    vec![
        shard.into(),
        row.hash.clone().into(),
        row.version.into(),
        row.id.into(),
        row.account.into(),
        row.epoch.into(),
        row.assurance.word().into(),
        row.mandate.into(),
        (&row.device).into(),
        row.created_at.into(),
        row.seen_at.into(),
    ]
}

/// Who carries this token, if it opens a session that is alive. Writes down the use, at most once a minute.
pub async fn resolve(desk: &Desk<'_>, token: &Token) -> Result<Option<Visit>, Fault> {
    let found = record::signed_in(desk.store, desk.shard, token.hash()).await?;
    let Some((mut row, account, party)) = found else { return Ok(None) };
    if !row.alive(&account, desk.now()) {
        return Ok(None);
    }
    touch(desk, &mut row).await?;
    let (actor, mandate_ended) = match account.kind {
        AccountKind::Staff => (staff(desk, account).await?, false),
        AccountKind::Citizen => match party {
            Some(party) => person(desk, party, &row).await?,
            None => return Ok(None),
        },
    };
    let kind = if actor.staff().is_some() { AccountKind::Staff } else { AccountKind::Citizen };
    Ok(Some(Visit { actor, session: row.shown(kind), mandate_ended, row }))
}

async fn touch(desk: &Desk<'_>, row: &mut SessionRow) -> Result<(), Fault> {
    let now = desk.now();
    if !touch_due(row.seen_at, now) {
        return Ok(());
    }
    let key = vec![desk.shard.into(), row.hash.clone().into()];
    let unit = desk.unit().update(&SESSION, key, row.version, vec![("seen_at", now.into())]);
    match desk.store.commit(unit).await {
        Ok(_) => (row.version, row.seen_at) = (row.version + 1, now),
        // Another request of the same browser wrote it down, or the disk is full: reading goes on.
        Err(error) => tracing::debug!(%error, "the use of a session was not written down"),
    }
    Ok(())
}

async fn staff(desk: &Desk<'_>, account: Account) -> Result<Actor, Fault> {
    let scopes = record::scopes(desk.store, account.id).await?;
    Ok(Actor::Staff(StaffActor { account: account.id, name: account.name, post: account.post, scopes }))
}

async fn person(desk: &Desk<'_>, party: Party, row: &SessionRow) -> Result<(Actor, bool), Fault> {
    let acting_for = match row.mandate {
        None => None,
        Some(id) => mandate_now(desk, id, party.id).await?,
    };
    let ended = row.mandate.is_some() && acting_for.is_none();
    let actor = PersonActor { account: row.account, party, assurance: row.assurance, acting_for };
    Ok((Actor::Person(actor), ended))
}

/// The mandate if it is this agent's and in force today.
async fn mandate_now(desk: &Desk<'_>, id: Id, agent: Id) -> Result<Option<Mandate>, Fault> {
    let found = record::mandate(desk.store, desk.shard, id).await?.map(|r| r.mandate);
    Ok(found.filter(|m| m.agent == agent && m.scope.in_force(desk.now().date())))
}

/// Acts from now on under a mandate, or (`None`) for himself. A mandate of somebody else is not found.
pub async fn act_under(desk: &Desk<'_>, visit: &Visit, mandate: Option<Id>) -> Result<(), AccessError> {
    let person = visit.actor.person().ok_or(AccessError::NotFound)?;
    if let Some(id) = mandate {
        mandate_now(desk, id, person.party.id).await?.ok_or(AccessError::NotFound)?;
    }
    let key = vec![desk.shard.into(), visit.row.hash.clone().into()];
    let unit = desk.unit().update(&SESSION, key, visit.row.version, vec![("mandate", mandate.into())]);
    desk.store.commit(unit).await?;
    Ok(())
}

/// The sessions of an account that are alive, the last used first.
pub async fn list(desk: &Desk<'_>, account: Id) -> Result<Vec<Session>, Fault> {
    let Some(owner) = record::account_by_id(desk.store, desk.shard, account).await? else { return Ok(Vec::new()) };
    let rows = record::sessions_of(desk.store, account).await?;
    Ok(rows.iter().filter(|r| r.alive(&owner, desk.now())).map(|r| r.shown(owner.kind)).collect())
}

/// Signs out this session.
pub async fn close(desk: &Desk<'_>, visit: &Visit) -> Result<(), AccessError> {
    delete(desk, &visit.row).await
}

/// Signs out one session of the visitor's own account; any other is not found.
pub async fn close_one(desk: &Desk<'_>, visit: &Visit, session: Id) -> Result<(), AccessError> {
    let rows = record::sessions_of(desk.store, visit.row.account).await?;
    let row = rows.iter().find(|r| r.id == session).ok_or(AccessError::NotFound)?;
    delete(desk, row).await
}

async fn delete(desk: &Desk<'_>, row: &SessionRow) -> Result<(), AccessError> {
    desk.store.commit(desk.unit().delete(&SESSION, vec![desk.shard.into(), row.hash.clone().into()])).await?;
    Ok(())
}

/// Adds to a unit the end of one session of an account, where it is still there: for a device that is lost.
///
/// # Errors
/// A fault of the database.
pub async fn ended(desk: &Desk<'_>, unit: Unit, (account, session): (Id, Id)) -> Result<Unit, Fault> {
    let rows = record::sessions_of(desk.store, account).await?;
    Ok(match rows.into_iter().find(|row| row.id == session) {
        Some(row) => unit.delete(&SESSION, vec![desk.shard.into(), row.hash.into()]),
        None => unit,
    })
}

/// Signs out everywhere: every session and every single-use link of the visitor's account is dead from now on.
pub async fn close_all(desk: &Desk<'_>, visit: &Visit) -> Result<(), AccessError> {
    let account = record::account_by_id(desk.store, desk.shard, visit.row.account).await?;
    let account = account.ok_or(AccessError::NotFound)?;
    desk.store.commit(end_all(desk.unit(), &account, vec![])).await?;
    Ok(())
}

/// Raises the epoch of an account together with other changes to its row.
pub(super) fn end_all(unit: Unit, account: &Account, mut changes: Vec<(&'static str, store::Value)>) -> Unit {
    changes.push(("epoch", (account.epoch + 1).into()));
    unit.update(&ACCOUNT, vec![(&account.shard).into(), account.id.into()], account.version, changes)
}

/// Sweeps what is dead: sessions, links, failures, statements of providers. Gives how many rows went; call it again while
/// that is not nothing.
pub async fn sweep(desk: &Desk<'_>) -> Result<usize, CommitError> {
    let (store, shard, now): (&Store, _, _) = (desk.store, desk.shard, desk.now());
    let mut dead = Vec::new();
    for row in record::sessions_unseen_since(store, shard, now.plus_ms(-LONGEST_IDLE_MS)).await? {
        dead.push((&SESSION, vec![shard.into(), row.hash.into()]));
    }
    for hash in record::links_expired_before(store, shard, now.plus_ms(-LONGEST_IDLE_MS)).await? {
        dead.push((&LOGIN_LINK, vec![shard.into(), hash.into()]));
    }
    for login in record::failures_before(store, shard, now.plus_ms(-FORGET_FAILURES_MS)).await? {
        dead.push((&SIGN_IN_FAILURE, vec![shard.into(), login.into()]));
    }
    for (provider, id) in record::assertions_before(store, shard, now.plus_ms(-30 * LONGEST_IDLE_MS)).await? {
        dead.push((&ASSERTION, vec![shard.into(), provider.into(), id.into()]));
    }
    let swept = dead.len();
    if swept > 0 {
        let unit = dead.into_iter().fold(desk.unit(), |unit, (table, key)| unit.delete(table, key));
        store.commit(unit).await?;
    }
    Ok(swept)
}
