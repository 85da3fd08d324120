//! Registers that other agencies keep, as the configuration names them: where each is asked, how patiently, with which
//! credentials. Credentials come from files and are never logged.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use affairs::register::{Keeper, Registers, Terms};
use anyhow::{Context as _, anyhow, ensure};
use evidence::key::PublicKey;
use site::register::{Address, HttpKeeper};

use super::config::Section;

/// The certificates that vouch for a keeper, where the configuration names none: Debian's.
pub(super) const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// One register that another agency keeps.
#[derive(Clone, Debug)]
pub(crate) struct Elsewhere {
    /// Its id in the catalogue.
    pub(crate) register: String,
    url: String,
    credentials_file: Option<PathBuf>,
    certificates: PathBuf,
    key: Option<PublicKey>,
    terms: Terms,
}

/// Reads `[registers.ID]`, all of them.
pub(super) fn read(root: &mut Section) -> Vec<Elsewhere> {
    let mut all = root.section("registers");
    let found = all.names().into_iter().map(|id| {
        let mut section = all.section(&id);
        let register = one(id, &mut section);
        all.merge(section);
        register
    });
    let found = found.collect();
    root.merge(all);
    found
}

fn one(register: String, section: &mut Section) -> Elsewhere {
    let usual = Terms::default();
    let url = section.text("url", "").trim_end_matches('/').to_owned();
    check_url(section, &url);
    let (credentials, certificates) =
        (section.text("credentials_file", ""), section.text("certificates", CERTIFICATES));
    let key = section.text("key", "");
    let parsed: Option<PublicKey> = key.parse().ok();
    if !key.is_empty() && parsed.is_none() {
        section.wrong("key", "is no key", "write it like name+0a1b2c3d+base64, as the keeper publishes it");
    }
    Elsewhere {
        register,
        url,
        credentials_file: (!credentials.is_empty()).then(|| credentials.into()),
        certificates: certificates.into(),
        key: parsed,
        terms: Terms {
            timeout_ms: section.positive("timeout_ms", usual.timeout_ms),
            tries: section.positive("tries", usual.tries),
            at_once: section.positive("at_once", usual.at_once),
            failures: section.positive("failures", usual.failures),
            pause_seconds: section.positive("pause_seconds", usual.pause_seconds),
            max_age_seconds: section.whole("max_age_seconds", usual.max_age_seconds),
        },
    }
}

/// What is asked and answered about citizens goes over TLS, or does not leave this machine.
pub(super) fn check_url(section: &mut Section, url: &str) {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let host = rest.split('/').next().unwrap_or_default();
    let here =
        ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| host == *name || host.starts_with(&format!("{name}:")));
    if host.is_empty() || host.contains('@') || !matches!(scheme, "http" | "https") {
        section.wrong("url", format!("{url:?} is no address"), "write it like https://registers.example.gov.cn/pool");
    } else if scheme == "http" && !here {
        section.wrong("url", "without TLS, citizens' data would be read on the way", "write https://…");
    }
}

impl Elsewhere {
    fn keeper(&self) -> anyhow::Result<HttpKeeper> {
        let token = self.credentials_file.as_deref().map(credentials).transpose()?;
        let (url, certificates, key) = (self.url.clone(), self.certificates.clone(), self.key.clone());
        HttpKeeper::new(&Address { url, token, certificates, key })
            .with_context(|| format!("register {}", self.register))
    }
}

/// The registers, of which those named in the configuration are asked of their keepers.
pub(crate) fn attach(registers: Registers, elsewhere: &[Elsewhere], demonstration: bool) -> anyhow::Result<Registers> {
    let mut keepers = Vec::new();
    for register in elsewhere {
        let marked = register.key.as_ref().is_some_and(PublicKey::is_demonstration);
        ensure!(demonstration || !marked, "the key of register {} belongs to a demonstration", register.register);
        let keeper: Arc<dyn Keeper> = Arc::new(register.keeper()?);
        keepers.push((register.register.clone(), keeper, register.terms));
    }
    registers.kept_by(keepers).map_err(|unknown| {
        anyhow!("the configuration names registers that the catalogue does not have: {}", unknown.join(", "))
    })
}

/// Credentials that only their owner may read.
pub(crate) fn credentials(file: &Path) -> anyhow::Result<String> {
    let about = || format!("cannot read the credentials {}", file.display());
    let mode = fs::metadata(file).with_context(about)?.permissions().mode();
    ensure!(mode & 0o077 == 0, "others may read the credentials {0}: run `chmod 600 {0}`", file.display());
    let text = fs::read_to_string(file).with_context(about)?;
    let text = text.trim();
    ensure!(!text.is_empty(), "the credentials {} are empty", file.display());
    Ok(text.to_owned())
}
