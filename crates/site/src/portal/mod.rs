//! Pages of no single room: home, about, site map, what the program is built of.

pub(crate) mod acting;
mod home;
mod me;
pub mod view;
pub(crate) mod watch;

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use crate::frame::Frame;
use crate::pieces::Link;
use crate::portal::view::{LicencesPage, Package, TextPage, TextPart};
use crate::problem::{Problem, page};
use crate::state::AppState;

/// Name, version and licence of every package in the program, a line each.
const PACKAGES: &str = include_str!("../../packages.tsv");

/// The routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/about", get(about))
        .route("/about/map", get(map))
        .route("/about/licences", get(licences))
        .route("/log/how", get(how_to_verify))
        .merge(home::routes())
        .merge(me::routes())
        .merge(acting::routes())
}

/// A text page out of the words `<room>.title` and `<room>.p1`, `<room>.p2`, ….
fn text_page(frame: Frame, title: &str, paragraphs: &[&str], links: Vec<Link>) -> Result<Response, Problem> {
    let paragraphs = paragraphs.iter().map(|key| frame.t(key).to_owned()).collect();
    let parts = vec![TextPart { heading: String::new(), paragraphs, links }];
    page(&TextPage { title: frame.t(title).to_owned(), parts, frame })
}

async fn about(frame: Frame) -> Result<Response, Problem> {
    let links = vec![link(&frame, "/log/how", "log.how"), link(&frame, "/about/licences", "licences.title")];
    text_page(frame, "about.title", &["about.p1", "about.p2", "about.p3"], links)
}

async fn how_to_verify(frame: Frame) -> Result<Response, Problem> {
    let links = vec![link(&frame, "/log", "foot.log")];
    text_page(frame, "log.how", &["how.p1", "how.p2", "how.p3", "how.p4"], links)
}

async fn map(frame: Frame) -> Result<Response, Problem> {
    let places = [
        ("/", "map.home"),
        ("/items", "nav.items"),
        ("/halls", "halls.title"),
        ("/powers", "powers.title"),
        ("/progress", "nav.progress"),
        ("/verify", "nav.verify"),
        ("/open", "nav.open"),
        ("/me", "me.title"),
        ("/about", "foot.about"),
        ("/about/numbers", "foot.numbers"),
        ("/log", "foot.log"),
        ("/about/licences", "foot.licences"),
    ];
    let links = places.iter().map(|(href, word)| link(&frame, href, word)).collect();
    text_page(frame, "foot.map", &[], links)
}

async fn licences(frame: Frame) -> Result<Response, Problem> {
    let package = |line: &str| {
        let mut cells = line.split('\t').map(str::to_owned);
        Some(Package { name: cells.next()?, version: cells.next()?, licence: cells.next()? })
    };
    page(&LicencesPage { packages: PACKAGES.lines().filter_map(package).collect(), frame })
}

fn link(frame: &Frame, href: &str, word: &str) -> Link {
    Link { href: href.to_owned(), text: frame.t(word).to_owned(), hint: String::new() }
}
