//! What a material is, where it may stand, and what stands in the way of a decision. Pure.

use std::str::FromStr;

use evidence::Hash;
use evidence::canonical::Salt;
use kernel::{Id, Moment, Text};

use super::sniff::{Flaw, Kind};
use crate::access::Signature;
use crate::catalog::{self, FieldError, Item, UploadTerms};

/// One unit of the sizes in the catalogue.
const MB: u64 = 1 << 20;
/// The longest name kept, in characters.
const NAME: usize = 80;
/// How many times as many files may have been tried, with those that were refused.
const REFUSED: u32 = 4;

/// Where a material stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MaterialState {
    /// Handed in and not checked: shown to nobody.
    Quarantine,
    /// A scanner found nothing.
    Clean,
    /// A scanner found something: shown to nobody.
    Refused,
}

impl MaterialState {
    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Quarantine => "quarantine",
            Self::Clean => "clean",
            Self::Refused => "refused",
        }
    }

    /// Reads [`MaterialState::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Quarantine, Self::Clean, Self::Refused].into_iter().find(|state| state.word() == word)
    }
}

/// How a material came.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Way {
    /// The applicant uploaded it.
    Online,
    /// A clerk scanned it.
    Scanned,
    /// A clerk photographed it.
    Photographed,
}

impl Way {
    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Scanned => "scanned",
            Self::Photographed => "photographed",
        }
    }

    /// Reads [`Way::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Online, Self::Scanned, Self::Photographed].into_iter().find(|way| way.word() == word)
    }
}

/// With what a material lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holder {
    /// A form that is not sent yet.
    Draft(Id),
    /// A case.
    Case(Id),
    /// An inspection: its photographs.
    Inspection(Id),
    /// A run of a power.
    Run(Id),
}

/// Bytes that were taken in, as far as they can be told from themselves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Received {
    /// What they are known by.
    pub hash: Hash,
    /// How many.
    pub size_bytes: u64,
    /// What they are.
    pub kind: Kind,
}

/// One file that was handed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Material {
    /// Home shard.
    pub shard: String,
    /// Key.
    pub id: Id,
    /// Version an update expects.
    pub version: i64,
    /// With what it lies.
    pub holder: Holder,
    /// Which of the item's materials it is.
    pub material: String,
    /// Its name, cleaned.
    pub name: String,
    /// What it is, by its bytes.
    pub kind: Kind,
    /// Its length.
    pub size_bytes: u64,
    /// What the store knows its bytes by.
    pub hash: String,
    /// Whether the bytes are still kept.
    pub held: bool,
    /// How it came.
    pub way: Way,
    /// Whose account brought it.
    pub brought_by: Id,
    /// His name.
    pub by_name: String,
    /// Whether an officer brought it.
    pub by_staff: bool,
    /// When.
    pub brought_at: Moment,
    /// Where it stands.
    pub state: MaterialState,
    /// What a scanner found.
    pub found: Option<String>,
    /// Who said so last.
    pub scanner: Option<String>,
    /// When.
    pub scanned_at: Option<Moment>,
    /// How often a scanner was asked in vain.
    pub tries: u32,
    /// When it is asked again.
    pub next_at: Moment,
    /// What opens the commitment in the log.
    pub salt: Salt,
}

/// What is brought.
#[derive(Clone, Copy, Debug)]
pub struct Bringing<'a> {
    /// With what it lies.
    pub holder: Holder,
    /// Which of the item's materials it is.
    pub material: &'a str,
    /// What the sender calls it.
    pub name: &'a str,
    /// How it comes.
    pub way: Way,
    /// By whom: a person or an officer.
    pub by: &'a Signature,
}

impl Material {
    /// A material as it is handed in: in quarantine. `None` where nobody brings it.
    pub fn new(
        bringing: &Bringing<'_>,
        received: &Received,
        (shard, id, now): (&str, Id, Moment),
        salt: Salt,
    ) -> Option<Self> {
        Some(Self {
            shard: shard.to_owned(),
            id,
            version: 1,
            holder: bringing.holder,
            material: bringing.material.to_owned(),
            name: clean_name(bringing.name, received.kind),
            kind: received.kind,
            size_bytes: received.size_bytes,
            hash: received.hash.to_string(),
            held: true,
            way: bringing.way,
            brought_by: bringing.by.account?,
            by_name: bringing.by.name.clone(),
            by_staff: bringing.by.kind == "staff",
            brought_at: now,
            state: MaterialState::Quarantine,
            found: None,
            scanner: None,
            scanned_at: None,
            tries: 0,
            next_at: now,
            salt,
        })
    }

    /// The hash of its bytes; none where the row is damaged.
    pub fn content(&self) -> Option<Hash> {
        Hash::from_str(&self.hash).ok()
    }

    /// Whether its bytes may be shown to whoever may see what it lies with.
    pub fn is_shown(&self) -> bool {
        self.state == MaterialState::Clean && self.held
    }
}

/// When a scanner that did not answer is asked again, after so many times in vain; milliseconds.
pub(super) fn pause_ms(tries: u32) -> i64 {
    const FIRST: i64 = 3_000;
    const LONGEST: i64 = 60_000;
    (FIRST << tries.min(8)).min(LONGEST)
}

/// The sender's name for a file, without paths, control signs and tricks of direction; it ends as its bytes say.
pub fn clean_name(name: &str, kind: Kind) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let plain = |c: &char| !c.is_control() && !is_invisible(*c) && !r#"<>:"|?*%;"#.contains(*c);
    let stem: String = stem.chars().filter(plain).collect();
    let edge = |c: char| c == '.' || c.is_whitespace();
    let stem: String = stem.trim_start_matches(edge).chars().take(NAME).collect();
    let stem = stem.trim_end_matches(edge);
    let stem = if stem.is_empty() { "材料" } else { stem };
    format!("{stem}.{}", kind.ending())
}

/// Signs that are not seen and change how others are read.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// What files of one material of an item may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// Largest size; units of 1,048,576 bytes.
    pub file_mb: u32,
    /// How many files.
    pub files: u32,
    /// Largest picture, in millions of points.
    pub megapixels: u32,
}

impl Bounds {
    /// As the material says, else as the procedure does.
    pub fn of(listed: &catalog::Material, terms: &UploadTerms) -> Self {
        Self {
            file_mb: listed.file_mb.unwrap_or(terms.file_mb),
            files: listed.files.unwrap_or(terms.files),
            megapixels: terms.megapixels,
        }
    }

    /// The largest size in bytes.
    pub fn bytes(&self) -> u64 {
        u64::from(self.file_mb) * MB
    }

    /// Whether one more file has room beside those that are there; refused ones do not count, within reason.
    ///
    /// # Errors
    /// [`Flaw::Many`].
    pub fn room(&self, known: &[Material], material: &str) -> Result<(), Flaw> {
        let count = |of: fn(&&Material) -> bool| {
            let those = known.iter().filter(|m| m.material == material).filter(of);
            u32::try_from(those.count()).unwrap_or(u32::MAX)
        };
        let good = count(|m| m.state != MaterialState::Refused);
        let all = count(|_| true);
        let room = good < self.files && all < self.files.saturating_mul(REFUSED);
        if room { Ok(()) } else { Err(Flaw::Many(self.files)) }
    }
}

/// The pointer of a material among a form's fields.
pub fn pointer(material: &str) -> String {
    format!("/material/{material}")
}

/// What is wrong with a file, at its field.
pub fn field_error(material: &str, flaw: Flaw) -> FieldError {
    FieldError { pointer: pointer(material), code: flaw.code().to_owned(), message: flaw.told() }
}

/// Required materials of which no file is there, as errors of a form. A piece that may follow is not missing.
pub fn missing(item: &Item, known: &[Material]) -> Vec<FieldError> {
    let lacks = |listed: &&catalog::Material| listed.required && !listed.may_follow && !usable(&listed.id, known);
    let error = |listed: &catalog::Material| FieldError {
        pointer: pointer(&listed.id),
        code: "material.missing".to_owned(),
        message: Text::new(
            format!("请上传“{}”：PDF 文件，或者用手机拍照", listed.name.zh),
            format!("hand in {}: a PDF, or a photograph", listed.name.en),
        ),
    };
    item.uploads().filter(lacks).map(error).collect()
}

fn usable(material: &str, known: &[Material]) -> bool {
    known.iter().any(|m| m.material == material && m.state != MaterialState::Refused)
}

/// Whether a clean file of the material is there.
fn is_there(material: &str, known: &[Material]) -> bool {
    known.iter().any(|m| m.material == material && m.state == MaterialState::Clean)
}

/// Why the machine may not decide yet: a required material is not there, or nobody has called it clean.
pub fn hinders_machine(item: &Item, known: &[Material]) -> Option<Text> {
    let open = item.uploads().filter(|m| m.required && !is_there(&m.id, known));
    let (zh, en) = names(open)?;
    Some(Text::new(
        format!("要求的材料没有交齐，或者还没有通过安全检查：{zh}。转由工作人员核实"),
        format!("required materials are missing or not checked yet: {en}; a person looks into it"),
    ))
}

/// Why a person may not decide yet: a required material was handed in, and nobody has said whether it is clean.
pub fn hinders_person(item: &Item, known: &[Material]) -> Option<Text> {
    let waits = |id: &str| {
        known.iter().any(|m| m.material == id && m.state == MaterialState::Quarantine) && !is_there(id, known)
    };
    let (zh, en) = names(item.uploads().filter(|m| m.required && waits(&m.id)))?;
    Some(Text::new(
        format!("材料正在安全检查：{zh}。检查通过后才能作出决定；检查程序恢复后会自动继续，不用重新上传"),
        format!(
            "materials are being checked: {en}. The decision comes when they are clean; nothing need be sent again"
        ),
    ))
}

fn names<'a>(listed: impl Iterator<Item = &'a catalog::Material>) -> Option<(String, String)> {
    let (zh, en): (Vec<&str>, Vec<&str>) = listed.map(|m| (m.name.zh.as_str(), m.name.en.as_str())).unzip();
    (!zh.is_empty()).then(|| (zh.join("、"), en.join(", ")))
}
