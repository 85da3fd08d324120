//! Files in the form of a bundle: asked once, whichever of its agencies want them, and handed in with each case that does.

use std::sync::Arc;

use kernel::Text;

use crate::approval;
use crate::catalog::{Bundle, BundleMaterial, Catalog, FieldError, Item, Obtain};
use crate::material::{self, Bounds, Material, MaterialState};

/// What a bundle's form is written in before it is sent: the word under which its draft is kept.
pub fn draft_word(bundle: &str) -> String {
    format!("bundle:{bundle}")
}

/// The files that the form of a bundle asks, each once.
pub fn papers(bundle: &Bundle, items: &[Arc<Item>]) -> Vec<BundleMaterial> {
    let mut asked = bundle.materials(items);
    asked.retain(|paper| paper.obtain == Obtain::Upload);
    asked
}

/// What files of one of a bundle's papers may be: what every item that asks for it allows.
pub fn paper_bounds(catalog: &Catalog, items: &[Arc<Item>], paper: &BundleMaterial) -> Option<Bounds> {
    let of = paper.of.iter().filter_map(|field| {
        let item = items.iter().find(|item| item.id == field.item)?;
        approval::bounds(catalog, item, &field.field)
    });
    of.reduce(|a, b| Bounds {
        file_mb: a.file_mb.min(b.file_mb),
        files: a.files.min(b.files),
        megapixels: a.megapixels.min(b.megapixels),
    })
}

/// Papers that an item asks for and of which no file is there. A piece that may follow is not missing.
pub fn missing_papers(bundle: &Bundle, items: &[Arc<Item>], files: &[Material]) -> Vec<FieldError> {
    let is_there = |id: &str| files.iter().any(|file| file.material == id && file.state != MaterialState::Refused);
    let lacks = |paper: &BundleMaterial| paper.required && !paper.may_follow && !is_there(&paper.id);
    let error = |paper: BundleMaterial| FieldError {
        pointer: material::pointer(&paper.id),
        code: "material.missing".to_owned(),
        message: Text::new(
            format!("请上传“{}”：PDF 文件，或者用手机拍照", paper.name.zh),
            format!("hand in {}: a PDF, or a photograph", paper.name.en),
        ),
    };
    papers(bundle, items).into_iter().filter(lacks).map(error).collect()
}

/// The files of a bundle that one of its items wants, named as that item names them.
pub(super) fn of_item(bundle: &Bundle, items: &[Arc<Item>], files: &[Material], item: &str) -> Vec<Material> {
    let papers = papers(bundle, items);
    let named = |file: &Material| {
        let paper = papers.iter().find(|paper| paper.id == file.material)?;
        let field = paper.of.iter().find(|field| field.item == item)?;
        Some(Material { material: field.field.clone(), ..file.clone() })
    };
    files.iter().filter_map(named).collect()
}
