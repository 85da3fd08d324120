//! Pages of halls, and of records held against flows.

use kernel::Grade;

use super::public::link;
use super::{Picture, frame, granted, picture};
use crate::catalog::halls_view::*;
use crate::pieces::{Tag, Tone};
use crate::powers::view::{ConditionRow, ConformPage, ConformRow, ConformsPage, ForkRow};

fn card() -> HallCard {
    HallCard {
        id: "station-450224101".into(),
        name: "浮石镇便民服务中心".into(),
        kind: "乡镇（街道）便民服务中心".into(),
        place: "柳州市融安县浮石镇".into(),
        hours: "工作日8:30–12:00、14:30–17:30，集中办公".into(),
        hours_source: String::new(),
        keeper: "浮石镇人民政府".into(),
        address: String::new(),
        phone: String::new(),
        map: Some(("25.051234, 109.371234".into(), "演示".into())),
        demonstration: true,
        source: "自拟".into(),
        acts: vec![
            ActRow { name: "受理".into(), done: true, items: Vec::new() },
            ActRow { name: "初审".into(), done: true, items: vec!["林木采伐许可".into()] },
            ActRow { name: "领取结果".into(), done: false, items: Vec::new() },
        ],
        grades: vec![("乡镇综合窗口".into(), Grade::D, "演示".into())],
        counters: vec![CounterRow {
            code: "A-1".into(), name: "综合窗口".into(), offers: "乡镇综合窗口".into()
        }],
    }
}

fn halls() -> HallsPage {
    HallsPage {
        frame: frame("/halls/450224101"),
        name: "浮石镇".into(),
        level: "乡镇级".into(),
        crumbs: vec![link("/halls/450224", "融安县", "")],
        is_over: false,
        ended: Vec::new(),
        query: String::new(),
        found: Vec::new(),
        item: String::new(),
        item_name: String::new(),
        items: vec![("fo-felling-small".into(), "林木采伐许可".into())],
        here: vec![card()],
        above: Vec::new(),
        children: vec![PlaceRow { href: "/halls/450224101201".into(), name: "某村".into(), has: false }],
        decided: vec![DecidedRow {
            item: link("/items/fo-felling-small", "林木采伐许可", ""),
            agency: "浮石镇人民政府".into(),
            way: "受委托，以融安县林业局的名义决定".into(),
            document: "公告（演示）".into(),
        }],
        is_township: true,
        is_village: false,
        acts: Some(("咨询、受理".into(), "本系统的设计".into(), Grade::D)),
        coverage: vec![CoverageRow {
            level: "村（社区）".into(),
            with: 9,
            of: 11,
            share: "81.8%".into(),
            average: "未知".into(),
            difference: String::new(),
            source: String::new(),
            grade: None,
        }],
        shares: vec![ShareRow { name: "不出村（含网上）".into(), cases: 3, share: "100.0%".into() }],
        here_path: "/halls/450224101".into(),
    }
}

fn row(name: &str, href: &str) -> ConformRow {
    ConformRow { name: name.into(), href: href.into(), all: 40, conform: 39, deviate: 1, share: "97.5%".into() }
}

fn forks() -> Vec<ForkRow> {
    vec![ForkRow {
        state: "等待第二方确认".into(),
        visits: 40,
        taken: vec![("第二方确认".into(), 40)],
        never: vec!["第二方不同意".into(), "第二方逾期未答复".into()],
        tag: Tag::new(Tone::Refer, "从未改变结果"),
    }]
}

pub(super) fn pictures() -> Vec<Picture> {
    let all = ConformsPage {
        frame: frame("/powers/conformance"),
        newest: 200,
        items: vec![row("执业药师延续注册", "/powers/conformance/fd-pharmacist-renew")],
        kinds: vec![row("行政处罚", "/powers/flows/penalty")],
        forks: forks(),
        least: 30,
    };
    let one = ConformPage {
        frame: frame("/powers/conformance/fd-pharmacist-renew"),
        item: "执业药师延续注册".into(),
        guide: "/items/fd-pharmacist-renew".into(),
        row: row("执业药师延续注册", ""),
        deviations: vec![("记录了“规则准予”，当时是“未提交”，流程不允许".into(), 1)],
        forks: forks(),
        conditions: vec![ConditionRow {
            sentence: "注册证在有效期内".into(),
            met: 40,
            not_met: 0,
            unknown: 0,
            tag: granted("从未拦住过"),
        }],
        least: 30,
        newest: 200,
    };
    vec![picture("halls", &halls()), picture("conformance", &all), picture("conform", &one)]
}
