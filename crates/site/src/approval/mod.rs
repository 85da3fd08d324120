//! Applications: the applicant's way (`view`) and the workbench (`desk`).

mod casework;
pub mod desk;
pub(crate) mod found;
mod trail;
pub mod view;
mod worklist;

/// The routes of the workbench.
pub fn workbench() -> axum::Router<crate::state::AppState> {
    worklist::routes().merge(casework::routes()).merge(trail::routes())
}
