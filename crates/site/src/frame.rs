//! What surrounds every page: the reader's language and view, who is signed in, the marks, and how times, dates and
//! money are written. A page's template holds one [`Frame`] under the name `frame`.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use kernel::{Date, Grade, Language, Moment, Text, Trust};

use crate::cookies::{self, Cookie};
use crate::state::{AppState, SiteMarks};
use crate::words;

/// Whether the signed-in reader is served by the counter or works behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// An applicant.
    Public,
    /// A clerk, inspector, auditor or administrator.
    Staff,
}

/// Who is signed in. The session layer puts it into the request's and the response's extensions.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The account's id: the key of its rate limit.
    pub account: String,
    /// The name to show.
    pub name: String,
    /// Which side of the counter.
    pub side: Side,
    /// The company or person they act for, if not themselves.
    pub acting_for: Option<String>,
    /// How many messages they have not read.
    pub unread: u32,
    /// For staff: the places of the workbench they may open, in order.
    pub places: Vec<Place>,
}

/// A place of the workbench in the navigation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// The counter: who stands there.
    Window,
    /// Cases that wait for a person.
    Queue,
    /// What is handled side by side with other agencies.
    Joints,
    /// What waits with whom, and the lights to answer.
    Lights,
    /// Counters of halls, and who waits.
    Counters,
    /// An agent's own page.
    Agent,
    /// Who is an agent where.
    Agents,
    /// Supervision duties.
    Duties,
    /// Ratings.
    Ratings,
    /// Powers as they are run.
    Powers,
    /// Rules as they are written and put in force.
    Rules,
    /// Who did what.
    Trail,
    /// The auditor's page.
    Audit,
    /// Staff accounts.
    Accounts,
}

impl Place {
    /// Its address.
    pub fn href(&self) -> &'static str {
        match self {
            Self::Window => "/staff/window",
            Self::Queue => "/staff/queue",
            Self::Joints => "/staff/joints",
            Self::Lights => "/staff/lights",
            Self::Counters => "/staff/counters",
            Self::Agent => "/agent",
            Self::Agents => "/staff/agents",
            Self::Duties => "/staff/duties",
            Self::Ratings => "/staff/ratings",
            Self::Powers => "/staff/powers",
            Self::Rules => "/staff/rules",
            Self::Trail => "/staff/trail",
            Self::Audit => "/staff/audit",
            Self::Accounts => "/staff/accounts",
        }
    }

    /// The key of its name among the words.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Window => "place.window",
            Self::Queue => "place.queue",
            Self::Joints => "place.joints",
            Self::Lights => "place.lights",
            Self::Counters => "place.counters",
            Self::Agent => "place.agent",
            Self::Agents => "place.agents",
            Self::Duties => "place.duties",
            Self::Ratings => "place.ratings",
            Self::Powers => "place.powers",
            Self::Rules => "place.rules",
            Self::Trail => "place.trail",
            Self::Audit => "place.audit",
            Self::Accounts => "place.accounts",
        }
    }
}

/// A small value, however many references deep a template's loop holds it.
pub trait Seen<T> {
    /// The value.
    fn seen(&self) -> T;
}

impl<T: Copy> Seen<T> for T {
    fn seen(&self) -> T {
        *self
    }
}

impl<T: Copy> Seen<T> for &T {
    fn seen(&self) -> T {
        **self
    }
}

impl<T: Copy> Seen<T> for &&T {
    fn seen(&self) -> T {
        ***self
    }
}

/// One request's surroundings; every page template has one.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The reader's language.
    pub language: Language,
    /// Whether the large-font view 长辈版 is on.
    pub elder: bool,
    /// The path of this page.
    pub path: String,
    /// Its query, without `lang` and `view`.
    pub query: String,
    /// Who is signed in.
    pub visitor: Option<Visitor>,
    /// Whether this is the demonstration world.
    pub demonstration: bool,
    /// The footer's marks.
    pub marks: Arc<SiteMarks>,
    /// Address of the style sheet.
    pub style: String,
    /// Address of the script.
    pub script: String,
    /// When the page was made.
    pub now: Moment,
}

impl Frame {
    /// The frame of a request.
    pub fn new(state: &AppState, uri: &Uri, headers: &HeaderMap) -> Self {
        let query = uri.query().unwrap_or_default();
        let language = asked(query, "lang").or_else(|| cookies::read(headers, cookies::LANGUAGE));
        let view = asked(query, "view").or_else(|| cookies::read(headers, cookies::VIEW));
        let kept = query.split('&').filter(|p| !p.is_empty() && !p.starts_with("lang=") && !p.starts_with("view="));
        Self {
            language: if language == Some("en") { Language::En } else { Language::Zh },
            elder: view == Some("elder"),
            path: uri.path().to_owned(),
            query: kept.collect::<Vec<_>>().join("&"),
            visitor: None,
            demonstration: state.settings().demonstration,
            marks: state.marks(),
            style: state.assets().style.clone(),
            script: state.assets().script.clone(),
            now: state.clock().now(),
        }
    }

    /// The words under `key`.
    pub fn t<'a>(&self, key: &'a str) -> &'a str
    where
        'static: 'a,
    {
        words::word(self.language, key)
    }

    /// The words under `key` with one gap filled.
    pub fn t1(&self, key: &str, a: impl ToString) -> String {
        words::filled(self.language, key, &[&a.to_string()])
    }

    /// The words under `key` with two gaps filled.
    pub fn t2(&self, key: &str, a: impl ToString, b: impl ToString) -> String {
        words::filled(self.language, key, &[&a.to_string(), &b.to_string()])
    }

    /// The words under `key` with three gaps filled.
    pub fn t3(&self, key: &str, a: impl ToString, b: impl ToString, c: impl ToString) -> String {
        words::filled(self.language, key, &[&a.to_string(), &b.to_string(), &c.to_string()])
    }

    /// A bilingual text in the reader's language.
    pub fn text<'a>(&self, text: &'a Text) -> &'a str {
        text.get(self.language)
    }

    /// Words with others after them in brackets, as the language writes them.
    pub fn aside(&self, words: &str, other: &str) -> String {
        if self.is_zh() { format!("{words}（{other}）") } else { format!("{words} ({other})") }
    }

    /// 2026年11月23日 21:40, or 23 November 2026, 21:40.
    pub fn moment(&self, at: impl Seen<Moment>) -> String {
        let at = at.seen();
        match self.language {
            Language::Zh => at.zh(),
            Language::En => {
                let time = at.time();
                format!("{}, {:02}:{:02}", self.date(at.date()), time.hour(), time.minute())
            }
        }
    }

    /// 2026年11月23日, or 23 November 2026.
    pub fn date(&self, date: impl Seen<Date>) -> String {
        let date = date.seen();
        match self.language {
            Language::Zh => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
            Language::En => date.strftime("%-d %B %Y").to_string(),
        }
    }

    /// A length of time as people say it: 0.8 秒, 12 分钟, 3 小时, 2 天.
    pub fn span(&self, ms: i64) -> String {
        let seconds = ms as f64 / 1000.0;
        match seconds {
            // In words: a zero would look like a mistake.
            s if s < 0.1 => self.t("took.instant").to_owned(),
            s if s < 60.0 => self.t1("span.seconds", format_args!("{s:.1}")),
            s if s < 3_600.0 => self.t1("span.minutes", format_args!("{:.0}", s / 60.0)),
            s if s < 86_400.0 => self.t1("span.hours", format_args!("{:.1}", s / 3_600.0)),
            s => self.t1("span.days", format_args!("{:.1}", s / 86_400.0)),
        }
    }

    /// 21:40, China's time.
    pub fn clock(&self) -> String {
        let time = self.now.time();
        format!("{:02}:{:02}", time.hour(), time.minute())
    }

    /// The `lang` attribute of the page.
    pub fn html_lang(&self) -> &'static str {
        if self.is_zh() { "zh-CN" } else { "en" }
    }

    /// The key of a grade's words.
    pub fn grade_word(&self, grade: impl Seen<Grade>) -> &'static str {
        match grade.seen() {
            Grade::A => "grade.a",
            Grade::B => "grade.b",
            Grade::C => "grade.c",
            Grade::D => "grade.d",
            Grade::U => "grade.u",
        }
    }

    /// Whether a statement of this grade must be shown with a warning.
    pub fn is_weak(&self, grade: impl Seen<Grade>) -> bool {
        grade.seen() == Grade::U
    }

    /// Whether a fact comes straight from the register that keeps it: then its source says enough.
    pub fn is_official(&self, trust: impl Seen<Trust>) -> bool {
        trust.seen() == Trust::A
    }

    /// The key of a trust class's words.
    pub fn trust_word(&self, trust: impl Seen<Trust>) -> &'static str {
        match trust.seen() {
            Trust::A => "trust.a",
            Trust::B => "trust.b",
            Trust::C => "trust.c",
            Trust::D => "trust.d",
        }
    }

    /// Whether the page is in Chinese.
    pub fn is_zh(&self) -> bool {
        self.language == Language::Zh
    }

    /// Whether the reader works behind the counter.
    pub fn is_staff(&self) -> bool {
        self.visitor.as_ref().is_some_and(|v| v.side == Side::Staff)
    }

    /// This page in the other language.
    pub fn other_language(&self) -> String {
        self.here_with(if self.is_zh() { "lang=en" } else { "lang=zh-CN" })
    }

    /// This page in the other view.
    pub fn other_view(&self) -> String {
        self.here_with(if self.elder { "view=plain" } else { "view=elder" })
    }

    /// Whether the navigation entry for `prefix` is the place the reader is at.
    pub fn is_at(&self, prefix: &str) -> bool {
        self.path == prefix || self.path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'))
    }

    fn here_with(&self, setting: &str) -> String {
        let gap = if self.query.is_empty() { "" } else { "&" };
        format!("{}?{}{gap}{setting}", self.path, self.query)
    }
}

fn asked<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

impl<S> FromRequestParts<S> for Frame
where
    AppState: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let mut frame = Self::new(&AppState::from_ref(state), &parts.uri, &parts.headers);
        frame.visitor = parts.extensions.get::<Visitor>().cloned();
        Ok(frame)
    }
}

/// Remembers a language or view asked for in the address (`?lang=en`, `?view=elder`) for a year.
pub async fn remember(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let choices = [
        (cookies::LANGUAGE, asked(query, "lang").filter(|v| matches!(*v, "zh-CN" | "en"))),
        (cookies::VIEW, asked(query, "view").filter(|v| matches!(*v, "elder" | "plain"))),
    ];
    let secure = state.settings().tls;
    let lines: Vec<_> = choices
        .into_iter()
        .filter_map(|(name, value)| Cookie { name, value: value?, max_age_seconds: Some(31_536_000), secure }.line())
        .collect();
    let mut response = next.run(request).await;
    for line in lines {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn frame(uri: &str, cookie: &str) -> Frame {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, cookie.parse().unwrap());
        Frame::new(&sample::state(), &uri.parse().unwrap(), &headers)
    }

    #[test]
    fn the_address_wins_over_the_cookie_and_switches_keep_the_rest() {
        let f = frame("/search?q=%E8%8D%AF&lang=en&view=elder", "language=zh-CN");
        assert_eq!((f.language, f.elder), (Language::En, true));
        assert_eq!(f.other_language(), "/search?q=%E8%8D%AF&lang=zh-CN");
        assert_eq!(f.other_view(), "/search?q=%E8%8D%AF&view=plain");
        assert!(frame("/", "view=elder").elder);
    }

    #[test]
    fn an_entry_is_current_for_its_own_subtree_only() {
        let f = frame("/items/a", "");
        assert!(f.is_at("/items") && !f.is_at("/item") && !f.is_at("/items/b"));
    }

    #[test]
    fn times_are_written_as_the_reader_writes_them() {
        let at: Moment = "2026-11-23T13:40:00Z".parse().unwrap();
        assert_eq!(frame("/", "").moment(at), "2026年11月23日 21:40");
        assert_eq!(frame("/?lang=en", "").moment(at), "23 November 2026, 21:40");
    }
}
