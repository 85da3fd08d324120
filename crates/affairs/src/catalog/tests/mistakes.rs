//! One mistake at a time, in every file of the catalogue: each is found and told with its place.

use super::super::*;
use super::files;

const ITEM: &str = "items/fd-pharmacist-renew/item.toml";
const FORM: &str = "items/fd-pharmacist-renew/form.schema.json";
const CASES: &str = "items/fd-pharmacist-renew/cases.md";

/// The findings after one change to one file of the seed.
pub(super) fn after(path: &str, from: &str, to: &str) -> String {
    let mut files = files();
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    // Delegations and bundles name items that are not there then.
    let others: Vec<String> = files
        .iter()
        .map(|(p, _)| p.to_owned())
        .filter(|p| p.starts_with("items/") || p.starts_with("delegations/") || p.starts_with("bundles/"))
        .collect();
    for other in others.iter().filter(|p| !p.starts_with(&folder)) {
        files.remove(other);
    }
    let text = String::from_utf8(files.get(path).unwrap().to_vec()).unwrap();
    assert!(text.contains(from), "{path} has no {from:?}");
    files.insert(path, text.replacen(from, to, 1));
    let found = Catalog::from_files(&files).findings;
    found.iter().filter(|d| d.severity == Severity::Error).map(|d| format!("{d}\n")).collect()
}

#[test]
fn every_mistake_in_an_item_is_named_with_file_field_and_mend() {
    for (from, to, says) in [
        ("unit = \"working_day\"\nkind", "kind", "statutory_limit.unit: missing or not a text; write one of"),
        ("n = 20\n", "n = 30\n", "statutory_limit: longer than the 20 working days"),
        ("n = 0\nunit", "n = 21\nunit", "committed_limit[1]: longer than the limit by law"),
        ("zh = \"继续教育学分证明\"", "zh = \"其他材料\"", "material[credits].name: vague"),
        ("[fee]", "[fee]\ncharged = true", "fee: a charge without a basis"),
        ("id = \"c2\"", "id = \"c22\"", "condition[c22]: no decision of this id in rules.dmn"),
        ("input = \"已获学分\"", "input = \"学分\"", "fact[已获学分]: an input of rules.dmn has no fact"),
        ("input = \"已获学分\"\ntype = \"number\"", "input = \"已获学分\"\ntype = \"string\"", "fact[已获学分].type"),
        ("field = \"credits\"", "field = \"points\"", "continuing-education has no field \"points\""),
        ("register = \"credit-bars\"", "register = \"credit\"", "no register \"credit\""),
        ("key = \"form:employer\"", "key = \"form:boss\"", "the form has no field \"boss\""),
        ("key = \"form:employer\"", "key = \"employer\"", "unknown key \"employer\""),
        ("mend_field = \"employer\"", "mend_field = \"boss\"", "the form has no field \"boss\""),
        ("source = \"notes-renewal\"", "source = \"hearsay\"", "no [[source]] named \"hearsay\""),
        (
            "grade = \"A\"\nsource = \"licensing-law\"\narticle = \"50\"",
            "grade = \"A\"\nsource = \"licensing-law\"",
            "grade A without an article",
        ),
        ("grade = \"C\"\nsource = \"guide-limits\"", "grade = \"C\"", "grade C without a source"),
        ("deciding_agency = \"gx-mpa\"", "deciding_agency = \"gx-mp\"", "no agency \"gx-mp\""),
        ("role = \"drug-supervision\"", "role = \"drugs\"", "no agency has the role \"drugs\""),
        ("region = \"450000\"", "region = \"460000\"", "power.region: no such region"),
        ("visits = 0", "visits = -1", "service.visits: is a integer; write a whole number, 0 or more"),
        ("visits = 0", "visits = 0\nvisit = 1", "service.visit: unknown field"),
        ("valid_from = 2024-01-01", "valid_from = \"2024-01-01\"", "valid_from: is a string; write a date"),
        ("id = \"fd-pharmacist-renew\"", "id = \"fd-pharmacist\"", "stands in the folder"),
        ("name = { zh = \"执业药师延续注册\", en =", "name = { zh = \"\", en =", "name.zh: is empty"),
        ("mode = \"second_party\"", "mode = \"magic\"", "mode: unknown word \"magic\""),
        ("[second_party]\n", "[second_party\n", "not TOML"),
        (
            "register = \"credit-bars\"\nkey = \"applicant\"",
            "register = \"credit-bars\"\nkey = \"form:citizen_id\"",
            "credit-bars is not public and its key is typed into the form",
        ),
        ("value = \"valid\"", "value = \"good\"", "\"good\" is none of the field's choices; write one of valid"),
        ("field = \"status\", value = \"valid\"", "field = \"status\", form = \"boss\"", "no field \"boss\""),
        ("fact = \"注册有效期至\"", "fact = \"注册状态\"", "result.term: 注册状态 is no date"),
        ("value = \"valid\"", "value = \"valid\", made = \"valid_to\"", "needs exactly one origin"),
    ] {
        let found = after(ITEM, from, to);
        assert!(found.contains(says), "{from:?} -> {to:?} should say {says:?}, says:\n{found}");
        assert!(found.contains(&format!("error: {ITEM}: ")), "{found}");
    }
}

/// One county's guide to nurse registration prints 30 working days as the limit by law (seen on a government site, grade
/// B) where the regulation says 20 (article 8). Copied from the guide into the item, either number is refused.
#[test]
fn a_guide_that_prints_more_days_than_the_law_is_found() {
    let path = "items/he-nurse-first/item.toml";
    let own = "grade = \"A\"\nsource = \"nurse-regulations\"\narticle = \"8\"\n\n#";
    let law = |n: u32, row: &str| {
        format!(
            "n = {n}\nunit = \"working_day\"\nkind = \"at_most\"\nplace = {{ zh = \"全国\", en = \"Everywhere\" }}\n\
             explanation = {{ zh = \"自收到申请之日起计算，按工作日\", en = \"Counted in working days from receipt of the \
             application\" }}\n{row}"
        )
    };
    let printed = law(30, "grade = \"B\"\nsource = \"guide-suxian\"\n\n#");
    let found = after(path, &law(20, own), &printed);
    assert!(found.contains("statutory_limit: longer than the 20 working days"), "{found}");
    let found = after(path, "n = 1\nunit = \"working_day\"", "n = 30\nunit = \"working_day\"");
    assert!(found.contains("committed_limit[3]: longer than the limit by law"), "{found}");
}

#[test]
fn a_commitment_in_an_excluded_field_needs_the_list_that_opens_it() {
    let path = "items/fd-pharmacist-first/item.toml";
    let (own, excluded) = ("field = \"practitioner-registration\"", "field = \"direct-health-and-safety\"");
    assert!(after(path, own, excluded).contains("commitment.field: commitments are excluded in the field"));
    let opened = format!("{excluded}\nopened_by = {{ grade = \"B\", source = \"news-2018\" }}");
    assert_eq!(after(path, own, &opened), "");
}

#[test]
fn a_statement_without_a_commitment_may_not_feed_a_rule() {
    let found = after(ITEM, "field = \"employer\"\nrole = \"wish\"", "field = \"employer\"\nrole = \"statement\"");
    assert!(found.contains("a statement of the applicant feeds a rule without a commitment"), "{found}");
}

#[test]
fn every_mistake_in_a_form_is_named() {
    for (from, to, says) in [
        ("\"additionalProperties\": false", "\"additionalProperties\": true", "/additionalProperties"),
        ("\"maxLength\": 40,", "", "/properties/registration_number/maxLength: missing"),
        ("\"x-kind\": \"phone\"", "\"x-kind\": \"fax\"", "unknown kind \"fax\""),
        (
            "\"x-kind\": \"phone\"",
            "\"x-kind\": \"phone\", \"default\": \"1\"",
            "/properties/phone/default: outside the subset",
        ),
        ("\"x-autocomplete\": \"tel\"", "\"$ref\": \"#/x\"", "/properties/phone/$ref: outside the subset"),
        ("[\"phone\", \"truthful\"]", "[\"phone\"]", "does not name every field exactly once"),
        (
            "\"key\": \"applicant\", \"field\": \"number\"",
            "\"key\": \"me\", \"field\": \"number\"",
            "x-fact: not a binding",
        ),
        ("\"field\": \"number\"", "\"field\": \"nummer\"", "pharmacist-registration has no field \"nummer\""),
        ("\"zh\": \"联系电话\", ", "", "/properties/phone/x-label: needs zh and en"),
        ("\"required\": [", "\"required\": [\"fax\", ", "\"fax\" is no field"),
        ("\"type\": \"boolean\"", "\"type\": \"string\"", "a declaration is a boolean"),
        ("\"const\": true,", "", "/properties/truthful/const: missing"),
        ("\"x-on-difference\": \"allowed\"", "\"x-on-difference\": \"maybe\"", "unknown word \"maybe\""),
        ("\"minLength\": 2,", "\"minLength\": 2, \"minLength\": 3,", "the key \"minLength\" stands twice"),
    ] {
        let found = after(FORM, from, to);
        assert!(found.contains(says), "{from:?} -> {to:?} should say {says:?}, says:\n{found}");
        assert!(found.contains(FORM) || found.contains("form field"), "{found}");
    }
}

#[test]
fn every_mistake_in_the_cases_is_named() {
    for (from, to, says) in [
        ("| → 未通过 | c9 |", "| → 未通过 | c1 |", "condition[c9]: no case of its own"),
        ("| → 未通过 | c9 |", "| → 未通过 | c77 |", "no condition \"c77\""),
        ("| 已获学分 | 80 |", "| 学分 | 80 |", "no fact \"学分\""),
        ("40日前", "很久以前", "unknown mishap \"很久以前\""),
        ("2026-11-23 21:40", "昨晚", "\"昨晚\" is no time"),
        ("| → 结果 |", "| → 结论 |", "unknown outcome row \"结论\""),
        ("## 基准", "## 起点", "## 基准: missing"),
    ] {
        let found = after(CASES, from, to);
        assert!(found.contains(says), "{from:?} -> {to:?} should say {says:?}, says:\n{found}");
    }
}

#[test]
fn mistakes_of_several_files_come_together() {
    let mut files = files();
    let bad = |files: &mut Files, path: &str, from: &str, to: &str| {
        let text = String::from_utf8(files.get(path).unwrap().to_vec()).unwrap();
        files.insert(path, text.replacen(from, to, 1));
    };
    bad(&mut files, ITEM, "visits = 0", "visits = \"none\"");
    bad(&mut files, FORM, "\"x-kind\": \"phone\"", "\"x-kind\": \"fax\"");
    bad(&mut files, "agencies/nanning-amr.toml", "parent = \"gx-amr\"", "parent = \"gx\"");
    bad(&mut files, "regions/city.csv", "450100,南宁市", "4501,,");
    files.insert("items/fd-pharmacist-renew/notes.txt", "x");
    files.insert("powers/one.toml", "x");
    let found = Catalog::from_files(&files).findings;
    for (file, field) in [
        (ITEM, "service.visits"),
        (FORM, "/properties/phone/x-kind"),
        ("agencies/nanning-amr.toml", "parent"),
        ("regions/city.csv", "line 6"),
        ("items/fd-pharmacist-renew/notes.txt", "file"),
        ("powers/one.toml", "file"),
    ] {
        assert!(found.iter().any(|d| d.file == file && d.field == field), "{file} {field}: {found:#?}");
    }
}

#[test]
fn an_agency_and_a_calendar_are_read_strictly() {
    for (path, from, to, says) in [
        ("agencies/gx-mpa.toml", "11450000DM0000013L", "11450000DM0000013M", "uscc"),
        ("agencies/gx-mpa.toml", "to = 12:00:00", "to = 08:00:00", "is not after from"),
        ("agencies/gx-mpa.toml", "region = \"450000\"", "region = \"45x\"", "region"),
        ("calendars/2026.toml", "year = 2026", "year = 2025", "calendars"),
        ("calendars/2026.toml", "year = 2026", "jahr = 2026", "calendars/2026.toml"),
    ] {
        let found = after(path, from, to);
        assert!(found.contains(says), "{from:?} -> {to:?}: {found}");
    }
}
