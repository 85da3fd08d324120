//! An expression's text and where each byte of it stands in the model's file, and what is said when it cannot be read.

/// The text of one expression cell.
#[derive(Clone, Debug)]
pub(crate) struct Source<'t> {
    pub text: &'t str,
    /// Offset in the file of the first byte.
    pub start: u32,
    /// Places from where the file runs ahead of the text (an entity such as `&lt;`): (text offset, file offset).
    pub shifts: Vec<(u32, u32)>,
}

impl<'t> Source<'t> {
    /// A text that stands in the file as it is.
    pub(crate) fn plain(text: &'t str, start: u32) -> Self {
        Self { text, start, shifts: Vec::new() }
    }

    /// The file offset of a text offset.
    pub(crate) fn at(&self, offset: usize) -> u32 {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        let after = self.shifts.partition_point(|(text, _)| *text <= offset);
        match after.checked_sub(1).map(|i| self.shifts[i]) {
            Some((text, file)) => file.saturating_add(offset - text),
            None => self.start.saturating_add(offset),
        }
    }
}

/// Why an expression could not be read, with its place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub code: &'static str,
    pub at: u32,
    pub message: String,
    pub mend: String,
}
