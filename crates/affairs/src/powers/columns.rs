//! The columns of a sheet: from cells to powers with every bad cell named at once, and back, so that what is exported reads
//! in again as the same list.

use std::collections::BTreeMap;

use kernel::{Grade, Money, Period, PeriodUnit, RegionLevel, Text};
use serde::Serialize;

use super::law::Law;
use super::row::{Fee, Material, Power, Seal, SpecialLimit};
use super::sheet::{self, Cells};
use crate::catalog::Catalog;

/// The columns, Chinese and English, and whether a sheet must have them.
pub const COLUMNS: [(&str, &str, bool); 23] = [
    ("编码", "code", true),
    ("名称", "name", true),
    ("英文名称", "name_en", false),
    ("类别", "kind", true),
    ("子项", "sub_items", false),
    ("设定依据", "basis", true),
    ("依据等级", "grade", true),
    ("实施机关", "agency", true),
    ("承办机构", "office", true),
    ("行使层级", "level", true),
    ("层级分工", "split", false),
    ("流程", "flow", false),
    ("法定时限", "statutory", true),
    ("承诺时限", "committed", true),
    ("特殊环节", "special", false),
    ("申请材料", "materials", true),
    ("收费", "fee", true),
    ("收费依据", "fee_basis", false),
    ("办理环节", "stages", true),
    ("盖章", "seals", true),
    ("责任事项", "duties", true),
    ("监督电话", "phone", true),
    ("关联事项", "items", false),
];

/// A cell that keeps a sheet from being imported.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BadCell {
    /// The row's number as the spreadsheet program shows it; 1 is the heading.
    pub row: usize,
    /// The column's heading.
    pub column: String,
    /// What stands there.
    pub value: String,
    /// What is wrong.
    pub reason: Text,
    /// What to do about it.
    pub mend: Text,
}

/// What cells are checked against.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Agencies and items.
    pub catalog: &'a Catalog,
    /// Kinds and flows.
    pub law: &'a Law,
}

/// Reads a sheet.
///
/// # Errors
/// Every bad cell of every row; no power is given then.
pub fn read_sheet(rows: &[Cells], known: &Known<'_>) -> Result<Vec<Power>, Vec<BadCell>> {
    let Some((heading, rows)) = rows.split_first() else {
        return Err(vec![whole(
            "",
            "表是空的",
            "the sheet is empty",
            "请导出有标题行的表",
            "export a sheet with a heading",
        )]);
    };
    let (places, mut bad) = headings(heading);
    if !bad.is_empty() {
        return Err(bad);
    }
    if rows.is_empty() {
        bad.push(whole("", "没有权力事项", "no rows below the heading", "请至少填写一行", "write at least one row"));
    }
    let (mut powers, mut seen) = (Vec::with_capacity(rows.len()), BTreeMap::new());
    for (number, cells) in rows {
        let mut row = RowReader { number: *number, cells, places: &places, known, bad: Vec::new() };
        let power = row.power();
        if let Some(first) = seen.insert(power.code.clone(), *number).filter(|_| !power.code.is_empty()) {
            let reason = Text::new(format!("与第{first}行编码相同"), format!("row {first} has the same code"));
            row.wrong("编码", reason, ("每项权力一个编码", "give every power a code of its own"));
        }
        bad.append(&mut row.bad);
        powers.push(power);
    }
    if bad.is_empty() { Ok(powers) } else { Err(bad) }
}

fn whole(value: &str, zh: &str, en: &str, mend_zh: &str, mend_en: &str) -> BadCell {
    let (reason, mend) = (Text::new(zh, en), Text::new(mend_zh, mend_en));
    BadCell { row: 1, column: String::new(), value: value.to_owned(), reason, mend }
}

/// Where each column stands; unknown, doubled and missing headings.
fn headings((_, cells): &Cells) -> (BTreeMap<&'static str, usize>, Vec<BadCell>) {
    let (mut places, mut bad) = (BTreeMap::new(), Vec::new());
    for (at, heading) in cells.iter().enumerate().filter(|(_, h)| !h.is_empty()) {
        let plain = heading.replace([' ', '\n', '*'], "");
        match COLUMNS.iter().find(|(zh, en, _)| *zh == plain || en.eq_ignore_ascii_case(&plain)) {
            None => bad.push(whole(
                heading,
                "没有这一列",
                "no such column",
                "请改为规定的列名，或删去这一列",
                "rename or remove it",
            )),
            Some((zh, ..)) if places.contains_key(zh) => {
                bad.push(whole(heading, "这一列出现两次", "the column stands twice", "请删去一列", "remove one"));
            }
            Some((zh, ..)) => drop(places.insert(*zh, at)),
        }
    }
    for (zh, en, _) in COLUMNS.iter().filter(|(zh, _, must)| *must && !places.contains_key(zh)) {
        bad.push(whole(zh, "缺少这一列", &format!("the column {en} is missing"), "请加上这一列", "add it"));
    }
    (places, bad)
}

struct RowReader<'a> {
    number: usize,
    cells: &'a [String],
    places: &'a BTreeMap<&'static str, usize>,
    known: &'a Known<'a>,
    bad: Vec<BadCell>,
}

const NONE: [&str; 5] = ["无", "没有", "none", "-", "—"];

impl RowReader<'_> {
    fn power(&mut self) -> Power {
        if self.cells.len() > self.places.values().max().map_or(0, |m| m + 1) && self.overflow() {
            let reason = Text::new("这一行的格子多于标题", "the row has more cells than the heading");
            self.wrong("编码", reason, ("逗号和换行要放在引号里", "put commas and line ends into quotes"));
        }
        self.formulas();
        let kind = self.kind();
        Power {
            code: self.code(),
            name: self.words("名称", 2..=120),
            name_en: self.optional("英文名称"),
            flow: self.flow(&kind),
            kind,
            sub_items: self.list("子项"),
            basis: self.some_list("设定依据"),
            grade: self.grade(),
            agency: self.agency(),
            office: self.words("承办机构", 2..=80),
            level: self.level(),
            split: self.optional("层级分工"),
            statutory: self.limit("法定时限"),
            committed: self.limit("承诺时限"),
            special: self.special(),
            materials: self.materials(),
            fee: self.fee(),
            stages: self.some_list("办理环节"),
            seals: self.seals(),
            duties: self.some_list("责任事项"),
            phone: self.phone(),
            items: self.items(),
        }
    }

    fn overflow(&self) -> bool {
        let last = self.places.values().max().copied().unwrap_or(0);
        self.cells[last + 1..].iter().any(|c| !c.is_empty())
    }

    fn cell(&self, column: &str) -> &str {
        self.places.get(column).and_then(|at| self.cells.get(*at)).map_or("", String::as_str)
    }

    fn wrong(&mut self, column: &str, reason: Text, (zh, en): (&str, &str)) {
        let value: String = self.cell(column).chars().take(80).collect();
        self.bad.push(BadCell { row: self.number, column: column.to_owned(), value, reason, mend: Text::new(zh, en) });
    }

    /// A cell that a spreadsheet program would carry out, here or at whoever opens our export.
    fn formulas(&mut self) {
        for (column, ..) in COLUMNS {
            let cell = self.cell(column);
            let digits = |c: char| c.is_ascii_digit() || matches!(c, '-' | ' ' | '+' | '(' | ')');
            let risky =
                cell.starts_with(['=', '@', '\t']) || (cell.starts_with(['+', '-']) && !cell.chars().all(digits));
            if risky && !NONE.contains(&cell) {
                let reason = Text::new("看起来是公式", "it looks like a formula");
                self.wrong(column, reason, ("请填写文字或数字", "write words or a number"));
            }
        }
    }

    fn words(&mut self, column: &str, length: std::ops::RangeInclusive<usize>) -> String {
        let cell = self.cell(column).to_owned();
        if cell.is_empty() {
            self.wrong(column, Text::new("没有填写", "empty"), ("请填写", "fill it in"));
        } else if !length.contains(&cell.chars().count()) {
            let (least, most) = (length.start(), length.end());
            let reason = Text::new(format!("应有{least}至{most}个字"), format!("{least} to {most} characters"));
            self.wrong(column, reason, ("请改写", "shorten or complete it"));
        }
        cell
    }

    fn optional(&self, column: &str) -> String {
        let cell = self.cell(column);
        if NONE.contains(&cell) { String::new() } else { cell.to_owned() }
    }

    /// Entries parted by a semicolon or a line end.
    fn list(&self, column: &str) -> Vec<String> {
        let cell = self.optional(column);
        cell.split(['；', ';', '\n']).map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect()
    }

    fn some_list(&mut self, column: &str) -> Vec<String> {
        let list = self.list(column);
        if list.is_empty() {
            self.wrong(
                column,
                Text::new("没有填写", "empty"),
                ("请填写，多项用分号隔开", "fill it in, semicolons between"),
            );
        }
        list
    }

    /// Latin letters, digits and dashes, a digit among them, so that it can stand in an address.
    fn code(&mut self) -> String {
        let code = self.words("编码", 4..=64);
        let plain = code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !(code.is_empty() || plain && code.chars().any(|c| c.is_ascii_digit())) {
            let reason =
                Text::new("编码只能用字母、数字和连字符，且要有数字", "letters, digits and dashes, a digit among them");
            self.wrong("编码", reason, ("请改写编码", "mend the code"));
        }
        code
    }

    fn kind(&mut self) -> String {
        let cell = self.cell("类别").to_owned();
        let short = cell.strip_prefix("行政").unwrap_or(&cell);
        let kinds = &self.known.law.kinds;
        let found = kinds.iter().find(|k| {
            k.id == cell
                || k.name.zh == cell
                || k.name.zh.strip_prefix("行政") == Some(short)
                || k.name.en.eq_ignore_ascii_case(&cell)
        });
        if let Some(kind) = found {
            return kind.id.clone();
        }
        let names: Vec<&str> = kinds.iter().map(|k| k.name.zh.as_str()).collect();
        let reason = Text::new(format!("没有这个类别；有：{}", names.join("、")), "no such kind".to_owned());
        self.wrong("类别", reason, ("请选用目录里的类别", "take a kind of the catalogue"));
        String::new()
    }

    fn flow(&mut self, kind: &str) -> String {
        let (cell, law) = (self.optional("流程"), self.known.law);
        let own = law.kind(kind).map(|k| k.flow.clone()).unwrap_or_default();
        if cell.is_empty() || kind.is_empty() {
            return own;
        }
        if law.flow(&cell).is_some_and(|f| f.kind == kind) {
            return cell;
        }
        let reason = Text::new("这个类别没有这个流程", "this kind has no such flow");
        self.wrong("流程", reason, ("留空即用该类别的流程", "leave it empty for the kind's own"));
        own
    }

    fn grade(&mut self) -> Grade {
        let cell = self.cell("依据等级").to_uppercase();
        Grade::from_letter(&cell).unwrap_or_else(|| {
            let reason = Text::new("依据等级是 A、B、C、D 或 U", "a grade is A, B, C, D or U");
            self.wrong("依据等级", reason, ("没有核实的写 U", "write U where it was not verified"));
            Grade::U
        })
    }

    fn agency(&mut self) -> String {
        let cell = self.cell("实施机关").to_owned();
        let found = self
            .known
            .catalog
            .agency(&cell)
            .or_else(|| self.known.catalog.agencies().find(|a| a.name.zh == cell || a.short.zh == cell));
        if let Some(agency) = found {
            return agency.id.clone();
        }
        let reason = Text::new("目录里没有这个机关", "the catalogue has no such agency");
        self.wrong(
            "实施机关",
            reason,
            (
                "请写机关全称或编号，或先在 catalog/agencies 中增加",
                "write its name or id, or add it to catalog/agencies",
            ),
        );
        String::new()
    }

    fn level(&mut self) -> RegionLevel {
        let cell = self.cell("行使层级").to_owned();
        let of = |level: RegionLevel| {
            let text = level.text();
            cell == text.zh || cell == text.zh.trim_end_matches('级') || cell.eq_ignore_ascii_case(&text.en)
        };
        let level = match cell.as_str() {
            "省级" | "自治区" | "区级" => Some(RegionLevel::Region),
            "乡级" | "镇级" => Some(RegionLevel::Township),
            _ => RegionLevel::ALL.into_iter().find(|l| *l != RegionLevel::Village && of(*l)),
        };
        level.unwrap_or_else(|| {
            let reason = Text::new("层级是自治区级、市级、县级或乡镇级", "a level is region, city, county or township");
            self.wrong("行使层级", reason, ("村和社区不行使行政权力", "a village exercises no power"));
            RegionLevel::Region
        })
    }

    /// A limit with its unit; nothing where there is none.
    fn limit(&mut self, column: &str) -> Option<Period> {
        let cell = self.cell(column).to_owned();
        if cell.is_empty() {
            self.wrong(column, Text::new("没有填写", "empty"), ("没有时限的写“无”", "write 无 where there is none"));
            return None;
        }
        if NONE.contains(&cell.as_str()) {
            return None;
        }
        match limit(&cell) {
            Ok(limit) => Some(limit),
            Err(reason) => {
                self.wrong(
                    column,
                    reason,
                    ("写成 20个工作日、45日、2个月、当场 或 无", "write 20个工作日, 45日, 2个月, 当场 or 无"),
                );
                None
            }
        }
    }

    fn special(&mut self) -> Vec<SpecialLimit> {
        let mut found = Vec::new();
        for entry in self.list("特殊环节") {
            let at = entry.find(|c: char| c.is_ascii_digit()).unwrap_or(entry.len());
            let (name, period) = entry.split_at(at);
            match limit(period) {
                Ok(period) if !name.trim().is_empty() => {
                    found.push(SpecialLimit { name: name.trim().to_owned(), period })
                }
                _ => {
                    let reason =
                        Text::new(format!("“{entry}”缺名称或时限"), format!("“{entry}” lacks a name or a time"));
                    self.wrong("特殊环节", reason, ("写成 专家评审30日", "write it like 专家评审30日"));
                }
            }
        }
        found
    }

    fn materials(&mut self) -> Vec<Material> {
        let list = if self.cell("申请材料").is_empty() {
            self.some_list("申请材料")
        } else {
            self.list("申请材料")
        };
        let vague = ["其他材料", "其它材料", "等材料", "其他"];
        if list.iter().any(|m| vague.iter().any(|v| m == v)) {
            let reason = Text::new("“其他材料”没有写明是什么", "“other materials” names nothing");
            self.wrong("申请材料", reason, ("每份材料写明名称", "name every material"));
        }
        list.into_iter()
            .map(|m| marked(&m, &["共享", "shared"]))
            .map(|(name, shared)| Material { name, shared })
            .collect()
    }

    fn seals(&mut self) -> Vec<Seal> {
        let list = if self.cell("盖章").is_empty() { self.some_list("盖章") } else { self.list("盖章") };
        list.into_iter().map(|s| marked(&s, &["内部", "inside"])).map(|(name, inside)| Seal { name, inside }).collect()
    }

    fn fee(&mut self) -> Option<Fee> {
        let (cell, basis) = (self.cell("收费").to_owned(), self.optional("收费依据"));
        if cell.is_empty() {
            self.wrong(
                "收费",
                Text::new("没有填写", "empty"),
                ("不收费的写“不收费”", "write 不收费 where nothing is charged"),
            );
            return None;
        }
        if ["不收费", "免费", "free", "0"].contains(&cell.as_str()) || NONE.contains(&cell.as_str()) {
            return None;
        }
        let amount = match cell.parse::<Money>() {
            Ok(amount) if amount.fen() > 0 => amount,
            Ok(_) => {
                let reason = Text::new("收费金额须大于零", "a fee is more than nothing");
                self.wrong("收费", reason, ("不收费的写“不收费”", "write 不收费"));
                return None;
            }
            Err(error) => {
                self.wrong("收费", error.text(), ("写成 50元 或 不收费", "write 50元 or 不收费"));
                return None;
            }
        };
        if basis.is_empty() {
            let reason = Text::new("收费没有依据", "a fee without a basis");
            self.wrong("收费依据", reason, ("写明收费文件", "name what it is charged by"));
        }
        Some(Fee { amount, basis })
    }

    fn phone(&mut self) -> String {
        let phone = self.words("监督电话", 3..=40);
        let fits = |c: char| c.is_ascii_digit() || matches!(c, '-' | ' ' | '+' | '(' | ')');
        if !phone.is_empty() && !phone.chars().all(fits) {
            let reason = Text::new("电话只能有数字、空格和 - + ( )", "digits, spaces and - + ( ) only");
            self.wrong("监督电话", reason, ("写成 0771-1234567", "write it like 0771-1234567"));
        }
        phone
    }

    fn items(&mut self) -> Vec<String> {
        let list = self.list("关联事项");
        let unknown: Vec<&String> = list.iter().filter(|id| !self.known.catalog.knows(id)).collect();
        if let Some(id) = unknown.first() {
            let reason = Text::new(format!("目录里没有事项 {id}"), format!("the catalogue has no item {id}"));
            self.wrong("关联事项", reason, ("写 catalog/items 中的编号", "write an id of catalog/items"));
        }
        list
    }
}

/// A name without its mark in brackets, and whether it was marked.
fn marked(text: &str, marks: &[&str]) -> (String, bool) {
    let trimmed = text.trim_end_matches(['）', ')']);
    let found = marks.iter().find_map(|m| trimmed.strip_suffix(m)?.strip_suffix(['（', '(']));
    found.filter(|_| trimmed.len() < text.len()).map_or((text.to_owned(), false), |name| (name.trim().to_owned(), true))
}

/// A limit as sheets write it. A bare number is refused: the Licensing Law counts working days, most other acts do not.
fn limit(cell: &str) -> Result<Period, Text> {
    let cell: String = cell.chars().filter(|c| !c.is_whitespace()).collect();
    if ["当场", "即办", "即时", "当场办结", "即时办结"].contains(&cell.as_str()) {
        return Ok(Period::at_most(0, PeriodUnit::WorkingDay));
    }
    let at = cell.find(|c: char| !c.is_ascii_digit()).unwrap_or(cell.len());
    let (number, unit) = cell.split_at(at);
    let n = number.parse::<u32>().ok().filter(|n| *n <= 10_000);
    let n = n.ok_or_else(|| Text::new("没有数字", "no number"))?;
    let unit = match unit {
        "个工作日" | "工作日" | "workingdays" => PeriodUnit::WorkingDay,
        "日" | "天" | "个自然日" | "自然日" | "calendardays" => PeriodUnit::CalendarDay,
        "个月" | "月" => PeriodUnit::Month,
        "年" => PeriodUnit::Year,
        "" => return Err(Text::new("只有数字，没有单位", "a bare number, no unit")),
        _ => return Err(Text::new(format!("不认识的单位“{unit}”"), format!("unknown unit “{unit}”"))),
    };
    Ok(Period::at_most(n, unit))
}

/// A version as the sheet it could be imported from.
pub fn sheet_of(powers: &[Power], catalog: &Catalog, law: &Law) -> Vec<u8> {
    let heading = COLUMNS.iter().map(|(zh, ..)| (*zh).to_owned()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(heading).chain(powers.iter().map(|p| row(p, catalog, law))).collect();
    sheet::written(&rows)
}

fn row(power: &Power, catalog: &Catalog, law: &Law) -> Vec<String> {
    let none = |list: Vec<String>| if list.is_empty() { "无".to_owned() } else { list.join("；") };
    let limit = |limit: &Option<Period>| limit.as_ref().map_or_else(|| "无".to_owned(), written);
    let mark = |name: &str, mark: &str, on: bool| if on { format!("{name}（{mark}）") } else { name.to_owned() };
    let name = catalog.agency(&power.agency).map_or(power.agency.as_str(), |a| a.name.zh.as_str());
    // A name that two agencies share would read in as the first of them.
    let shared = catalog.agencies().filter(|a| a.name.zh == name).count() > 1;
    let own = law.kind(&power.kind).is_some_and(|k| k.flow == power.flow);
    vec![
        power.code.clone(),
        power.name.clone(),
        power.name_en.clone(),
        law.kind(&power.kind).map_or_else(|| power.kind.clone(), |k| k.name.zh.clone()),
        none(power.sub_items.clone()),
        power.basis.join("；"),
        power.grade.to_string(),
        if shared { power.agency.clone() } else { name.to_owned() },
        power.office.clone(),
        power.level.text().zh,
        power.split.clone(),
        if own { String::new() } else { power.flow.clone() },
        limit(&power.statutory),
        limit(&power.committed),
        none(power.special.iter().map(|s| format!("{}{}", s.name, written(&s.period))).collect()),
        none(power.materials.iter().map(|m| mark(&m.name, "共享", m.shared)).collect()),
        power.fee.as_ref().map_or_else(|| "不收费".to_owned(), |f| format!("{}元", f.amount)),
        power.fee.as_ref().map_or_else(String::new, |f| f.basis.clone()),
        power.stages.join("；"),
        none(power.seals.iter().map(|s| mark(&s.name, "内部", s.inside)).collect()),
        power.duties.join("；"),
        power.phone.clone(),
        none(power.items.clone()),
    ]
}

fn written(period: &Period) -> String {
    if period.n == 0 { "当场".to_owned() } else { period.text().zh }
}
