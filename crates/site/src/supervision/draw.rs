//! Checking a published draw in one's own browser: the page carries the words, the island does the work, nothing is sent.
//! Without script it says how to check by command line.

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::view::{DrawPage, Phrase};
use crate::frame::Frame;
use crate::problem::{Problem, page};
use crate::state::AppState;

/// The words the island needs, under `draw.`; `wrong_…` are the reasons of `docs/draw.md`.
const PHRASES: [&str; 42] = [
    "working",
    "broken",
    "broken_means",
    "true",
    "true_means",
    "false",
    "logged",
    "drawn",
    "keys_given",
    "keys_of_file",
    "col_caption",
    "col_target",
    "col_class",
    "col_weight",
    "col_chance",
    "col_officers",
    "wrong_log",
    "wrong_too_long",
    "wrong_not_utf8",
    "wrong_not_json",
    "wrong_duplicate_key",
    "wrong_shape",
    "wrong_other_method",
    "wrong_not_canonical",
    "wrong_announcement_shape",
    "wrong_unknown_log_key",
    "wrong_unknown_witness",
    "wrong_not_last",
    "wrong_extension",
    "wrong_log_unsigned",
    "wrong_witness_missing",
    "wrong_witness_twice",
    "wrong_roll",
    "wrong_roll_too_few_officers",
    "wrong_roll_take",
    "wrong_other_roll",
    "wrong_secret_text",
    "wrong_other_secret",
    "wrong_not_drawn",
    "wrong_left_out",
    "wrong_other_officers",
    "wrong_byte_order_mark",
];

/// The public page.
pub(super) fn public() -> Router<AppState> {
    Router::new().route("/draws/verify", get(verify))
}

async fn verify(frame: Frame) -> Result<Response, Problem> {
    page(&of(frame))
}

pub(crate) fn of(frame: Frame) -> DrawPage {
    let phrases = PHRASES.iter().map(|key| Phrase { key, text: frame.t(&format!("draw.{key}")).to_owned() }).collect();
    DrawPage { phrases, frame }
}

#[cfg(test)]
mod tests {
    use kernel::Language;

    use super::*;
    use crate::words::words;

    #[test]
    fn the_island_has_a_word_for_everything_in_both_languages() {
        for language in [Language::Zh, Language::En] {
            for key in PHRASES {
                assert!(words(language).contains_key(&format!("draw.{key}")), "{key}");
            }
        }
        let island = include_str!("../../islands/src/draw/page.ts");
        let asked = island.split("words('").skip(1).filter_map(|rest| rest.split('\'').next());
        let asked: Vec<&str> = asked.collect();
        assert!(asked.len() > 5 && asked.iter().all(|key| PHRASES.contains(key)), "{asked:?}");
    }
}
