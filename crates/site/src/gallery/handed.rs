//! Materials: the applicant's page of what came, and what stands beside the form at the workbench.

use super::public::field;
use super::{at, person};
use crate::material::view::{FileView, MaterialView, MaterialsPage, MaterialsView};
use crate::pieces::{FieldKind, Section, Tag, Tone, error_lines};

/// Materials in each state: a picture, a file being checked, a refused one, and one that did not come.
fn rows(place: &str) -> Vec<MaterialView> {
    let file = |name: &str, (tone, word, says): (Tone, &str, &str), href: String| FileView {
        name: name.into(),
        size: "1.4 MB".into(),
        tag: Tag::new(tone, word.to_owned()),
        says: says.into(),
        by: "韦明月（网上提交）".into(),
        at: at("23T21:40:00"),
        picture: name.ends_with(".jpg"),
        href,
    };
    let files = vec![
        file("店面.jpg", (Tone::Granted, "检查通过", ""), format!("{place}/1")),
        file("平面图.pdf", (Tone::Waiting, "正在检查", "检查完才能打开，不用重新上传。"), String::new()),
        file("流程.pdf", (Tone::Refused, "没有通过检查", "没有人打开过。请重新拍照或者扫描后再上传。"), String::new()),
    ];
    let row = |id: &str, name: &str, files| MaterialView {
        id: id.into(),
        name: name.into(),
        note: "需要现场核查的".into(),
        files,
        error: String::new(),
    };
    vec![row("layout", "经营场所布局和操作流程图", files), row("rules", "食品安全管理制度清单", Vec::new())]
}

/// Beside the form.
pub(super) fn beside() -> MaterialsView {
    let place = "/staff/cases/201/materials";
    let mut rows = rows(place);
    for row in &mut rows {
        // The gallery is opened from the disk, where there are no pictures to show.
        row.files.iter_mut().for_each(|file| file.picture = false);
    }
    MaterialsView { rows, action: place.into(), hint: "每个不超过 20 MB，最多 6 个".into() }
}

/// The applicant's page, with a mistake.
pub(super) fn page() -> MaterialsPage {
    let upload = FieldKind::Upload { accept: ".pdf", files: Vec::new(), photo: String::new() };
    let mut layout = field("/material/layout", "经营场所布局和操作流程图", upload, "");
    layout.hint = "现场核查时出示，或者上传照片。每个文件不超过 20 MB，最多 6 个".into();
    layout.error = Some("文件超过 20 MB。请压缩、降低扫描分辨率（200 DPI 足够）或者分成几个文件".into());
    let sections = vec![Section { title: "上传文件".into(), hint: String::new(), fields: vec![layout] }];
    let mut rows = rows("/cases/1/materials");
    rows[0].files[0].picture = false;
    MaterialsPage {
        frame: person("/cases/1/materials"),
        number: "演450000-2026-000217".into(),
        item: "食品经营许可".into(),
        back: "/cases/1".into(),
        rows,
        action: "/cases/1/materials".into(),
        errors: error_lines(&sections),
        sections,
        taken: true,
        refresh_seconds: 0,
    }
}
