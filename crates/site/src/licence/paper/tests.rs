//! Tests of `paper`: how lines are broken, and what is refused before anything is drawn. What poppler and zbar read in the
//! pages is told by `tests/stories/printed.rs`.

use std::path::PathBuf;

use proptest::prelude::*;

use super::fonts::Glyph;
use super::set::wrap;
use super::*;

/// A text as if set: Chinese one wide, everything else half.
fn set(text: &str) -> Vec<Glyph> {
    let glyph = |letter: char| Glyph { letter, font: 0, id: 1, advance: if letter.is_ascii() { 0.5 } else { 1.0 } };
    text.chars().map(glyph).collect()
}

fn lines(text: &str, width: f32) -> Vec<String> {
    wrap(&set(text), width).iter().map(|line| line.iter().map(|glyph| glyph.letter).collect()).collect()
}

#[test]
fn lines_break_where_a_printer_would() {
    let cases: [(&str, f32, &[&str]); 9] = [
        ("", 5.0, &[]),
        ("药品零售", 4.0, &["药品零售"]),
        ("药品零售、食品", 4.0, &["药品零", "售、食品"]),
        ("经营（甲类）", 3.0, &["经营", "（甲", "类）"]),
        ("OTC drugs only", 4.0, &["OTC", "drugs", "only"]),
        ("第Ⅱ类 class-II", 5.0, &["第Ⅱ类", "class-II"]),
        ("ABCDEFGHIJKLMN", 4.0, &["ABCDEFGH", "IJKLMN"]),
        ("。。。。。。", 2.0, &["。。", "。。", "。。"]),
        ("药 ", 0.1, &["药"]),
    ];
    for (text, width, wanted) in cases {
        assert_eq!(lines(text, width), wanted, "{text} in {width}");
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_between_lines_and_no_line_is_too_wide(text in "[药品、（） a-z。]{0,60}", width in 2.0_f32..12.0) {
        let broken = wrap(&set(&text), width);
        let solid = |text: &str| text.replace(' ', "");
        let all: String = broken.iter().flatten().map(|glyph| glyph.letter).collect();
        prop_assert_eq!(solid(&all), solid(&text));
        for line in &broken {
            prop_assert!(super::set::width(line) <= width.max(1.0), "{:?}", line);
        }
    }
}

fn paper(rows: Vec<Line>) -> Paper {
    Paper {
        title: "药品经营许可证".into(),
        number: "证照编号 1.2.156.3005.2.1".into(),
        rows,
        agency: "广西壮族自治区药品监督管理局".into(),
        issued_on: "2026年11月23日".into(),
        stamp: None,
        specimen: Some("演示样本，无法律效力".into()),
        scan: "扫码核验：".into(),
        address: "https://zwfw.example.gov.cn/verify?code=1".into(),
        check: format!("https://zwfw.example.gov.cn/v#{}", "7".repeat(700)),
        note: "附有签名文件".into(),
        further: "药品经营许可证 ".into(),
        file: ("licence-1.json".into(), "签名文件".into(), b"{\"typ\":1}".to_vec()),
        issued_at: "2026-11-23T04:00:00Z".parse().unwrap(),
        language: "zh-CN",
    }
}

fn row(label: &str, value: &str) -> Line {
    Line { label: label.into(), value: value.into() }
}

#[test]
fn without_a_font_nothing_is_written() {
    let none = Fonts::of(vec![PathBuf::from("/no/such/font.ttc")]);
    assert_eq!(paper(Vec::new()).to_pdf(&none), Err(Unprintable::NoFont));
}

#[test]
fn with_a_font_long_scopes_go_over_pages_and_a_lost_character_is_named() {
    let fonts = Fonts::default();
    if !fonts.are_there() {
        println!("no font with Chinese is installed (fonts-noto-cjk): passed over");
        return;
    }
    let pages = |bytes: &[u8]| String::from_utf8_lossy(bytes).matches("/MediaBox").count();
    let short = paper(vec![row("姓名", "覃䶮"), row("执业范围", "药品零售")]).to_pdf(&fonts).unwrap();
    assert!(short.starts_with(b"%PDF-1.7"), "{:?}", &short[..8]);
    assert_eq!(
        short,
        paper(vec![row("姓名", "覃䶮"), row("执业范围", "药品零售")]).to_pdf(&fonts).unwrap(),
        "equal bytes"
    );
    let long = paper(vec![row("经营范围", &"中药饮片、化学药制剂、抗生素；".repeat(150))]).to_pdf(&fonts).unwrap();
    assert!(pages(&long) > pages(&short), "{} pages", pages(&long));
    for (name, lost) in [
        ("韦\u{200b}明月", vec!['\u{200b}']),
        ("月\u{202e}明韦", vec!['\u{202e}']),
        ("محمد", vec!['م', 'ح', 'د']),
        ("韦\u{10fffd}\u{10fffd}", vec!['\u{10fffd}']),
    ] {
        assert_eq!(paper(vec![row("姓名", name)]).to_pdf(&fonts), Err(Unprintable::Letters(lost)), "{name:?}");
    }
    let both = Fonts::of(vec![PathBuf::from("/no/such/font.ttc")].into_iter().chain(super::fonts::usual()).collect());
    assert_eq!(both.missing("韦明月 覃䶮"), Vec::<char>::new(), "the next one has it");
}
