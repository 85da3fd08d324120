//! Pages anyone sees.

use askama::Template;
use kernel::{Date, Grade};

use super::{Picture, at, day, frame, granted, person, picture, stage};
use crate::access::view::{LinkPage, ProviderView, SignInPage, StaffSignInPage};
use crate::catalog::view::*;
use crate::ledger::view::{LeafPage, LeafRow, LogPage, WitnessRow};
use crate::licence::view::{CheckLine, Line, NoticeRow, OpenPage, VerifyPage, VerifyResult};
use crate::pieces::*;
use crate::portal::view::*;
use crate::problem::ProblemPage;

pub(super) fn link(href: &str, text: &str, hint: &str) -> Link {
    Link { href: href.into(), text: text.into(), hint: hint.into() }
}

fn hit(id: &str, name: &str, summary: &str) -> Hit {
    Hit {
        href: format!("/items/{id}"),
        name: name.into(),
        summary: summary.into(),
        agency: "广西药监局（演示）".into(),
        instant: true,
    }
}

fn hits() -> Vec<Hit> {
    vec![
        hit("fd-pharmacist-renew", "执业药师延续注册", "注册证快到期，继续执业"),
        hit("fd-pharmacist-first", "执业药师首次注册", "取得资格后第一次注册"),
        hit("fd-pharmacist-change", "执业药师变更注册", "换单位、换地区、换范围"),
        hit("fd-pharmacist-cancel", "执业药师注销注册", "不再执业"),
    ]
}

fn home(frame: crate::Frame, watch: Option<Watch>) -> HomePage {
    let popular = hits().into_iter().map(|h| link(&h.href, &h.name, &h.summary)).collect();
    let live =
        Live {
            decided: "37 件".into(), median: "0.8 秒".into(), outside: "62%".into(), counted_at: at("23T21:40:00")
        };
    HomePage { frame, popular, live, watch }
}

pub(super) fn expiry() -> Watch {
    Watch {
        title: "您的执业药师注册 60 天后到期".into(),
        detail: "2027年1月22日到期。法律要求提前 30 日提出延续，请在 2026年12月23日前提交。资料已为您填好。".into(),
        href: "/items/fd-pharmacist-renew/apply".into(),
        action: "办理延续注册".into(),
    }
}

fn condition(id: &str, sentence: &str, basis: &str, grade: Grade, consequence: &str) -> ConditionView {
    ConditionView {
        id: id.into(),
        sentence: sentence.into(),
        met: None,
        basis: basis.into(),
        grade,
        adopted: "演示规则".into(),
        facts: Vec::new(),
        consequence: consequence.into(),
    }
}

fn limit(label: &str, value: &str, days: f64, source: &str, grade: Option<Grade>, ours: bool) -> LimitView {
    LimitView { label: label.into(), value: value.into(), days: Some(days), source: source.into(), grade, ours }
}

fn guide() -> GuidePage {
    let material = |name: &str, tag, note: &str| MaterialView { name: name.into(), tag, note: note.into() };
    GuidePage {
        frame: frame("/items/fd-pharmacist-renew"),
        name: "执业药师延续注册".into(),
        department: "药品监管".into(),
        summary: "执业药师注册证到期前，办理延续，继续在原单位执业。".into(),
        stopped: None,
        closed: None,
        person: None,
        who: "已注册、注册证还没到期、仍在原单位执业的执业药师本人。".into(),
        bring: "不用交材料，数据共享取得".into(),
        time: "单位确认后，通常 1 秒内".into(),
        fee: "不收费".into(),
        fee_more: "收费依据来源未核实。".into(),
        result: "执业药师注册证（电子）".into(),
        validity: "有效期 5 年".into(),
        apply: "/items/fd-pharmacist-renew/apply".into(),
        attempt: "/items/fd-pharmacist-renew/try".into(),
        conditions: vec![
            condition(
                "c1",
                "在注册有效期届满 30 日前提出",
                "《行政许可法》第五十条",
                Grade::A,
                "来不及的，转工作人员办理。",
            ),
            condition("c2", "继续教育学分达标", "培训网站转载的办事材料", Grade::C, "没达标的，一次告诉您补什么。"),
            condition(
                "c3",
                "执业单位没有变，并且合法经营",
                "本系统设计，待机关采纳",
                Grade::D,
                "单位变了的，应办变更注册。",
            ),
            condition(
                "c4",
                "没有注销、吊销的情形",
                "《执业药师注册管理办法》，条号未核实",
                Grade::U,
                "由工作人员核对。",
            ),
        ],
        materials: vec![
            material("延续注册申请表", Tag::new(Tone::Waiting, "在线填写"), "资料已填好，您核对即可"),
            material("继续教育学分证明", granted("不用交"), "学分登记系统共享"),
            material("执业单位的证明", granted("不用交"), "由单位在线确认"),
        ],
        shared: 2,
        limits: LimitsView {
            finding: "法律给 20 个工作日，承诺当场，最近 90 天实际中位数 0.8 秒。".into(),
            bars: vec![
                limit("法定期限", "20 个工作日", 28.0, "办事指南转载", Some(Grade::C), false),
                limit("承诺期限", "当场", 0.0, "新华社 2018-05-25", Some(Grade::B), false),
                limit("实际（中位数）", "0.8 秒", 0.0, "最近 90 天 214 件，演示数据", None, true),
            ],
        },
        stages: vec![
            stage("填写", "资料已填好，约 2 分钟", None),
            stage("单位确认", "等单位答复，不计入期限", None),
            stage("核对条件", "机器逐条核对，1 秒内", None),
            stage("决定", "齐了当场发证；否则补正或转人工", None),
        ],
        duties: vec![link("", "注册后一人一单位、在岗情况", "南宁市市场监管局，90 日内抽查一次")],
        bases: vec![
            BasisView { title: "《中华人民共和国行政许可法》第五十条".into(), grade: Grade::A },
            BasisView { title: "《执业药师注册管理办法》（条号未核实）".into(), grade: Grade::U },
        ],
        questions: vec![QuestionView {
            question: "到期前没有办会怎样？".into(),
            answer: "注册到期后不能再以执业药师身份执业。已在期限内提出申请、机关到期没有决定的，视为准予延续。".into(),
        }],
        remedies: "可以在收到决定之日起 60 日内申请行政复议，或者 6 个月内提起行政诉讼。".into(),
        version: "9f2c 41ab".into(),
        valid_from: day("2026-01-01"),
    }
}

fn attempt() -> AttemptPage {
    let mut conditions = guide().conditions;
    for (condition, met) in conditions.iter_mut().zip([Met::Met, Met::NotMet, Met::Met, Met::Unknown]) {
        condition.met = Some(met);
    }
    AttemptPage {
        frame: frame("/items/fd-pharmacist-renew/try"),
        name: "执业药师延续注册".into(),
        guide: "/items/fd-pharmacist-renew".into(),
        apply: "/items/fd-pharmacist-renew/apply".into(),
        action: "/items/fd-pharmacist-renew/try".into(),
        sections: vec![Section {
            title: "您的情况".into(),
            hint: String::new(),
            fields: vec![
                field("/registration/valid_to", "注册证有效期至", FieldKind::Date, "2027-01-22"),
                field(
                    "/credits",
                    "今年的继续教育学分",
                    FieldKind::Line {
                        width: Width::Short,
                        mode: "numeric",
                        autocomplete: String::new(),
                        unit: "学分".into(),
                    },
                    "60",
                ),
            ],
        }],
        errors: Vec::new(),
        answer: Some(Answer {
            tone: Tone::Refer,
            word: "还差一条".into(),
            sentence: "学分达标后，按这些情况可以当场办成；有一条要由工作人员核对。".into(),
            conditions,
        }),
    }
}

pub(super) fn field(pointer: &str, label: &str, kind: FieldKind, value: &str) -> FieldView {
    FieldView {
        pointer: pointer.into(),
        label: label.into(),
        hint: String::new(),
        kind,
        value: value.into(),
        optional: false,
        error: None,
        note: String::new(),
    }
}

fn verify(tag: Tag, sentence: &str, marks: [Met; 4]) -> VerifyPage {
    let line = |label: &str, value: &str| Line { label: label.into(), value: value.into() };
    let checks = ["签名与机关公钥相符", "内容没有改动", "登记的状态是有效", "在透明日志中有记录"];
    let checks = checks.iter().zip(marks).map(|(sentence, met)| CheckLine {
        met,
        sentence: (*sentence).into(),
        detail: String::new(),
    });
    VerifyPage {
        frame: frame("/verify?code=1"),
        code: "1.2.156.3005.2.11100000MB0341888N".into(),
        errors: Vec::new(),
        result: Some(VerifyResult {
            tag,
            sentence: sentence.into(),
            lines: vec![line("证照", "执业药师注册证"), line("持证人", "韦*月"), line("有效期至", "2031年11月22日")],
            checks: checks.collect(),
        }),
        island: None,
    }
}

fn open() -> OpenPage {
    let notice = |on: Date, holder: &str, number: &str| NoticeRow {
        on,
        holder: holder.into(),
        what: "执业药师延续注册".into(),
        number: number.into(),
        leaf: Some(640),
        agency: "广西药监局（演示）".into(),
    };
    OpenPage {
        frame: frame("/open"),
        notices: vec![
            notice(day("2026-11-23"), "韦*月", "演450000-2026-000217"),
            notice(day("2026-11-22"), "陆*川", "演450000-2026-000216"),
        ],
        pager: Pager { first: None, next: Some("/open?after=2".into()) },
    }
}

fn log() -> LogPage {
    let leaf =
        |index, kind: &str, hash: &str| LeafRow { index, kind: kind.into(), at: at("23T21:40:00"), hash: hash.into() };
    LogPage {
        frame: frame("/log"),
        size: 641,
        signed_at: Some(at("23T21:40:00")),
        origin: "demo.budayang.example/450000/2026".into(),
        root: "mU3kq0q0J9tqj5YtVQm1Yw3l5X1n5W1m6yJw0v3m2xE=".into(),
        checkpoint: "demo.budayang.example/450000/2026\n641\nmU3kq0q0J9tqj5YtVQm1Yw3l5X1n5W1m6yJw0v3m2xE=\n\n— demo.budayang.example/450000/2026 3q2+7wAAAAB…\n".into(),
        keys: vec![
            Line { label: "Ed25519".into(), value: "demo.budayang.example+3adf21+AbJ4…".into() },
            Line { label: "SM2".into(), value: "demo.budayang.example+77c012+BKz9…".into() },
        ],
        witnesses: vec![
            WitnessRow { key: "witness.example/liuzhou+51e48cd7".into(), cosigned: Some((641, at("23T21:40:08"))), refused: None },
            WitnessRow {
                key: "witness.example/university+0aa91be7".into(),
                cosigned: Some((612, at("23T20:11:30"))),
                refused: Some(("422: not co-signed: the log was not only appended to".into(), at("23T20:15:00"))),
            },
        ],
        leaves: vec![leaf(640, "准予", "8c1f 02aa 91be"), leaf(639, "第二方确认", "77d0 1b2c 4e90"), leaf(638, "收件", "0a11 9c3d 52fe")],
        pager: Pager::default(),
    }
}

fn leaf() -> LeafPage {
    LeafPage {
        frame: frame("/log/leaf/640"),
        index: 640,
        kind: "准予".into(),
        at: at("23T21:40:00"),
        hash: "8c1f02aa91be77d01b2c4e900a119c3d52fe8c1f02aa91be77d01b2c4e900a11".into(),
        bytes: "{\"case\":\"演450000-2026-000217\",\"commitment\":\"4f1c…\",\"kind\":\"granted\"}".into(),
        size: 641,
        proof: vec!["77d01b2c4e900a119c3d52fe8c1f02aa91be77d01b2c4e900a119c3d52fe8c1f".into(); 4],
        root: "9a1f02aa91be77d01b2c4e900a119c3d52fe8c1f02aa91be77d01b2c4e900a11".into(),
        download: "/log/leaf/640/proof".into(),
    }
}

fn sign_in() -> SignInPage {
    let provider = |name: &str, demonstration| ProviderView {
        name: name.into(),
        demonstration,
        action: "/sign-in/with/x?next=/me".into(),
    };
    SignInPage {
        frame: frame("/sign-in"),
        providers: vec![provider("演示身份（虚构人物）", true), provider("统一身份认证平台", false)],
    }
}

fn problem(title: &str, detail: &str, ours: bool) -> ProblemPage {
    ProblemPage {
        frame: frame("/x"),
        title: title.into(),
        detail: detail.into(),
        errors: Vec::new(),
        see: None,
        trace: "4f1c02aa91be77d01b2c4e900a119c3d".into(),
        beside: false,
        sign_in: false,
        ours,
        kept: None,
    }
}

pub(super) fn pictures() -> Vec<Picture> {
    let search = |query: &str, hits| SearchPage { frame: frame("/search"), query: query.into(), hits };
    let departments = vec![DepartmentView { name: "药品监管".into(), items: hits() }];
    let staff_in = StaffSignInPage {
        frame: frame("/staff/sign-in"),
        name: String::new(),
        next: "/staff/queue".into(),
        errors: Vec::new(),
    };
    let link_page = LinkPage {
        frame: frame("/sign-in/link/x"),
        name: "韦明月".into(),
        action: "/sign-in/link/x".into(),
        fields: Vec::new(),
    };
    let numbers = NumbersPage {
        frame: frame("/about/numbers"),
        counted_at: at("23T21:40:00"),
        rows: vec![NumberRow {
            figure: "过去 24 小时办结".into(),
            value: "37 件".into(),
            how: "日志中过去 24 小时内的决定类记录数（准予、不予许可、终止）。".into(),
        }],
    };
    let valid = verify(granted("真实，有效"), "这张证照由广西药监局（演示）签发，现在有效。", [Met::Met; 4]);
    let tampered = verify(
        Tag::new(Tone::Refused, "不可信"),
        "签名与内容对不上：这份文件被改动过。",
        [Met::NotMet, Met::NotMet, Met::Met, Met::Unknown],
    );
    let over = "办到 2020年6月30日 为止，现在不能申请。下面是它当时的条件和依据，供查阅。".into();
    let closed = GuidePage {
        closed: Some(ClosedView { tag: Tag::new(Tone::Quiet, "已经停办"), sentence: over }),
        ..guide()
    };
    vec![
        picture("home", &home(frame("/"), None)),
        picture("home-signed-in", &home(person("/"), Some(expiry()))),
        picture("home-en", &home(frame("/?lang=en"), None)),
        picture("search", &search("执业药师", hits())),
        picture("search-none", &search("护照", Vec::new())),
        picture("items", &ItemsPage { frame: frame("/items"), departments }),
        picture("guide", &guide()),
        picture("guide-closed", &closed),
        picture("try", &attempt()),
        picture("sign-in", &sign_in()),
        picture("staff-sign-in", &staff_in),
        picture("link", &link_page),
        picture("verify", &valid),
        picture("verify-tampered", &tampered),
        picture("draw-verify", &crate::supervision::draw::of(frame("/draws/verify"))),
        picture("open", &open()),
        picture("ratings", &super::rated::public()),
        picture("outbox", &super::rated::outbox()),
        picture("powers", &super::listed::powers()),
        picture("log", &log()),
        picture("leaf", &leaf()),
        picture("numbers", &numbers),
        picture("404", &problem("没有找到这一页", "地址可能有误，或者内容不对您公开。", false)),
        picture("500", &problem("我们这边出错了", "错误已经记录。请稍后再试。", true)),
    ]
}

#[test]
fn a_picture_s_bars_share_one_scale() {
    let limits = guide().limits;
    let widths: Vec<u32> = limits.drawn().iter().map(|b| b.width).collect();
    assert_eq!(widths, [360, 3, 3]);
    assert!(guide().render().unwrap().contains("来源未核实"));
}
