//! The room's tables and its SELECTs. The only file of the room with SQL.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Date, Id, Moment};
use store::{Fault, Row, Store, Table, Value};

use super::{
    Account, AccountKind, AccountStatus, Assurance, EVERY, Heir, Mandate, MandateAct, MandateScope, Party, PartyKind,
    Right, Role, Scope, Scopes,
};

pub(super) static PARTY: Table = Table {
    name: "party",
    columns: &["shard", "id", "version", "kind", "code", "name", "created_at"],
    key: &["shard", "id"],
};

pub(super) static ACCOUNT: Table = Table {
    name: "account",
    columns: &[
        "shard",
        "id",
        "version",
        "kind",
        "party",
        "login",
        "name",
        "post",
        "agency",
        "region",
        "password",
        "password_at",
        "status",
        "epoch",
        "created_at",
    ],
    key: &["shard", "id"],
};

pub(super) static SCOPE: Table = Table {
    name: "scope",
    columns: &["shard", "account", "role", "agency", "region", "item", "region_prefix", "granted_by", "granted_at"],
    key: &["shard", "account", "role", "agency", "region", "item"],
};

pub(super) static AGENCY_LINE: Table =
    Table { name: "agency_line", columns: &["shard", "agency", "ancestor"], key: &["shard", "agency", "ancestor"] };

pub(super) static REGION_HEIR: Table =
    Table { name: "region_heir", columns: &["shard", "region", "heir"], key: &["shard", "region", "heir"] };

pub(super) static SIGN_IN_FAILURE: Table = Table {
    name: "sign_in_failure",
    columns: &["shard", "login", "version", "failures", "failed_at", "locked_until"],
    key: &["shard", "login"],
};

pub(super) static LOGIN_LINK: Table = Table {
    name: "login_link",
    columns: &[
        "shard",
        "token_hash",
        "version",
        "account",
        "purpose",
        "assurance",
        "epoch",
        "created_by",
        "created_at",
        "expires_at",
        "used_at",
    ],
    key: &["shard", "token_hash"],
};

pub(super) static ASSERTION: Table =
    Table { name: "assertion", columns: &["shard", "provider", "id", "at"], key: &["shard", "provider", "id"] };

pub(super) static SESSION: Table = Table {
    name: "session",
    columns: &[
        "shard",
        "token_hash",
        "version",
        "id",
        "account",
        "epoch",
        "assurance",
        "mandate",
        "device",
        "created_at",
        "seen_at",
    ],
    key: &["shard", "token_hash"],
};

pub(super) static MANDATE: Table = Table {
    name: "mandate",
    columns: &[
        "shard",
        "id",
        "version",
        "principal",
        "agent",
        "acts",
        "items",
        "valid_from",
        "valid_to",
        "basis",
        "given_by",
        "given_at",
        "revoked_at",
    ],
    key: &["shard", "id"],
};

pub(super) static ACCESS_ACT: Table = Table {
    name: "access_act",
    columns: &[
        "shard",
        "id",
        "at",
        "kind",
        "subject",
        "actor_kind",
        "actor",
        "actor_name",
        "on_behalf",
        "mandate",
        "detail",
        "salt",
    ],
    key: &["shard", "id"],
};

/// A word of a closed list, as the row must hold it.
fn word<T>(row: &Row, column: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Fault> {
    let text = row.text(column)?;
    read(text).ok_or_else(|| Fault::Misuse(format!("column {column} holds the unknown word {text:?}")))
}

fn words<T>(row: &Row, column: &str) -> Result<T, Fault>
where
    T: serde::de::DeserializeOwned,
{
    serde_json::from_str(row.text(column)?).map_err(|e| Fault::Misuse(format!("column {column}: {e}")))
}

async fn one(store: &Store, sql: &'static str, params: Vec<Value>) -> Result<Option<Row>, Fault> {
    Ok(store.query(sql, params).await?.into_iter().next())
}

fn party(row: &Row) -> Result<Party, Fault> {
    Ok(Party {
        id: row.id("id")?,
        kind: word(row, "kind", PartyKind::from_word)?,
        code: row.text("code")?.to_owned(),
        name: row.text("name")?.to_owned(),
    })
}

/// The party with its version and shard.
pub(super) struct PartyRow {
    pub party: Party,
    pub shard: String,
    pub version: i64,
}

const PARTY_BY_CODE: &str = "select shard, id, version, kind, code, name from party where kind = $1 and code = $2";

pub(super) async fn party_by_code(store: &Store, kind: PartyKind, code: &str) -> Result<Option<PartyRow>, Fault> {
    let row = one(store, PARTY_BY_CODE, vec![kind.word().into(), code.into()]).await?;
    let read = |row: &Row| {
        Ok(PartyRow { party: party(row)?, shard: row.text("shard")?.to_owned(), version: row.int("version")? })
    };
    row.as_ref().map(read).transpose()
}

const PARTY_BY_ID: &str = "select id, kind, code, name from party where shard = $1 and id = $2";

pub(super) async fn party_by_id(store: &Store, shard: &str, id: Id) -> Result<Option<Party>, Fault> {
    one(store, PARTY_BY_ID, vec![shard.into(), id.into()]).await?.as_ref().map(party).transpose()
}

fn account(row: &Row) -> Result<Account, Fault> {
    let owned = |column| Ok::<_, Fault>(row.text(column)?.to_owned());
    Ok(Account {
        id: row.id("id")?,
        kind: word(row, "kind", AccountKind::from_word)?,
        party: row.opt_id("party")?,
        login: row.opt_text("login")?.map(str::to_owned),
        name: owned("name")?,
        post: owned("post")?,
        agency: owned("agency")?,
        region: owned("region")?,
        status: word(row, "status", AccountStatus::from_word)?,
        password_at: row.opt_moment("password_at")?,
        created_at: row.moment("created_at")?,
        shard: owned("shard")?,
        version: row.int("version")?,
        epoch: row.int("epoch")?,
        password: row.opt_text("password")?.map(str::to_owned),
    })
}

macro_rules! account_where {
    ($condition:literal) => {
        concat!(
            "select shard, id, version, kind, party, login, name, post, agency, region, password, password_at, status, ",
            "epoch, created_at from account where ",
            $condition
        )
    };
}

const ACCOUNT_BY_ID: &str = account_where!("shard = $1 and id = $2");
const ACCOUNT_BY_LOGIN: &str = account_where!("login = $1");
const ACCOUNT_BY_PARTY: &str = account_where!("party = $1");
const STAFF: &str = account_where!("kind = 'staff' order by login");

pub(super) async fn account_by_id(store: &Store, shard: &str, id: Id) -> Result<Option<Account>, Fault> {
    one(store, ACCOUNT_BY_ID, vec![shard.into(), id.into()]).await?.as_ref().map(account).transpose()
}

pub(super) async fn account_by_login(store: &Store, login: &str) -> Result<Option<Account>, Fault> {
    one(store, ACCOUNT_BY_LOGIN, vec![login.into()]).await?.as_ref().map(account).transpose()
}

pub(super) async fn account_by_party(store: &Store, party: Id) -> Result<Option<Account>, Fault> {
    one(store, ACCOUNT_BY_PARTY, vec![party.into()]).await?.as_ref().map(account).transpose()
}

pub(super) async fn staff(store: &Store) -> Result<Vec<Account>, Fault> {
    store.query(STAFF, vec![]).await?.iter().map(account).collect()
}

const SCOPES: &str = "select s.role, s.agency, s.region, s.item, l.agency as below from scope s \
     left join agency_line l on l.ancestor = s.agency where s.account = $1 \
     order by s.role, s.agency, s.region, s.item, l.agency";

/// The rows of rights of an account, compiled.
pub(super) async fn scopes(store: &Store, account: Id) -> Result<Scopes, Fault> {
    let (mut rows, mut below) = (BTreeSet::new(), BTreeMap::<String, BTreeSet<String>>::new());
    for row in store.query(SCOPES, vec![account.into()]).await? {
        let owned = |column| Ok::<_, Fault>(row.text(column)?.to_owned());
        let role = word(&row, "role", Role::from_word)?;
        let scope = Scope { role, agency: owned("agency")?, region: owned("region")?, item: owned("item")? };
        below.entry(scope.agency.clone()).or_default().extend(row.opt_text("below")?.map(str::to_owned));
        rows.insert(scope);
    }
    let heirs = heirs_for(store, account).await?;
    let within = |agency: &str| below.get(agency).cloned().unwrap_or_default();
    Ok(Scopes::compile(rows.into_iter().collect(), within, &heirs))
}

/// What the rows of rights of an account need to know of regions that are over: what became of their own, and what is over
/// elsewhere and lies within now. Mostly nothing.
async fn heirs_for(store: &Store, account: Id) -> Result<Vec<Heir>, Fault> {
    let sql = "select h.region, h.heir from region_heir h where exists (select 1 from scope s where s.account = $1 \
               and (h.region = s.region or (substr(h.heir, 1, length(s.region_prefix)) = s.region_prefix \
               and substr(h.region, 1, length(s.region_prefix)) <> s.region_prefix) \
               or exists (select 1 from region_heir g where g.region = s.region \
               and substr(h.heir, 1, length(g.heir)) = g.heir))) order by h.region, h.heir";
    store.query(sql, vec![account.into()]).await?.iter().map(heir).collect()
}

fn heir(row: &Row) -> Result<Heir, Fault> {
    Ok((row.text("region")?.to_owned(), row.text("heir")?.to_owned()))
}

const REGION_HEIRS: &str = "select region, heir from region_heir where shard = $1";

pub(super) async fn region_heirs(store: &Store, shard: &str) -> Result<BTreeSet<Heir>, Fault> {
    store.query(REGION_HEIRS, vec![shard.into()]).await?.iter().map(heir).collect()
}

const AGENCY_LINES: &str = "select agency, ancestor from agency_line where shard = $1";

pub(super) async fn agency_lines(store: &Store, shard: &str) -> Result<BTreeSet<(String, String)>, Fault> {
    let rows = store.query(AGENCY_LINES, vec![shard.into()]).await?;
    rows.iter().map(|r| Ok((r.text("agency")?.to_owned(), r.text("ancestor")?.to_owned()))).collect()
}

/// How often a login name failed in a row.
#[derive(Clone, Copy, Default)]
pub(super) struct Failures {
    pub version: Option<i64>,
    pub failures: i64,
    pub failed_at: Moment,
    pub locked_until: Moment,
}

const FAILURES: &str =
    "select version, failures, failed_at, locked_until from sign_in_failure where shard = $1 and login = $2";

pub(super) async fn failures(store: &Store, shard: &str, login: &str) -> Result<Failures, Fault> {
    let Some(row) = one(store, FAILURES, vec![shard.into(), login.into()]).await? else {
        return Ok(Failures::default());
    };
    Ok(Failures {
        version: Some(row.int("version")?),
        failures: row.int("failures")?,
        failed_at: row.moment("failed_at")?,
        locked_until: row.moment("locked_until")?,
    })
}

/// A single-use link with the account it opens.
pub(super) struct LinkRow {
    pub account: Id,
    pub purpose: String,
    pub assurance: Assurance,
    pub epoch: i64,
    pub version: i64,
    pub expires_at: Moment,
    pub used: bool,
}

const LINK: &str = "select account, purpose, assurance, epoch, version, expires_at, used_at from login_link \
     where shard = $1 and token_hash = $2";

pub(super) async fn link(store: &Store, shard: &str, hash: Vec<u8>) -> Result<Option<LinkRow>, Fault> {
    let Some(row) = one(store, LINK, vec![shard.into(), hash.into()]).await? else { return Ok(None) };
    Ok(Some(LinkRow {
        account: row.id("account")?,
        purpose: row.text("purpose")?.to_owned(),
        assurance: word(&row, "assurance", Assurance::from_word)?,
        epoch: row.int("epoch")?,
        version: row.int("version")?,
        expires_at: row.moment("expires_at")?,
        used: row.opt_moment("used_at")?.is_some(),
    }))
}

/// A session as it lies in the table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct SessionRow {
    pub hash: Vec<u8>,
    pub version: i64,
    pub id: Id,
    pub account: Id,
    pub epoch: i64,
    pub assurance: Assurance,
    pub mandate: Option<Id>,
    pub device: String,
    pub created_at: Moment,
    pub seen_at: Moment,
}

fn session_row(row: &Row) -> Result<SessionRow, Fault> {
    Ok(SessionRow {
        hash: row.blob("token_hash")?.to_vec(),
        version: row.int("version")?,
        id: row.id("id")?,
        account: row.id("account")?,
        epoch: row.int("epoch")?,
        assurance: word(row, "assurance", Assurance::from_word)?,
        mandate: row.opt_id("mandate")?,
        device: row.text("device")?.to_owned(),
        created_at: row.moment("created_at")?,
        seen_at: row.moment("seen_at")?,
    })
}

macro_rules! session_where {
    ($condition:literal) => {
        concat!(
            "select token_hash, version, id, account, epoch, assurance, mandate, device, created_at, seen_at from session ",
            "where ",
            $condition
        )
    };
}

const SESSIONS_OF: &str = session_where!("account = $1 order by seen_at desc, id");
const SESSIONS_DEAD: &str = session_where!("shard = $1 and seen_at < $2 order by seen_at limit 500");

const SIGNED_IN: &str = "select s.token_hash, s.version as session_version, s.id as session_id, s.account as session_account, \
     s.epoch as session_epoch, s.assurance, s.mandate, s.device, s.created_at as opened_at, s.seen_at, \
     a.shard, a.id, a.version, a.kind, a.party, a.login, a.name, a.post, a.agency, a.region, a.password, a.password_at, \
     a.status, a.epoch, a.created_at, p.kind as party_kind, p.code as party_code, p.name as party_name \
     from session s join account a on a.shard = s.shard and a.id = s.account \
     left join party p on p.shard = a.shard and p.id = a.party where s.shard = $1 and s.token_hash = $2";

/// A session with its account and, where it is a citizen's, the party: one read, as it stands before every request.
pub(super) async fn signed_in(
    store: &Store,
    shard: &str,
    hash: Vec<u8>,
) -> Result<Option<(SessionRow, Account, Option<Party>)>, Fault> {
    let Some(row) = one(store, SIGNED_IN, vec![shard.into(), hash.into()]).await? else { return Ok(None) };
    let session = SessionRow {
        hash: row.blob("token_hash")?.to_vec(),
        version: row.int("session_version")?,
        id: row.id("session_id")?,
        account: row.id("session_account")?,
        epoch: row.int("session_epoch")?,
        assurance: word(&row, "assurance", Assurance::from_word)?,
        mandate: row.opt_id("mandate")?,
        device: row.text("device")?.to_owned(),
        created_at: row.moment("opened_at")?,
        seen_at: row.moment("seen_at")?,
    };
    let party = match (row.opt_id("party")?, row.opt_text("party_code")?) {
        (Some(id), Some(code)) => Some(Party {
            id,
            kind: word(&row, "party_kind", PartyKind::from_word)?,
            code: code.to_owned(),
            name: row.text("party_name")?.to_owned(),
        }),
        _ => None,
    };
    Ok(Some((session, account(&row)?, party)))
}

pub(super) async fn sessions_of(store: &Store, account: Id) -> Result<Vec<SessionRow>, Fault> {
    store.query(SESSIONS_OF, vec![account.into()]).await?.iter().map(session_row).collect()
}

pub(super) async fn sessions_unseen_since(store: &Store, shard: &str, since: Moment) -> Result<Vec<SessionRow>, Fault> {
    store.query(SESSIONS_DEAD, vec![shard.into(), since.into()]).await?.iter().map(session_row).collect()
}

const LINKS_DEAD: &str = "select token_hash from login_link where shard = $1 and expires_at < $2 limit 500";
const FAILURES_DEAD: &str = "select login from sign_in_failure where shard = $1 and failed_at < $2 limit 500";
const ASSERTIONS_DEAD: &str = "select provider, id from assertion where shard = $1 and at < $2 limit 500";

pub(super) async fn links_expired_before(store: &Store, shard: &str, at: Moment) -> Result<Vec<Vec<u8>>, Fault> {
    let rows = store.query(LINKS_DEAD, vec![shard.into(), at.into()]).await?;
    rows.iter().map(|r| Ok(r.blob("token_hash")?.to_vec())).collect()
}

pub(super) async fn failures_before(store: &Store, shard: &str, at: Moment) -> Result<Vec<String>, Fault> {
    let rows = store.query(FAILURES_DEAD, vec![shard.into(), at.into()]).await?;
    rows.iter().map(|r| Ok(r.text("login")?.to_owned())).collect()
}

pub(super) async fn assertions_before(store: &Store, shard: &str, at: Moment) -> Result<Vec<(String, String)>, Fault> {
    let rows = store.query(ASSERTIONS_DEAD, vec![shard.into(), at.into()]).await?;
    rows.iter().map(|r| Ok((r.text("provider")?.to_owned(), r.text("id")?.to_owned()))).collect()
}

/// A mandate that was not revoked, with its version.
pub(super) struct MandateRow {
    pub mandate: Mandate,
    pub version: i64,
}

fn mandate_row(row: &Row) -> Result<MandateRow, Fault> {
    let acts: Vec<String> = words(row, "acts")?;
    let scope = MandateScope {
        acts: acts.iter().filter_map(|a| MandateAct::from_word(a)).collect(),
        items: words(row, "items")?,
        valid_from: row.date("valid_from")?,
        valid_to: row.date("valid_to")?,
    };
    let principal = Party {
        id: row.id("principal")?,
        kind: word(row, "kind", PartyKind::from_word)?,
        code: row.text("code")?.to_owned(),
        name: row.text("name")?.to_owned(),
    };
    let (id, agent, basis) = (row.id("id")?, row.id("agent")?, row.text("basis")?.to_owned());
    Ok(MandateRow { mandate: Mandate { id, principal, agent, scope, basis }, version: row.int("version")? })
}

macro_rules! mandate_where {
    ($condition:literal) => {
        concat!(
            "select m.id, m.version, m.principal, m.agent, m.acts, m.items, m.valid_from, m.valid_to, m.basis, ",
            "p.kind, p.code, p.name from mandate m join party p on p.shard = m.shard and p.id = m.principal ",
            "where m.revoked_at is null and ",
            $condition
        )
    };
}

const MANDATE_BY_ID: &str = mandate_where!("m.shard = $1 and m.id = $2");
const MANDATES_OF_AGENT: &str = mandate_where!("m.agent = $1 and m.valid_to >= $2 order by m.valid_to, m.id");
const MANDATES_OF_PRINCIPAL: &str = mandate_where!("m.principal = $1 and m.valid_to >= $2 order by m.valid_to, m.id");

pub(super) async fn mandate(store: &Store, shard: &str, id: Id) -> Result<Option<MandateRow>, Fault> {
    one(store, MANDATE_BY_ID, vec![shard.into(), id.into()]).await?.as_ref().map(mandate_row).transpose()
}

pub(super) async fn mandates_of_agent(store: &Store, agent: Id, from: Date) -> Result<Vec<MandateRow>, Fault> {
    store.query(MANDATES_OF_AGENT, vec![agent.into(), from.into()]).await?.iter().map(mandate_row).collect()
}

pub(super) async fn mandates_of_principal(store: &Store, principal: Id, from: Date) -> Result<Vec<MandateRow>, Fault> {
    store.query(MANDATES_OF_PRINCIPAL, vec![principal.into(), from.into()]).await?.iter().map(mandate_row).collect()
}

/// One line of the audit trail of this room.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ActLine {
    /// When.
    pub at: Moment,
    /// What: `staff.created`, `scope.granted`, `mandate.given` …
    pub kind: String,
    /// The account, party or mandate it was done to.
    pub subject: Id,
    /// Who did it.
    pub actor_name: String,
    /// For whom, under a mandate.
    pub on_behalf: Option<String>,
    /// The particulars as JSON.
    pub detail: String,
}

const ACTS_OF: &str = "select at, kind, subject, actor_name, on_behalf, detail from access_act where subject = $1 \
     order by at desc, id desc limit 200";

fn act_line(r: &Row) -> Result<ActLine, Fault> {
    Ok(ActLine {
        at: r.moment("at")?,
        kind: r.text("kind")?.to_owned(),
        subject: r.id("subject")?,
        actor_name: r.text("actor_name")?.to_owned(),
        on_behalf: r.opt_text("on_behalf")?.map(str::to_owned),
        detail: r.text("detail")?.to_owned(),
    })
}

pub(super) async fn acts_of(store: &Store, subject: Id) -> Result<Vec<ActLine>, Fault> {
    store.query(ACTS_OF, vec![subject.into()]).await?.iter().map(act_line).collect()
}

/// An act on a staff account, with what tells whose business it is.
pub(super) struct StaffAct {
    pub act: ActLine,
    pub login: String,
    pub agency: String,
    pub region: String,
}

const STAFF_ACTS: &str = "select a.at, a.kind, a.subject, a.actor_name, a.on_behalf, a.detail, \
     coalesce(s.login, s.name) as login, s.agency, s.region from access_act a \
     join account s on s.shard = a.shard and s.id = a.subject where s.kind = 'staff' \
     order by a.at desc, a.id desc limit 500";

pub(super) async fn staff_acts(store: &Store) -> Result<Vec<StaffAct>, Fault> {
    let read = |r: &Row| {
        let owned = |column| r.text(column).map(str::to_owned);
        Ok(StaffAct { act: act_line(r)?, login: owned("login")?, agency: owned("agency")?, region: owned("region")? })
    };
    store.query(STAFF_ACTS, vec![]).await?.iter().map(read).collect()
}

/// The agencies an officer's rights reach.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reach {
    /// These, few enough to be asked one by one.
    Few(Vec<String>),
    /// More than that, or all there are.
    Many,
}

/// From how many agencies on it is better to walk everybody's rows than to ask for those of each.
const MANY: i64 = 32;

/// How far an officer reaches with this right. It narrows a search; what he may see is decided by the filter of scopes.
pub async fn reach(store: &Store, account: Id, right: Right) -> Result<Reach, Fault> {
    let sql = "SELECT agency FROM (SELECT s.agency AS agency FROM scope s JOIN role_right may ON may.role = s.role \
               WHERE s.account = $1 AND may.allowed = $2 UNION SELECT l.agency FROM scope s \
               JOIN role_right may ON may.role = s.role JOIN agency_line l ON l.ancestor = s.agency \
               WHERE s.account = $1 AND may.allowed = $2) AS reached ORDER BY agency LIMIT $3";
    let rows = store.query(sql, vec![account.into(), right.word().into(), (MANY + 1).into()]).await?;
    let agencies: Vec<String> =
        rows.iter().map(|row| row.text("agency").map(str::to_owned)).collect::<Result<_, Fault>>()?;
    // The sign for all of them sorts before every name.
    let all = agencies.len() > usize::try_from(MANY).unwrap_or(0) || agencies.iter().any(|agency| agency == EVERY);
    Ok(if all { Reach::Many } else { Reach::Few(agencies) })
}
