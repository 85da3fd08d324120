//! The limits of a case in words, for its page.

use affairs::approval::File;
use affairs::catalog::Catalog;
use affairs::light::{self, Colour, Course, Light, Limit};
use affairs::window::Relay;
use kernel::PeriodUnit;

use super::view::CourseRow;
use crate::frame::Frame;
use crate::pieces::Tone;

/// The tone of a colour; a word stands beside it wherever it is shown.
pub(crate) fn tone(colour: Colour) -> Tone {
    match colour {
        Colour::Green => Tone::Granted,
        Colour::Yellow => Tone::Refer,
        Colour::Red | Colour::DarkRed => Tone::Refused,
    }
}

/// A limit's name, by its word.
pub(crate) fn limit_name(frame: &Frame, word: &str) -> String {
    // A limit of a duty names which one behind a colon.
    let word = word.split(':').next().unwrap_or(word);
    match (word.strip_prefix("step-"), word.strip_prefix("relay-")) {
        (Some(n), _) => frame.t1("light.limit_step", n),
        (None, Some(n)) => frame.t1("light.limit_relay", n),
        (None, None) => frame.t(&format!("light.limit_{word}")).to_owned(),
    }
}

/// The rows of a case's limits, in the order in which they began.
pub(crate) fn rows(
    frame: &Frame,
    catalog: &Catalog,
    (file, papers): (&File, &[Relay]),
    lights: &[Light],
) -> Vec<CourseRow> {
    let mut courses = light::courses_of(catalog, file, papers);
    courses.sort_by_key(|course| (course.from, course.limit));
    courses.iter().map(|course| row(frame, catalog, (file, course), lights)).collect()
}

fn row(frame: &Frame, catalog: &Catalog, (file, course): (&File, &Course), lights: &[Light]) -> CourseRow {
    let word = course.limit.word();
    let lit: Vec<&Light> = lights.iter().filter(|l| l.clock == word).collect();
    // What was raised stays, even where a stop has moved the limit back since.
    let worst = lit.iter().map(|l| l.colour).chain([course.colour(frame.now)]).max().unwrap_or(Colour::Green);
    let until =
        course.due.map_or_else(|| frame.t("queue.unknown").to_owned(), |due| frame.date(due.plus_ms(-1).date()));
    let answered = lit.iter().filter_map(|l| Some((l.reply.as_deref()?, l.replied_by.as_deref()?)));
    CourseRow {
        name: limit_name(frame, &word),
        from: course.from,
        until,
        used: used(frame, catalog, file, course),
        light: tone(worst),
        word: frame.t(&format!("light.{}", worst.word())).to_owned(),
        reply: answered.map(|(reply, by)| frame.t2("light.replied", reply, by)).collect::<Vec<_>>().join(" "),
    }
}

/// `已用 3 / 7 个工作日`, in the unit of the limit.
fn used(frame: &Frame, catalog: &Catalog, file: &File, course: &Course) -> String {
    let Some(item) = catalog.item_version(&file.case.item, &file.case.item_version) else { return String::new() };
    let period = match course.limit {
        Limit::Committed => Some(item.committed_limit().period),
        Limit::Statutory => Some(item.statutory_limit.period),
        Limit::Notice => catalog.procedure().map(|p| p.notice.period),
        Limit::FirstReview => catalog.procedure().and_then(|p| p.first_review.as_ref()).map(|clock| clock.period),
        Limit::Relay(_) => catalog.procedure().and_then(|p| p.relay.as_ref()).map(|clock| clock.period),
        Limit::Step(_) | Limit::Renewal => None,
    };
    let Some(period) = period else { return String::new() };
    let working = period.unit == PeriodUnit::WorkingDay;
    let used = course.used(frame.now, catalog.calendar(), working);
    used.map(|used| frame.t2("light.used", used, frame.text(&period.text()))).unwrap_or_default()
}
