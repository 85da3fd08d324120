//! The invitation that is born with a decision, the days by which something is owed, and what is masked in written words. Pure.

use evidence::canonical::{Salt, canonical_value, commitment};
use kernel::{Moment, Text};
use serde_json::{Value as Json, json};
use store::{Fault, Leaf, Unit};

use super::record::{self, RATING, Rating};
use super::state::{Level, RatingState, WordsState};
use crate::access::{Desk, mask_name};
use crate::approval::{Case, Decided};
use crate::catalog::{Catalog, Clock, FieldError};

/// The longest words, in characters.
pub const WORDS_MOST: usize = 500;
/// The longest reply or note, in characters.
pub const REPLY_MOST: usize = 500;
/// The shortest.
const NOTE_LEAST: usize = 4;
/// Version of this room's leaves.
const VERSION: u32 = 1;

/// The reactor: the invitation to rate, as a row of the decision's own transaction.
pub fn on_decided(desk: &Desk<'_>, decided: &Decided<'_>) -> Unit {
    let rating = invitation(desk, decided.case, decided.officer);
    desk.unit().insert(&RATING, rating.values()).count(rating.counter("invited"), 1)
}

/// The invitation for a case.
pub(super) fn invitation(desk: &Desk<'_>, case: &Case, decided_by: Option<kernel::Id>) -> Rating {
    Rating {
        shard: case.shard.clone(),
        case_id: case.id,
        version: 1,
        id: desk.id(),
        number: case.number.clone(),
        item: case.item.clone(),
        agency: case.answering_agency().to_owned(),
        region: case.region.clone(),
        applicant: case.applicant,
        name_mask: mask_name(case.applicant_kind, &case.applicant_name),
        decided_by,
        invited_at: case.decided_at.unwrap_or_else(|| desk.now()),
        state: RatingState::Invited,
        level: None,
        is_named: false,
        channel: None,
        window: record::NO_WINDOW.to_owned(),
        words: String::new(),
        words_shown: String::new(),
        words_state: WordsState::Silent,
        words_why: None,
        rated_at: None,
        month: None,
        call_due_at: None,
        called_at: None,
        called_by: None,
        mend_due_at: None,
        closing: None,
        closing_note: None,
        closed_at: None,
        closed_by: None,
        appealed_by: None,
        reply: None,
        replied_at: None,
        salt: None,
    }
}

/// The state right after rating.
pub(super) const fn first_state(level: Level, is_named: bool) -> RatingState {
    if level.is_bad() && is_named { RatingState::ToCall } else { RatingState::Rated }
}

/// The first moment after a clock of the catalogue ran out; none where the catalogue or the calendar does not say: nothing is
/// guessed.
pub(super) fn due(clock: Option<&Clock>, start: Moment, catalog: &Catalog) -> Option<Moment> {
    let last = clock?.period.due(start.date(), catalog.calendar(), &[]).ok()?;
    Some(Moment::start_of(last.tomorrow().ok()?))
}

/// What is wrong with a text, if anything.
pub(super) fn too_long(pointer: &str, text: &str, most: usize) -> Option<FieldError> {
    let length = text.chars().count();
    (length > most).then(|| FieldError {
        pointer: pointer.to_owned(),
        code: "length".to_owned(),
        message: Text::new(
            format!("最多 {most} 字，现在是 {length} 字，请删减"),
            format!("at most {most} characters, these are {length}; shorten it"),
        ),
    })
}

/// A note of staff: it must say something.
pub(super) fn note(pointer: &str, text: &str) -> Option<FieldError> {
    let short = (text.trim().chars().count() < NOTE_LEAST).then(|| FieldError {
        pointer: pointer.to_owned(),
        code: "length".to_owned(),
        message: Text::new(
            format!("请写明情况，至少 {NOTE_LEAST} 字"),
            format!("say what it was, in at least {NOTE_LEAST} characters"),
        ),
    });
    short.or_else(|| too_long(pointer, text, REPLY_MOST))
}

/// A window's code as it is kept: letters, digits and dashes, twenty at most; a dash where there is none.
pub(super) fn window(typed: &str) -> String {
    let plain: String = typed.trim().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(20).collect();
    if plain.is_empty() { record::NO_WINDOW.to_owned() } else { plain.to_uppercase() }
}

/// Words with what looks like personal data blotted out: runs of six digits and more (telephones, identity numbers, bank cards),
/// mail addresses, and the names given. Half of the matter only: a person looks at the rest before anything is shown.
pub(super) fn blotted(words: &str, names: &[&str]) -> String {
    let mut text = words.to_owned();
    for name in names.iter().filter(|name| name.chars().count() >= 2) {
        text = text.replace(*name, &"▇".repeat(name.chars().count()));
    }
    let characters: Vec<char> = text.chars().collect();
    let mut out = characters.clone();
    let code = |c: &char| c.is_ascii_digit() || (('０'..='９').contains(c)) || "xX -".contains(*c);
    blot_runs(&characters, &mut out, code, |run| run.iter().filter(|c| c.is_numeric()).count() >= 6);
    let mail = |c: &char| c.is_ascii_alphanumeric() || "._%+-@".contains(*c);
    blot_runs(&characters, &mut out, mail, |run| run.contains(&'@') && run.len() > 4);
    out.into_iter().collect()
}

fn blot_runs(from: &[char], out: &mut [char], inside: impl Fn(&char) -> bool, bad: impl Fn(&[char]) -> bool) {
    let mut at = 0;
    while at < from.len() {
        let end = from[at..].iter().position(|c| !inside(c)).map_or(from.len(), |n| at + n);
        if end > at && bad(&from[at..end]) {
            for c in out[at..end].iter_mut().filter(|c| **c != ' ') {
                *c = '▇';
            }
        }
        at = end.max(at + 1);
    }
}

/// A leaf about a rating: what was done in the open, whose it was and what was said as a salted commitment.
pub(super) fn leaf(
    kind: &'static str,
    rating: &Rating,
    act: &Json,
    private: &Json,
    salt: &Salt,
) -> Result<Leaf, Fault> {
    let fault = |e: evidence::canonical::CanonicalError| Fault::Misuse(format!("a leaf cannot be written: {e}"));
    let private = canonical_value(private).map_err(fault)?;
    let body = json!({
        "schema": VERSION, "kind": kind, "rating": rating.id.to_string(), "item": rating.item, "agency": rating.agency,
        "region": rating.region, "act": act, "commitment": commitment(salt, private.as_bytes()).to_string(),
    });
    Ok(Leaf { subject: rating.id, kind, bytes: canonical_value(&body).map_err(fault)?.into_bytes() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_personal_data_is_blotted_out() {
        let cases = [
            ("窗口的人很耐心", "窗口的人很耐心"),
            ("打我电话13877100001说清楚", "打我电话▇▇▇▇▇▇▇▇▇▇▇说清楚"),
            ("证号 450103198805200017 被念出来", "证号 ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇ 被念出来"),
            ("写信 wei.ming@example.cn 没人回", "写信 ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇ 没人回"),
            ("跑了3次，等了45分钟", "跑了3次，等了45分钟"),
            ("我是韦明月，等了很久", "我是▇▇▇，等了很久"),
        ];
        for (words, wanted) in cases {
            assert_eq!(blotted(words, &["韦明月", ""]), wanted);
        }
    }

    #[test]
    fn windows_and_notes() {
        assert_eq!((window(" a-3 ").as_str(), window("").as_str(), window("三号/%").as_str()), ("A-3", "-", "-"));
        assert!(note("/note", "  好 ").is_some() && note("/note", "已电话联系").is_none());
        let error = too_long("/words", &"长".repeat(10_000), WORDS_MOST).unwrap();
        assert!(error.message.zh.contains("10000"));
    }
}
