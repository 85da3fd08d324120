//! Pages of the list of powers.

use super::frame;
use super::public::field;
use crate::approval::desk::FilterView;
use crate::pieces::{FieldKind, Pager, Width};
use crate::powers::view::{PowerRow, PowersPage, VersionView};

const AGENCY: &str = "青秀区市场监督管理局";

fn row(code: &str, name: &str, kind: &str, (statutory, committed, seals): (&str, &str, usize)) -> PowerRow {
    PowerRow {
        href: format!("/powers/amr-450103/{code}"),
        code: code.into(),
        name: name.into(),
        kind: kind.into(),
        agency: AGENCY.into(),
        level: "县级".into(),
        statutory: statutory.into(),
        committed: committed.into(),
        seals,
    }
}

pub(super) fn powers() -> PowersPage {
    let line =
        || FieldKind::Line { width: Width::Medium, mode: "text", autocomplete: "off".into(), unit: String::new() };
    PowersPage {
        frame: frame("/powers"),
        lists: vec![FilterView {
            href: "/powers?list=amr-450103".into(),
            name: AGENCY.into(),
            count: None,
            current: true,
        }],
        version: Some(VersionView {
            label: "amr-450103@2".into(),
            title: "权责清单（2026年版）".into(),
            note: "行数、时限都是演示用的。".into(),
            demonstration: true,
            dates: "2026年1月1日起".into(),
            powers: 2,
            hash: "5c1f".repeat(16),
            proof: "/log/gx/41".into(),
            changes: String::new(),
        }),
        fields: vec![field("/q", "名称或编码", line(), ""), field("/kind", "种类", line(), "")],
        list: "amr-450103".into(),
        counted: "共 2 项".into(),
        rows: vec![
            row("450103-XK-0001", "食品经营许可", "行政许可", ("20个工作日", "5个工作日", 0)),
            row("450103-CF-0001", "对无证经营食品的处罚", "行政处罚", ("90日", "90日", 1)),
        ],
        pager: Pager::default(),
    }
}
