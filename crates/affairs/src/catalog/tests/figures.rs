//! Thresholds and quotas: nearest row upward, in force on the day; and every mistake in their files.

use super::super::*;
use super::files;

const PARAMETER: &str = r#"
id = "small-volume"
name = { zh = "小额标准", en = "Small volume" }
unit = { zh = "立方米", en = "m³" }
[[value]]
region = "450000"
valid_from = 2023-01-01
valid_to = 2025-12-31
value = 15
grade = "D"
[[value]]
region = "450000"
valid_from = 2026-01-01
value = 30
grade = "B"
source = { zh = "自治区文件", en = "document of the region" }
[[value]]
region = "450225"
valid_from = 2026-06-01
value = 20
grade = "D"
"#;

const QUOTA: &str = r#"
id = "felling"
name = { zh = "采伐限额", en = "Felling quota" }
unit = { zh = "立方米", en = "m³" }
[[amount]]
region = "450200"
year = 2026
amount = 900
grade = "D"
[[amount]]
region = "450225"
year = 2026
amount = 100
grade = "D"
"#;

fn built(changes: &[(&str, &str, &str)]) -> Built {
    let mut files = files();
    for (path, text) in [("parameters/small-volume.toml", PARAMETER), ("quotas/felling.toml", QUOTA)] {
        let mut text = text.to_owned();
        for (_, from, to) in changes.iter().filter(|(of, ..)| *of == path) {
            assert!(text.contains(from), "{path} has no {from:?}");
            text = text.replacen(from, to, 1);
        }
        files.insert(path, text.into_bytes());
    }
    let items: Vec<String> = files.iter().map(|(p, _)| p.to_owned()).filter(|p| p.starts_with("items/")).collect();
    items.iter().for_each(|p| drop(files.remove(p)));
    Catalog::from_files(&files)
}

#[test]
fn the_nearest_row_upward_that_is_in_force_counts() {
    let catalog = built(&[]).catalog;
    let parameter = catalog.figures().parameter("small-volume").unwrap();
    let at = |region: &str, day: &str| parameter.at(region.parse().unwrap(), day.parse().unwrap()).map(|v| v.value);
    for (region, day, value) in [
        ("450225101206", "2026-11-23", Some(20)),
        ("450225", "2026-06-01", Some(20)),
        ("450225", "2026-05-31", Some(30)),
        ("450103", "2026-11-23", Some(30)),
        ("450103", "2025-12-31", Some(15)),
        ("450000", "2022-12-31", None),
        ("440103", "2026-11-23", None),
    ] {
        assert_eq!(at(region, day), value, "{region} {day}");
    }
    let quota = catalog.figures().quota("felling").unwrap();
    let row = |region: &str, year| quota.row(region.parse().unwrap(), year).map(|r| r.amount);
    assert_eq!((row("450225101", 2026), row("450221", 2026)), (Some(100), Some(900)));
    assert_eq!((row("450225", 2027), row("450103", 2026)), (None, None));
}

#[test]
fn a_reading_says_where_it_comes_from_and_nothing_set_is_an_answer() {
    let catalog = built(&[]).catalog;
    let at = "2026-11-23T21:40:00+08:00".parse().unwrap();
    let Answer::Record { body, source, .. } = catalog.figures().reading("small-volume", "450103", at).answer else {
        panic!("a record")
    };
    assert_eq!(serde_json::to_string(&body).unwrap(), r#"{"value":30,"region":"450000","grade":"B"}"#);
    assert_eq!(source.zh, "自治区文件");
    for (parameter, region) in [("small-volume", "440103"), ("small-volume", "nowhere"), ("other", "450103")] {
        assert_eq!(catalog.figures().reading(parameter, region, at).answer, Answer::NoRecord);
    }
}

#[test]
fn every_mistake_in_a_figure_is_named() {
    let (parameter, quota) = ("parameters/small-volume.toml", "quotas/felling.toml");
    for (path, from, to, says) in [
        (parameter, "id = \"small-volume\"", "id = \"other\"", "id: \"other\" stands in the file \"small-volume\""),
        (parameter, "value = 30", "value = -1", "value[2].value: is a integer; write a whole number, 0 or more"),
        (parameter, "value = 30", "value = 1.5", "value[2].value: is a float"),
        (parameter, "value = 30", "valeu = 30", "value[2].valeu: unknown field; known here: grade, note, region"),
        (parameter, "source = {", "note = {", "value[2].source: grade B without a source"),
        (parameter, "valid_to = 2025-12-31", "", "value: 450000 has two values on 2026-01-01; end the older row"),
        (parameter, "valid_to = 2025-12-31", "valid_to = 2022-12-31", "value[1].valid_to: lies before valid_from"),
        (parameter, "region = \"450225\"", "region = \"440103\"", "value[3].region: no region \"440103\""),
        (quota, "year = 2026", "year = 26", "amount[1].year: is no year we know"),
        (quota, "region = \"450200\"", "region = \"450225\"", "amount: 450225 stands twice for 2026"),
        (quota, "amount = 900", "", "amount[1].amount: missing; write amount = a whole number"),
        (quota, "grade = \"D\"", "grade = \"E\"", "amount[1].grade: unknown word \"E\""),
        (quota, "unit = {", "units = {", "unit: missing"),
    ] {
        let found: String = built(&[(path, from, to)])
            .findings
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .map(|d| format!("{d}\n"))
            .collect();
        assert!(found.contains(&format!("error: {path}: {says}")), "{from:?} -> {to:?} should say {says:?}:\n{found}");
    }
    let all = [(parameter, "value = 30", "value = -1"), (quota, "year = 2026", "year = 26")];
    assert!(built(&all).findings.iter().filter(|d| d.severity == Severity::Error).count() >= 2, "all at once");
}

#[test]
fn the_shared_clocks_are_data_and_their_absence_is_told() {
    let catalog = built(&[]).catalog;
    let procedure = catalog.procedure().unwrap();
    assert_eq!(
        (procedure.notice.period.text().en, procedure.correction.period.text().en),
        ("5 working days".into(), "30 calendar days".into())
    );
    assert_eq!((procedure.data_wait_minutes, procedure.notice.attested.grade), (30, kernel::Grade::A));
    let mut without = files();
    without.remove("procedure.toml");
    let found = Catalog::from_files(&without);
    assert!(found.catalog.procedure().is_none() && !found.is_importable());
    let told = |text: &str| found.findings.iter().any(|d| d.to_string().contains(text));
    assert!(told("error: procedure.toml: file: missing"));
}
