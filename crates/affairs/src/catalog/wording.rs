//! What leaves the house by e-mail, SMS and WeChat (`messages.toml`): when nobody is disturbed, which kinds of messages people
//! may choose, and the words. Which gaps a channel's words may have is fixed here: an SMS has no gap for a name, so none can
//! be put into it by a slip of the catalogue.

use std::collections::BTreeMap;

use jiff::civil::Time;
use kernel::{Moment, Text};
use serde::Serialize;

use super::diagnostic::{Diagnostic, Report};
use super::entry::{Entry, EntryKind};
use super::fields::{self, Fields};
use super::figure::{Backing, backing};

/// A way out of the house.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A text message to a telephone.
    Sms,
    /// E-mail.
    Email,
    /// A template message of a WeChat official account.
    Wechat,
}

kernel::words!(Channel { Sms = "sms", Email = "email", Wechat = "wechat" });

/// What a message is about, as its reader chooses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// The reader must do something by a day.
    Action,
    /// A decision.
    Outcome,
    /// Where a case stands.
    Progress,
    /// What became of a rating.
    Rating,
    /// The code that proves an address: asked for by its reader this minute, agreed to by asking.
    Code,
}

kernel::words!(MessageKind {
    Action = "action",
    Outcome = "outcome",
    Progress = "progress",
    Rating = "rating",
    Code = "code",
});

impl MessageKind {
    /// The kinds a reader may agree to.
    pub const CHOSEN: [Self; 4] = [Self::Action, Self::Outcome, Self::Progress, Self::Rating];

    /// Whether it goes at any hour.
    pub const fn is_awaited(self) -> bool {
        matches!(self, Self::Code)
    }
}

/// The hours in which nobody is disturbed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Quiet {
    /// From this time of day (China) …
    pub from: Time,
    /// … to this one, which may lie on the next day.
    pub to: Time,
    /// On these channels.
    pub channels: Vec<Channel>,
    /// How that is known.
    pub backing: Backing,
}

impl Quiet {
    /// When the quiet ends that holds on this channel now; `None`: there is none.
    pub fn ends(&self, channel: Channel, now: Moment) -> Option<Moment> {
        let (time, today) = (now.time(), now.date());
        let over_night = self.from > self.to;
        let inside = if over_night { time >= self.from || time < self.to } else { time >= self.from && time < self.to };
        if !inside || !self.channels.contains(&channel) {
            return None;
        }
        let day = if over_night && time >= self.from { today.tomorrow().ok()? } else { today };
        let since_midnight = i64::from(self.to.hour()) * 3_600 + i64::from(self.to.minute()) * 60;
        Some(Moment::start_of(day).plus_ms(since_midnight * 1_000))
    }
}

/// A kind of messages as people choose it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct KindWords {
    /// Which.
    pub kind: MessageKind,
    /// What it is called.
    pub name: Text,
    /// What belongs to it.
    pub hint: Text,
}

/// The words of one channel for some kinds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Template {
    /// The subject, where the channel has one.
    pub subject: Option<Text>,
    /// The text.
    pub text: Text,
}

/// Everything the catalogue says about messages out of the house.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Wording {
    /// When nobody is disturbed.
    pub quiet: Quiet,
    /// What may be chosen, in the order of the file.
    pub kinds: Vec<KindWords>,
    #[serde(skip)]
    templates: BTreeMap<(Channel, MessageKind), Template>,
}

impl Wording {
    /// The words of a channel for a kind; none: this kind does not go out that way.
    pub fn template(&self, channel: Channel, kind: MessageKind) -> Option<&Template> {
        self.templates.get(&(channel, kind))
    }
}

/// The gaps that the words of a channel may have for a kind.
pub fn gaps(channel: Channel, kind: MessageKind) -> &'static [&'static str] {
    match (kind, channel) {
        (MessageKind::Code, _) => &["site", "code", "minutes"],
        (_, Channel::Sms) => &["site", "origin", "title", "tail"],
        (_, Channel::Wechat) => &["site", "origin", "title", "tail", "link"],
        (_, Channel::Email) => &["site", "origin", "title", "tail", "body", "number", "link"],
    }
}

/// Reads the file; what is wrong stands in `findings`. Without it nothing leaves the house, and the catalogue says so.
pub(super) fn read(entries: &[Entry], findings: &mut Vec<Diagnostic>) -> Option<Wording> {
    let report = Report::of("messages.toml");
    let entry = entries.iter().find(|e| e.kind == EntryKind::Messages);
    if entry.is_none() {
        report.warning("file", "missing: no message leaves the house", "write it; docs/catalog.md says how");
    }
    let table = entry.and_then(Entry::only).and_then(|(_, bytes)| fields::parse(bytes, &report));
    let found = table.and_then(|table| wording(&Fields::root(&table, &report)));
    findings.extend(report.into_found());
    found
}

fn wording(root: &Fields<'_>) -> Option<Wording> {
    let quiet = root.section("quiet").map(|fields| {
        let channels = listed(&fields, "channels", Channel::from_word);
        let quiet = Quiet { from: fields.time("from"), to: fields.time("to"), channels, backing: backing(&fields) };
        fields.done();
        quiet
    });
    let kinds = root.rows("kind").iter().filter_map(kind).collect();
    let mut templates = BTreeMap::new();
    for row in root.rows("template") {
        template(&row, &mut templates);
    }
    for channel in Channel::ALL.iter().copied() {
        for kind in MessageKind::ALL.iter().copied().filter(|kind| !templates.contains_key(&(channel, *kind))) {
            let what = format!("no words for {} by {}", kind.word(), channel.word());
            root.warning("template", what, "write a [[template]], or leave it: such messages do not go out");
        }
    }
    root.done();
    Some(Wording { quiet: quiet?, kinds, templates })
}

fn kind(row: &Fields<'_>) -> Option<KindWords> {
    let words = MessageKind::CHOSEN.map(|kind| (kind.word(), kind));
    let found = KindWords { kind: row.choice("id", &words), name: row.text("name"), hint: row.text("hint") };
    row.done();
    Some(found)
}

fn listed<T>(fields: &Fields<'_>, field: &'static str, read: impl Fn(&str) -> Option<T>) -> Vec<T> {
    let mut all = Vec::new();
    for word in fields.strings(field) {
        match read(&word) {
            Some(value) => all.push(value),
            None => fields.error(field, format!("{word:?} is not known"), "see the words in docs/catalog.md"),
        }
    }
    all
}

fn template(row: &Fields<'_>, templates: &mut BTreeMap<(Channel, MessageKind), Template>) {
    let channel =
        row.choice("channel", &[("sms", Channel::Sms), ("email", Channel::Email), ("wechat", Channel::Wechat)]);
    let kinds = listed(row, "kinds", MessageKind::from_word);
    let found = Template { subject: row.opt_text("subject"), text: row.text("text") };
    if found.subject.is_none() && channel == Channel::Email {
        row.error("subject", "an e-mail has one", "write subject = { zh = \"…\", en = \"…\" }");
    }
    for kind in kinds {
        let subject = found.subject.iter().flat_map(|text| [&text.zh, &text.en]);
        for gap in subject.chain([&found.text.zh, &found.text.en]).flat_map(|text| gaps_of(text)) {
            if !gaps(channel, kind).contains(&gap) {
                let known = gaps(channel, kind).join("}, {");
                let reason = format!("{{{gap}}} is no gap of {} by {}", kind.word(), channel.word());
                row.error("text", reason, format!("use only {{{known}}}"));
            }
        }
        if templates.insert((channel, kind), found.clone()).is_some() {
            row.error("kinds", format!("{} by {} has words already", kind.word(), channel.word()), "keep one");
        }
    }
    row.done();
}

/// The names between braces.
fn gaps_of(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(gap, _)| gap))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Files};

    fn quiet(from: &str, to: &str) -> Quiet {
        let backing = Backing { grade: kernel::Grade::D, source: None, note: None };
        Quiet { from: from.parse().unwrap(), to: to.parse().unwrap(), channels: vec![Channel::Sms], backing }
    }

    fn at(time: &str) -> Moment {
        format!("2026-11-30T{time}+08:00").parse().unwrap()
    }

    #[test]
    fn quiet_hours_end_in_the_morning_and_hold_on_their_channels_only() {
        let night = quiet("22:00:00", "08:00:00");
        let morning: Moment = "2026-12-01T08:00:00+08:00".parse().unwrap();
        let cases = [
            ("21:59:59", None),
            ("22:00:00", Some(morning)),
            ("23:59:59", Some(morning)),
            ("00:00:00", Some(at("08:00:00"))),
            ("07:59:59", Some(at("08:00:00"))),
            ("08:00:00", None),
        ];
        for (time, ends) in cases {
            assert_eq!(night.ends(Channel::Sms, at(time)), ends, "{time}");
            assert_eq!(night.ends(Channel::Email, at(time)), None, "{time}");
        }
        assert_eq!(quiet("12:00:00", "13:30:00").ends(Channel::Sms, at("12:10:00")), Some(at("13:30:00")));
        assert_eq!(quiet("12:00:00", "13:30:00").ends(Channel::Sms, at("11:10:00")), None);
    }

    #[test]
    fn the_seed_has_words_for_every_channel_and_kind_in_both_languages() {
        let built = Catalog::from_files(&Files::seed());
        let wording = built.catalog.wording().unwrap();
        assert_eq!(wording.kinds.iter().map(|k| k.kind).collect::<Vec<_>>(), MessageKind::CHOSEN);
        for (channel, kind) in Channel::ALL.iter().flat_map(|c| MessageKind::ALL.iter().map(|k| (*c, *k))) {
            let template = wording.template(channel, kind).unwrap_or_else(|| panic!("{channel:?} {kind:?}"));
            assert!(!template.text.zh.is_empty() && !template.text.en.is_empty());
        }
    }

    #[test]
    fn a_name_cannot_be_put_into_an_sms() {
        let mut files = Files::seed();
        let text = String::from_utf8(files.get("messages.toml").unwrap().to_vec()).unwrap();
        files.insert("messages.toml", text.replace("尾号{tail}的办件：{title}", "{name}：{body}").into_bytes());
        let built = Catalog::from_files(&files);
        let reasons: Vec<_> = built.findings.iter().filter(|f| f.file == "messages.toml").map(|f| &*f.reason).collect();
        assert!(reasons.contains(&"{name} is no gap of action by sms"), "{reasons:?}");
        assert!(reasons.contains(&"{body} is no gap of outcome by sms"), "{reasons:?}");
        assert!(!built.is_importable());
    }
}
