//! The power-and-duty list (权责清单): which agency may do what by which law, within what limits, for what fee, with what
//! seals, and how each power runs.
//!
//! Nouns: [`Law`] (kinds and flows, from the catalogue), [`Power`] (a row), [`PowerList`] (a version), [`Run`] (a power
//! exercised towards somebody), [`Difference`], [`Reduction`]. Verbs: [`read_sheet`], [`publish`], [`sheet_of`],
//! [`difference`], [`reduction`], [`open_run`], [`lay`], [`proceed`].
//!
//! Business Environment Regulation, article 40 (grade A): no licence outside the list is exercised; this room opens no run
//! of a power that no list in force names.
//!
//! Promises: a published version never changes; a sheet with one bad row imports nothing and names every bad cell; a step is
//! taken only where the flow allows it, by data, never by an `if`; where the flow demands two officers both sign by
//! themselves; days and working days are never added up. It does not know cases: how they really ran is handed to it.

mod columns;
mod compare;
mod decide;
mod error;
mod files;
mod follow;
mod law;
mod law_lint;
mod list;
mod measure;
mod record;
mod reduction;
mod row;
mod run;
mod sheet;
#[cfg(test)]
mod tests;
mod view;

pub use columns::{BadCell, COLUMNS, Known, read_sheet, sheet_of};
pub use compare::{Change, Difference, Moved, difference};
pub use decide::{Act, ActKind, Command, Hand, Hindrance, Refusal, Situation, ValueFault, Values, decide, hindrances};
pub use error::PowerError;
pub use files::{Brought, file_bounds, file_names, file_place, files_of, flawed, is_recorded, lay, take_away};
pub use follow::{Followed, Fork, Seen, follow, follow_run, forks};
pub use law::{
    Ask, AskKind, Cap, ChoiceWord, ClockState, Flow, FlowLimit, FlowSource, FlowState, Kind, KindGrade, Law, LawCell,
    Only, Step, Wait, Who, Within,
};
pub use list::{Publication, publish};
pub use measure::{Limb, LimbFigure, SealRow, fewest_seals, limbs};
pub use record::{
    Found, PAGE, PowerList, Wanted, current_lists, find, level_word, list_at, list_by_label, lists, power, powers_of,
    runs_for, runs_of,
};
pub(crate) use record::{act_values, read_act};
pub use reduction::{Excluded, Pair, Ratio, Reduction, UnitSum, committed_pairs, previous_pairs, reduction};
pub use row::{Fee, Material, Power, Seal, SpecialLimit};
pub use run::{NEWEST_RUNS, NewRun, Run, RunFile, RunsFollowed, open_run, proceed, run_file, runs_followed};
pub use sheet::{Cells, SheetError, cells};
pub use view::{Conformance, Lamp, Observed, Standing, StepState, conformance, standing};
