//! The pieces pages are made of: a state's tag, a condition with its facts, a form's field, a line of stages. Every
//! string in them is already in the reader's language; times stay typed, and the template writes them.

use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;
use kernel::{Date, Grade, Moment, Trust};

/// The HTML id of the field a JSON Pointer names: `/employer/uscc` → `f-employer-uscc`.
pub fn field_id(pointer: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    format!("f{}{}", if pointer.starts_with('/') { "" } else { "-" }, pointer.chars().map(plain).collect::<String>())
}

/// A long code in groups of four, for eyes; programs take the code itself. A code with separators of its own is left
/// as it is.
pub fn grouped(code: &str) -> String {
    if !code.chars().all(|c| c.is_ascii_alphanumeric()) {
        return code.to_owned();
    }
    let characters: Vec<char> = code.chars().collect();
    characters.chunks(4).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// A citizen id as people read it: division, day of birth, the rest. Anything of another length stays as it is.
pub fn grouped_id(code: &str) -> String {
    match (code.get(..6), code.get(6..14), code.get(14..)) {
        (Some(division), Some(birth), Some(rest)) if rest.len() == 4 => format!("{division} {birth} {rest}"),
        _ => code.to_owned(),
    }
}

/// A text that is a unified social credit code or a citizen id in its groups; any other as it is.
pub fn coded(text: String) -> String {
    if kernel::Uscc::parse(&text).is_ok() {
        grouped(&text)
    } else if kernel::CitizenId::parse(&text).is_ok() {
        grouped_id(&text)
    } else {
        text
    }
}

/// One line of an error summary.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ErrorLine {
    /// `#id` of the field.
    pub href: String,
    /// What to do.
    pub message: String,
}

/// A link with what stands behind it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Link {
    /// The address.
    pub href: String,
    /// The words to press.
    pub text: String,
    /// One quiet line about it; may be empty.
    pub hint: String,
}

/// How a state feels; word, shape and colour always come together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// Granted, valid, done.
    Granted,
    /// A person looks at it, something is to be mended.
    Refer,
    /// Refused, revoked, false.
    Refused,
    /// In hand: waits for a machine or another party.
    Waiting,
    /// Nothing to feel: drafts, withdrawn, expired.
    Quiet,
}

impl Tone {
    /// Its shape alone.
    pub fn shape(&self) -> Shape {
        Shape { tone: *self }
    }

    /// Whether all is well.
    pub fn is_granted(&self) -> bool {
        *self == Self::Granted
    }

    /// The ending of the CSS class.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Refer => "refer",
            Self::Refused => "refused",
            Self::Waiting => "waiting",
            Self::Quiet => "quiet",
        }
    }
}

/// A state as word, shape and colour.
#[derive(Clone, PartialEq, Eq, Debug, Template)]
#[template(path = "frame/tag.html")]
pub struct Tag {
    /// How it feels.
    pub tone: Tone,
    /// Its word.
    pub word: String,
}

impl Tag {
    /// A tag.
    pub fn new(tone: Tone, word: impl Into<String>) -> Self {
        Self { tone, word: word.into() }
    }
}

// Its own template escapes the word.
impl HtmlSafe for Tag {}

/// The lamp-lit or dark shape of a [`Tone`] alone, where the word stands beside it.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "frame/shape.html")]
pub struct Shape {
    /// Which shape.
    pub tone: Tone,
}

impl HtmlSafe for Shape {}

/// What the machine found about one condition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Met {
    /// Met.
    Met,
    /// Not met.
    NotMet,
    /// Cannot be known from facts: a person looks.
    Unknown,
}

impl Met {
    /// Whether it is met.
    pub fn is_met(&self) -> bool {
        *self == Self::Met
    }

    /// The tone of its mark.
    pub fn tone(&self) -> Tone {
        match self {
            Self::Met => Tone::Granted,
            Self::NotMet => Tone::Refused,
            Self::Unknown => Tone::Refer,
        }
    }

    /// The key of its word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Met => "met.met",
            Self::NotMet => "met.not_met",
            Self::Unknown => "met.unknown",
        }
    }

    /// Its mark.
    pub fn shape(&self) -> Shape {
        Shape { tone: self.tone() }
    }
}

/// A fact that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FactView {
    /// What it is about.
    pub label: String,
    /// Its value, written for people; empty when there was none.
    pub value: String,
    /// Which register or which field of the form.
    pub source: String,
    /// When it was read.
    pub read_at: Option<Moment>,
    /// Which day the register speaks of.
    pub as_of: Option<Date>,
    /// How far the source is trusted.
    pub trust: Option<Trust>,
}

/// A condition of an item, before (`met: None`) or after it was checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConditionView {
    /// Its id in the model, such as `c2`.
    pub id: String,
    /// What it demands.
    pub sentence: String,
    /// What was found.
    pub met: Option<Met>,
    /// Law and article, or the source it was taken from.
    pub basis: String,
    /// How well that source is verified.
    pub grade: Grade,
    /// Who adopted it, or that it is a demonstration.
    pub adopted: String,
    /// The facts it read.
    pub facts: Vec<FactView>,
    /// What follows if it is not met, or what would change it; may be empty.
    pub consequence: String,
}

/// How far a stage has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// Behind us.
    Done,
    /// Where it stands.
    Now,
    /// Still to come.
    Ahead,
}

impl Progress {
    /// The ending of the CSS class.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Now => "now",
            Self::Ahead => "ahead",
        }
    }

    /// The key of its word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Done => "progress.done",
            Self::Now => "progress.now",
            Self::Ahead => "progress.ahead",
        }
    }
}

/// One stage of the way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StageView {
    /// Its name.
    pub name: String,
    /// Who acts, and how long it takes.
    pub note: String,
    /// How far; none in a guide, where nothing has begun.
    pub progress: Option<Progress>,
}

impl StageView {
    /// Whether it stands here.
    pub fn is_now(&self) -> bool {
        self.progress == Some(Progress::Now)
    }
}

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventView {
    /// When.
    pub at: Moment,
    /// What.
    pub what: String,
    /// Who.
    pub who: String,
    /// Where to see it, such as its leaf in the log.
    pub href: Option<String>,
}

/// A choice of a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// How wide a one-line field is drawn: a hint at how much is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Width {
    /// About eight characters.
    Short,
    /// About twenty.
    Medium,
    /// The whole column.
    Long,
}

impl Width {
    /// The ending of the CSS class.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Medium => "medium",
            Self::Long => "long",
        }
    }
}

/// A file that is already there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UploadView {
    /// Its name.
    pub name: String,
    /// Its size, written for people.
    pub size: String,
    /// How it stands with the check; may be empty.
    pub state: String,
    /// Where it is seen; empty while nobody may.
    pub href: String,
    /// Its id, by which the form takes it away again; empty where that cannot be.
    pub remove: String,
}

/// What a field asks for, and so how it is drawn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FieldKind {
    /// One line of text or a code.
    Line {
        /// How wide.
        width: Width,
        /// `inputmode`: `text`, `numeric`, `decimal`, `tel`, `email`.
        mode: &'static str,
        /// `autocomplete` token; empty for none.
        autocomplete: String,
        /// The unit behind the field, such as 学分; empty for none.
        unit: String,
    },
    /// Several lines.
    Lines {
        /// How many are drawn.
        rows: u8,
    },
    /// A day.
    Date,
    /// One of a few, as radio buttons.
    Choice(Vec<Choice>),
    /// One of many, as a list.
    Select(Vec<Choice>),
    /// Several of a few.
    Several(Vec<Choice>),
    /// A statement to agree to.
    Tick {
        /// The whole statement.
        statement: String,
        /// Whether it is agreed to.
        ticked: bool,
    },
    /// Files.
    Upload {
        /// `accept` of the field.
        accept: &'static str,
        /// What is there already.
        files: Vec<UploadView>,
        /// The name under which a photograph is sent that is taken on the spot; empty for none.
        photo: String,
    },
    /// A value a register told: shown, not asked.
    Fetched {
        /// The fact.
        fact: FactView,
        /// What the applicant wrote against it; empty for nothing.
        objection: String,
    },
}

/// A field of a form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldView {
    /// JSON Pointer into the form; also the name it is sent under.
    pub pointer: String,
    /// What is asked.
    pub label: String,
    /// How to answer; may be empty.
    pub hint: String,
    /// What it asks for.
    pub kind: FieldKind,
    /// The value as typed (or normalised).
    pub value: String,
    /// Whether it may stay empty.
    pub optional: bool,
    /// What is wrong with it.
    pub error: Option<String>,
    /// What was changed in what was typed ("全角已改为半角"); may be empty.
    pub note: String,
}

impl FieldView {
    /// Its HTML id.
    pub fn id(&self) -> String {
        field_id(&self.pointer)
    }

    /// The ids of hint, note and error that stand: for `aria-describedby`.
    pub fn described_by(&self) -> String {
        let id = self.id();
        let parts = [(!self.hint.is_empty(), "hint"), (!self.note.is_empty(), "note"), (self.error.is_some(), "error")];
        let ids = parts.iter().filter(|(stands, _)| *stands).map(|(_, name)| format!("{id}-{name}"));
        ids.collect::<Vec<_>>().join(" ")
    }

    /// Whether it is a group of controls, drawn as a `fieldset`.
    pub fn is_group(&self) -> bool {
        matches!(self.kind, FieldKind::Choice(_) | FieldKind::Several(_))
    }

    /// Whether its value came from a register.
    pub fn is_fetched(&self) -> bool {
        matches!(self.kind, FieldKind::Fetched { .. })
    }
}

/// A part of a form under one heading.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// The heading.
    pub title: String,
    /// One sentence below it; may be empty.
    pub hint: String,
    /// Its fields.
    pub fields: Vec<FieldView>,
}

/// All errors of a form's sections, in the order of the fields.
pub fn error_lines(sections: &[Section]) -> Vec<ErrorLine> {
    let fields = sections.iter().flat_map(|s| &s.fields);
    let line = |f: &FieldView| Some(ErrorLine { href: format!("#{}", f.id()), message: f.error.clone()? });
    fields.filter_map(line).collect()
}

/// One line of a "check your answers" list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AnswerView {
    /// What was asked.
    pub label: String,
    /// What was answered.
    pub value: String,
    /// Where the value came from, if not from the applicant; may be empty.
    pub source: String,
    /// What the applicant wrote against it; may be empty.
    pub objection: String,
    /// Where to change it; empty for values of a register.
    pub change: String,
}

/// A page of a long list: where the next one begins.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pager {
    /// The address of the first page, when this is not it.
    pub first: Option<String>,
    /// The address of the next page.
    pub next: Option<String>,
}

impl fmt::Display for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Met => "✓",
            Self::NotMet => "✗",
            Self::Unknown => "？",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_plain_and_follow_the_pointer() {
        for (pointer, id) in [("/employer/uscc", "f-employer-uscc"), ("/a~1b/0", "f-a-1b-0"), ("bare", "f-bare")] {
            assert_eq!(field_id(pointer), id);
        }
    }

    #[test]
    fn codes_are_grouped_by_four() {
        assert_eq!(grouped("91450100MA5KPBUD2X"), "9145 0100 MA5K PBUD 2X");
        assert_eq!(grouped("1.2.156.3005.2"), "1.2.156.3005.2");
        assert_eq!(grouped(""), "");
        assert_eq!(grouped_id("45000019900307912X"), "450000 19900307 912X");
        assert_eq!(grouped_id("演示"), "演示");
    }

    #[test]
    fn a_tag_escapes_its_word() {
        assert!(Tag::new(Tone::Granted, "<b>").to_string().contains("&#60;b&#62;"));
    }
}
