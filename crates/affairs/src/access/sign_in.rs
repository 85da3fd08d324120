//! Sign-in: by an identity provider's statement, by a single-use link, by a password. Each opens a fresh session.

use kernel::{Id, Moment};
use serde_json::json;
use store::{CommitError, Conflict, Unit};

use super::act::{Act, note, record as record_act};
use super::decide::{FORGET_FAILURES_MS, LINK_MS, password_faults, wait_ms};
use super::error::FieldFault;
use super::record::{self, ASSERTION, Failures, LOGIN_LINK, LinkRow, SIGN_IN_FAILURE};
use super::session::{end_all, open};
use super::{
    AccessError, Account, AccountKind, AccountStatus, Actor, Arrival, Assurance, Desk, Identity, SignedIn, Token,
    Visit, password, people, staff,
};

/// What a single-use link is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkPurpose {
    /// Opens a session: how the demonstration and an operator at the machine let somebody in.
    SignIn,
    /// Lets an officer choose a password, and opens a session with it.
    SetPassword,
}

impl LinkPurpose {
    const fn word(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SetPassword => "set_password",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::SignIn, Self::SetPassword].into_iter().find(|p| p.word() == word)
    }
}

/// Makes a link that works once within fifteen minutes. An administrator in scope gives officers links to set a password,
/// and the log keeps it; only the machine (an operator at its console) makes links that sign in at once.
pub async fn issue_link(desk: &Desk<'_>, by: &Actor, account: Id, purpose: LinkPurpose) -> Result<Token, AccessError> {
    let account = record::account_by_id(desk.store, desk.shard, account).await?.ok_or(AccessError::NotFound)?;
    if account.status == AccountStatus::Disabled {
        return Err(AccessError::NotFound);
    }
    match (purpose, account.kind) {
        (LinkPurpose::SetPassword, AccountKind::Staff) => staff::require(by, &staff::place(&account))?,
        (LinkPurpose::SignIn, _) if *by == Actor::Machine => {}
        _ => return Err(AccessError::NotAllowed),
    }
    let token = Token::new(desk.entropy);
    let act = Act { kind: "link.issued", subject: account.id, detail: json!({ "purpose": purpose.word() }) };
    let unit = link_unit(desk, &token, &account, (by, purpose));
    let unit = if *by == Actor::Machine { note(desk, unit, by, &act) } else { record_act(desk, unit, by, &act) };
    desk.store.commit(unit).await?;
    Ok(token)
}

/// The row of a link. `desk.unit()` begins it; [`staff::create`] adds it to its own.
pub(super) fn link_unit(desk: &Desk, token: &Token, account: &Account, how: (&Actor, LinkPurpose)) -> Unit {
    let (by, purpose) = how;
    // A link of the demonstration's console stands for having seen the person; a password never does.
    let assurance = if account.kind == AccountKind::Citizen { Assurance::Strong } else { Assurance::Substantial };
    let row = vec![
        desk.shard.into(),
        token.hash().into(),
        1_i64.into(),
        account.id.into(),
        purpose.word().into(),
        assurance.word().into(),
        account.epoch.into(),
        by.signature().name.into(),
        desk.now().into(),
        desk.now().plus_ms(LINK_MS).into(),
        store::Value::Null,
    ];
    desk.unit().insert(&LOGIN_LINK, row)
}

/// What a link that can still be used is for, without using it: for the page that asks before it acts, because mail
/// scanners open links too.
pub async fn look_at_link(desk: &Desk<'_>, token: &Token) -> Result<LinkPurpose, AccessError> {
    let (link, _) = usable_link(desk, token).await?;
    LinkPurpose::from_word(&link.purpose).ok_or(AccessError::LinkInvalid)
}

/// Whose link this is, without using it: for the page that asks before it acts, and for where to go afterwards.
pub async fn holder_of_link(desk: &Desk<'_>, token: &Token) -> Result<Account, AccessError> {
    Ok(usable_link(desk, token).await?.1)
}

/// Signs in by a link, once: of two that use it at the same instant one is refused.
pub async fn by_link(desk: &Desk<'_>, token: &Token, arrival: &Arrival<'_>) -> Result<SignedIn, AccessError> {
    let (link, account) = usable_link(desk, token).await?;
    if link.purpose != LinkPurpose::SignIn.word() {
        return Err(AccessError::LinkInvalid);
    }
    let unit = use_link(desk, token, &link);
    let (unit, signed_in) = open(desk, unit, &account, (link.assurance, arrival));
    desk.store.commit(unit).await.map_err(link_lost)?;
    Ok(signed_in)
}

/// Sets an officer's password by a link and signs in. Faults of the password leave the link as it is.
pub async fn set_password(
    desk: &Desk<'_>,
    token: &Token,
    password: &str,
    arrival: &Arrival<'_>,
) -> Result<SignedIn, AccessError> {
    let (link, account) = usable_link(desk, token).await?;
    if link.purpose != LinkPurpose::SetPassword.word() {
        return Err(AccessError::LinkInvalid);
    }
    let unit = use_link(desk, token, &link);
    new_password(desk, unit, account, (password, arrival)).await?.map_err(link_lost)
}

async fn usable_link(desk: &Desk<'_>, token: &Token) -> Result<(LinkRow, Account), AccessError> {
    let link = record::link(desk.store, desk.shard, token.hash()).await?.ok_or(AccessError::LinkInvalid)?;
    let account = record::account_by_id(desk.store, desk.shard, link.account).await?.ok_or(AccessError::LinkInvalid)?;
    let usable = !link.used
        && desk.now() <= link.expires_at
        && link.epoch == account.epoch
        && account.status == AccountStatus::Active;
    if usable { Ok((link, account)) } else { Err(AccessError::LinkInvalid) }
}

fn use_link(desk: &Desk, token: &Token, link: &LinkRow) -> Unit {
    let key = vec![desk.shard.into(), token.hash().into()];
    desk.unit().update(&LOGIN_LINK, key, link.version, vec![("used_at", desk.now().into())])
}

/// Somebody else was faster: the link was used.
fn link_lost(error: CommitError) -> AccessError {
    if matches!(error, CommitError::Conflict(_)) { AccessError::LinkInvalid } else { error.into() }
}

/// Signs in an officer by name and password.
pub async fn by_password(
    desk: &Desk<'_>,
    login: &str,
    password: &str,
    arrival: &Arrival<'_>,
) -> Result<SignedIn, AccessError> {
    let login = staff::login_of(login);
    let account = check_password(desk, &login, password).await?;
    let unit = forget_failures(desk, desk.unit(), &login);
    let (unit, signed_in) = open(desk, unit, &account, (Assurance::Substantial, arrival));
    desk.store.commit(unit).await?;
    Ok(signed_in)
}

/// Changes an officer's own password: every other session ends, this browser gets a new one.
pub async fn change_password(
    desk: &Desk<'_>,
    visit: &Visit,
    old_and_new: (&str, &str),
    arrival: &Arrival<'_>,
) -> Result<SignedIn, AccessError> {
    let account = record::account_by_id(desk.store, desk.shard, visit.session.account).await?;
    let login = account.and_then(|a| a.login).ok_or(AccessError::NotFound)?;
    let account = check_password(desk, &login, old_and_new.0).await?;
    let unit = forget_failures(desk, desk.unit(), &login);
    Ok(new_password(desk, unit, account, (old_and_new.1, arrival)).await??)
}

/// Sets a password, raises the epoch, opens a session. The inner error is the commit's, for the caller to interpret.
async fn new_password(
    desk: &Desk<'_>,
    unit: Unit,
    mut account: Account,
    (password, arrival): (&str, &Arrival<'_>),
) -> Result<Result<SignedIn, CommitError>, AccessError> {
    let faults = password_faults(account.login.as_deref().unwrap_or_default(), password);
    if !faults.is_empty() {
        let fault = |reason| FieldFault { field: "password", reason };
        return Err(AccessError::Invalid(faults.into_iter().map(fault).collect()));
    }
    let hash = password::hash(password, desk.entropy).await?;
    let unit = end_all(unit, &account, vec![("password", hash.into()), ("password_at", desk.now().into())]);
    account.epoch += 1;
    let act = Act { kind: "password.set", subject: account.id, detail: json!({}) };
    let (unit, signed_in) = open(desk, unit, &account, (Assurance::Substantial, arrival));
    let myself = Actor::Staff(super::StaffActor {
        account: account.id,
        name: account.name.clone(),
        post: account.post.clone(),
        scopes: super::Scopes::default(),
    });
    Ok(desk.store.commit(note(desk, unit, &myself, &act)).await.map(|_| signed_in))
}

/// The account whose password this is. A try is counted before it is looked at, so that guesses in parallel do not slip
/// past the waiting time; an unknown name waits and takes as long as a known one.
async fn check_password(desk: &Desk<'_>, login: &str, password: &str) -> Result<Account, AccessError> {
    let retry_at = count_try(desk, login).await?;
    let account = record::account_by_login(desk.store, login).await?;
    let usable = account.filter(|a| a.status == AccountStatus::Active);
    let stored = usable.as_ref().and_then(|a| a.password.as_deref());
    if password::matches(password, stored).await? {
        return usable.ok_or(AccessError::SignInRefused { retry_at });
    }
    Err(AccessError::SignInRefused { retry_at })
}

/// How often a try that collides with another is repeated before it is refused.
const COLLISIONS: usize = 8;

/// Counts one more try; refuses while the waiting time of earlier ones runs. Gives when the next may be made should this
/// one fail.
async fn count_try(desk: &Desk<'_>, login: &str) -> Result<Option<Moment>, AccessError> {
    let now = desk.now();
    for _ in 0..COLLISIONS {
        let mut seen = record::failures(desk.store, desk.shard, login).await?;
        if now < seen.locked_until {
            return Err(AccessError::SignInRefused { retry_at: Some(seen.locked_until) });
        }
        if now.ms() - seen.failed_at.ms() > FORGET_FAILURES_MS {
            seen.failures = 0;
        }
        let wait = wait_ms(seen.failures + 1);
        match desk.store.commit(failure_unit(desk, login, &seen, now.plus_ms(wait))).await {
            Ok(_) => return Ok((wait > 0).then(|| now.plus_ms(wait))),
            Err(CommitError::Conflict(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(AccessError::SignInRefused { retry_at: None })
}

fn failure_unit(desk: &Desk, login: &str, seen: &Failures, locked_until: Moment) -> Unit {
    let (shard, failures) = (desk.shard, seen.failures + 1);
    match seen.version {
        None => desk.unit().insert(
            &SIGN_IN_FAILURE,
            vec![shard.into(), login.into(), 1_i64.into(), failures.into(), desk.now().into(), locked_until.into()],
        ),
        Some(version) => {
            let changes = vec![
                ("failures", failures.into()),
                ("failed_at", desk.now().into()),
                ("locked_until", locked_until.into()),
            ];
            desk.unit().update(&SIGN_IN_FAILURE, vec![shard.into(), login.into()], version, changes)
        }
    }
}

fn forget_failures(desk: &Desk, unit: Unit, login: &str) -> Unit {
    unit.delete(&SIGN_IN_FAILURE, vec![desk.shard.into(), login.into()])
}

/// Signs in a person whom an identity provider recognised, and makes party and account at the first time. The same
/// statement does not sign in twice.
pub async fn by_identity(desk: &Desk<'_>, identity: &Identity, arrival: &Arrival<'_>) -> Result<SignedIn, AccessError> {
    for _ in 0..COLLISIONS {
        match try_identity(desk, identity, arrival).await {
            // Two first sign-ins of the same person at once: the second finds what the first has made.
            Err(AccessError::Changed) => {}
            done => return done,
        }
    }
    Err(AccessError::Changed)
}

async fn try_identity(desk: &Desk<'_>, identity: &Identity, arrival: &Arrival<'_>) -> Result<SignedIn, AccessError> {
    let (unit, account) = people::known(desk, identity).await?;
    if account.status == AccountStatus::Disabled {
        return Err(AccessError::SignInRefused { retry_at: None });
    }
    let used = vec![desk.shard.into(), (&identity.provider).into(), (&identity.assertion).into(), desk.now().into()];
    let (unit, signed_in) = open(desk, unit.insert(&ASSERTION, used), &account, (identity.assurance, arrival));
    match desk.store.commit(unit).await {
        Ok(_) => Ok(signed_in),
        Err(CommitError::Conflict(Conflict::Exists { table })) if table == ASSERTION.name => {
            Err(AccessError::SignInRefused { retry_at: None })
        }
        Err(other) => Err(other.into()),
    }
}
