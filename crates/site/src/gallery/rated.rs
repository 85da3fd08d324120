//! Pages about ratings and messages out of the house.

use kernel::Date;

use super::public::{field, link};
use super::{at, day, frame, granted, person, staff};
use crate::approval::desk::FilterView;
use crate::message::view::{ChannelView, ContactsPage, LetterRow, OutboxPage, PostingRow};
use crate::pieces::*;
use crate::rating::view::*;

const ITEM: &str = "执业药师延续注册";
const AGENCY: &str = "广西壮族自治区药品监督管理局";
const LEVELS: [&str; 5] = ["非常满意", "满意", "基本满意", "不满意", "非常不满意"];

fn choice(value: &str, label: &str, chosen: bool) -> Choice {
    Choice { value: value.into(), label: label.into(), chosen }
}

fn line(width: Width, mode: &'static str) -> FieldKind {
    FieldKind::Line { width, mode, autocomplete: "off".into(), unit: String::new() }
}

pub(super) fn give(wrong: bool) -> GivePage {
    let levels = LEVELS.iter().enumerate().map(|(n, label)| choice(&n.to_string(), label, false)).collect();
    let mut level = field("/level", "满意程度", FieldKind::Choice(levels), "");
    let mut words = field("/words", "说说看", FieldKind::Lines { rows: 4 }, "");
    words.hint = "最多 500 字。请不要写姓名、电话和证件号码。".into();
    words.optional = true;
    let named = vec![choice("yes", "留名", true), choice("no", "匿名，不让办理机关知道是哪一件", false)];
    let mut name = field("/named", "是否留名", FieldKind::Choice(named), "");
    name.hint = "留名的差评，办理机关会联系您；公开时只显示姓氏。".into();
    let mut errors = Vec::new();
    if wrong {
        level.error = Some("请选择满意程度".into());
        errors.push(ErrorLine { href: "#f-level".into(), message: "请选择满意程度".into() });
    }
    GivePage {
        frame: person("/cases/1/rate"),
        errors,
        action: "/cases/1/rate".into(),
        back: "/cases/1".into(),
        item: ITEM.into(),
        number: "演450000-2026-000217".into(),
        window: String::new(),
        receipt: Vec::new(),
        fields: vec![level, words, name],
    }
}

pub(super) fn thanks() -> ThanksPage {
    ThanksPage {
        frame: person("/rate/thanks"),
        tag: Tag::new(Tone::Refused, "非常不满意"),
        next: vec!["您的评价已经公开。".into(), "办理机关会在2026年11月24日前联系您。".into()],
        onward: link("/ratings", "看看大家的评价", ""),
    }
}

fn row(level: Tag, words: &str, why: &str, reply: &str, on: Date) -> PublicRow {
    PublicRow {
        on,
        tag: level,
        item: ITEM.into(),
        agency: AGENCY.into(),
        who: "韦**".into(),
        words: words.into(),
        words_why: why.into(),
        state: if reply.is_empty() { String::new() } else { "已办结".into() },
        reply: reply.into(),
    }
}

pub(super) fn public() -> RatingsPage {
    let figures = |name: &str| FigureRow { name: name.into(), all: 42, levels: vec![30, 8, 2, 1, 1] };
    let table = |id, title: &str, name: &str| FigureTable { id, title: title.into(), rows: vec![figures(name)] };
    RatingsPage {
        frame: frame("/ratings"),
        lines: vec![
            "可评价 209 件，已评价 42 件，其中差评 2 件".into(),
            "应回访 2 件，已回访 2 件，其中按时 2 件".into(),
        ],
        levels: LEVELS.map(str::to_owned).to_vec(),
        tables: vec![table("agencies", "各机关", AGENCY), table("items", "各事项", ITEM)],
        rows: vec![
            row(granted("非常满意"), "半夜也能办，一分钟拿到证。", "", "", day("2026-11-23")),
            row(
                Tag::new(Tone::Refused, "非常不满意"),
                "打电话▇▇▇▇▇▇▇▇▇▇▇问了三次没人接。",
                "",
                "电话已改接值班室，夜间有人接听。",
                day("2026-11-20"),
            ),
            row(Tag::new(Tone::Quiet, "基本满意"), "", "文字正在核对个人信息。", "", day("2026-11-19")),
        ],
        pager: Pager::default(),
    }
}

pub(super) fn work() -> WorkPage {
    let filter =
        |name: &str, count, current| FilterView { href: "/staff/ratings?x".into(), name: name.into(), count, current };
    let row = |n: u32, light, due: &str, state: &str| WorkRow {
        href: format!("/staff/ratings/{n}"),
        light,
        due: due.into(),
        level: Tag::new(Tone::Refused, "非常不满意"),
        state: state.into(),
        item: ITEM.into(),
        agency: AGENCY.into(),
        who: "韦**".into(),
        at: at("23T21:45:00"),
    };
    WorkPage {
        frame: staff("/staff/ratings"),
        counted: "1 件已经超时".into(),
        filters: vec![filter("待办", Some(2), true), filter("待核对文字", Some(1), false), filter("全部", None, false)],
        rows: vec![row(1, Tone::Refused, "最迟2026年11月20日", "等待回访"), row(2, Tone::Refer, "", "已回访，处理中")],
    }
}

pub(super) fn one() -> OnePage {
    let step = |word, label: &str, hint: &str| StepView { word, label: label.into(), hint: hint.into(), chosen: false };
    OnePage {
        frame: staff("/staff/ratings/1"),
        errors: Vec::new(),
        done: String::new(),
        action: "/staff/ratings/1".into(),
        version: 3,
        level: Tag::new(Tone::Refused, "非常不满意"),
        state: "已回访，处理中".into(),
        due: String::new(),
        pairs: vec![("事项".into(), ITEM.into()), ("评价人".into(), "韦**".into()), ("渠道".into(), "网上".into())],
        case: Some(link("/staff/cases/1", "演450000-2026-000217", "")),
        words: "打电话13877100001问了三次没人接。".into(),
        words_shown: "打电话▇▇▇▇▇▇▇▇▇▇▇问了三次没人接。".into(),
        words_state: "还没有公开，等待核对个人信息".into(),
        words_open: true,
        steps: vec![
            step("mend", "当场整改", "问题清楚、要求合理，已经改了"),
            step("ledger", "列入台账", "情况复杂，记入台账并给出日期"),
            step("explain", "解释", "没有法律依据，说明理由"),
            step("appeal", "申诉", "误评或恶意，由另一个人复核"),
        ],
        note: String::new(),
        note_error: String::new(),
        reply: String::new(),
        events: vec![EventView {
            at: at("24T09:10:00"),
            what: "回访：电话联系，对方说值班电话没人接".into(),
            who: "李文".into(),
            href: None,
        }],
    }
}

pub(super) fn contacts() -> ContactsPage {
    let kinds = |word: &str| {
        let all =
            vec![choice("action", "需要您办的事（补正、确认等有期限的事）", true), choice("outcome", "办理结果", true)];
        field(&format!("/{word}/kinds"), "接收哪些消息", FieldKind::Several(all), "")
    };
    let language = |word: &str| {
        let both = vec![choice("zh-CN", "中文", true), choice("en", "English", false)];
        field(&format!("/{word}/language"), "用哪种语言", FieldKind::Choice(both), "")
    };
    let channel = |word: &str, name: &str, tag, mask: &str, verified: bool| ChannelView {
        name: name.into(),
        tag,
        mask: mask.into(),
        path: format!("/me/contacts/{word}"),
        address: field(&format!("/{word}/address"), "地址", line(Width::Medium, "text"), ""),
        code: (!verified && !mask.is_empty())
            .then(|| field(&format!("/{word}/code"), "验证码", line(Width::Short, "numeric"), "")),
        kinds: kinds(word),
        language: language(word),
        verified,
    };
    ContactsPage {
        frame: person("/me/contacts"),
        done: "验证码已发出，收到后填在下面。".into(),
        errors: Vec::new(),
        channels: vec![
            channel("sms", "短信", granted("已核实"), "138****0001", true),
            channel("email", "电子邮件", Tag::new(Tone::Waiting, "待核实"), "we****@example.cn", false),
            channel("wechat", "微信", Tag::new(Tone::Quiet, "未设置"), "", false),
        ],
        postings: vec![PostingRow {
            at: at("23T21:40:33"),
            channel: "短信".into(),
            to: "138****0001".into(),
            kind: "办理结果".into(),
            tag: granted("已发出"),
            href: "/me/messages/1".into(),
        }],
        letterbox: true,
    }
}

pub(super) fn outbox() -> OutboxPage {
    OutboxPage {
        frame: frame("/demonstration/outbox"),
        letters: vec![LetterRow {
            at: at("23T21:40:33"),
            channel: "短信".into(),
            to: "13877100001".into(),
            subject: String::new(),
            text: "【不打烊】尾号0217的办件：执业药师延续注册：已准予。请登录 http://127.0.0.1:8080 查看。".into(),
            handed: 2,
        }],
    }
}
