//! What a clerk does for who stands there besides what the form asks: help that is noted, and a parent's word to a helper elsewhere.

use kernel::Text;
use serde_json::json;

use super::acts::{signature, where_of};
use super::decide::{may_receive, post};
use super::leaf::leaf;
use super::opened::opened;
use super::record::Reception;
use crate::access::{Actor, Signature};
use crate::approval::{self, ApprovalError, Desk, Helped};
use crate::catalog::HallAct;

/// Notes what help was given with a case of who stands there.
///
/// # Errors
/// [`ApprovalError::NotFound`] where the case was not filed or opened in this reception; [`ApprovalError::Forbidden`] where the
/// officer or the counter does not help with this item; [`ApprovalError::Form`] with everything to mend.
pub async fn help(
    desk: &Desk<'_>,
    officer: &Actor,
    (reception, number): (&Reception, &str),
    helped: &Helped<'_>,
) -> Result<(), ApprovalError> {
    let found = opened(desk, reception, number).await?;
    let case = &found.file.case;
    let place = post(desk.catalog, (&reception.hall, &reception.counter), desk.base.now().date())?;
    may_receive(desk.catalog, officer, (&place, HallAct::AssistFill), (&case.item, &case.deciding_agency))?;
    let by = signature(officer, reception);
    let how: Vec<&str> = helped.how.iter().map(|help| help.word()).collect();
    let public = json!({ "number": case.number, "how": how });
    let private = json!({ "by": by, "words": helped.words.trim() });
    let leaf = leaf(desk, ("counter.helped", case.id), (&reception.hall, place.code()), (&public, &private))?;
    let counted = format!("helped/{}/{}", reception.hall, desk.base.now().date().strftime("%Y-%m"));
    approval::note_help(desk, (case, helped), (&by, &where_of(&place)), (leaf, counted)).await
}

/// Who saw a person say something at a counter, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    /// The clerk, for the person.
    pub by: Signature,
    /// The counter, in words.
    pub place: Text,
    /// The hall's id.
    pub hall: String,
    /// The counter's code; may be empty.
    pub counter: String,
}

/// The clerk and the counter that see who stands there say something.
///
/// # Errors
/// [`ApprovalError::Form`] where the counter is not open today.
pub fn seen(desk: &Desk<'_>, officer: &Actor, reception: &Reception) -> Result<Seen, ApprovalError> {
    let place = post(desk.catalog, (&reception.hall, &reception.counter), desk.base.now().date())?;
    Ok(Seen {
        by: signature(officer, reception),
        place: where_of(&place),
        hall: reception.hall.clone(),
        counter: place.code().to_owned(),
    })
}
