//! Applications: the applicant's way (`view`) and the workbench (`desk`).

pub(crate) mod casework;
pub(crate) mod confirm;
mod correction;
mod deciding;
pub mod desk;
mod draft;
mod first;
pub(crate) mod found;
mod gaps;
pub mod handover;
pub mod helped;
pub mod hold;
mod holding;
mod mend;
mod outcome;
mod papers;
mod progress;
mod send;
mod stepping;
pub(crate) mod story;
pub(crate) mod told;
mod trail;
pub mod view;
mod worklist;

pub(crate) use outcome::mend_line;

/// The routes of the workbench.
pub fn workbench() -> axum::Router<crate::state::AppState> {
    worklist::routes()
        .merge(casework::routes())
        .merge(deciding::routes())
        .merge(stepping::routes())
        .merge(holding::routes())
        .merge(handover::routes())
        .merge(gaps::routes())
        .merge(first::routes())
        .merge(trail::routes())
}

/// The forms that may bring files.
pub fn uploads() -> axum::Router<crate::state::AppState> {
    draft::uploads()
}

/// The routes of applicants and second parties.
pub fn routes() -> axum::Router<crate::state::AppState> {
    draft::routes()
        .merge(send::routes())
        .merge(outcome::routes())
        .merge(mend::routes())
        .merge(confirm::routes())
        .merge(progress::routes())
}
