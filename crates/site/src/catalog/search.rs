//! Finding an item by the words people use: name and key words first, then single pairs of characters, so that a slip or
//! a longer sentence still finds something.

use std::collections::BTreeSet;

use affairs::catalog::{Catalog, Handling, Item};
use kernel::Date;

use super::view::DepartmentView;
use crate::frame::Frame;
use crate::portal::view::Hit;

/// The longest question that is read, in characters: more tells no more.
const LONGEST: usize = 60;

/// Below this share of common pairs nothing is alike.
const ALIKE: u32 = 30;

/// The items that answer a question, best first.
pub fn search(frame: &Frame, catalog: &Catalog, on: Date, question: &str) -> Vec<Hit> {
    let question = plain(question);
    if question.is_empty() {
        return Vec::new();
    }
    let mut scored: Vec<_> = catalog.items(on).map(|item| (score(item, &question), item)).collect();
    scored.retain(|(score, _)| *score >= ALIKE);
    scored.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.id.cmp(&y.id)));
    scored.into_iter().map(|(_, item)| hit(frame, catalog, item)).collect()
}

/// All items by department, in the order of their names.
pub fn departments(frame: &Frame, catalog: &Catalog, on: Date) -> Vec<DepartmentView> {
    let mut departments: Vec<DepartmentView> = Vec::new();
    for item in catalog.items(on) {
        let name = frame.text(&item.department);
        let at = departments.iter().position(|d| d.name == name).unwrap_or_else(|| {
            departments.push(DepartmentView { name: name.to_owned(), items: Vec::new() });
            departments.len() - 1
        });
        departments[at].items.push(hit(frame, catalog, item));
    }
    departments
}

/// An item as a line of a list.
pub fn hit(frame: &Frame, catalog: &Catalog, item: &Item) -> Hit {
    Hit {
        href: format!("/items/{}", item.id),
        name: frame.text(&item.name).to_owned(),
        summary: frame.text(&item.summary).to_owned(),
        agency: catalog.offering(item).map(|a| frame.text(&a.short).to_owned()).unwrap_or_default(),
        instant: item.service.handling == Handling::Instant,
    }
}

fn score(item: &Item, question: &str) -> u32 {
    let names = [plain(&item.name.zh), plain(&item.name.en)];
    let whole = |text: &str| if text == question { 200 } else { u32::from(text.contains(question)) * 150 };
    let by_name = names.iter().map(|n| whole(n)).max().unwrap_or_default();
    let by_word =
        item.keywords.iter().map(|w| plain(w)).filter(|w| question.contains(w.as_str()) || w.contains(question));
    let by_word = by_word.count().min(3) as u32 * 40;
    let own = [plain(&item.summary.zh), plain(&item.summary.en), plain(&item.keywords.concat())];
    let by_pairs = names.iter().chain(&own).map(|text| common(question, text)).max().unwrap_or_default();
    by_name + by_word + by_pairs
}

/// How many of the question's pairs of characters stand in the text, in percent.
fn common(question: &str, text: &str) -> u32 {
    let (asked, there) = (pairs(question), pairs(text));
    if asked.is_empty() {
        return u32::from(text.contains(question)) * 100;
    }
    (asked.intersection(&there).count() * 100 / asked.len()) as u32
}

fn pairs(text: &str) -> BTreeSet<(char, char)> {
    text.chars().zip(text.chars().skip(1)).collect()
}

/// Letters and digits only, small, full width made half.
fn plain(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        _ => c,
    };
    text.chars().map(narrow).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(LONGEST).collect()
}
