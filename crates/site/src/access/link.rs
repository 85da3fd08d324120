//! Single-use links: opening one shows a page with one button, pressing it spends the link. Mail scanners and previews
//! open links too, so looking at one never uses it.

use affairs::access::{AccessError, AccountKind, LinkPurpose, Token, sign_in};
use axum::Form;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::arrive::{Way, enter};
use super::password::{Mistakes, PasswordPage};
use super::view::LinkPage;
use crate::frame::Frame;
use crate::limits::Client;
use crate::problem::{Problem, page, page_as};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/sign-in/link/{token}", get(show).post(spend))
}

async fn show(State(state): State<AppState>, Path(text): Path<String>, frame: Frame) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let token = token(&text)?;
    let link = sign_in::look_at_link(&desks.base(), &token).await?;
    let holder = sign_in::holder_of_link(&desks.base(), &token).await?;
    let action = format!("/sign-in/link/{text}");
    match link {
        LinkPurpose::SignIn => page(&LinkPage { name: holder.name, action, fields: Vec::new(), frame }),
        LinkPurpose::SetPassword => page(&PasswordPage::choose(frame, &holder.name, action, Mistakes::default())),
    }
}

/// What the button sends: nothing, or the password chosen.
#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

async fn spend(
    State(state): State<AppState>,
    Path(text): Path<String>,
    (frame, Client(client), way): (Frame, Client, Way),
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    state.limits().sign_in(client)?;
    let desks = state.desks()?;
    let (desk, token) = (desks.base(), token(&text)?);
    let purpose = sign_in::look_at_link(&desk, &token).await?;
    let holder = sign_in::holder_of_link(&desk, &token).await?;
    let home = if holder.kind == AccountKind::Staff { "/staff" } else { "/me" };
    let signed_in = match purpose {
        LinkPurpose::SignIn => sign_in::by_link(&desk, &token, &way.arrival()).await?,
        LinkPurpose::SetPassword => {
            let wrong = |frame: Frame, mistakes| {
                let page = PasswordPage::choose(frame, &holder.name, format!("/sign-in/link/{text}"), mistakes);
                page_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
            };
            if sent.password != sent.again {
                let mistakes = Mistakes::differ(&frame);
                return wrong(frame, mistakes);
            }
            match sign_in::set_password(&desk, &token, &sent.password, &way.arrival()).await {
                Err(AccessError::Invalid(faults)) => {
                    let mistakes = Mistakes::of(&frame, &faults);
                    return wrong(frame, mistakes);
                }
                done => done?,
            }
        }
    };
    enter(&state, &signed_in, home)
}

fn token(text: &str) -> Result<Token, Problem> {
    Token::parse(text).ok_or_else(|| AccessError::LinkInvalid.into())
}
