//! Showing a licence (出示): its holder opens it to whoever has the address, for five minutes, with those of its rows that he
//! chose. Of the secret in the address only the hash is kept; what has run out is swept when the next is made.

use kernel::Moment;
use store::{CommitError, Fault, Store};

use super::record::{self, Licence, SHOWING};
use crate::access::{Desk, Token};

/// For how long a licence is shown.
pub const SHOWN_MS: i64 = 5 * 60 * 1_000;
/// A licence as it is shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The licence, as it stands now.
    pub licence: Licence,
    /// The fields of the rows that may be seen.
    pub fields: Vec<String>,
    /// Until when.
    pub until: Moment,
}

/// Opens a licence to whoever has the secret.
///
/// # Errors
/// A fault of the store.
pub async fn present(desk: &Desk<'_>, licence: &Licence, fields: &[String]) -> Result<Token, CommitError> {
    let (token, now) = (Token::new(desk.entropy), desk.now());
    let words = serde_json::to_string(fields).map_err(|e| Fault::Misuse(e.to_string()))?;
    let mut unit = desk.unit();
    for over in record::showings_over(desk.store, licence, now).await? {
        unit = unit.delete(&SHOWING, vec![(&licence.shard).into(), over.into()]);
    }
    let row = vec![
        (&licence.shard).into(),
        hex::encode(token.hash()).into(),
        licence.id.into(),
        words.into(),
        now.plus_ms(SHOWN_MS).into(),
    ];
    desk.store.commit(unit.insert(&SHOWING, row)).await?;
    Ok(token)
}

/// What the secret opens now; nothing where it opens nothing, or does no more.
///
/// # Errors
/// A fault of the store.
pub async fn shown(store: &Store, token: &Token, now: Moment) -> Result<Option<Shown>, Fault> {
    let found = record::showing(store, &hex::encode(token.hash())).await?;
    let Some((id, words, until)) = found else { return Ok(None) };
    let fields = serde_json::from_str(&words).map_err(|e| Fault::Misuse(format!("a showing's fields: {e}")))?;
    if until <= now {
        return Ok(None);
    }
    let licence = record::by_id(store, id).await?;
    Ok(licence.map(|licence| Shown { licence, fields, until }))
}
