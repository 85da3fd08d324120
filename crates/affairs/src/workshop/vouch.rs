//! Whether a published version is still what was put in force: its files, its seal, what the seal says, and its leaf in the log.
//! Whatever does not hold is named.

use evidence::seal::{self, Question, Refusal};
use evidence::trust::TrustList;
use kernel::Text;
use serde_json::Value as Json;
use store::Fault;

use super::bench::Bench;
use super::error::WorkshopError;
use super::publish::{SEALED, told};
use super::record::Version;
use crate::catalog::{hash_of, item_entry};

/// What does not hold of a published version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The seal itself.
    #[error("the seal does not hold: {0}")]
    Seal(#[from] Refusal),
    /// The seal holds, and says something else than the record of the version does.
    #[error("the sealed document and the record differ in `{0}`")]
    Says(String),
    /// A file of the version is missing, or is not the one that was published.
    #[error("the text is not the one that was published: {0}")]
    Files(String),
    /// The log does not have the act, or another one.
    #[error("the log does not bear it out: {0}")]
    Leaf(&'static str),
}

impl Broken {
    /// A short reason for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Seal(refusal) => refusal.code(),
            Self::Says(_) => "says_otherwise",
            Self::Files(_) => "text_changed",
            Self::Leaf(_) => "not_in_log",
        }
    }

    /// In words.
    pub fn text(&self) -> Text {
        let zh = match self {
            Self::Seal(refusal) => format!("签章不符：文件盖章以后被改动，或者不是这个印章所盖（{}）", refusal.code()),
            Self::Says(member) => format!("签章文件与记录不一致：{member}"),
            Self::Files(why) => format!("规则文本不是当时公布的文本：{why}"),
            Self::Leaf(why) => format!("日志里没有相符的存证：{why}"),
        };
        Text { zh, en: self.to_string() }
    }
}

/// Holds a published version against its files, its seal, its record and the log.
///
/// # Errors
/// A fault of the database; what does not hold is no error.
pub async fn vouch(
    bench: &Bench<'_>,
    version: &Version,
    trust: &TrustList,
) -> Result<Result<(), Broken>, WorkshopError> {
    let store = bench.desk.store();
    match item_entry(store, &version.item, &version.hash).await {
        Ok(Some(_)) => {}
        Ok(None) => return Ok(Err(Broken::Files(version.hash.clone()))),
        Err(Fault::Damaged(why)) => return Ok(Err(Broken::Files(why))),
        Err(fault) => return Err(fault.into()),
    }
    let now = bench.desk.base.now();
    let question = Question { kind: SEALED, now, logged_at: Some(version.published_at) };
    let sealed = match seal::verify(version.document.as_bytes(), trust, &question) {
        Ok(sealed) => sealed,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    if let Some(member) = differs(&told(version)?, &sealed.payload) {
        return Ok(Err(Broken::Says(member)));
    }
    let Some(leaf) = store.leaves(version.id).await?.into_iter().next() else {
        return Ok(Err(Broken::Leaf("no leaf")));
    };
    let body: Json = serde_json::from_slice(&leaf.bytes).unwrap_or_default();
    let named = body["document_sha256"].as_str() == Some(&hash_of(version.document.as_bytes()));
    Ok(if named { Ok(()) } else { Err(Broken::Leaf("the leaf names another document")) })
}

/// The first member of the record that the sealed document does not say.
fn differs(record: &Json, sealed: &Json) -> Option<String> {
    let members = record.as_object()?;
    members.iter().find(|(member, said)| sealed.get(member.as_str()) != Some(*said)).map(|(member, _)| member.clone())
}
