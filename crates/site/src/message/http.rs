//! A carrier that is reached over HTTP: an SMS gateway, a WeChat official account. What it wants to be told differs from
//! provider to provider and is configuration: address, headers, body, a signature, and what its answer means.
//!
//! No letter and no secret is logged here. The secret is read from its file for each letter, so that a token which another
//! program renews is always the current one.

use std::fmt;
use std::path::PathBuf;

use affairs::message::{Carrier, Handed, Hindrance, Letter, Taken};
use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, Request, StatusCode, header};
use base64::Engine as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http_body_util::Full;
use kernel::{Clock, Language};
use serde_json::Value as Json;
use sha2::Sha256;
use std::sync::Arc;

use crate::outward::{Broken, CertificatesError, Outward};

/// How a body is written, and so how what stands in its gaps is escaped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BodyKind {
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

/// How a signature is spelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spelling {
    /// Small hexadecimal letters.
    Hex,
    /// Base64.
    Base64,
}

/// HMAC-SHA256 with the secret, in a header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// The header.
    pub header: String,
    /// What stands in it: `{signature}` and other gaps.
    pub value: String,
    /// What is signed: `{timestamp}`, `{key}`, `{body}`.
    pub over: String,
    /// How it is spelled.
    pub spelling: Spelling,
}

/// What an answer of 2xx means.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Meaning {
    /// JSON Pointer to the word that tells; empty: 2xx is enough.
    pub pointer: String,
    /// The words that mean taken.
    pub taken: Vec<String>,
    /// The words that mean: try again.
    pub again: Vec<String>,
    /// JSON Pointer to the provider's own number; empty: it tells none.
    pub reference: String,
}

/// A provider as the configuration describes it. Gaps: `{to}`, `{text}`, `{subject}`, `{link}`, `{key}`, `{language}`, `{secret}`,
/// `{timestamp}` (seconds).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpProvider {
    /// The address; gaps are escaped as in a query.
    pub url: String,
    /// Headers; gaps are put in as they are.
    pub headers: Vec<(String, String)>,
    /// How the body is written.
    pub kind: BodyKind,
    /// The body.
    pub body: String,
    /// The file with the secret.
    pub secret_file: Option<PathBuf>,
    /// The signature.
    pub signature: Option<Signature>,
    /// What its answer means.
    pub meaning: Meaning,
    /// Who may vouch for it (PEM).
    pub certificates: PathBuf,
}

/// A carrier that is reached over HTTP.
pub struct HttpCarrier {
    client: Outward,
    provider: HttpProvider,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for HttpCarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.provider.url.split('?').next().unwrap_or_default();
        write!(f, "HttpCarrier({address})")
    }
}

impl HttpCarrier {
    /// A carrier of this description.
    ///
    /// # Errors
    /// Where the certificates cannot be used.
    pub fn new(provider: HttpProvider, clock: Arc<dyn Clock>) -> Result<Self, CertificatesError> {
        Ok(Self { client: Outward::new(&provider.url, &provider.certificates)?, provider, clock })
    }

    fn request(&self, letter: &Letter) -> Result<Request<Full<Bytes>>, Hindrance> {
        let provider = &self.provider;
        let ours = |why: String| Hindrance::NotTaken(why);
        let secret = match &provider.secret_file {
            None => String::new(),
            Some(file) => std::fs::read_to_string(file).map_err(|e| ours(format!("{}: {e}", file.display())))?,
        };
        let secret = secret.trim();
        let timestamp = (self.clock.now().ms() / 1_000).to_string();
        let said = Said { letter, secret, timestamp: &timestamp };
        let body = match provider.kind {
            BodyKind::Json => said.fill(&provider.body, json_escaped),
            BodyKind::Form => said.fill(&provider.body, percent_escaped),
        };
        let kind = match provider.kind {
            BodyKind::Json => "application/json; charset=utf-8",
            BodyKind::Form => "application/x-www-form-urlencoded; charset=utf-8",
        };
        let mut request = Request::post(said.fill(&provider.url, percent_escaped))
            .header(header::CONTENT_TYPE, kind)
            .header(header::USER_AGENT, concat!("budayang/", env!("CARGO_PKG_VERSION")))
            .header("idempotency-key", &letter.key);
        let signed = provider.signature.as_ref().map(|signature| (&signature.header, said.signed(signature, &body)));
        let plain = provider.headers.iter().map(|(name, value)| (name, said.fill(value, str::to_owned)));
        for (name, value) in plain.chain(signed) {
            let name: HeaderName = name.parse().map_err(|_| ours(format!("{name:?} is no header")))?;
            let value = HeaderValue::from_str(&value).map_err(|_| ours(format!("{name}: no header may hold this")))?;
            request = request.header(name, value);
        }
        request.body(Full::new(Bytes::from(body))).map_err(|e| ours(e.to_string()))
    }
}

impl Carrier for HttpCarrier {
    fn hand<'a>(&'a self, letter: &'a Letter) -> Handed<'a> {
        Box::pin(async move {
            let request = self.request(letter)?;
            match self.client.send(request).await {
                Ok((status, body)) => judge(status, &body, &self.provider.meaning),
                // TLS that is refused is a connection that never stood.
                Err(Broken::NoConnection(why)) => Err(Hindrance::NotTaken(why)),
                Err(Broken::BrokeOff(why)) => Err(Hindrance::InDoubt(why)),
            }
        })
    }
}

/// What an answer says. Our credentials refused is our trouble and not the letter's; a conflict says that the key was seen before.
fn judge(status: StatusCode, body: &[u8], meaning: &Meaning) -> Result<Taken, Hindrance> {
    match status.as_u16() {
        200..=299 => said(body, meaning),
        409 => Ok(Taken::default()),
        code @ (401 | 403 | 404 | 405 | 407 | 408 | 425 | 429 | 503) => {
            Err(Hindrance::NotTaken(format!("status {code}")))
        }
        code @ 500..=599 => Err(Hindrance::InDoubt(format!("status {code}"))),
        code => Err(Hindrance::Refused(format!("status {code}"))),
    }
}

fn said(body: &[u8], meaning: &Meaning) -> Result<Taken, Hindrance> {
    let wants_words = !meaning.pointer.is_empty();
    let answer: Option<Json> = serde_json::from_slice(body).ok();
    let at = |pointer: &str| {
        let found = answer.as_ref().filter(|_| !pointer.is_empty())?.pointer(pointer)?;
        Some(found.as_str().map_or_else(|| found.to_string(), str::to_owned))
    };
    let taken = || Taken { reference: at(&meaning.reference) };
    if !wants_words {
        return Ok(taken());
    }
    match at(&meaning.pointer) {
        Some(word) if meaning.taken.contains(&word) => Ok(taken()),
        Some(word) if meaning.again.contains(&word) => Err(Hindrance::NotTaken(format!("it says {word}"))),
        Some(word) => Err(Hindrance::Refused(format!("it says {word}"))),
        None => Err(Hindrance::InDoubt("an answer that says nothing of what was asked".to_owned())),
    }
}

/// What stands in the gaps of a letter's request.
struct Said<'a> {
    letter: &'a Letter,
    secret: &'a str,
    timestamp: &'a str,
}

impl Said<'_> {
    fn of(&self, gap: &str) -> Option<&str> {
        Some(match gap {
            "to" => &self.letter.to,
            "text" => &self.letter.text,
            "subject" => &self.letter.subject,
            "link" => &self.letter.link,
            "key" => &self.letter.key,
            "language" => match self.letter.language {
                Language::Zh => "zh-CN",
                Language::En => "en",
            },
            "secret" => self.secret,
            "timestamp" => self.timestamp,
            _ => return None,
        })
    }

    /// Fills the gaps we know; other braces are the provider's own.
    fn fill(&self, text: &str, escaped: impl Fn(&str) -> String) -> String {
        self.filled(text, escaped, |_| None)
    }

    fn filled(&self, text: &str, escaped: impl Fn(&str) -> String, more: impl Fn(&str) -> Option<String>) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let known = after.split_once('}').and_then(|(gap, behind)| {
                more(gap).or_else(|| self.of(gap).map(&escaped)).map(|value| (value, behind))
            });
            match known {
                Some((value, behind)) => {
                    filled.push_str(&value);
                    rest = behind;
                }
                None => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled + rest
    }

    fn signed(&self, signature: &Signature, body: &str) -> String {
        let over = self.filled(&signature.over, str::to_owned, |gap| (gap == "body").then(|| body.to_owned()));
        // HMAC takes keys of any length: this cannot fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()) else { return String::new() };
        mac.update(over.as_bytes());
        let digest = mac.finalize().into_bytes();
        let spelled = match signature.spelling {
            Spelling::Hex => hex::encode(digest),
            Spelling::Base64 => base64::engine::general_purpose::STANDARD.encode(digest),
        };
        self.filled(&signature.value, str::to_owned, |gap| (gap == "signature").then(|| spelled.clone()))
    }
}

/// As it stands between the quotes of a JSON text.
fn json_escaped(text: &str) -> String {
    let quoted = Json::from(text).to_string();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

fn percent_escaped(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use kernel::Moment;
    use serde_json::json;

    use super::*;

    fn letter() -> Letter {
        Letter {
            key: "k-1".into(),
            to: "13800138000".into(),
            language: Language::Zh,
            subject: "已准予".into(),
            text: "尾号\"7\"：\n{secret}".into(),
            link: "https://a.example/cases/1".into(),
            at: Moment::from_ms(0),
        }
    }

    fn meaning() -> Meaning {
        Meaning {
            pointer: "/code".into(),
            taken: vec!["OK".into(), "0".into()],
            again: vec!["BUSY".into()],
            reference: "/id".into(),
        }
    }

    #[test]
    fn answers_in_a_table() {
        let taken = |reference: Option<&str>| Ok(Taken { reference: reference.map(str::to_owned) });
        let kind = |answer: Result<Taken, Hindrance>| match answer {
            Ok(taken) => format!("taken {}", taken.reference.unwrap_or_default()),
            Err(Hindrance::NotTaken(_)) => "not taken".into(),
            Err(Hindrance::Refused(_)) => "refused".into(),
            Err(Hindrance::InDoubt(_)) => "in doubt".into(),
        };
        let cases = [
            (200, r#"{"code":"OK","id":"A7"}"#, "taken A7"),
            (200, r#"{"code":0}"#, "taken "),
            (200, r#"{"code":"BUSY"}"#, "not taken"),
            (200, r#"{"code":"BAD_NUMBER"}"#, "refused"),
            (200, "<html>", "in doubt"),
            (200, r#"{"other":1}"#, "in doubt"),
            (200, "", "in doubt"),
            (409, "", "taken "),
            (400, "", "refused"),
            (422, "", "refused"),
            (302, "", "refused"),
            (401, "", "not taken"),
            (429, "", "not taken"),
            (503, "", "not taken"),
            (500, "", "in doubt"),
            (502, "", "in doubt"),
        ];
        for (status, body, wanted) in cases {
            let answer = judge(StatusCode::from_u16(status).unwrap(), body.as_bytes(), &meaning());
            assert_eq!(kind(answer), wanted, "{status} {body}");
        }
        assert_eq!(judge(StatusCode::ACCEPTED, b"anything", &Meaning::default()), taken(None));
    }

    #[test]
    fn gaps_are_escaped_where_they_stand_and_what_is_filled_in_opens_none() {
        let letter = letter();
        let said = Said { letter: &letter, secret: "s3cret", timestamp: "1795406400" };
        let body = said.fill(r#"{"to":"{to}","data":{"text":"{text}","n":{}}}"#, json_escaped);
        let parsed: Json = serde_json::from_str(&body).unwrap();
        assert_eq!(parsed, json!({"to": "13800138000", "data": {"text": letter.text, "n": {}}}));
        assert_eq!(said.fill("a={subject}&k={key}", percent_escaped), "a=%E5%B7%B2%E5%87%86%E4%BA%88&k=k-1");
    }

    #[test]
    fn a_signature_is_the_one_others_compute() {
        let letter = letter();
        let said = Said { letter: &letter, secret: "key", timestamp: "0" };
        let signature = |spelling| Signature {
            header: "x".into(),
            value: "v1={signature}".into(),
            over: "The quick brown fox jumps over the lazy dog".into(),
            spelling,
        };
        let hex = "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8";
        assert_eq!(said.signed(&signature(Spelling::Hex), ""), format!("v1={hex}"));
        let base64 = "97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg=";
        assert_eq!(said.signed(&signature(Spelling::Base64), ""), format!("v1={base64}"));
    }
}
