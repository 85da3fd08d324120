//! The fonts that licences are printed with: open ones with Chinese, found on the machine and tried in their order, character
//! by character. A file is read when the first character wants it.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use krilla::Data;
use krilla::text::Font;
use skrifa::instance::{LocationRef, Size};
use skrifa::raw::FileRef;
use skrifa::string::StringId;
use skrifa::{FontRef, MetadataProvider as _};

use super::Unprintable;

/// Where Debian's packages fonts-noto-cjk and fonts-lxgw-wenkai put theirs, both under the SIL Open Font License.
const USUAL: [&str; 3] = [
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
];

/// The fonts an office prints with.
#[derive(Debug)]
pub struct Fonts(Vec<Slot>);

#[derive(Debug)]
struct Slot {
    file: PathBuf,
    face: OnceLock<Option<Face>>,
}

#[derive(Debug)]
struct Face {
    bytes: Arc<Vec<u8>>,
    index: u32,
    font: Font,
    units: f32,
}

/// A character as it is set.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Glyph {
    /// The character.
    pub(super) letter: char,
    /// The number of its font.
    pub(super) font: usize,
    /// Its number in that font.
    pub(super) id: u32,
    /// Its width, in parts of the size it is set in.
    pub(super) advance: f32,
}

/// The usual places.
pub(super) fn usual() -> Vec<PathBuf> {
    USUAL.map(PathBuf::from).into()
}

impl Default for Fonts {
    fn default() -> Self {
        Self::of(usual())
    }
}

impl Fonts {
    /// Those in these files, first the one that is asked first.
    pub fn of(files: Vec<PathBuf>) -> Self {
        Self(files.into_iter().map(|file| Slot { file, face: OnceLock::new() }).collect())
    }

    /// Whether any of the files is there and is a font.
    pub fn are_there(&self) -> bool {
        (0..self.0.len()).any(|number| self.face(number).is_some())
    }

    /// The characters of a text that would be lost on paper, each once: no font has them, or nobody would see them.
    pub fn missing(&self, text: &str) -> Vec<char> {
        let mut missing = Vec::new();
        for letter in text.chars().filter(|letter| !matches!(letter, '\n' | '\r')) {
            if !missing.contains(&letter) && (is_hidden(letter) || self.find(letter).is_none()) {
                missing.push(letter);
            }
        }
        missing
    }

    /// A text, set in one line.
    pub(super) fn set(&self, text: &str) -> Result<Vec<Glyph>, Unprintable> {
        if !self.are_there() {
            return Err(Unprintable::NoFont);
        }
        let set: Vec<Glyph> = text.chars().filter_map(|letter| self.find(letter)).collect();
        if set.len() == text.chars().count() { Ok(set) } else { Err(Unprintable::Letters(self.missing(text))) }
    }

    /// The font with this number, to be embedded.
    pub(super) fn font(&self, number: usize) -> Option<Font> {
        Some(self.face(number)?.font.clone())
    }

    fn find(&self, letter: char) -> Option<Glyph> {
        (0..self.0.len()).find_map(|number| {
            let (id, advance) = self.face(number)?.glyph(letter)?;
            Some(Glyph { letter, font: number, id, advance })
        })
    }

    fn face(&self, number: usize) -> Option<&Face> {
        let Slot { file, face } = self.0.get(number)?;
        let read = || std::fs::read(file).ok().and_then(Face::read);
        face.get_or_init(read).as_ref()
    }
}

impl Face {
    fn read(bytes: Vec<u8>) -> Option<Self> {
        let index = index(&bytes)?;
        let bytes = Arc::new(bytes);
        let font = Font::new(Data::from(Arc::clone(&bytes)), index)?;
        let units = font.units_per_em();
        Some(Self { bytes, index, font, units })
    }

    fn glyph(&self, letter: char) -> Option<(u32, f32)> {
        let font = FontRef::from_index(&self.bytes, self.index).ok()?;
        let id = font.charmap().map(letter).filter(|id| id.to_u32() != 0)?;
        let advance = font.glyph_metrics(Size::unscaled(), LocationRef::default()).advance_width(id)?;
        Some((id.to_u32(), advance / self.units))
    }
}

/// Which font of a collection: the one for simplified Chinese, whose forms differ from those for Japan and Korea.
fn index(bytes: &[u8]) -> Option<u32> {
    let FileRef::Collection(all) = FileRef::new(bytes).ok()? else { return Some(0) };
    let is_simplified = |index: &u32| {
        let names = all.get(*index).ok().map(|font| font.localized_strings(StringId::FAMILY_NAME));
        let name = names.and_then(|names| names.english_or_first()).map(|name| name.to_string());
        name.is_some_and(|name| name.ends_with(" SC"))
    };
    (0..all.len()).find(is_simplified).or(Some(0)).filter(|index| *index < all.len())
}

/// What takes no room on paper, or turns the direction of writing: two names that differ only in it look the same.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}
