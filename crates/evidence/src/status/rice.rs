//! Marked positions in a Rice code: of each gap the part above 2ᵏ in ones and a zero, the rest in k bits, then the mark in
//! three. With the best k this is within a few per cent of what any code could reach for positions drawn by chance.

use super::Mark;

/// Bits of a mark.
const MARK_BITS: u32 = 3;
/// The largest parameter: positions have 24 bits at most.
const LARGEST: u32 = 24;

/// The parameter and the bits of these marks, whose positions ascend. The last byte is filled with zeroes.
pub(super) fn write(marks: &[(u32, Mark)]) -> (u32, Vec<u8>) {
    let parameter = best(marks);
    (parameter, write_with(marks, parameter))
}

pub(super) fn write_with(marks: &[(u32, Mark)], parameter: u32) -> Vec<u8> {
    let mut bits = Bits::default();
    for (gap, mark) in gaps(marks) {
        for _ in 0..gap >> parameter {
            bits.push(1, 1);
        }
        bits.push(0, 1);
        bits.push(gap, parameter);
        bits.push(mark as u32, MARK_BITS);
    }
    bits.bytes
}

/// Reads exactly `count` marks, written with the best parameter for them.
pub(super) fn read(bytes: &[u8], parameter: u32, count: u32) -> Option<Vec<(u32, Mark)>> {
    if parameter > LARGEST {
        return None;
    }
    // Checked before anything is set aside for what the list says it holds.
    let least = u64::from(count) * u64::from(1 + parameter + MARK_BITS);
    if least > bytes.len() as u64 * 8 {
        return None;
    }
    let mut bits = Taken { bytes, at: 0 };
    let mut marks = Vec::with_capacity(count as usize);
    let mut next = 0_u32;
    for _ in 0..count {
        let mut above = 0_u32;
        while bits.take(1)? == 1 {
            above += 1;
        }
        let gap = above.checked_mul(1 << parameter)?.checked_add(bits.take(parameter)?)?;
        let index = next.checked_add(gap)?;
        marks.push((index, Mark::from_number(bits.take(MARK_BITS)?.into())?));
        next = index.checked_add(1)?;
    }
    (bits.is_filled() && best(&marks) == parameter).then_some(marks)
}

/// The parameter that takes the fewest bits; the smallest of equals.
fn best(marks: &[(u32, Mark)]) -> u32 {
    let bits = |parameter: u32| -> u64 {
        gaps(marks).map(|(gap, _)| u64::from(gap >> parameter) + u64::from(parameter)).sum()
    };
    (0..=LARGEST).min_by_key(|parameter| bits(*parameter)).unwrap_or(0)
}

/// How many unmarked positions stand before each marked one.
fn gaps(marks: &[(u32, Mark)]) -> impl Iterator<Item = (u32, Mark)> + '_ {
    let before = std::iter::once(0).chain(marks.iter().map(|(index, _)| index + 1));
    marks.iter().zip(before).map(|((index, mark), before)| (index - before, *mark))
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    free: u32,
}

impl Bits {
    /// Appends the lowest `count` bits of `number`, the highest of them first.
    fn push(&mut self, number: u32, count: u32) {
        for at in (0..count).rev() {
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            self.free -= 1;
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((number >> at & 1) as u8) << self.free;
            }
        }
    }
}

struct Taken<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Taken<'_> {
    fn take(&mut self, count: u32) -> Option<u32> {
        let mut number = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            number = number << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(number)
    }

    /// Whether nothing but the zeroes that fill the last byte is left.
    fn is_filled(&mut self) -> bool {
        let left = self.bytes.len() * 8 - self.at;
        left < 8 && (0..left).all(|_| self.take(1) == Some(0))
    }
}
