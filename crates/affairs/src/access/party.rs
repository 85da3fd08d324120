//! Who may have rights and duties before the counter: a person or a company, known by its code.

use serde::{Deserialize, Serialize};

use kernel::Id;

/// What kind of party, and so what kind of code it has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyKind {
    /// A natural person, known by the citizen id (GB 11643).
    Person,
    /// A company or other organisation, known by the unified social credit code (GB 32100).
    Company,
}

impl PartyKind {
    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Company => "company",
        }
    }

    /// Reads [`PartyKind::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Person, Self::Company].into_iter().find(|k| k.word() == word)
    }
}

/// A party: the row everything personal hangs on. The code is whole here; show it by [`Party::masked_code`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Party {
    /// Our own id: what other tables and links carry instead of the code.
    pub id: Id,
    /// Person or company.
    pub kind: PartyKind,
    /// Citizen id or unified social credit code, 18 characters, normalised.
    pub code: String,
    /// The name as the identity provider or register gives it.
    pub name: String,
}

impl Party {
    /// The code as pages may show it: see [`mask_code`].
    pub fn masked_code(&self) -> String {
        mask_code(self.kind, &self.code)
    }
}

/// Hides what must not stand on a screen somebody may look at: of a citizen id only the first and the last character stay;
/// the code of a company is public and stays whole.
pub fn mask_code(kind: PartyKind, code: &str) -> String {
    let last = code.chars().count().saturating_sub(1);
    match kind {
        PartyKind::Company => code.to_owned(),
        PartyKind::Person if last < 9 => "*".repeat(code.chars().count()),
        PartyKind::Person => code.chars().enumerate().map(|(i, c)| if i == 0 || i == last { c } else { '*' }).collect(),
    }
}

/// The name of a person as public lists show it: the first character stays (韦**). A company's name is public.
pub fn mask_name(kind: PartyKind, name: &str) -> String {
    match kind {
        PartyKind::Company => name.to_owned(),
        PartyKind::Person => name.chars().enumerate().map(|(i, c)| if i == 0 { c } else { '*' }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_persons_code_is_masked_and_a_companys_is_public() {
        let cases = [
            (PartyKind::Person, "45010319900307123X", "4****************X"),
            (PartyKind::Person, "123456789", "*********"),
            (PartyKind::Person, "", ""),
            (PartyKind::Company, "11450000007565194H", "11450000007565194H"),
        ];
        for (kind, code, shown) in cases {
            assert_eq!(mask_code(kind, code), shown);
        }
        assert_eq!(mask_name(PartyKind::Person, "韦明月"), "韦**");
        assert_eq!(mask_name(PartyKind::Company, "邕江大药房"), "邕江大药房");
    }
}
