//! Help with a case (帮办): what somebody of the staff, or an agent, did for the person besides what a form asks, in a line of the
//! case's story that both read. It decides nothing.

use kernel::{Id, Text};
use serde_json::{Value as Json, json};
use store::{CommitError, Conflict, Leaf, Unit};

use super::beside::note_told;
use super::desk::Desk;
use super::error::ApprovalError;
use super::record::Case;
use super::waiting::unproved;
use crate::access::Signature;
use crate::catalog::FieldError;

/// The longest note; characters.
const WORDS_MOST: usize = 300;

/// How somebody was helped.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Help {
    /// The rules and the guide were explained.
    Explained,
    /// The form was filled in with him, or for him as he said.
    Filled,
    /// Papers were scanned, photographed or put in order.
    Papers,
    /// A phone or a machine was worked for him.
    Device,
    /// It was put into his language or dialect, or into signs.
    Interpreted,
    /// Somebody went with him, or came to his home.
    Accompanied,
}

impl Help {
    /// Every way.
    pub const ALL: [Self; 6] =
        [Self::Explained, Self::Filled, Self::Papers, Self::Device, Self::Interpreted, Self::Accompanied];

    /// The word in the record and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Explained => "explained",
            Self::Filled => "filled",
            Self::Papers => "papers",
            Self::Device => "device",
            Self::Interpreted => "interpreted",
            Self::Accompanied => "accompanied",
        }
    }

    /// Reads [`Help::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|help| help.word() == word)
    }

    /// As people read it.
    pub fn text(self) -> Text {
        match self {
            Self::Explained => Text::new("讲解政策和办事指南", "explained the rules and the guide"),
            Self::Filled => Text::new("帮助填写", "helped to fill in the form"),
            Self::Papers => Text::new("整理、扫描材料", "put papers in order and scanned them"),
            Self::Device => Text::new("帮助操作手机或者自助机", "worked a phone or a machine"),
            Self::Interpreted => Text::new("翻译（方言、民族语言、手语）", "interpreted"),
            Self::Accompanied => Text::new("陪同或者上门", "went along, or came to the home"),
        }
    }
}

/// What help was given.
#[derive(Clone, Copy, Debug)]
pub struct Helped<'a> {
    /// How, at least one way.
    pub how: &'a [Help],
    /// What more there is to say; may be empty.
    pub words: &'a str,
    /// Idempotency key: pressed twice it is written once.
    pub key: &'a str,
}

impl Helped<'_> {
    /// Everything to mend.
    pub fn mistakes(&self) -> Vec<FieldError> {
        let wrong = |pointer: &str, zh: &str, en: &str| FieldError {
            pointer: pointer.to_owned(),
            code: "required".to_owned(),
            message: Text::new(zh, en),
        };
        let mut errors = Vec::new();
        if self.how.is_empty() {
            errors.push(wrong("/help/how", "请选择提供了哪些帮助", "choose what help was given"));
        }
        if self.words.trim().chars().count() > WORDS_MOST {
            errors.push(wrong("/help/words", "说明不超过300字", "at most 300 characters"));
        }
        errors
    }

    /// The particulars in the case's story: where, how, and the words.
    fn told(&self, place: &Text) -> Json {
        let names = |of: fn(&Text) -> &str, mark: &str| {
            let names: Vec<String> = self.how.iter().map(|help| of(&help.text()).to_owned()).collect();
            names.join(mark)
        };
        let words = self.words.trim();
        let with = |told: String, before: &str| if words.is_empty() { told } else { format!("{told}{before}{words}") };
        let zh = with(format!("{}：{}", place.zh, names(|t| &t.zh, "、")), "；");
        let en = with(format!("{}: {}", place.en, names(|t| &t.en, ", ")), "; ");
        let how: Vec<&str> = self.how.iter().map(|help| help.word()).collect();
        json!({ "why": Text::new(zh, en), "how": how, "words": words })
    }
}

/// Writes down what help was given: a line of the case's story and the leaf of the room that saw it, owed while nothing can be
/// signed. `place`: where. Pressed twice it is written once.
///
/// # Errors
/// [`ApprovalError::Form`] with everything to mend; [`ApprovalError::KeyReused`] where the key was used for something else.
pub async fn note_help(
    desk: &Desk<'_>,
    (case, helped): (&Case, &Helped<'_>),
    (by, place): (&Signature, &Text),
    (leaf, counted): (Leaf, String),
) -> Result<(), ApprovalError> {
    let errors = helped.mistakes();
    if !errors.is_empty() {
        return Err(ApprovalError::Form(errors));
    }
    let told = helped.told(place);
    let account: Id = by.account.ok_or(ApprovalError::NotFound)?;
    let hash = format!("help/{}/{told}", case.id);
    let unit = note_told(desk, case, ("helped", told), by).count(counted, 1);
    let unit = unit.once(account.to_string(), helped.key, hash, case.id.to_string());
    match committed(desk, unit, leaf).await {
        Err(CommitError::Conflict(Conflict::Repeated { .. })) => Ok(()),
        done => done.map_err(Into::into),
    }
}

async fn committed(desk: &Desk<'_>, unit: Unit, leaf: Leaf) -> Result<(), CommitError> {
    match desk.store().commit(unit.clone().leaf(leaf.clone())).await {
        Err(CommitError::NoEvidence { .. }) => {
            desk.store().commit(unproved::owe(desk, unit, leaf, desk.base.now())).await.map(drop)
        }
        done => done.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_told_in_both_languages_and_nothing_done_is_no_help() {
        let place = Text::new("青秀区政务服务中心 A-1", "Qingxiu hall A-1");
        let how = [Help::Filled, Help::Interpreted];
        let helped = Helped { how: &how, words: " 壮语 ", key: "k" };
        assert!(helped.mistakes().is_empty());
        let told = helped.told(&place);
        assert_eq!(told["why"]["zh"], "青秀区政务服务中心 A-1：帮助填写、翻译（方言、民族语言、手语）；壮语");
        assert_eq!(told["how"], json!(["filled", "interpreted"]));
        let long = "字".repeat(WORDS_MOST + 1);
        let wrong = Helped { how: &[], words: &long, key: "k" }.mistakes();
        let at: Vec<&str> = wrong.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(at, ["/help/how", "/help/words"]);
        for help in Help::ALL {
            assert_eq!(Help::from_word(help.word()), Some(help));
            assert!(!help.text().zh.is_empty() && !help.text().en.is_empty());
        }
    }
}
