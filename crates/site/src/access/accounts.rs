//! Staff accounts: made, linked, scoped, disabled by an administrator in scope. A link to set a password is shown once,
//! on the page that made it; there is no default password.

use affairs::access::{
    AccessError, Account, AccountStatus, ActLine, EVERY, FieldFault, LinkPurpose, Member, NewStaff, Scope, Token,
    sign_in, staff,
};
use affairs::catalog::Catalog;
use axum::Form;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use kernel::Id;

use super::account_forms::{NewAccount, ScopeForm, new_account, new_scope, role_name};
use super::view::{AccountLinkPage, AccountPage, AccountRow, AccountsPage, ScopeRow};
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{EventView, Link, Tag, Tone, error_lines};
use crate::problem::{Problem, page, page_as};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/accounts", get(list).post(create))
        .route("/staff/accounts/{id}", get(show))
        .route("/staff/accounts/{id}/link", post(new_link))
        .route("/staff/accounts/{id}/disable", post(disable))
        .route("/staff/accounts/{id}/enable", post(enable))
        .route("/staff/accounts/{id}/scopes", post(grant))
        .route("/staff/accounts/{id}/scopes/revoke", post(revoke))
}

/// The list is for those who keep accounts somewhere; for anybody else the place is not there.
fn keeper(officer: &Officer) -> Result<(), Problem> {
    let keeps = officer.0.scopes.allow_somewhere(affairs::access::Right::ManageStaff);
    if keeps { Ok(()) } else { Err(Problem::not_found()) }
}

async fn list(State(state): State<AppState>, officer: Officer, frame: Frame) -> Result<Response, Problem> {
    keeper(&officer)?;
    let desks = state.desks()?;
    page(&accounts(&desks, &officer, frame, (&NewAccount::default(), &[])).await?)
}

async fn accounts(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (typed, faults): (&NewAccount, &[FieldFault]),
) -> Result<AccountsPage, Problem> {
    let members = staff::list(desks.store(), &officer.actor()).await?;
    let sections = new_account(&frame, &desks.catalog, typed, faults);
    Ok(AccountsPage {
        accounts: members.iter().map(|m| row(&frame, &desks.catalog, m)).collect(),
        errors: error_lines(&sections),
        sections,
        frame,
    })
}

fn row(frame: &Frame, catalog: &Catalog, member: &Member) -> AccountRow {
    AccountRow {
        login: member.account.login.clone().unwrap_or_default(),
        name: member.account.name.clone(),
        scopes: scope_lines(frame, catalog, &member.scopes),
        tag: tag(frame, &member.account),
        password_at: member.account.password_at,
        href: address(member.account.id),
    }
}

/// What somebody may do, a line for each place: the roles there, and the place.
fn scope_lines(frame: &Frame, catalog: &Catalog, scopes: &[Scope]) -> Vec<String> {
    let mut places: Vec<(&Scope, Vec<String>)> = Vec::new();
    let place = |s: &Scope| (s.agency.clone(), s.region.clone(), s.item.clone());
    for scope in scopes {
        let role = role_name(frame, scope.role);
        match places.iter_mut().find(|(first, _)| place(first) == place(scope)) {
            Some((_, roles)) => roles.push(role),
            None => places.push((scope, vec![role])),
        }
    }
    let comma = if frame.is_zh() { "、" } else { ", " };
    let line = |(scope, roles): (&Scope, Vec<String>)| {
        let ScopeRow { agency, region, item, .. } = scope_row(frame, catalog, scope);
        let named = [(&scope.agency, agency), (&scope.region, region), (&scope.item, item)];
        let mut words: Vec<String> = named.into_iter().filter(|(id, _)| *id != EVERY).map(|(_, name)| name).collect();
        if words.is_empty() {
            words.push(frame.t("accounts.everywhere").to_owned());
        }
        format!("{} · {}", roles.join(comma), words.join(" · "))
    };
    places.into_iter().map(line).collect()
}

fn tag(frame: &Frame, account: &Account) -> Tag {
    match account.status {
        AccountStatus::Active => Tag::new(Tone::Granted, frame.t("accounts.active")),
        AccountStatus::Disabled => Tag::new(Tone::Quiet, frame.t("accounts.disabled")),
    }
}

fn scope_row(frame: &Frame, catalog: &Catalog, scope: &Scope) -> ScopeRow {
    let every = |name: &str| (name == EVERY).then(|| frame.t("accounts.every").to_owned());
    ScopeRow {
        role: role_name(frame, scope.role),
        agency: every(&scope.agency).unwrap_or_else(|| places::agency(frame, catalog, &scope.agency)),
        region: every(&scope.region).unwrap_or_else(|| places::region(frame, catalog, &scope.region)),
        item: every(&scope.item).unwrap_or_else(|| places::item(frame, catalog, &scope.item)),
        fields: vec![
            ("/role", scope.role.word().to_owned()),
            ("/agency", scope.agency.clone()),
            ("/region", scope.region.clone()),
            ("/item", scope.item.clone()),
        ],
    }
}

fn address(account: Id) -> String {
    format!("/staff/accounts/{account}")
}

async fn create(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Form(typed): Form<NewAccount>,
) -> Result<Response, Problem> {
    keeper(&officer)?;
    let desks = state.desks()?;
    let new = NewStaff {
        login: typed.login.clone(),
        name: typed.name.clone(),
        post: typed.post.clone(),
        agency: typed.agency.clone(),
        region: typed.region.clone(),
    };
    match staff::create(&desks.base(), &officer.actor(), &new).await {
        Ok((account, token)) => link_page(&state, frame, &account, &token),
        Err(AccessError::Invalid(faults)) => {
            let again = accounts(&desks, &officer, frame, (&typed, &faults)).await?;
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
        Err(other) => Err(other.into()),
    }
}

fn link_page(state: &AppState, frame: Frame, account: &Account, token: &Token) -> Result<Response, Problem> {
    let link = format!("{}/sign-in/link/{}", state.settings().public_origin, token.reveal());
    page(&AccountLinkPage { name: account.name.clone(), link, back: address(account.id), frame })
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    Path(id): Path<String>,
    frame: Frame,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    page(&account(&desks, &officer, frame, (id_of(&id)?, &ScopeForm::default(), &[])).await?)
}

fn id_of(text: &str) -> Result<Id, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

async fn account(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: Frame,
    (id, typed, faults): (Id, &ScopeForm, &[FieldFault]),
) -> Result<AccountPage, Problem> {
    let (member, acts) = staff::show(&desks.base(), &officer.actor(), id).await?;
    let catalog = &desks.catalog;
    let (own, base) = (officer.0.account == id, address(id));
    let sections = new_scope(&frame, catalog, typed, faults);
    let Member { account, scopes } = member;
    Ok(AccountPage {
        login: account.login.clone().unwrap_or_default(),
        name: account.name.clone(),
        post: account.post.clone(),
        agency: places::agency(&frame, catalog, &account.agency),
        region: places::region(&frame, catalog, &account.region),
        tag: tag(&frame, &account),
        password_at: account.password_at,
        own,
        actions: actions(&frame, &account, own),
        scopes: scopes.iter().map(|s| scope_row(&frame, catalog, s)).collect(),
        revoke: format!("{base}/scopes/revoke"),
        grant: format!("{base}/scopes"),
        errors: error_lines(&sections),
        sections,
        events: acts.iter().map(|act| event(&frame, act)).collect(),
        frame,
    })
}

fn actions(frame: &Frame, account: &Account, own: bool) -> Vec<Link> {
    let action = |word: &str, key: &str| Link {
        href: format!("{}/{word}", address(account.id)),
        text: frame.t(key).to_owned(),
        hint: String::new(),
    };
    let active = account.status == AccountStatus::Active;
    let link = active.then(|| action("link", "accounts.link"));
    let status = match (own, active) {
        (true, _) => None,
        (false, true) => Some(action("disable", "accounts.disable")),
        (false, false) => Some(action("enable", "accounts.enable")),
    };
    [link, status].into_iter().flatten().collect()
}

fn event(frame: &Frame, act: &ActLine) -> EventView {
    EventView { at: act.at, what: super::act_name(frame, &act.kind), who: who(frame, act), href: None }
}

/// How the log names an act of the program itself.
const MACHINE: &str = "machine";

/// Both names where somebody acted for another.
fn who(frame: &Frame, act: &ActLine) -> String {
    let name = if act.actor_name == MACHINE { frame.t("act.system") } else { act.actor_name.as_str() };
    match &act.on_behalf {
        Some(principal) => frame.aside(name, principal),
        None => name.to_owned(),
    }
}

async fn grant(
    State(state): State<AppState>,
    officer: Officer,
    Path(id): Path<String>,
    frame: Frame,
    Form(typed): Form<ScopeForm>,
) -> Result<Response, Problem> {
    let (desks, id) = (state.desks()?, id_of(&id)?);
    let given = match typed.scope() {
        Ok(scope) => staff::grant_scope(&desks.base(), &officer.actor(), id, &scope).await,
        Err(faults) => Err(AccessError::Invalid(faults)),
    };
    match given {
        Ok(()) => Ok(Redirect::to(&address(id)).into_response()),
        Err(AccessError::Invalid(faults)) => {
            let again = account(&desks, &officer, frame, (id, &typed, &faults)).await?;
            page_as(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
        Err(other) => Err(other.into()),
    }
}

async fn revoke(
    State(state): State<AppState>,
    officer: Officer,
    Path(id): Path<String>,
    Form(row): Form<ScopeForm>,
) -> Result<Redirect, Problem> {
    let (desks, id) = (state.desks()?, id_of(&id)?);
    let scope = row.scope().map_err(|_| Problem::not_found())?;
    staff::revoke_scope(&desks.base(), &officer.actor(), id, &scope).await?;
    // What lay with him and is out of his reach now goes on at once.
    affairs::approval::hand_on(&desks.approval(), id).await?;
    Ok(Redirect::to(&address(id)))
}

async fn new_link(
    State(state): State<AppState>,
    officer: Officer,
    Path(id): Path<String>,
    frame: Frame,
) -> Result<Response, Problem> {
    let (desks, id) = (state.desks()?, id_of(&id)?);
    let (member, _) = staff::show(&desks.base(), &officer.actor(), id).await?;
    let token = sign_in::issue_link(&desks.base(), &officer.actor(), id, LinkPurpose::SetPassword).await?;
    link_page(&state, frame, &member.account, &token)
}

async fn disable(State(state): State<AppState>, officer: Officer, Path(id): Path<String>) -> Result<Redirect, Problem> {
    let (desks, id) = (state.desks()?, id_of(&id)?);
    staff::disable(&desks.base(), &officer.actor(), id).await?;
    affairs::approval::hand_on(&desks.approval(), id).await?;
    Ok(Redirect::to(&address(id)))
}

async fn enable(State(state): State<AppState>, officer: Officer, Path(id): Path<String>) -> Result<Redirect, Problem> {
    let (desks, id) = (state.desks()?, id_of(&id)?);
    staff::enable(&desks.base(), &officer.actor(), id).await?;
    Ok(Redirect::to(&address(id)))
}
