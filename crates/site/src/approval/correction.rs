//! The one merged notice: whole sentences offered from the conditions and the materials of the item; the officer picks, and
//! adds his own.

use affairs::approval::{Check, CheckTruth};
use affairs::catalog::{Item, Obtain};

use super::found::Found;
use super::outcome::mend_line;
use crate::frame::Frame;
use crate::pieces::Choice;

/// The sentences on offer: what the rules found not met first, and ticked; then what they could not know; then the papers
/// that are handed in. `picked`: what was ticked before; none on a page that was not sent yet.
pub(super) fn offered(
    frame: &Frame,
    item: Option<&Item>,
    found: Option<&Found>,
    picked: Option<&[String]>,
) -> Vec<Choice> {
    let checks = |truth: CheckTruth| {
        let all = found.map(|f| f.assessment.checks.as_slice()).unwrap_or_default();
        all.iter().filter(move |check| check.truth == truth)
    };
    let line = |check: &Check, ticked| (mend_line(frame, check), ticked);
    let unmet = checks(CheckTruth::NotMet).map(|check| line(check, true));
    let unknown = checks(CheckTruth::Unknown).map(|check| line(check, false));
    let papers = item.map(|item| item.materials.as_slice()).unwrap_or_default().iter();
    let papers = papers.filter(|material| matches!(material.obtain, Obtain::Upload | Obtain::Confirmation));
    let papers = papers.map(|m| (frame.t2("correction.paper", frame.text(&m.name), frame.text(&m.how)), false));
    let choice = |(sentence, ticked): (String, bool)| Choice {
        chosen: picked.map_or(ticked, |picked| picked.contains(&sentence)),
        value: sentence.clone(),
        label: sentence,
    };
    unmet.chain(unknown).chain(papers).map(choice).collect()
}

/// The notice as one text: the picked sentences, numbered, and what the officer adds.
pub(super) fn merged(frame: &Frame, picked: &[String], own: &str) -> String {
    let own = own.trim();
    if picked.is_empty() {
        return own.to_owned();
    }
    let lines = picked.iter().enumerate().map(|(n, line)| format!("{}. {line}", n + 1));
    let added = (!own.is_empty()).then(|| own.to_owned());
    std::iter::once(frame.t("correction.head").to_owned()).chain(lines).chain(added).collect::<Vec<_>>().join("\n")
}
