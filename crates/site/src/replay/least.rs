//! What would turn the outcome, for the applicant and for who works on the case; nobody else is told.

use std::sync::Arc;

use affairs::approval::{Decision, State};
use affairs::catalog::Item;
use affairs::replay::{self, Least, Step};
use kernel::Text;

use super::view::{LeastStep, LeastView};
use crate::approval::found::{Found, Reader};
use crate::problem::Problem;

/// Of which decision it is asked.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// Where the case stands.
    pub(crate) state: State,
    /// The newest run or decision.
    pub(crate) decision: &'a Decision,
    /// The version of the item that was judged.
    pub(crate) item: &'a Arc<Item>,
}

/// Whether it makes sense to ask at all: only of what was not granted and is not under way elsewhere.
const fn may_ask(state: State) -> bool {
    matches!(
        state,
        State::Correcting
            | State::InReview
            | State::SpecialStep
            | State::Refused
            | State::NotAccepted
            | State::Terminated
            | State::Lapsed
    )
}

/// The section of the page; none where every condition is met, or there is nothing to say yet. Searching may take a good part of
/// a second, so it is done beside the requests.
pub(crate) async fn least(reader: &Reader<'_>, asked: Asked<'_>) -> Result<Option<LeastView>, Problem> {
    if !may_ask(asked.state) {
        return Ok(None);
    }
    let Some(found) = Found::of(asked.decision) else { return Ok(None) };
    let (item, inputs) = (Arc::clone(asked.item), found.inputs.clone());
    let searched = tokio::task::spawn_blocking(move || replay::least_change(&item, &inputs));
    let least = searched.await.map_err(Problem::fault)?;
    Ok(view(reader, &found, asked.item, least))
}

fn view(reader: &Reader<'_>, found: &Found, item: &Item, least: Least) -> Option<LeastView> {
    let frame = reader.frame;
    let sentences = |ids: &[String]| -> Vec<String> {
        let known = |id: &String| item.condition(id).map(|c| frame.text(&c.sentence).to_owned());
        ids.iter().filter_map(known).collect()
    };
    let (lead, steps, lines, note) = match least {
        Least::Met => return None,
        Least::Change { steps, is_least } => {
            let rows: Vec<LeastStep> = steps.iter().map(|s| step(reader, found, s)).collect();
            let note = if is_least { "least.is_least" } else { "least.maybe_less" };
            (frame.t1("least.lead", rows.len()), rows, Vec::new(), note)
        }
        Least::Impossible { conditions } => {
            (frame.t("least.impossible").to_owned(), Vec::new(), sentences(&conditions), "least.impossible_note")
        }
        Least::Contradicted => (frame.t("least.contradicted").to_owned(), Vec::new(), Vec::new(), "least.not_said"),
        Least::NotAnalysed { conditions } => {
            (frame.t("least.not_analysed").to_owned(), Vec::new(), sentences(&conditions), "least.not_said")
        }
    };
    let person = item.never_instant.is_some() && !steps.is_empty();
    Some(LeastView {
        lead,
        steps,
        lines,
        note: frame.t(note).to_owned(),
        person: if person { frame.t("least.person").to_owned() } else { String::new() },
    })
}

fn step(reader: &Reader<'_>, found: &Found, step: &Step) -> LeastStep {
    let frame = reader.frame;
    let told = found.inputs.row(&step.input).map(|row| &row.provenance);
    let shown = |value: &serde_json::Value| told.map_or_else(|| value.to_string(), |told| reader.shown(told, value));
    let label: &Text = &step.label;
    LeastStep {
        label: frame.text(label).to_owned(),
        from: shown(&step.from),
        to: if step.any_other { frame.t("least.other").to_owned() } else { shown(&step.to) },
    }
}
