//! The counter: who stands there, the form, the receipt, papers to the back, results.

use super::applicant::events;
use super::public::field;
use super::{Picture, at, day, granted, picture, staff};
use crate::approval::helped::HelpTyped;
use crate::licence::view::{Line, Sheet};
use crate::pieces::*;
use crate::window::view::*;

const NUMBER: &str = "450000-FDHR-20261123-7KM3QWXA-5";

fn line(name: &str, label: &str, value: &str) -> FieldView {
    let kind = FieldKind::Line { width: Width::Medium, mode: "text", autocomplete: "off".into(), unit: String::new() };
    field(name, label, kind, value)
}

fn choices(all: &[(&str, &str)], chosen: &str) -> Vec<Choice> {
    let one = |(value, label): &(&str, &str)| Choice {
        value: (*value).into(),
        label: (*label).into(),
        chosen: *value == chosen,
    };
    all.iter().map(one).collect()
}

fn select(name: &str, label: &str, all: &[(&str, &str)], chosen: &str) -> FieldView {
    field(name, label, FieldKind::Select(choices(all, chosen)), "")
}

fn tick(name: &str, label: &str, statement: &str) -> FieldView {
    field(name, label, FieldKind::Tick { statement: statement.into(), ticked: false }, "")
}

fn link(href: &str, text: &str) -> Link {
    Link { href: href.into(), text: text.into(), hint: String::new() }
}

fn bench() -> BenchPage {
    let wrong = "最后一位校验码不对，请对照证件重新输入";
    let identity = vec![
        select("document", "证件", &[("id_card", "居民身份证"), ("temporary_card", "临时居民身份证")], "id_card"),
        FieldView { error: Some(wrong.into()), ..line("code", "公民身份号码", "450000199003079121") },
        line("name", "证件上的姓名", "韦明月"),
        tick("seen", "核验", "看过证件原件，与本人一致"),
    ];
    BenchPage {
        frame: staff("/staff/window"),
        place: "青秀区政务服务中心 A-1 综合受理1号窗口".into(),
        tickets: "/staff/counters/hall-450103/A-1".into(),
        called: "A012".into(),
        before: Some(Link { hint: "4****************X".into(), ..link("/staff/window/1", "黄春生") }),
        errors: vec![ErrorLine { href: "#f-code".into(), message: wrong.into() }],
        seats: vec![select(
            "seat",
            "您所在的窗口",
            &[("hall-450103/A-1", "青秀区政务服务中心 A-1")],
            "hall-450103/A-1",
        )],
        identity,
        papers: 1,
        results: 3,
    }
}

fn stand() -> StandPage {
    let items = [("fd-pharmacist-renew", "执业药师延续注册"), ("he-public-place", "公共场所卫生许可")];
    StandPage {
        frame: staff("/staff/window/1"),
        name: "农佳".into(),
        code: "4****************3".into(),
        document: "居民身份证".into(),
        place: "青秀区政务服务中心 A-1 综合受理1号窗口".into(),
        checked_at: at("23T10:02:00"),
        until: at("23T11:02:00"),
        base: "/staff/window/1".into(),
        errors: Vec::new(),
        choose: vec![
            select("item", "事项", &items, ""),
            select("for", "以谁的名义", &[("self", "农佳本人"), ("m1", "邕江大药房（授权到2027年12月31日）")], "self"),
        ],
        number: vec![line("number", "办件编号", "")],
        paper: vec![
            field(
                "paper-kind",
                "委托人是",
                FieldKind::Choice(choices(&[("person", "个人"), ("company", "单位")], "company")),
                "",
            ),
            line("paper-code", "委托人的身份号码或者信用代码", ""),
            line("paper-name", "委托人的姓名或者名称", ""),
            select("paper-item", "事项", &items, ""),
            line("paper-basis", "授权书编号", ""),
            field("paper-until", "授权截止日期", FieldKind::Date, ""),
        ],
        is_paper_open: true,
        ticket: Some(TicketForm {
            action: "/staff/counters/hall-450103/A-1".into(),
            number: "A012".into(),
            id: "1".into(),
            version: 2,
            case: NUMBER.into(),
        }),
        kin: vec![KinAsk {
            action: "/staff/window/1/kin/1".into(),
            id: "kin-1".into(),
            helper: "农小月".into(),
            wants: "代办：执业药师延续注册；到 2026年12月31日 为止".into(),
            words: "爸，我在外地，证我来办".into(),
        }],
        cases: vec![CaseRow {
            href: "/staff/window/1/cases/1".into(),
            number: NUMBER.into(),
            item: "执业药师延续注册".into(),
            tag: Tag::new(Tone::Waiting, "等待单位确认"),
        }],
    }
}

/// A material at the counter: one scan lies there, a photograph may be taken.
fn scanned() -> FieldView {
    let files = vec![UploadView {
        name: "学分证明.pdf".into(),
        size: "212 KB".into(),
        state: "已检查".into(),
        href: "/staff/window/1/materials/1".into(),
        remove: "1".into(),
    }];
    let kind = FieldKind::Upload { accept: ".pdf", files, photo: "/photo/credit_proof".into() };
    field("/material/credit_proof", "学分证明", kind, "")
}

fn form() -> FormPage {
    let ways = choices(&[("counter", "到窗口领取"), ("courier", "邮寄"), ("electronic", "只要电子证照")], "counter");
    let reasons = choices(&[("stop", "不再从事执业药师工作"), ("retire", "退休")], "");
    FormPage {
        frame: staff("/staff/window/1/apply"),
        name: "执业药师注销注册".into(),
        back: link("/staff/window/1", "韦明月"),
        lead: "窗口代为录入：韦明月在场，申请人韦明月。".into(),
        action: "/staff/window/1/apply?item=fd-pharmacist-cancel".into(),
        whose: String::new(),
        key: "0123456789abcdef".into(),
        uploads: true,
        sections: vec![
            Section { title: "材料".into(), hint: String::new(), fields: vec![scanned()] },
            Section {
                title: "原因".into(),
                hint: String::new(),
                fields: vec![
                    field("/reason", "注销原因", FieldKind::Choice(reasons), ""),
                    line("/phone", "联系电话", "13877100001"),
                ],
            },
            Section {
                title: "窗口".into(),
                hint: String::new(),
                fields: vec![
                    field("way", "怎样领取结果", FieldKind::Choice(ways), ""),
                    FieldView { optional: true, ..line("address", "邮寄地址和联系方式", "") },
                    tick("read_back", "核对", "已当面念给申请人核对，申请人已签字"),
                ],
            },
        ],
        errors: Vec::new(),
        send: "提交".into(),
    }
}

fn relay(state: &str, light: Tone, answer: &str, take: Option<TakeForm>) -> RelayRow {
    RelayRow {
        href: "/staff/window/relays/1".into(),
        number: NUMBER.into(),
        round: 1,
        item: "执业药师延续注册".into(),
        applicant: "覃**".into(),
        from: "青秀区政务服务中心 A-1".into(),
        to: "广西药监局".into(),
        pieces: "纸质材料 3 件".into(),
        note: "学分证明原件".into(),
        sent: "2026年11月23日 10:12 黄晓岚交出".into(),
        until: "2026年11月24日".into(),
        answer: answer.into(),
        light,
        word: state.into(),
        take,
    }
}

fn case() -> CasePage {
    CasePage {
        frame: staff("/staff/window/1/cases/1"),
        number: NUMBER.into(),
        item: "公共场所卫生许可".into(),
        applicant: "邕江大药房".into(),
        tag: Tag::new(Tone::Refer, "请补正"),
        sentence: "请您补正，最迟 2026年12月23日".into(),
        is_open_already: true,
        mend: vec!["直接为顾客服务的人员都有健康合格证：请补办后填写实际人数。".into()],
        back: link("/staff/window/1", "农佳"),
        here: "/staff/window/1/cases/1".into(),
        receipt: Some("/staff/window/1/cases/1/receipt".into()),
        errors: Vec::new(),
        materials: super::handed::beside(),
        send: vec![line("pieces", "纸质材料件数", "0"), line("note", "说明", "")],
        relays: vec![relay("后台已签收", Tone::Granted, "2026年11月23日 15:00 李文签收", None)],
        deliver: Some(DeliverForm {
            wanted: "到窗口领取".into(),
            ways: vec![("counter", "已当面领取".into()), ("electronic", "已看过电子证照，不要纸质".into())],
        }),
        delivered: String::new(),
        licence: Some("/staff/window/1/cases/1/licence".into()),
        help: HelpTyped::fresh("1".into())
            .form(&staff("/staff/window/1/cases/1"), "/staff/window/1/cases/1/help".into()),
        events: events(),
    }
}

fn receipt() -> ReceiptPage {
    ReceiptPage {
        frame: staff("/staff/window/1/cases/1/receipt"),
        number: NUMBER.into(),
        secret: "K7MQ-29XF-WTRA".into(),
        is_new: true,
        next: "等单位确认，最迟 2026年12月7日".into(),
        item: "执业药师延续注册".into(),
        applicant: "邕江大药房".into(),
        agent: "农佳".into(),
        received_at: at("23T10:12:00"),
        clerk: "黄晓岚".into(),
        place: "青秀区政务服务中心 A-1 综合受理1号窗口".into(),
        agency: "广西药监局".into(),
        papers: vec!["学分证明：1 份文件".into()],
        due: Some(day("2026-12-21")),
        phone: "演示中没有公布电话".into(),
        case: link("/staff/window/1/cases/1", NUMBER),
        stand: link("/staff/window/1", "农佳"),
    }
}

fn relays() -> RelaysPage {
    let take = TakeForm {
        take: "/staff/window/relays/1/take".into(),
        give_back: "/staff/window/relays/1/return".into(),
        id: "reason-1".into(),
        reason: "少".into(),
        error: "请写明退回的理由（4至200字）".into(),
    };
    RelaysPage {
        frame: staff("/staff/window/relays"),
        counted: "待签收 1 件，超时 1 件".into(),
        hall: "青秀区政务服务中心 A-1".into(),
        front: vec![
            relay("后台已退回", Tone::Refer, "2026年11月23日 15:00 李文退回：少一页签名", None),
            relay("等后台签收", Tone::Waiting, "", None),
        ],
        back: vec![relay("后台超时未签收", Tone::Refused, "", Some(take))],
    }
}

fn results() -> ResultsPage {
    let row = |way: &str, courier| ResultRow {
        number: NUMBER.into(),
        item: "执业药师延续注册".into(),
        applicant: "韦**".into(),
        tag: granted("准予"),
        decided: "2026年11月23日 10:12".into(),
        way: way.into(),
        courier,
    };
    let courier = CourierForm {
        action: "/staff/window/results/1".into(),
        id: "parcel-1".into(),
        address: "南宁市青秀区演示路21号 农佳".into(),
        error: "请填写邮寄单号".into(),
    };
    ResultsPage {
        frame: staff("/staff/window/results"),
        hall: "青秀区政务服务中心 A-1".into(),
        rows: vec![row("到窗口领取", None), row("邮寄", Some(courier))],
    }
}

fn sheet() -> LicenceSheetPage {
    LicenceSheetPage {
        frame: staff("/staff/window/1/cases/1/licence"),
        sheet: Sheet {
            name: "卫生许可证".into(),
            code: "1.2.156.3005.2.11100000MB0341888N.DEMO217.001.3".into(),
            tag: granted("有效"),
            lines: vec![Line { label: "单位名称".into(), value: "邕江大药房（演示）".into() }],
            valid_from: day("2026-11-23"),
            valid_to: None,
            agency: "青秀区卫生健康局（演示）".into(),
            issued_on: day("2026-11-23"),
            verify_address: "http://127.0.0.1:8080/verify?code=DEMO217".into(),
            check: String::new(),
            qr_svg: String::new(),
        },
        back: link("/staff/window/1/cases/1", NUMBER),
        pdf: "/staff/window/1/cases/1/licence.pdf".into(),
    }
}

pub(super) fn pictures() -> Vec<Picture> {
    let one = RelayPage {
        frame: staff("/staff/window/relays/1"),
        number: NUMBER.into(),
        rows: vec![relay("后台已签收", Tone::Granted, "2026年11月23日 15:00 李文签收", None)],
        stand: Some(link("/staff/window/1", "覃海燕")),
        file: Some("/staff/cases/1".into()),
    };
    let none = BenchPage {
        place: String::new(),
        tickets: String::new(),
        called: String::new(),
        before: None,
        errors: Vec::new(),
        papers: 0,
        ..bench()
    };
    vec![
        picture("window-bench", &bench()),
        picture("window-bench-first", &none),
        picture("window-stand", &stand()),
        picture("window-form", &form()),
        picture("window-case", &case()),
        picture("window-receipt", &receipt()),
        picture("window-relays", &relays()),
        picture("window-relay", &one),
        picture("window-results", &results()),
        picture("window-licence", &sheet()),
    ]
}
