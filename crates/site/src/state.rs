//! What the site needs to serve: settings, clock, chance. Only the site knows this type; rooms take exactly what they
//! need.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use affairs::catalog::Catalog;
use affairs::powers::{Law, LawCell};
use axum::http::StatusCode;
use kernel::{Clock, Entropy, Text};

use crate::assets::Assets;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::office::{Desks, Office};
use crate::problem::Problem;
use crate::shares::{Shares, Terms};

/// Who runs this site: what the law wants in the footer of a government site.
#[derive(Clone, Debug, Default)]
pub struct SiteMarks {
    /// The site's name.
    pub name: Text,
    /// Whose site it is (主办单位).
    pub organiser: Text,
    /// 网站标识码; empty while there is none.
    pub site_code: String,
    /// ICP filing number; empty while there is none.
    pub icp: String,
    /// Public security filing number; empty while there is none.
    pub police: String,
    /// Phone of the help line; empty while there is none.
    pub phone: String,
}

/// How many requests one client or account may send.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// How many a minute in the long run.
    pub per_minute: NonZeroU32,
    /// How many at once.
    pub burst: NonZeroU32,
}

impl Rate {
    /// A rate; zero is read as one, for a limit that lets nothing through is a closed site.
    pub fn new(per_minute: u32, burst: u32) -> Self {
        let at_least_one = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self { per_minute: at_least_one(per_minute), burst: at_least_one(burst) }
    }
}

/// The site's settings, read once by the front door.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address the public uses, such as `https://zwfw.example.gov.cn`, without a slash at the end.
    pub public_origin: String,
    /// Whether the public reaches us by TLS (our own or a trusted proxy's): cookies get `Secure`, answers HSTS.
    pub tls: bool,
    /// Whether the last `X-Forwarded-For` entry is a trusted proxy's word for who the client is.
    pub trusted_proxy: bool,
    /// Whether this is the demonstration world: every page says so.
    pub demonstration: bool,
    /// Footer marks.
    pub marks: SiteMarks,
    /// Reads (GET) per client.
    pub reads: Rate,
    /// Writes (POST, PUT, DELETE) per client.
    pub writes: Rate,
    /// Requests per signed-in account.
    pub account: Rate,
    /// Tries to sign in, per client.
    pub sign_in: Rate,
    /// How much is done at once, and for whom.
    pub shares: Terms,
    /// The longest a request may take.
    pub timeout: Duration,
    /// The longest a request that brings files may take; between two lots of its bytes [`Settings::timeout`] holds.
    pub upload_timeout: Duration,
}

impl Settings {
    /// The largest request body outside uploads, in bytes.
    pub const BODY_BYTES: usize = 1024 * 1024;
    /// The largest request body that brings files, in bytes: several as large as the catalogue allows, and what is let pass of
    /// one that is too large, so that its sender hears why.
    pub const UPLOAD_BYTES: usize = 256 * 1024 * 1024;

    /// Settings for a demonstration at `public_origin`; its limits suit a public counter.
    pub fn demonstration(public_origin: impl Into<String>) -> Self {
        Self {
            public_origin: public_origin.into(),
            tls: false,
            trusted_proxy: false,
            demonstration: true,
            marks: SiteMarks {
                name: Text::new("不打烊", "Budayang"),
                organiser: Text::new("演示机关", "Demonstration agency"),
                ..SiteMarks::default()
            },
            reads: Rate::new(1200, 240),
            writes: Rate::new(120, 40),
            account: Rate::new(600, 120),
            sign_in: Rate::new(12, 6),
            shares: Terms::default(),
            timeout: Duration::from_secs(20),
            upload_timeout: Duration::from_secs(600),
        }
    }
}

/// Everything the handlers share. Cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

struct Parts {
    settings: Settings,
    marks: Arc<SiteMarks>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    assets: Assets,
    limits: Limits,
    metrics: Metrics,
    shares: Shares,
    law: LawCell,
    office: Option<Office>,
}

impl AppState {
    /// The state of a site with these settings.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self::build(settings, clock, entropy, None)
    }

    /// The state of a site with its office open.
    pub fn open(settings: Settings, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, office: Office) -> Self {
        Self::build(settings, clock, entropy, Some(office))
    }

    fn build(settings: Settings, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, office: Option<Office>) -> Self {
        let (assets, limits, marks) = (Assets::load(), Limits::new(&settings), Arc::new(settings.marks.clone()));
        let (metrics, shares, law) = (Metrics::default(), Shares::new(settings.shares), LawCell::default());
        Self(Arc::new(Parts { settings, marks, clock, entropy, assets, limits, metrics, shares, law, office }))
    }

    /// What a request works with.
    ///
    /// # Errors
    /// 503 where no office is open behind the pages.
    pub fn desks(&self) -> Result<Desks<'_>, Problem> {
        let office = self.0.office.as_ref().ok_or_else(|| Problem::of(StatusCode::SERVICE_UNAVAILABLE))?;
        Ok(Desks::new(self, office))
    }

    /// Kinds and flows of powers, as this catalogue has them.
    ///
    /// # Errors
    /// A fault, where the catalogue in the database cannot be read: an import checks it first.
    pub fn law(&self, catalog: &Catalog) -> Result<Arc<Law>, Problem> {
        let told = |found: Vec<affairs::catalog::Diagnostic>| {
            Problem::fault(found.first().map_or_else(String::new, ToString::to_string))
        };
        self.0.law.get(catalog).map_err(told)
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The footer's marks, shared.
    pub fn marks(&self) -> Arc<SiteMarks> {
        Arc::clone(&self.0.marks)
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    /// The source of chance.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.0.entropy
    }

    /// Script and style of the pages.
    pub fn assets(&self) -> &Assets {
        &self.0.assets
    }

    /// The numbers of the requests.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The lines of all tenants.
    pub fn shares(&self) -> &Shares {
        &self.0.shares
    }

    /// The rate limits.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }
}
