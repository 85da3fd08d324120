//! Stands in for `rules::RuleSet` until that type is there; removed on the same day.

/// A condition.
#[derive(Clone, Debug)]
pub struct RuleCondition {
    /// id
    pub id: String,
}
/// An input.
#[derive(Clone, Debug)]
pub struct RuleInput {
    /// name
    pub name: String,
    /// type
    pub kind: String,
}
/// A model, hardly read.
#[derive(Clone, Debug)]
pub struct RuleSet(Vec<RuleCondition>, Vec<RuleInput>);
/// A refusal
pub struct Refusal {
    /// line
    pub line: u32,
    /// col
    pub column: u32,
    /// m
    pub message: String,
    /// mend
    pub mend: String,
}
impl RuleSet {
    /// publish
    pub fn publish(xml: &str) -> Result<Self, Vec<Refusal>> {
        let attr = |s: &str, a: &str| {
            s.split(&format!("{a}=\"")).nth(1).and_then(|r| r.split('"').next()).unwrap_or("").to_owned()
        };
        let c = xml
            .lines()
            .filter(|l| l.contains("<decision id=\"c"))
            .map(|l| RuleCondition { id: attr(l, "id") })
            .collect();
        let i = xml
            .lines()
            .filter(|l| l.contains("<inputData"))
            .map(|l| RuleInput { name: attr(l, "name"), kind: attr(l, "typeRef") })
            .collect();
        Ok(Self(c, i))
    }
    /// conditions
    pub fn conditions(&self) -> &[RuleCondition] {
        &self.0
    }
    /// inputs
    pub fn inputs(&self) -> &[RuleInput] {
        &self.1
    }
}
