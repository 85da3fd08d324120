//! What the catalogue says of draws (`[draw]` of `supervision.toml`): limits, risk classes, trades.

use kernel::{Grade, Period, PeriodKind, Text};
use serde::Deserialize;

/// How targets and officers are drawn.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawTerms {
    /// How long co-signatures and result may take after the announcement.
    pub close: Period,
    /// Officers for one target.
    pub each: u32,
    /// Who met a target within so many months does not go there again.
    pub recent_months: u32,
    /// The most targets on one list.
    pub most_targets: u32,
    /// How well known.
    pub grade: Grade,
    /// Classes by risk; the last one is for every other item.
    #[serde(rename = "risk")]
    pub risks: Vec<Risk>,
    /// Trades that are drawn as a whole.
    #[serde(default, rename = "trade")]
    pub trades: Vec<Trade>,
}

/// A class by risk.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// Its id: a part of the class's name in draws.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// The items in it; `*` for all that stand in no other.
    pub items: Vec<String>,
    /// What the weight by credit is multiplied by.
    pub factor: u32,
    /// How well known.
    pub grade: Grade,
}

/// Items that are drawn together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trade {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Its items.
    pub items: Vec<String>,
    /// How well known.
    pub grade: Grade,
}

impl DrawTerms {
    /// The risk class of an item: its own, else the general one.
    pub fn risk(&self, item: &str) -> Option<&Risk> {
        let of = |name: &str| self.risks.iter().find(|risk| risk.items.iter().any(|i| i == name));
        of(item).or_else(|| of("*"))
    }

    /// The items of a scope: a trade's, or the one item whose id it is.
    pub fn items(&self, scope: &str) -> Vec<String> {
        let trade = self.trades.iter().find(|trade| trade.id == scope);
        trade.map_or_else(|| vec![scope.to_owned()], |trade| trade.items.clone())
    }

    /// What is wrong with it.
    pub(in crate::supervision) fn lint(&self) -> Vec<&'static str> {
        let token = |id: &str| evidence::draw::is_token(id) && id.len() <= 32;
        let wrong = [
            (self.close.kind != PeriodKind::AtMost, "the limit for the result is at_most"),
            (!(2..=10).contains(&self.each), "two to ten officers go to a target"),
            (!(1..=60).contains(&self.recent_months), "recent_months is 1 to 60"),
            (!(1..=100_000).contains(&self.most_targets), "most_targets is 1 to 100000"),
            (
                !self.risks.iter().all(|r| token(&r.id) && (1..=100).contains(&r.factor)),
                "a risk has an id and a factor of 1 to 100",
            ),
            (self.risk("*").is_none(), "one risk is for *"),
            (!self.trades.iter().all(|t| token(&t.id) && !t.items.is_empty()), "a trade has an id and items"),
        ];
        wrong.into_iter().filter(|(is_so, _)| *is_so).map(|(_, why)| why).collect()
    }
}
