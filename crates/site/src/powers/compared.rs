//! What an optimisation changed: two versions beside each other, and by how much limits became shorter, by both formulas.

use affairs::powers::{
    self, Change, Difference, Excluded, Pair, Power, PowerList, Ratio, Reduction, UnitSum, committed_pairs, difference,
    previous_pairs, reduction,
};
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use kernel::{Period, PeriodUnit, RegionLevel};
use serde::Deserialize;
use std::collections::BTreeMap;

use super::listed::{name, stages, version};
use super::view::{ChangeView, DiffPage, ReductionPage, ReductionView, SumRow};
use crate::approval::desk::FilterView;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::Link;
use crate::problem::{Problem, page};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/powers/diff", get(diff)).route("/powers/reduction", get(reduced))
}

#[derive(Deserialize)]
struct Two {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

async fn diff(State(state): State<AppState>, frame: Frame, Query(asked): Query<Two>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let both = powers::list_by_label(desks.store(), &asked.from)
        .await?
        .zip(powers::list_by_label(desks.store(), &asked.to).await?);
    let (from, to) = match both {
        Some(both) => both,
        None => last_two(&desks).await?.ok_or_else(Problem::not_found)?,
    };
    let before = powers::powers_of(desks.store(), from.id).await?;
    let after = powers::powers_of(desks.store(), to.id).await?;
    let found = difference(&before, &after);
    let link = |list: &PowerList, p: &Power| Link {
        href: format!("/powers/{}/{}", list.list, p.code),
        text: name(&frame, p),
        hint: p.code.clone(),
    };
    page(&DiffPage {
        from: version(&frame, &desks, &from).await?,
        to: version(&frame, &desks, &to).await?,
        totals: totals(&frame, &found),
        changed: found.changed.iter().map(|c| change(&frame, c)).collect(),
        added: found.added.iter().map(|p| link(&to, p)).collect(),
        // A power that went has no page any more.
        removed: found.removed.iter().map(|p| Link { href: String::new(), ..link(&from, p) }).collect(),
        frame,
    })
}

/// The newest version that follows another.
async fn last_two(desks: &Desks<'_>) -> Result<Option<(PowerList, PowerList)>, Problem> {
    let lists = powers::lists(desks.store()).await?;
    let pair = lists.windows(2).find(|w| w[0].list == w[1].list);
    Ok(pair.map(|w| (w[1].clone(), w[0].clone())))
}

fn totals(frame: &Frame, found: &Difference) -> Vec<(String, String)> {
    let count = |word: &str, n: usize| (frame.t(word).to_owned(), n.to_string());
    let fewer = |what: &str| {
        let n = found.fewer(what);
        let word = if n < 0 { "powers.more" } else { "powers.fewer" };
        (frame.t(&format!("powers.col.{what}")).to_owned(), frame.t1(word, n.abs()))
    };
    vec![
        count("powers.changed", found.changed.len()),
        count("powers.added", found.added.len()),
        count("powers.removed", found.removed.len()),
        count("powers.unchanged", found.unchanged),
        fewer("materials"),
        fewer("fee"),
        fewer("stages"),
        fewer("seals"),
    ]
}

fn change(frame: &Frame, change: &Change) -> ChangeView {
    let nothing = |text: &str| if text.is_empty() { frame.t("powers.nothing").to_owned() } else { text.to_owned() };
    let moved = change.moved.iter().map(|m| {
        let what = frame.t(&format!("powers.col.{}", m.what)).to_owned();
        (what, nothing(&m.before), nothing(&m.after))
    });
    let staged = change.before.stages != change.after.stages;
    let drawn = |power: &Power| if staged { stages(&power.stages) } else { Vec::new() };
    ChangeView {
        code: change.after.code.clone(),
        name: name(frame, &change.after),
        moved: moved.collect(),
        before: drawn(&change.before),
        after: drawn(&change.after),
    }
}

#[derive(Deserialize)]
struct One {
    #[serde(default)]
    version: String,
    #[serde(default)]
    level: String,
}

async fn reduced(State(state): State<AppState>, frame: Frame, Query(asked): Query<One>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let named = powers::list_by_label(desks.store(), &asked.version).await?;
    let current = powers::current_lists(desks.store(), frame.now.date()).await?.into_iter().next();
    let list = named.or(current).ok_or_else(Problem::not_found)?;
    let all = powers::powers_of(desks.store(), list.id).await?;
    let fits = |p: &&Power| asked.level.is_empty() || powers::level_word(p.level) == asked.level;
    let shown: Vec<Power> = all.iter().filter(fits).cloned().collect();
    let mut parts = vec![part(&frame, &list, "statutory", reduction(committed_pairs(&shown)))];
    let lists = powers::lists(desks.store()).await?;
    if let Some(earlier) = lists.iter().find(|l| l.list == list.list && l.valid_from < list.valid_from) {
        let before: Vec<Power> =
            powers::powers_of(desks.store(), earlier.id).await?.iter().filter(fits).cloned().collect();
        let (limits, special) = previous_pairs(&difference(&before, &shown), &before);
        parts.push(part(&frame, &list, "previous", reduction(limits)));
        parts.push(part(&frame, &list, "special", reduction(special)));
    }
    page(&ReductionPage {
        version: version(&frame, &desks, &list).await?,
        levels: levels(&frame, &list, (&all, &asked.level)),
        parts,
        frame,
    })
}

fn levels(frame: &Frame, list: &PowerList, (all, chosen): (&[Power], &str)) -> Vec<FilterView> {
    let filter = |word: &str, name: String, count: usize| FilterView {
        href: format!(
            "/powers/reduction?version={}{}",
            list.label(),
            if word.is_empty() { String::new() } else { format!("&level={word}") }
        ),
        name,
        count: Some(count),
        current: word == chosen,
    };
    let of = |level: RegionLevel| {
        let count = all.iter().filter(|p| p.level == level).count();
        (count > 0).then(|| filter(powers::level_word(level), frame.text(&level.text()).to_owned(), count))
    };
    let every = filter("", frame.t("powers.every_level").to_owned(), all.len());
    std::iter::once(every).chain(RegionLevel::ALL.into_iter().filter_map(of)).collect()
}

fn part(frame: &Frame, list: &PowerList, id: &str, found: Reduction) -> ReductionView {
    let percent =
        |r: Option<Ratio>, none: &str| r.map_or_else(|| frame.t(none).to_owned(), |r| format!("{}%", r.percent()));
    let unit = |u: &UnitSum| SumRow {
        unit: unit_name(frame, u.unit),
        items: u.items,
        before: u.before.to_string(),
        after: u.after.to_string(),
        mean: percent(u.mean, "powers.unknown"),
        pooled: percent(u.pooled, "powers.unknown"),
    };
    let all = SumRow {
        unit: frame.t("powers.all_units").to_owned(),
        items: found.counted,
        before: String::new(),
        after: String::new(),
        mean: percent(found.mean, "powers.unknown"),
        pooled: percent(found.pooled, if found.counted == 0 { "powers.unknown" } else { "powers.not_added" }),
    };
    let finding = match found.mean {
        None => frame.t("powers.nothing_compared").to_owned(),
        Some(mean) => frame.t2("powers.finding", found.counted, format!("{}%", mean.percent())),
    };
    let mut excluded: BTreeMap<Excluded, Vec<Link>> = BTreeMap::new();
    for (pair, why) in &found.excluded {
        excluded.entry(*why).or_default().push(link(frame, list, pair));
    }
    let named =
        |(why, links): (Excluded, Vec<Link>)| (frame.t(&format!("powers.excluded.{}", why.word())).to_owned(), links);
    ReductionView {
        title: frame.t(&format!("powers.against.{id}")).to_owned(),
        id: id.to_owned(),
        finding,
        rows: found.by_unit.iter().map(unit).chain([all]).collect(),
        excluded: excluded.into_iter().map(named).collect(),
    }
}

fn link(frame: &Frame, list: &PowerList, pair: &Pair) -> Link {
    let limit = |p: &Option<Period>| super::listed::limit(frame, p.as_ref());
    Link {
        href: format!("/powers/{}/{}", list.list, pair.code),
        text: pair.name.clone(),
        hint: format!("{} → {}", limit(&pair.before), limit(&pair.after)),
    }
}

fn unit_name(frame: &Frame, unit: PeriodUnit) -> String {
    let word = match unit {
        PeriodUnit::WorkingDay => "powers.unit.working_day",
        PeriodUnit::CalendarDay => "powers.unit.calendar_day",
        PeriodUnit::Month => "powers.unit.month",
        PeriodUnit::Year => "powers.unit.year",
    };
    frame.t(word).to_owned()
}
