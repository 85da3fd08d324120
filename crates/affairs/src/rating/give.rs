//! Rating a case: once, by its applicant or by whoever holds its receipt, also at the counter.

use evidence::canonical::Salt;
use kernel::{Moment, Text};
use serde_json::json;
use store::{CommitError, Conflict};

use super::decide::{self, WORDS_MOST, blotted, first_state, leaf};
use super::error::RatingError;
use super::record::{self, RATING, Rating};
use super::state::{Level, RatingState, WordsState};
use crate::access::{Actor, Desk};
use crate::approval::{self, Case, ReceiptKey, Standing};
use crate::catalog::{Catalog, FieldError};

/// Where it was rated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// On the case's own page.
    Online,
    /// With the receipt.
    Receipt,
    /// With the receipt, on the tablet of a window.
    Counter,
}

impl Way {
    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Receipt => "receipt",
            Self::Counter => "counter",
        }
    }
}

/// What somebody says of his case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Given<'a> {
    /// How satisfied; none: nothing was chosen.
    pub level: Option<Level>,
    /// In his own words; may be empty.
    pub words: &'a str,
    /// Whether the agency may know whose it is, and call.
    pub is_named: bool,
    /// The window, where it was one.
    pub window: &'a str,
}

/// Rates a case as its applicant, or acting for him.
///
/// # Errors
/// [`RatingError::NotFound`] for anybody else.
pub async fn rate(
    desk: &Desk<'_>,
    catalog: &Catalog,
    actor: &Actor,
    (number, given): (&str, &Given<'_>),
) -> Result<Rating, RatingError> {
    let (file, standing) = approval::file_by_number(desk.store, actor, number, desk.now()).await?;
    if standing != Standing::Applicant {
        return Err(RatingError::NotFound);
    }
    take(desk, catalog, &file.case, (given, Way::Online)).await
}

/// Rates a case with its receipt: number and secret.
///
/// # Errors
/// [`RatingError::NotFound`] where the two do not belong together.
pub async fn rate_with_receipt(
    desk: &Desk<'_>,
    catalog: &Catalog,
    (key, number, secret): (&ReceiptKey, &str, &str),
    given: &Given<'_>,
) -> Result<Rating, RatingError> {
    let case = approval::progress(desk.store, key, number, secret).await?;
    let way = if decide::window(given.window) == record::NO_WINDOW { Way::Receipt } else { Way::Counter };
    take(desk, catalog, &case, (given, way)).await
}

async fn take(
    desk: &Desk<'_>,
    catalog: &Catalog,
    case: &Case,
    (given, way): (&Given<'_>, Way),
) -> Result<Rating, RatingError> {
    if case.state.is_open() {
        return Err(RatingError::NotDecided);
    }
    if !case.state.is_agencys_end() {
        return Err(RatingError::NothingToRate);
    }
    let level = checked(given)?;
    let before = record::of_case(desk.store, case.id).await?;
    if before.as_ref().is_some_and(|rating| rating.state != RatingState::Invited) {
        return Err(RatingError::RatedAlready);
    }
    // Cases decided before there were invitations may be rated too.
    let invited = before.is_some();
    let mut rating = before.unwrap_or_else(|| decide::invitation(desk, case, None));
    let salt = Salt::generate(desk.entropy);
    dress(&mut rating, (case, catalog), (given, level, way), desk.now());
    rating.salt = Some(salt.bytes().to_vec());
    let act = json!({ "at": desk.now(), "level": level.number(), "channel": way.word(), "state": rating.state.word() });
    let private = json!({ "case": case.id.to_string(), "named": given.is_named, "words": rating.words });
    let unit = match invited {
        true => desk.unit().update(&RATING, rating.key(), rating.version, rating.changes()),
        false => desk.unit().insert(&RATING, rating.values()).count(rating.counter("invited"), 1),
    };
    let mut unit =
        unit.count(rating.level_counter(level), 1).leaf(leaf("rating.given", &rating, &act, &private, &salt)?);
    if rating.state == RatingState::ToCall {
        unit = unit.count(rating.call_counter("owed"), 1);
    }
    match desk.store.commit(unit).await {
        Ok(_) => {
            rating.version += i64::from(invited);
            Ok(rating)
        }
        // Twice at the same instant: one of them was first.
        Err(CommitError::Conflict(Conflict::Changed { .. } | Conflict::Exists { .. })) => {
            Err(RatingError::RatedAlready)
        }
        Err(other) => Err(other.into()),
    }
}

fn checked(given: &Given<'_>) -> Result<Level, RatingError> {
    let chosen = given.level.ok_or_else(|| FieldError {
        pointer: "/level".to_owned(),
        code: "required".to_owned(),
        message: Text::new("请选择满意程度", "choose how satisfied you are"),
    });
    let length = decide::too_long("/words", given.words.trim(), WORDS_MOST);
    match (chosen, length) {
        (Ok(level), None) => Ok(level),
        (chosen, length) => Err(RatingError::Form(chosen.err().into_iter().chain(length).collect())),
    }
}

fn dress(
    rating: &mut Rating,
    (case, catalog): (&Case, &Catalog),
    (given, level, way): (&Given<'_>, Level, Way),
    now: Moment,
) {
    let words: String = given.words.trim().chars().filter(|c| *c != '\0').collect();
    rating.state = first_state(level, given.is_named);
    rating.level = Some(level);
    rating.is_named = given.is_named;
    rating.channel = Some(way.word().to_owned());
    rating.window = decide::window(given.window);
    rating.words_shown = blotted(&words, &[&case.applicant_name, &case.applicant_code, &case.filed_by_name]);
    rating.words_state = if words.is_empty() { WordsState::Silent } else { WordsState::Held };
    rating.words = words;
    rating.rated_at = Some(now);
    rating.month = Some(now.date().strftime("%Y-%m").to_string());
    if rating.state == RatingState::ToCall {
        let clock = catalog.procedure().and_then(|p| p.call_back.as_ref());
        rating.call_due_at = decide::due(clock, now, catalog);
    }
}
