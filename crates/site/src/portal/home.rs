//! The first page and the numbers behind its live strip: all real, all linked to how they are counted.

use affairs::approval::{self, Pulse};
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use kernel::Moment;

use super::view::{HomePage, Live, NumberRow, NumbersPage};
use super::watch;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::Link;
use crate::problem::{Problem, page};
use crate::session::Anyone;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/", get(home)).route("/about/numbers", get(numbers))
}

/// The home page stands even where the office behind it is shut: it then says that there is nothing to count.
async fn home(State(state): State<AppState>, Anyone(actor): Anyone, frame: Frame) -> Result<Response, Problem> {
    let Ok(desks) = state.desks() else {
        let live = live(&frame, &Pulse::default());
        return page(&HomePage { popular: Vec::new(), live, watch: None, frame });
    };
    let pulse = approval::pulse(desks.store(), frame.now).await?;
    let popular = popular(&desks, &frame).await?;
    let watch = match actor.person() {
        Some(person) => watch::watches(&desks, &frame, person).await?.into_iter().next(),
        None => None,
    };
    page(&HomePage { popular, live: live(&frame, &pulse), watch, frame })
}

fn live(frame: &Frame, pulse: &Pulse) -> Live {
    let nothing = || frame.t("home.nothing_yet").to_owned();
    let some = |shown: String| if pulse.decided > 0 { shown } else { nothing() };
    Live {
        decided: some(frame.t1("count.decided", pulse.decided)),
        median: pulse.median_ms.map_or_else(nothing, |ms| frame.span(ms)),
        outside: some(share(pulse)),
        counted_at: frame.now,
    }
}

fn share(pulse: &Pulse) -> String {
    format!("{}%", pulse.off_hours * 100 / pulse.decided.max(1))
}

/// The items in force, the most often filed first.
async fn popular(desks: &Desks<'_>, frame: &Frame) -> Result<Vec<Link>, Problem> {
    let counted = desks.store().counters(&desks.office.shard, "filed/").await?;
    let filed = |id: &str| -> i64 {
        let of_item = |key: &String| key.split('/').nth(1) == Some(id);
        counted.iter().filter(|(key, _)| of_item(key)).map(|(_, n)| n).sum()
    };
    let mut items: Vec<_> = desks.catalog.items(frame.now.date()).map(|item| (filed(&item.id), item)).collect();
    items.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.id.cmp(&y.id)));
    let link = |item: &affairs::catalog::Item| Link {
        href: format!("/items/{}", item.id),
        text: frame.text(&item.name).to_owned(),
        hint: frame.text(&item.summary).to_owned(),
    };
    Ok(items.into_iter().map(|(_, item)| link(item)).collect())
}

async fn numbers(State(state): State<AppState>, frame: Frame) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let counted_at: Moment = frame.now;
    let pulse = approval::pulse(desks.store(), counted_at).await?;
    let live = live(&frame, &pulse);
    let row = |figure: String, value: String, how: String| NumberRow { figure, value, how };
    let said = |figure: &str, value: String, how: &str| row(frame.t(figure).to_owned(), value, frame.t(how).to_owned());
    let machine = frame.t1("count.decided", pulse.by_machine);
    let mut rows = vec![
        said("home.decided", live.decided, "count.how_decided"),
        said("count.by_machine", machine, "count.how_machine"),
        said("home.median", live.median, "count.how_median"),
        said("home.outside", live.outside, "count.how_outside"),
    ];
    for item in desks.catalog.items(counted_at.date()) {
        let really = approval::really_took(desks.store(), &item.id, counted_at).await?;
        let value = really.median_ms.map_or_else(|| frame.t("count.none").to_owned(), |ms| frame.span(ms));
        let figure = frame.t1("count.really", frame.text(&item.name));
        rows.push(row(figure, value, frame.t1("count.how_really", really.count)));
    }
    page(&NumbersPage { counted_at, rows, frame })
}
