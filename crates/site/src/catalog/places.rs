//! Agencies and regions by the names people know; the code stands where the catalogue does not know them any more.

use affairs::catalog::Catalog;
use kernel::RegionCode;

use crate::frame::Frame;

/// An agency's short name.
pub fn agency(frame: &Frame, catalog: &Catalog, id: &str) -> String {
    catalog.agency(id).map_or_else(|| id.to_owned(), |a| frame.text(&a.short).to_owned())
}

/// A region with the ones it lies in. One that is over keeps the name under which its cases were filed, with what it is now.
pub fn region(frame: &Frame, catalog: &Catalog, code: &str) -> String {
    let Ok(known) = code.parse::<RegionCode>() else { return code.to_owned() };
    let (regions, today) = (&catalog.regions, frame.now.date());
    let name = |code: RegionCode| frame.text(&regions.display(code)).to_owned();
    let is_over = regions.latest(known).is_some() && regions.get(known, today).is_none();
    let heirs = if is_over { regions.heirs(known, today) } else { Vec::new() };
    match (is_over, heirs.is_empty()) {
        (false, _) => name(known),
        (true, true) => frame.t1("region.over", name(known)),
        (true, false) => {
            let now: Vec<String> = heirs.into_iter().map(name).collect();
            frame.t2("region.now", name(known), now.join(frame.t("halls.and")))
        }
    }
}

/// An item's name on the day of the page.
pub fn item(frame: &Frame, catalog: &Catalog, id: &str) -> String {
    let item = catalog.item(id, frame.now.date());
    item.map_or_else(|| id.to_owned(), |item| frame.text(&item.name).to_owned())
}
