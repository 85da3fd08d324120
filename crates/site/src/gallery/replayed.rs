//! Pictures of the rule workbench: drafts tried on the past and beside people, and how far cases reach into the law.

use kernel::Grade;

use super::{Picture, at, picture, staff};
use crate::pieces::*;
use crate::replay::chart::{Bar, Chart};
use crate::replay::view::*;

fn tabs(current: usize) -> Vec<Tab> {
    let all = [
        ("/staff/replay", "在历史上试算"),
        ("/staff/replay/shadows", "与人并行"),
        ("/staff/replay/coverage", "法条覆盖"),
    ];
    let tab = |(at, (href, name)): (usize, &(&str, &str))| Tab {
        href: (*href).into(),
        name: (*name).into(),
        current: at == current,
    };
    all.iter().enumerate().map(tab).collect()
}

fn form() -> DraftForm {
    DraftForm {
        items: vec![ItemChoice {
            id: "fd-pharmacist-renew".into(), name: "执业药师延续注册".into(), chosen: true
        }],
        ..DraftForm::default()
    }
}

fn trials() -> TrialsPage {
    let row = |tag: Tag, sum: &str| TrialRow {
        href: "/staff/replay/trials/1".into(),
        item: "执业药师延续注册".into(),
        at: at("23T20:10:00"),
        tag,
        sum: sum.into(),
    };
    let wrong = "模型 c7 41:12：比较的两边不是同一类；改法：写成数字";
    TrialsPage {
        frame: staff("/staff/replay"),
        tabs: tabs(0),
        form: DraftForm {
            errors: vec![ErrorLine { href: "#f-model".into(), message: wrong.into() }],
            model: "<definitions>".into(),
            model_error: wrong.into(),
            ..form()
        },
        rows: vec![
            row(Tag::new(Tone::Waiting, "进行中"), ""),
            row(Tag::new(Tone::Granted, "已完成"), "核对了 1204 件决定，其中 37 件的条件结论会不同"),
        ],
    }
}

fn chart(id: &str, finding: &str, lines: &[(&str, u64, u64)]) -> Chart {
    let bar = |(label, part, whole): &(&str, u64, u64)| Bar { label: (*label).into(), part: *part, whole: *whole };
    Chart {
        id: id.into(),
        finding: finding.into(),
        heads: ["项目".into(), "会不同".into(), "决定".into()],
        bars: lines.iter().map(bar).collect(),
    }
}

fn sample() -> SampleRow {
    SampleRow {
        case: Link { href: "/staff/cases/1".into(), text: "GX-45-20261123-0640-7".into(), hint: String::new() },
        region: "南宁市青秀区".into(),
        month: "2026-11".into(),
        moved: "全部符合 → 需补正".into(),
        conditions: "c7".into(),
    }
}

fn trial(found: bool) -> TrialPage {
    let view = FoundView {
        sum: "核对了 1204 件决定，其中 37 件的条件结论会不同".into(),
        notes: vec!["比较的是各条件合起来的结论；地点、期限、限额和材料不在其内。".into()],
        moves: vec![MoveRow { from: "全部符合".into(), to: "需补正".into(), decisions: 37 }],
        months: chart(
            "by-month",
            "各月会不同的决定",
            &[("2026-09", 12, 402), ("2026-10", 20, 399), ("2026-11", 5, 403)],
        ),
        regions: chart("by-region", "各地会不同的决定", &[("南宁市青秀区", 30, 700), ("柳州市城中区", 7, 504)]),
        conditions: vec![ChangeRow {
            id: "c7".into(),
            sentence: "继续教育学分达到要求".into(),
            same: 1_167,
            won: 0,
            lost: 37,
            doubtful: 0,
            cleared: 0,
            notes: vec!["要求学分：当时没有读取，3 件".into()],
        }],
        sample: vec![
            sample(),
            SampleRow { case: Link { text: "不在您的查看范围".into(), ..Link::default() }, ..sample() },
        ],
    };
    TrialPage {
        frame: staff("/staff/replay/trials/1"),
        tabs: tabs(0),
        item: "执业药师延续注册".into(),
        begun: "黄定规 开始于 2026年11月23日 20:10".into(),
        model_hash: "5f1c0d2b7a9e4410".into(),
        tag: if found { Tag::new(Tone::Granted, "已完成") } else { Tag::new(Tone::Waiting, "进行中") },
        progress: "已核对 500 件，共 1204 件".into(),
        percent: 41,
        refresh_seconds: if found { 0 } else { 2 },
        found: found.then_some(view),
    }
}

fn shadows() -> ShadowsPage {
    ShadowsPage {
        frame: staff("/staff/replay/shadows"),
        tabs: tabs(1),
        form: Some(form()),
        rows: vec![ShadowRow {
            href: "/staff/replay/shadows/1".into(),
            item: "食品经营许可（新办）".into(),
            at: at("20T09:00:00"),
            tag: Tag::new(Tone::Waiting, "并行中"),
            why: "核查结论能否由规则判断".into(),
        }],
    }
}

fn shadow() -> ShadowPage {
    ShadowPage {
        frame: staff("/staff/replay/shadows/1"),
        tabs: tabs(1),
        item: "食品经营许可（新办）".into(),
        tag: Tag::new(Tone::Waiting, "并行中"),
        why: "核查结论能否由规则判断".into(),
        dates: vec!["黄定规 开始于 2026年11月20日 09:00".into()],
        model_hash: "5f1c0d2b7a9e4410".into(),
        end: Some("/staff/replay/shadows/1/end".into()),
        sum: "比较了 64 件由人作出的决定".into(),
        agreement: chart("agreement", "草案与人的决定", &[("一致", 51, 64), ("不一致", 4, 64), ("草案交给人", 9, 64)]),
        pairs: vec![MoveRow { from: "准予".into(), to: "全部符合".into(), decisions: 51 }],
        conditions: vec![SeenRow {
            id: "c3".into(),
            sentence: "场所经核查合格".into(),
            met: 55,
            not_met: 0,
            unknown: 9,
            missing: vec!["核查结论：当时没有读取，9 件".into()],
        }],
        disagreements: vec![SampleRow { moved: "人：不予许可；草案：全部符合".into(), ..sample() }],
    }
}

fn coverages() -> CoveragesPage {
    CoveragesPage {
        frame: staff("/staff/replay/coverage"),
        tabs: tabs(2),
        rows: vec![CoverageRow {
            href: "/staff/replay/coverage/fd-pharmacist-renew".into(),
            item: "执业药师延续注册".into(),
            cases: 42,
            conditions: "9 / 11".into(),
            rules: "12 / 12".into(),
            demonstration: 11,
        }],
    }
}

fn coverage() -> CoveragePage {
    let condition = CoveredRow {
        id: "c7".into(),
        sentence: "继续教育学分达到要求".into(),
        grade: Grade::B,
        met: "延续，全部符合；边界：刚好够".into(),
        not_met: String::new(),
        unknown: "学分登记无应答".into(),
        lines: vec![LineView { name: "要求学分 · 规则 2".into(), cases: String::new() }],
        gaps: vec!["没有案例不符合".into(), "有规则没有案例触及".into()],
    };
    CoveragePage {
        frame: staff("/staff/replay/coverage/fd-pharmacist-renew"),
        tabs: tabs(2),
        item: "执业药师延续注册".into(),
        sums: vec!["案例 42 个".into(), "条件 11 条，其中 9 条除“只是演示”外没有缺口".into()],
        laws: vec![
            LawView {
                name: "《执业药师注册管理办法》第 18 条".into(),
                gist: "有效期五年；届满三十日前申请延续。".into(),
                grade: Grade::B,
                conditions: vec![condition],
                gaps: Vec::new(),
            },
            LawView {
                name: "《行政许可法》第 50 条".into(),
                gist: String::new(),
                grade: Grade::A,
                conditions: Vec::new(),
                gaps: vec!["没有条件落实".into()],
            },
        ],
    }
}

pub(super) fn pictures() -> Vec<Picture> {
    vec![
        picture("replay", &trials()),
        picture("replay-running", &trial(false)),
        picture("replay-found", &trial(true)),
        picture("shadows", &shadows()),
        picture("shadow", &shadow()),
        picture("coverages", &coverages()),
        picture("coverage", &coverage()),
    ]
}
