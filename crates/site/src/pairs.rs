//! What a form sends whose fields are not known beforehand: names and values, in its order.

use axum::Form;

/// Names and values.
pub(crate) type Pairs = Form<Vec<(String, String)>>;

/// What was sent under a name, nothing where it was not sent; the last counts, as a box counts over what stands before it.
pub(crate) fn sent<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().rev().find(|(n, _)| n == name).map_or("", |(_, value)| value)
}

/// The version that the page showed; where none was sent, one that nothing has.
pub(crate) fn version(pairs: &[(String, String)]) -> i64 {
    sent(pairs, "version").parse().unwrap_or_default()
}
