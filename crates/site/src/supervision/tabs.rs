//! What every page of supervision has: its places beside each other, tags of states, fields with what was wrong.

use affairs::supervision::{Inspection, InspectionState};

use crate::approval::desk::FilterView;
use crate::frame::Frame;
use crate::pieces::{Choice, FieldKind, FieldView, Tag, Tone, Width};
use crate::problem::FieldError;

/// The places of supervision, of which one is current.
pub(super) fn places(frame: &Frame, current: &str) -> Vec<FilterView> {
    let all = [
        ("/staff/duties", "duties.all"),
        ("/staff/duties?show=soon", "duties.soon"),
        ("/staff/duties?show=ours", "duties.ours"),
        ("/staff/inspections", "inspect.open"),
        ("/staff/inspections?show=done", "inspect.done"),
        ("/staff/draws", "draws.title"),
        ("/staff/warnings", "warning.title"),
        ("/staff/reports", "report.desk"),
        ("/staff/annulments", "annul.title"),
        ("/staff/licences", "life.title"),
        ("/staff/quality", "quality.title"),
    ];
    let filter = |(href, name): (&str, &str)| FilterView {
        href: href.to_owned(),
        name: frame.t(name).to_owned(),
        count: None,
        current: href == current,
    };
    all.into_iter().map(filter).collect()
}

/// How an inspection stands.
pub(crate) fn tag(frame: &Frame, inspection: &Inspection) -> Tag {
    let tone = match inspection.state {
        InspectionState::Planned | InspectionState::Recorded => Tone::Waiting,
        InspectionState::Passed | InspectionState::Mended => Tone::Granted,
        InspectionState::Mending => Tone::Refer,
        InspectionState::Failed => Tone::Refused,
        InspectionState::Ceased | InspectionState::SetAside => Tone::Quiet,
    };
    Tag::new(tone, frame.t(&format!("inspection_state.{}", inspection.state.word())).to_owned())
}

/// A field of a form with what was typed and what was wrong.
pub(super) fn field(
    frame: &Frame,
    (pointer, label, hint): (&str, &str, &str),
    (kind, value): (FieldKind, &str),
    errors: &[FieldError],
) -> FieldView {
    let error = errors.iter().find(|e| e.pointer == pointer).map(|e| frame.text(&e.message).to_owned());
    let shown = |key: &str| if key.is_empty() { String::new() } else { frame.t(key).to_owned() };
    FieldView {
        pointer: pointer.to_owned(),
        label: shown(label),
        hint: shown(hint),
        kind,
        value: value.to_owned(),
        optional: false,
        error,
        note: String::new(),
    }
}

/// One line of text.
pub(super) fn line(width: Width, mode: &'static str) -> FieldKind {
    FieldKind::Line { width, mode, autocomplete: String::new(), unit: String::new() }
}

/// One of a few, each with its word.
pub(super) fn choice(frame: &Frame, words: &[&str], (prefix, chosen): (&str, &str)) -> FieldKind {
    let one = |word: &&str| Choice {
        value: (*word).to_owned(),
        label: frame.t(&format!("{prefix}.{word}")).to_owned(),
        chosen: *word == chosen,
    };
    FieldKind::Choice(words.iter().map(one).collect())
}
