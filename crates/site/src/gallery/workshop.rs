//! Pages of the rule workshop.

use super::{Picture, at, picture, staff};
use crate::pieces::{Choice, ErrorLine, EventView, FieldKind, FieldView, Tag, Tone};
use crate::workshop::view::{
    CaseLine, Cell, ClashView, ConditionRow, DraftPage, ExpertPage, FoundLine, LogicView, NewCondition, NewRow,
    ReportView, RowView, RuleView, Told, VersionLine, VersionPage,
};

const HERE: &str = "/staff/rules/drafts/019ab";

fn cell(pointer: &str, label: &str, value: &str) -> Cell {
    Cell {
        pointer: pointer.into(),
        id: crate::pieces::field_id(pointer),
        label: label.into(),
        value: value.into(),
        ..Cell::default()
    }
}

fn choice(pointer: &str, label: &str, value: &str) -> Cell {
    let choice = Choice { value: value.into(), label: value.into(), chosen: true };
    Cell { choices: vec![choice], ..cell(pointer, label, value) }
}

fn row(i: usize, fact: &str, comparison: &str, value: &str) -> RowView {
    let at = format!("/decision/c1/row/{i}");
    RowView {
        is_or: i > 0,
        fact: fact.into(),
        comparison: choice(&format!("{at}/comparison"), &format!("{fact} 比较"), comparison),
        value: cell(&format!("{at}/value"), &format!("{fact} 值"), value),
        gone: cell(&format!("{at}/gone"), "删去", ""),
    }
}

fn logic() -> LogicView {
    let new = NewRow {
        fact: choice("/decision/c1/new/fact", "加一句 事实", "（不加）"),
        comparison: choice("/decision/c1/new/comparison", "加一句 比较", "是"),
        value: cell("/decision/c1/new/value", "加一句 值", ""),
    };
    LogicView {
        id: "f-decision-c1".into(),
        name: "届满三十日前提出".into(),
        rows: vec![row(0, "申请日期", "不晚于", "注册有效期至 减 30天"), row(1, "已获学分", "是", "45")],
        new: Some(new),
        ..LogicView::default()
    }
}

fn table() -> LogicView {
    let rule = |number: usize| {
        let at = format!("/decision/p1/rule/{number}");
        let comparison = choice(&format!("{at}/cell/0/comparison"), "注册日期 比较", "早于");
        let value = cell(&format!("{at}/cell/0/value"), "注册日期 值", "2019-03-05");
        let results = vec![cell(&format!("{at}/result/0"), "结果 值", "45")];
        RuleView { number, cells: vec![Some((comparison, value)), None], results }
    };
    LogicView {
        id: "f-decision-p1".into(),
        name: "应修学分".into(),
        columns: vec!["注册日期".into(), "地区".into()],
        rules: vec![rule(1), rule(2)],
        results: 1,
        ..LogicView::default()
    }
}

fn condition() -> ConditionRow {
    ConditionRow {
        id: "c1".into(),
        sentence: "注册有效期届满三十日前提出申请".into(),
        status: "演示".into(),
        logic: Some(logic()),
        source: vec![
            choice("/condition/c1/source", "c1 出处", "中华人民共和国行政许可法"),
            cell("/condition/c1/article", "c1 条", "50"),
            choice("/condition/c1/grade", "c1 等级", "A"),
        ],
        law: vec!["《行政许可法》第 50 条".into(), "有效期届满三十日前提出申请".into()],
        on_fail: choice("/condition/c1/on_fail", "c1 不满足时", "转人工"),
        words: vec![cell("/condition/c1/sentence_zh", "条件（中文）", "注册有效期届满三十日前提出申请")],
        gone: Cell {
            error: "“应修学分”还在引用它，请先改掉那里".into(), ..cell("/condition/c1/gone", "删去", "true")
        },
    }
}

fn new_condition() -> NewCondition {
    NewCondition {
        row: NewRow {
            fact: choice("/new/fact", "添加一个条件 事实", "已获学分"),
            comparison: choice("/new/comparison", "添加一个条件 比较", "不低于（不早于）"),
            value: Cell {
                error: "请写一个数，例如 45 或者 0.5".into(),
                ..cell("/new/value", "添加一个条件 值", "四十五")
            },
        },
        source: vec![
            choice("/new/source", "添加一个条件 出处", "没有出处"),
            cell("/new/article", "添加一个条件 条", ""),
        ],
        on_fail: choice("/new/on_fail", "添加一个条件 不满足时", "转人工"),
        words: vec![cell("/new/sentence_zh", "条件（中文）", "")],
        open: true,
    }
}

fn version() -> VersionPage {
    VersionPage {
        frame: staff("/staff/rules/fd-pharmacist-renew"),
        name: "执业药师延续注册".into(),
        item: "/staff/rules/fd-pharmacist-renew".into(),
        line: VersionLine {
            short: "0a1b2c3d4e5f".into(),
            page: "/staff/rules/fd-pharmacist-renew/versions/0a1b".into(),
            hash: "0a1b".into(),
            tag: Tag::new(Tone::Granted, "现行版本"),
            days: "2026年11月23日 起生效；按提出申请的日期".into(),
            who: "韦衡 提交，陆审言 审核，陆审言 公布".into(),
            at: at("23T21:40:00"),
            why: "一条轻微情形不影响延续".into(),
            leaf: "/log/leaf/7".into(),
            decided: "/staff/rules/fd-pharmacist-renew/decided/0a1b".into(),
            back_to: Vec::new(),
        },
        rows: vec![("版本编号".into(), "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9".into())],
        waivers: vec![("决策“应修学分”第 26 行第 9 列".into(), "两条规则合起来覆盖所有日期".into(), "韦衡".into())],
        seal: Some((Tag::new(Tone::Refused, "不符"), "签章文件与记录不一致：why".into())),
    }
}

fn told(text: &str, said: &str) -> Told {
    Told { text: text.into(), foreign: false, said: said.into() }
}

fn report() -> ReportView {
    let case = |name: &str, tone, word: &str, problems: Vec<Told>| CaseLine {
        name: name.into(),
        line: 87,
        tag: Tag::new(tone, word),
        problems,
    };
    ReportView {
        summary: "34 个案例中有 1 个与预期不符。".into(),
        faults: vec![told("item.toml · fee：U 级：未核实", "item.toml · fee: grade U: unverified; find the text")],
        failed: vec![case(
            "正好第三十日",
            Tone::Refused,
            "不符",
            vec![told("结果应当是 准予，得出 转人工", "outcome: expected grant, found refer")],
        )],
        passed: vec![case("夜里准予", Tone::Granted, "相符", Vec::new())],
        proof: "1 张决策表，发现 1 处。".into(),
        found: vec![FoundLine {
            key: "0a1b2c3d4e5f6071".into(),
            tag: Tag::new(Tone::Refer, "未分析"),
            place: "应修学分，第 26 行第 9 列".into(),
            text: "未分析：the cell reads another input".into(),
            witness: vec![("注册日期".into(), "2019-03-05".into())],
            signed: String::new(),
            error: String::new(),
        }],
    }
}

fn clash() -> ClashView {
    ClashView {
        who: "韦衡 于 2026年11月23日 21:39 保存了修改。".into(),
        kept: format!("{HERE}/edits/019ac"),
        rows: vec![("c1".into(), "减 45天".into(), "减 30天".into())],
    }
}

fn draft() -> DraftPage {
    DraftPage {
        frame: staff(HERE),
        name: "执业药师延续注册".into(),
        item: "/staff/rules/fd-pharmacist-renew".into(),
        here: HERE.into(),
        version: 3,
        tag: Tag::new(Tone::Refer, "草稿，待改正"),
        saved: true,
        errors: vec![ErrorLine { href: "#f-cases".into(), message: "请写日期，例如 2026-11-23".into() }],
        clash: Some(clash()),
        editable: true,
        unreadable: vec!["第 3 行第 1 列：not well-formed XML".into()],
        conditions: vec![condition()],
        steps: vec![table()],
        new: Some(new_condition()),
        cases: cell("/cases", "案例", "## 基准"),
        report: report(),
        hindrances: vec!["34 个案例中有 1 个与预期不符".into()],
        outdated: true,
        signs: true,
        proposal: Vec::new(),
        proposed: vec![("为什么修改".into(), "标准调整".into())],
        buttons: vec![("drop", "放弃草稿".into(), true)],
        reason: String::new(),
        events: vec![EventView {
            at: at("23T21:40:00"),
            what: "保存（第 3 版）".into(),
            who: "韦衡".into(),
            href: Some(format!("{HERE}/edits/019ad")),
        }],
    }
}

fn expert() -> ExpertPage {
    let field = FieldView {
        pointer: "/rules".into(),
        label: "规则模型 rules.dmn".into(),
        hint: "每个条件一个布尔决策，编号与条件相同。".into(),
        kind: FieldKind::Lines { rows: 24 },
        value: "<definitions/>".into(),
        optional: false,
        error: None,
        note: String::new(),
    };
    ExpertPage {
        frame: staff(HERE),
        name: "执业药师延续注册".into(),
        item: "/staff/rules/fd-pharmacist-renew".into(),
        here: HERE.into(),
        version: 3,
        tag: Tag::new(Tone::Waiting, "测试通过"),
        errors: Vec::new(),
        clash: None,
        editable: true,
        fields: vec![field],
        faults: vec![told("rules.dmn · 第 3 行：不是规范的 XML", "rules.dmn · line 3: not well-formed XML")],
    }
}

pub(super) fn pictures() -> Vec<Picture> {
    vec![
        picture("workshop-draft", &draft()),
        picture("workshop-expert", &expert()),
        picture("workshop-version", &version()),
    ]
}
