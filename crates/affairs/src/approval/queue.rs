//! The queue of an officer: what his rights reach, the most urgent first.
//!
//! Who reaches a few agencies, as a county's officer does, has their cases looked up by agency; who reaches many has the
//! whole office's walked in the order wanted, which soon yields a page. Either way the office's past does not matter.

mod record;

use kernel::Id;
use store::{Fault, Store};

use super::assign::{assignment, queue_of};
use super::record::{self as cases, Case, Decision};
use super::view::is_waiting_for_person;
use crate::access::{Actor, Reach, Right, reach};

/// The most cases shown.
const SHOWN: usize = 200;

/// What an officer's queue shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Queue {
    /// What waits for a person.
    Waiting,
    /// What is with the applicant or the second party, or waits for a register or the log by itself.
    Outside,
    /// What is closed.
    Closed,
}

/// Whose part of what waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Whose {
    /// What lies with the officer himself.
    Mine,
    /// What the officer's own agency decides.
    Agency,
    /// All his rights reach.
    #[default]
    All,
}

/// The queue of an officer; at most 200.
pub async fn queue(store: &Store, account: Id, which: Queue) -> Result<Vec<Case>, Fault> {
    queue_of_whose(store, account, (which, Whose::All)).await
}

/// Somebody's part of the queue of an officer. What lies with him is always what waits for a person.
pub async fn queue_of_whose(store: &Store, account: Id, (which, whose): (Queue, Whose)) -> Result<Vec<Case>, Fault> {
    let mut cases = match whose {
        Whose::Mine => queue_of(store, account).await?,
        Whose::Agency => match record::agency_of(store, account).await? {
            Some(agency) => record::at(store, (account, &agency), which).await?,
            None => Vec::new(),
        },
        Whose::All => everything(store, account, which).await?,
    };
    // A case whose deciding and entrusting agency are both reached was found twice.
    cases.sort_by(|a, b| order(which, a).cmp(&order(which, b)).then_with(|| a.id.cmp(&b.id)));
    cases.dedup_by(|a, b| a.id == b.id);
    cases.truncate(SHOWN);
    Ok(cases)
}

/// What a row of the queue tells of a case beside the case itself.
#[derive(Debug, Clone, Default)]
pub struct Glance {
    /// The newest run or decision.
    pub latest: Option<Decision>,
    /// With which officer it lies, while it waits for a person.
    pub officer: Option<String>,
}

/// A glance at a case of the queue: two look-ups where its whole story takes ten, fifty times a page. Nothing for whoever
/// may not see the case.
pub async fn glance(store: &Store, actor: &Actor, case: &Case) -> Result<Glance, Fault> {
    if !case.allows(actor, Right::ViewCase) {
        return Ok(Glance::default());
    }
    let with = if is_waiting_for_person(case.state) { assignment(store, case.id).await? } else { None };
    Ok(Glance { latest: cases::latest(store, case.id).await?, officer: with.and_then(|with| with.officer_name) })
}

async fn everything(store: &Store, account: Id, which: Queue) -> Result<Vec<Case>, Fault> {
    Ok(match reach(store, account, Right::ViewCase).await? {
        Reach::Many => record::everywhere(store, account, which).await?,
        Reach::Few(agencies) => {
            let mut cases = Vec::new();
            for agency in &agencies {
                cases.extend(record::at(store, (account, agency), which).await?);
            }
            cases
        }
    })
}

/// What comes first: the next limit, the oldest filing, or the newest end. A case without a limit comes last.
fn order(which: Queue, case: &Case) -> (i64, i64) {
    let ms = |moment: Option<kernel::Moment>| moment.map_or(i64::MAX, |moment| moment.ms());
    match which {
        Queue::Waiting => (ms(case.committed_due_at), case.filed_at.ms()),
        Queue::Outside => (case.filed_at.ms(), 0),
        Queue::Closed => (-ms(case.closed_at), 0),
    }
}
