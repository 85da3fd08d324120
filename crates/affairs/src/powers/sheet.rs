//! What a spreadsheet program exports, as rows of cells: CSV in UTF-8 (with or without a byte order mark) or GB18030, or an
//! .xlsx workbook, whose first sheet is read.

use std::io::Cursor;

use calamine::{Data as Cell, Reader as _, Xlsx};
use encoding_rs::GB18030;

/// The largest file taken.
const LARGEST: usize = 32 * 1024 * 1024;
/// The most rows and columns taken: more is no list.
const MOST_ROWS: usize = 100_000;
const MOST_COLUMNS: usize = 200;

/// Why a file is no sheet.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SheetError {
    /// Too large to be read.
    #[error("the file has {0} bytes; at most {LARGEST} are read: split the list by agency")]
    TooLarge(usize),
    /// Too many rows or columns.
    #[error("more than {MOST_ROWS} rows or {MOST_COLUMNS} columns: split the list by agency")]
    TooLong,
    /// Neither UTF-8 nor GB18030.
    #[error("neither UTF-8 nor GB18030: save it as “CSV UTF-8” or as .xlsx")]
    Encoding,
    /// Not CSV.
    #[error("not CSV: {0}")]
    Csv(String),
    /// Not a workbook.
    #[error("not a workbook: {0}; save it as .xlsx, or as “CSV UTF-8”")]
    Workbook(String),
}

/// A row with its number as the spreadsheet program shows it.
pub type Cells = (usize, Vec<String>);

/// The rows of a sheet, without those that are empty.
///
/// # Errors
/// What makes it no sheet.
pub fn cells(bytes: &[u8]) -> Result<Vec<Cells>, SheetError> {
    if bytes.len() > LARGEST {
        return Err(SheetError::TooLarge(bytes.len()));
    }
    let rows = if bytes.starts_with(b"PK\x03\x04") { workbook(bytes)? } else { csv(&text(bytes)?)? };
    if rows.len() > MOST_ROWS || rows.iter().any(|(_, row)| row.len() > MOST_COLUMNS) {
        return Err(SheetError::TooLong);
    }
    Ok(rows.into_iter().filter(|(_, row)| row.iter().any(|c| !c.is_empty())).collect())
}

fn text(bytes: &[u8]) -> Result<String, SheetError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let (text, wrong) = GB18030.decode_without_bom_handling(bytes);
    if wrong { Err(SheetError::Encoding) } else { Ok(text.into_owned()) }
}

fn csv(text: &str) -> Result<Vec<Cells>, SheetError> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for (at, record) in reader.records().enumerate() {
        let record = record.map_err(|e| SheetError::Csv(e.to_string()))?;
        rows.push((at + 1, record.iter().map(tidied).collect()));
        if rows.len() > MOST_ROWS {
            return Err(SheetError::TooLong);
        }
    }
    Ok(rows)
}

fn workbook(bytes: &[u8]) -> Result<Vec<Cells>, SheetError> {
    let told = |e: calamine::XlsxError| SheetError::Workbook(e.to_string());
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(told)?;
    let sheet = book.worksheet_range_at(0).ok_or_else(|| SheetError::Workbook("it has no sheet".to_owned()))?;
    let sheet = sheet.map_err(told)?;
    let Some((top, left)) = sheet.start() else { return Ok(Vec::new()) };
    if sheet.height() > MOST_ROWS || sheet.width() > MOST_COLUMNS {
        return Err(SheetError::TooLong);
    }
    let row = |(at, cells): (usize, &[Cell])| {
        let before = std::iter::repeat_n(String::new(), left as usize);
        (top as usize + at + 1, before.chain(cells.iter().map(shown)).collect())
    };
    Ok(sheet.rows().enumerate().map(row).collect())
}

/// A cell as its reader sees it. An error stays visible, so that the column it stands in refuses it.
fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::String(text) => tidied(text),
        // A whole number typed into a general cell is kept as a float.
        Cell::Float(n) if n.fract() == 0.0 && n.abs() < 1e15 => format!("{n:.0}"),
        other => tidied(&other.to_string()),
    }
}

/// Without spaces at the ends; full-width spaces and line ends of other systems made plain.
fn tidied(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\u{3000}', " ").trim().to_owned()
}

/// Rows as CSV that spreadsheet programs open in the right encoding: UTF-8 with a byte order mark, lines ended by CR LF.
pub(super) fn written(rows: &[Vec<String>]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(b"\xef\xbb\xbf".to_vec());
    for row in rows {
        // A vector takes every write.
        let _ = writer.write_record(row);
    }
    writer.into_inner().unwrap_or_default()
}
