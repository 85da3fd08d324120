//! The receipt on paper, handed over the counter; and a new secret where the old one was lost.

use affairs::approval::{self, Case};
use affairs::material::{self, MaterialState};
use affairs::window::{self, Reception};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};

use super::bench::place_name;
use super::view::ReceiptPage;
use super::{path, receives, standing};
use crate::approval::story;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::Link;
use crate::problem::{Problem, page};
use crate::session::Officer;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/staff/window/{id}/cases/{number}/receipt", get(show))
        .route("/staff/window/{id}/cases/{number}/secret", post(renew))
}

/// The receipt of a case that was filed in this reception; of others the secret is only ever made anew.
async fn show(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((id, number)): Path<(String, String)>,
) -> Result<Response, Problem> {
    receives(&officer)?;
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let found = window::opened(&desks.approval(), &reception, &number).await?;
    if !found.is_filed_here {
        return Err(Problem::not_found());
    }
    let case = &found.file.case;
    let secret = approval::receipt_secret(desks.store(), &desks.office.receipt_key, case).await?;
    page(&built(&state, &desks, frame, (&reception, case), (secret, false)).await?)
}

async fn built(
    state: &AppState,
    desks: &Desks<'_>,
    frame: Frame,
    (reception, case): (&Reception, &Case),
    (secret, is_new): (String, bool),
) -> Result<ReceiptPage, Problem> {
    let place = window::post(&desks.catalog, (&reception.hall, &reception.counter), frame.now.date())?;
    let phone = &state.settings().marks.phone;
    let next = story::next_line(desks, &frame, case);
    let papers = papers(desks, &frame, case).await?;
    Ok(ReceiptPage {
        papers,
        number: case.number.clone(),
        secret,
        is_new,
        next: if next.is_empty() { frame.t(&format!("says.{}", case.state.word())).to_owned() } else { next },
        item: story::item_name(desks, &frame, case),
        applicant: case.applicant_name.clone(),
        agent: if reception.party == case.applicant { String::new() } else { reception.name.clone() },
        received_at: case.filed_at,
        clerk: reception.clerk_name.clone(),
        place: place_name(&frame, &place),
        agency: story::agency(desks, &frame, &case.deciding_agency),
        due: story::last_day(story::decide_by(case)),
        phone: if phone.is_empty() { frame.t("send.no_phone").to_owned() } else { phone.clone() },
        case: Link {
            href: format!("{}/cases/{}", path(reception), case.number),
            text: case.number.clone(),
            hint: String::new(),
        },
        stand: Link { href: path(reception), text: reception.name.clone(), hint: String::new() },
        frame,
    })
}

/// What came as files, in the order of the item's list: what it is, and how many.
async fn papers(desks: &Desks<'_>, frame: &Frame, case: &Case) -> Result<Vec<String>, Problem> {
    let item = story::item_of(desks, case)?;
    let known = material::of_case(desks.store(), case.id).await?;
    let line = |listed: &affairs::catalog::Material| {
        let of = |file: &&material::Material| file.material == listed.id && file.state != MaterialState::Refused;
        let count = known.iter().filter(of).count();
        (count > 0).then(|| frame.t2("window.paper_received", frame.text(&listed.name), count))
    };
    Ok(item.uploads().filter_map(line).collect())
}

/// A new secret; the old one opens nothing from now on.
async fn renew(
    State(state): State<AppState>,
    officer: Officer,
    frame: Frame,
    Path((id, number)): Path<(String, String)>,
) -> Result<Response, Problem> {
    receives(&officer)?;
    let desks = state.desks()?;
    let reception = standing(&desks, &officer, &id).await?;
    let key = &desks.office.receipt_key;
    let secret = window::renew_secret(&desks.approval(), &officer.actor(), (&reception, &number), key).await?;
    let found = window::opened(&desks.approval(), &reception, &number).await?;
    page(&built(&state, &desks, frame, (&reception, &found.file.case), (secret, true)).await?)
}
