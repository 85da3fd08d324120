//! What one bundle is: its items, its papers once, the time all of it may take together.

use std::sync::Arc;

use affairs::approval::ApprovalError;
use affairs::catalog::{Bundle, BundleMaterial, BundlePart, Catalog, Item, Obtain};
use affairs::joint;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;

use super::view::{BundlesPage, GuidePage, PaperRow, PartGuide};
use crate::catalog::places;
use crate::frame::Frame;
use crate::pieces::{Link, Tag, Tone};
use crate::problem::{Problem, page};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/bundles", get(list)).route("/bundles/{id}", get(show))
}

/// A bundle in force today.
pub(super) fn bundle<'a>(catalog: &'a Catalog, frame: &Frame, id: &str) -> Result<&'a Arc<Bundle>, Problem> {
    let found = catalog.bundle(id).filter(|b| b.in_force(frame.now.date()));
    Ok(found.ok_or_else(|| ApprovalError::NotOffered(id.to_owned()))?)
}

/// All its items, the optional ones too.
pub(super) fn every(bundle: &Bundle) -> Vec<String> {
    bundle.parts.iter().map(|p| p.item.clone()).collect()
}

async fn list(State(state): State<AppState>, frame: Frame) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let offered = desks.catalog.bundles().iter().filter(|b| b.in_force(frame.now.date()));
    let link = |b: &Arc<Bundle>| Link {
        href: format!("/bundles/{}", b.id),
        text: frame.text(&b.name).to_owned(),
        hint: frame.text(&b.summary).to_owned(),
    };
    page(&BundlesPage { bundles: offered.map(link).collect(), frame })
}

async fn show(State(state): State<AppState>, frame: Frame, Path(id): Path<String>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let bundle = bundle(&desks.catalog, &frame, &id)?;
    let items = joint::items_of(&desks.catalog, bundle, &every(bundle), frame.now.date())?;
    let papers = bundle.materials(&items);
    let brought = papers.iter().filter(|p| p.obtain == Obtain::Upload).count();
    let limit = desks.catalog.procedure().and_then(|p| p.joint.as_ref());
    let article = limit.and_then(|l| l.attested.article.clone()).unwrap_or_default();
    page(&GuidePage {
        name: frame.text(&bundle.name).to_owned(),
        summary: frame.text(&bundle.summary).to_owned(),
        who: frame.t("applicant.legal_person").to_owned(),
        time: limit.map_or_else(
            || frame.t("queue.unknown").to_owned(),
            |l| frame.t2("joint.time", frame.text(&l.period.text()), article),
        ),
        bring: frame.t2("joint.bring", papers.len(), brought),
        parts: bundle.parts.iter().map(|part| part_guide(&frame, &desks.catalog, (part, &items))).collect(),
        papers: papers.iter().map(|paper| paper_row(&frame, paper, &items)).collect(),
        grade: bundle.attested.note.as_ref().map(|n| frame.text(n).to_owned()).unwrap_or_default(),
        apply: format!("/bundles/{}/apply", bundle.id),
        version: bundle.hash.chars().take(12).collect(),
        valid_from: bundle.valid_from,
        frame,
    })
}

fn part_guide(frame: &Frame, catalog: &Catalog, (part, items): (&BundlePart, &[Arc<Item>])) -> PartGuide {
    let item = items.iter().find(|i| i.id == part.item);
    let name = item.map_or_else(|| part.item.clone(), |i| frame.text(&i.name).to_owned());
    let offering = item.and_then(|i| catalog.offering(i));
    let level = item.and_then(|i| i.power.level).map(|l| frame.text(&l.text()).to_owned());
    let department = item.map(|i| frame.text(&i.department).to_owned());
    let at = level.zip(department).map(|(level, department)| frame.t2("joint.level", level, department));
    PartGuide {
        id: part.item.clone(),
        item: Link { href: format!("/items/{}", part.item), text: name, hint: String::new() },
        level: at.unwrap_or_else(|| offering.map_or_else(String::new, |a| places::agency(frame, catalog, &a.id))),
        limit: item.map(|i| frame.text(&i.committed_limit().period.text()).to_owned()).unwrap_or_default(),
        question: part.question.as_ref().map(|q| frame.text(q).to_owned()).unwrap_or_default(),
        means: frame.text(&part.means).to_owned(),
        chosen: false,
    }
}

fn paper_row(frame: &Frame, paper: &BundleMaterial, items: &[Arc<Item>]) -> PaperRow {
    let (tone, word) = match paper.obtain {
        Obtain::Upload if paper.required => (Tone::Refer, "joint.paper_bring"),
        Obtain::Upload => (Tone::Waiting, "joint.paper_later"),
        Obtain::OnlineForm => (Tone::Waiting, "joint.paper_form"),
        _ => (Tone::Granted, "joint.paper_none"),
    };
    let name = |id: &String| items.iter().find(|i| i.id == *id).map(|i| frame.text(&i.name).to_owned());
    PaperRow {
        name: frame.text(&paper.name).to_owned(),
        tag: Tag::new(tone, frame.t(word).to_owned()),
        how: frame.text(&paper.how).to_owned(),
        items: paper.items.iter().filter_map(name).collect::<Vec<_>>().join(if frame.is_zh() { "、" } else { ", " }),
    }
}
