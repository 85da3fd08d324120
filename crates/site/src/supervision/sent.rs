//! What devices sent of an inspection, as its page shows it: records that lie beside the one that counts, how far a clock was off,
//! and what photographs say of themselves.

use affairs::material::Material;
use affairs::supervision::{self, Beside, Checklist, FieldPhoto, FieldRecord, Inspection, Line, Rules, by_server};
use kernel::{Id, Moment};
use serde_json::Value as Json;

use super::view::{BesideRow, PhotoRow};
use crate::frame::Frame;
use crate::material::row;

/// How far the device's clock was off by which the record was written; nothing where it was right, or there was no device.
pub(super) fn clock_note(frame: &Frame, sent: &[FieldRecord]) -> Option<(String, String)> {
    let record = sent.iter().find(|record| record.is_taken && record.skew_ms != 0)?;
    Some((frame.t("inspect.clock").to_owned(), off(frame, record.skew_ms)))
}

fn off(frame: &Frame, skew_ms: i64) -> String {
    let word = if skew_ms > 0 { "inspect.clock_fast" } else { "inspect.clock_slow" };
    frame.t1(word, frame.span(skew_ms.saturating_abs()))
}

/// The records that lie beside, whole.
pub(super) fn others(frame: &Frame, list: Option<&Checklist>, sent: &[FieldRecord]) -> Vec<BesideRow> {
    let row = |record: &FieldRecord| BesideRow {
        who: frame.t2("outcome.by", &record.account_name, frame.moment(record.came_at)),
        pairs: body(frame, list, record),
    };
    sent.iter().filter(|record| !record.is_taken).map(row).collect()
}

fn body(frame: &Frame, list: Option<&Checklist>, record: &FieldRecord) -> Vec<(String, String)> {
    let body: Json = serde_json::from_str(&record.body).unwrap_or_default();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let line = |line: &Line| {
        let word =
            body["results"][&line.id].as_str().filter(|word| supervision::FindingResult::from_word(word).is_some());
        let found = word.map_or_else(|| "—".to_owned(), |word| frame.t(&format!("finding.{word}")).to_owned());
        let note = body["notes"][&line.id].as_str().unwrap_or_default();
        (frame.text(&line.sentence).to_owned(), if note.is_empty() { found } else { frame.aside(&found, note) })
    };
    let seen = body["seen_at"].as_str().and_then(|at| at.parse::<Moment>().ok());
    let signing = Some(text("signing")).filter(|word| supervision::Signing::from_word(word).is_some());
    let said = [
        ("inspect.place", text("place")),
        ("inspect.seen_at", seen.map(|at| frame.moment(by_server(at, record.skew_ms))).unwrap_or_default()),
        ("inspect.signing", signing.map(|word| frame.t(&format!("signing.{word}")).to_owned()).unwrap_or_default()),
        ("inspect.signer", text("signer")),
        ("inspect.mend_by", text("mend_by")),
        ("inspect.remark", text("remark")),
    ];
    let said = said.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, v)| (frame.t(key).to_owned(), v));
    let clock = (record.skew_ms != 0).then(|| (frame.t("inspect.clock").to_owned(), off(frame, record.skew_ms)));
    list.into_iter().flat_map(|list| list.lines.iter().map(line)).chain(said).chain(clock).collect()
}

/// What a device said of this file, where one brought it.
pub(super) fn said_of(shots: &[FieldPhoto], material: Id) -> Option<&FieldPhoto> {
    shots.iter().find(|shot| shot.material == material)
}

/// A photograph with what is said of it. One that came by the page's form says neither time nor place.
pub(super) fn photo_row(
    frame: &Frame,
    (inspection, rules): (&Inspection, &Rules),
    (photo, shot): (&Material, Option<&FieldPhoto>),
) -> PhotoRow {
    let said = shot.map(|shot| shot.said.clone()).unwrap_or_default();
    let beside = Beside {
        came_at: photo.brought_at,
        seen_at: inspection.seen_at,
        position_e6: inspection.position_e6,
        clock: &rules.clock,
        far_m: rules.photo.far_m,
    };
    let time = said.taken_at.map(|at| frame.t1("photo.taken", frame.moment(by_server(at, said.skew_ms))));
    let place = format!("{}, {}", said.latitude, said.longitude);
    let place = (!said.latitude.is_empty()).then(|| frame.aside(&place, frame.t("inspect.unverified")));
    let marks = supervision::marks(&said, &beside);
    PhotoRow {
        name: photo.name.clone(),
        size: row::size(photo.size_bytes),
        at: frame.moment(photo.brought_at),
        state: frame.t(&format!("material_state.{}", photo.state.word())).to_owned(),
        said: time.into_iter().chain(place).collect::<Vec<_>>().join(" · "),
        marks: marks.iter().map(|mark| frame.t(&format!("photo.{}", mark.word())).to_owned()).collect(),
        href: if photo.is_shown() && frame.is_staff() {
            format!("/staff/inspections/{}/photos/{}?see", inspection.number, photo.id)
        } else {
            String::new()
        },
    }
}
