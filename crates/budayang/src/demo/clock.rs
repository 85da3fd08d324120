//! The demonstration's clock. It may begin elsewhere than today (`budayang demo --clock`) and go ahead by whole days at a word
//! (`budayang demo ahead DAYS`), so that anybody can see what takes a month: a light, a silence that renews, a hearing. It
//! never goes back. An office in production reads the wall clock and has no such word.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use affairs::{approval, joint, light, supervision};
use anyhow::{Context as _, anyhow, ensure};
use kernel::{Clock, Moment};
use site::AppState;

use super::{DAY_MS, keep_fresh};
use crate::office::Machine;

/// The most days that one word puts the clock ahead.
pub(crate) const MOST_DAYS: u32 = 400;

/// A clock that runs beside another, so many milliseconds from it.
pub(crate) struct DemoClock {
    wall: Arc<dyn Clock>,
    apart_ms: AtomicI64,
    page: PathBuf,
}

impl Clock for DemoClock {
    fn now(&self) -> Moment {
        self.wall.now().plus_ms(self.apart_ms.load(Ordering::SeqCst))
    }
}

impl DemoClock {
    /// The clock of the demonstration in this folder: as it was kept there, or, where there is none yet, beginning now at
    /// `begin`.
    pub(crate) fn of(folder: &Path, wall: Arc<dyn Clock>, begin: Option<Moment>) -> anyhow::Result<Self> {
        let page = folder.join("clock");
        let kept = match fs::read_to_string(&page) {
            Ok(text) => Some(text.trim().parse().with_context(|| format!("{} is damaged", page.display()))?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", page.display())),
        };
        ensure!(
            begin.is_none() || !folder.join("office.db").exists(),
            "--clock begins a new demonstration; this one goes ahead with `budayang demo ahead DAYS`"
        );
        let begun = begin.map(|at| at.ms() - wall.now().ms());
        Ok(Self { wall, apart_ms: AtomicI64::new(begun.or(kept).unwrap_or(0)), page })
    }

    /// Writes down how far it is from the wall clock; the folder is there by now.
    pub(crate) fn keep(&self) -> anyhow::Result<()> {
        match self.apart_ms.load(Ordering::SeqCst) {
            0 => Ok(()),
            apart => fs::write(&self.page, apart.to_string()).context("cannot keep the demonstration's clock"),
        }
    }

    /// Puts it ahead by so many days, and lets happen what is due by then. Gives what time it is.
    pub(crate) async fn go_ahead(&self, days: u32, (state, machine): (&AppState, &Machine)) -> anyhow::Result<String> {
        ensure!((1..=MOST_DAYS).contains(&days), "say 1 to {MOST_DAYS} days");
        self.apart_ms.fetch_add(i64::from(days) * DAY_MS, Ordering::SeqCst);
        self.keep()?;
        let desks = state.desks().map_err(|_| anyhow!("the office is closed"))?;
        keep_fresh(desks.office, machine).await?;
        let desk = desks.approval();
        // The same as the jobs do twice a minute, in the order in which it came to be due.
        approval::leave_due(&desk).await?;
        approval::lapse_overdue(&desk).await?;
        approval::end_gaps(&desk).await?;
        approval::accept_by_law(&desk).await?;
        approval::take_up_waiting(&desk, false).await?;
        joint::gather_all(&desk).await?;
        approval::renew_by_law(&desk).await?;
        light::watch(&desk.base, &desks.catalog).await?;
        supervision::watch(&desk.base, &desks.catalog).await?;
        approval::assign_waiting(&desk).await?;
        Ok(format!("现在是{}（演示时钟） / the demonstration's clock: {}", self.now().zh(), self.now()))
    }
}

#[cfg(test)]
mod tests {
    use kernel::FixedClock;

    use super::*;

    #[test]
    fn it_begins_where_it_is_told_once_and_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let wall = Arc::new(FixedClock::at("2026-11-23T10:00:00+08:00".parse().unwrap()));
        let begin: Moment = "2026-09-07T09:00:00+08:00".parse().unwrap();
        let clock = DemoClock::of(folder.path(), wall.clone(), Some(begin)).unwrap();
        assert_eq!(clock.now(), begin);
        wall.set(wall.now().plus_ms(5_000));
        assert_eq!(clock.now(), begin.plus_ms(5_000), "it runs beside the other");
        clock.keep().unwrap();
        let again = DemoClock::of(folder.path(), wall.clone(), None).unwrap();
        assert_eq!(again.now(), begin.plus_ms(5_000));
        fs::write(folder.path().join("office.db"), b"").unwrap();
        assert!(DemoClock::of(folder.path(), wall.clone(), Some(begin)).is_err(), "a world has begun once");
        fs::write(folder.path().join("clock"), b"soon").unwrap();
        assert!(DemoClock::of(folder.path(), wall, None).is_err());
    }
}
