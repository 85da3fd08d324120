//! The expiry watch: what the reader holds and what is about to run out, with its renewal a press away.
//!
//! Which items renew is told by the catalogue: their new term follows on a date that a register keeps. No item is named
//! here.

use affairs::access::{Actor, PersonActor};
use affairs::approval;
use affairs::catalog::{Answer, FactFrom, Item, LicenceAct, SubjectKey, Term};
use affairs::register::{self, Purpose, Viewer};
use kernel::Date;

use super::view::Watch;
use crate::frame::Frame;
use crate::office::Desks;
use crate::problem::Problem;

/// How many days ahead the reader is told; ours (grade D).
pub(crate) const AHEAD_DAYS: i32 = 180;
/// For how long after the end the reader is still told.
const AFTER_DAYS: i32 = 90;

/// What runs out, the nearest first. Nothing is shown for what is being renewed already.
pub(crate) async fn watches(desks: &Desks<'_>, frame: &Frame, person: &PersonActor) -> Result<Vec<Watch>, Problem> {
    let today = frame.now.date();
    let cases = approval::cases_of(desks.store(), person.principal().id).await?;
    let mut ends = Vec::new();
    for item in desks.catalog.items(today) {
        let open = cases.iter().any(|c| c.item == item.id && c.state.is_open());
        let Some(asked) = end_of(item).filter(|_| !open) else { continue };
        let Some(end) = read(desks, person, (item, asked)).await? else { continue };
        let days = days(today, end);
        if (-AFTER_DAYS..=AHEAD_DAYS).contains(&days) {
            ends.push((days, end, item));
        }
    }
    ends.sort_by_key(|(days, _, _)| *days);
    Ok(ends.into_iter().map(|(days, end, item)| watch(frame, item, (days, end))).collect())
}

/// Days from `today` to `end`; negative afterwards.
pub(crate) fn days(today: Date, end: Date) -> i32 {
    today.until(end).map_or(i32::MAX, |span| span.get_days())
}

/// The register and field that keep the end of what this item renews.
fn end_of(item: &Item) -> Option<(&str, &str)> {
    let Term::FollowsOn { fact, .. } = &item.result.term else { return None };
    match &item.fact(fact)?.from {
        FactFrom::Register { register, key: SubjectKey::Applicant, field, .. }
            if item.result.act == LicenceAct::Supersede =>
        {
            Some((register, field))
        }
        _ => None,
    }
}

async fn read(
    desks: &Desks<'_>,
    person: &PersonActor,
    (item, (register, field)): (&Item, (&str, &str)),
) -> Result<Option<Date>, Problem> {
    let actor = Actor::Person(person.clone());
    let viewer = Viewer { actor: &actor, purpose: Purpose::Own { item: Some(&item.id) } };
    let asks = [(register.to_owned(), person.principal().code.clone())];
    // Where a look cannot be logged nothing is looked at, and one's page is shown without it.
    let readings = match register::read_and_log(&desks.base(), &desks.office.registers, &viewer, &asks)
        .await
        .map_err(Problem::from)
    {
        Err(problem) if problem.is_storage() => return Ok(None),
        other => other?,
    };
    let told = readings.first().and_then(|reading| match &reading.answer {
        Answer::Record { body, .. } => body.get(field)?.as_str()?.parse().ok(),
        Answer::NoRecord | Answer::Unreachable { .. } => None,
    });
    Ok(told)
}

fn watch(frame: &Frame, item: &Item, (days, end): (i32, Date)) -> Watch {
    let what = frame.text(&item.result.name);
    let title = match days {
        0 => frame.t1("watch.ends_today", what),
        1.. => frame.t2("watch.ends", what, days),
        _ => frame.t2("watch.ended", what, frame.date(end)),
    };
    Watch {
        title,
        detail: frame.t1("watch.detail", frame.date(end)),
        href: format!("/items/{}/apply", item.id),
        action: frame.t1("watch.go", frame.text(&item.name)),
    }
}
