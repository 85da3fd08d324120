//! An item as its guide: the answer before the paperwork, everything from the catalogue, nothing written here.

use affairs::catalog::{Catalog, Handling, Item, Limit, Material, Obtain, SecondParty, Supervisor};
use kernel::{Period, PeriodUnit};

use super::law;
use super::view::{BasisView, ClosedView, GuidePage, LimitView, LimitsView, MaterialView, QuestionView};
use crate::frame::Frame;
use crate::pieces::{Link, StageView, Tag, Tone};

/// How long it really took: the median of what was decided in the last 90 days.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Measured {
    /// From the complete application to the decision, in milliseconds.
    pub median_ms: i64,
    /// Over how many cases.
    pub cases: u64,
}

/// The guide of an item, as it is in force.
pub fn page(frame: Frame, catalog: &Catalog, item: &Item, measured: Option<Measured>) -> GuidePage {
    let item_path = format!("/items/{}", item.id);
    let text = |t| frame.text(t).to_owned();
    let (fee, fee_more) = first_sentence(&frame, frame.text(&item.fee.sentence));
    GuidePage {
        name: text(&item.name),
        department: text(&item.department),
        summary: text(&item.summary),
        closed: closed(&frame, item),
        stopped: None,
        person: item.never_instant.as_ref().map(|never| text(&never.reason)),
        who: frame.t(applicant(item)).to_owned(),
        bring: bring(&frame, item),
        time: time(&frame, item, measured),
        fee,
        fee_more,
        result: text(&item.result.name),
        validity: text(&item.result.validity),
        apply: format!("{item_path}/apply"),
        attempt: format!("{item_path}/try"),
        conditions: item.conditions.iter().map(|c| law::condition(&frame, catalog, item, c)).collect(),
        materials: item.materials.iter().map(|m| material(&frame, m)).collect(),
        shared: item.materials.iter().filter(|m| m.obtain != Obtain::Upload).count(),
        limits: limits(&frame, item, measured),
        stages: stages(&frame, item),
        duties: duties(&frame, catalog, item),
        bases: bases(&frame, item),
        questions: questions(&frame, item),
        remedies: text(&item.remedies),
        version: item.hash.chars().take(12).collect(),
        valid_from: item.valid_from,
        frame,
    }
}

fn applicant(item: &Item) -> &'static str {
    use affairs::catalog::ApplicantKind::{Any, LegalPerson, NaturalPerson};
    match item.service.applicant {
        NaturalPerson => "applicant.natural_person",
        LegalPerson => "applicant.legal_person",
        Any => "applicant.any",
    }
}

/// Why it cannot be applied for today: it is over, or has not begun.
fn closed(frame: &Frame, item: &Item) -> Option<ClosedView> {
    let today = frame.now.date();
    let (word, sentence) = match item.valid_to {
        _ if item.in_force(today) => return None,
        Some(end) if end < today => ("guide.ended", frame.t1("guide.ended_means", frame.date(end))),
        _ => ("guide.not_begun", frame.t1("guide.not_begun_means", frame.date(item.valid_from))),
    };
    Some(ClosedView { tag: Tag::new(Tone::Quiet, frame.t(word)), sentence })
}

/// The answer, and apart from it what else is said.
fn first_sentence(frame: &Frame, text: &str) -> (String, String) {
    let end = if frame.is_zh() { "。" } else { ". " };
    match text.split_once(end) {
        Some((first, rest)) => (first.to_owned(), rest.to_owned()),
        None => (text.to_owned(), String::new()),
    }
}

fn bring(frame: &Frame, item: &Item) -> String {
    let uploads = || item.materials.iter().filter(|m| m.obtain == Obtain::Upload);
    match (uploads().filter(|m| m.required).count(), uploads().count()) {
        (0, 0) => frame.t("guide.bring_nothing").to_owned(),
        (0, _) => frame.t("guide.bring_maybe").to_owned(),
        (needed, _) => frame.t1("guide.bring_some", needed),
    }
}

fn time(frame: &Frame, item: &Item, measured: Option<Measured>) -> String {
    let promised = length(frame, &item.committed_limit().period);
    match measured {
        Some(m) => frame.t2("guide.time_really", promised, frame.span(m.median_ms)),
        None => promised,
    }
}

fn material(frame: &Frame, material: &Material) -> MaterialView {
    let (tone, word) = match material.obtain {
        Obtain::OnlineForm => (Tone::Waiting, "material.online"),
        Obtain::Share => (Tone::Granted, "material.shared"),
        Obtain::Confirmation => (Tone::Granted, "material.confirmed"),
        Obtain::Upload => (Tone::Refer, "material.upload"),
    };
    let when = material.when.as_ref().map(|t| format!(" · {}", frame.text(t))).unwrap_or_default();
    MaterialView {
        name: frame.text(&material.name).to_owned(),
        tag: Tag::new(tone, frame.t(word)),
        note: format!("{}{when}", frame.text(&material.how)),
    }
}

/// 0 of a unit is "on the spot".
fn length(frame: &Frame, period: &Period) -> String {
    if period.n == 0 { frame.t("limits.on_the_spot").to_owned() } else { frame.text(&period.text()).to_owned() }
}

/// Calendar days a period takes on an average, for the length of a bar only: no deadline is worked out here.
fn about_days(period: &Period) -> f64 {
    let days = match period.unit {
        PeriodUnit::WorkingDay => 1.4,
        PeriodUnit::CalendarDay => 1.0,
        PeriodUnit::Month => 30.4,
        PeriodUnit::Year => 365.0,
    };
    f64::from(period.n) * days
}

fn limits(frame: &Frame, item: &Item, measured: Option<Measured>) -> LimitsView {
    let limit = |word: &str, limit: &Limit| LimitView {
        label: frame.t(word).to_owned(),
        value: length(frame, &limit.period),
        days: Some(about_days(&limit.period)),
        source: law::attested(frame, item, &limit.place, &limit.attested),
        grade: Some(limit.attested.grade),
        ours: false,
    };
    let really = LimitView {
        label: frame.t("limits.really").to_owned(),
        value: measured.map_or_else(|| frame.t("limits.not_yet").to_owned(), |m| frame.span(m.median_ms)),
        days: measured.map(|m| m.median_ms as f64 / 86_400_000.0),
        source: measured
            .map_or_else(|| frame.t("limits.measured_none").to_owned(), |m| frame.t1("limits.measured", m.cases)),
        grade: None,
        ours: true,
    };
    let (law, promised) = (limit("limits.by_law", &item.statutory_limit), item.committed_limits.first());
    let finding = match measured {
        Some(_) => frame.t2("limits.finding", &law.value, &really.value),
        None => frame.t1("limits.finding_none", &law.value),
    };
    let promised = promised.map(|p| limit("limits.promised", p));
    LimitsView { finding, bars: [Some(law), promised, Some(really)].into_iter().flatten().collect() }
}

fn stages(frame: &Frame, item: &Item) -> Vec<StageView> {
    let stage = |name: &str, note: String| StageView { name: frame.t(name).to_owned(), note, progress: None };
    let confirm = match &item.second_party {
        SecondParty::None => None,
        SecondParty::Employer { within, .. } => {
            Some(stage("stage.confirm", frame.t1("stage.confirm_note", frame.text(&within.text()))))
        }
    };
    let decide = match item.service.handling {
        Handling::Instant => frame.t("stage.decide_instant").to_owned(),
        Handling::Promised if item.never_instant.is_some() => {
            frame.t1("stage.decide_person", length(frame, &item.committed_limit().period))
        }
        Handling::Promised => frame.t1("stage.decide_promised", length(frame, &item.committed_limit().period)),
    };
    let special = item.special_stages.iter().map(|s| StageView {
        name: frame.text(&s.name).to_owned(),
        note: frame.text(&s.period.text()).to_owned(),
        progress: None,
    });
    let fill = stage("stage.fill", frame.t("stage.fill_note").to_owned());
    let check = stage("stage.check", frame.t("stage.check_note").to_owned());
    let before = [Some(fill), confirm, Some(check)].into_iter().flatten();
    before.chain(special).chain([stage("stage.decide", decide)]).collect()
}

fn duties(frame: &Frame, catalog: &Catalog, item: &Item) -> Vec<Link> {
    let who = |supervisor: &Supervisor| match supervisor {
        Supervisor::Agency(id) => catalog.agency(id).map_or_else(|| id.clone(), |a| frame.text(&a.short).to_owned()),
        Supervisor::Role { .. } => frame.t("duty.local").to_owned(),
    };
    let when = |period: &Period| frame.t1("duty.within", frame.text(&period.text()));
    let hint = |d: &affairs::catalog::Duty| match &d.first_action {
        Some(period) => format!("{} · {}", who(&d.supervisor), when(period)),
        None => who(&d.supervisor),
    };
    let duty =
        |d: &affairs::catalog::Duty| Link { href: String::new(), text: frame.text(&d.what).to_owned(), hint: hint(d) };
    item.duties.iter().map(duty).collect()
}

fn bases(frame: &Frame, item: &Item) -> Vec<BasisView> {
    let colon = frame.t("outcome.colon");
    let basis = |b: &affairs::catalog::Basis| BasisView {
        title: format!(
            "{}{colon}{}",
            law::attested(frame, item, &kernel::Text::default(), &b.attested),
            frame.text(&b.gist)
        ),
        grade: b.attested.grade,
    };
    item.legal_basis.iter().map(basis).collect()
}

fn questions(frame: &Frame, item: &Item) -> Vec<QuestionView> {
    let text = |t| frame.text(t).to_owned();
    item.questions.iter().map(|q| QuestionView { question: text(&q.ask), answer: text(&q.answer) }).collect()
}
