//! Stands in for `rules::RuleSet` until that type is there; removed on the same day.

/// A model, unread.
#[derive(Clone, Debug)]
pub struct RuleSet(pub String);
