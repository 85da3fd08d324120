//! A site to test with: fixed time, repeatable chance, the invented people of the demonstration.

use std::sync::Arc;

use kernel::{FixedClock, Moment, SeededEntropy};

use crate::state::{AppState, Settings};

/// 2026-11-23 21:40 in China.
pub(crate) fn now() -> Moment {
    "2026-11-23T13:40:00Z".parse().unwrap()
}

/// A demonstration site with the given settings.
pub(crate) fn state_with(settings: Settings) -> AppState {
    AppState::new(settings, Arc::new(FixedClock::at(now())), Arc::new(SeededEntropy::new(1)))
}

/// A demonstration site.
pub(crate) fn state() -> AppState {
    state_with(Settings::demonstration("http://127.0.0.1:8080"))
}
