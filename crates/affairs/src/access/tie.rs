//! Whom a member of staff may not decide about: himself as a citizen, his relatives, companies he has an interest in. He says
//! so himself, or whoever keeps his account does; he does not take it back himself.
//!
//! What follows from a tie (recusal) is for the room that decides.

mod record;

use std::collections::BTreeSet;

use kernel::code::{CitizenId, Uscc};
use kernel::{Date, Id};
use serde_json::json;
use store::{Fault, Store};

use record::TIE;

use super::act::{Act, record as record_act};
use super::people::is_name;
use super::record as accounts;
use super::staff::{place, require};
use super::{AccessError, AccountKind, Actor, Desk, PartyKind, mask_code};

/// What binds somebody to a person or a company.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TieKind {
    /// He is it himself, as a citizen.
    Own,
    /// A relative.
    Relative,
    /// Something else that may impair the decision: a company he owns a part of, a partner.
    Interest,
}

impl TieKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Own, Self::Relative, Self::Interest];

    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Relative => "relative",
            Self::Interest => "interest",
        }
    }

    /// Reads [`TieKind::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.word() == word)
    }
}

/// A tie as declared. The code is whole here; show it by [`Tie::masked_code`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tie {
    /// Which kind.
    pub kind: TieKind,
    /// Citizen id or credit code, normalised.
    pub code: String,
    /// Name.
    pub name: String,
}

impl Tie {
    /// The code as pages may show it.
    pub fn masked_code(&self) -> String {
        let kind = if Uscc::parse(&self.code).is_ok() { PartyKind::Company } else { PartyKind::Person };
        mask_code(kind, &self.code)
    }
}

/// A tie to be declared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewTie<'a> {
    /// Whose.
    pub account: Id,
    /// Which kind.
    pub kind: TieKind,
    /// Citizen id or credit code.
    pub code: &'a str,
    /// Name.
    pub name: &'a str,
}

/// Declares a tie. Declared twice, the newer words count.
///
/// # Errors
/// [`AccessError::NotFound`] where `by` is neither the officer nor keeps his account; [`AccessError::Invalid`] where code or
/// name are none.
pub async fn declare(desk: &Desk<'_>, by: &Actor, new: &NewTie<'_>) -> Result<(), AccessError> {
    let account = accounts::account_by_id(desk.store, desk.shard, new.account).await?.ok_or(AccessError::NotFound)?;
    let himself = by.account() == Some(account.id);
    if account.kind != AccountKind::Staff || !(himself || require(by, &place(&account)).is_ok()) {
        return Err(AccessError::NotFound);
    }
    let code = code_of(new)?;
    if !is_name(new.name) {
        return Err(AccessError::field("name", "请填写姓名或单位名称", "Write the name"));
    }
    let values = vec![
        desk.shard.into(),
        account.id.into(),
        (&code).into(),
        new.kind.word().into(),
        new.name.trim().into(),
        by.signature().name.into(),
        desk.now().into(),
    ];
    let act = Act { kind: "tie.declared", subject: account.id, detail: json!({ "kind": new.kind.word() }) };
    desk.store.commit(record_act(desk, desk.unit().put(&TIE, values), by, &act)).await?;
    Ok(())
}

fn code_of(new: &NewTie<'_>) -> Result<String, AccessError> {
    let person = CitizenId::read(new.code).map(|r| r.value.to_string());
    let company = Uscc::read(new.code).map(|r| r.value.to_string());
    match (new.kind, person, company) {
        (_, Ok(code), _) => Ok(code),
        (TieKind::Relative | TieKind::Interest, _, Ok(code)) => Ok(code),
        (TieKind::Own, ..) => Err(AccessError::field("code", "请填写本人的居民身份证号", "Write the citizen id")),
        _ => Err(AccessError::field(
            "code",
            "请填写居民身份证号或者统一社会信用代码",
            "Write a citizen id or a unified social credit code",
        )),
    }
}

/// Takes a tie back: whoever keeps the account may, the officer himself may not.
///
/// # Errors
/// [`AccessError::NotFound`] where there is none, or `by` may not.
pub async fn withdraw(desk: &Desk<'_>, by: &Actor, account: Id, code: &str) -> Result<(), AccessError> {
    let account = accounts::account_by_id(desk.store, desk.shard, account).await?.ok_or(AccessError::NotFound)?;
    if by.account() == Some(account.id) || require(by, &place(&account)).is_err() {
        return Err(AccessError::NotFound);
    }
    let ties = record::ties_of(desk.store, account.id).await?;
    let tie = ties.iter().find(|tie| tie.code == code).ok_or(AccessError::NotFound)?;
    let unit = desk.unit().delete(&TIE, vec![desk.shard.into(), account.id.into(), code.into()]);
    let act = Act { kind: "tie.withdrawn", subject: account.id, detail: json!({ "kind": tie.kind.word() }) };
    desk.store.commit(record_act(desk, unit, by, &act)).await?;
    Ok(())
}

/// The ties of a member of staff.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn of(store: &Store, account: Id) -> Result<Vec<Tie>, Fault> {
    record::ties_of(store, account).await
}

/// Everybody a member of staff stays away from on `day`: whom he is tied to, and for whom those act.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn away_from(store: &Store, account: Id, day: Date) -> Result<BTreeSet<String>, Fault> {
    let mut codes = BTreeSet::new();
    for tie in record::ties_of(store, account).await? {
        if Uscc::parse(&tie.code).is_err() {
            codes.extend(record::principals_of(store, &tie.code, day).await?);
        }
        codes.insert(tie.code);
    }
    Ok(codes)
}

/// Who takes part in something that somebody may have to stay away from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parties<'a> {
    /// The applicant's code.
    pub applicant: &'a str,
    /// The second party's code.
    pub second_party: Option<&'a str>,
    /// The account that filed.
    pub filed_by: Id,
}

/// How somebody is tied to what is before him.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tied {
    /// He, his relative or his company is the applicant.
    Applicant(TieKind),
    /// … is the second party.
    SecondParty(TieKind),
    /// He or his relative acts for one of them, or filed it.
    Agent(TieKind),
}

/// Whether a member of staff is tied to these parties on `day`; the nearest tie where there are several.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn found(store: &Store, account: Id, parties: &Parties<'_>, day: Date) -> Result<Option<Tied>, Fault> {
    let ties = record::ties_of(store, account).await?;
    let mut found = Vec::new();
    let person = |tie: &&Tie| Uscc::parse(&tie.code).is_err();
    for tie in &ties {
        if tie.code == parties.applicant {
            found.push(Tied::Applicant(tie.kind));
        }
        if parties.second_party == Some(tie.code.as_str()) {
            found.push(Tied::SecondParty(tie.kind));
        }
    }
    if found.is_empty() && !ties.is_empty() {
        let filed = record::code_of_account(store, parties.filed_by).await?;
        for tie in ties.iter().filter(person) {
            let principals = record::principals_of(store, &tie.code, day).await?;
            let acts = principals.iter().any(|p| p == parties.applicant || parties.second_party == Some(p.as_str()));
            if acts || filed.as_deref() == Some(tie.code.as_str()) {
                found.push(Tied::Agent(tie.kind));
            }
        }
    }
    Ok(found.into_iter().min())
}
