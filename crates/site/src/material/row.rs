//! Rows of materials as pages show them: the fields of a form, the files that came, what is to be done about them.

use affairs::approval;
use affairs::catalog::{Catalog, FieldError, Item};
use affairs::material::{Bounds, Material, MaterialState, Way, pointer};

use super::view::{FileView, MaterialView};
use crate::approval::view::AnswerGroup;
use crate::frame::Frame;
use crate::pieces::{AnswerView, FieldKind, FieldView, Section, Tag, Tone, UploadView};

/// What a browser offers to choose; what comes is looked at all the same.
pub(crate) const ACCEPT: &str = ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png";

/// What lies with a form.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lying<'a> {
    /// Where files are seen: their ids follow behind `/materials/`.
    pub(crate) place: &'a str,
    /// Those that lie in the form, and may be taken away again.
    pub(crate) files: &'a [Material],
    /// Those that are with the case already.
    pub(crate) handed: &'a [Material],
    /// At a counter: a photograph is taken beside what is scanned.
    pub(crate) has_camera: bool,
}

/// The materials of an item as fields of a form; none where it takes no files.
pub(crate) fn section(
    frame: &Frame,
    (catalog, item): (&Catalog, &Item),
    lying: &Lying<'_>,
    errors: &[FieldError],
) -> Option<Section> {
    let (draft, files, handed) = (lying.place, lying.files, lying.handed);
    let field = |listed: &affairs::catalog::Material| {
        let at = pointer(&listed.id);
        let wrong: Vec<&str> = errors.iter().filter(|e| e.pointer == at).map(|e| frame.text(&e.message)).collect();
        let mine = files.iter().filter(|m| m.material == listed.id);
        let mine = mine.map(|m| upload(frame, m, (format!("{draft}/materials/{}", m.id), m.id.to_string())));
        let theirs = handed.iter().filter(|m| m.material == listed.id);
        let theirs = theirs.map(|m| upload(frame, m, (String::new(), String::new())));
        FieldView {
            label: frame.text(&listed.name).to_owned(),
            hint: hint(frame, listed, approval::bounds(catalog, item, &listed.id)),
            kind: FieldKind::Upload {
                accept: ACCEPT,
                files: theirs.chain(mine).collect(),
                photo: if lying.has_camera { format!("/photo/{}", listed.id) } else { String::new() },
            },
            value: String::new(),
            optional: !listed.required,
            error: (!wrong.is_empty()).then(|| wrong.join(" ")),
            note: String::new(),
            pointer: at,
        }
    };
    let fields: Vec<FieldView> = item.uploads().map(field).collect();
    let lead = if lying.has_camera { "material.desk_lead" } else { "material.lead" };
    let lead = frame.t(lead).to_owned();
    (!fields.is_empty()).then(|| Section { title: frame.t("material.title").to_owned(), hint: lead, fields })
}

fn hint(frame: &Frame, listed: &affairs::catalog::Material, bounds: Option<Bounds>) -> String {
    let when = listed.when.as_ref().map(|when| frame.t1("material.when", frame.text(when)));
    let most = bounds.map(|b| frame.t2("material.most", b.file_mb, b.files));
    [Some(frame.text(&listed.how).to_owned()), when, most]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(frame.t("material.stop"))
}

/// A file that lies in a form.
pub(crate) fn upload(frame: &Frame, material: &Material, (href, remove): (String, String)) -> UploadView {
    UploadView {
        name: material.name.clone(),
        size: size(material.size_bytes),
        state: frame.t(&format!("material_state.{}", material.state.word())).to_owned(),
        href: if material.is_shown() { href } else { String::new() },
        remove,
    }
}

/// A size as people read it.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KB", bytes.div_ceil(1_024)),
        _ => format!("{}.{} MB", bytes >> 20, ((bytes % (1 << 20)) * 10) >> 20),
    }
}

/// The files of a form as answers to check before sending.
pub(crate) fn answers(frame: &Frame, item: &Item, files: &[Material], change: &str) -> Option<AnswerGroup> {
    let answer = |listed: &affairs::catalog::Material| {
        let mine = files.iter().filter(|m| m.material == listed.id && m.state != MaterialState::Refused);
        let named = mine.map(|m| format!("{}（{}）", m.name, size(m.size_bytes))).collect::<Vec<_>>();
        AnswerView {
            label: frame.text(&listed.name).to_owned(),
            value: named.join("、"),
            source: String::new(),
            objection: String::new(),
            change: format!("{change}#{}", crate::pieces::field_id(&pointer(&listed.id))),
        }
    };
    let answers: Vec<AnswerView> = item.uploads().map(answer).collect();
    (!answers.is_empty()).then(|| AnswerGroup { title: frame.t("material.title").to_owned(), answers })
}

/// What came with a case, under each of the item's materials; `place` begins the addresses of the bytes.
pub(crate) fn rows(
    frame: &Frame,
    item: Option<&Item>,
    (known, errors): (&[Material], &[FieldError]),
    place: &str,
) -> Vec<MaterialView> {
    let files = |id: &str| known.iter().filter(|m| m.material == id).map(|m| file(frame, m, place)).collect::<Vec<_>>();
    let listed = item.into_iter().flat_map(Item::uploads).map(|listed| MaterialView {
        id: listed.id.clone(),
        name: frame.text(&listed.name).to_owned(),
        note: match (&listed.when, listed.required) {
            (_, true) => frame.t("material.required").to_owned(),
            (Some(when), false) => frame.t1("material.when", frame.text(when)),
            (None, false) => String::new(),
        },
        files: files(&listed.id),
        error: wrong(frame, errors, &listed.id),
    });
    listed.collect()
}

fn wrong(frame: &Frame, errors: &[FieldError], material: &str) -> String {
    let at = pointer(material);
    errors.iter().filter(|e| e.pointer == at).map(|e| frame.text(&e.message)).collect::<Vec<_>>().join(" ")
}

/// A file that is kept.
pub(crate) fn file(frame: &Frame, material: &Material, place: &str) -> FileView {
    let tone = match material.state {
        MaterialState::Quarantine => Tone::Waiting,
        MaterialState::Clean => Tone::Granted,
        MaterialState::Refused => Tone::Refused,
    };
    let state = material.state.word();
    let way = match material.way {
        Way::Online => "material.by_online",
        Way::Scanned => "material.by_scan",
        Way::Photographed => "material.by_photo",
    };
    FileView {
        name: material.name.clone(),
        size: size(material.size_bytes),
        tag: Tag::new(tone, frame.t(&format!("material_state.{state}")).to_owned()),
        says: if material.state == MaterialState::Clean {
            String::new()
        } else {
            frame.t(&format!("material_says.{state}")).to_owned()
        },
        by: frame.t1(way, &material.by_name),
        at: material.brought_at,
        href: if material.is_shown() { format!("{place}/{}", material.id) } else { String::new() },
        picture: material.kind.is_picture(),
    }
}
