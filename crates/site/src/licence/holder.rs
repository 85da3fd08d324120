//! A licence for its holder: as it is printed, with its file, its proof, and its renewal while one may.

use affairs::catalog::{Item, LicenceAct};
use affairs::licence::{self, Licence, Standing, Status};
use affairs::supervision::{self, LifeLine};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use evidence::compact::Link;
use kernel::{Date, Text};
use serde_json::Value as Json;

use super::view::{LicencePage, Line, Sheet};
use super::{printed, qr};
use crate::approval::story;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{EventView, Tag, Tone};
use crate::portal::watch;
use crate::problem::{Problem, page};
use crate::session::Person;
use crate::state::AppState;
use crate::supervision::life;

/// The routes.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/licences/{code}", get(show)).route("/licences/{code}/file", get(file))
}

/// The holder's licence, or his whose mandate lets one look; anybody else's is not found.
pub(super) async fn own(desks: &Desks<'_>, person: &Person, code: &str, today: Date) -> Result<Licence, Problem> {
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
    let origin = state.settings().public_origin.trim_end_matches('/');
    // A number ends in letters or digits, so this is none.
    if let Some(code) = code.strip_suffix(".pdf") {
        let held = own(&desks, &person, code, frame.now.date()).await?;
        return printed::pdf(&desks, &frame, &held, (origin, format!("/licences/{code}"))).await;
    }
    let held = own(&desks, &person, &code, frame.now.date()).await?;
    let leaves = desks.store().leaves(held.id).await?;
    let leaf = |kind: &str| leaves.iter().find(|l| l.kind == kind).map(|l| story::leaf_path(l.position));
    page(&LicencePage {
        sheet: sheet(&desks, &frame, &held, origin).await?,
        download: format!("/licences/{}/file", held.code),
        pdf: format!("/licences/{}.pdf", held.code),
        present: format!("/licences/{}/present", held.code),
        renew: renew(&desks, &frame, &held),
        proof: leaf("licence.issued").unwrap_or_else(|| "/log".to_owned()),
        events: events(&desks, &frame, &held, (&leaf, &supervision::life_of(desks.store(), &held).await?)),
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
        Status::Suspended => (Tone::Refer, "hold.suspended"),
        Status::Withdrawn => (Tone::Refused, "hold.withdrawn"),
        Status::Revoked => (Tone::Refused, "hold.revoked"),
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
    // With its core the code needs nobody's answer; without one it leads to ours.
    let check = core.map_or_else(|| address.clone(), |core| Link::write(&format!("{origin}/v"), &core));
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
        qr_svg: qr::svg(&check),
        check,
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

fn events(
    desks: &Desks<'_>,
    frame: &Frame,
    held: &Licence,
    (leaf, acts): (&impl Fn(&str) -> Option<String>, &[LifeLine]),
) -> Vec<EventView> {
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
        // The acts of its life have lines of their own.
        Status::Suspended | Status::Withdrawn | Status::Revoked => None,
    };
    let lived = acts.iter().rev().map(|act| life::event(desks, frame, (held, act)));
    std::iter::once(issued).chain(lived).chain(ended).collect()
}
