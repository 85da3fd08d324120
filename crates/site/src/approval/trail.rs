//! The audit trail: who did what with cases and accounts, and who looked at which register for a case. Both names stand
//! where somebody acted for another.

use affairs::access::{Right, staff};
use affairs::approval::{self, Decision, trail};
use affairs::message::{self, Posting, PostingTry};
use affairs::register::{self, AnswerLine, LookLine};
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use kernel::{CaseNumber, Id};
use serde::Deserialize;
use store::Entry;

use super::casework::{leaf_of, what, who};
use super::desk::{FilterView, TrailPage, TrailRow};
use crate::access::act_name;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Link, Pager};
use crate::problem::{Problem, page};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/trail", get(show))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    before: Option<String>,
    #[serde(default)]
    of: String,
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if !officer.0.scopes.allow_somewhere(Right::Audit) {
        return Err(Problem::not_found());
    }
    let desks = state.desks()?;
    let query: String = asked.q.trim().chars().take(100).collect();
    let accounts = asked.of == "accounts";
    let (rows, pager) = match CaseNumber::read(&query) {
        _ if accounts => (of_accounts(&desks, &officer, &frame).await?, Pager::default()),
        Ok(number) => (of_case(&desks, &officer, &frame, number.as_str()).await?, Pager::default()),
        Err(_) => newest(&desks, &officer, &frame, (&query, asked.before.as_deref())).await?,
    };
    page(&TrailPage { query, filters: filters(&frame, accounts), rows, pager, frame })
}

fn filters(frame: &Frame, accounts: bool) -> Vec<FilterView> {
    let filter = |href: &str, name: &str, current| FilterView {
        href: href.to_owned(),
        name: frame.t(name).to_owned(),
        count: None,
        current,
    };
    vec![
        filter("/staff/trail", "trail.acts_cases", !accounts),
        filter("/staff/trail?of=accounts", "trail.acts_accounts", accounts),
    ]
}

/// The newest acts on cases, of everybody or of one name.
async fn newest(
    desks: &Desks<'_>,
    officer: &Officer,
    frame: &Frame,
    (query, before): (&str, Option<&str>),
) -> Result<(Vec<TrailRow>, Pager), Problem> {
    let before = before.map(str::parse::<Id>).transpose().map_err(|_| Problem::not_found())?;
    let name = (!query.is_empty()).then_some(query);
    let shard = &desks.office.shard;
    let lines = trail::trail(desks.store(), shard, officer.0.account, (name, before)).await?;
    let query = if query.is_empty() { String::new() } else { format!("&q={}", encoded(query)) };
    let pager = Pager {
        first: before.map(|_| format!("/staff/trail?{}", query.trim_start_matches('&'))),
        next: lines
            .last()
            .filter(|_| lines.len() == trail::PAGE)
            .map(|l| format!("/staff/trail?before={}{query}", l.id)),
    };
    let row = |line: &trail::TrailLine| TrailRow {
        at: line.at,
        who: who(frame, (&line.actor_kind, &line.actor_name), line.on_behalf.as_deref()),
        did: what(frame, &line.kind, &line.detail),
        about: about(&line.number),
        leaf: None,
    };
    Ok((lines.iter().map(row).collect(), pager))
}

/// For a query: everything but letters and digits by its bytes.
fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric();
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn about(number: &str) -> Link {
    Link { href: format!("/staff/cases/{number}"), text: number.to_owned(), hint: String::new() }
}

/// Everything about one case, newest first: acts, runs of the rules, looks at registers.
async fn of_case(desks: &Desks<'_>, officer: &Officer, frame: &Frame, number: &str) -> Result<Vec<TrailRow>, Problem> {
    let actor = officer.actor();
    let file = match approval::file_by_number(desks.store(), &actor, number, frame.now).await {
        Ok((file, _)) => file,
        Err(approval::ApprovalError::NotFound) => return Ok(Vec::new()),
        Err(other) => return Err(other.into()),
    };
    let case = &file.case;
    if !case.allows(&actor, Right::Audit) {
        return Ok(Vec::new());
    }
    let leaves = desks.store().leaves(case.id).await?;
    let mut unused: Vec<&Entry> = leaves.iter().collect();
    let acts = file.events.iter().map(|event| TrailRow {
        at: event.at,
        who: who(frame, (&event.actor_kind, &event.actor_name), event.on_behalf.as_deref()),
        did: what(frame, &event.kind, &event.detail),
        about: about(number),
        leaf: leaf_of(&event.kind, &mut unused),
    });
    let mut rows: Vec<TrailRow> = acts.collect();
    rows.extend(file.decisions.iter().map(|d| of_run(frame, number, d)));
    let looks = register::looks_for_case(desks.store(), case.id).await?;
    rows.extend(looks.iter().map(|look| of_look(desks, frame, number, look)));
    let answers = register::answers_for_case(desks.store(), case.id).await?;
    rows.extend(answers.iter().map(|answer| of_answer(desks, frame, number, answer)));
    for (posting, tries) in message::postings_for_case(desks.store(), case.id).await? {
        rows.extend(of_posting(frame, number, &posting, &tries));
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.at));
    Ok(rows)
}

fn of_run(frame: &Frame, number: &str, decision: &Decision) -> TrailRow {
    let rules: String = decision.rule_set.chars().take(12).collect();
    let maker = decision.officer_name.as_deref();
    TrailRow {
        at: decision.decided_at,
        who: maker.map_or_else(|| frame.t("act.machine").to_owned(), str::to_owned),
        did: frame.t2("act.decision", decision.run, rules),
        about: about(number),
        leaf: None,
    }
}

fn of_look(desks: &Desks<'_>, frame: &Frame, number: &str, look: &LookLine) -> TrailRow {
    let layout = desks.office.registers.get(&look.register);
    let name = layout.map_or_else(|| look.register.clone(), |r| frame.text(&r.name).to_owned());
    let key = if look.ground.is_some() { "act.looked" } else { "act.look_refused" };
    TrailRow {
        at: look.at,
        who: who(frame, (&look.actor_kind, &look.actor_name), look.on_behalf.as_deref()),
        did: frame.t1(key, name),
        about: about(number),
        leaf: None,
    }
}

/// What another agency was asked and answered: its own number for the question, and the hash of what it said.
fn of_answer(desks: &Desks<'_>, frame: &Frame, number: &str, answer: &AnswerLine) -> TrailRow {
    let layout = desks.office.registers.get(&answer.register);
    let name = layout.map_or_else(|| answer.register.clone(), |r| frame.text(&r.name).to_owned());
    let hash: String = answer.hash.as_deref().unwrap_or_default().chars().take(12).collect();
    TrailRow {
        at: answer.answered_at,
        who: layout.map_or_else(String::new, |r| frame.text(&r.source).to_owned()),
        did: match answer.outcome.as_str() {
            "record" => frame.t2("act.answered", name, hash),
            "no_record" => frame.t2("act.answered_none", name, hash),
            _ => frame.t2("act.silent", name, answer.tries),
        },
        about: about(number),
        leaf: None,
    }
}

/// A message on its way outside: what became of it, and each time it was handed to a carrier. Addresses only as masks.
fn of_posting(frame: &Frame, number: &str, posting: &Posting, tries: &[PostingTry]) -> Vec<TrailRow> {
    let row = |at, did| TrailRow { at, who: frame.t("act.machine").to_owned(), did, about: about(number), leaf: None };
    let channel = frame.t(&format!("channel.{}", posting.channel.word())).to_owned();
    let state = frame.t(&format!("posting.{}", posting.state.word())).to_owned();
    let made = frame.t3("posting.made", &channel, &posting.address_mask, state);
    let mut rows = vec![row(posting.ended_at.unwrap_or(posting.created_at), made)];
    rows.extend(tries.iter().map(|tried| {
        let result = frame.t(&format!("posting_try.{}", tried.result)).to_owned();
        row(tried.at, frame.t3("posting.tried", &channel, &tried.carrier, result))
    }));
    rows
}

/// The newest acts on staff accounts that the officer may audit.
async fn of_accounts(desks: &Desks<'_>, officer: &Officer, frame: &Frame) -> Result<Vec<TrailRow>, Problem> {
    let acts = staff::trail(desks.store(), &officer.actor()).await?;
    let row = |(login, act): (String, affairs::access::ActLine)| TrailRow {
        at: act.at,
        who: who(frame, ("staff", &act.actor_name), act.on_behalf.as_deref()),
        did: act_name(frame, &act.kind),
        about: Link { href: String::new(), text: login, hint: String::new() },
        leaf: None,
    };
    Ok(acts.into_iter().map(row).collect())
}
