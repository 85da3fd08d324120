//! Figures over the lists in force: the fewest seals, and the five limbs of “12345”, each with its figures or 未知.

use affairs::powers::{self, Limb, LimbFigure, Power, PowerList, fewest_seals, limbs};
use affairs::supervision;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::listed::name;
use super::view::{LimbView, LimbsPage, SealView, SealsPage};
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::Link;
use crate::problem::{Problem, page};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/powers/seals", get(seals)).route("/powers/12345", get(five))
}

/// The powers of all lists in force, each with its list.
async fn in_force(desks: &Desks<'_>, frame: &Frame) -> Result<Vec<(PowerList, Power)>, Problem> {
    let mut all = Vec::new();
    for list in powers::current_lists(desks.store(), frame.now.date()).await? {
        for power in powers::powers_of(desks.store(), list.id).await? {
            all.push((list.clone(), power));
        }
    }
    Ok(all)
}

async fn seals(State(state): State<AppState>, frame: Frame) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let all = in_force(&desks, &frame).await?;
    let powers: Vec<Power> = all.iter().map(|(_, p)| p.clone()).collect();
    let row = |r: &powers::SealRow| SealView {
        agency: places::agency(&frame, &desks.catalog, &r.agency),
        powers: r.powers,
        without: r.without,
        seals: r.seals,
        each: format!("{}.{:02}", r.seals / r.powers, r.seals * 100 / r.powers % 100),
    };
    let mut sealed: Vec<_> = all.iter().filter(|(_, p)| p.seals_to_fetch() > 0).collect();
    sealed.sort_by_key(|(_, p)| std::cmp::Reverse(p.seals_to_fetch()));
    let link = |(list, p): &&(PowerList, Power)| Link {
        href: format!("/powers/{}/{}", list.list, p.code),
        text: name(&frame, p),
        hint: p.seals.iter().filter(|s| !s.inside).map(|s| s.name.as_str()).collect::<Vec<_>>().join("、"),
    };
    page(&SealsPage {
        rows: fewest_seals(&powers).iter().map(row).collect(),
        powers: sealed.iter().map(link).collect(),
        frame,
    })
}

async fn five(State(state): State<AppState>, frame: Frame) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let powers: Vec<Power> = in_force(&desks, &frame).await?.into_iter().map(|(_, p)| p).collect();
    let (open, closed) = powers::runs_of(desks.store(), "").await?;
    // Other rooms' numbers are handed to this one, which does not know them.
    let duties = supervision::open_duties(desks.store()).await?;
    let handed = (usize::try_from(duties).ok(), usize::try_from(open + closed).unwrap_or_default());
    let limbs = limbs(&powers, handed);
    page(&LimbsPage { limbs: limbs.iter().enumerate().map(|(n, l)| limb(&frame, n + 1, l)).collect(), frame })
}

fn limb(frame: &Frame, digit: usize, limb: &Limb) -> LimbView {
    let shown = |figure: &LimbFigure| match figure {
        LimbFigure::Count(n) => (n.to_string(), true),
        LimbFigure::Share(_, 0) | LimbFigure::Unknown => (frame.t("powers.unknown").to_owned(), false),
        LimbFigure::Share(n, of) => (frame.t2("powers.of", n, of), true),
        LimbFigure::Ratio(ratio) => (format!("{}%", ratio.percent()), true),
    };
    let figure = |(word, figure): &(&str, LimbFigure)| {
        let (value, known) = shown(figure);
        (frame.t(&format!("powers.figure.{word}")).to_owned(), value, known)
    };
    LimbView {
        digit,
        name: frame.t(&format!("powers.limb.{}", limb.id)).to_owned(),
        note: frame.t(&format!("powers.limb_note.{}", limb.id)).to_owned(),
        figures: limb.figures.iter().map(figure).collect(),
    }
}
