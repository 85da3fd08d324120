//! A licence for its holder: as it is printed, with its file, its proof, and its renewal while one may.

use affairs::catalog::{Item, LicenceAct};
use affairs::licence::{self, Licence, Standing, Status};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use evidence::compact::Link;
use kernel::{Date, Text};
use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};
use serde_json::Value as Json;

use super::view::{LicencePage, Line, Sheet};
use crate::approval::story;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{EventView, Tag, Tone};
use crate::portal::watch;
use crate::problem::{Problem, page};
use crate::session::Person;
use crate::state::AppState;

/// The routes.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/licences/{code}", get(show)).route("/licences/{code}/file", get(file))
}

/// The holder's licence, or his whose mandate lets one look; anybody else's is not found.
async fn own(desks: &Desks<'_>, person: &Person, code: &str, today: Date) -> Result<Licence, Problem> {
    let held = licence::by_code(desks.store(), code).await?.ok_or_else(Problem::not_found)?;
    let view = affairs::access::MandateAct::View;
    let may = person.0.may_act_for(held.holder, view, Some(&held.item), today);
    if may { Ok(held) } else { Err(Problem::not_found()) }
}

async fn show(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let held = own(&desks, &person, &code, frame.now.date()).await?;
    let leaves = desks.store().leaves(held.id).await?;
    let leaf = |kind: &str| leaves.iter().find(|l| l.kind == kind).map(|l| story::leaf_path(l.position));
    let origin = state.settings().public_origin.trim_end_matches('/');
    page(&LicencePage {
        sheet: sheet(&desks, &frame, &held, origin).await?,
        download: format!("/licences/{}/file", held.code),
        renew: renew(&desks, &frame, &held),
        proof: leaf("licence.issued").unwrap_or_else(|| "/log".to_owned()),
        events: events(&desks, &frame, &held, &leaf),
        frame,
    })
}

/// The sealed document, byte for byte: whoever has it can check it anywhere.
async fn file(
    State(state): State<AppState>,
    person: Person,
    frame: Frame,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let held = own(&desks, &person, &code, frame.now.date()).await?;
    let name = format!("attachment; filename=\"licence-{}.json\"", held.serial());
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).map_err(Problem::fault)?),
    ];
    Ok((headers, held.document).into_response())
}

/// The licence's name, as the item that issued it calls it.
pub(crate) fn name(desks: &Desks<'_>, frame: &Frame, held: &Licence) -> String {
    let item = desks.catalog.item(&held.item, frame.now.date());
    item.map_or_else(|| held.kind.clone(), |item| frame.text(&item.result.name).to_owned())
}

/// How it stands today.
pub(crate) fn tag(frame: &Frame, held: &Licence) -> Tag {
    let today = frame.now.date();
    let (tone, word) = match held.status {
        Status::Superseded => (Tone::Quiet, "hold.superseded"),
        Status::StruckOff => (Tone::Quiet, "hold.struck_off"),
        Status::Annulled => (Tone::Refused, "hold.annulled"),
        Status::Valid if today < held.valid_from => (Tone::Granted, "hold.not_yet"),
        Status::Valid if held.valid_to.is_some_and(|to| to < today) => (Tone::Refer, "hold.expired"),
        Status::Valid => (Tone::Granted, "hold.in_force"),
    };
    Tag::new(tone, frame.t(word))
}

/// The licence as it is printed.
///
/// # Errors
/// A fault where our own document does not verify; no evidence, where the core cannot be signed.
pub(crate) async fn sheet(desks: &Desks<'_>, frame: &Frame, held: &Licence, origin: &str) -> Result<Sheet, Problem> {
    let core = licence::signed_core(desks.store(), &desks.office.issuer, held).await?;
    let verified = licence::verify(held.document.as_bytes(), &desks.office.trust, Some(held), frame.now);
    // What does not verify is not printed: our own document must, so this is a fault.
    let verified = verified.map_err(|refusal| Problem::fault(format!("licence {}: {refusal}", held.code)))?;
    debug_assert_ne!(verified.standing, Standing::Unknown);
    let payload = &verified.sealed.payload;
    let both = |value: Option<&Json>| {
        let text: Text = value.and_then(|v| serde_json::from_value(v.clone()).ok()).unwrap_or_default();
        frame.text(&text).to_owned()
    };
    let item = desks.catalog.item(&held.item, frame.now.date());
    let rows = payload.get("rows").and_then(Json::as_array).cloned().unwrap_or_default();
    let line =
        |row: &Json| Line { label: both(row.get("label")), value: printed(desks, frame, (item.as_deref(), row)) };
    let address = format!("{origin}/verify?code={}", held.code);
    Ok(Sheet {
        name: both(payload.get("name")),
        code: held.code.clone(),
        tag: tag(frame, held),
        // Its end stands in the line of the whole period.
        lines: rows.iter().filter(|row| row.get("field") != Some(&Json::from("valid_to"))).map(line).collect(),
        valid_from: held.valid_from,
        valid_to: held.valid_to,
        agency: both(payload.get("agency")),
        issued_on: held.issued_at.date(),
        // With its core the code needs nobody's answer; without one it leads to ours.
        qr_svg: qr(&core.map_or_else(|| address.clone(), |core| Link::write(&format!("{origin}/v"), &core))),
        verify_address: address,
    })
}

/// A printed value in the words of the register that keeps it.
fn printed(desks: &Desks<'_>, frame: &Frame, (item, row): (Option<&Item>, &Json)) -> String {
    use affairs::register::FieldType;
    let value = row.get("value").cloned().unwrap_or_default();
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let field = row.get("field").and_then(Json::as_str).unwrap_or_default();
    let registers = item.into_iter().flat_map(|i| &i.effects).filter_map(|e| desks.office.registers.get(&e.register));
    match registers.filter_map(|r| r.field(field)).map(|f| &f.kind).next() {
        Some(FieldType::Choice { choices }) => {
            choices.iter().find(|c| c.id == text).map_or(text, |c| frame.text(&c.label).to_owned())
        }
        Some(FieldType::Date) => text.parse::<Date>().map_or(text, |d| frame.date(d)),
        _ => crate::pieces::coded(text),
    }
}

/// The address as a QR code, drawn as one path so that it needs no style of its own.
fn qr(address: &str) -> String {
    let Some(code) = drawn(address) else { return String::new() };
    let size = code.size();
    let dark = (0..size).flat_map(|y| (0..size).map(move |x| (x, y))).filter(|(x, y)| code.get_module(*x, *y));
    let path: String = dark.map(|(x, y)| format!("M{x} {y}h1v1h-1z")).collect();
    // Readers want four light modules around it.
    let whole = size + 8;
    format!(
        "<svg viewBox=\"-4 -4 {whole} {whole}\" xmlns=\"http://www.w3.org/2000/svg\"><path fill=\"#000\" d=\"{path}\"/></svg>"
    )
}

/// The code at error level M, or L where only that fits 73 by 73 modules: a finer one is hard to read from paper. The digits
/// behind the `#` are written as digits, which take less room than letters.
fn drawn(address: &str) -> Option<QrCode> {
    let segments = match address.split_once('#') {
        Some((page, digits)) if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
            vec![QrSegment::make_bytes(format!("{page}#").as_bytes()), QrSegment::make_numeric(digits)]
        }
        _ => vec![QrSegment::make_bytes(address.as_bytes())],
    };
    let at =
        |level| QrCode::encode_segments_advanced(&segments, level, Version::new(1), Version::new(14), None, false).ok();
    at(QrCodeEcc::Medium).or_else(|| at(QrCodeEcc::Low))
}

/// Where to renew it, while its end is near.
fn renew(desks: &Desks<'_>, frame: &Frame, held: &Licence) -> Option<String> {
    let today = frame.now.date();
    let near = held.valid_to.is_some_and(|to| watch::days(today, to) <= watch::AHEAD_DAYS);
    let renews = |item: &&std::sync::Arc<Item>| {
        let follows = matches!(item.result.term, affairs::catalog::Term::FollowsOn { .. });
        follows && item.result.act == LicenceAct::Supersede && item.result.licence_type == held.kind
    };
    let item = desks.catalog.items(today).find(renews)?;
    (near && held.status == Status::Valid).then(|| format!("/items/{}/apply", item.id))
}

fn events(desks: &Desks<'_>, frame: &Frame, held: &Licence, leaf: &impl Fn(&str) -> Option<String>) -> Vec<EventView> {
    let event = |at, word: &str, href| EventView {
        at,
        what: frame.t(word).to_owned(),
        who: story::agency(desks, frame, &held.agency),
        href,
    };
    let issued = event(held.issued_at, "hold.issued", leaf("licence.issued"));
    let ended = match held.status {
        Status::Valid => None,
        Status::Superseded => Some(event(held.status_at, "hold.superseded", None)),
        Status::StruckOff => Some(event(held.status_at, "hold.struck_off", leaf("licence.struck_off"))),
        Status::Annulled => Some(event(held.status_at, "hold.annulled", leaf("licence.annulled"))),
    };
    std::iter::once(issued).chain(ended).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_qr_code_is_one_path_without_style() {
        let svg = qr("https://example.cn/verify?code=1.2.156.3005.2");
        assert!(svg.starts_with("<svg viewBox=\"-4 -4 ") && svg.ends_with("/></svg>"));
        assert!(!svg.contains("style") && svg.matches("M").count() > 200);
        assert_eq!(qr(&"x".repeat(10_000)), "", "what fits in no code is left out");
        let digits = format!("https://example.cn/v#{}", "7".repeat(990));
        assert!(qr(&digits).starts_with("<svg viewBox=\"-4 -4 81 81\""), "digits as digits: 409 bytes in 73 modules");
        assert_eq!(qr(&digits.replace('7', "x")), "", "as letters they would not fit");
    }
}
