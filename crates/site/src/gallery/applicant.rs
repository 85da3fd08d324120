//! Pages a signed-in applicant sees on the way.

use kernel::Grade;

use super::public::{expiry, field, link};
use super::{Picture, at, day, fact, granted, person, picture, stage};
use super::{handed, rated};
use crate::access::view::{ActingPage, MandateView};
use crate::approval::view::*;
use crate::licence::view::{LicencePage, Line, Sheet};
use crate::message::view::{MessageRow, MessagesPage};
use crate::pieces::*;
use crate::portal::view::{CaseRow, LicenceRow, MePage};
use crate::rating::view::OwnRating;
use crate::replay::view::{LeastStep, LeastView};

const ITEM: &str = "执业药师延续注册";
const NUMBER: &str = "演450000-2026-000217";
const REGISTER: &str = "广西执业药师注册库（演示）";

fn steps(now: usize) -> Vec<StageView> {
    let names = [("填写", "您"), ("核对并提交", "您"), ("单位确认", "邕江大药房"), ("决定", "广西药监局")];
    let progress = |n: usize| match n.cmp(&now) {
        std::cmp::Ordering::Less => Progress::Done,
        std::cmp::Ordering::Equal => Progress::Now,
        std::cmp::Ordering::Greater => Progress::Ahead,
    };
    names.iter().enumerate().map(|(n, (name, note))| stage(name, note, Some(progress(n)))).collect()
}

fn fetched(pointer: &str, label: &str, value: &str, source: &str, objection: &str) -> FieldView {
    let kind = FieldKind::Fetched { fact: fact(label, value, source), objection: objection.into() };
    field(pointer, label, kind, "")
}

fn choice(value: &str, label: &str, chosen: bool) -> Choice {
    Choice { value: value.into(), label: label.into(), chosen }
}

fn wrong(mut field: FieldView, error: &str) -> FieldView {
    field.error = Some(error.into());
    field
}

fn sections(errors: bool) -> Vec<Section> {
    let line =
        |width, mode, unit: &str| FieldKind::Line { width, mode, autocomplete: String::new(), unit: unit.into() };
    let mut phone =
        field("/phone", "手机号码", line(Width::Medium, "tel", ""), if errors { "1390000" } else { "13900001111" });
    phone.hint = "用来通知办理结果，11 位".into();
    let mut uscc =
        field("/employer/uscc", "执业单位统一社会信用代码", line(Width::Long, "text", ""), "91450100MA5KPBUD2X");
    uscc.hint = "18 位，在营业执照上".into();
    uscc.note = "已把全角字符改为半角，小写改为大写。".into();
    let mut scope = field(
        "/scope",
        "执业范围",
        FieldKind::Choice(vec![choice("sale", "药品经营", !errors), choice("use", "药品使用", false)]),
        "",
    );
    let health =
        FieldKind::Tick { statement: "我身体健康，能够胜任执业药师工作。".into(), ticked: !errors };
    let mut health = field("/fit", "健康声明", health, "");
    let mut remark = field("/remark", "其他说明", FieldKind::Lines { rows: 3 }, "");
    remark.optional = true;
    let files = vec![UploadView {
        name: "学分证明.pdf".into(),
        size: "214 kB".into(),
        state: "正在检查".into(),
        href: String::new(),
        remove: "1".into(),
    }];
    let mut upload = field(
        "/credit_proof",
        "学分证明",
        FieldKind::Upload { accept: ".pdf,image/*", files, photo: String::new() },
        "",
    );
    upload.optional = true;
    upload.hint = "系统没有查到学分时才需要。PDF 或照片，每个不超过 10 MB".into();
    if errors {
        phone = wrong(phone, "手机号码应为 11 位数字，现在是 7 位");
        uscc = wrong(uscc, "统一社会信用代码的校验位不对，请对照营业执照");
        scope = wrong(scope, "请选择执业范围");
        health = wrong(health, "请阅读并确认健康声明");
    }
    vec![
        Section {
            title: "您的注册信息".into(),
            hint: "这些已从数据库取得，不用填。".into(),
            fields: vec![
                fetched("/name", "姓名", "韦明月", "人口库（演示）", ""),
                fetched("/registration/valid_to", "注册证有效期至", "2027年1月22日", REGISTER, ""),
                fetched(
                    "/credits",
                    "继续教育学分",
                    "96 学分",
                    "学分登记系统（演示）",
                    if errors { "应为 102 学分，11 月还有一次培训" } else { "" },
                ),
            ],
        },
        Section { title: "联系与执业".into(), hint: String::new(), fields: vec![phone, uscc, scope, remark] },
        Section { title: "材料与声明".into(), hint: String::new(), fields: vec![upload, health] },
    ]
}

fn form(errors: bool) -> FormPage {
    let sections = sections(errors);
    FormPage {
        frame: person("/drafts/1"),
        name: ITEM.into(),
        guide: "/items/fd-pharmacist-renew".into(),
        action: "/drafts/1".into(),
        version: 3,
        uploads: true,
        stages: steps(0),
        errors: if errors { error_lines(&sections) } else { Vec::new() },
        saved_at: (!errors).then(|| at("23T21:38:00")),
        sections,
        kept_days: 90,
    }
}

fn answer(label: &str, value: &str, source: &str) -> AnswerView {
    let change = if source.is_empty() { "/drafts/1#f-phone" } else { "" };
    AnswerView {
        label: label.into(),
        value: value.into(),
        source: source.into(),
        objection: String::new(),
        change: change.into(),
    }
}

pub(super) fn groups() -> Vec<AnswerGroup> {
    let mut credits = answer("继续教育学分", "96 学分", "学分登记系统（演示）");
    credits.objection = "应为 102 学分，11 月还有一次培训".into();
    vec![
        AnswerGroup {
            title: "注册信息".into(),
            answers: vec![
                answer("姓名", "韦明月", "人口库（演示）"),
                answer("注册证有效期至", "2027年1月22日", REGISTER),
                credits,
            ],
        },
        AnswerGroup {
            title: "联系与执业".into(),
            answers: vec![
                answer("手机号码", "13900001111", ""),
                answer("执业范围", "药品经营", ""),
                answer("其他说明", "", ""),
            ],
        },
    ]
}

fn check() -> CheckPage {
    CheckPage {
        frame: person("/drafts/1/check"),
        name: ITEM.into(),
        back: "/drafts/1".into(),
        stages: steps(1),
        errors: Vec::new(),
        groups: groups(),
        declarations: vec![
            "提交后由邕江大药房在线确认您在该店执业。".into(),
            "提供虚假材料的，不予许可并给予警告。".into(),
        ],
        action: "/drafts/1/send".into(),
        version: 3,
        key: "k1".into(),
        next: "单位确认后，机器立即核对条件；齐了当场发证。".into(),
    }
}

fn confirm() -> ConfirmPage {
    let mut frame = person("/confirm/1");
    if let Some(visitor) = &mut frame.visitor {
        visitor.name = "农佳".into();
        visitor.acting_for = Some("邕江大药房（演示）".into());
    }
    ConfirmPage {
        frame,
        question: "韦明月是否在贵店执业？".into(),
        applicant: "韦明月".into(),
        item: ITEM.into(),
        answers: vec![answer("申请人", "韦明月", "人口库（演示）"), answer("执业范围", "药品经营", "申请表")],
        statements: vec!["申请人现在在本单位执业，并将继续执业。".into(), "本单位合法经营，许可证在有效期内。".into()],
        until: at("30T23:59:00"),
        action: "/confirm/1".into(),
        key: "k2".into(),
        reason: String::new(),
        errors: Vec::new(),
    }
}

fn receipt() -> ReceiptPage {
    ReceiptPage {
        frame: person("/cases/1/receipt"),
        number: NUMBER.into(),
        secret: "K7QM2XR9".into(),
        next: "接下来由邕江大药房确认您在该店执业；确认后 1 秒内作出决定。邕江大药房最迟 2026年11月30日答复。".into(),
        item: ITEM.into(),
        applicant: "韦明月".into(),
        received_at: at("23T21:40:00"),
        agency: "广西药监局（演示）".into(),
        due: Some(day("2026-12-21")),
        phone: "0771-0000000（演示）".into(),
        proof: "透明日志第 638 条".into(),
        case: "/cases/1".into(),
    }
}

fn progress() -> ProgressPage {
    ProgressPage {
        frame: super::frame("/progress"),
        number: NUMBER.into(),
        errors: Vec::new(),
        status: Some(StatusView {
            tag: Tag::new(Tone::Waiting, "等单位确认"),
            sentence: "等邕江大药房确认，最迟 2026年11月30日。确认后 1 秒内作出决定。".into(),
            stages: steps(2),
            refresh_seconds: 5,
            rate: String::new(),
        }),
    }
}

pub(super) fn conditions(marks: [Met; 4]) -> Vec<ConditionView> {
    let rows = [
        (
            "c1",
            "在注册有效期届满 30 日前提出",
            "《行政许可法》第五十条",
            Grade::A,
            fact("注册证有效期至", "2027年1月22日", REGISTER),
        ),
        (
            "c2",
            "继续教育学分达标",
            "培训网站转载的办事材料",
            Grade::C,
            fact("继续教育学分", "96 学分（要求 60）", "学分登记系统（演示）"),
        ),
        (
            "c3",
            "执业单位没有变，并且合法经营",
            "本系统设计，待机关采纳",
            Grade::D,
            fact("药品经营许可证状态", "有效", "药品经营许可库（演示）"),
        ),
        (
            "c4",
            "没有注销、吊销的情形",
            "《执业药师注册管理办法》，条号未核实",
            Grade::U,
            fact("注册状态", "有效", REGISTER),
        ),
    ];
    rows.into_iter()
        .zip(marks)
        .map(|((id, sentence, basis, grade, mut fact), met)| {
            if met == Met::NotMet && id == "c2" {
                fact.value = "30 学分（要求 60）".into();
            }
            if met == Met::Unknown {
                fact.value = "复核中".into();
            }
            (id, sentence, basis, grade, fact, met)
        })
        .map(|(id, sentence, basis, grade, fact, met)| ConditionView {
            id: id.into(),
            sentence: sentence.into(),
            met: Some(met),
            basis: basis.into(),
            grade,
            adopted: "演示规则".into(),
            facts: vec![fact],
            consequence: match met {
                Met::Met => String::new(),
                Met::NotMet => "还差 30 学分。补齐后重新提交，其余内容不用再填。".into(),
                Met::Unknown => "登记信息显示“复核中”，由李文核对，最迟 2026年11月26日。".into(),
            },
        })
        .collect()
}

fn event(time: &str, what: &str, who: &str, leaf: Option<&str>) -> EventView {
    EventView { at: at(time), what: what.into(), who: who.into(), href: leaf.map(str::to_owned) }
}

pub(super) fn events() -> Vec<EventView> {
    vec![
        event("23T21:40:00", "提交申请", "韦明月", Some("/log/leaf/638")),
        event("23T21:40:31", "单位确认", "邕江大药房（农佳）", Some("/log/leaf/639")),
        event("23T21:40:31", "准予，当场发证", "广西药监局（自动办理）", Some("/log/leaf/640")),
    ]
}

fn outcome(tag: Tag, sentence: &str) -> OutcomePage {
    OutcomePage {
        frame: person("/cases/1"),
        item: ITEM.into(),
        number: NUMBER.into(),
        tag,
        sentence: sentence.into(),
        took: String::new(),
        refresh_seconds: 0,
        licence: None,
        action: None,
        mend: Vec::new(),
        mend_until: None,
        decision: None,
        met_line: String::new(),
        conditions: Vec::new(),
        duties: Vec::new(),
        remedies: String::new(),
        events: events().into_iter().take(2).collect(),
        next: None,
        proof: None,
        withdraw: Some("/cases/1/withdraw".into()),
        receipt: Some("/cases/1/receipt".into()),
        materials: None,
        rating: None,
        step: None,
        least: None,
    }
}

fn granted_page() -> OutcomePage {
    OutcomePage {
        took: "从单位确认到决定：0.4 秒".into(),
        rating: Some(OwnRating {
            href: "/cases/1/rate".into(),
            tag: None,
            says: "请评价这次办理，评价和回复都会公开。".into(),
            reply: String::new(),
        }),
        licence: Some(link("/licences/1", "执业药师注册证", "")),
        met_line: "4 条条件全部符合。点开可以看到读取了什么、从哪里读的。".into(),
        conditions: conditions([Met::Met; 4]),
        duties: vec![DutyView {
            agency: "南宁市市场监督管理局（演示）".into(),
            from: day("2026-11-24"),
            until: day("2027-02-21"),
            what: "到店查看是否在岗执业、是否一人一单位".into(),
        }],
        events: events(),
        proof: Some(ProofView { index: 640, href: "/log/leaf/640".into(), download: "/log/leaf/640/proof".into() }),
        withdraw: None,
        ..outcome(granted("准予"), "您的执业药师注册延续至 2031年11月22日。电子证照已经生成，与纸质证同样使用。")
    }
}

fn correction_page() -> OutcomePage {
    OutcomePage {
        materials: Some(link("/cases/1/materials", "材料", "")),
        action: Some(link("/cases/1/mend", "去补正", "已填的内容都在")),
        mend: vec![
            "继续教育学分：登记 30 学分，要求 60 学分。请补学分，或上传学分证明。".into(),
            "手机号码：停机，请换一个能联系上的号码。".into(),
        ],
        mend_until: Some(day("2026-12-14")),
        met_line: "4 条中 3 条符合，1 条不符合。".into(),
        conditions: conditions([Met::Met, Met::NotMet, Met::Met, Met::Met]),
        next: Some(NextView {
            who: "您".into(),
            what: "补正后重新提交，机器立即再核对一次。".into(),
            until: Some(day("2026-12-14")),
        }),
        least: Some(LeastView {
            lead: "按现在的规则，下面 1 项改变之后，全部条件都会符合。其他事实不变。".into(),
            steps: vec![LeastStep { label: "已获学分".into(), from: "30".into(), to: "60".into() }],
            lines: Vec::new(),
            note: "这是按规则算出的最小改变，以重新提交后的核对为准。".into(),
            person: String::new(),
        }),
        ..outcome(Tag::new(Tone::Refer, "请补正"), "还差两处，一次改好就可以。没有拒绝您的申请。")
    }
}

fn referred_page() -> OutcomePage {
    OutcomePage {
        met_line: "4 条中 3 条符合，1 条要由人核对。".into(),
        conditions: conditions([Met::Met, Met::Met, Met::Met, Met::Unknown]),
        next: Some(NextView {
            who: "广西药监局（演示）· 李文".into(),
            what: "核对您的注册状态，并作出决定。".into(),
            until: Some(day("2026-11-26")),
        }),
        ..outcome(Tag::new(Tone::Refer, "转人工核对"), "有一条机器不能判断，已转给工作人员。您不用做什么。")
    }
}

fn refused_page() -> OutcomePage {
    OutcomePage {
        decision: Some(DecisionView {
            reasons: "经核对，申请人的注册证已于 2026年9月1日被吊销，不符合延续注册的条件。".into(),
            by: "广西药监局（演示）李文".into(),
            at: at("25T10:12:00"),
        }),
        met_line: "4 条中 3 条符合，1 条不符合。".into(),
        conditions: conditions([Met::Met, Met::Met, Met::Met, Met::NotMet]),
        remedies: "可以在收到决定之日起 60 日内向国家药监局或自治区人民政府申请行政复议，或者 6 个月内向人民法院提起行政诉讼。".into(),
        withdraw: None,
        least: Some(LeastView {
            lead: "您能改变的事项里，没有一种改变能使全部条件符合。下列条件不因您能改变的事实而不同：".into(),
            steps: Vec::new(),
            lines: vec!["注册在有效状态".into()],
            note: "这只说明规则怎样核对，不影响您申请复议或者提起诉讼。".into(),
            person: String::new(),
        }),
        ..outcome(Tag::new(Tone::Refused, "不予许可"), "工作人员作出了不予许可的决定。理由和救济途径在下面。")
    }
}

fn waiting_page() -> OutcomePage {
    OutcomePage {
        refresh_seconds: 3,
        next: Some(NextView {
            who: "邕江大药房（演示）".into(),
            what: "在线确认您在该店执业。我们已通知该店。".into(),
            until: Some(day("2026-11-30")),
        }),
        events: events().into_iter().take(1).collect(),
        ..outcome(Tag::new(Tone::Waiting, "等单位确认"), "单位确认后，1 秒内作出决定。您可以关掉这一页。")
    }
}

/// A drawing in the shape of a QR code, with the finder patterns only.
const QR: &str = "<svg viewBox=\"0 0 21 21\" xmlns=\"http://www.w3.org/2000/svg\"><path fill=\"#000\" d=\"M0 0h7v7H0zM1 1v5h5V1zM14 0h7v7h-7zM15 1v5h5V1zM0 14h7v7H0zM1 15v5h5v-5zM2 2h3v3H2zM16 2h3v3h-3zM2 16h3v3H2zM9 1h1v3H9zM11 5h1v4h-1zM9 10h4v2H9zM15 12h3v2h-3zM12 15h2v4h-2zM17 17h3v2h-3z\" fill-rule=\"evenodd\"/></svg>";

fn licence(tag: Tag) -> LicencePage {
    let line = |label: &str, value: &str| Line { label: label.into(), value: value.into() };
    LicencePage {
        frame: person("/licences/1"),
        sheet: Sheet {
            name: "执业药师注册证".into(),
            code: "1.2.156.3005.2.11100000MB0341888N.DEMO217.001.3".into(),
            tag,
            lines: vec![
                line("姓名", "韦明月"),
                line("注册类别", "药学类"),
                line("执业范围", "药品经营"),
                line("执业单位", "邕江大药房（演示）"),
            ],
            valid_from: day("2026-11-23"),
            valid_to: Some(day("2031-11-22")),
            agency: "广西壮族自治区药品监督管理局（演示）".into(),
            issued_on: day("2026-11-23"),
            verify_address: "http://127.0.0.1:8080/verify?code=DEMO217".into(),
            check: "http://127.0.0.1:8080/v#217".into(),
            qr_svg: QR.into(),
        },
        download: "/licences/1/file".into(),
        pdf: "/licences/1.pdf".into(),
        present: "/licences/1/present".into(),
        renew: None,
        proof: "/log/leaf/640".into(),
        events: events().split_off(2),
    }
}

fn me() -> MePage {
    MePage {
        frame: person("/me"),
        name: "韦明月".into(),
        watches: vec![expiry()],
        joints: vec![link(
            "/joints/L450000-FDHR-20261123-7KM3QWXA-5",
            "联办：开办药店",
            "L450000-FDHR-20261123-7KM3QWXA-5 · 联合办理中",
        )],
        tasks: vec![link("/drafts/2", "继续填写：执业药师变更注册", "草稿保存于 2026年11月20日 08:12")],
        cases: vec![CaseRow {
            href: "/cases/1".into(),
            item: ITEM.into(),
            number: NUMBER.into(),
            tag: Tag::new(Tone::Waiting, "等单位确认"),
            since: at("23T21:40:00"),
            next: "等邕江大药房确认，最迟 2026年11月30日".into(),
        }],
        licences: vec![LicenceRow {
            href: "/licences/1".into(),
            name: "执业药师注册证".into(),
            code: "DEMO450000217".into(),
            tag: granted("有效"),
            valid_to: Some(day("2027-01-22")),
        }],
        unread: 2,
    }
}

fn messages() -> MessagesPage {
    let row = |title: &str, body: &str, unread| MessageRow {
        href: "/cases/1".into(),
        title: title.into(),
        body: body.into(),
        at: at("23T21:40:00"),
        unread,
    };
    MessagesPage {
        frame: person("/me/messages"),
        messages: vec![
            row("您的执业药师注册已延续", "有效期至 2031年11月22日。电子证照可以打开和打印。", true),
            row("已收到您的申请", "编号 演450000-2026-000217。接下来由邕江大药房确认。", false),
        ],
        unread: 1,
        pager: Pager::default(),
    }
}

pub(super) fn pictures() -> Vec<Picture> {
    let acting = ActingPage {
        frame: person("/me/acting"),
        choices: vec![choice("self", "我自己（韦明月）", true), choice("p", "邕江大药房（演示）", false)],
        mandates: vec![MandateView {
            party: "邕江大药房（演示）".into(),
            scope: "确认执业药师注册".into(),
            until: day("2027-12-31"),
        }],
        ended: false,
        waiting: Some(crate::pieces::Link {
            href: "fd-food-licence".into(),
            text: "“食品经营许可”由单位办理。请选择以哪个单位的名义，再继续；没有列出的单位，要先授权您。".into(),
            hint: String::new(),
        }),
    };
    let empty = MePage {
        watches: Vec::new(),
        tasks: Vec::new(),
        joints: Vec::new(),
        cases: Vec::new(),
        licences: Vec::new(),
        unread: 0,
        ..me()
    };
    let withdraw = WithdrawPage {
        commitment: None,
        frame: person("/cases/1/withdraw"),
        number: NUMBER.into(),
        item: ITEM.into(),
        back: "/cases/1".into(),
        action: "/cases/1/withdraw".into(),
        version: 1,
        errors: Vec::new(),
    };
    vec![
        picture("me", &me()),
        picture("me-empty", &empty),
        picture("messages", &messages()),
        picture("acting", &acting),
        picture("contacts", &rated::contacts()),
        picture("rate", &rated::give(false)),
        picture("rate-errors", &rated::give(true)),
        picture("rate-thanks", &rated::thanks()),
        picture("materials", &handed::page()),
        picture("form", &form(false)),
        picture("form-errors", &form(true)),
        picture("check", &check()),
        picture("confirm", &confirm()),
        picture("receipt", &receipt()),
        picture("progress", &progress()),
        picture("outcome-granted", &granted_page()),
        picture("outcome-correction", &correction_page()),
        picture("outcome-referred", &referred_page()),
        picture("outcome-refused", &refused_page()),
        picture("outcome-waiting", &waiting_page()),
        picture("withdraw", &withdraw),
        picture("licence", &licence(granted("有效"))),
        picture("licence-void", &licence(Tag::new(Tone::Quiet, "已注销"))),
    ]
}
