//! Tighter spellings of what a licence carries most of: its identifier, Chinese words, days. Each value has exactly one.

use kernel::code::LICENCE_ROOT;
use kernel::{Date, LicenceCode, Moment, Uscc};

/// The letters of an identifier and the dot between its parts: 37, and 37³ is less than 2¹⁶, so that three of them take
/// two bytes.
const LETTERS: &[u8; 37] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.";

const DAY_MS: i64 = 86_400_000;
/// The last day a licence may name, counted from 1970-01-01: in the year 2243.
const LAST_DAY: u64 = 100_000;

/// The identifier without its root and its check character, which follow from the rest.
pub(super) fn pack_code(code: &LicenceCode) -> Option<Vec<u8>> {
    let body = code.as_str().strip_prefix(LICENCE_ROOT)?.strip_prefix('.')?;
    let (body, _) = body.rsplit_once('.')?;
    let mut letters: Vec<u16> = body.bytes().map(value).collect::<Option<_>>()?;
    while !letters.len().is_multiple_of(3) {
        letters.push(36);
    }
    let pairs = letters.chunks(3).map(|three| (three[0] * 37 + three[1]) * 37 + three[2]);
    Some(pairs.flat_map(u16::to_be_bytes).collect())
}

/// Reads what [`pack_code`] wrote, and nothing else.
pub(super) fn unpack_code(bytes: &[u8]) -> Option<LicenceCode> {
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let mut text = String::new();
    for pair in bytes.chunks(2) {
        let number = usize::from(u16::from_be_bytes([pair[0], pair[1]]));
        let three = [number / (37 * 37), number / 37 % 37, number % 37];
        for letter in three {
            text.push(char::from(*LETTERS.get(letter)?));
        }
    }
    let parts: Vec<&str> = text.trim_end_matches('.').split('.').collect();
    let [kind, issuer, serial, version] = parts[..] else { return None };
    let code = LicenceCode::generate(kind, &Uscc::parse(issuer).ok()?, serial, version.parse().ok()?).ok()?;
    // One spelling: the padding is as short as it can be, the version has its three digits.
    (pack_code(&code)? == bytes).then_some(code)
}

fn value(letter: u8) -> Option<u16> {
    LETTERS.iter().position(|other| *other == letter).and_then(|at| u16::try_from(at).ok())
}

/// Words in UTF-16, big-endian: two bytes for a Chinese character where UTF-8 takes three.
pub(super) fn pack_words(words: &str) -> Vec<u8> {
    words.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// Reads words; half a character or half a pair is none.
pub(super) fn unpack_words(bytes: &[u8]) -> Option<String> {
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let units = bytes.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    char::decode_utf16(units).collect::<Result<_, _>>().ok()
}

/// Whether words can be printed and compared by eye: some, not too many, no control characters, no marks without width
/// and none that turn the direction of writing.
pub(super) fn are_plain(words: &str, longest: usize) -> bool {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e007f}')
    };
    let outside = words.starts_with(char::is_whitespace) || words.ends_with(char::is_whitespace);
    !words.is_empty() && words.chars().count() <= longest && !outside && !words.chars().any(hidden)
}

/// A date as days since 1970-01-01.
pub(super) fn pack_date(date: Date) -> Option<u64> {
    // The first moment of a date in China lies eight hours before that of Greenwich.
    let days = (Moment::start_of(date).ms() + DAY_MS / 3).div_euclid(DAY_MS);
    u64::try_from(days).ok().filter(|days| *days <= LAST_DAY)
}

/// Days since 1970-01-01 as a date.
pub(super) fn unpack_date(days: u64) -> Option<Date> {
    let days = i64::try_from(days).ok().filter(|_| days <= LAST_DAY)?;
    Some(Moment::from_ms(days * DAY_MS).date())
}

/// A moment as whole seconds since 1970.
pub(crate) fn pack_moment(moment: Moment) -> Option<u32> {
    if moment.ms().rem_euclid(1000) == 0 { u32::try_from(moment.ms() / 1000).ok() } else { None }
}

/// Whole seconds since 1970 as a moment.
pub(crate) fn unpack_moment(seconds: u32) -> Moment {
    Moment::from_ms(i64::from(seconds) * 1000)
}
