//! Sheets: every encoding spreadsheet programs save, every bad cell named at once, and what is written reads in again.

use std::collections::BTreeSet;

use encoding_rs::GB18030;

use super::*;

const ROW: [&str; 23] = [
    "CF-001",
    "某项处罚",
    "",
    "行政处罚",
    "无",
    "某法第一条",
    "U",
    "广西壮族自治区药品监督管理局",
    "执法处",
    "自治区级",
    "",
    "",
    "90日",
    "60日",
    "听证20工作日",
    "无",
    "不收费",
    "",
    "立案；决定",
    "无",
    "公开依据",
    "0771-0000000",
    "无",
];

fn heading() -> String {
    COLUMNS.iter().map(|(zh, ..)| *zh).collect::<Vec<_>>().join(",")
}

fn line(cells: &[&str]) -> String {
    cells.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(",")
}

fn with(column: &str, value: &str) -> Vec<String> {
    let at = COLUMNS.iter().position(|(zh, ..)| *zh == column).unwrap();
    let mut row: Vec<String> = ROW.iter().map(|c| (*c).to_owned()).collect();
    row[at] = value.to_owned();
    row
}

fn read(text: &[u8]) -> Result<Vec<Power>, Vec<BadCell>> {
    let (catalog, law) = seed();
    read_sheet(&cells(text).unwrap(), &Known { catalog, law })
}

fn sheet(rows: &[Vec<String>]) -> String {
    let lines = rows.iter().map(|r| line(&r.iter().map(String::as_str).collect::<Vec<_>>()));
    std::iter::once(heading()).chain(lines).collect::<Vec<_>>().join("\r\n")
}

#[test]
fn the_same_list_in_every_encoding() {
    let text = sheet(&[with("编码", "CF-001")]);
    let plain = read(text.as_bytes()).unwrap();
    let marked = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
    let (old, _, wrong) = GB18030.encode(&text);
    assert!(!wrong && std::str::from_utf8(&old).is_err(), "GB18030 is not UTF-8 by accident");
    assert_eq!(read(&marked).unwrap(), plain);
    assert_eq!(read(&old).unwrap(), plain);
    assert_eq!(read(&workbook(&text)).unwrap(), plain, "an .xlsx of the same rows");
    assert_eq!(cells(&[0xff, 0xff, 0x41]).unwrap_err(), SheetError::Encoding);
    assert!(matches!(cells(b"PK\x03\x04 no workbook"), Err(SheetError::Workbook(_))));
}

#[test]
fn a_row_becomes_a_power() {
    let power = read(sheet(&[with("编码", "CF-001")]).as_bytes()).unwrap().remove(0);
    assert_eq!((power.kind.as_str(), power.flow.as_str(), power.agency.as_str()), ("penalty", "penalty", "gx-mpa"));
    assert_eq!((power.statutory, power.committed), (Some(calendar(90)), Some(calendar(60))));
    assert_eq!(power.special, [SpecialLimit { name: "听证".into(), period: working(20) }]);
    assert_eq!((power.stages.len(), power.level, power.grade), (2, RegionLevel::Region, Grade::U));
}

#[test]
fn cells_as_people_write_them() {
    let limits = [
        ("20个工作日", Some(working(20))),
        ("20 工作日", Some(working(20))),
        ("45天", Some(calendar(45))),
        ("45个自然日", Some(calendar(45))),
        ("2个月", Some(Period::at_most(2, PeriodUnit::Month))),
        ("当场", Some(working(0))),
        ("无", None),
        ("—", None),
    ];
    for (cell, limit) in limits {
        let power = read(sheet(&[with("法定时限", cell)]).as_bytes()).unwrap().remove(0);
        assert_eq!(power.statutory, limit, "{cell}");
    }
    let power = read(sheet(&[with("盖章", "村委会章；审批章（内部）")]).as_bytes()).unwrap().remove(0);
    assert_eq!((power.seals.len(), power.seals_to_fetch()), (2, 1));
    let power = read(sheet(&[with("申请材料", "申请表\n执照(共享)")]).as_bytes()).unwrap().remove(0);
    assert_eq!(power.materials_to_bring().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["申请表"]);
    let power = read(sheet(&[with("实施机关", "gx-hc")]).as_bytes()).unwrap().remove(0);
    assert_eq!(power.agency, "gx-hc");
}

/// Each bad cell by itself: the right column, a reason and a mend in both languages.
#[test]
fn every_kind_of_mistake_is_named_with_its_mend() {
    let cases = [
        ("编码", "没有数字", "编码"),
        ("编码", "", "编码"),
        ("名称", "x", "名称"),
        ("类别", "行政命令", "类别"),
        ("流程", "payment", "流程"),
        ("设定依据", "无", "设定依据"),
        ("依据等级", "E", "依据等级"),
        ("实施机关", "某某局", "实施机关"),
        ("行使层级", "村级", "行使层级"),
        ("法定时限", "20", "法定时限"),
        ("法定时限", "", "法定时限"),
        ("承诺时限", "三天", "承诺时限"),
        ("特殊环节", "听证", "特殊环节"),
        ("申请材料", "申请表；其他材料", "申请材料"),
        ("收费", "50元", "收费依据"),
        ("收费", "若干", "收费"),
        ("收费", "0元", "收费"),
        ("办理环节", "", "办理环节"),
        ("盖章", "", "盖章"),
        ("责任事项", "", "责任事项"),
        ("监督电话", "请致电", "监督电话"),
        ("关联事项", "no-such-item", "关联事项"),
        ("名称", "=1+1", "名称"),
    ];
    for (column, value, told) in cases {
        let bad = read(sheet(&[with(column, value)]).as_bytes()).unwrap_err();
        assert!(bad.iter().any(|b| b.column == told && b.row == 2), "{column} {value:?}: {bad:#?}");
        for b in &bad {
            assert!(
                !b.reason.zh.is_empty() && !b.reason.en.is_empty() && !b.mend.zh.is_empty() && !b.mend.en.is_empty()
            );
        }
    }
}

#[test]
fn headings_are_checked_before_rows() {
    let missing = heading().replace("盖章,", "").replace("类别", "种类") + ",盖戳,名称";
    let bad = read(missing.as_bytes()).unwrap_err();
    let values: BTreeSet<&str> = bad.iter().map(|b| b.value.as_str()).collect();
    assert_eq!(values, ["名称", "种类", "类别", "盖戳", "盖章"].into(), "{bad:#?}");
    assert_eq!(read(b"").unwrap_err().len(), 1);
    assert_eq!(read(heading().as_bytes()).unwrap_err().len(), 1, "no rows");
}

/// Five thousand rows, forty of them bad, two cells in some: all told at once, by row and column.
#[test]
fn forty_bad_rows_among_five_thousand_are_all_told() {
    let mistakes = [("法定时限", "20"), ("依据等级", "Z"), ("实施机关", "某某局"), ("监督电话", "?"), ("类别", "命令")];
    let (mut rows, mut wanted) = (Vec::new(), BTreeSet::new());
    for n in 0..5_000_usize {
        let mut row = with("编码", &format!("CF-{n:05}"));
        if n % 125 == 7 {
            let (column, value) = mistakes[n / 125 % mistakes.len()];
            let at = COLUMNS.iter().position(|(zh, ..)| *zh == column).unwrap();
            row[at] = value.to_owned();
            // The row's number as the spreadsheet program shows it: one for the heading, and they begin with one.
            wanted.insert((n + 2, column.to_owned()));
        }
        rows.push(row);
    }
    // And the code of the first row again at the very end.
    rows[4_999][0] = "CF-00000".into();
    wanted.insert((5_001, "编码".into()));
    let bad = read(sheet(&rows).as_bytes()).unwrap_err();
    let told: BTreeSet<(usize, String)> = bad.iter().map(|b| (b.row, b.column.clone())).collect();
    assert_eq!(wanted.len(), 41);
    assert_eq!(told, wanted);
}

#[test]
fn what_is_written_reads_in_again_as_the_same_list() {
    let (catalog, law) = seed();
    for file in ["2019", "2026"] {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../budayang/src/demo/powers/");
        let bytes = std::fs::read(format!("{path}{file}.csv")).unwrap();
        let powers = read(&bytes).unwrap_or_else(|bad| panic!("{file}: {bad:#?}"));
        assert!(powers.len() > 20);
        let again = sheet_of(&powers, catalog, law);
        assert!(again.starts_with(b"\xef\xbb\xbf"), "spreadsheet programs see the encoding by the mark");
        assert_eq!(read(&again).unwrap(), powers, "{file}");
    }
}

/// A workbook with these rows as text cells, the smallest that programs accept.
fn workbook(csv: &str) -> Vec<u8> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    let escape = |t: &str| t.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let mut rows = String::new();
    for record in reader.records() {
        let cells: String =
            record.unwrap().iter().map(|c| format!("<c t=\"inlineStr\"><is><t>{}</t></is></c>", escape(c))).collect();
        rows.push_str(&format!("<row>{cells}</row>"));
    }
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/package/2006/relationships";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let files = [
        (
            "[Content_Types].xml",
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/><Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/></Types>"
                .to_owned(),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{relations}\"><Relationship Id=\"r1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"s\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{relations}\"><Relationship Id=\"r1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        ("xl/worksheets/sheet1.xml", format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>")),
    ];
    stored_zip(&files)
}

/// A zip archive whose files are stored as they are.
fn stored_zip(files: &[(&str, String)]) -> Vec<u8> {
    let (mut body, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in files {
        let (at, crc) = (body.len() as u32, crc32(text.as_bytes()));
        let mut common = Vec::new();
        common.extend([20_u16, 0, 0, 0, 33].iter().flat_map(|n| n.to_le_bytes()));
        common.extend([crc, text.len() as u32, text.len() as u32].iter().flat_map(|n| n.to_le_bytes()));
        common.extend([name.len() as u16, 0].iter().flat_map(|n| n.to_le_bytes()));
        body.extend(b"PK\x03\x04");
        body.extend(&common);
        body.extend(name.as_bytes());
        body.extend(text.as_bytes());
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0_u16, 0, 0].iter().flat_map(|n| n.to_le_bytes()));
        directory.extend([0_u32, at].iter().flat_map(|n| n.to_le_bytes()));
        directory.extend(name.as_bytes());
    }
    let (start, length) = (body.len() as u32, directory.len() as u32);
    body.extend(&directory);
    body.extend(b"PK\x05\x06\x00\x00\x00\x00");
    body.extend([files.len() as u16; 2].iter().flat_map(|n| n.to_le_bytes()));
    body.extend([length, start].iter().flat_map(|n| n.to_le_bytes()));
    body.extend([0, 0]);
    body
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { c >> 1 ^ 0xEDB8_8320 } else { c >> 1 })
    };
    !bytes.iter().fold(!0, step)
}
