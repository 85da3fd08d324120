//! The list itself: found by name, kind, agency and level; a power's page; the versions.

use affairs::approval;
use affairs::catalog::Catalog;
use affairs::powers::{self, Law, Power, PowerList, Wanted};
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use kernel::{Period, RegionLevel};
use serde::Deserialize;
use std::collections::BTreeSet;

use super::view::{Graded, Pair, PowerPage, PowerRow, PowersPage, VersionView, VersionsPage};
use crate::approval::desk::FilterView;
use crate::catalog::places;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Choice, FieldKind, FieldView, Link, Pager, StageView, Tag, Tone, Width};
use crate::problem::{Problem, page};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/powers", get(list))
        .route("/powers/versions", get(versions))
        .route("/powers/{list}/{code}", get(show))
}

#[derive(Deserialize, Default)]
struct Asked {
    #[serde(default)]
    list: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    agency: String,
    #[serde(default)]
    level: String,
    #[serde(default)]
    after: String,
}

async fn list(State(state): State<AppState>, frame: Frame, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let (desks, law) = (state.desks()?, state.desks()?.law()?);
    let lists = powers::current_lists(desks.store(), frame.now.date()).await?;
    let Some(list) = lists.iter().find(|l| l.list == asked.list).or(lists.first()) else {
        let nothing = PowersPage {
            lists: Vec::new(),
            version: None,
            fields: Vec::new(),
            list: String::new(),
            counted: String::new(),
            rows: Vec::new(),
            pager: Pager::default(),
            frame,
        };
        return page(&nothing);
    };
    let wanted = Wanted {
        text: asked.q.clone(),
        kind: asked.kind.clone(),
        agency: asked.agency.clone(),
        level: asked.level.clone(),
        after: asked.after.clone(),
    };
    let found = powers::find(desks.store(), list.id, &wanted).await?;
    let all = powers::powers_of(desks.store(), list.id).await?;
    let address = |after: Option<&str>| address(&list.list, &wanted, after);
    page(&PowersPage {
        lists: tabs(&lists, list),
        version: Some(version(&frame, &desks, list).await?),
        fields: fields(&frame, &desks.catalog, &law, (&wanted, &all)),
        list: list.list.clone(),
        counted: frame.t1("powers.counted", found.count),
        rows: found.powers.iter().map(|p| row(&frame, &desks.catalog, &law, (list, p))).collect(),
        pager: Pager {
            first: (!wanted.after.is_empty()).then(|| address(None)),
            next: found.next.as_deref().map(|code| address(Some(code))),
        },
        frame,
    })
}

fn tabs(lists: &[PowerList], shown: &PowerList) -> Vec<FilterView> {
    let tab = |l: &PowerList| FilterView {
        href: format!("/powers?list={}", l.list),
        name: l.title.clone(),
        count: usize::try_from(l.powers).ok(),
        current: l.list == shown.list,
    };
    if lists.len() > 1 { lists.iter().map(tab).collect() } else { Vec::new() }
}

/// The address of a page of the list.
pub(super) fn address(list: &str, wanted: &Wanted, after: Option<&str>) -> String {
    let parts = [
        ("list", list),
        ("q", &wanted.text),
        ("kind", &wanted.kind),
        ("agency", &wanted.agency),
        ("level", &wanted.level),
        ("after", after.unwrap_or_default()),
    ];
    let part = |(name, value): (&str, &str)| format!("{name}={}", encoded(value));
    let parts: Vec<String> = parts.into_iter().filter(|(_, v)| !v.is_empty()).map(part).collect();
    format!("/powers?{}", parts.join("&"))
}

/// A value in an address: letters and digits as they are, everything else spelled out.
pub(super) fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn fields(frame: &Frame, catalog: &Catalog, law: &Law, (wanted, all): (&Wanted, &[Power])) -> Vec<FieldView> {
    let agencies: BTreeSet<&str> = all.iter().map(|p| p.agency.as_str()).collect();
    let levels: BTreeSet<RegionLevel> = all.iter().map(|p| p.level).collect();
    let choice =
        |value: &str, label: String, chosen: &str| Choice { value: value.to_owned(), label, chosen: value == chosen };
    let kinds = law.kinds.iter().map(|k| choice(&k.id, frame.text(&k.name).to_owned(), &wanted.kind));
    let agencies = agencies.iter().map(|a| choice(a, places::agency(frame, catalog, a), &wanted.agency));
    let levels = levels.iter().map(|l| {
        let word = powers::level_word(*l);
        choice(word, frame.text(&l.text()).to_owned(), &wanted.level)
    });
    let line = FieldKind::Line { width: Width::Medium, mode: "text", autocomplete: String::new(), unit: String::new() };
    vec![
        field("q", frame.t("powers.q"), line, &wanted.text),
        field("kind", frame.t("powers.col.kind"), FieldKind::Select(kinds.collect()), &wanted.kind),
        field("agency", frame.t("powers.col.agency"), FieldKind::Select(agencies.collect()), &wanted.agency),
        field("level", frame.t("powers.col.level"), FieldKind::Select(levels.collect()), &wanted.level),
    ]
}

fn field(pointer: &str, label: &str, kind: FieldKind, value: &str) -> FieldView {
    FieldView {
        pointer: pointer.to_owned(),
        label: label.to_owned(),
        hint: String::new(),
        kind,
        value: value.to_owned(),
        // Said nowhere: in a search everything may stay empty.
        optional: false,
        error: None,
        note: String::new(),
    }
}

fn row(frame: &Frame, catalog: &Catalog, law: &Law, (list, power): (&PowerList, &Power)) -> PowerRow {
    PowerRow {
        href: format!("/powers/{}/{}", list.list, power.code),
        code: power.code.clone(),
        name: name(frame, power),
        kind: kind(frame, law, power),
        agency: places::agency(frame, catalog, &power.agency),
        level: frame.text(&power.level.text()).to_owned(),
        statutory: limit(frame, power.statutory.as_ref()),
        committed: limit(frame, power.committed.as_ref()),
        seals: power.seals_to_fetch(),
    }
}

/// A power's name in the reader's language.
pub(super) fn name(frame: &Frame, power: &Power) -> String {
    if frame.is_zh() || power.name_en.is_empty() { power.name.clone() } else { power.name_en.clone() }
}

fn kind(frame: &Frame, law: &Law, power: &Power) -> String {
    law.kind(&power.kind).map_or_else(|| power.kind.clone(), |k| frame.text(&k.name).to_owned())
}

/// A limit; 0 of a unit is on the spot, none is said as such.
pub(super) fn limit(frame: &Frame, limit: Option<&Period>) -> String {
    match limit {
        None => frame.t("powers.no_limit").to_owned(),
        Some(p) if p.n == 0 => frame.t("limits.on_the_spot").to_owned(),
        Some(p) => frame.text(&p.text()).to_owned(),
    }
}

/// A version with its proof, and what changed since the one before.
pub(super) async fn version(frame: &Frame, desks: &Desks<'_>, list: &PowerList) -> Result<VersionView, Problem> {
    let all = powers::lists(desks.store()).await?;
    let before = all.iter().find(|l| l.list == list.list && l.valid_from < list.valid_from);
    let leaves = desks.store().leaves(list.id).await?;
    Ok(VersionView {
        label: list.label(),
        title: list.title.clone(),
        note: list.note.clone(),
        demonstration: list.demonstration,
        dates: match list.valid_to {
            Some(to) => frame.t2("duty.span", frame.date(list.valid_from), frame.date(to)),
            None => frame.t1("powers.since", frame.date(list.valid_from)),
        },
        powers: list.powers,
        hash: list.hash.chars().take(12).collect(),
        proof: leaves.first().map(|l| format!("/log/leaf/{}", l.position)).unwrap_or_default(),
        changes: before.map(|b| format!("/powers/diff?from={}&to={}", b.label(), list.label())).unwrap_or_default(),
    })
}

async fn versions(State(state): State<AppState>, frame: Frame) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let mut versions = Vec::new();
    for list in powers::lists(desks.store()).await? {
        versions.push(version(&frame, &desks, &list).await?);
    }
    page(&VersionsPage { versions, frame })
}

async fn show(
    State(state): State<AppState>,
    frame: Frame,
    Path((list, code)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (desks, law) = (state.desks()?, state.desks()?.law()?);
    let list = powers::list_at(desks.store(), &list, frame.now.date()).await?.ok_or_else(Problem::not_found)?;
    let power = powers::power(desks.store(), list.id, &code).await?.ok_or_else(Problem::not_found)?;
    let (open, closed) = powers::runs_of(desks.store(), &power.code).await?;
    let flow = law.flow(&power.flow);
    page(&PowerPage {
        version: version(&frame, &desks, &list).await?,
        name: name(&frame, &power),
        code: power.code.clone(),
        kind: kind(&frame, &law, &power),
        limits: limits(&frame, &desks, &power).await?,
        fee: fee(&frame, &power),
        basis: power.basis.clone(),
        grade: Graded { grade: power.grade },
        stages: stages(&power.stages),
        materials: materials(&frame, &power),
        seals: seals(&frame, &power),
        pairs: pairs(&frame, &desks.catalog, &power),
        items: power.items.iter().map(|id| item(&frame, &desks.catalog, id)).collect(),
        flow: Link {
            href: format!("/powers/flows/{}", power.flow),
            text: flow.map_or_else(|| power.flow.clone(), |f| frame.text(&f.name).to_owned()),
            hint: String::new(),
        },
        runs: if power.items.is_empty() {
            frame.t2("powers.runs_here", open, closed)
        } else {
            frame.t("powers.runs_items").to_owned()
        },
        frame,
    })
}

/// By law, as committed, and as it really was: of that the room of cases knows, and hands the number in.
async fn limits(frame: &Frame, desks: &Desks<'_>, power: &Power) -> Result<Vec<Pair>, Problem> {
    let pair = |word: &str, line: String| Pair { label: frame.t(word).to_owned(), lines: vec![line] };
    let mut pairs = vec![
        pair("limits.by_law", limit(frame, power.statutory.as_ref())),
        pair("limits.promised", limit(frame, power.committed.as_ref())),
    ];
    let mut really = Vec::new();
    for id in &power.items {
        let took = approval::really_took(desks.store(), id, frame.now).await?;
        if let Some(ms) = took.median_ms {
            really.push(frame.t3("powers.really", places::item(frame, &desks.catalog, id), frame.span(ms), took.count));
        }
    }
    if really.is_empty() {
        really.push(frame.t("powers.unknown").to_owned());
    }
    pairs.push(Pair { label: frame.t("limits.really").to_owned(), lines: really });
    Ok(pairs)
}

fn fee(frame: &Frame, power: &Power) -> String {
    match &power.fee {
        None => frame.t("powers.free").to_owned(),
        Some(fee) => frame.t2("powers.fee", fee.amount, &fee.basis),
    }
}

/// The stages as a drawn line.
pub(super) fn stages(names: &[String]) -> Vec<StageView> {
    let stage = |name: &String| StageView { name: name.clone(), note: String::new(), progress: None };
    names.iter().map(stage).collect()
}

fn materials(frame: &Frame, power: &Power) -> Vec<(String, Tag)> {
    let tag = |shared: bool| match shared {
        true => Tag::new(Tone::Granted, frame.t("powers.shared")),
        false => Tag::new(Tone::Refer, frame.t("powers.bring")),
    };
    power.materials.iter().map(|m| (m.name.clone(), tag(m.shared))).collect()
}

fn seals(frame: &Frame, power: &Power) -> Vec<(String, Tag)> {
    let tag = |inside: bool| match inside {
        true => Tag::new(Tone::Granted, frame.t("powers.inside")),
        false => Tag::new(Tone::Refer, frame.t("powers.fetch")),
    };
    power.seals.iter().map(|s| (s.name.clone(), tag(s.inside))).collect()
}

fn pairs(frame: &Frame, catalog: &Catalog, power: &Power) -> Vec<Pair> {
    let special = power.special.iter().map(|s| format!("{} {}", s.name, limit(frame, Some(&s.period))));
    let agency = catalog.agency(&power.agency).map_or_else(|| power.agency.clone(), |a| frame.text(&a.name).to_owned());
    let all = [
        ("agency", vec![agency]),
        ("office", vec![power.office.clone()]),
        ("level", vec![frame.text(&power.level.text()).to_owned()]),
        ("split", vec![power.split.clone()]),
        ("sub_items", power.sub_items.clone()),
        ("special", special.collect()),
        ("duties", power.duties.clone()),
        ("phone", vec![power.phone.clone()]),
    ];
    let filled = all.into_iter().filter(|(_, lines)| lines.iter().any(|l| !l.is_empty()));
    filled.map(|(word, lines)| Pair { label: frame.t(&format!("powers.col.{word}")).to_owned(), lines }).collect()
}

fn item(frame: &Frame, catalog: &Catalog, id: &str) -> Link {
    Link { href: format!("/items/{id}"), text: places::item(frame, catalog, id), hint: String::new() }
}
