//! Carries out the units of one batch inside its transaction: together, or each by itself where they met something that only
//! the engine can judge.

use std::collections::BTreeMap;

use kernel::{Clock, Entropy, Id, Moment};
use tokio_postgres::types::ToSql;

use super::error::Trouble;
use super::foresee::{self, Refusal, View};
use super::grouping::{Effects, Group};
use super::layout::Layouts;
use super::session::{Sent, Session, in_order};
use crate::unit::Write;
use crate::{CommitError, Conflict, Fault, Unit};

/// Why a batch was not carried out together.
pub(crate) enum Upset {
    /// Each unit must be tried by itself.
    Careful,
    /// The statement failed.
    Trouble(Trouble),
}

impl<T: Into<Trouble>> From<T> for Upset {
    fn from(trouble: T) -> Self {
        Self::Trouble(trouble.into())
    }
}

/// What a batch is carried out with.
pub(crate) struct Batch<'a> {
    pub(crate) session: &'a Session,
    pub(crate) layouts: &'a Layouts,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) entropy: &'a dyn Entropy,
    pub(crate) at: Moment,
    /// Shards whose log must not be appended to now, and why.
    pub(crate) closed: &'a BTreeMap<String, String>,
}

type Done = Result<(), CommitError>;

impl Batch<'_> {
    /// Carries out all units; those in conflict are answered and leave nothing.
    pub(crate) async fn together(&self, units: &[&Unit]) -> Result<Vec<Done>, Upset> {
        let looked = foresee::look(self.session, self.layouts, units).await;
        let mut view = looked.map_err(|trouble| match trouble {
            // One unit does not fit its tables: which one shows when each is tried by itself.
            Trouble::Fault(Fault::Misuse(_)) => Upset::Careful,
            other => other.into(),
        })?;
        let (mut effects, mut done) = (Effects::default(), Vec::with_capacity(units.len()));
        for unit in units {
            let tried = self.try_unit(&mut view, unit);
            if let Err(Tried::At(refusal)) = &tried
                && self.is_judged(unit, refusal.at)
            {
                return Err(Upset::Careful);
            }
            match tried {
                Ok(()) => {
                    view.keep();
                    effects.once(unit, self.at.ms());
                    self.all_writes(&mut effects, unit).map_err(|_| Upset::Careful)?;
                    done.push(Ok(()));
                }
                Err(tried) => {
                    view.drop_trial();
                    done.push(Err(tried.into()));
                }
            }
        }
        let groups = effects.groups(self.layouts, &view, self.at.ms()).map_err(|_| Upset::Careful)?;
        match self.send(groups, &[]).await {
            Ok(()) => Ok(done),
            Err(Trouble::Taken(_) | Trouble::Fault(Fault::Misuse(_))) => Err(Upset::Careful),
            Err(trouble) => Err(trouble.into()),
        }
    }

    /// Carries out one unit behind a savepoint. `Err` outside: the batch as a whole has failed.
    pub(crate) async fn singly(&self, unit: &Unit) -> Result<Done, Trouble> {
        let mut view = match foresee::look(self.session, self.layouts, &[unit]).await {
            Ok(view) => view,
            Err(Trouble::Fault(fault @ Fault::Misuse(_))) => {
                // The server may have noticed it: then the transaction goes back to the savepoint before this unit.
                self.session.batch("ROLLBACK TO SAVEPOINT job").await?;
                return Ok(Err(fault.into()));
            }
            Err(trouble) => return Err(trouble),
        };
        match self.try_unit(&mut view, unit) {
            Ok(()) => {
                view.keep();
                self.written(unit, &view, unit.writes.len(), None).await
            }
            Err(Tried::At(refusal)) if self.is_judged(unit, refusal.at) => {
                view.drop_trial();
                let Refusal { at, conflict } = refusal;
                self.written(unit, &view, at, Some(conflict)).await
            }
            Err(tried) => Ok(Err(tried.into())),
        }
    }

    /// Writes a unit's first changes one by one. With a conflict that follows them they are taken back again: only whether
    /// the engine refuses one of them first matters.
    async fn written(&self, unit: &Unit, view: &View, upto: usize, then: Option<Conflict>) -> Result<Done, Trouble> {
        let groups = match self.in_turn(unit, view, upto) {
            Ok(groups) => groups,
            Err(fault) => return Ok(Err(fault.into())),
        };
        let sent = self.send(groups, if then.is_some() { &["ROLLBACK TO SAVEPOINT job"] } else { &[] }).await;
        let refused = match sent {
            Ok(()) => return Ok(then.map_or(Ok(()), |conflict| Err(conflict.into()))),
            Err(Trouble::Taken(table)) => exists(unit, &table),
            Err(Trouble::Fault(fault @ Fault::Misuse(_))) => fault.into(),
            Err(trouble) => return Err(trouble),
        };
        self.session.batch("ROLLBACK TO SAVEPOINT job").await?;
        Ok(Err(refused))
    }

    fn try_unit(&self, view: &mut View, unit: &Unit) -> Result<(), Tried> {
        view.once(unit).map_err(Tried::Once)?;
        if !unit.leaves.is_empty()
            && let Some(why) = self.closed.get(&unit.shard)
        {
            return Err(Tried::Closed(why.clone()));
        }
        view.writes(unit).map_err(Tried::At)
    }

    /// Whether the engine might refuse one of the unit's changes before this one.
    fn is_judged(&self, unit: &Unit, at: usize) -> bool {
        unit.writes.iter().take(at).any(|write| match write {
            Write::Insert { table, .. } | Write::Put { table, .. } | Write::Update { table, .. } => {
                self.layouts.of(table).is_ok_and(super::layout::Layout::is_judged)
            }
            _ => false,
        })
    }

    fn all_writes<'u>(&self, effects: &mut Effects<'u>, unit: &'u Unit) -> Result<(), Fault> {
        unit.writes.iter().try_for_each(|write| self.one_write(effects, unit, write))
    }

    fn one_write<'u>(&self, effects: &mut Effects<'u>, unit: &'u Unit, write: &'u Write) -> Result<(), Fault> {
        let mut new_id = || (Id::new(self.clock, self.entropy), self.at.ms());
        effects.write(self.layouts, &unit.shard, write, &mut new_id)
    }

    /// A unit's first changes, those of tables each in its turn.
    fn in_turn<'u>(&self, unit: &'u Unit, view: &View, upto: usize) -> Result<Vec<Group<'u>>, Fault> {
        let mut first = Effects::default();
        first.once(unit, self.at.ms());
        let of_table = |write: &&Write| {
            !matches!(write, Write::Count { .. } | Write::Send { .. } | Write::Hold { .. } | Write::Expect { .. })
        };
        // Counters are foreseen for the whole unit, so a part of it leaves them alone.
        let whole = upto == unit.writes.len();
        for write in unit.writes.iter().filter(|write| whole && !of_table(write)) {
            self.one_write(&mut first, unit, write)?;
        }
        let mut groups = first.groups(self.layouts, view, self.at.ms())?;
        for write in unit.writes.iter().take(upto).filter(of_table) {
            let mut turn = Effects::default();
            self.one_write(&mut turn, unit, write)?;
            groups.extend(turn.groups(self.layouts, view, self.at.ms())?);
        }
        Ok(groups)
    }

    /// Sends statements one after the other without waiting in between, then `after`.
    async fn send(&self, groups: Vec<Group<'_>>, after: &[&'static str]) -> Result<(), Trouble> {
        let mut statements = Vec::with_capacity(groups.len());
        for group in &groups {
            statements.push(self.session.prepared(&group.text).await?);
        }
        let mut requests: Vec<Sent<'_, Result<u64, Trouble>>> = Vec::new();
        for (group, statement) in groups.iter().zip(&statements) {
            requests.push(Box::pin(async move {
                let width = group.rows.first().map_or(0, Vec::len);
                let column = |at: usize| group.rows.iter().map(|row| row[at].as_ref()).collect::<Vec<_>>();
                let columns: Vec<Vec<&crate::Value>> = (0..width).map(column).collect();
                let params: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|c| c as &(dyn ToSql + Sync)).collect();
                let touched = self.session.run(statement, &params).await?;
                let short = group.every && touched != group.rows.len() as u64;
                if short { Err(Trouble::Again("another node was faster".into())) } else { Ok(touched) }
            }));
        }
        for sql in after {
            requests.push(Box::pin(async move { self.session.batch(sql).await.map(|()| 0) }));
        }
        in_order(requests).await.into_iter().collect::<Result<Vec<_>, _>>().map(drop)
    }
}

/// Why a unit will not do.
enum Tried {
    Once(Conflict),
    Closed(String),
    At(Refusal),
}

impl From<Tried> for CommitError {
    fn from(tried: Tried) -> Self {
        match tried {
            Tried::Once(conflict) | Tried::At(Refusal { conflict, .. }) => conflict.into(),
            Tried::Closed(why) => Self::NoEvidence { why },
        }
    }
}

/// The engine refused a row of this table as there already.
fn exists(unit: &Unit, name: &str) -> CommitError {
    let mut tables = unit.writes.iter().filter_map(|write| match write {
        Write::Insert { table, .. } | Write::Put { table, .. } | Write::Update { table, .. } => Some(table.name),
        _ => None,
    });
    match tables.find(|table| *table == name) {
        Some(table) => Conflict::Exists { table }.into(),
        None => Fault::Misuse(format!("{name}: there already")).into(),
    }
}
