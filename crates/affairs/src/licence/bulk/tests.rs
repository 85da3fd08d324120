//! Tests of `bulk`: what of a list is refused, line by line. What is issued is told by `tests/stories/bulk.rs`.

use std::sync::OnceLock;

use kernel::Moment;
use kernel::code::CitizenId;

use super::{Reader, RowFault, check};
use crate::catalog::{Catalog, Files};

const HEAD: &str = "subject,item,agency,holder,code,valid_from,valid_to,category";

fn catalog() -> &'static Catalog {
    static SEED: OnceLock<Catalog> = OnceLock::new();
    SEED.get_or_init(|| Catalog::from_files(&Files::seed()).catalog)
}

fn now() -> Moment {
    "2026-11-23T04:00:00Z".parse().unwrap()
}

fn code(number: u16) -> String {
    CitizenId::generate("450103", "1988-05-20".parse().unwrap(), number).unwrap().to_string()
}

fn checked(text: &str) -> Result<u64, Vec<RowFault>> {
    Reader::open(text.as_bytes(), catalog(), now()).and_then(check)
}

fn told(text: &str) -> Vec<(u64, String)> {
    checked(text).map_or_else(|faults| faults.into_iter().map(|f| (f.line, f.column)).collect(), |_| Vec::new())
}

fn line(subject: &str, change: impl FnOnce(&mut Vec<String>)) -> String {
    let mut cells: Vec<String> =
        [subject, "fd-pharmacist-renew", "gx-mpa", "韦明月", &code(1), "2027-01-23", "2032-01-22", "药学类"]
            .map(str::to_owned)
            .into();
    change(&mut cells);
    cells.join(",")
}

#[test]
fn a_good_list_is_counted_with_and_without_a_mark_in_front() {
    let list = format!("{HEAD}\n{}\n{}\n", line("a", |_| {}), line("", |c| c[4] = code(2)));
    assert_eq!(checked(&list), Ok(2));
    assert_eq!(checked(&format!("\u{feff}{list}")), Ok(2));
    assert_eq!(checked(HEAD), Ok(0));
    assert_eq!(checked("item,agency,holder,code,valid_from\n"), Ok(0));
}

#[test]
fn every_mistake_of_a_line_is_named() {
    let cases: Vec<(&str, String, &str)> = vec![
        ("no item", line("a", |c| c[1].clear()), "item"),
        ("an unknown item", line("a", |c| c[1] = "fd-nothing".into()), "item"),
        ("an item that strikes off", line("a", |c| c[1] = "fd-pharmacist-cancel".into()), "item"),
        ("an unknown agency", line("a", |c| c[2] = "gx-nobody".into()), "agency"),
        ("an agency that does not decide it", line("a", |c| c[2] = "gx-health".into()), "agency"),
        ("no holder", line("a", |c| c[3] = " ".into()), "holder"),
        ("a mark nobody sees", line("a", |c| c[3] = "韦\u{200b}明月".into()), "holder"),
        ("a name that turns the writing", line("a", |c| c[3] = "月\u{202e}明韦".into()), "holder"),
        ("a name too long", line("a", |c| c[3] = "韦".repeat(121)), "holder"),
        ("a code with a wrong check", line("a", |c| c[4] = "11010519491231002Y".into()), "code"),
        ("a code of the old kind", line("a", |c| c[4] = "110105491231002".into()), "code"),
        ("no first day", line("a", |c| c[5].clear()), "valid_from"),
        ("a day that is none", line("a", |c| c[5] = "2027-02-30".into()), "valid_from"),
        ("an end before the beginning", line("a", |c| c[6] = "2027-01-22".into()), "valid_to"),
        ("an end that is none", line("a", |c| c[6] = "31.1.2032".into()), "valid_to"),
        ("a key too long", line(&"k".repeat(101), |_| {}), "subject"),
        ("a column less", line("a", |c| drop(c.pop())), ""),
        ("a column more", line("a", |c| c.push("x".into())), ""),
    ];
    for (what, line, column) in cases {
        assert_eq!(told(&format!("{HEAD}\n{line}\n")), [(2, column.to_owned())], "{what}");
    }
    let unprinted = format!("{HEAD},colour\n{},red\n", line("a", |_| {}));
    assert_eq!(told(&unprinted), [(2, "colour".to_owned())]);
}

#[test]
fn all_lines_are_told_at_once_and_two_with_one_key() {
    let bad = line("b", |c| {
        c[2] = "gx-nobody".into();
        c[4] = "1".into();
        c[5] = "soon".into();
    });
    let list =
        format!("{HEAD}\n{}\n{bad}\n{}\n{}\n", line("a", |_| {}), line("a", |_| {}), line("c", |c| c[3].clear()));
    let wanted = [(3, "agency"), (3, "code"), (3, "valid_from"), (4, "subject"), (5, "holder")];
    assert_eq!(told(&list), wanted.map(|(line, column)| (line, column.to_owned())));
}

#[test]
fn the_first_line_is_told_as_a_whole() {
    let mut columns = told("item,agency,colour,colour\n");
    columns.sort_unstable();
    let wanted = ["code", "colour", "holder", "valid_from"];
    assert_eq!(columns, wanted.map(|column| (1, column.to_owned())));
}
