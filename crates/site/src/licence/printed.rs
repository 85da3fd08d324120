//! A licence as a PDF: for whoever may see its page.

use affairs::licence::Licence;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{Language, Text};

use super::holder;
use super::paper::{Paper, Unprintable};
use super::view::{Line, Sheet};
use crate::frame::Frame;
use crate::office::Desks;
use crate::problem::Problem;
use crate::words;

/// The PDF of a licence. `page` is where the licence is shown, for those whom there is no PDF for.
pub(crate) async fn pdf(
    desks: &Desks<'_>,
    frame: &Frame,
    held: &Licence,
    (origin, page): (&str, String),
) -> Result<Response, Problem> {
    let sheet = holder::sheet(desks, frame, held, origin).await?;
    let paper = paper(frame, held, sheet);
    let fonts = std::sync::Arc::clone(&desks.office.fonts);
    let written = tokio::task::spawn_blocking(move || paper.to_pdf(&fonts)).await.map_err(Problem::fault)?;
    let bytes = written.map_err(|why| unprintable(&why, page))?;
    let name = format!("inline; filename=\"licence-{}.pdf\"", held.serial());
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).map_err(Problem::fault)?),
    ];
    Ok((headers, bytes).into_response())
}

fn paper(frame: &Frame, held: &Licence, sheet: Sheet) -> Paper {
    let valid = match sheet.valid_to {
        Some(to) => frame.t2("duty.span", frame.date(sheet.valid_from), frame.date(to)),
        None => frame.t1("licence.since", frame.date(sheet.valid_from)),
    };
    let mut rows = sheet.lines;
    rows.push(Line { label: frame.t("licence.valid").to_owned(), value: valid });
    let file = format!("licence-{}.json", held.serial());
    let is_good = sheet.tag.tone.is_granted();
    Paper {
        number: format!("{} {}", frame.t("licence.number"), sheet.code),
        further: format!("{} {} ", sheet.name, sheet.code),
        title: sheet.name,
        rows,
        agency: sheet.agency,
        issued_on: frame.date(sheet.issued_on),
        stamp: (!is_good).then(|| sheet.tag.word.clone()),
        specimen: frame.demonstration.then(|| frame.t("licence.demo").to_owned()),
        scan: frame.t("licence.scan").to_owned(),
        address: sheet.verify_address,
        check: sheet.check,
        note: frame.t1("licence.pdf_note", &file),
        file: (file, frame.t("licence.pdf_file").to_owned(), held.document.clone().into_bytes()),
        issued_at: held.issued_at,
        language: frame.html_lang(),
    }
}

/// Both languages of the words under a key, with its gap filled.
fn both(key: &str, gap: &str) -> Text {
    let filled = |language| words::filled(language, key, &[gap]);
    Text::new(filled(Language::Zh), filled(Language::En))
}

/// Tells what is missing, and where the licence can be printed without it.
fn unprintable(why: &Unprintable, page: String) -> Problem {
    let (code, detail) = match why {
        Unprintable::NoFont => ("no_font", both("licence.no_font", "")),
        Unprintable::Letters(letters) => {
            let named: Vec<_> = letters.iter().map(|c| format!("{c}（U+{:04X}）", u32::from(*c))).collect();
            ("no_glyph", both("licence.no_glyph", &named.join(" ")))
        }
        Unprintable::Writer(cause) => return Problem::fault(cause),
    };
    tracing::warn!(%why, "a licence was not written as PDF");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, code).detail(detail).see(page, both("licence.page", ""))
}
