//! A step as a form, and what was recorded as it is read: the same questions, from the flow, both ways.

use affairs::material::Material;
use affairs::powers::{self, Act, Ask, AskKind, Flow, Refusal, Step, StepState, Values};
use kernel::{Date, Money};

use super::flows::{article, who};
use super::view::{Pair, RecordView, StepForm};
use crate::frame::Frame;
use crate::material::row;
use crate::pieces::{Choice, ErrorLine, FieldKind, FieldView, Width, field_id};

/// What was sent for a step and what was wrong with it, to be shown again.
pub(crate) struct Typed<'a> {
    /// The step.
    pub(crate) step: &'a str,
    /// As typed.
    pub(crate) values: &'a Values,
    /// What hinders it.
    pub(crate) refusal: &'a Refusal,
}

/// The name under which a step's answer is sent.
pub(super) fn pointer(step: &str, ask: &str) -> String {
    format!("/{step}/{ask}")
}

/// The name under which an ask of a step is sent: files have a name of their own.
fn at(step: &Step, ask: &Ask) -> String {
    match ask.kind {
        AskKind::File => format!("/material/{}", powers::file_place(&step.id, &ask.id)),
        _ => pointer(&step.id, &ask.id),
    }
}

/// A step as a form.
pub(crate) fn form(
    frame: &Frame,
    flow: &Flow,
    state: &StepState<'_>,
    (typed, lying): (Option<&Typed<'_>>, &Lying<'_>),
) -> StepForm {
    let step = state.step;
    let typed = typed.filter(|t| t.step == step.id);
    StepForm {
        id: step.id.clone(),
        name: frame.text(&step.name).to_owned(),
        who: [who(frame, step), article(frame, flow, step)]
            .into_iter()
            .filter(|s| !s.is_empty())
            .collect::<Vec<_>>()
            .join(" · "),
        grade: step.grade,
        hint: step.hint.as_ref().map(|h| frame.text(h).to_owned()).unwrap_or_default(),
        hindered: state.hindrances.iter().map(|h| frame.text(&h.why).to_owned()).collect(),
        fields: step.asks.iter().map(|ask| field(frame, step, ask, (typed, lying))).collect(),
        uploads: step.asks.iter().any(|ask| ask.kind == AskKind::File),
        open: typed.is_some(),
        two: step.officers == 2,
    }
}

/// Files that lie with a run and that no act has named.
pub(crate) struct Lying<'a> {
    /// Where they are seen: their ids follow.
    pub(crate) place: &'a str,
    /// The files.
    pub(crate) files: &'a [Material],
}

impl Lying<'static> {
    /// Nothing lies there: the flow asks for no files.
    pub(crate) const NOTHING: Self = Self { place: "", files: &[] };
}

/// A field that asks for files: those that lie there, a scan, a photograph.
fn upload(frame: &Frame, (step, ask): (&Step, &Ask), lying: &Lying<'_>) -> FieldKind {
    let place = powers::file_place(&step.id, &ask.id);
    let mine = lying.files.iter().filter(|file| file.material == place);
    let files = mine.map(|m| row::upload(frame, m, (format!("{}/{}", lying.place, m.id), m.id.to_string())));
    FieldKind::Upload { accept: row::ACCEPT, files: files.collect(), photo: format!("/photo/{place}") }
}

fn field(frame: &Frame, step: &Step, ask: &Ask, (typed, lying): (Option<&Typed<'_>>, &Lying<'_>)) -> FieldView {
    let value = typed.and_then(|t| t.values.get(&ask.id)).cloned().unwrap_or_default();
    let error = typed.and_then(|t| t.refusal.values.iter().find(|v| v.field == ask.id));
    let line =
        |width, mode, unit: &str| FieldKind::Line { width, mode, autocomplete: String::new(), unit: unit.to_owned() };
    let label = frame.text(&ask.label).to_owned();
    let kind = match ask.kind {
        AskKind::Words => FieldKind::Lines { rows: 3 },
        AskKind::Line => line(Width::Long, "text", ""),
        AskKind::Money => line(Width::Short, "decimal", frame.t("powers.yuan_unit")),
        AskKind::Date => FieldKind::Date,
        AskKind::File => upload(frame, (step, ask), lying),
        AskKind::Tick => FieldKind::Tick { statement: label.clone(), ticked: value == "true" },
        AskKind::Choice => FieldKind::Choice(
            ask.choices
                .iter()
                .map(|c| Choice { value: c.id.clone(), label: frame.text(&c.name).to_owned(), chosen: c.id == value })
                .collect(),
        ),
    };
    FieldView {
        pointer: at(step, ask),
        label,
        hint: ask.hint.as_ref().map(|h| frame.text(h).to_owned()).unwrap_or_default(),
        kind,
        value,
        optional: ask.optional,
        error: error.map(|e| frame.text(&e.why).to_owned()),
        note: String::new(),
    }
}

/// Everything wrong with what was sent, each line a link to its field or to the step.
pub(crate) fn errors(frame: &Frame, flow: &Flow, typed: &Typed<'_>) -> Vec<ErrorLine> {
    let step = format!("#step-{}", typed.step);
    let hindered = typed
        .refusal
        .hindrances
        .iter()
        .map(|h| ErrorLine { href: step.clone(), message: frame.text(&h.why).to_owned() });
    let step_of = flow.step(typed.step);
    let place = |field: &str| {
        let ask = step_of.and_then(|step| Some((step, step.asks.iter().find(|ask| ask.id == field)?)));
        ask.map_or_else(|| pointer(typed.step, field), |(step, ask)| at(step, ask))
    };
    let wrong = typed.refusal.values.iter().map(|v| ErrorLine {
        href: format!("#{}", field_id(&place(&v.field))),
        message: frame.text(&v.why).to_owned(),
    });
    hindered.chain(wrong).collect()
}

/// What an act recorded.
pub(crate) fn record(frame: &Frame, flow: &Flow, act: &Act) -> RecordView {
    let step = flow.step(&act.step);
    let asks = step.map(|s| s.asks.as_slice()).unwrap_or_default();
    let pair = |ask: &Ask| {
        let value = act.values.get(&ask.id)?;
        Some(Pair { label: frame.text(&ask.label).to_owned(), lines: lines(frame, ask, value) })
    };
    RecordView {
        name: step.map_or_else(|| act.step.clone(), |s| frame.text(&s.name).to_owned()),
        who: frame.t2("outcome.by", signed(act), frame.moment(act.at)),
        pairs: asks.iter().filter_map(pair).collect(),
    }
}

/// Whoever signed: both names where two did.
pub(super) fn signed(act: &Act) -> String {
    match &act.second {
        Some((_, second)) => format!("{}、{second}", act.by_name),
        None => act.by_name.clone(),
    }
}

fn lines(frame: &Frame, ask: &Ask, value: &str) -> Vec<String> {
    let shown = match ask.kind {
        AskKind::Money => {
            value.parse().map_or_else(|_| value.to_owned(), |fen| frame.t1("powers.yuan", Money::from_fen(fen)))
        }
        AskKind::Date => value.parse::<Date>().map_or_else(|_| value.to_owned(), |day| frame.date(day)),
        AskKind::Tick => frame.t("powers.ticked").to_owned(),
        AskKind::Choice => {
            let choice = ask.choices.iter().find(|c| c.id == value);
            choice.map_or_else(|| value.to_owned(), |c| frame.text(&c.name).to_owned())
        }
        AskKind::File => powers::file_names(value).join("\n"),
        AskKind::Words | AskKind::Line => value.to_owned(),
    };
    shown.lines().map(str::to_owned).collect()
}
