//! One version of an item: who answers for it, what was signed for that no proof looked at, and whether it is still what was put in
//! force.

use affairs::workshop::{self, Broken, Version};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;

use super::bench;
use super::listed::short;
use super::one::line;
use super::view::VersionPage;
use crate::frame::Frame;
use crate::pieces::{Tag, Tone};
use crate::problem::{Problem, page};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/staff/rules/{item}/versions/{version}", get(show))
}

async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((item, hash)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (desks, actor) = (state.desks()?, officer.actor());
    let bench = bench(&desks, &actor);
    let version = workshop::version(&bench, &item, &hash).await?;
    let published = version.published.as_ref();
    let seal = match published {
        Some(published) => Some(verdict(&frame, workshop::vouch(&bench, published, &desks.office.trust).await?)),
        None => None,
    };
    page(&VersionPage {
        name: crate::catalog::places::item(&frame, &desks.catalog, &item),
        item: format!("/staff/rules/{item}"),
        rows: published.map(|published| rows(&frame, published)).unwrap_or_default(),
        waivers: published.map(|published| waivers(&frame, published)).unwrap_or_default(),
        line: line(&desks, &frame, (item.as_str(), &version, &[][..])).await?,
        seal,
        frame,
    })
}

fn verdict(frame: &Frame, found: Result<(), Broken>) -> (Tag, String) {
    match found {
        Ok(()) => (Tag::new(Tone::Granted, frame.t("workshop.whole")), frame.t("workshop.whole_means").to_owned()),
        Err(broken) => (Tag::new(Tone::Refused, frame.t("workshop.broken")), frame.text(&broken.text()).to_owned()),
    }
}

/// What the record says, as far as the line does not say it.
fn rows(frame: &Frame, version: &Version) -> Vec<(String, String)> {
    let rows = [
        ("workshop.version_hash", version.hash.clone()),
        ("workshop.rule_set", version.rule_set.clone()),
        ("workshop.version_before", short(&version.base)),
        ("workshop.restores", version.restores.as_deref().map(short).unwrap_or_default()),
    ];
    let told = rows.into_iter().filter(|(_, value)| !value.is_empty());
    told.map(|(label, value)| (frame.t(label).to_owned(), value)).collect()
}

/// Place, reason, and who signed for it when.
fn waivers(frame: &Frame, version: &Version) -> Vec<(String, String, String)> {
    let row = |waiver: &workshop::Waiver| {
        let who = frame.t2("workshop.signed_at", &waiver.name, frame.moment(waiver.at));
        (frame.text(&waiver.told).to_owned(), waiver.reason.clone(), who)
    };
    version.waivers.iter().map(row).collect()
}
