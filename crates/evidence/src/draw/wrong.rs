//! What is wrong with a published draw: one reason each, for people in both languages and for machines.

use kernel::Text;

use super::roll::RollError;
use crate::Hash;
use crate::canonical::CanonicalError;
use crate::key::KeyId;
use crate::proof::ProofError;

/// Why a draw does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// The file is no JSON, or has a member twice.
    #[error("the file cannot be read: {0}")]
    Form(CanonicalError),
    /// A member is missing, unknown or of another type.
    #[error("the file is not built as a draw is: {0}")]
    Shape(String),
    /// Another method, or no draw at all.
    #[error("this is not a draw by budayang/draw@v1 but {0:?}")]
    OtherMethod(String),
    /// The announcement is not canonical JSON.
    #[error("the announcement cannot be read: {0}")]
    AnnouncementForm(CanonicalError),
    /// A member of the announcement is missing or cannot be so.
    #[error("the announcement is not built as one is: {0}")]
    AnnouncementShape(String),
    /// The log key is not one the reader knows.
    #[error("the announcement names the log key {0}, which is not among those given")]
    UnknownLogKey(KeyId),
    /// The witness is not one the reader knows.
    #[error("the announcement names the witness {0}, which is not among those given")]
    UnknownWitness(KeyId),
    /// The proof or the checkpoint in it does not hold.
    #[error("it is not proven that the announcement was in the log: {0}")]
    Proof(#[from] ProofError),
    /// The checkpoint is not the one that ends with the announcement.
    #[error("the checkpoint has {size} leaves; the one that counts ends with the announcement, leaf {index}")]
    NotLast {
        /// The announcement's index.
        index: u64,
        /// The checkpoint's size.
        size: u64,
    },
    /// The checkpoint has lines beyond its three.
    #[error("the checkpoint has lines beyond origin, size and root")]
    Extension,
    /// The log itself did not sign.
    #[error("the log did not sign the checkpoint")]
    LogUnsigned,
    /// A witness did not sign.
    #[error("the announced witness {0} did not co-sign")]
    WitnessMissing(KeyId),
    /// A witness signed twice.
    #[error("the witness {0} co-signed twice; one co-signature counts, or one could be chosen")]
    WitnessTwice(KeyId),
    /// The list breaks a rule.
    #[error("the list: {0}")]
    Roll(#[from] RollError),
    /// The list is not the announced one.
    #[error("the list is not the announced one: its hash is {got}, announced was {announced}")]
    OtherRoll {
        /// Announced.
        announced: Hash,
        /// Computed.
        got: Hash,
    },
    /// The secret is not 64 hexadecimal digits.
    #[error("the secret is not 64 hexadecimal digits in lower case")]
    SecretText,
    /// The secret is not what was committed to.
    #[error("the secret is not the one that was committed to beforehand")]
    OtherSecret,
    /// The file names a target that was not drawn.
    #[error("{0} stands in the result and was not drawn")]
    NotDrawn(String),
    /// A drawn target is missing.
    #[error("{0} was drawn and does not stand in the result where it belongs")]
    LeftOut(String),
    /// A target's officers are others.
    #[error("officers drawn for {target} are {}, the result says {}", drawn.join(", "), said.join(", "))]
    OtherOfficers {
        /// The target.
        target: String,
        /// Drawn.
        drawn: Vec<String>,
        /// Said.
        said: Vec<String>,
    },
}

impl Wrong {
    /// A short reason for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Form(error) | Self::AnnouncementForm(error) => error.code(),
            Self::Shape(_) => "shape",
            Self::OtherMethod(_) => "other_method",
            Self::AnnouncementShape(_) => "announcement_shape",
            Self::UnknownLogKey(_) => "unknown_log_key",
            Self::UnknownWitness(_) => "unknown_witness",
            Self::Proof(error) => error.code(),
            Self::NotLast { .. } => "not_last",
            Self::Extension => "extension",
            Self::LogUnsigned => "log_unsigned",
            Self::WitnessMissing(_) => "witness_missing",
            Self::WitnessTwice(_) => "witness_twice",
            Self::Roll(error) => error.code(),
            Self::OtherRoll { .. } => "other_roll",
            Self::SecretText => "secret_text",
            Self::OtherSecret => "other_secret",
            Self::NotDrawn(_) => "not_drawn",
            Self::LeftOut(_) => "left_out",
            Self::OtherOfficers { .. } => "other_officers",
        }
    }

    /// The reason in both languages.
    pub fn text(&self) -> Text {
        let zh = match self {
            Self::Form(error) => format!("文件读不出来（{}）", error.code()),
            Self::Shape(member) => format!("文件不是抽取结果的格式：{member}"),
            Self::OtherMethod(method) => format!("这不是按 budayang/draw@v1 抽取的结果，而是“{method}”"),
            Self::AnnouncementForm(error) => format!("公告读不出来（{}）", error.code()),
            Self::AnnouncementShape(member) => format!("公告的格式不对：{member}"),
            Self::UnknownLogKey(key) => format!("公告所列的日志公钥{key}不在您给出的公钥之中"),
            Self::UnknownWitness(key) => format!("公告所列的见证人{key}不在您给出的公钥之中"),
            Self::Proof(error) => format!("不能证明公告事先已在日志中（{}）", error.code()),
            Self::NotLast { index, size } => {
                format!("检查点有{size}条记录；算数的检查点应止于公告本身（第{index}号，自0起）")
            }
            Self::Extension => "检查点除来源、大小、根之外还有别的行".to_owned(),
            Self::LogUnsigned => "日志自己没有签这个检查点".to_owned(),
            Self::WitnessMissing(key) => format!("公告指定的见证人{key}没有副签"),
            Self::WitnessTwice(key) => format!("见证人{key}副签了两次：只能有一个，否则就可以挑选"),
            Self::Roll(error) => return Text::new(format!("名单：{}", error.text().zh), self.to_string()),
            Self::OtherRoll { announced, got } => format!("名单不是公告的那一份：哈希为{got}，公告为{announced}"),
            Self::SecretText => "密值不是64位小写十六进制数".to_owned(),
            Self::OtherSecret => "公开的密值不是事先承诺的那一个".to_owned(),
            Self::NotDrawn(target) => format!("结果中的{target}并没有被抽中"),
            Self::LeftOut(target) => format!("{target}被抽中，结果中应有的位置却没有它"),
            Self::OtherOfficers { target, drawn, said } => {
                format!("{target}抽到的执法人员是{}，结果写的是{}", drawn.join("、"), said.join("、"))
            }
        };
        Text::new(zh, self.to_string())
    }
}
