//! What carries messages out of the house, as the configuration names it: for each channel a list of providers, tried in its
//! order. Secrets come from files and are never logged.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use affairs::catalog::Channel;
use affairs::message::{Carrier, Letterhead, Posts, Terms};
use anyhow::{Context as _, ensure};
use kernel::{Clock, Text};
use site::message::http::{BodyKind, HttpCarrier, HttpProvider, Meaning, Signature, Spelling};
use site::message::smtp::{SmtpCarrier, SmtpServer, SmtpTls};
use toml::Value;

use super::config::Section;
use super::registers::{CERTIFICATES, check_url, credentials};

/// The longest a try may take: three of them, and what is written down between, end within the outbox's minute.
const LONGEST_MS: u32 = 15_000;
/// Providers of one channel.
const MOST: usize = 3;

/// One provider.
#[derive(Clone, Debug)]
pub(crate) struct Provider {
    terms: Terms,
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    Http(HttpProvider),
    Smtp(SmtpServer),
}

/// Reads `[[messages.sms]]`, `[[messages.wechat]]`, `[[messages.email]]`.
pub(super) fn read(root: &mut Section) -> Vec<Provider> {
    let mut messages = root.section("messages");
    let mut all = Vec::new();
    for channel in Channel::ALL.iter().copied() {
        let found = messages.sections(channel.word());
        if found.len() > MOST {
            messages.wrong(channel.word(), format!("{} providers", found.len()), format!("name {MOST} at most"));
        }
        for mut section in found {
            all.push(one(channel, &mut section, &all));
            messages.merge(section);
        }
    }
    root.merge(messages);
    all
}

fn one(channel: Channel, section: &mut Section, before: &[Provider]) -> Provider {
    let name = section.text("name", "");
    let fits = (1..=40).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !fits {
        section.wrong("name", format!("{name:?} is no name"), "write letters, digits and dashes, such as first");
    } else if before.iter().any(|p| p.terms.channel == channel && p.terms.name == name) {
        section.wrong("name", format!("{name} stands there already"), "give each its own: records name them");
    }
    let usual = Terms::usual(channel, name);
    let timeout_ms = section.positive("timeout_ms", usual.timeout_ms);
    if timeout_ms > LONGEST_MS {
        section.wrong("timeout_ms", format!("{timeout_ms} is too long"), format!("write {LONGEST_MS} or less"));
    }
    let terms = Terms {
        timeout_ms,
        failures: section.positive("failures", usual.failures),
        pause_seconds: section.positive("pause_seconds", usual.pause_seconds),
        ..usual
    };
    let way = match channel {
        Channel::Email => Way::Smtp(smtp(section, timeout_ms)),
        Channel::Sms | Channel::Wechat => Way::Http(http(section)),
    };
    Provider { terms, way }
}

fn smtp(section: &mut Section, timeout_ms: u32) -> SmtpServer {
    let host = section.text("host", "");
    let tls = match section.choice("tls", &["tls", "starttls", "none"]).as_str() {
        "starttls" => SmtpTls::StartTls,
        "none" => SmtpTls::None,
        _ => SmtpTls::Tls,
    };
    let here = ["127.0.0.1", "localhost", "::1"].contains(&host.as_str());
    if host.is_empty() {
        section.wrong("host", "is missing", "write the mail server's name");
    } else if tls == SmtpTls::None && !here {
        section.wrong("tls", "without TLS, messages would be read on the way", "write tls or starttls");
    }
    let usual = if tls == SmtpTls::Tls { 465 } else { 587 };
    let port = section.positive("port", usual);
    let port = u16::try_from(port).unwrap_or_else(|_| {
        section.wrong("port", format!("{port} is no port"), format!("write a number such as {usual}"));
        0
    });
    let (user, file) = (section.text("user", ""), section.text("password_file", ""));
    if user.is_empty() != file.is_empty() {
        section.wrong("user", "user and password_file go together", "write both or neither");
    }
    let from = section.text("from", "");
    if !from.contains('@') {
        section.wrong("from", format!("{from:?} is no sender"), "write it like 不打烊 <no-reply@zwfw.example.gov.cn>");
    }
    SmtpServer {
        host,
        port,
        tls,
        credentials: (!user.is_empty()).then(|| (user, PathBuf::from(file))),
        from,
        certificates: section.text("certificates", CERTIFICATES).into(),
        timeout: Duration::from_millis(u64::from(timeout_ms)),
    }
}

fn http(section: &mut Section) -> HttpProvider {
    let url = section.text("url", "");
    check_url(section, &url);
    let kind = match section.choice("body_kind", &["json", "form"]).as_str() {
        "form" => BodyKind::Form,
        _ => BodyKind::Json,
    };
    let body = section.text("body", "");
    if body.is_empty() {
        section.wrong("body", "is missing", "write what the provider wants, with {to}, {text} and {key} in it");
    }
    let secret = section.text("secret_file", "");
    let headers = pairs(section, "headers");
    let mut meaning = section.section("answer");
    let meant = Meaning {
        pointer: meaning.text("pointer", ""),
        taken: meaning.texts("taken"),
        again: meaning.texts("again"),
        reference: meaning.text("reference", ""),
    };
    if meant.taken.is_empty() != meant.pointer.is_empty() {
        meaning.wrong("pointer", "pointer and taken go together", "write both, or neither where 2xx is enough");
    }
    section.merge(meaning);
    let signature = signature(section);
    if signature.is_some() && secret.is_empty() {
        section.wrong("secret_file", "is missing: there is nothing to sign with", "name a file");
    }
    HttpProvider {
        url,
        headers,
        kind,
        body,
        secret_file: (!secret.is_empty()).then(|| secret.into()),
        signature,
        meaning: meant,
        certificates: section.text("certificates", CERTIFICATES).into(),
    }
}

fn signature(section: &mut Section) -> Option<Signature> {
    if !section.has("sign") {
        return None;
    }
    let mut sign = section.section("sign");
    let _ = sign.choice("algorithm", &["hmac-sha256"]);
    let found = Signature {
        header: sign.text("header", "x-signature"),
        value: sign.text("value", "{signature}"),
        over: sign.text("over", "{timestamp}\n{key}\n{body}"),
        spelling: if sign.choice("spelling", &["hex", "base64"]) == "base64" {
            Spelling::Base64
        } else {
            Spelling::Hex
        },
    };
    section.merge(sign);
    Some(found)
}

/// A table of texts.
fn pairs(section: &mut Section, field: &str) -> Vec<(String, String)> {
    let mut table = section.section(field);
    let found = table.names().into_iter().map(|name| {
        let value = table.text(&name, "");
        (name, value)
    });
    let found = found.collect();
    section.merge(table);
    found
}

/// The carriers, ready to be used.
pub(crate) fn attach(providers: &[Provider], head: Letterhead, clock: &Arc<dyn Clock>) -> anyhow::Result<Posts> {
    let mut carriers: Vec<(Terms, Arc<dyn Carrier>)> = Vec::new();
    for provider in providers {
        let about = || format!("messages by {}, provider {}", provider.terms.channel.word(), provider.terms.name);
        let carrier: Arc<dyn Carrier> = match &provider.way {
            Way::Http(http) => {
                http.secret_file.as_deref().map(readable).transpose().with_context(about)?;
                Arc::new(HttpCarrier::new(http.clone(), Arc::clone(clock)).with_context(about)?)
            }
            Way::Smtp(smtp) => {
                smtp.credentials.as_ref().map(|(_, file)| readable(file)).transpose().with_context(about)?;
                Arc::new(SmtpCarrier::new(smtp.clone()).with_context(about)?)
            }
        };
        carriers.push((provider.terms.clone(), carrier));
    }
    Ok(Posts::new(head, carriers))
}

/// A secret that is there, and that only its owner may read. It is read again for every letter.
fn readable(file: &Path) -> anyhow::Result<()> {
    let secret = credentials(file)?;
    ensure!(!secret.contains('\n'), "{} holds several lines", file.display());
    Ok(())
}

/// What stands on every letter.
pub(crate) fn letterhead(settings: &site::Settings) -> Letterhead {
    let site: &Text = &settings.marks.name;
    Letterhead { site: site.clone(), origin: settings.public_origin.clone() }
}

impl Section {
    /// The tables of a list `[[field]]`; hand each back to [`Section::merge`].
    fn sections(&mut self, field: &str) -> Vec<Self> {
        let Some(found) = self.take(field) else { return Vec::new() };
        let Value::Array(rows) = found else {
            self.wrong(field, "is no list of tables", format!("write [[…{field}]]"));
            return Vec::new();
        };
        let mut all = Vec::new();
        for (n, row) in rows.into_iter().enumerate() {
            match row {
                Value::Table(table) => all.push(Self::new(format!("{}.{field}[{}]", self.name(), n + 1), table)),
                other => self.wrong(field, format!("row {} is {}", n + 1, other.type_str()), "write it as a table"),
            }
        }
        all
    }

    /// A list of texts; none where it is left out.
    fn texts(&mut self, field: &str) -> Vec<String> {
        let Some(found) = self.take(field) else { return Vec::new() };
        let list = found.as_array().map(|all| all.iter().map(|v| v.as_str().map(str::to_owned)).collect());
        let list: Option<Vec<String>> = list.flatten();
        list.unwrap_or_else(|| {
            self.wrong(field, "is no list of texts", "write it like [\"OK\", \"0\"]");
            Vec::new()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::config;

    const SMS: &str = r#"
        public_origin = "http://127.0.0.1:8080"
        [[messages.sms]]
        name = "first"
        url = "https://sms.example.cn/v1/send"
        headers = { authorization = "Bearer {secret}", x-timestamp = "{timestamp}" }
        body = '{"to":"{to}","text":"{text}","id":"{key}"}'
        secret_file = "/no/such/file"
        answer = { pointer = "/code", taken = ["OK"], again = ["BUSY"], reference = "/id" }
        sign = { header = "x-signature" }
        [[messages.sms]]
        name = "second"
        url = "http://127.0.0.1:9/sms"
        body = "to={to}"
        body_kind = "form"
        [[messages.email]]
        name = "office"
        host = "mail.example.cn"
        from = "不打烊 <no-reply@example.cn>"
    "#;

    #[test]
    fn providers_are_read_in_their_order() {
        let config = config::read(SMS).unwrap();
        let names: Vec<_> = config.messages.iter().map(|p| (p.terms.channel.word(), p.terms.name.as_str())).collect();
        assert_eq!(names, [("sms", "first"), ("sms", "second"), ("email", "office")]);
        let shown = format!("{:?}", config.messages);
        assert!(shown.contains("port: 465") && shown.contains("timeout_ms: 8000") && shown.contains("Hex"), "{shown}");
    }

    #[test]
    fn everything_wrong_with_providers_is_told_at_once() {
        let text = r#"
            public_origin = "http://127.0.0.1:8080"
            [[messages.sms]]
            name = "a b"
            url = "http://sms.example.cn"
            timeout_ms = 60000
            answer = { taken = ["OK"] }
            sign = { algorithm = "md5" }
            colour = "red"
            [[messages.email]]
            name = "m"
            host = "mail.example.cn"
            tls = "none"
            user = "me"
            from = "nobody"
        "#;
        let faults = config::read(text).unwrap_err();
        let mut fields: Vec<_> = faults.iter().map(|f| f.field.as_str()).collect();
        fields.sort_unstable();
        let wanted = [
            "messages.email[1].from",
            "messages.email[1].tls",
            "messages.email[1].user",
            "messages.sms[1].answer.pointer",
            "messages.sms[1].body",
            "messages.sms[1].colour",
            "messages.sms[1].name",
            "messages.sms[1].secret_file",
            "messages.sms[1].sign.algorithm",
            "messages.sms[1].timeout_ms",
            "messages.sms[1].url",
        ];
        assert_eq!(fields, wanted);
    }
}
