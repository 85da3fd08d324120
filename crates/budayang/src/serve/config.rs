//! The configuration of a server: one TOML file, read whole, everything wrong told at once.
//!
//! The file that `--print-config` prints documents every field; it stands in `config.default.toml`.

mod reader;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use site::Settings;
use site::shares::Terms;
use site::state::{Rate, SiteMarks};
use site::witness::WitnessAddress;

use super::{Tls, fonts};
pub(crate) use reader::Section;

use super::messages::{self, Provider};
use super::registers::{self, Elsewhere};
use super::scanner::{self, Scanner};
use super::witnesses;

/// The documented default.
pub(crate) const DEFAULT: &str = include_str!("../../config.default.toml");

/// What a server is told.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The office's folder.
    pub(crate) data: PathBuf,
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// The file with the passphrase; `None`: the environment has it.
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Our own TLS; `None`: a trusted proxy's, or none.
    pub(crate) tls: Option<Tls>,
    /// The least that is logged.
    pub(crate) log_level: String,
    /// Whether logs are JSON.
    pub(crate) log_json: bool,
    /// Where numbers for a collector are served; `None`: nowhere.
    pub(crate) metrics: Option<SocketAddr>,
    /// Registers that other agencies keep.
    pub(crate) registers: Vec<Elsewhere>,
    /// What carries messages out of the house.
    pub(crate) messages: Vec<Provider>,
    /// Who scans what is handed in; `None`: our own check alone.
    pub(crate) scanner: Option<Scanner>,
    /// Files of the fonts that licences are printed with, the first first; `None`: the usual ones.
    pub(crate) fonts: Option<Vec<PathBuf>>,
    /// Who co-signs the log.
    pub(crate) witnesses: Vec<WitnessAddress>,
    /// The site's settings, but for what the office says.
    pub(crate) settings: Settings,
}

/// One thing to mend in the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fault {
    /// The field, such as `limits.reads.burst`.
    pub(crate) field: String,
    /// What is wrong.
    pub(crate) reason: String,
    /// What to write.
    pub(crate) mend: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}; {}", self.field, self.reason, self.mend)
    }
}

/// Reads a configuration, or tells everything that is wrong with it.
pub(crate) fn read(text: &str) -> Result<Config, Vec<Fault>> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        vec![Fault { field: "file".into(), reason: error.to_string(), mend: "mend the TOML".into() }]
    })?;
    let mut root = Section::new("", table);
    let mut settings = settings(&mut root);
    let listen = root.text("listen", "127.0.0.1:8443");
    let listen = listen.parse().unwrap_or_else(|_| {
        root.wrong("listen", format!("{listen:?} is no address"), "write it like 127.0.0.1:8443");
        SocketAddr::from(([127, 0, 0, 1], 0))
    });
    let (data, passphrase) = (root.text("data", "var/office"), root.text("passphrase_file", ""));
    let tls = tls(&mut root);
    check_origin(&mut root, &mut settings, tls.is_some());
    let mut log = root.section("log");
    let log_level = log.text("level", "info");
    if tracing_subscriber::EnvFilter::try_new(&log_level).is_err() {
        log.wrong("level", format!("{log_level:?} is no level"), "write error, warn, info or debug");
    }
    let log_json = log.choice("format", &["text", "json"]) == "json";
    root.merge(log);
    let (metrics, registers) = (metrics(&mut root), registers::read(&mut root));
    let (messages, scanner) = (messages::read(&mut root), scanner::read(&mut root));
    let (witnesses, fonts) = (witnesses::read(&mut root), fonts::read(&mut root));
    let faults = root.finish();
    if !faults.is_empty() {
        return Err(faults);
    }
    let passphrase_file = (!passphrase.is_empty()).then(|| passphrase.into());
    Ok(Config {
        data: data.into(),
        listen,
        passphrase_file,
        tls,
        log_level,
        log_json,
        metrics,
        registers,
        messages,
        scanner,
        fonts,
        witnesses,
        settings,
    })
}

fn settings(root: &mut Section) -> Settings {
    let mut marks = root.section("marks");
    let told = SiteMarks {
        name: marks.two_languages("name", ("不打烊政务服务", "Budayang")),
        organiser: marks.two_languages("organiser", ("", "")),
        site_code: marks.text("site_code", ""),
        icp: marks.text("icp", ""),
        police: marks.text("police", ""),
        phone: marks.text("phone", ""),
    };
    root.merge(marks);
    let mut limits = root.section("limits");
    let mut rate = |name, per_minute, burst| {
        let mut one = limits.section(name);
        let (per_minute, burst) = (one.positive("per_minute", per_minute), one.positive("burst", burst));
        limits.merge(one);
        Rate::new(per_minute, burst)
    };
    let (reads, writes) = (rate("reads", 1200, 240), rate("writes", 120, 40));
    let (account, sign_in) = (rate("account", 600, 120), rate("sign_in", 12, 6));
    root.merge(limits);
    let shares = shares(root);
    Settings {
        public_origin: root.text("public_origin", ""),
        trusted_proxy: root.flag("trusted_proxy", false),
        timeout: Duration::from_secs(u64::from(root.positive("timeout_seconds", 20))),
        upload_timeout: Duration::from_secs(u64::from(root.positive("upload_timeout_seconds", 600))),
        marks: told,
        reads,
        writes,
        account,
        sign_in,
        shares,
        tls: false,
        demonstration: false,
    }
}

fn shares(root: &mut Section) -> Terms {
    let (mut section, usual) = (root.section("shares"), Terms::default());
    let terms = Terms {
        at_once: section.positive("at_once", usual.at_once),
        reads: section.positive("reads", usual.reads),
        writes: section.positive("writes", usual.writes),
        waiting: section.positive("waiting", usual.waiting),
    };
    root.merge(section);
    terms
}

fn metrics(root: &mut Section) -> Option<SocketAddr> {
    let mut section = root.section("metrics");
    let listen = section.text("listen", "");
    let address = listen.parse().ok();
    if address.is_none() && !listen.is_empty() {
        section.wrong("listen", format!("{listen:?} is no address"), "write it like 127.0.0.1:9464");
    }
    root.merge(section);
    address
}

fn tls(root: &mut Section) -> Option<Tls> {
    if !root.has("tls") {
        return None;
    }
    let mut section = root.section("tls");
    let (certificate, key) = (section.text("certificate", ""), section.text("key", ""));
    for (name, value) in [("certificate", &certificate), ("key", &key)] {
        if value.is_empty() {
            section.wrong(name, "is missing", "name a PEM file");
        } else if !std::path::Path::new(value).is_file() {
            section.wrong(name, format!("there is no file {value}"), "name a PEM file");
        }
    }
    root.merge(section);
    Some(Tls { certificate: certificate.into(), key: key.into() })
}

/// The public's address decides whether TLS is owed; somebody must then end it.
fn check_origin(root: &mut Section, settings: &mut Settings, own_tls: bool) {
    let origin = settings.public_origin.as_str();
    let (scheme, host) = origin.split_once("://").unwrap_or_default();
    let loopback =
        ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| host == *name || host.starts_with(&format!("{name}:")));
    if host.is_empty() || host.contains('/') || !matches!(scheme, "http" | "https") {
        let mend = "write it like https://zwfw.example.gov.cn, without a slash at the end";
        root.wrong("public_origin", format!("{origin:?} is no address the public could use"), mend);
    } else if scheme == "http" && !loopback {
        root.wrong(
            "public_origin",
            "without TLS, passwords and citizens' data would be read on the way",
            "write https://…",
        );
    } else if scheme == "https" && own_tls == settings.trusted_proxy {
        let mend = "either write [tls] with certificate and key, or trusted_proxy = true";
        let reason = if own_tls { "both our own TLS and a trusted proxy are named" } else { "nobody ends TLS" };
        root.wrong("tls", reason, mend);
    }
    settings.tls = scheme == "https";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_default_is_right() {
        let config = read(DEFAULT).unwrap();
        assert_eq!(config.listen.port(), 8443);
        assert!(config.settings.tls && config.settings.trusted_proxy && !config.settings.demonstration);
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let text = r#"
            data = 7
            listen = "everywhere"
            public_origin = "http://zwfw.example.gov.cn"
            timeout_seconds = 0
            colour = "red"
            [tls]
            certificate = "/no/such/file.pem"
            [log]
            format = "xml"
            [limits.reads]
            burst = "many"
            [metrics]
            listen = "here"
            [shares]
            writes = 0
            [registers.credit-bars]
            url = "http://registers.example.gov.cn"
            key = "not a key"
            tries = 0
            colour = "blue"
        "#;
        let faults = read(text).unwrap_err();
        let mut fields: Vec<_> = faults.iter().map(|f| f.field.as_str()).collect();
        fields.sort_unstable();
        let wanted = [
            "colour",
            "data",
            "limits.reads.burst",
            "listen",
            "log.format",
            "metrics.listen",
            "public_origin",
            "registers.credit-bars.colour",
            "registers.credit-bars.key",
            "registers.credit-bars.tries",
            "registers.credit-bars.url",
            "shares.writes",
            "timeout_seconds",
            "tls.certificate",
            "tls.key",
        ];
        assert_eq!(fields, wanted);
    }

    #[test]
    fn a_register_elsewhere_is_read_with_its_terms() {
        let text = "public_origin = \"http://127.0.0.1:8080\"\n[registers.credit-bars]\n\
                    url = \"https://registers.example.gov.cn/pool/\"\ntimeout_ms = 900\nmax_age_seconds = 0\n";
        let config = read(text).unwrap();
        let [register] = &config.registers[..] else { panic!("{:?}", config.registers) };
        let shown = format!("{register:?}");
        assert!(
            shown.contains("\"https://registers.example.gov.cn/pool\"") && shown.contains("timeout_ms: 900"),
            "{shown}"
        );
        assert!(shown.contains("max_age_seconds: 0") && shown.contains("tries: 2"), "{shown}");
    }

    #[test]
    fn somebody_ends_tls_and_only_one() {
        let with = |rest: &str| read(&format!("public_origin = \"https://a.example\"\n{rest}")).map(drop);
        assert!(with("trusted_proxy = true").is_ok());
        assert_eq!(with("").unwrap_err()[0].field, "tls");
        assert!(read("public_origin = \"http://127.0.0.1:8080\"").is_ok());
    }
}
