//! Drawing a licence: frame, words, code. The pages are A4; everything is measured in points from the upper left corner.

use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Rect, Transform};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule, Stroke};
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};
use qrcodegen::QrCode;

use super::fonts::{Fonts, Glyph};
use super::set::{LABELS, LEADING, Rows, SetLine, width, wrap};
use super::{Paper, Unprintable};

/// The width and height of a page.
pub(super) const PAGE: (f32, f32) = (595.28, 841.89);
/// Left and right edge of the words.
pub(super) const EDGES: (f32, f32) = (74.0, 521.28);
/// Where the rows begin on the first page, and how high they may grow there and on further pages.
const ROWS_AT: f32 = 196.0;
pub(super) const ROOMS: (f32, f32) = (360.0, 600.0);
const FURTHER_AT: f32 = 118.0;
/// The side of the code, with the light border it needs.
const CODE: f32 = 158.0;
const CODE_AT: (f32, f32) = (66.0, 586.0);

const INK: [u8; 3] = [0x1a, 0x1a, 0x1a];
const QUIET: [u8; 3] = [0x55, 0x55, 0x55];
const FRAME: [u8; 3] = [0x9a, 0x1b, 0x1e];
const PALE: [u8; 3] = [0xf0, 0xe9, 0xe6];

/// What one page is drawn with.
pub(super) struct Pen<'a, 'b> {
    pub(super) surface: &'a mut Surface<'b>,
    pub(super) fonts: &'a Fonts,
}

impl Pen<'_, '_> {
    /// The first page: all of the licence but what its rows left over.
    pub(super) fn first(&mut self, paper: &Paper, rows: &Rows, code: Option<&QrCode>) -> Result<(), Unprintable> {
        self.frame();
        self.specimen(paper)?;
        let mut title = self.fonts.set(&paper.title)?;
        let size = (30.0_f32).min((EDGES.1 - EDGES.0) / width(&title).max(1.0));
        // A short name is set wide, as on a printed form.
        let apart = if title.len() <= 8 { 0.22 } else { 0.04 };
        title.iter_mut().for_each(|glyph| glyph.advance += apart);
        self.centred(&title, 126.0, size, INK);
        let number = self.fonts.set(&paper.number)?;
        self.centred(&number, 154.0, 10.0_f32.min((EDGES.1 - EDGES.0) / width(&number).max(1.0)), QUIET);
        self.rule(172.0);
        self.rows(&rows.pages[0], rows.size, ROWS_AT);
        self.foot(paper, code)
    }

    /// A further page with rows.
    pub(super) fn further(&mut self, head: &str, lines: &[SetLine], size: f32) -> Result<(), Unprintable> {
        self.frame();
        let head = self.fonts.set(head)?;
        self.line(&head, (EDGES.0, 92.0), 9.0_f32.min((EDGES.1 - EDGES.0) / width(&head).max(1.0)), QUIET);
        self.rule(104.0);
        self.rows(lines, size, FURTHER_AT);
        Ok(())
    }

    fn frame(&mut self) {
        for (inset, weight) in [(26.0, 2.4), (32.0, 0.7)] {
            let rect = Rect::from_ltrb(inset, inset, PAGE.0 - inset, PAGE.1 - inset);
            self.outline(rect.into_iter().collect(), weight, FRAME);
        }
        // Squares in the corners, as on printed certificates.
        let corner = |x: f32, y: f32| Rect::from_xywh(x - 7.0, y - 7.0, 14.0, 14.0);
        let (left, right, top, bottom) = (36.0, PAGE.0 - 36.0, 36.0, PAGE.1 - 36.0);
        let squares = [corner(left, top), corner(right, top), corner(left, bottom), corner(right, bottom)];
        self.outline(squares.into_iter().flatten().collect(), 0.7, FRAME);
    }

    /// Across the page, before anything else is drawn, so that everything stays readable.
    fn specimen(&mut self, paper: &Paper) -> Result<(), Unprintable> {
        let Some(words) = &paper.specimen else { return Ok(()) };
        let line = self.fonts.set(words)?;
        let size = 560.0 / width(&line).max(1.0);
        self.surface.push_transform(&Transform::from_rotate_at(-38.0, PAGE.0 / 2.0, PAGE.1 / 2.0));
        self.line(&line, ((PAGE.0 - width(&line) * size) / 2.0, PAGE.1 / 2.0), size, PALE);
        self.surface.pop();
        self.centred(&line, 62.0, 10.0, FRAME);
        Ok(())
    }

    fn rows(&mut self, lines: &[SetLine], size: f32, top: f32) {
        let mut y = top;
        for line in lines {
            y += line.above;
            let baseline = y + size;
            self.line(&line.label, (EDGES.0, baseline), size, QUIET);
            self.line(&line.value, (EDGES.0 + LABELS * size, baseline), size, INK);
            y += LEADING * size;
        }
    }

    /// The code with what to do with it on the left, who issued it and when on the right, how to tell it is genuine below.
    fn foot(&mut self, paper: &Paper, code: Option<&QrCode>) -> Result<(), Unprintable> {
        if let Some(code) = code {
            self.code(code);
        }
        let right = EDGES.1;
        for (words, y, size) in [(&paper.agency, 640.0, 14.0), (&paper.issued_on, 668.0, 14.0)] {
            let line = self.fonts.set(words)?;
            let size = f32::min(size, (right - CODE_AT.0 - CODE - 12.0) / width(&line).max(1.0));
            self.line(&line, (right - width(&line) * size, y), size, INK);
        }
        if let Some(words) = &paper.stamp {
            self.stamp(words)?;
        }
        let column = right - CODE_AT.0 - CODE - 14.0;
        let mut y = 706.0;
        for line in wrap(&self.fonts.set(&format!("{}{}", paper.scan, paper.address))?, column / 7.5) {
            self.line(&line, (CODE_AT.0 + CODE + 14.0, y), 7.5, QUIET);
            y += 11.0;
        }
        let mut y = 762.0;
        for line in wrap(&self.fonts.set(&paper.note)?, (EDGES.1 - EDGES.0) / 8.0) {
            self.line(&line, (EDGES.0, y), 8.0, QUIET);
            y += 12.0;
        }
        Ok(())
    }

    /// That it may not be used, in a box: nobody shall overlook it.
    fn stamp(&mut self, words: &str) -> Result<(), Unprintable> {
        let line = self.fonts.set(words)?;
        let (size, wide) = (20.0, width(&line) * 20.0);
        let (x, y) = (EDGES.1 - wide - 10.0, 596.0);
        self.outline(Rect::from_xywh(x - 10.0, y - 22.0, wide + 20.0, 30.0).into_iter().collect(), 1.6, FRAME);
        self.line(&line, (x, y), size, FRAME);
        Ok(())
    }

    /// The code as rectangles, one for each run of dark modules.
    fn code(&mut self, code: &QrCode) {
        let count = code.size();
        // Readers want four light modules around it.
        let module = CODE / pixels(count + 8);
        let mut path = PathBuilder::new();
        for y in 0..count {
            let mut x = 0;
            while x < count {
                let run = (x..count).take_while(|x| code.get_module(*x, y)).count();
                let run = i32::try_from(run).unwrap_or(0);
                let (left, top) = (CODE_AT.0 + module * pixels(x + 4), CODE_AT.1 + module * pixels(y + 4));
                if let Some(rect) = Rect::from_xywh(left, top, module * pixels(run), module).filter(|_| run > 0) {
                    path.push_rect(rect);
                }
                x += run + 1;
            }
        }
        if let Some(path) = path.finish() {
            self.surface.set_stroke(None);
            self.surface.set_fill(Some(fill([0, 0, 0])));
            self.surface.draw_path(&path);
        }
    }

    fn rule(&mut self, y: f32) {
        let mut path = PathBuilder::new();
        path.move_to(EDGES.0, y);
        path.line_to(EDGES.1, y);
        self.stroked(path.finish(), 0.6, FRAME);
    }

    fn outline(&mut self, rects: Vec<Rect>, weight: f32, colour: [u8; 3]) {
        let mut path = PathBuilder::new();
        rects.into_iter().for_each(|rect| path.push_rect(rect));
        self.stroked(path.finish(), weight, colour);
    }

    fn stroked(&mut self, path: Option<Path>, weight: f32, colour: [u8; 3]) {
        let Some(path) = path else { return };
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(Stroke { paint: paint(colour).into(), width: weight, ..Stroke::default() }));
        self.surface.draw_path(&path);
    }

    fn centred(&mut self, line: &[Glyph], y: f32, size: f32, colour: [u8; 3]) {
        self.line(line, ((PAGE.0 - width(line) * size) / 2.0, y), size, colour);
    }

    /// One line, font by font.
    fn line(&mut self, line: &[Glyph], (x, y): (f32, f32), size: f32, colour: [u8; 3]) {
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(fill(colour)));
        let mut x = x;
        for part in line.chunk_by(|one, other| one.font == other.font) {
            let text: String = part.iter().map(|glyph| glyph.letter).collect();
            let mut at = 0;
            let glyphs: Vec<KrillaGlyph> = part.iter().map(|glyph| placed(glyph, &mut at)).collect();
            if let Some(font) = self.fonts.font(part[0].font) {
                self.surface.draw_glyphs(Point::from_xy(x, y), &glyphs, font, &text, size, false);
            }
            x += width(part) * size;
        }
    }
}

fn placed(glyph: &Glyph, at: &mut usize) -> KrillaGlyph {
    let start = *at;
    *at += glyph.letter.len_utf8();
    KrillaGlyph {
        glyph_id: GlyphId::new(glyph.id),
        text_range: start..*at,
        x_advance: glyph.advance,
        x_offset: 0.0,
        y_offset: 0.0,
        y_advance: 0.0,
        location: None,
    }
}

fn paint([red, green, blue]: [u8; 3]) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

fn fill(colour: [u8; 3]) -> Fill {
    Fill { paint: paint(colour).into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }
}

/// So many modules as a length; a code has 177 a side at most.
fn pixels(modules: i32) -> f32 {
    f32::from(i16::try_from(modules).unwrap_or(0))
}
