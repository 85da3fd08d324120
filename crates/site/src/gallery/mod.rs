//! Renders every page with honest sample data, checks its HTML, and writes it to `target/gallery/`, so that people look
//! at what they change (`crates/site/gallery.sh` takes the pictures, the browser tests audit them).

mod applicant;
mod checks;
mod desk;
mod handed;
mod levels;
mod listed;
mod public;
mod rated;
mod replayed;
mod tickets;
mod windowed;
mod workshop;

use std::fs;
use std::path::{Path, PathBuf};

use askama::Template;
use axum::http::HeaderMap;
use kernel::{Date, Moment};

use crate::frame::{Frame, Place, Side, Visitor};
use crate::pieces::{FactView, StageView, Tag, Tone};
use crate::sample;

/// A page by name, as it would be served.
struct Picture {
    name: &'static str,
    html: String,
}

fn picture(name: &'static str, page: &impl Template) -> Picture {
    Picture { name, html: page.render().unwrap() }
}

fn frame(path: &str) -> Frame {
    Frame::new(&sample::state(), &path.parse().unwrap(), &HeaderMap::new())
}

fn person(path: &str) -> Frame {
    let visitor = Visitor {
        account: "p1".into(),
        name: "韦明月".into(),
        side: Side::Public,
        acting_for: None,
        unread: 2,
        places: Vec::new(),
    };
    Frame { visitor: Some(visitor), ..frame(path) }
}

fn staff(path: &str) -> Frame {
    let visitor = Visitor {
        account: "s1".into(),
        name: "李文".into(),
        side: Side::Staff,
        acting_for: None,
        unread: 0,
        places: vec![
            Place::Window,
            Place::Queue,
            Place::Joints,
            Place::Lights,
            Place::Counters,
            Place::Duties,
            Place::Ratings,
            Place::Replay,
            Place::Trail,
            Place::Audit,
            Place::Accounts,
        ],
    };
    Frame { visitor: Some(visitor), ..frame(path) }
}

fn at(text: &str) -> Moment {
    format!("2026-11-{text}+08:00").parse().unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn granted(word: &str) -> Tag {
    Tag::new(Tone::Granted, word)
}

fn stage(name: &str, note: &str, progress: Option<crate::pieces::Progress>) -> StageView {
    StageView { name: name.into(), note: note.into(), progress }
}

fn fact(label: &str, value: &str, source: &str) -> FactView {
    FactView {
        label: label.into(),
        value: value.into(),
        source: source.into(),
        read_at: Some(at("23T21:40:00")),
        as_of: Some(day("2026-11-23")),
        trust: Some(kernel::Trust::A),
    }
}

fn all() -> Vec<Picture> {
    let mut pictures = public::pictures();
    pictures.extend(applicant::pictures());
    pictures.extend(desk::pictures());
    pictures.extend(levels::pictures());
    pictures.extend(tickets::pictures());
    pictures.extend(windowed::pictures());
    pictures.extend(replayed::pictures());
    pictures.extend(workshop::pictures());
    pictures
}

/// Where the pictures go; the style sheet is copied beside them, so that a browser opens them from the disk.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/gallery")
}

#[test]
fn every_page_renders_into_the_gallery() {
    let folder = folder();
    fs::create_dir_all(&folder).unwrap();
    let assets = crate::assets::Assets::load();
    let style =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("islands/dist").join(assets.style.trim_start_matches("/assets/"));
    let style = fs::read_to_string(style).unwrap();
    for picture in all() {
        let link = format!("<link rel=\"stylesheet\" href=\"{}\">", assets.style);
        assert!(picture.html.contains(&link), "{}", picture.name);
        let html = picture.html.replace(&link, &format!("<style>{style}</style>"));
        let elder = html.replace("data-view=\"plain\"", "data-view=\"elder\"");
        fs::write(folder.join(format!("{}.html", picture.name)), html).unwrap();
        fs::write(folder.join(format!("{}.elder.html", picture.name)), elder).unwrap();
    }
}
