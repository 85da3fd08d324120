//! Applications: the applicant's way (`view`) and the workbench (`desk`).

pub mod desk;
pub mod view;
