//! The queue: what waits for a person, the most urgent first, by the same filter of rights as the page of each case.

use affairs::access::Right;
use affairs::approval::{self, Case, Queue, State, Whose};
use affairs::catalog::Catalog;
use affairs::light;
use axum::Router;
use axum::extract::{Query, State as Extracted};
use axum::response::Response;
use axum::routing::get;
use kernel::Moment;
use serde::Deserialize;

use super::desk::{FilterView, QueuePage, QueueRow};
use super::found::{Found, state_tag};
use super::handover::reads;
use super::story;
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Pager, Tone};
use crate::problem::{Problem, page};
use crate::session::Officer;
use crate::state::AppState;

/// Rows of one page.
const ROWS: usize = 50;
/// From how few working days on the light is amber.
const SOON: u32 = 3;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/queue", get(queue))
}

/// Which part of the work.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
enum Show {
    #[default]
    Waiting,
    Today,
    Outside,
    Closed,
}

impl Show {
    const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Waiting, "waiting", "queue.waiting"),
        (Self::Today, "today", "queue.today"),
        (Self::Outside, "outside", "queue.outside"),
        (Self::Closed, "closed", "queue.closed"),
    ];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(show, ..)| *show == self).map_or("waiting", |(_, word, _)| word)
    }

    /// The address of this part of somebody's work.
    fn href(self, part: Part) -> String {
        match (self, part) {
            (Self::Waiting, Part::All) => "/staff/queue".to_owned(),
            (show, Part::All) => format!("/staff/queue?show={}", show.word()),
            (show, part) => format!("/staff/queue?show={}&whose={}", show.word(), part.word()),
        }
    }
}

/// Whose part of it.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
enum Part {
    Mine,
    Agency,
    #[default]
    All,
}

impl Part {
    const ALL: [(Self, &'static str, &'static str); 3] =
        [(Self::Mine, "mine", "queue.mine"), (Self::Agency, "agency", "queue.agency"), (Self::All, "all", "queue.all")];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(part, ..)| *part == self).map_or("all", |(_, word, _)| word)
    }

    fn whose(self) -> Whose {
        match self {
            Self::Mine => Whose::Mine,
            Self::Agency => Whose::Agency,
            Self::All => Whose::All,
        }
    }
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    show: Show,
    #[serde(default)]
    whose: Part,
    #[serde(default)]
    from: usize,
}

async fn queue(
    Extracted(state): Extracted<AppState>,
    officer: Officer,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    // A place of work for those who may see some case; for anybody else it is not there.
    if !officer.0.scopes.allow_somewhere(Right::ViewCase) {
        return Err(Problem::not_found());
    }
    let desks = state.desks()?;
    let (account, whose) = (officer.0.account, asked.whose.whose());
    let part = async |which| approval::queue_of_whose(desks.store(), account, (which, whose)).await;
    let mut waiting = part(Queue::Waiting).await?;
    waiting.sort_by_key(|case| story::decide_by(case).unwrap_or(Moment::from_ms(i64::MAX)));
    let urgent: Vec<Case> = waiting.iter().filter(|case| is_urgent(case, frame.now)).cloned().collect();
    let counts = (waiting.len(), urgent.len());
    let cases = match asked.show {
        Show::Waiting => waiting,
        Show::Today => urgent,
        Show::Outside => part(Queue::Outside).await?,
        Show::Closed => part(Queue::Closed).await?,
    };
    let mut rows = Vec::new();
    for case in cases.iter().skip(asked.from).take(ROWS) {
        rows.push(row(&desks, &officer, &frame, case).await?);
    }
    page(&QueuePage {
        counted: frame.t2("queue.counted", counts.0, counts.1),
        waiting: asked.show == Show::Waiting,
        filters: filters(&frame, (asked.show, asked.whose), counts),
        whose: parts(&frame, asked.show, asked.whose),
        lit: match light::lights_of_officer(desks.store(), account).await?.len() {
            0 => String::new(),
            lit => frame.t1("queue.lit", lit),
        },
        compares: reads(&officer).is_some(),
        rows,
        pager: pager((asked.show, asked.whose), asked.from, cases.len()),
        frame,
    })
}

fn is_urgent(case: &Case, now: Moment) -> bool {
    case.state == State::InReview && story::decide_by(case).is_some_and(|due| due.plus_ms(-1).date() <= now.date())
}

fn parts(frame: &Frame, show: Show, current: Part) -> Vec<FilterView> {
    // What lies with an officer waits for a person: there is no "mine" of the rest.
    let offered =
        Part::ALL.iter().filter(|(part, ..)| *part != Part::Mine || matches!(show, Show::Waiting | Show::Today));
    let filter = |(part, _, name): &(Part, &'static str, &'static str)| FilterView {
        href: show.href(*part),
        name: frame.t(name).to_owned(),
        count: None,
        current: *part == current,
    };
    offered.map(filter).collect()
}

fn filters(frame: &Frame, (current, part): (Show, Part), (waiting, urgent): (usize, usize)) -> Vec<FilterView> {
    let filter = |(show, _, name): &(Show, &'static str, &'static str)| FilterView {
        href: show.href(if part == Part::Mine && matches!(show, Show::Outside | Show::Closed) {
            Part::All
        } else {
            part
        }),
        name: frame.t(name).to_owned(),
        count: match show {
            Show::Waiting => Some(waiting),
            Show::Today => Some(urgent),
            Show::Outside | Show::Closed => None,
        },
        current: *show == current,
    };
    Show::ALL.iter().map(filter).collect()
}

fn pager((show, part): (Show, Part), from: usize, all: usize) -> Pager {
    let href = show.href(part);
    let joint = if href.contains('?') { '&' } else { '?' };
    Pager {
        next: (from + ROWS < all).then(|| format!("{href}{joint}from={}", from + ROWS)),
        first: (from > 0).then_some(href),
    }
}

async fn row(desks: &Desks<'_>, officer: &Officer, frame: &Frame, case: &Case) -> Result<QueueRow, Problem> {
    let glance = approval::glance(desks.store(), &officer.actor(), case).await?;
    let found = glance.latest.as_ref().and_then(Found::of);
    let reasons = found.map(|f| f.reasons(frame)).unwrap_or_default();
    let (light, due) = due(frame, &desks.catalog, case);
    Ok(QueueRow {
        light,
        due,
        href: format!("/staff/cases/{}", case.number),
        number: case.number.clone(),
        item: item_name(frame, &desks.catalog, case),
        applicant: case.applicant_name.clone(),
        why: if case.state.is_open() { short(frame, &reasons) } else { String::new() },
        tag: state_tag(frame, case.state),
        with: glance.officer.unwrap_or_default(),
        region: places::region(frame, &desks.catalog, &case.region),
        received_at: case.received_at.unwrap_or(case.filed_at),
    })
}

/// The first two reasons; the rest stands on the case's page.
fn short(frame: &Frame, reasons: &[String]) -> String {
    let joint = if frame.is_zh() { "；" } else { "; " };
    let shown = reasons.iter().take(2).map(String::as_str).collect::<Vec<_>>().join(joint);
    if reasons.len() > 2 { format!("{shown} …") } else { shown }
}

/// The item's name as it was when the case was filed.
pub(super) fn item_name(frame: &Frame, catalog: &Catalog, case: &Case) -> String {
    let item = catalog.item_version(&case.item, &case.item_version);
    item.map_or_else(|| case.item.clone(), |item| frame.text(&item.name).to_owned())
}

/// What is left of a case's time, as a light and in words; no words once it is closed.
pub(super) fn due(frame: &Frame, catalog: &Catalog, case: &Case) -> (Tone, String) {
    let until = |at: Option<Moment>| {
        let words = at.map(|at| frame.t1("queue.until", frame.date(at.plus_ms(-1).date())));
        (Tone::Waiting, words.unwrap_or_default())
    };
    match case.state {
        State::InReview | State::AwaitingData | State::AwaitingEvidence => left(frame, catalog, story::decide_by(case)),
        State::SpecialStep => (Tone::Waiting, frame.t("queue.stands").to_owned()),
        State::AwaitingSecondParty => until(case.second_party_due_at),
        State::Correcting => until(case.correction_due_at),
        _ => (Tone::Quiet, String::new()),
    }
}

fn left(frame: &Frame, catalog: &Catalog, due: Option<Moment>) -> (Tone, String) {
    let Some(due) = due else { return (Tone::Refer, frame.t("queue.unknown").to_owned()) };
    let (today, last) = (frame.now.date(), due.plus_ms(-1).date());
    if frame.now >= due {
        return (Tone::Refused, frame.t("queue.overdue").to_owned());
    }
    if last == today {
        return (Tone::Refused, frame.t("queue.due_today").to_owned());
    }
    match catalog.calendar().working_days_between(today, last) {
        Ok(days) if days <= SOON => (Tone::Refer, frame.t1("queue.days", days)),
        Ok(days) => (Tone::Granted, frame.t1("queue.days", days)),
        Err(_) => (Tone::Granted, frame.t1("queue.until", frame.date(last))),
    }
}
