//! The corner of CBOR (RFC 8949) that compact documents use: whole numbers, byte strings, texts, lists and one map with
//! whole numbers as keys. Reading takes the deterministic form of section 4.2.1 only: every number in its shortest head,
//! every length definite, keys ascending. So a document has one spelling, and whoever reads it can write it again.

use super::Fault;

/// A kind of item in CBOR: the upper three bits of its head.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Major {
    Whole = 0,
    Bytes = 2,
    Text = 3,
    List = 4,
    Map = 5,
}

/// Writes items one after another.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    /// A document: a map of `count` fields, whose keys the caller writes in ascending order.
    pub(crate) fn map(count: u64) -> Self {
        let mut writer = Self::default();
        writer.head(Major::Map, count);
        writer
    }

    /// What was written.
    pub(crate) fn done(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn whole(&mut self, number: u64) -> &mut Self {
        self.head(Major::Whole, number);
        self
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(Major::Bytes, bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.head(Major::Text, text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    pub(crate) fn list(&mut self, count: u64) -> &mut Self {
        self.head(Major::List, count);
        self
    }

    fn head(&mut self, major: Major, number: u64) {
        let kind = (major as u8) << 5;
        let bytes = number.to_be_bytes();
        let (short, width) = match number {
            0..=23 => (bytes[7], 0),
            24..=0xff => (24, 1),
            0x100..=0xffff => (25, 2),
            0x1_0000..=0xffff_ffff => (26, 4),
            _ => (27, 8),
        };
        self.0.push(kind | short);
        self.0.extend_from_slice(&bytes[8 - width..]);
    }
}

/// Reads items one after another.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn whole(&mut self) -> Result<u64, Fault> {
        self.head(Major::Whole)
    }

    /// A whole number that fits 32 bits.
    pub(crate) fn small(&mut self) -> Result<u32, Fault> {
        let at = self.at;
        u32::try_from(self.whole()?).map_err(|_| Fault::Unexpected(at))
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Fault> {
        let count = self.head(Major::Bytes)?;
        self.take(count)
    }

    /// A byte string of exactly `N` bytes.
    pub(crate) fn exactly<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let at = self.at;
        self.bytes()?.try_into().map_err(|_| Fault::Unexpected(at))
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Fault> {
        let count = self.head(Major::Text)?;
        let at = self.at;
        std::str::from_utf8(self.take(count)?).map_err(|error| Fault::NotUtf8(at + error.valid_up_to()))
    }

    /// The head of a list of exactly `count` items.
    pub(crate) fn list(&mut self, count: u64) -> Result<(), Fault> {
        let at = self.at;
        if self.head(Major::List)? == count { Ok(()) } else { Err(Fault::Unexpected(at)) }
    }

    fn head(&mut self, major: Major) -> Result<u64, Fault> {
        let at = self.at;
        let first = self.take(1)?[0];
        if first >> 5 != major as u8 {
            return Err(Fault::Unexpected(at));
        }
        let (width, least) = match first & 31 {
            short @ 0..=23 => return Ok(short.into()),
            24 => (1, 24),
            25 => (2, 0x100),
            26 => (4, 0x1_0000),
            27 => (8, 0x1_0000_0000),
            _ => return Err(Fault::Unexpected(at)),
        };
        let number = self.take(width)?.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        if number < least { Err(Fault::NotShortest(at)) } else { Ok(number) }
    }

    fn take(&mut self, count: u64) -> Result<&'a [u8], Fault> {
        let count = usize::try_from(count).map_err(|_| Fault::Cut)?;
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len()).ok_or(Fault::Cut)?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }
}

/// Reads the one map a document is, field by field in ascending order of the keys.
pub(crate) struct Fields<'a> {
    reader: Reader<'a>,
    left: u64,
    next: Option<u64>,
}

impl<'a> Fields<'a> {
    /// Opens the map.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut reader = Reader { bytes, at: 0 };
        let left = reader.head(Major::Map)?;
        let mut fields = Self { reader, left, next: None };
        fields.advance(None)?;
        Ok(fields)
    }

    /// The field `key`, which must be there.
    pub(crate) fn required<T>(
        &mut self,
        key: u64,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.optional(key, read)?.ok_or(Fault::MissingField(key))
    }

    /// The field `key`, where it is there.
    pub(crate) fn optional<T>(
        &mut self,
        key: u64,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        match self.next {
            Some(next) if next == key => {
                let value = read(&mut self.reader)?;
                self.advance(Some(key))?;
                Ok(Some(value))
            }
            Some(next) if next < key => Err(Fault::UnknownField(next)),
            _ => Ok(None),
        }
    }

    /// Closes the map: nothing unknown in it, nothing behind it.
    pub(crate) fn end(self) -> Result<(), Fault> {
        match (self.next, self.reader.bytes.len() - self.reader.at) {
            (Some(key), _) => Err(Fault::UnknownField(key)),
            (None, 0) => Ok(()),
            (None, behind) => Err(Fault::Trailing(behind)),
        }
    }

    fn advance(&mut self, last: Option<u64>) -> Result<(), Fault> {
        self.next = None;
        if self.left > 0 {
            self.left -= 1;
            let key = self.reader.whole()?;
            if last.is_some_and(|last| key <= last) {
                return Err(Fault::KeyOrder(key));
            }
            self.next = Some(key);
        }
        Ok(())
    }
}
