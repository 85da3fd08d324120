//! A licence on paper: a PDF whose pages can be archived (PDF/A-3u), with the signed file attached, the code as vectors, its
//! fonts embedded, every word to be found and copied. Equal licences make equal bytes.
//!
//! No seal and no emblem is drawn. Whose seal may be printed, and where, is a rule of its own, and a picture of one proves
//! nothing: what proves is the code and the attached file, and the page says so.

mod draw;
mod fonts;
mod set;
#[cfg(test)]
mod tests;

use kernel::Moment;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::{Document, SerializeSettings};

use self::draw::{EDGES, PAGE, Pen, ROOMS};
use super::qr;
use super::view::Line;
pub use fonts::Fonts;

/// What is printed, in words.
#[derive(Clone, Debug)]
pub(crate) struct Paper {
    /// Its name.
    pub(crate) title: String,
    /// Its number, with the word for it.
    pub(crate) number: String,
    /// What it says.
    pub(crate) rows: Vec<Line>,
    /// Who issued it.
    pub(crate) agency: String,
    /// The day it was issued.
    pub(crate) issued_on: String,
    /// That it may not be used, and why; none where it may.
    pub(crate) stamp: Option<String>,
    /// That it is a specimen; none in production.
    pub(crate) specimen: Option<String>,
    /// What to do with the code.
    pub(crate) scan: String,
    /// Where it can be checked by its number.
    pub(crate) address: String,
    /// What the code says.
    pub(crate) check: String,
    /// How to tell that it is genuine.
    pub(crate) note: String,
    /// The head of further pages, without their number.
    pub(crate) further: String,
    /// The signed file: its name, what it is, its bytes.
    pub(crate) file: (String, String, Vec<u8>),
    /// When it was issued.
    pub(crate) issued_at: Moment,
    /// The language of its words, such as `zh-CN`.
    pub(crate) language: &'static str,
}

/// Why a licence is not printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unprintable {
    /// There is no font.
    #[error("no font")]
    NoFont,
    /// Characters that would be lost.
    #[error("no font has {0:?}")]
    Letters(Vec<char>),
    /// The writer of PDF refused.
    #[error("the PDF was not written: {0}")]
    Writer(String),
}

impl Paper {
    /// Every text that is drawn.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let rows = self.rows.iter().flat_map(|row| [row.label.as_str(), row.value.as_str()]);
        let own = [&self.title, &self.number, &self.agency, &self.issued_on, &self.scan, &self.address, &self.note];
        let more = [Some(&self.further), self.stamp.as_ref(), self.specimen.as_ref()];
        rows.chain(own.map(String::as_str)).chain(more.into_iter().flatten().map(String::as_str))
    }

    /// Writes the PDF. What lacks a glyph is found before anything is drawn, and named whole.
    pub(crate) fn to_pdf(&self, fonts: &Fonts) -> Result<Vec<u8>, Unprintable> {
        if !fonts.are_there() {
            return Err(Unprintable::NoFont);
        }
        let missing = fonts.missing(&self.texts().collect::<String>());
        if !missing.is_empty() {
            return Err(Unprintable::Letters(missing));
        }
        let rows = set::rows(fonts, &self.rows, EDGES.1 - EDGES.0, ROOMS)?;
        let mut document = Document::new_with(settings()?);
        self.pages(&mut document, fonts, &rows)?;
        let (name, what, bytes) = &self.file;
        let attached = EmbeddedFile {
            path: name.clone(),
            mime_type: MimeType::new("application/json"),
            description: Some(what.clone()),
            association_kind: AssociationKind::Source,
            data: bytes.clone().into(),
            modification_date: Some(time(self.issued_at)),
            compress: Some(true),
            location: None,
        };
        document.embed_file(attached).ok_or_else(|| Unprintable::Writer("the file cannot be attached".into()))?;
        document.set_metadata(self.metadata());
        document.finish().map_err(|error| Unprintable::Writer(format!("{error:?}")))
    }

    fn pages(&self, document: &mut Document, fonts: &Fonts, rows: &set::Rows) -> Result<(), Unprintable> {
        let code = qr::code(&self.check);
        for (number, lines) in rows.pages.iter().enumerate() {
            let size = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| Unprintable::Writer("a page".into()))?;
            let mut page = document.start_page_with(size);
            let mut surface = page.surface();
            let mut pen = Pen { surface: &mut surface, fonts };
            match number {
                0 => pen.first(self, rows, code.as_ref())?,
                _ => pen.further(&format!("{}{}/{}", self.further, number + 1, rows.pages.len()), lines, rows.size)?,
            }
            surface.finish();
            page.finish();
        }
        Ok(())
    }

    fn metadata(&self) -> Metadata {
        Metadata::new()
            .title(self.title.clone())
            .description(self.number.clone())
            .authors(vec![self.agency.clone()])
            .language(self.language.to_owned())
            .creator("Budayang".to_owned())
            .creation_date(time(self.issued_at))
            .document_id(format!("{}{}", self.number, self.stamp.as_deref().unwrap_or_default()))
    }
}

fn settings() -> Result<SerializeSettings, Unprintable> {
    let archived = ConfigurationBuilder::new().with_archival_validator(Archival::A3_U).finish();
    let configuration = archived.map_err(|error| Unprintable::Writer(format!("{error:?}")))?;
    Ok(SerializeSettings { configuration, ..SerializeSettings::default() })
}

/// A moment as clocks in China show it.
fn time(at: Moment) -> DateTime {
    let (date, time) = (at.date(), at.time());
    let small = |part: i8| u8::try_from(part).unwrap_or(0);
    DateTime::new(u16::try_from(date.year()).unwrap_or(0))
        .month(small(date.month()))
        .day(small(date.day()))
        .hour(small(time.hour()))
        .minute(small(time.minute()))
        .second(small(time.second()))
        .utc_offset_hour(8)
        .utc_offset_minute(0)
}
