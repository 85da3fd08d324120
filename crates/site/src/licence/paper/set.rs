//! Where the words of a licence come to stand: lines that fit their column, in the largest size in which everything fits one
//! page, and further pages where even the smallest does not.

use super::Unprintable;
use super::fonts::{Fonts, Glyph};
use crate::licence::view::Line;

/// Sizes of the rows, largest first; points.
const SIZES: [f32; 6] = [15.0, 14.0, 13.0, 12.0, 11.0, 10.0];
/// From line to line, in parts of the size.
pub(super) const LEADING: f32 = 1.5;
/// Between two rows, in parts of the size.
const GAP: f32 = 0.55;
/// Width of the column of labels, in parts of the size; what is longer goes over more lines.
pub(super) const LABELS: f32 = 7.0;
/// What does not stand at the beginning of a line.
const CLOSING: &str = "，。、；：？！）》」』】〉”’…—,.;:?!)]}%";
/// What does not stand at its end.
const OPENING: &str = "（《「『【〈“‘([{";

/// One line of a row: its label, on the row's first lines, and its value.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct SetLine {
    pub(super) label: Vec<Glyph>,
    pub(super) value: Vec<Glyph>,
    /// Room above it; points.
    pub(super) above: f32,
}

/// The rows as they are set.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Rows {
    /// Their size; points.
    pub(super) size: f32,
    /// The lines of each page.
    pub(super) pages: Vec<Vec<SetLine>>,
}

/// Sets the rows into a column of `width`: into `first` points of height on the first page, `other` on every further one.
pub(super) fn rows(fonts: &Fonts, lines: &[Line], width: f32, rooms: (f32, f32)) -> Result<Rows, Unprintable> {
    let mut found = Rows { size: 0.0, pages: Vec::new() };
    for size in SIZES {
        found = Rows { size, pages: paged(flat(fonts, lines, size, width)?, size, rooms) };
        if found.pages.len() == 1 {
            break;
        }
    }
    Ok(found)
}

fn flat(fonts: &Fonts, lines: &[Line], size: f32, width: f32) -> Result<Vec<SetLine>, Unprintable> {
    let mut all = Vec::new();
    for line in lines {
        let labels = wrap(&fonts.set(&line.label)?, LABELS - 1.0);
        let mut values = Vec::new();
        for part in line.value.lines() {
            values.extend(wrap(&fonts.set(part)?, width / size - LABELS));
        }
        for number in 0..labels.len().max(values.len()) {
            let at = |side: &[Vec<Glyph>]| side.get(number).cloned().unwrap_or_default();
            let above = if number == 0 { GAP * size } else { 0.0 };
            all.push(SetLine { label: at(&labels), value: at(&values), above });
        }
    }
    Ok(all)
}

fn paged(lines: Vec<SetLine>, size: f32, (first, other): (f32, f32)) -> Vec<Vec<SetLine>> {
    let (mut pages, mut page, mut left) = (Vec::new(), Vec::new(), first);
    for line in lines {
        let height = line.above + LEADING * size;
        if height > left && !page.is_empty() {
            pages.push(std::mem::take(&mut page));
            left = other;
        }
        left -= height;
        page.push(line);
    }
    pages.push(page);
    pages
}

/// Breaks a text into lines of at most `width`, in parts of its size: anywhere between Chinese characters, only at spaces
/// inside words of letters that fit a line, and never so that a line begins with a closing mark or ends with an opening one.
pub(super) fn wrap(text: &[Glyph], width: f32) -> Vec<Vec<Glyph>> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let fits = fitting(rest, width);
        let at = if fits == rest.len() { fits } else { good_break(rest, fits) };
        let (line, next) = rest.split_at(at);
        lines.push(trimmed(line).to_vec());
        rest = trimmed_start(next);
    }
    lines
}

/// How many characters fit the width; one at least.
fn fitting(text: &[Glyph], width: f32) -> usize {
    let mut sum = 0.0;
    let end = text.iter().position(|glyph| {
        sum += glyph.advance;
        sum > width
    });
    end.unwrap_or(text.len()).max(1)
}

/// The last place to break at or before `fits`; `fits` where there is none in the line.
fn good_break(text: &[Glyph], fits: usize) -> usize {
    let may = |at: &usize| {
        let (before, after) = (text[at - 1].letter, text[*at].letter);
        let inside_word = before.is_ascii_graphic() && after.is_ascii_graphic();
        !inside_word && !CLOSING.contains(after) && !OPENING.contains(before)
    };
    (1..=fits).rev().find(may).unwrap_or(fits)
}

fn trimmed(line: &[Glyph]) -> &[Glyph] {
    let end = line.iter().rposition(|glyph| glyph.letter != ' ').map_or(0, |last| last + 1);
    &line[..end]
}

fn trimmed_start(line: &[Glyph]) -> &[Glyph] {
    let start = line.iter().position(|glyph| glyph.letter != ' ').unwrap_or(line.len());
    &line[start..]
}

/// The width of a line, in parts of its size.
pub(super) fn width(line: &[Glyph]) -> f32 {
    line.iter().map(|glyph| glyph.advance).sum()
}
