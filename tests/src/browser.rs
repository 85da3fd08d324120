//! A browser for stories: it keeps cookies, sends forms, and follows a redirect only when told to, so that a story can
//! look at every answer on the way.

use std::collections::BTreeMap;

use affairs::access::{Actor, Arrival, LinkPurpose, Token, sign_in};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use kernel::Id;
use tower::ServiceExt;

use crate::World;

/// An answer, read to the end.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The text of `<main>`, without marks: what a reader sees.
    pub fn main(&self) -> String {
        let text = self.text();
        let main = text.split("<main").nth(1).unwrap_or_default().split("</main>").next().unwrap_or_default();
        let (mut seen, mut inside) = (String::new(), true);
        for c in main.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => seen.push(c),
                _ => {}
            }
        }
        seen.replace("&#38;", "&")
            .replace("&#34;", "\"")
            .replace("&#39;", "'")
            .replace("&#60;", "<")
            .replace("&#62;", ">")
    }

    /// Where it sends the browser.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// The value of a hidden field.
    pub fn hidden(&self, name: &str) -> String {
        let text = self.text();
        let field = text.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_default();
        field.split('"').next().unwrap_or_default().to_owned()
    }
}

/// A browser at one site.
#[derive(Clone)]
pub struct Browser {
    site: Router,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// A browser nobody has used yet.
    pub fn new(site: &Router) -> Self {
        Self { site: site.clone(), cookies: BTreeMap::new() }
    }

    /// A browser in which this account is signed in.
    pub async fn of(world: &World, site: &Router, account: Id) -> Self {
        let desk = world.base();
        let link = sign_in::issue_link(&desk, &Actor::Machine, account, LinkPurpose::SignIn).await.unwrap();
        let signed_in = sign_in::by_link(&desk, &link, &Arrival::default()).await.unwrap();
        let mut browser = Self::new(site);
        browser.carry(&signed_in.token);
        browser
    }

    /// The same browser, with its cookies, at a site that was opened anew.
    pub fn at(&self, site: &Router) -> Self {
        Self { site: site.clone(), cookies: self.cookies.clone() }
    }

    /// Carries this session from now on.
    pub fn carry(&mut self, token: &Token) {
        self.cookies.insert("session".into(), token.reveal());
    }

    /// What the browser holds under this name.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Opens an address.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).header(header::ACCEPT, "text/html").body(Body::empty()).unwrap()).await
    }

    /// Sends a form.
    pub async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let pairs: Vec<String> = pairs.iter().map(|(k, v)| format!("{}={}", encoded(k), encoded(v))).collect();
        let request = Request::post(path)
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(pairs.join("&").into()).unwrap()).await
    }

    /// Sends a form with files: field, name and bytes of each.
    pub async fn post_files(&mut self, path: &str, pairs: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Answer {
        let request = Request::post(path).header(header::ACCEPT, "text/html");
        self.send(multipart(request, pairs, files)).await
    }

    /// Sends any request with the cookies held.
    pub async fn send(&mut self, mut request: Request<Body>) -> Answer {
        let host = axum::http::HeaderValue::from_static("127.0.0.1:8080");
        request.headers_mut().insert(header::HOST, host);
        let cookies: Vec<String> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        if !cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        let (head, body) = self.site.clone().oneshot(request).await.unwrap().into_parts();
        for line in head.headers.get_all(header::SET_COOKIE) {
            self.keep(line.to_str().unwrap());
        }
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: head.status, headers: head.headers, bytes }
    }

    fn keep(&mut self, line: &str) {
        let (name, value) = line.split(';').next().and_then(|pair| pair.split_once('=')).unwrap();
        if line.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// Address and fields of the form that a problem's page gives back.
///
/// # Panics
/// Where it gives back none.
pub fn given_back(page: &Answer) -> (String, Vec<(String, String)>) {
    let text = page.text();
    let main = text.split("<main").nth(1).unwrap().split("</main>").next().unwrap();
    let form = main.split("<form method=\"post\" action=\"").nth(1).expect("nothing is given back");
    let value = |part: &str, name: &str| {
        let after = part.split(&format!("{name}=\"")).nth(1).unwrap();
        after.split('"').next().unwrap().replace("&#38;", "&").replace("&#34;", "\"").replace("&#39;", "'")
    };
    let fields = form.split("<input type=\"hidden\"").skip(1).map(|f| (value(f, "name"), value(f, "value")));
    (form.split('"').next().unwrap().to_owned(), fields.collect())
}

/// A request with a form and its files, as a browser writes it: it calls every file a photograph.
pub fn multipart(
    request: axum::http::request::Builder,
    pairs: &[(&str, &str)],
    files: &[(&str, &str, &[u8])],
) -> Request<Body> {
    const BETWEEN: &str = "----between-1f9a";
    let mut body = Vec::new();
    for (name, value) in pairs {
        let part = format!("--{BETWEEN}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(part.into_bytes());
    }
    for (field, name, bytes) in files {
        let name = name.replace('"', "%22");
        let head = format!(
            "--{BETWEEN}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: image/jpeg\r\n\r\n"
        );
        body.extend(head.into_bytes());
        body.extend_from_slice(bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BETWEEN}--\r\n").into_bytes());
    let length = body.len();
    let kind = format!("multipart/form-data; boundary={BETWEEN}");
    let request = request.header(header::CONTENT_TYPE, kind).header(header::CONTENT_LENGTH, length);
    request.body(body.into()).unwrap()
}

/// A part of a query or a form, every byte but letters and digits spelled out.
pub fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric();
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
