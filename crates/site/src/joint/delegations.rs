//! Who decides instead of whom: every delegation and entrustment, published, with its dates (Administrative Licensing Law,
//! article 24), and what became of the places it speaks of.

use affairs::catalog::{Catalog, Delegates, Delegation, DelegationKind};
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use kernel::RegionCode;

use super::view::{DelegationRow, DelegationsPage};
use crate::catalog::places;
use crate::frame::Frame;
use crate::pieces::{Tag, Tone};
use crate::problem::{Problem, page};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/delegations", get(list))
}

async fn list(State(state): State<AppState>, frame: Frame) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let rows = desks.catalog.delegations().iter().map(|d| row(&frame, &desks.catalog, d)).collect();
    page(&DelegationsPage { rows, frame })
}

fn row(frame: &Frame, catalog: &Catalog, delegation: &Delegation) -> DelegationRow {
    let (kind, means) = match delegation.kind {
        DelegationKind::Entrusted => ("delegation.entrusted", "delegation.entrusted_means"),
        DelegationKind::Delegated => ("delegation.delegated", "delegation.delegated_means"),
    };
    let to = match &delegation.to {
        Delegates::Agencies(ids) => {
            let names: Vec<String> = ids.iter().map(|id| places::agency(frame, catalog, id)).collect();
            names.join(if frame.is_zh() { "、" } else { ", " })
        }
        Delegates::Role { level, .. } => frame.t1("delegation.every", frame.text(&level.text())),
    };
    let items: Vec<String> = delegation.items.iter().map(|id| places::item(frame, catalog, id)).collect();
    let until = delegation.valid_to.map(|d| frame.date(d));
    DelegationRow {
        document: frame.text(&delegation.document).to_owned(),
        items: items.join(if frame.is_zh() { "、" } else { ", " }),
        from: places::agency(frame, catalog, &delegation.from),
        to,
        kind: frame.t(kind).to_owned(),
        means: frame.t(means).to_owned(),
        dates: match until {
            Some(until) => frame.t2("delegation.dates", frame.date(delegation.valid_from), until),
            None => frame.t1("delegation.since", frame.date(delegation.valid_from)),
        },
        tag: tag(frame, delegation),
        became: became(frame, catalog, delegation),
        grade: delegation.backing.grade,
        note: delegation.backing.note.as_ref().map(|n| frame.text(n).to_owned()).unwrap_or_default(),
    }
}

fn tag(frame: &Frame, delegation: &Delegation) -> Tag {
    let today = frame.now.date();
    let (tone, word) = match () {
        () if delegation.in_force(today) => (Tone::Granted, "delegation.in_force"),
        () if delegation.valid_from > today => (Tone::Waiting, "delegation.not_yet"),
        () => (Tone::Quiet, "delegation.over"),
    };
    Tag::new(tone, frame.t(word).to_owned())
}

/// What became of the place of whoever delegates, where it was merged or split: the delegation ends with it, and whoever came
/// after decides until he orders one of his own.
fn became(frame: &Frame, catalog: &Catalog, delegation: &Delegation) -> String {
    let region: Option<RegionCode> = catalog.agency(&delegation.from).and_then(|a| a.region);
    let Some(region) = region else { return String::new() };
    let heirs = catalog.regions.heirs(region, frame.now.date());
    if heirs == [region] {
        return String::new();
    }
    let names: Vec<String> = heirs.iter().map(|code| frame.text(&catalog.regions.display(*code)).to_owned()).collect();
    frame.t1("delegation.became", names.join(if frame.is_zh() { "、" } else { ", " }))
}
