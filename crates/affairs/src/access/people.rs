//! Parties and the accounts of citizens: made at the first sign-in, or by whoever sets up a world.

use kernel::code::{CitizenId, CodeError, Uscc};
use kernel::{Id, Text};
use store::{CommitError, Fault, Store, Unit};

use super::error::FieldFault;
use super::record::{self, ACCOUNT, PARTY};
use super::{AccessError, Account, AccountKind, AccountStatus, Desk, Identity, Party, PartyKind};

/// The party with this code, made if there is none yet. The code is checked; an existing party keeps its name.
pub async fn ensure_party(desk: &Desk<'_>, kind: PartyKind, code: &str, name: &str) -> Result<Party, AccessError> {
    let (party, unit) = party_or_new(desk, kind, code, name).await?;
    if unit.is_empty() {
        return Ok(party);
    }
    match desk.store.commit(unit).await {
        Ok(_) => Ok(party),
        // Somebody made it at the same instant.
        Err(CommitError::Conflict(_)) => {
            let row = record::party_by_code(desk.store, kind, &party.code).await?;
            Ok(row.ok_or(AccessError::Changed)?.party)
        }
        Err(other) => Err(other.into()),
    }
}

/// The party with this code, and what makes it known where it is not yet: for acts that name many parties at once. The code
/// is checked; an existing party keeps its name.
///
/// # Errors
/// What is wrong with code and name; a fault of the store.
pub async fn party_or_new(
    desk: &Desk<'_>,
    kind: PartyKind,
    code: &str,
    name: &str,
) -> Result<(Party, Unit), AccessError> {
    let code = checked(kind, code, name)?;
    if let Some(row) = record::party_by_code(desk.store, kind, &code).await? {
        return Ok((row.party, desk.unit()));
    }
    let party = Party { id: desk.id(), kind, code, name: name.trim().to_owned() };
    let unit = desk.unit().insert(&PARTY, party_values(desk, &party));
    Ok((party, unit))
}

/// The citizen account of a party, made if there is none yet.
pub async fn ensure_account(desk: &Desk<'_>, party: &Party) -> Result<Account, AccessError> {
    if let Some(account) = record::account_by_party(desk.store, party.id).await? {
        return Ok(account);
    }
    let account = citizen_account(desk, party);
    match desk.store.commit(desk.unit().insert(&ACCOUNT, account_values(&account))).await {
        Ok(_) => Ok(account),
        Err(CommitError::Conflict(_)) => {
            record::account_by_party(desk.store, party.id).await?.ok_or(AccessError::Changed)
        }
        Err(other) => Err(other.into()),
    }
}

/// The party with this id.
pub async fn party(store: &Store, shard: &str, id: Id) -> Result<Option<Party>, Fault> {
    record::party_by_id(store, shard, id).await
}

/// The party with this code: for naming a second party. It tells whether somebody is known here, so never show the answer
/// to the one who asked; make the case wait for the party instead.
pub async fn party_by_code(store: &Store, kind: PartyKind, code: &str) -> Result<Option<Party>, Fault> {
    Ok(record::party_by_code(store, kind, code).await?.map(|row| row.party))
}

/// What makes a recognised person known: nothing if he is, else his party and account; and his new name if it changed.
pub(super) async fn known(desk: &Desk<'_>, identity: &Identity) -> Result<(Unit, Account), AccessError> {
    let code = checked(identity.kind, &identity.code, &identity.name)?;
    let mut unit = desk.unit();
    let party = match record::party_by_code(desk.store, identity.kind, &code).await? {
        Some(row) => {
            if row.party.name != identity.name {
                let key = vec![row.shard.into(), row.party.id.into()];
                unit = unit.update(&PARTY, key, row.version, vec![("name", (&identity.name).into())]);
            }
            row.party
        }
        None => {
            let party = Party { id: desk.id(), kind: identity.kind, code, name: identity.name.clone() };
            unit = unit.insert(&PARTY, party_values(desk, &party));
            party
        }
    };
    match record::account_by_party(desk.store, party.id).await? {
        Some(account) => Ok((unit, account)),
        None => {
            let account = citizen_account(desk, &party);
            Ok((unit.insert(&ACCOUNT, account_values(&account)), account))
        }
    }
}

/// The code in its one spelling; everything wrong with code and name at once.
fn checked(kind: PartyKind, code: &str, name: &str) -> Result<String, AccessError> {
    let read = match kind {
        PartyKind::Person => CitizenId::read(code).map(|r| r.value.to_string()),
        PartyKind::Company => Uscc::read(code).map(|r| r.value.to_string()),
    };
    let mut faults = Vec::new();
    if let Err(error) = &read {
        faults.push(FieldFault { field: "code", reason: CodeError::text(error) });
    }
    if !is_name(name) {
        let reason = Text::new("请填写姓名或名称（1–100个字符）", "Write the name (1 to 100 characters)");
        faults.push(FieldFault { field: "name", reason });
    }
    if faults.is_empty() { Ok(read.unwrap_or_default()) } else { Err(AccessError::Invalid(faults)) }
}

/// A name that can be kept and shown: something visible, no control characters.
pub(super) fn is_name(name: &str) -> bool {
    let length = name.trim().chars().count();
    (1..=100).contains(&length) && !name.chars().any(char::is_control)
}

fn party_values(desk: &Desk, party: &Party) -> Vec<store::Value> {
    vec![
        desk.shard.into(),
        party.id.into(),
        1_i64.into(),
        party.kind.word().into(),
        (&party.code).into(),
        (&party.name).into(),
        desk.now().into(),
    ]
}

fn citizen_account(desk: &Desk, party: &Party) -> Account {
    Account {
        id: desk.id(),
        kind: AccountKind::Citizen,
        party: Some(party.id),
        login: None,
        name: party.name.clone(),
        post: String::new(),
        agency: String::new(),
        region: String::new(),
        status: AccountStatus::Active,
        password_at: None,
        created_at: desk.now(),
        shard: desk.shard.to_owned(),
        version: 1,
        epoch: 0,
        password: None,
    }
}

pub(super) fn account_values(account: &Account) -> Vec<store::Value> {
    vec![
        (&account.shard).into(),
        account.id.into(),
        account.version.into(),
        account.kind.word().into(),
        account.party.into(),
        account.login.as_ref().into(),
        (&account.name).into(),
        (&account.post).into(),
        (&account.agency).into(),
        (&account.region).into(),
        account.password.as_ref().into(),
        account.password_at.into(),
        account.status.word().into(),
        account.epoch.into(),
        account.created_at.into(),
    ]
}
