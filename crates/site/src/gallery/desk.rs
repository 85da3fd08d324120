//! Pages staff work with.

use super::applicant::{conditions, events, groups};
use super::handed;
use super::public::{field, link};
use super::{Picture, at, day, granted, picture, staff};
use crate::access::password::{Mistakes, PasswordPage};
use crate::access::sessions::{SessionRow, SessionsPage};
use crate::access::view::{
    AccountLinkPage, AccountPage, AccountRow, AccountsPage, AwayRow, RosterPage, ScopeRow, TieRow,
};
use crate::approval::desk::*;
use crate::approval::found::ContradictionView;
use crate::approval::handover::{DivergencePage, DivergenceRow, HandoverPage, LeftBy, LeftRow};
use crate::approval::hold::{DoorView, GapRow, GapsView, HoldView, MoreTimeView};
use crate::ledger::view::{AuditPage, TallyRow};
use crate::licence::view::CheckLine;
use crate::light::view::{Answer, BoardPage, CourseRow, LightRow, StandingRow};
use crate::pieces::*;
use crate::supervision::view::{DutiesPage, DutyRow};

fn filter(name: &str, count: usize, current: bool) -> FilterView {
    FilterView { href: "/staff/queue?x".into(), name: name.into(), count: Some(count), current }
}

fn row(n: u32, light: Tone, due: &str, who: &str, why: &str) -> QueueRow {
    QueueRow {
        light,
        due: due.into(),
        href: format!("/staff/cases/{n}"),
        number: format!("演450000-2026-{n:06}"),
        item: "执业药师延续注册".into(),
        applicant: who.into(),
        why: why.into(),
        tag: Tag::new(Tone::Refer, "转人工"),
        with: if n.is_multiple_of(2) { "李文".into() } else { String::new() },
        region: "南宁市".into(),
        received_at: at("23T09:12:00"),
    }
}

fn queue() -> QueuePage {
    QueuePage {
        frame: staff("/staff/queue"),
        counted: "5 件等待处理，1 件今天到期".into(),
        waiting: true,
        filters: vec![filter("全部", 5, true), filter("今天到期", 1, false), filter("等申请人或单位", 2, false)],
        whose: vec![filter("我的", 2, false), filter("本机关的", 5, false), filter("我能看的全部", 5, true)],
        lit: "您手里的件有 1 个亮灯".into(),
        compares: true,
        rows: vec![
            row(201, Tone::Refused, "今天到期", "覃海燕", "c4 注册状态：复核中"),
            row(204, Tone::Refer, "还有 2 个工作日", "甘雨", "c2 学分：申请人有异议"),
            row(209, Tone::Granted, "还有 9 个工作日", "莫小兰", "c3 单位许可证：数据过期"),
            row(211, Tone::Granted, "还有 11 个工作日", "蒙大山", "c1 届满不足 30 日"),
            row(215, Tone::Granted, "还有 14 个工作日", "罗秋", "c4 注册状态：没有查到"),
        ],
        pager: Pager::default(),
    }
}

fn case(decidable: bool) -> CasePage {
    let outcome = |value: &str, label: &str, chosen| Choice { value: value.into(), label: label.into(), chosen };
    let decide = DecideView {
        action: "/staff/cases/201/decide".into(),
        version: 4,
        outcomes: vec![
            outcome("grant", "准予许可", true),
            outcome("correct", "通知一次补正", false),
            outcome("refuse", "不予许可", false),
            outcome("terminate", "终止办理", false),
        ],
        outcome_error: String::new(),
        reasons: "同意".into(),
        reasons_error: "请写明理由（4 至 4000 字），申请人会看到".into(),
        lines: vec![
            outcome("1", "学分达到要求：请补修学分后再提交。", true),
            outcome("2", "请提交学分证明：在继续教育平台打印。", false),
        ],
        drafts: vec!["经人工核实，“注册状态有效”这一条件已经满足。".into()],
        remedies: "可以在收到决定之日起 60 日内申请行政复议，或者 6 个月内提起行政诉讼。".into(),
    };
    let errors = vec![ErrorLine { href: "#f-reasons".into(), message: decide.reasons_error.clone() }];
    CasePage {
        frame: staff("/staff/cases/201"),
        number: "450000-FDHR-20261123-7KM3QWXA-5".into(),
        item: "执业药师延续注册".into(),
        applicant: "覃海燕".into(),
        place: "南宁市青秀区".into(),
        followed: Some((granted("记录与流程一致"), String::new())),
        tag: Tag::new(Tone::Refer, "人工审查中"),
        light: Tone::Refused,
        due: "今天到期".into(),
        errors: if decidable { errors } else { Vec::new() },
        sent: false,
        stepped: false,
        steps: StepView::default(),
        hold: hold(decidable),
        door: None,
        gaps: GapsView {
            rows: vec![GapRow {
                name: "食品安全管理制度清单".into(),
                stands: "2026年11月30日前补交".into(),
                fill: Some("/staff/cases/201/gaps/rules".into()),
            }],
            offered: vec![outcome("layout", "经营场所布局和操作流程图", false)],
            action: "/staff/cases/201/gaps".into(),
            hint: "最迟 2026年12月18日".into(),
            until_error: if decidable { String::new() } else { "请选择日期".into() },
            ..GapsView::default()
        },
        first: None,
        more_time: MoreTimeView {
            stands: if decidable {
                String::new()
            } else {
                "李文申请延长 10 个工作日，等待负责人批准。".into()
            },
            reasons: if decidable { String::new() } else { "需要向核查机关调取原始记录。".into() },
            action: "/staff/cases/201/hold".into(),
            ask: if decidable { "申请延长办理期限".into() } else { String::new() },
            approve: !decidable,
            ..MoreTimeView::default()
        },
        kept: String::new(),
        decision: None,
        groups: groups(),
        materials: handed::beside(),
        proposal: Tag::new(Tone::Refer, "机器不能判断，转人工"),
        why: vec!["注册状态是“复核中”，规则只认“有效”。".into()],
        contradictions: vec![ContradictionView {
            label: "执业单位".into(),
            filed: "91450100MA5KPBUD2X".into(),
            told: "91450100MA5KPBUE18".into(),
            source: "执业药师注册库 · 权威登记".into(),
        }],
        conditions: conditions([Met::Met, Met::Met, Met::Met, Met::Unknown]),
        rules: "9f2c41ab · 日历 2026-1".into(),
        decide: decidable.then_some(decide),
        no_right: !decidable,
        courses: courses(),
        events: events().into_iter().take(2).collect(),
        trail: Some("/staff/trail?q=450000-FDHR-20261123-7KM3QWXA-5".into()),
    }
}

fn hold(decidable: bool) -> HoldView {
    let officer = |name: &str| Choice { value: name.into(), label: format!("{name}（审批员）"), chosen: false };
    HoldView {
        who: "由李文办理".into(),
        why: "有权办理的 3 人中，按机关、岗位和在办件数排在最前（审批员 李文，在办 2 件）；1 人不在岗".into(),
        recused: if decidable {
            String::new()
        } else {
            "您申报的近亲属是本件的申请人，应当回避，不能办理；本件交由其他人员办理。（中华人民共和国公务员法第76条，依据等级 U）".into()
        },
        action: "/staff/cases/201/hold".into(),
        take: !decidable,
        give_back: decidable,
        officers: if decidable { vec![officer("覃立言"), officer("莫然")] } else { Vec::new() },
        officer_error: String::new(),
    }
}

/// A decision at the door: of the officer who signed it, or before the second one.
fn door(second: bool) -> CasePage {
    let door = DoorView {
        ruling: "准予许可".into(),
        reasons: "现场验收合格，准予许可。".into(),
        by: "李文，2026年11月23日 21:40".into(),
        second: if second { String::new() } else { "复核：覃立言".into() },
        leaves: if second {
            "等待第二名工作人员复核同意，同意后才生效。".into()
        } else {
            "还有 42 秒送出，现在可以收回。".into()
        },
        action: "/staff/cases/201/hold".into(),
        undo: !second,
        leave: !second,
        second_may: second,
        opinion: "不".into(),
        opinion_error: if second { "请写明不同意的理由（4 至 4000 字）".into() } else { String::new() },
        refresh_seconds: 5,
    };
    CasePage { door: Some(door), decide: None, errors: Vec::new(), ..case(true) }
}

fn roster() -> RosterPage {
    let fields = |label: &str| accounts_fields(label);
    RosterPage {
        frame: staff("/staff/roster"),
        errors: Vec::new(),
        away: vec![AwayRow {
            who: "李文".into(),
            from: day("2026-11-24"),
            to: day("2026-11-27"),
            deputy: "覃立言".into(),
            reason: "培训".into(),
            end: "/staff/roster/away/1/end".into(),
        }],
        away_form: fields("代理人"),
        ties: vec![TieRow { kind: "近亲属".into(), name: "李小文".into(), code: "4****************X".into() }],
        tie_form: fields("姓名或单位名称"),
    }
}

fn handover() -> HandoverPage {
    let row = |n: u32, light, due: &str, waits: &str| LeftRow {
        href: format!("/staff/cases/{n}"),
        number: format!("演450000-2026-{n:06}"),
        item: "执业药师延续注册".into(),
        applicant: "覃海燕".into(),
        tag: Tag::new(Tone::Refer, "人工审查中"),
        light,
        due: due.into(),
        waits_for: waits.into(),
    };
    HandoverPage {
        frame: staff("/staff/handover"),
        officers: vec![
            LeftBy {
                who: "李文".into(),
                rows: vec![
                    row(201, Tone::Refused, "今天到期", "经办人作出决定"),
                    row(204, Tone::Waiting, "特别程序，期限暂停", "特别程序：李文（审批员）、覃立言（审批员）"),
                ],
            },
            LeftBy {
                who: "还没有人办理".into(),
                rows: vec![row(209, Tone::Granted, "还有 9 个工作日", "经办人作出决定")],
            },
        ],
    }
}

fn divergence() -> DivergencePage {
    let row = |item: &str, pairs, differing, rate: &str| DivergenceRow {
        item: item.into(),
        decisions: 214,
        facts: 12,
        pairs,
        differing,
        rate: rate.into(),
    };
    DivergencePage {
        frame: staff("/staff/divergence"),
        rows: vec![row("食品经营许可（新办）", 310, 21, "6.7%"), row("药品零售经营许可", 0, 0, "没有可比的")],
    }
}

fn accounts_fields(label: &str) -> Vec<Section> {
    let line = FieldKind::Line { width: Width::Medium, mode: "text", autocomplete: "off".into(), unit: String::new() };
    let fields = vec![field(&format!("/{}", label.len()), label, line, "")];
    vec![Section { title: String::new(), hint: String::new(), fields }]
}

fn trail() -> TrailPage {
    let row = |who: &str, did: &str, leaf| TrailRow {
        at: at("23T21:40:31"),
        who: who.into(),
        did: did.into(),
        about: link("/staff/cases/217", "演450000-2026-000217", ""),
        leaf,
    };
    TrailPage {
        frame: staff("/staff/trail"),
        query: String::new(),
        filters: vec![filter("办件", 3, true), filter("账号", 1, false)],
        rows: vec![
            row("自动办理", "准予，发证", Some(640)),
            row("农佳（代表邕江大药房）", "第二方确认", Some(639)),
            row("李文", "查看案件", None),
        ],
        pager: Pager { first: None, next: Some("/staff/trail?after=3".into()) },
    }
}

fn duties() -> DutiesPage {
    let row = |light, from: &str, until: &str, holder: &str| DutyRow {
        light,
        from: day(from),
        until: Some(day(until)),
        what: "是否在岗执业、是否一人一单位".into(),
        holder: holder.into(),
        page: "/staff/duties/1".into(),
        href: "/staff/cases/217".into(),
        number: "演450000-2026-000217".into(),
        agency: "南宁市市场监督管理局".into(),
        region: "南宁市".into(),
        tag: Tag::new(Tone::Waiting, "待检查"),
    };
    DutiesPage {
        frame: staff("/staff/duties"),
        counted: "2 项待检查".into(),
        filters: vec![filter("全部", 2, true), filter("本月", 1, false)],
        rows: vec![
            row(Tone::Refer, "2026-11-01", "2026-11-30", "陆小川"),
            row(Tone::Granted, "2026-11-24", "2027-02-21", "韦明月"),
        ],
        pager: Pager::default(),
    }
}

fn courses() -> Vec<CourseRow> {
    let row = |name: &str, light, word: &str, used: &str, reply: &str| CourseRow {
        name: name.into(),
        from: at("23T21:40:31"),
        until: "2026年11月25日".into(),
        used: used.into(),
        light,
        word: word.into(),
        reply: reply.into(),
    };
    vec![
        row("一次告知（补正通知）期限", Tone::Granted, "绿：正常", "已用 0 天，期限 5个工作日", ""),
        row(
            "承诺期限",
            Tone::Refused,
            "红：超过承诺期限",
            "已用 3 天，期限 2个工作日",
            "答复：等复函，今天办结。（莫然）",
        ),
    ]
}

fn board() -> BoardPage {
    let answer = |error: &str| Answer {
        id: "reply-1".into(),
        number: "450000-FDHR-20261123-7KM3QWXA-5".into(),
        clock: "committed".into(),
        colour: "red".into(),
        typed: String::new(),
        error: error.into(),
    };
    let standing = |agency: &str, waiting, overdue, lights| StandingRow {
        agency: agency.into(),
        waiting,
        stopped: 1,
        overdue,
        oldest: "6 天".into(),
        lights,
        light: if overdue > 0 { Tone::Refused } else { Tone::Granted },
    };
    BoardPage {
        frame: staff("/staff/lights"),
        counted: "14 件等待处理，1 件已超期".into(),
        done: false,
        standings: vec![standing("广西药监局", 9, 1, 1), standing("南宁市市场监督管理局", 5, 0, 0)],
        lights: vec![LightRow {
            light: Tone::Refused,
            word: "红：超过承诺期限".into(),
            limit: "承诺期限，到 2026年11月22日".into(),
            case: link("/staff/cases/201", "450000-FDHR-20261123-7KM3QWXA-5", ""),
            item: "执业药师延续注册".into(),
            holder: "广西药监局".into(),
            reply_until: "2026年11月24日前答复".into(),
            answer: Some(answer("请写明原因和办法（4 至 2000 字）")),
        }],
    }
}

fn accounts() -> AccountsPage {
    let row = |login: &str, name: &str, scope: &str, seen| AccountRow {
        login: login.into(),
        name: name.into(),
        scopes: vec![scope.into()],
        tag: granted("在用"),
        password_at: seen,
        href: "/staff/accounts/1".into(),
    };
    let line = |width| FieldKind::Line { width, mode: "text", autocomplete: "off".into(), unit: String::new() };
    AccountsPage {
        frame: staff("/staff/accounts"),
        accounts: vec![
            row("clerk", "李文", "审批 · 广西药监局 · 全区 · 全部事项", Some(at("23T08:59:00"))),
            row("inspector", "周正", "监管 · 南宁市市场监督管理局 · 南宁市", None),
        ],
        sections: vec![Section {
            title: String::new(),
            hint: String::new(),
            fields: vec![
                field("/login", "账号", line(Width::Medium), ""),
                field("/name", "姓名", line(Width::Medium), ""),
            ],
        }],
        errors: Vec::new(),
    }
}

fn password() -> PasswordPage {
    let again = "两次输入的密码不一样".to_owned();
    PasswordPage {
        frame: staff("/staff/password"),
        title: "修改密码".into(),
        lead: "修改后，其他设备上的登录全部失效。".into(),
        action: "/staff/password".into(),
        asks_old: true,
        errors: vec![ErrorLine { href: "#f-again".into(), message: again.clone() }],
        mistakes: Mistakes { again, ..Mistakes::default() },
    }
}

fn sessions() -> SessionsPage {
    let row = |device: &str, here| SessionRow {
        device: device.into(),
        created_at: at("23T08:59:00"),
        seen_at: at("23T21:39:00"),
        ends_at: at("23T22:09:00"),
        here,
        action: format!("/sessions/{here}/close"),
    };
    SessionsPage { frame: staff("/sessions"), rows: vec![row("Mozilla/5.0 (X11; Linux x86_64)", true), row("", false)] }
}

fn account() -> AccountPage {
    let scope = ScopeRow {
        role: "审批".into(),
        agency: "广西药监局（演示）".into(),
        region: "广西壮族自治区".into(),
        item: "全部".into(),
        fields: vec![("/role", "approver".into()), ("/item", "*".into())],
    };
    let event = |what: &str| EventView { at: at("23T08:59:00"), what: what.into(), who: "唐管".into(), href: None };
    AccountPage {
        frame: staff("/staff/accounts/1"),
        login: "clerk".into(),
        name: "李文".into(),
        post: "行政审批".into(),
        agency: "广西药监局（演示）".into(),
        region: "广西壮族自治区".into(),
        tag: granted("在用"),
        password_at: None,
        own: false,
        actions: vec![link("/staff/accounts/1/link", "发新链接", ""), link("/staff/accounts/1/disable", "停用", "")],
        scopes: vec![scope],
        revoke: "/staff/accounts/1/scopes/revoke".into(),
        grant: "/staff/accounts/1/scopes".into(),
        sections: accounts().sections,
        errors: Vec::new(),
        events: vec![event("授予职责"), event("建立账号")],
    }
}

fn account_link() -> AccountLinkPage {
    AccountLinkPage {
        frame: staff("/staff/accounts"),
        name: "李文".into(),
        link: "http://127.0.0.1:8080/sign-in/link/p3K0".into(),
        back: "/staff/accounts/1".into(),
    }
}

fn audit(verdict: Tag, sentence: &str, hashes: Met) -> AuditPage {
    let check = |met, sentence: &str, detail: &str| CheckLine { met, sentence: sentence.into(), detail: detail.into() };
    let tally = |what: &str, n| TallyRow {
        what: what.into(),
        tables: n,
        twin: None,
        leaves: Some(n),
        counters: Some(n),
        tag: granted("一致"),
    };
    AuditPage {
        frame: staff("/staff/audit"),
        verdict,
        sentence: sentence.into(),
        size: 641,
        signed_at: Some(at("23T21:40:31")),
        checks: vec![
            check(hashes, "每条记录的哈希与字节相符", "641 条"),
            check(Met::Met, "检查点签名有效（Ed25519、SM2）", "218 个"),
            check(Met::Met, "前后检查点一致，只增不改", ""),
        ],
        tallies: vec![tally("收件", 214), tally("准予", 209), tally("证照", 209)],
    }
}

pub(super) fn pictures() -> Vec<Picture> {
    let empty = QueuePage { rows: Vec::new(), counted: "没有等待处理的案件".into(), ..queue() };
    let sound = audit(granted("日志完好"), "2026年11月23日 21:40 从原始字节重算，641 条全部相符。", Met::Met);
    let broken = audit(Tag::new(Tone::Refused, "发现改动"), "第 417 条记录的字节与签名时不同。", Met::NotMet);
    vec![
        picture("queue", &queue()),
        picture("queue-empty", &empty),
        picture("case", &case(true)),
        picture("case-seen", &case(false)),
        picture("case-door", &door(false)),
        picture("case-second", &door(true)),
        picture("roster", &roster()),
        picture("handover", &handover()),
        picture("divergence", &divergence()),
        picture("trail", &trail()),
        picture("lights", &board()),
        picture("duties", &duties()),
        picture("staff-ratings", &super::rated::work()),
        picture("staff-rating", &super::rated::one()),
        picture("accounts", &accounts()),
        picture("account", &account()),
        picture("account-link", &account_link()),
        picture("password", &password()),
        picture("sessions", &sessions()),
        picture("audit", &sound),
        picture("audit-broken", &broken),
    ]
}
