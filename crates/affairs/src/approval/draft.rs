//! What somebody has begun and not sent: saved whatever stands in it, kept thirty days, sent as a case.
//!
//! Files may be laid into it ([`bring`]) and taken away again; they are handed in when it is sent.
//!
//! A draft is nobody's business but its owner's: no officer sees it, no rule runs on it, no leaf tells of it.

mod record;

use kernel::{Id, Moment};
use serde_json::{Map, Value as Json};
use store::{CommitError, Conflict, Fault, Row, Store, Unit};

use self::record::DRAFT;
use super::error::ApprovalError;
use super::record::{Case, json};
use crate::access::{Desk, PersonActor};
use crate::material::{self, Material};

/// How long a draft is kept after it was last saved; ours (grade D).
pub const KEPT_DAYS: u32 = 30;
const DAY_MS: i64 = 24 * 3_600 * 1_000;
/// The largest form that is kept, in bytes of JSON.
const LARGEST: usize = 64 * 1024;

/// One draft.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Home shard.
    pub shard: String,
    /// Key.
    pub id: Id,
    /// Version a save expects: two tabs cannot overwrite each other unseen.
    pub version: i64,
    /// Whose account.
    pub account: Id,
    /// For which party.
    pub party: Id,
    /// Which item.
    pub item: String,
    /// The values as typed.
    pub form: Map<String, Json>,
    /// The case it corrects, where it is no new application.
    pub case: Option<Id>,
    /// When it was last saved.
    pub saved_at: Moment,
}

impl Draft {
    pub(super) fn read(row: &Row) -> Result<Self, Fault> {
        let form = json(row, "form")?;
        Ok(Self {
            shard: row.text("shard")?.to_owned(),
            id: row.id("id")?,
            version: row.int("version")?,
            account: row.id("account")?,
            party: row.id("party")?,
            item: row.text("item")?.to_owned(),
            form: form.as_object().cloned().unwrap_or_default(),
            case: row.opt_id("case_id")?,
            saved_at: row.moment("saved_at")?,
        })
    }

    /// Insists that nobody saved it, or laid a file into it, since it was read.
    pub(super) fn unchanged(&self, unit: Unit) -> Unit {
        unit.expect(&DRAFT, self.key(), self.version)
    }

    /// Goes with the act it became, with the files that lie in it, unless somebody laid more into it meanwhile.
    pub fn sent(&self, unit: Unit, files: &[Material]) -> Unit {
        self.remove(files.iter().fold(self.unchanged(unit), material::remove))
    }

    fn key(&self) -> Vec<store::Value> {
        vec![(&self.shard).into(), self.id.into()]
    }

    /// Takes the draft out of the way: in the unit of the act it became, or alone to throw it away.
    pub fn remove(&self, unit: Unit) -> Unit {
        unit.delete(&DRAFT, self.key())
    }
}

/// The draft of a person for an item, begun now where there is none, with `form` as its first values.
pub async fn begin(
    desk: &Desk<'_>,
    actor: &PersonActor,
    item: &str,
    form: &Map<String, Json>,
) -> Result<Draft, ApprovalError> {
    begun(desk, (actor.account, actor.principal().id), (item, form)).await
}

/// The form that somebody of the staff (`account`) fills in for a party that stands before him, begun now where there is none. It
/// is his and not the party's: what somebody began at home is shown to no officer.
///
/// # Errors
/// A fault of the database.
pub async fn begin_for(desk: &Desk<'_>, (account, party): (Id, Id), item: &str) -> Result<Draft, ApprovalError> {
    begun(desk, (account, party), (item, &Map::new())).await
}

/// The form that somebody of the staff began for a party; none where he did not.
///
/// # Errors
/// A fault of the database.
pub async fn begun_for(store: &Store, (account, party): (Id, Id), item: &str) -> Result<Option<Draft>, Fault> {
    record::draft_of_item(store, account, party, item).await
}

/// A draft by its id, for whoever has asked whose it is.
///
/// # Errors
/// A fault of the database.
pub async fn found(store: &Store, id: Id) -> Result<Option<Draft>, Fault> {
    record::draft(store, id).await
}

async fn begun(
    desk: &Desk<'_>,
    (account, party): (Id, Id),
    (item, form): (&str, &Map<String, Json>),
) -> Result<Draft, ApprovalError> {
    if let Some(found) = record::draft_of_item(desk.store, account, party, item).await? {
        return Ok(found);
    }
    let draft = Draft {
        shard: desk.shard.to_owned(),
        id: desk.id(),
        version: 1,
        account,
        party,
        item: item.to_owned(),
        form: form.clone(),
        case: None,
        saved_at: desk.now(),
    };
    let row = vec![
        (&draft.shard).into(),
        draft.id.into(),
        1_i64.into(),
        draft.account.into(),
        draft.party.into(),
        item.into(),
        Json::Object(form.clone()).to_string().into(),
        draft.case.into(),
        draft.saved_at.into(),
    ];
    match desk.store.commit(desk.unit().insert(&DRAFT, row)).await {
        Ok(_) => Ok(draft),
        // Another tab began it in the same moment.
        Err(CommitError::Conflict(Conflict::Exists { .. })) => {
            record::draft_of_item(desk.store, account, party, item).await?.ok_or(ApprovalError::Changed)
        }
        Err(other) => Err(other.into()),
    }
}

/// The draft in which a case is mended, begun now with `form` where there is none. A draft that was begun for a new
/// application of the same item becomes it: while this case is open no other can be filed.
pub async fn mend(
    desk: &Desk<'_>,
    actor: &PersonActor,
    case: &Case,
    form: &Map<String, Json>,
) -> Result<Draft, ApprovalError> {
    let draft = begin(desk, actor, &case.item, form).await?;
    if draft.case == Some(case.id) {
        return Ok(draft);
    }
    let now = desk.now();
    let key = vec![(&draft.shard).into(), draft.id.into()];
    let text = Json::Object(form.clone()).to_string();
    let changes = vec![("form", text.into()), ("case_id", case.id.into()), ("saved_at", now.into())];
    desk.store.commit(desk.unit().update(&DRAFT, key, draft.version, changes)).await?;
    Ok(Draft { version: draft.version + 1, form: form.clone(), case: Some(case.id), saved_at: now, ..draft })
}

/// The owner's draft; anybody else's is not found.
pub async fn load(store: &Store, actor: &PersonActor, id: Id) -> Result<Draft, ApprovalError> {
    let draft = record::draft(store, id).await?.ok_or(ApprovalError::NotFound)?;
    let own = draft.account == actor.account && draft.party == actor.principal().id;
    if own { Ok(draft) } else { Err(ApprovalError::NotFound) }
}

/// The drafts of a person for the party he acts for, newest first.
pub async fn all(store: &Store, actor: &PersonActor) -> Result<Vec<Draft>, Fault> {
    record::drafts_of(store, actor.account, actor.principal().id).await
}

/// Saves what stands in the form, right or wrong. `version` is the one the page was made from.
pub async fn save(
    desk: &Desk<'_>,
    draft: &Draft,
    version: i64,
    form: &Map<String, Json>,
) -> Result<Draft, ApprovalError> {
    let text = Json::Object(form.clone()).to_string();
    if text.len() > LARGEST {
        return Err(ApprovalError::Forbidden(kernel::Text::new(
            "填写内容过长，无法保存",
            "the form is too long to be kept",
        )));
    }
    let now = desk.now();
    let key = vec![(&draft.shard).into(), draft.id.into()];
    let changes = vec![("form", text.into()), ("saved_at", now.into())];
    desk.store.commit(desk.unit().update(&DRAFT, key, version, changes)).await?;
    Ok(Draft { version: version + 1, form: form.clone(), saved_at: now, ..draft.clone() })
}

/// Lays files into a draft. Each takes the draft to a new version, so that none is laid into one that is being sent.
pub async fn bring(desk: &Desk<'_>, draft: &Draft, files: &[Material]) -> Result<Draft, ApprovalError> {
    touch(desk, draft, |unit| files.iter().fold(unit, material::add)).await
}

/// Takes a file out of a draft again.
pub async fn take_out(desk: &Desk<'_>, draft: &Draft, file: &Material) -> Result<Draft, ApprovalError> {
    touch(desk, draft, |unit| material::remove(unit, file)).await
}

async fn touch(desk: &Desk<'_>, draft: &Draft, rows: impl FnOnce(Unit) -> Unit) -> Result<Draft, ApprovalError> {
    let now = desk.now();
    let unit = desk.unit().update(&DRAFT, draft.key(), draft.version, vec![("saved_at", now.into())]);
    desk.store.commit(rows(unit)).await?;
    Ok(Draft { version: draft.version + 1, saved_at: now, ..draft.clone() })
}

/// The draft in which this person mends a case, where there is one.
pub(super) async fn of_case(store: &Store, actor: &PersonActor, case: &Case) -> Result<Option<Draft>, Fault> {
    Ok(of_item(store, actor, &case.item).await?.filter(|draft| draft.case == Some(case.id)))
}

/// Throws a draft away, with the files that lie in it.
pub async fn discard(desk: &Desk<'_>, draft: &Draft) -> Result<(), ApprovalError> {
    let unit = thrown(desk, draft, draft.unchanged(desk.unit())).await?;
    desk.store.commit(unit).await?;
    Ok(())
}

async fn thrown(desk: &Desk<'_>, draft: &Draft, unit: Unit) -> Result<Unit, ApprovalError> {
    let files = material::of_draft(desk.store, draft.id).await?;
    Ok(draft.remove(files.iter().fold(unit, material::remove)))
}

/// Deletes drafts that nobody saved for [`KEPT_DAYS`], with their files. Gives how many; one that somebody saves in the same
/// moment stays.
pub async fn sweep(desk: &Desk<'_>) -> Result<usize, ApprovalError> {
    let before = desk.now().plus_ms(-i64::from(KEPT_DAYS) * DAY_MS);
    let mut swept = 0;
    for draft in record::drafts_before(desk.store, before).await? {
        match discard(desk, &draft).await {
            Ok(()) => swept += 1,
            Err(ApprovalError::Changed) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(swept)
}

async fn of_item(store: &Store, actor: &PersonActor, item: &str) -> Result<Option<Draft>, Fault> {
    record::draft_of_item(store, actor.account, actor.principal().id, item).await
}
