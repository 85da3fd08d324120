//! Agencies and regions by the names people know; the code stands where the catalogue does not know them any more.

use affairs::catalog::Catalog;
use kernel::RegionCode;

use crate::frame::Frame;

/// An agency's short name.
pub fn agency(frame: &Frame, catalog: &Catalog, id: &str) -> String {
    catalog.agency(id).map_or_else(|| id.to_owned(), |a| frame.text(&a.short).to_owned())
}

/// A region with the ones it lies in.
pub fn region(frame: &Frame, catalog: &Catalog, code: &str) -> String {
    let known = code.parse::<RegionCode>().ok().map(|code| catalog.regions.display(code));
    known.map_or_else(|| code.to_owned(), |name| frame.text(&name).to_owned())
}

/// An item's name on the day of the page.
pub fn item(frame: &Frame, catalog: &Catalog, id: &str) -> String {
    let item = catalog.item(id, frame.now.date());
    item.map_or_else(|| id.to_owned(), |item| frame.text(&item.name).to_owned())
}
