//! Pages of tickets and appointments.

use kernel::Grade;

use super::public::{field, link};
use super::{Picture, at, frame, granted, person, picture, staff};
use crate::pieces::{Choice, FieldKind, Tag, Tone};
use crate::ticket::view::*;

const HALL: &str = "青秀区政务服务中心";

fn choice(value: &str, label: &str) -> Choice {
    Choice { value: value.into(), label: label.into(), chosen: false }
}

fn take() -> TakePage {
    let lines = vec![
        choice("integrated", "综合受理：等候 3 人，现在来的人等候时间：约 10–25 分钟"),
        choice("results", "统一出件：等候 0 人，现在来的人等候时间：未知（没有窗口开放）"),
    ];
    TakePage {
        frame: frame("/halls/hall-450103/ticket"),
        hall: HALL.into(),
        place: "南宁市青秀区".into(),
        back: "/halls/450103".into(),
        action: "/halls/hall-450103/ticket".into(),
        appointment: "/halls/hall-450103/appointment".into(),
        board: "/halls/hall-450103/board".into(),
        closed: String::new(),
        hours: String::new(),
        errors: Vec::new(),
        fields: vec![
            field("/offer", "要办的业务", FieldKind::Choice(lines), ""),
            field("/priority", "优先的情形", FieldKind::Select(vec![choice("elderly", "老年人")]), ""),
        ],
        key: "k".into(),
        priorities: vec![PriorityRow {
            name: "老年人".into(),
            proof: "身份证".into(),
            grade: Grade::U,
            note: "凭记忆".into(),
        }],
        jumps_most: 2,
        measured_least: 5,
    }
}

fn one() -> TicketPage {
    TicketPage {
        frame: frame("/tickets/0190"),
        number: "A012".into(),
        tag: Tag::new(Tone::Waiting, "等候"),
        says: "请等候叫号。".into(),
        pairs: vec![("前面".into(), "3 人".into()), ("等候时间".into(), "约 10–25 分钟".into())],
        leave: "/tickets/0190/leave".into(),
        board: "/halls/hall-450103/board".into(),
        is_open: true,
    }
}

fn board() -> BoardPage {
    BoardPage {
        frame: frame("/halls/hall-450103/board"),
        hall: HALL.into(),
        called: vec![
            CalledRow { number: "A009".into(), counter: "A-1".into(), again: true },
            CalledRow { number: "A008".into(), counter: "A-2".into(), again: false },
        ],
        passed: vec!["A005".into()],
        lines: vec![BoardLine { name: "综合受理".into(), waiting: 3, open: 2, wait: "约 10–25 分钟".into() }],
    }
}

fn line() -> LineView {
    let row = |number: &str, class: &str| LineRow {
        id: number.into(),
        version: 1,
        number: number.into(),
        class: class.into(),
        since: "09:12".into(),
    };
    LineView {
        id: "line-integrated".into(),
        name: "综合受理".into(),
        wait: "约 10–25 分钟".into(),
        rows: vec![row("A010", "预约 09:30"), row("A011", "")],
    }
}

fn counter() -> CounterPage {
    CounterPage {
        frame: staff("/staff/counters/hall-450103/A-1"),
        hall: HALL.into(),
        door: "/staff/counters/hall-450103".into(),
        here: "/staff/counters/hall-450103/A-1".into(),
        code: "A-1".into(),
        name: "综合受理1号窗口".into(),
        officer: "李文".into(),
        is_mine: true,
        error: String::new(),
        case_error: "没有这个编号的办件，或者您看不到它".into(),
        case: "X".into(),
        nobody: false,
        serving: Some(Serving {
            id: "0190".into(),
            version: 2,
            number: "A009".into(),
            class: "老年人".into(),
            proof: "身份证".into(),
            item: String::new(),
            since: "09:20".into(),
            calls: 2,
            is_priority: true,
        }),
        lines: vec![line()],
    }
}

fn door() -> DoorPage {
    let TakePage { fields, .. } = take();
    DoorPage {
        frame: staff("/staff/counters/hall-450103"),
        hall: HALL.into(),
        here: "/staff/counters/hall-450103".into(),
        board: "/halls/hall-450103/board".into(),
        done: Some(link("/tickets/0190", "已发 A012 号", "打开、打印号条")),
        error: String::new(),
        errors: Vec::new(),
        counters: vec![CounterRow {
            href: "/staff/counters/hall-450103/A-1".into(),
            code: "A-1".into(),
            offers: "综合受理".into(),
            officer: "李文".into(),
            serving: "A009".into(),
        }],
        fields,
        key: "k".into(),
        lines: vec![line()],
        passed: vec![LineRow {
            id: "0191".into(),
            version: 3,
            number: "A005".into(),
            class: String::new(),
            since: "09:02".into(),
        }],
        appointments: vec![AppointmentRow {
            at: at("24T09:30:00"),
            name: "韦**".into(),
            line: "综合受理".into(),
            tag: granted("已签到"),
            cancel: String::new(),
            come: String::new(),
            ticket: String::new(),
        }],
    }
}

fn slots() -> SlotsPage {
    let times = vec![choice("2026-11-25T01:00:00Z", "09:00（还可约 3 人）")];
    SlotsPage {
        frame: person("/halls/hall-450103/appointment"),
        hall: HALL.into(),
        place: "南宁市青秀区".into(),
        back: "/halls/450103".into(),
        action: "/halls/hall-450103/appointment".into(),
        lines: vec![("/x".into(), "综合受理".into(), true)],
        days: vec![("/y".into(), "2026年11月25日".into(), true)],
        offer: "integrated".into(),
        day: "2026-11-25".into(),
        errors: Vec::new(),
        none: String::new(),
        fields: vec![field("/at", "时间", FieldKind::Choice(times), "")],
        key: "k".into(),
        sign_in: false,
        rules: vec!["每人最多同时有 2 个预约。".into()],
    }
}

pub(super) fn pictures() -> Vec<Picture> {
    vec![
        picture("ticket-take", &take()),
        picture("ticket", &one()),
        picture("ticket-board", &board()),
        picture("ticket-counter", &counter()),
        picture("ticket-door", &door()),
        picture("appointment", &slots()),
    ]
}
