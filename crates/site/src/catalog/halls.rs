//! Find a hall: from the region down to the village, what can be done where, how many places have one, and how far
//! people had to go.

use affairs::approval::{self, Brought, BroughtTo};
use affairs::catalog::{Catalog, Counter, Hall, HallAct, Halls, Item};
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use kernel::{Date, RegionCode, RegionLevel};
use serde::Deserialize;

use super::halls_view::{
    ActRow, CounterRow, CoverageRow, DecidedRow, FoundRow, HallCard, HallsPage, PlaceRow, ShareRow,
};
use super::places;
use crate::frame::Frame;
use crate::pieces::Link;
use crate::problem::{Problem, page};
use crate::state::AppState;

/// The most places a search shows.
const FOUND: usize = 20;
/// The longest search, in characters.
const LONGEST: usize = 80;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/halls", get(top)).route("/halls/{region}", get(below))
}

#[derive(Deserialize)]
struct Asked {
    /// The beginning of a place's name.
    #[serde(default)]
    q: String,
    /// Only what can be done for this item.
    #[serde(default)]
    item: String,
}

async fn top(State(state): State<AppState>, frame: Frame, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let home = home(&state.desks()?.catalog, frame.now.date()).ok_or_else(Problem::not_found)?;
    show(&state, frame, (home, &asked)).await
}

async fn below(
    State(state): State<AppState>,
    frame: Frame,
    Path(region): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let code: RegionCode = region.parse().map_err(|_| Problem::not_found())?;
    show(&state, frame, (code, &asked)).await
}

/// The largest region there is on a day.
pub(crate) fn home(catalog: &Catalog, on: Date) -> Option<RegionCode> {
    let roots = catalog.agencies().filter(|a| a.level == RegionLevel::Region).filter_map(|a| a.region);
    roots.filter(|code| catalog.regions.get(*code, on).is_some()).min()
}

async fn show(state: &AppState, frame: Frame, (code, asked): (RegionCode, &Asked)) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let (catalog, on) = (&desks.catalog, frame.now.date());
    let region = catalog.regions.latest(code).ok_or_else(Problem::not_found)?;
    let brought = approval::brought(desks.store(), &desks.office.shard, code).await?;
    let item = catalog.item(&asked.item, on);
    let shown = Shown { frame: &frame, catalog, on, item: item.as_deref() };
    let home = home(catalog, on).unwrap_or(code);
    let typed: String = asked.q.trim().chars().take(LONGEST).collect();
    let halls = catalog.halls();
    // A closed region has nobody there any more; what took its place says where to go.
    let heirs = if catalog.regions.get(code, on).is_some() { Vec::new() } else { catalog.regions.heirs(code, on) };
    let here: Vec<&Hall> = halls.at(code, on).collect();
    let above = halls.upward(code, on).into_iter().filter(|h| h.region != code);
    let built = HallsPage {
        name: frame.text(&region.name).to_owned(),
        level: frame.text(&code.level().text()).to_owned(),
        crumbs: shown.crumbs(code),
        ended: heirs.iter().map(|heir| shown.place_link(*heir)).collect(),
        is_over: catalog.regions.get(code, on).is_none(),
        found: if typed.is_empty() { Vec::new() } else { shown.found(home, &typed) },
        query: typed,
        item: asked.item.clone(),
        item_name: item.as_ref().map(|i| frame.text(&i.name).to_owned()).unwrap_or_default(),
        items: catalog.items(on).map(|i| (i.id.clone(), frame.text(&i.name).to_owned())).collect(),
        here: here.iter().map(|hall| shown.card(hall)).collect(),
        above: above.map(|hall| shown.card(hall)).collect(),
        children: catalog.regions.children(code, on).map(|r| shown.child(r.code)).collect(),
        decided: catalog.decided_at(code, on).iter().map(|d| shown.decided(d)).collect(),
        is_township: code.level() == RegionLevel::Township,
        is_village: code.level() == RegionLevel::Village,
        acts: shown.acts_of_kind(code.level()),
        coverage: shown.coverage(code),
        shares: shown.shares(&brought),
        here_path: format!("/halls/{code}"),
        frame,
    };
    page(&built)
}

/// What every part of the page is drawn from.
struct Shown<'a> {
    frame: &'a Frame,
    catalog: &'a Catalog,
    on: Date,
    item: Option<&'a Item>,
}

impl Shown<'_> {
    fn halls(&self) -> &Halls {
        self.catalog.halls()
    }

    fn address(&self, code: RegionCode) -> String {
        match self.item {
            Some(item) => format!("/halls/{code}?item={}", item.id),
            None => format!("/halls/{code}"),
        }
    }

    fn place_link(&self, code: RegionCode) -> Link {
        let text = self.frame.text(&self.catalog.regions.display(code)).to_owned();
        Link { href: self.address(code), text, hint: String::new() }
    }

    fn crumbs(&self, code: RegionCode) -> Vec<Link> {
        let above = self.catalog.regions.path(code).into_iter().filter(|r| r.code != code);
        let link = |r: &kernel::Region| Link {
            href: self.address(r.code),
            text: self.frame.text(&r.name).to_owned(),
            hint: String::new(),
        };
        above.map(link).collect()
    }

    fn found(&self, home: RegionCode, typed: &str) -> Vec<FoundRow> {
        let found = self.catalog.regions.search(home, typed, self.on, FOUND);
        let row = |code: RegionCode| FoundRow {
            link: self.place_link(code),
            has: self.halls().at(code, self.on).next().is_some(),
        };
        found.iter().filter_map(|f| f.code()).map(row).collect()
    }

    fn child(&self, code: RegionCode) -> PlaceRow {
        let name = self.catalog.regions.get(code, self.on).map(|r| self.frame.text(&r.name).to_owned());
        PlaceRow {
            href: self.address(code),
            name: name.unwrap_or_else(|| code.to_string()),
            has: self.halls().at(code, self.on).next().is_some(),
        }
    }

    fn card(&self, hall: &Hall) -> HallCard {
        let (frame, halls) = (self.frame, self.halls());
        let attended = halls.attended(hall);
        let backing = attended.map(|a| &a.backing);
        let offers = halls.offers_of(&hall.offers).filter(|o| self.item.is_none_or(|i| o.is_about(&i.id)));
        HallCard {
            id: if hall.counters.iter().any(|c| c.in_force(self.on)) { hall.id.clone() } else { String::new() },
            name: frame.text(&hall.name).to_owned(),
            kind: halls.limit(hall.kind).map(|l| frame.text(&l.name).to_owned()).unwrap_or_default(),
            place: frame.text(&self.catalog.regions.display(hall.region)).to_owned(),
            hours: attended.map(|a| frame.text(&a.name).to_owned()).unwrap_or_default(),
            hours_source: backing.and_then(|b| b.source.as_ref()).map(|s| frame.text(s).to_owned()).unwrap_or_default(),
            keeper: hall.agency.as_deref().map(|id| places::agency(frame, self.catalog, id)).unwrap_or_default(),
            address: hall.address.clone(),
            phone: hall.phone.clone(),
            map: hall.located.as_ref().map(|l| (map_point(l.latitude_micro, l.longitude_micro), l.source.clone())),
            demonstration: hall.demonstration,
            source: hall.source.clone(),
            acts: self.acts(hall),
            grades: offers
                .map(|o| (frame.text(&o.name).to_owned(), o.backing.grade, backed(frame, &o.backing)))
                .collect(),
            counters: hall.counters.iter().filter(|c| c.in_force(self.on)).map(|c| self.counter(c)).collect(),
        }
    }

    /// Every act that may be done there at all, and whether it may for the item that was chosen.
    fn acts(&self, hall: &Hall) -> Vec<ActRow> {
        let done = self.halls().acts(hall, self.item.map(|i| i.id.as_str()));
        let kept = HallAct::ALL.into_iter().filter(|act| self.item.is_some() || done.contains(act));
        let row = |act: HallAct| ActRow {
            name: act_name(self.frame, act),
            done: done.contains(&act),
            items: self.items_of(hall, act),
        };
        kept.map(row).collect()
    }

    /// The items an act is limited to; empty where it is done for every item.
    fn items_of(&self, hall: &Hall, act: HallAct) -> Vec<String> {
        let offers: Vec<_> = self.halls().offers_of(&hall.offers).filter(|o| o.acts.contains(&act)).collect();
        if self.item.is_some() || offers.iter().any(|o| o.items.is_empty()) {
            return Vec::new();
        }
        let mut names: Vec<String> =
            offers.iter().flat_map(|o| &o.items).map(|id| places::item(self.frame, self.catalog, id)).collect();
        names.dedup();
        names
    }

    fn counter(&self, counter: &Counter) -> CounterRow {
        let offers = self.halls().offers_of(&counter.offers).map(|o| self.frame.text(&o.name).to_owned());
        CounterRow {
            code: counter.code.clone(),
            name: self.frame.text(&counter.name).to_owned(),
            offers: offers.collect::<Vec<_>>().join(self.frame.t("halls.and")),
        }
    }

    fn acts_of_kind(&self, level: RegionLevel) -> Option<(String, String, kernel::Grade)> {
        let limit = self.halls().limit(affairs::catalog::HallKind::of_level(level))?;
        let acts: Vec<String> = limit.acts.iter().map(|act| act_name(self.frame, *act)).collect();
        Some((acts.join(self.frame.t("halls.and")), backed(self.frame, &limit.backing), limit.backing.grade))
    }

    fn decided(&self, decided: &affairs::catalog::Decided) -> DecidedRow {
        let delegation = self.catalog.delegations().iter().find(|d| d.id == decided.delegation);
        let in_name_of = decided.in_name_of.as_deref().map(|id| places::agency(self.frame, self.catalog, id));
        DecidedRow {
            item: Link {
                href: format!("/items/{}", decided.item.id),
                text: self.frame.text(&decided.item.name).to_owned(),
                hint: String::new(),
            },
            agency: places::agency(self.frame, self.catalog, &decided.agency),
            way: match in_name_of {
                Some(name) => self.frame.t1("halls.entrusted", name),
                None => self.frame.t("halls.delegated").to_owned(),
            },
            document: delegation.map(|d| self.frame.text(&d.document).to_owned()).unwrap_or_default(),
        }
    }

    /// Of each level within the region: how many have a place, against the national average where one is known.
    fn coverage(&self, root: RegionCode) -> Vec<CoverageRow> {
        let groups: [(&str, &[RegionLevel]); 3] = [
            ("halls.county_up", &[RegionLevel::Region, RegionLevel::City, RegionLevel::County]),
            ("halls.townships", &[RegionLevel::Township]),
            ("halls.villages", &[RegionLevel::Village]),
        ];
        let asked = groups.into_iter().filter(|(_, levels)| levels.iter().any(|l| *l >= root.level()));
        let row = |(word, levels): (&str, &[RegionLevel])| {
            let found = self.halls().coverage(&self.catalog.regions, root, (levels, self.on));
            let average = self.halls().averages().iter().find(|a| a.levels == levels);
            let unknown = || self.frame.t("halls.unknown").to_owned();
            let permille = (found.of > 0).then(|| rounded(found.with, found.of));
            CoverageRow {
                level: self.frame.t(word).to_owned(),
                with: found.with,
                of: found.of,
                share: permille.map_or_else(unknown, percent),
                average: average.map_or_else(unknown, |a| percent(i64::from(a.permille))),
                difference: match (permille, average) {
                    (Some(own), Some(a)) => points(self.frame, own - i64::from(a.permille)),
                    _ => String::new(),
                },
                source: average.map(|a| backed(self.frame, &a.backing)).unwrap_or_default(),
                grade: average.map(|a| a.backing.grade),
            }
        };
        asked.map(row).filter(|row| row.of > 0).collect()
    }

    /// Where the finished cases of the place were brought in.
    fn shares(&self, brought: &Brought) -> Vec<ShareRow> {
        let known = brought.known();
        let unknown = brought.of(BroughtTo::Unknown);
        let share = |n: i64| match usize::try_from(known) {
            Ok(all) if all > 0 => percent(rounded(usize::try_from(n).unwrap_or_default(), all)),
            _ => self.frame.t("halls.unknown").to_owned(),
        };
        let row = |word: &str, n: i64, shown: String| ShareRow {
            name: self.frame.t(word).to_owned(),
            cases: n,
            share: shown,
        };
        let (village, township) = (brought.within_village(), brought.within_township());
        vec![
            row("halls.within_village", village, share(village)),
            row("halls.within_township", township, share(township)),
            row("halls.at_hall", known - township, share(known - township)),
            row("halls.not_recorded", unknown, String::new()),
        ]
    }
}

pub(crate) fn act_name(frame: &Frame, act: HallAct) -> String {
    frame
        .t(match act {
            HallAct::Inform => "hall_act.inform",
            HallAct::AssistFill => "hall_act.assist_fill",
            HallAct::CollectAndForward => "hall_act.collect_and_forward",
            HallAct::FirstReview => "hall_act.first_review",
            HallAct::Receive => "hall_act.receive",
            HallAct::Deliver => "hall_act.deliver",
        })
        .to_owned()
}

/// Source and note, as much as there is.
fn backed(frame: &Frame, backing: &affairs::catalog::Backing) -> String {
    let texts = [backing.source.as_ref(), backing.note.as_ref()];
    texts.into_iter().flatten().map(|t| frame.text(t)).collect::<Vec<_>>().join(if frame.is_zh() {
        "；"
    } else {
        "; "
    })
}

/// Parts of a thousand, half up.
fn rounded(part: usize, whole: usize) -> i64 {
    i64::try_from((part * 2_000 + whole) / (whole * 2)).unwrap_or_default()
}

fn percent(permille: i64) -> String {
    format!("{}.{}%", permille / 10, permille % 10)
}

/// How far above or below, in points of a percent.
fn points(frame: &Frame, permille: i64) -> String {
    let shown = format!("{}.{}", permille.abs() / 10, permille.abs() % 10);
    match permille {
        0 => frame.t("halls.equal").to_owned(),
        above if above > 0 => frame.t1("halls.above", shown),
        _ => frame.t1("halls.below", shown),
    }
}

/// North and east in degrees.
fn map_point(north: i32, east: i32) -> String {
    format!("{:.6}, {:.6}", f64::from(north) / 1e6, f64::from(east) / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_half_up_and_differences_say_their_side() {
        for (part, whole, shown) in
            [(1, 3, "33.3%"), (2, 3, "66.7%"), (0, 5, "0.0%"), (5, 5, "100.0%"), (1, 2000, "0.1%")]
        {
            assert_eq!(percent(rounded(part, whole)), shown, "{part}/{whole}");
        }
    }
}
