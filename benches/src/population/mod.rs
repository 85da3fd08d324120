//! The past of a whole office, in minutes: a few cases go through the counter as everywhere, then they are copied with other
//! people, places, numbers, ids and moments.
//!
//! A copy is what the product would have written. Its leaves commit to its own rows, its licence is sealed anew, its
//! counters count, and it goes in through [`Store::commit`] in large units, so that the log is one the store has signed and
//! `ledger verify` finds nothing. What is left out: sessions, and messages that still wait to be sent.

mod lives;
mod pattern;
mod template;

use std::sync::Arc;

use affairs::licence::Issuer;
use anyhow::Context;
use kernel::code::{CitizenId, OrganisationCode, Uscc};
use kernel::{Entropy, Moment, SeededEntropy};
use store::testing::Scratch;
use store::{Store, Unit};
use stories::World;
use stories::world::SHARD;
use tokio::task::JoinSet;

pub(crate) use lives::officer;
use lives::{Life, Share};
use template::Template;

/// How far back the past reaches: two years.
const PAST_DAYS: i64 = 730;
/// How old an open case is at most.
const OPEN_DAYS: i64 = 60;
const DAY_MS: i64 = 24 * 3_600 * 1_000;
/// Cases in one unit.
const CASES: usize = 250;
/// Units under way at once: while one is written the next are made.
const AT_ONCE: usize = 3;

/// An agency of a county, for its region.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) agency: String,
    pub(super) region: String,
    pub(super) uscc: String,
}

/// What is another in one copy.
pub(super) struct Copy<'a> {
    pub(super) at: Moment,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) employer: String,
    pub(super) place: &'a Place,
    pub(super) entropy: &'a dyn Entropy,
    pub(super) signer: &'a (dyn evidence::key::Signer + Send + Sync),
}

/// The cases to copy, and among whom and where.
pub(crate) struct Population {
    lives: Vec<(Share, Template)>,
    places: Vec<Place>,
    issuer: Issuer,
    now: Moment,
}

impl Population {
    /// Lets the first cases happen in an office of their own.
    pub(crate) async fn learn() -> anyhow::Result<Arc<Self>> {
        let world = World::on(Scratch::on_sqlite("").await).await;
        let places = places(&world);
        let mut lives = Vec::new();
        for life in Life::ALL {
            lives.push((life.share(), life.live(&world, &places).await.with_context(|| format!("{life:?}"))?));
        }
        // Two days before the stories begin: a person's decision takes two days, and none lies in the future.
        let now = stories::world::EVENING.parse::<Moment>().map_err(|e| anyhow::anyhow!("{e}"))?.plus_ms(-2 * DAY_MS);
        Ok(Arc::new(Self { lives, places, issuer: world.issuer.clone(), now }))
    }

    /// Writes so many cases into a store that has none.
    pub(crate) async fn settle(self: &Arc<Self>, store: &Store, cases: usize) -> anyhow::Result<()> {
        let mut under_way = JoinSet::new();
        for first in (0..cases).step_by(CASES) {
            if under_way.len() >= AT_ONCE {
                under_way.join_next().await.context("nothing under way")???;
            }
            let (population, store) = (self.clone(), store.clone());
            under_way.spawn(async move {
                let made = tokio::task::spawn_blocking(move || population.unit(first..cases.min(first + CASES), cases));
                store.commit(made.await??).await.map(drop).map_err(anyhow::Error::from)
            });
        }
        while let Some(done) = under_way.join_next().await {
            done??;
        }
        Ok(())
    }

    fn unit(&self, of: std::ops::Range<usize>, all: usize) -> anyhow::Result<Unit> {
        let entropy = SeededEntropy::new(0x9000_0000 + of.start as u64);
        let mut unit = Unit::new(SHARD);
        for n in of {
            let (share, template) = self.life(n);
            let days = if share.open { OPEN_DAYS } else { PAST_DAYS };
            // As many milliseconds before now as the cases still to come; the last ones were filed a moment ago.
            let back = days * DAY_MS / i64::try_from(all)? * i64::try_from(all - n)?;
            let place = self.places.get(n % self.places.len()).context("no places")?;
            let copy = Copy {
                at: self.now.plus_ms(-back),
                code: if share.company { company(n)? } else { citizen(n)? },
                name: if share.company { format!("演示米粉店{n}") } else { name(n) },
                employer: company(9_000_000 + n % 2_000)?,
                place,
                entropy: &entropy,
                signer: &*self.issuer.signer,
            };
            unit = template.copy(unit, &copy)?;
        }
        Ok(unit)
    }

    /// Who the nth case belongs to: the shares lie evenly in every hundred.
    fn life(&self, n: usize) -> (Share, &Template) {
        // 37 and 100 have no divisor in common, so that every place in the hundred comes up once and none beside its like.
        let mut at = n * 37 % 100;
        for (share, template) in &self.lives {
            if at < share.of_hundred {
                return (*share, template);
            }
            at -= share.of_hundred;
        }
        let (share, template) = &self.lives[0];
        (*share, template)
    }
}

/// The citizen id of a person of the past, near the nth case of so many.
pub(crate) fn citizen_of(n: usize, all: usize) -> anyhow::Result<String> {
    // The first share's people are citizens.
    let n = (n..all).find(|n| n * 37 % 100 < Life::ALL[0].share().of_hundred).context("nobody")?;
    citizen(n)
}

/// The counties' agencies that decide on food licences.
fn places(world: &World) -> Vec<Place> {
    let agencies = world.catalog.agencies().filter(|a| a.roles.iter().any(|role| role == "food-licensing"));
    agencies
        .filter_map(|a| {
            let region = a.region.map(|region| region.to_string()).filter(|region| !region.ends_with("00"))?;
            Some(Place { agency: a.id.clone(), region, uscc: a.uscc.clone()? })
        })
        .collect()
}

fn citizen(n: usize) -> anyhow::Result<String> {
    let (day, sequence) = (n / 900, u16::try_from(n % 900)? + 1);
    let born = jiff::civil::date(1940, 1, 1).saturating_add(jiff::Span::new().days(i64::try_from(day)?));
    Ok(CitizenId::generate("450103", born, sequence).map_err(|e| anyhow::anyhow!("{e}"))?.as_str().to_owned())
}

fn company(n: usize) -> anyhow::Result<String> {
    let body = OrganisationCode::generate(&format!("{n:08}")).map_err(|e| anyhow::anyhow!("{e}"))?;
    Ok(Uscc::generate("91450100", &body).map_err(|e| anyhow::anyhow!("{e}"))?.as_str().to_owned())
}

fn name(n: usize) -> String {
    const FAMILY: [&str; 12] = ["韦", "黄", "覃", "农", "陆", "梁", "莫", "蒙", "蓝", "苏", "廖", "潘"];
    const GIVEN: [&str; 14] =
        ["明月", "春生", "海燕", "晓川", "志远", "桂枝", "小兰", "敏", "秀英", "永福", "爱明", "立方", "秋月", "天成"];
    format!("{}{}", FAMILY[n % FAMILY.len()], GIVEN[n / 7 % GIVEN.len()])
}

#[cfg(test)]
mod tests;
