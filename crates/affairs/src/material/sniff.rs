//! What a file is, told by its bytes alone: neither its name nor what a browser calls it is believed.
//!
//! Bytes are looked at as they come, each once, so that nothing is kept in memory: a picture is walked part by part to its
//! end, a PDF is looked through. What stands behind the end of a picture (other pictures, films, a camera's notes, or a second
//! file in disguise) is cut off; what begins like a page, an archive or a program is refused.
//!
//! Sources: ITU-T T.81 annex B (JPEG), the PNG specification (third edition, chapters 5 and 11), ISO 32000-1, 7.5 (PDF).

use std::borrow::Cow;

use kernel::Text;

/// What may be handed in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// A document.
    Pdf,
    /// A photograph or a scan.
    Jpeg,
    /// A picture without loss.
    Png,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pdf, Self::Jpeg, Self::Png];

    /// The word in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpeg",
            Self::Png => "png",
        }
    }

    /// Reads [`Kind::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The media type it is sent with.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// The ending of its name.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }

    /// Whether a page can show it.
    pub const fn is_picture(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png)
    }
}

/// Why a file is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flaw {
    /// There is nothing in it.
    Empty,
    /// None of the kinds that may be handed in.
    Unknown,
    /// A page or a drawing that a browser would carry out.
    Markup,
    /// A photograph in the iPhone's own form.
    Heic,
    /// An archive, an Office or OFD document.
    Archive,
    /// It breaks off, or its parts do not fit together.
    Broken,
    /// A picture behind whose end another file begins.
    Double,
    /// A document with programs in it.
    Active,
    /// A picture of more points than a page can show.
    Points(u32),
    /// Larger than it may be; units of 1,048,576 bytes.
    Large(u32),
    /// One file more than there may be.
    Many(u32),
}

impl Flaw {
    /// For programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "material.empty",
            Self::Unknown => "material.type",
            Self::Markup => "material.markup",
            Self::Heic => "material.heic",
            Self::Archive => "material.archive",
            Self::Broken => "material.broken",
            Self::Double => "material.double",
            Self::Active => "material.active",
            Self::Points(_) => "material.points",
            Self::Large(_) => "material.size",
            Self::Many(_) => "material.count",
        }
    }

    /// What is wrong, and how to mend it.
    pub fn told(self) -> Text {
        let kinds = "请上传 PDF 文件或者 JPEG、PNG 图片";
        let say = |zh: &str, en: &str| Text::new(zh, en);
        match self {
            Self::Empty => say("文件是空的，请重新选择", "the file is empty; choose it again"),
            Self::Unknown => {
                Text::new(format!("看不出是什么文件。{kinds}"), "not a kind we take; send a PDF, a JPEG or a PNG")
            }
            Self::Markup => Text::new(
                format!("这是网页或者矢量图，不能上传。{kinds}"),
                "a web page or a drawing that runs in a browser; send a PDF, a JPEG or a PNG",
            ),
            Self::Heic => say(
                "这是 HEIC 照片。请在手机“设置—相机—格式”中选“兼容性最佳”后重拍，或者截屏后上传",
                "a HEIC photograph; choose Settings, Camera, Formats, Most Compatible and take it again, or send a screenshot",
            ),
            Self::Archive => say(
                "这是压缩包或者 Word、Excel、OFD 文件。请另存为 PDF，或者拍照上传",
                "an archive, an Office or an OFD document; save it as PDF, or photograph it",
            ),
            Self::Broken => say(
                "文件不完整或者已经损坏。请重新扫描、拍照或者导出后再上传",
                "the file breaks off or is damaged; scan, photograph or export it again",
            ),
            Self::Double => say(
                "图片后面还藏着另一个文件，不能上传。请重新拍照，或者截屏后上传",
                "another file hides behind the picture; photograph it again, or send a screenshot",
            ),
            Self::Active => say(
                "这个 PDF 里有程序。请打印成新的 PDF，或者拍照上传",
                "the PDF has programs in it; print it to a new PDF, or photograph it",
            ),
            Self::Points(most) => Text::new(
                format!("图片超过 {most} 百万像素。请用较低的分辨率重新扫描或者拍照"),
                format!("more than {most} megapixels; scan or photograph it at a lower resolution"),
            ),
            Self::Large(most) => Text::new(
                format!("文件超过 {most} MB。请压缩、降低扫描分辨率（200 DPI 足够）或者分成几个文件"),
                format!("larger than {most} MB; compress it, scan at 200 DPI, or send it in parts"),
            ),
            Self::Many(most) => Text::new(
                format!("这种材料最多 {most} 个文件。请先去掉不用的，或者合成一个 PDF"),
                format!("{most} files at most; take one away first, or put them into one PDF"),
            ),
        }
    }
}

/// Bytes from the front within which browsers look for markup, and from which the kind is told.
const HEAD: usize = 1_024;
/// Bytes from the end within which a PDF must say that it ends.
const END: usize = 1_024;
/// The longest sign that is looked for in a PDF, less one.
const OVERLAP: usize = 16;

/// Looks at one file.
#[derive(Debug)]
pub struct Sniffer {
    /// The first bytes, until the kind is told.
    head: Vec<u8>,
    walk: Option<Walk>,
    /// The first bytes behind the end of a picture.
    behind: Vec<u8>,
    megapixels: u32,
}

#[derive(Debug)]
enum Walk {
    Pdf(Pdf),
    Jpeg(Jpeg),
    Png(Png),
}

impl Sniffer {
    /// A sniffer for pictures of at most so many millions of points.
    pub const fn new(megapixels: u32) -> Self {
        Self { head: Vec::new(), walk: None, behind: Vec::new(), megapixels }
    }

    /// The next bytes. Gives those that belong to the file; the first [`HEAD`] come together, once the kind is told.
    ///
    /// # Errors
    /// The first flaw: the rest need not be looked at.
    pub fn feed<'b>(&mut self, bytes: &'b [u8]) -> Result<Cow<'b, [u8]>, Flaw> {
        if self.walk.is_some() {
            let kept = self.walked(bytes)?;
            return Ok(bytes[..kept].into());
        }
        self.head.extend_from_slice(bytes);
        if self.head.len() < HEAD { Ok(Vec::new().into()) } else { Ok(self.begin()?.into()) }
    }

    /// The end: what was still held back, and the kind.
    ///
    /// # Errors
    /// What is wrong with the file as a whole.
    pub fn finish(mut self) -> Result<(Vec<u8>, Kind), Flaw> {
        let held = if self.walk.is_none() { self.begin()? } else { Vec::new() };
        hides_a_file(&self.behind)?;
        match self.walk {
            Some(Walk::Pdf(pdf)) => pdf.finish().map(|()| (held, Kind::Pdf)),
            Some(Walk::Jpeg(jpeg)) if jpeg.at == JpegAt::Done => Ok((held, Kind::Jpeg)),
            Some(Walk::Png(png)) if png.at == PngAt::Done => Ok((held, Kind::Png)),
            _ => Err(Flaw::Broken),
        }
    }

    /// The kind is told by the first bytes, and these are walked.
    fn begin(&mut self) -> Result<Vec<u8>, Flaw> {
        let mut head = std::mem::take(&mut self.head);
        self.walk = Some(match kind_of(&head)? {
            Kind::Pdf => Walk::Pdf(Pdf::default()),
            Kind::Jpeg => Walk::Jpeg(Jpeg::default()),
            Kind::Png => Walk::Png(Png::default()),
        });
        let kept = self.walked(&head)?;
        head.truncate(kept);
        Ok(head)
    }

    fn walked(&mut self, bytes: &[u8]) -> Result<usize, Flaw> {
        let most = u64::from(self.megapixels).saturating_mul(1_000_000);
        let kept = match self.walk.as_mut() {
            Some(Walk::Pdf(pdf)) => return pdf.feed(bytes).map(|()| bytes.len()),
            Some(Walk::Jpeg(jpeg)) => jpeg.feed(bytes, most),
            Some(Walk::Png(png)) => png.feed(bytes, most),
            None => Ok(0),
        };
        let kept = kept.map_err(|flaw| match flaw {
            Flaw::Points(_) => Flaw::Points(self.megapixels),
            other => other,
        })?;
        let room = HEAD.saturating_sub(self.behind.len());
        self.behind.extend(bytes[kept..].iter().take(room));
        Ok(kept)
    }
}

fn kind_of(head: &[u8]) -> Result<Kind, Flaw> {
    if head.is_empty() {
        return Err(Flaw::Empty);
    }
    let head = &head[..head.len().min(HEAD)];
    let starts = |sign: &[u8]| head.starts_with(sign);
    let kind = if starts(b"%PDF-") {
        Some(Kind::Pdf)
    } else if starts(&[0xFF, 0xD8, 0xFF]) {
        Some(Kind::Jpeg)
    } else if starts(&PNG) {
        Some(Kind::Png)
    } else {
        None
    };
    if is_markup(head) {
        return Err(Flaw::Markup);
    }
    match kind {
        Some(kind) => Ok(kind),
        None if is_heic(head) => Err(Flaw::Heic),
        None if is_archive(head) => Err(Flaw::Archive),
        None => Err(Flaw::Unknown),
    }
}

/// Whether a browser that guesses could take it for a page.
fn is_markup(bytes: &[u8]) -> bool {
    const SIGNS: [&[u8]; 8] =
        [b"<script", b"<html", b"<svg", b"<!doctype", b"<?php", b"<iframe", b"<body", b"javascript:"];
    let lower = bytes.to_ascii_lowercase();
    SIGNS.iter().any(|sign| holds(&lower, sign))
}

fn is_heic(bytes: &[u8]) -> bool {
    const BRANDS: [&[u8]; 6] = [b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif"];
    bytes.get(4..8) == Some(b"ftyp") && bytes.get(8..12).is_some_and(|brand| BRANDS.contains(&brand))
}

fn is_archive(bytes: &[u8]) -> bool {
    const SIGNS: [&[u8]; 5] = [b"PK\x03\x04", b"Rar!", b"7z\xBC\xAF", b"\x1F\x8B", b"\xD0\xCF\x11\xE0"];
    SIGNS.iter().any(|sign| bytes.starts_with(sign))
}

/// Behind a picture's end only what cameras write there may stand; it is cut off.
fn hides_a_file(behind: &[u8]) -> Result<(), Flaw> {
    let begins = behind.iter().position(|b| !b.is_ascii_whitespace() && *b != 0).map_or(&[][..], |at| &behind[at..]);
    let program = [&b"MZ"[..], b"\x7FELF", b"#!", b"%PDF-", b"<"].iter().any(|sign| begins.starts_with(sign));
    if program || is_archive(begins) || is_markup(behind) { Err(Flaw::Double) } else { Ok(()) }
}

/// Whether a name stands there by which a PDF carries out something when it is opened.
fn names_program(bytes: &[u8]) -> bool {
    const PROGRAMS: [&[u8]; 3] = [b"/JavaScript", b"/Launch", b"/RichMedia"];
    let named = |n: usize| PROGRAMS.iter().any(|name| bytes[n..].starts_with(name));
    bytes.iter().enumerate().any(|(n, byte)| *byte == b'/' && named(n))
}

fn holds(bytes: &[u8], sign: &[u8]) -> bool {
    bytes.windows(sign.len()).any(|window| window == sign)
}

/// The last bytes seen, in which ends and signs across two lots of bytes are found.
#[derive(Debug, Default)]
struct Pdf {
    last: Vec<u8>,
}

impl Pdf {
    fn feed(&mut self, bytes: &[u8]) -> Result<(), Flaw> {
        let seam = [&self.last[self.last.len().saturating_sub(OVERLAP)..], &bytes[..bytes.len().min(OVERLAP)]].concat();
        if names_program(&seam) || names_program(bytes) {
            return Err(Flaw::Active);
        }
        self.last.extend_from_slice(&bytes[bytes.len().saturating_sub(END)..]);
        let old = self.last.len().saturating_sub(END);
        self.last.drain(..old);
        Ok(())
    }

    fn finish(&self) -> Result<(), Flaw> {
        if holds(&self.last, b"%%EOF") { Ok(()) } else { Err(Flaw::Broken) }
    }
}

/// Where in a JPEG the next byte stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum JpegAt {
    /// The first two bytes.
    #[default]
    Start,
    StartSecond,
    /// The byte FF before a marker.
    Before,
    /// The marker itself.
    Marker,
    /// The two bytes of a part's length.
    LengthHigh(u8),
    LengthLow(u8, u8),
    /// Within a part: its marker, what is left of it.
    Part(u8, u32),
    /// The compressed picture, and the byte after an FF in it.
    Scan,
    ScanFf,
    Done,
}

#[derive(Debug, Default)]
struct Jpeg {
    at: JpegAt,
    /// The first bytes of a frame header: precision, height, width.
    frame: Vec<u8>,
    /// Whether the size was told and a scan seen.
    sized: bool,
    scanned: bool,
}

impl Jpeg {
    fn feed(&mut self, bytes: &[u8], most: u64) -> Result<usize, Flaw> {
        for (n, byte) in bytes.iter().enumerate() {
            if self.at == JpegAt::Done {
                return Ok(n);
            }
            self.at = self.step(*byte, most)?;
        }
        Ok(bytes.len())
    }

    fn step(&mut self, byte: u8, most: u64) -> Result<JpegAt, Flaw> {
        Ok(match (self.at, byte) {
            (JpegAt::Start, 0xFF) => JpegAt::StartSecond,
            (JpegAt::StartSecond, 0xD8) => JpegAt::Before,
            (JpegAt::Before | JpegAt::Marker, 0xFF) => JpegAt::Marker,
            (JpegAt::Marker, marker) => self.marker(marker)?,
            (JpegAt::LengthHigh(marker), high) => JpegAt::LengthLow(marker, high),
            (JpegAt::LengthLow(marker, high), low) => {
                let length = u32::from(u16::from_be_bytes([high, low]));
                match length.checked_sub(2) {
                    None => return Err(Flaw::Broken),
                    Some(0) => after(marker),
                    Some(left) => JpegAt::Part(marker, left),
                }
            }
            (JpegAt::Part(marker, left), byte) => {
                if is_frame(marker) && self.frame.len() < 5 {
                    self.frame.push(byte);
                    self.size(most)?;
                }
                if left == 1 { after(marker) } else { JpegAt::Part(marker, left - 1) }
            }
            (JpegAt::Scan, 0xFF) => JpegAt::ScanFf,
            (JpegAt::Scan, _) => JpegAt::Scan,
            // A stuffed byte, a restart, a filling byte.
            (JpegAt::ScanFf, 0x00 | 0xD0..=0xD7) => JpegAt::Scan,
            (JpegAt::ScanFf, 0xFF) => JpegAt::ScanFf,
            (JpegAt::ScanFf, marker) => self.marker(marker)?,
            _ => return Err(Flaw::Broken),
        })
    }

    fn marker(&mut self, marker: u8) -> Result<JpegAt, Flaw> {
        match marker {
            0xD9 if self.sized && self.scanned => Ok(JpegAt::Done),
            // A marker without a part, or none at all.
            0x00 | 0xD8 | 0xD9 => Err(Flaw::Broken),
            0x01 | 0xD0..=0xD7 => Ok(JpegAt::Before),
            0xDA => {
                self.scanned = true;
                Ok(JpegAt::LengthHigh(marker))
            }
            _ => Ok(JpegAt::LengthHigh(marker)),
        }
    }

    fn size(&mut self, most: u64) -> Result<(), Flaw> {
        let [_, h1, h2, w1, w2] = self.frame[..] else { return Ok(()) };
        let (height, width) = (u16::from_be_bytes([h1, h2]), u16::from_be_bytes([w1, w2]));
        self.sized = true;
        // A height of nothing is told later in the file, which nobody writes any more.
        within(u64::from(width), u64::from(height), most)
    }
}

/// After a part comes the next marker; after the head of a scan the scan.
fn after(marker: u8) -> JpegAt {
    if marker == 0xDA { JpegAt::Scan } else { JpegAt::Before }
}

/// The markers that tell how large the picture is.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
}

fn within(width: u64, height: u64, most: u64) -> Result<(), Flaw> {
    match width.checked_mul(height) {
        Some(0) => Err(Flaw::Broken),
        Some(points) if points <= most => Ok(()),
        _ => Err(Flaw::Points(0)),
    }
}

const PNG: [u8; 8] = [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A];

/// Where in a PNG the next byte stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum PngAt {
    /// The signature.
    #[default]
    Sign,
    /// Length and type of a part: eight bytes.
    Head,
    /// What is left of a part and its check sum.
    Part(u64),
    Done,
}

#[derive(Debug, Default)]
struct Png {
    at: PngAt,
    /// The bytes of the signature or of a part's head, as far as they came; of the first part also its width and height.
    read: Vec<u8>,
    /// The type of the part at hand.
    kind: [u8; 4],
    sized: bool,
    filled: bool,
}

impl Png {
    fn feed(&mut self, bytes: &[u8], most: u64) -> Result<usize, Flaw> {
        for (n, byte) in bytes.iter().enumerate() {
            match self.at {
                PngAt::Done => return Ok(n),
                PngAt::Sign | PngAt::Head => self.head(*byte)?,
                PngAt::Part(left) => self.part(*byte, left, most)?,
            }
        }
        Ok(bytes.len())
    }

    fn head(&mut self, byte: u8) -> Result<(), Flaw> {
        self.read.push(byte);
        let Ok(read) = <[u8; 8]>::try_from(&self.read[..]) else { return Ok(()) };
        self.read.clear();
        if self.at == PngAt::Sign {
            self.at = PngAt::Head;
            return if read == PNG { Ok(()) } else { Err(Flaw::Broken) };
        }
        let [l1, l2, l3, l4, kind @ ..] = read;
        let length = u32::from_be_bytes([l1, l2, l3, l4]);
        let first = !self.sized;
        let fits = match &kind {
            b"IHDR" => first && length == 13,
            b"IDAT" => !first && length < 1 << 31,
            b"IEND" => !first && length == 0 && self.filled,
            other => !first && length < 1 << 31 && other.iter().all(u8::is_ascii_alphabetic),
        };
        if !fits {
            return Err(Flaw::Broken);
        }
        self.filled |= &kind == b"IDAT" && length > 0;
        self.kind = kind;
        // Four bytes of check sum follow.
        self.at = PngAt::Part(u64::from(length) + 4);
        Ok(())
    }

    fn part(&mut self, byte: u8, left: u64, most: u64) -> Result<(), Flaw> {
        if &self.kind == b"IHDR" && !self.sized {
            self.read.push(byte);
            if let Ok([w1, w2, w3, w4, h1, h2, h3, h4]) = <[u8; 8]>::try_from(&self.read[..]) {
                self.sized = true;
                let (width, height) = (u32::from_be_bytes([w1, w2, w3, w4]), u32::from_be_bytes([h1, h2, h3, h4]));
                within(u64::from(width), u64::from(height), most)?;
            }
        }
        self.at = match left {
            1 => {
                self.read.clear();
                if &self.kind == b"IEND" { PngAt::Done } else { PngAt::Head }
            }
            _ => PngAt::Part(left - 1),
        };
        Ok(())
    }
}
