//! Words in two languages: Chinese first, English second.

use serde::{Deserialize, Serialize};

/// The language a reader asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Language {
    /// 简体中文, the language of law and the default.
    #[default]
    #[serde(rename = "zh-CN")]
    Zh,
    /// English.
    #[serde(rename = "en")]
    En,
}

/// One text in both languages; catalogue data carries its own translations.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// Both languages at once.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The text in `language`; Chinese where there is no English.
    pub fn get(&self, language: Language) -> &str {
        if language == Language::En && !self.en.is_empty() { &self.en } else { &self.zh }
    }
}
