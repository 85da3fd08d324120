//! How a case stands, in words: what it means, who acts next and until when, how far it has come, what happened.

use affairs::approval::{Case, Decision, Event, File, State};
use affairs::catalog::{Item, SecondParty};
use axum::http::StatusCode;
use kernel::{Date, Moment};
use store::Entry;

use super::casework;
use super::view::NextView;
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{EventView, Progress, StageView};
use crate::problem::Problem;

/// The last day of a time limit that is stored as the first moment after it.
pub(crate) fn last_day(due: Option<Moment>) -> Option<Date> {
    due.map(|due| due.plus_ms(-1).date())
}

/// The item's name as it was when the case was filed.
pub(crate) fn item_name(desks: &Desks<'_>, frame: &Frame, case: &Case) -> String {
    let item = desks.catalog.item_version(&case.item, &case.item_version);
    let item = item.or_else(|| desks.catalog.item(&case.item, frame.now.date()));
    item.map_or_else(|| case.item.clone(), |item| frame.text(&item.name).to_owned())
}

/// The item as it was when the case was filed.
///
/// # Errors
/// 503 where the catalogue has lost it: an import will bring it back.
pub(crate) fn item_of(desks: &Desks<'_>, case: &Case) -> Result<std::sync::Arc<Item>, Problem> {
    let item = desks.catalog.item_version(&case.item, &case.item_version);
    item.ok_or_else(|| Problem::of(StatusCode::SERVICE_UNAVAILABLE))
}

/// The agency that decides a case; an entrusted one with the agency in whose name it decides.
pub(crate) fn deciding(desks: &Desks<'_>, frame: &Frame, case: &Case) -> String {
    let deciding = agency(desks, frame, &case.deciding_agency);
    match &case.in_name_of {
        None => deciding,
        Some(entrusting) => frame.t2("happened.entrusted", agency(desks, frame, entrusting), deciding),
    }
}

/// Who signed a decision: the agency, the officer, and the second one where it took two.
pub(crate) fn signers(desks: &Desks<'_>, frame: &Frame, case: &Case, decision: &Decision) -> String {
    let officers = [&decision.officer_name, &decision.second_name].into_iter().flatten();
    let comma = if frame.is_zh() { "、" } else { ", " };
    format!("{} {}", deciding(desks, frame, case), officers.map(String::as_str).collect::<Vec<_>>().join(comma))
}

/// An agency by its short name.
pub(crate) fn agency(desks: &Desks<'_>, frame: &Frame, id: &str) -> String {
    desks.catalog.agency(id).map_or_else(|| id.to_owned(), |a| frame.text(&a.short).to_owned())
}

/// The steps of an application with the reader's place among them.
pub(crate) fn steps(frame: &Frame, item: &Item, now: usize) -> Vec<StageView> {
    let confirm = (item.second_party != SecondParty::None).then_some("stage.confirm");
    let names = [Some("stage.fill"), confirm, Some("stage.check"), Some("stage.decide")].into_iter().flatten();
    let progress = |place: usize| match place.cmp(&now) {
        std::cmp::Ordering::Less => Progress::Done,
        std::cmp::Ordering::Equal => Progress::Now,
        std::cmp::Ordering::Greater => Progress::Ahead,
    };
    let step = |(place, name): (usize, &str)| StageView {
        name: frame.t(name).to_owned(),
        note: String::new(),
        progress: Some(progress(place)),
    };
    names.enumerate().map(step).collect()
}

/// The steps of a case that was sent.
pub(crate) fn steps_of(frame: &Frame, item: &Item, case: &Case) -> Vec<StageView> {
    let confirm = usize::from(item.second_party != SecondParty::None);
    let place = match case.state {
        State::AwaitingSecondParty => 1,
        // A word given while nothing could be signed counts as sent.
        State::Gathering | State::Correcting | State::AwaitingEvidence | State::AwaitingData => 1 + confirm,
        State::InReview | State::SpecialStep => 2 + confirm,
        // Over: every step lies behind.
        _ => 4,
    };
    steps(frame, item, place)
}

/// Until when a case is to be decided: a promise of the same day is the machine's, a person has the law's time. Where that
/// reaches into a year whose calendar is not published there is no date; the promise alone would look like one.
pub(crate) fn decide_by(case: &Case) -> Option<Moment> {
    later(case.committed_due_at, case.statutory_due_at)
}

fn later(ours: Option<Moment>, law: Option<Moment>) -> Option<Moment> {
    law.map(|law| ours.map_or(law, |ours| ours.max(law)))
}

/// Who acts next, while somebody does.
pub(crate) fn next(desks: &Desks<'_>, frame: &Frame, case: &Case) -> Option<NextView> {
    let agency = || deciding(desks, frame, case);
    let decide_by = last_day(decide_by(case));
    let (who, what, until) = match case.state {
        State::AwaitingSecondParty => {
            let code = case.second_party.as_deref().map(crate::pieces::grouped).unwrap_or_default();
            (frame.t1("then.employer", code), "then.confirm", last_day(case.second_party_due_at))
        }
        State::AwaitingEvidence => (frame.t("then.machine").to_owned(), "then.evidence", None),
        State::AwaitingData => (frame.t("then.machine").to_owned(), "then.data", None),
        State::Correcting => (frame.t("then.you").to_owned(), "then.mend", last_day(case.correction_due_at)),
        State::InReview => (agency(), "then.review", decide_by),
        State::SpecialStep => (agency(), "then.special", None),
        _ => return None,
    };
    Some(NextView { who, what: frame.t(what).to_owned(), until })
}

/// Who does what next, in one line of a list.
pub(crate) fn next_line(desks: &Desks<'_>, frame: &Frame, case: &Case) -> String {
    let day = |due| last_day(due).map(|d| frame.date(d)).unwrap_or_default();
    let agency = || agency(desks, frame, &case.deciding_agency);
    match case.state {
        State::AwaitingSecondParty => frame.t1("then.list_confirm", day(case.second_party_due_at)),
        State::AwaitingEvidence => frame.t("then.list_evidence").to_owned(),
        State::AwaitingData => frame.t("then.list_data").to_owned(),
        State::Gathering => frame.t("then.list_gathering").to_owned(),
        State::Correcting => frame.t1("then.list_mend", day(case.correction_due_at)),
        State::InReview => match last_day(decide_by(case)) {
            Some(until) => frame.t2("then.list_review", agency(), frame.date(until)),
            None => frame.t1("then.list_open", agency()),
        },
        State::SpecialStep => frame.t1("then.list_open", agency()),
        _ => String::new(),
    }
}

/// What happened, each act with its leaf.
pub(crate) fn events(desks: &Desks<'_>, frame: &Frame, file: &File, leaves: &[Entry]) -> Vec<EventView> {
    let mut left: Vec<&Entry> = leaves.iter().collect();
    let event = |event: &Event| {
        let at = leaf_kind(&event.kind).and_then(|kind| left.iter().position(|leaf| leaf.kind == kind));
        let leaf = at.map(|at| left.remove(at));
        EventView {
            at: event.at,
            what: what(frame, event),
            who: who(desks, frame, &file.case, event),
            href: leaf.map(|leaf| leaf_path(leaf.position)),
        }
    };
    file.events.iter().map(event).collect()
}

/// The page of a leaf.
pub(crate) fn leaf_path(position: u64) -> String {
    format!("/log/leaf/{position}")
}

fn leaf_kind(event: &str) -> Option<&'static str> {
    match event {
        "filed" => Some("case.filed"),
        "confirmed" => Some("case.confirmed"),
        "settled" | "ruled" | "renewed_by_law" => Some("case.decided"),
        "step_noticed" => Some("case.step_noticed"),
        "step_ended" => Some("case.step_ended"),
        "notified" => Some("case.notified"),
        "accepted_by_law" => Some("case.accepted_by_law"),
        "first_reviewed" => Some("case.first_reviewed"),
        "commitment_withdrawn" => Some("case.commitment_withdrawn"),
        "declined" | "withdrawn" | "lapsed" => Some("case.closed"),
        "sent_by_agent" => Some("agent.sent"),
        "reviewed_by_agent" => Some("agent.reviewed"),
        "delivered_by_agent" => Some("agent.delivered"),
        "filed_at_counter" => Some("counter.filed"),
        "mended_at_counter" => Some("counter.mended"),
        "opened_at_counter" => Some("counter.opened"),
        "receipt_renewed" => Some("case.receipt_renewed"),
        "relay_sent" => Some("relay.sent"),
        "relay_taken" => Some("relay.taken"),
        "relay_returned" => Some("relay.returned"),
        "delivered" => Some("result.delivered"),
        "material_added" => Some("case.material_added"),
        "material_refused" => Some("case.material_refused"),
        "helped" => Some("counter.helped"),
        "rules_reviewed" => Some("rules.case_reviewed"),
        _ => None,
    }
}

fn what(frame: &Frame, event: &Event) -> String {
    let state = || event.detail.get("state").and_then(|s| s.as_str()).unwrap_or_default();
    let word = || frame.t(&format!("state.{}", state())).to_owned();
    // What happened at a counter tells at which.
    let place = event.detail.get("why").and_then(|why| serde_json::from_value::<kernel::Text>(why.clone()).ok());
    let place = || place.as_ref().map(|place| frame.text(place).to_owned()).unwrap_or_default();
    match event.kind.as_str() {
        "sent_by_agent" | "reviewed_by_agent" | "delivered_by_agent" => carried(frame, event),
        "filed_at_counter" | "mended_at_counter" | "opened_at_counter" | "delivered" | "relay_sent" | "helped" => {
            frame.t1(&format!("happened.{}", event.kind), place())
        }
        "settled" => frame.t1("happened.settled", word()),
        "ruled" => frame.t1("happened.ruled", word()),
        "filed"
        | "confirmed"
        | "declined"
        | "resubmitted"
        | "withdrawn"
        | "lapsed"
        | "notified"
        | "notice_closed"
        | "received_elsewhere"
        | "at_counter"
        | "receipt_renewed"
        | "relay_taken"
        | "relay_returned"
        | "data_missed"
        | "evidence_missed"
        | "evidence_back"
        | "step_noticed"
        | "step_ended"
        | "accepted_by_law"
        | "renewed_by_law"
        | "first_review_begun"
        | "first_reviewed"
        | "rules_reviewed"
        | "commitment_withdrawn" => frame.t(&format!("happened.{}", event.kind)).to_owned(),
        // In the words of the workbench, where this page has none of its own.
        other => casework::what(frame, other, &event.detail),
    }
}

/// What a village agent did, with where, when and what he saw.
fn carried(frame: &Frame, event: &Event) -> String {
    let why = event.detail.get("why").and_then(|why| serde_json::from_value::<kernel::Text>(why.clone()).ok());
    let colon = if frame.is_zh() { "：" } else { ": " };
    let did = frame.t(&format!("happened.{}", event.kind)).to_owned();
    why.map_or_else(|| did.clone(), |why| format!("{did}{colon}{}", frame.text(&why)))
}

fn who(desks: &Desks<'_>, frame: &Frame, case: &Case, event: &Event) -> String {
    match (event.actor_kind.as_str(), &event.on_behalf) {
        ("machine", _) => frame.t1("happened.machine", deciding(desks, frame, case)),
        (_, Some(principal)) => format!("{principal}（{}）", event.actor_name),
        _ => event.actor_name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use kernel::Language;

    use super::*;
    use crate::words;

    #[test]
    fn every_state_has_its_words_in_both_languages() {
        for state in State::ALL {
            for key in [format!("state.{}", state.word()), format!("says.{}", state.word())] {
                for language in [Language::Zh, Language::En] {
                    assert_ne!(words::word(language, &key), key);
                }
            }
        }
        for kind in [
            "filed",
            "confirmed",
            "declined",
            "resubmitted",
            "withdrawn",
            "lapsed",
            "data_missed",
            "evidence_missed",
            "evidence_back",
            "step_noticed",
            "step_ended",
            "accepted_by_law",
            "renewed_by_law",
            "first_review_begun",
            "first_reviewed",
            "commitment_withdrawn",
            "filed_at_counter",
            "mended_at_counter",
            "opened_at_counter",
            "receipt_renewed",
            "relay_sent",
            "relay_taken",
            "relay_returned",
            "delivered",
        ] {
            let key = format!("happened.{kind}");
            assert_ne!(words::word(Language::Zh, &key), key);
        }
    }

    /// Whatever the record of a case may hold is told in words at the workbench, and on the applicant's page where it has none of
    /// its own.
    #[test]
    fn every_word_of_a_cases_record_is_told_in_both_languages() {
        let catalog = affairs::catalog::Catalog::from_files(&affairs::catalog::Files::seed()).catalog;
        let law = affairs::powers::Law::read(&catalog).unwrap();
        let notes = &law.flow(affairs::approval::CASE_FLOW).unwrap().notes;
        assert!(notes.len() > 30, "{notes:?}");
        let steps = ["filed", "confirmed", "settled", "ruled", "renewed_by_law", "step_noticed", "step_ended"];
        for kind in notes.iter().map(String::as_str).chain(steps) {
            for language in [Language::Zh, Language::En] {
                let key = format!("act.{kind}");
                assert_ne!(words::word(language, &key), key);
            }
        }
    }

    #[test]
    fn a_limit_is_told_by_its_last_day() {
        let midnight: Moment = "2026-12-09T00:00:00+08:00".parse().unwrap();
        assert_eq!(last_day(Some(midnight)).unwrap().to_string(), "2026-12-08");
        assert_eq!(last_day(None), None);
    }

    #[test]
    fn a_promise_alone_is_no_limit() {
        let at = |day: &str| Some(format!("{day}T00:00:00+08:00").parse::<Moment>().unwrap());
        let (today, law) = (at("2026-11-24"), at("2026-12-22"));
        assert_eq!(later(today, law), law);
        assert_eq!(later(None, law), law);
        assert_eq!(later(law, today), law);
        assert_eq!(later(today, None), None, "the calendar of the law's last day is not published yet");
    }
}
