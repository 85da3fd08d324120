//! A carrier that is reached by SMTP. The protocol is lettre's; here stands what its answers mean for a letter.
//!
//! SMTP has no idempotency key. The letter's key is its `Message-ID`, by which mail programs and some servers recognise a
//! repetition; a server that took a letter and whose answer was lost may deliver it twice.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use affairs::message::{Carrier, Handed, Hindrance, Letter, Taken};
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters, TlsVersion};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use crate::outward::causes;

/// How the connection is kept from others' eyes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SmtpTls {
    /// TLS from the first byte (port 465).
    Tls,
    /// STARTTLS, or nothing is sent (port 587, 25).
    StartTls,
    /// None: this machine only.
    None,
}

/// A mail server as the configuration describes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SmtpServer {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept from others' eyes.
    pub tls: SmtpTls,
    /// The account and the file with its password.
    pub credentials: Option<(String, PathBuf)>,
    /// Who writes, such as `不打烊 <no-reply@zwfw.example.gov.cn>`.
    pub from: String,
    /// Who may vouch for the server (PEM).
    pub certificates: PathBuf,
    /// The longest one step of the conversation may take.
    pub timeout: Duration,
}

/// Why a mail server cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// The certificates cannot be read.
    #[error("the certificates in {0}: {1}")]
    Certificates(PathBuf, String),
    /// The sender is no address.
    #[error("{0:?} is no sender; write it like 不打烊 <no-reply@zwfw.example.gov.cn>")]
    Sender(String),
}

/// A carrier that is reached by SMTP.
pub struct SmtpCarrier {
    server: SmtpServer,
    from: Mailbox,
    parameters: Option<TlsParameters>,
}

impl fmt::Debug for SmtpCarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpCarrier({}:{})", self.server.host, self.server.port)
    }
}

impl SmtpCarrier {
    /// A carrier of this description.
    ///
    /// # Errors
    /// Where certificates or sender cannot be used.
    pub fn new(server: SmtpServer) -> Result<Self, SmtpError> {
        let from = server.from.parse().map_err(|_| SmtpError::Sender(server.from.clone()))?;
        let parameters = (server.tls != SmtpTls::None).then(|| parameters(&server)).transpose()?;
        Ok(Self { server, from, parameters })
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, Hindrance> {
        let tls = match (self.server.tls, self.parameters.clone()) {
            (SmtpTls::Tls, Some(parameters)) => Tls::Wrapper(parameters),
            (SmtpTls::StartTls, Some(parameters)) => Tls::Required(parameters),
            (SmtpTls::None, _) | (_, None) => Tls::None,
        };
        let domain = self.from.email.domain().to_owned();
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.server.host)
            .port(self.server.port)
            .tls(tls)
            .hello_name(ClientId::Domain(domain))
            .timeout(Some(self.server.timeout));
        let Some((user, file)) = &self.server.credentials else { return Ok(builder.build()) };
        let password = std::fs::read_to_string(file);
        let password = password.map_err(|e| Hindrance::NotTaken(format!("{}: {e}", file.display())))?;
        Ok(builder.credentials(Credentials::new(user.clone(), password.trim().to_owned())).build())
    }

    fn message(&self, letter: &Letter) -> Result<Message, Hindrance> {
        let to: Mailbox = letter.to.parse().map_err(|_| Hindrance::Refused("no mail address".to_owned()))?;
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(letter.at.ms()).unwrap_or(0));
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&letter.subject)
            .date(at)
            .message_id(Some(format!("<{}@{}>", letter.key, self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(|e| Hindrance::Refused(e.to_string()))
    }
}

fn parameters(server: &SmtpServer) -> Result<TlsParameters, SmtpError> {
    let fault = |why: String| SmtpError::Certificates(server.certificates.clone(), why);
    let bundle = std::fs::read(&server.certificates).map_err(|e| fault(e.to_string()))?;
    let roots = Certificate::from_pem(&bundle);
    let mut builder = TlsParameters::builder(server.host.clone())
        .certificate_store(CertificateStore::None)
        .set_min_tls_version(TlsVersion::Tlsv12);
    builder = builder.add_root_certificate(roots.map_err(|e| fault(e.to_string()))?);
    builder.build_rustls().map_err(|e| fault(e.to_string()))
}

impl Carrier for SmtpCarrier {
    fn hand<'a>(&'a self, letter: &'a Letter) -> Handed<'a> {
        Box::pin(async move {
            let (transport, message) = (self.transport()?, self.message(letter)?);
            match transport.send(message).await {
                Ok(answer) => Ok(Taken { reference: answer.message().next().map(str::to_owned) }),
                Err(error) => Err(hindrance(&error)),
            }
        })
    }
}

/// What a failure says. A server that answers with 4xx or 5xx did not take the letter; one whose connection never stood neither.
/// When it broke in between, nobody knows whether the last dot was heard.
fn hindrance(error: &lettre::transport::smtp::Error) -> Hindrance {
    let said = causes(error);
    if let Some(status) = error.status() {
        // 421 closes the channel, 454 and 53x are about us and not about the letter.
        let ours = matches!(u16::from(status), 421 | 454 | 530 | 534 | 535 | 538);
        return if error.is_permanent() && !ours { Hindrance::Refused(said) } else { Hindrance::NotTaken(said) };
    }
    let never_stood = error.is_tls() || error.is_client() || said.starts_with("Connection error");
    if never_stood { Hindrance::NotTaken(said) } else { Hindrance::InDoubt(said) }
}
