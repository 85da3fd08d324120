//! What everybody sees of ratings: the figures by agency, item and window, and each rating with its reply. Names are masked, or not
//! given; words are there only when a person has looked at them.

use affairs::rating::{self, Figure, Figures, Level, Rating, RatingState, WordsState};
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use kernel::{Id, Moment};
use serde::Deserialize;

use super::give::level_tag;
use super::view::{FigureRow, FigureTable, PublicRow, RatingsPage};
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::Pager;
use crate::problem::{Problem, page};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/ratings", get(show))
}

#[derive(Deserialize)]
struct Asked {
    before: Option<String>,
}

impl Asked {
    /// `milliseconds.id` of the last rating of the page before.
    fn cursor(&self) -> Option<(Moment, Id)> {
        let (at, id) = self.before.as_deref()?.split_once('.')?;
        Some((Moment::from_ms(at.parse().ok()?), id.parse().ok()?))
    }
}

async fn show(State(state): State<AppState>, frame: Frame, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let before = asked.cursor();
    let figures = rating::figures(desks.store(), &desks.office.shard, None).await?;
    let (found, next) = rating::published(desks.store(), before).await?;
    let tables = if before.is_none() { tables(&desks, &frame, &figures) } else { Vec::new() };
    page(&RatingsPage {
        lines: lines(&frame, &figures),
        levels: Level::ALL.map(|level| frame.t(&format!("level.{}", level.word())).to_owned()).to_vec(),
        tables,
        rows: found.iter().map(|rating| row(&desks, &frame, rating)).collect(),
        pager: Pager {
            first: before.map(|_| "/ratings".to_owned()),
            next: next.map(|(at, id)| format!("/ratings?before={}.{id}", at.ms())),
        },
        frame,
    })
}

fn lines(frame: &Frame, figures: &Figures) -> Vec<String> {
    let total = figures.total;
    let mut lines = vec![
        frame.t3("ratings.counted", figures.invited, total.all(), total.bad()),
        frame.t3("ratings.called", figures.owed, figures.called, figures.in_time),
    ];
    if figures.void > 0 {
        lines.push(frame.t1("ratings.void", figures.void));
    }
    lines
}

fn tables(desks: &Desks<'_>, frame: &Frame, figures: &Figures) -> Vec<FigureTable> {
    let agencies = figures.agencies.iter();
    let agencies = agencies.map(|(id, figure)| figure_row(places::agency(frame, &desks.catalog, id), figure));
    let items = figures.items.iter().map(|(id, figure)| figure_row(places::item(frame, &desks.catalog, id), figure));
    let windows = figures
        .windows
        .iter()
        .map(|((agency, window), figure)| figure_row(window_name(desks, frame, (agency, window)), figure));
    let all = [
        ("agencies", "ratings.by_agency", agencies.collect::<Vec<_>>()),
        ("items", "ratings.by_item", items.collect()),
        ("windows", "ratings.by_window", windows.collect()),
    ];
    let filled = all.into_iter().filter(|(.., rows)| !rows.is_empty());
    filled.map(|(id, title, rows)| FigureTable { id, title: frame.t(title).to_owned(), rows }).collect()
}

/// A window by its agency and code, with its name where the catalogue lists it in the agency's hall; else it says that the
/// window is known from its tablet only.
fn window_name(desks: &Desks<'_>, frame: &Frame, (agency, window): (&str, &str)) -> String {
    let (catalog, today) = (&desks.catalog, frame.now.date());
    let code = frame.t2("ratings.window", places::agency(frame, catalog, agency), window);
    let region = catalog.agency(agency).and_then(|a| a.region);
    let found = region.into_iter().flat_map(|r| catalog.halls().at(r, today)).find_map(|h| h.counter(window, today));
    match found {
        Some(counter) => frame.aside(&code, frame.text(&counter.name)),
        None => frame.aside(&code, frame.t("ratings.window_unlisted")),
    }
}

fn figure_row(name: String, figure: &Figure) -> FigureRow {
    FigureRow { name, all: figure.all(), levels: Level::ALL.map(|level| figure.of(level)).to_vec() }
}

fn row(desks: &Desks<'_>, frame: &Frame, rating: &Rating) -> PublicRow {
    let why = match rating.words_state {
        WordsState::Held => frame.t("ratings.words_held").to_owned(),
        WordsState::Withheld => frame.t1("ratings.words_withheld", rating.words_why.as_deref().unwrap_or_default()),
        WordsState::Silent | WordsState::Shown => String::new(),
    };
    let owed = rating.state.is_owed() || rating.state == RatingState::Closed;
    PublicRow {
        on: rating.rated_at.unwrap_or(rating.invited_at).date(),
        tag: level_tag(frame, rating.level.unwrap_or(Level::Fair)),
        item: places::item(frame, &desks.catalog, &rating.item),
        agency: places::agency(frame, &desks.catalog, &rating.agency),
        who: rating.name_shown().map_or_else(|| frame.t("rate.nobody").to_owned(), str::to_owned),
        words: rating.words_public().unwrap_or_default().to_owned(),
        words_why: why,
        state: if owed { frame.t(&format!("rating_state.{}", rating.state.word())).to_owned() } else { String::new() },
        reply: rating.reply.clone().unwrap_or_default(),
    }
}
