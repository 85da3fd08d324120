//! The transparency log for anyone to check, and the auditor's page.

pub mod view;
