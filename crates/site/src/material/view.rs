//! What pages show of materials.

use askama::Template;
use kernel::Moment;

use crate::frame::Frame;
use crate::pieces::{ErrorLine, Section, Tag};

/// One file.
#[derive(Clone, Debug)]
pub struct FileView {
    /// Its name.
    pub name: String,
    /// Its size, written for people.
    pub size: String,
    /// Where it stands.
    pub tag: Tag,
    /// What that means, and what to do; may be empty.
    pub says: String,
    /// Who brought it, and how.
    pub by: String,
    /// When.
    pub at: Moment,
    /// Where its bytes are; empty while nobody may see them.
    pub href: String,
    /// Whether a page can show it.
    pub picture: bool,
}

/// One of an item's materials, with its files.
#[derive(Clone, Debug)]
pub struct MaterialView {
    /// Its id within the item.
    pub id: String,
    /// What it is.
    pub name: String,
    /// When it is asked for, or what stands in its way; may be empty.
    pub note: String,
    /// Its files, the oldest first.
    pub files: Vec<FileView>,
    /// What was wrong with a file that was just sent; may be empty.
    pub error: String,
}

/// The materials of a case at the workbench.
#[derive(Clone, Debug)]
pub struct MaterialsView {
    /// Each of the item's that is handed in as a file.
    pub rows: Vec<MaterialView>,
    /// Where a clerk sends a scan or a photograph; empty where he may not.
    pub action: String,
    /// What files may be, in one sentence.
    pub hint: String,
}

impl MaterialsView {
    /// Whether something was wrong with a file that was just sent.
    pub fn is_wrong(&self) -> bool {
        self.rows.iter().any(|row| !row.error.is_empty())
    }
}

/// `/cases/{number}/materials`
#[derive(Clone, Debug, Template)]
#[template(path = "material/materials.html")]
pub struct MaterialsPage {
    /// The frame.
    pub frame: Frame,
    /// The case number.
    pub number: String,
    /// The item.
    pub item: String,
    /// The case.
    pub back: String,
    /// What was handed in.
    pub rows: Vec<MaterialView>,
    /// Where more is sent; empty where nothing may be.
    pub action: String,
    /// The fields, where something may be sent.
    pub sections: Vec<Section>,
    /// What was wrong.
    pub errors: Vec<ErrorLine>,
    /// Whether something was taken in just now.
    pub taken: bool,
    /// How often the page asks again while something is checked; 0 for never.
    pub refresh_seconds: u32,
}
