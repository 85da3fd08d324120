//! The parsers against made files, broken ones and any bytes at all; names; what hinders whom.

use kernel::{FixedClock, Id, SeededEntropy};
use proptest::prelude::*;

use super::sniff::{Flaw, Kind, Sniffer};
use super::{Material, MaterialState, Way, clean_name, hinders_machine, hinders_person, missing, test_string};
use crate::catalog::{Catalog, Files, Item};

fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let (w, h) = (width.to_be_bytes(), height.to_be_bytes());
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 6, b'J', b'F', b'I', b'F'];
    bytes.extend([0xFF, 0xC0, 0, 11, 8, h[0], h[1], w[0], w[1], 1, 1, 0x11, 0]);
    bytes.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD3, 0x56, 0xFF, 0xD9]);
    bytes
}

fn part(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap();
    [&length.to_be_bytes()[..], kind, body, &[1, 2, 3, 4]].concat()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let sign = [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A];
    let parts = [part(b"IHDR", &head), part(b"tEXt", b"a"), part(b"IDAT", &[7; 2_000]), part(b"IEND", b"")];
    [&sign[..], &parts.concat()].concat()
}

fn pdf(inside: &str) -> Vec<u8> {
    format!("%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n{inside}\ntrailer\n<< >>\n%%EOF\n").into_bytes()
}

/// The kind and the bytes kept, the file coming in drops of this size.
fn sniffed(bytes: &[u8], drop: usize) -> Result<(Kind, Vec<u8>), Flaw> {
    let mut sniffer = Sniffer::new(100);
    let mut kept = Vec::new();
    for drop in bytes.chunks(drop.max(1)) {
        kept.extend_from_slice(&sniffer.feed(drop)?);
    }
    let (rest, kind) = sniffer.finish()?;
    kept.extend(rest);
    Ok((kind, kept))
}

#[test]
fn what_may_be_handed_in_is_known_by_its_bytes_and_kept_whole() {
    let large = pdf(&"x".repeat(5_000));
    for (kind, bytes) in
        [(Kind::Jpeg, jpeg(640, 480)), (Kind::Png, png(640, 480)), (Kind::Pdf, pdf("")), (Kind::Pdf, large)]
    {
        for drop in [1, 7, 1_024, 100_000] {
            assert_eq!(sniffed(&bytes, drop), Ok((kind, bytes.clone())), "{kind:?} in drops of {drop}");
        }
    }
}

#[test]
fn everything_else_is_refused_with_its_reason() {
    let with = |bytes: Vec<u8>, more: &[u8]| [bytes, more.to_vec()].concat();
    let mut commented = jpeg(8, 8);
    commented.splice(2..2, [&[0xFF, 0xFE, 0, 10][..], b"<script>"].concat());
    let mut frameless = jpeg(8, 8);
    frameless.drain(10..23);
    let cases: Vec<(&str, Vec<u8>, Flaw)> = vec![
        ("nothing", vec![], Flaw::Empty),
        ("a text", b"hello".to_vec(), Flaw::Unknown),
        ("a page", b"\n<!DOCTYPE html><html></html>".to_vec(), Flaw::Markup),
        ("a drawing", b"<?xml version='1.0'?><SVG onload='x()'/>".to_vec(), Flaw::Markup),
        ("a page that begins as a PDF", with(b"%PDF-1.7\n".to_vec(), b"<html><script>x()</script>%%EOF"), Flaw::Markup),
        ("a picture with a program in its comment", commented, Flaw::Markup),
        ("a film", b"\x00\x00\x00\x18ftypmp42".to_vec(), Flaw::Unknown),
        ("an iPhone's photograph", b"\x00\x00\x00\x18ftypheic".to_vec(), Flaw::Heic),
        ("a letter", b"PK\x03\x04word/document.xml".to_vec(), Flaw::Archive),
        ("a program", b"MZ\x90\x00".to_vec(), Flaw::Unknown),
        ("half a picture", jpeg(8, 8)[..30].to_vec(), Flaw::Broken),
        ("a picture without a size", frameless, Flaw::Broken),
        ("a picture of nothing", jpeg(0, 8), Flaw::Broken),
        ("only an end", vec![0xFF, 0xD8, 0xFF, 0xD9], Flaw::Broken),
        ("a picture and an archive", with(jpeg(8, 8), b"\r\nPK\x03\x04rest"), Flaw::Double),
        ("a picture and a page", with(png(8, 8), b"<html>"), Flaw::Double),
        ("half a PNG", png(8, 8)[..1_000].to_vec(), Flaw::Broken),
        ("a PNG without its head", with(png(8, 8)[..8].to_vec(), &part(b"IDAT", b"x")), Flaw::Broken),
        ("a PDF that breaks off", pdf("")[..30].to_vec(), Flaw::Broken),
        ("a PDF and an archive", with(pdf(""), &[&b"PK\x03\x04"[..], &[9; 3_000]].concat()), Flaw::Broken),
        ("a PDF that runs", pdf("<< /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>"), Flaw::Active),
        ("too many points", jpeg(60_000, 60_000), Flaw::Points(100)),
        ("a bomb", png(u32::MAX, u32::MAX), Flaw::Points(100)),
    ];
    for (what, bytes, flaw) in cases {
        for drop in [1, 13, 1_024, 100_000] {
            assert_eq!(sniffed(&bytes, drop).map(|(kind, _)| kind), Err(flaw), "{what}, in drops of {drop}");
        }
        assert!(!flaw.told().zh.is_empty() && flaw.code().starts_with("material."));
    }
}

#[test]
fn what_cameras_write_behind_a_picture_is_cut_off() {
    for (kind, picture) in [(Kind::Jpeg, jpeg(8, 8)), (Kind::Png, png(8, 8))] {
        for behind in [&[0; 40][..], &jpeg(4, 4), b"\x00\x00\x00\x18ftypmp42 a film", b"SEFHe\x00\x00 SEFT"] {
            for drop in [1, 500, 100_000] {
                let whole = [&picture[..], behind].concat();
                assert_eq!(sniffed(&whole, drop), Ok((kind, picture.clone())), "{kind:?} in drops of {drop}");
            }
        }
    }
}

proptest! {
    /// However the bytes are cut into drops, the word is the same; whatever was kept is a part of them from the front, and read
    /// again it is the same file.
    #[test]
    fn any_bytes_are_told_the_same_in_any_drops(
        begin in prop::sample::select(vec![jpeg(9, 9), png(9, 9), pdf(""), Vec::new(), b"%PDF-".to_vec(), vec![0xFF, 0xD8, 0xFF]]),
        cut in 0_usize..2_200,
        rest in prop::collection::vec(any::<u8>(), 0..1_500),
        drop in 1_usize..2_000,
    ) {
        let bytes = [&begin[..cut.min(begin.len())], &rest].concat();
        let whole = sniffed(&bytes, bytes.len());
        prop_assert_eq!(&sniffed(&bytes, drop), &whole);
        if let Ok((kind, kept)) = whole {
            prop_assert!(bytes.starts_with(&kept));
            prop_assert_eq!(sniffed(&kept, 512), Ok((kind, kept)));
        }
    }

    /// No name of a sender leads out of a folder, hides its ending or breaks a header.
    #[test]
    fn any_name_becomes_a_plain_one(name in any::<String>()) {
        for kind in Kind::ALL {
            let clean = clean_name(&name, kind);
            prop_assert!(clean.ends_with(&format!(".{}", kind.ending())) && clean.chars().count() <= 85, "{}", clean);
            prop_assert!(!clean.starts_with('.') && !clean.chars().any(|c| c.is_control() || "/\\\"<>;\u{202E}".contains(c)), "{}", clean);
            prop_assert_eq!(clean_name(&clean, kind), clean.clone());
        }
    }
}

#[test]
fn names_lose_their_paths_and_get_the_ending_of_their_bytes() {
    for (name, clean) in [
        ("平面图.pdf", "平面图.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\fakepath\\店面 照片.JPG", "店面 照片.jpg"),
        ("gpj.\u{202E}exe.scr", "gpj.exe.jpg"),
        ("..", "材料.jpg"),
        ("", "材料.jpg"),
        ("a\r\nb\".png", "ab.jpg"),
    ] {
        assert_eq!(clean_name(name, Kind::Jpeg), clean, "{name:?}");
    }
}

#[test]
fn the_test_string_is_the_one_scanners_know() {
    let string = test_string();
    assert_eq!(string.len(), 68);
    assert!(string.starts_with(b"X5O!P%@AP") && string.ends_with(b"$H+H*"));
}

/// The food licence, with its plan required.
fn item() -> std::sync::Arc<Item> {
    let catalog = Catalog::from_files(&Files::seed()).catalog;
    let mut item = (*catalog.item("fd-food-licence", "2026-11-23".parse().unwrap()).unwrap()).clone();
    item.materials.iter_mut().find(|m| m.id == "layout").unwrap().required = true;
    std::sync::Arc::new(item)
}

fn handed(material: &str, state: MaterialState) -> Material {
    let (clock, entropy) = (FixedClock::default(), SeededEntropy::new(3));
    let (by, bytes) = (
        crate::access::Signature {
            kind: "person".into(),
            account: Some(Id::new(&clock, &entropy)),
            name: "某人".into(),
            on_behalf: None,
            mandate: None,
        },
        super::Received { hash: evidence::Hash([7; 32]), size_bytes: 9, kind: Kind::Png },
    );
    let holder = super::Holder::Case(Id::new(&clock, &entropy));
    let bringing = super::Bringing { holder, material, name: "a.png", way: Way::Online, by: &by };
    let salt = evidence::canonical::Salt::generate(&entropy);
    let place = ("gx", Id::new(&clock, &entropy), kernel::Moment::from_ms(0));
    Material { state, ..Material::new(&bringing, &bytes, place, salt).unwrap() }
}

#[test]
fn silence_hinders_the_machine_and_a_person_but_absence_only_the_machine() {
    use MaterialState::{Clean, Quarantine, Refused};
    let item = item();
    for (known, lacks, machine, person) in [
        (vec![], true, true, false),
        (vec![handed("layout", Quarantine)], false, true, true),
        (vec![handed("layout", Refused)], true, true, false),
        (vec![handed("layout", Clean)], false, false, false),
        (vec![handed("layout", Refused), handed("layout", Clean)], false, false, false),
        (vec![handed("layout", Clean), handed("layout", Quarantine)], false, false, false),
        (vec![handed("rules", Clean)], true, true, false),
    ] {
        let states: Vec<_> = known.iter().map(|m| (m.material.as_str(), m.state)).collect();
        assert_eq!(!missing(&item, &known).is_empty(), lacks, "{states:?}");
        assert_eq!(hinders_machine(&item, &known).is_some(), machine, "{states:?}");
        assert_eq!(hinders_person(&item, &known).is_some(), person, "{states:?}");
    }
}

#[test]
fn refused_files_make_room_for_others() {
    let bounds = super::Bounds { file_mb: 1, files: 2, megapixels: 1 };
    let (clean, refused) = (handed("layout", MaterialState::Clean), handed("layout", MaterialState::Refused));
    assert!(bounds.room(&[clean.clone(), refused], "layout").is_ok());
    assert_eq!(bounds.room(&[clean.clone(), clean], "layout"), Err(Flaw::Many(2)));
}
