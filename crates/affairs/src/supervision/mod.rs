//! Supervision tied to approval (审管协同): every grant bears the duty to look after it, in the same transaction; what is seen
//! changes what is granted.
//!
//! Nouns: [`Duty`], [`DutyClock`], [`Inspection`], [`Annulment`], [`Terms`] (limits, checklists, bars: `catalog/supervision`).
//! Verbs: [`on_granted`] (the reactor), [`claim`], [`tell_back`], [`watch`]; [`plan`], [`record()`], [`cosign`], [`cease`],
//! [`photograph`], [`object`], [`answer`]; [`open_device`], [`lose_device`], [`sync_field`] (without network); [`prepare`],
//! [`announce`], [`reveal`], [`stand_in`] (random draws); [`early`], [`mark`] (warnings); [`proceed`] (an annulment);
//! [`error_rates`], [`recount`].
//!
//! Law: the agency that grants supervises and writes down what it saw, for everybody to read (Administrative Licensing Law,
//! articles 61 and 64, grade A); a licence granted wrongly is annulled (article 69, grade A). Clocks, checklists' grades and the
//! way a holder is heard stand in the catalogue with theirs.
//!
//! Promises: no grant without its duties; a duty names who looks at what and until when, or says that nobody was found; nothing takes
//! effect that one officer alone wrote down; nobody inspects or decides where he has an interest; nothing is annulled unheard, nor
//! by whoever told of it; what was set aside is public no more; the machine proposes and annuls nothing.

mod annul;
mod clock;
mod decide;
mod draw;
mod error;
mod field;
mod inspect;
mod inspection;
mod ledger;
mod life;
mod numbers;
mod objection;
mod photo;
mod quality;
mod record;
mod report;
mod tally;
mod terms;
mod told;
mod warning;

pub use annul::{
    Annulment, AnnulmentFile, RECHECK, annulment_file, annulment_of, annulments_for, annulments_of, proceed,
};
pub use clock::{DutyClock, LIGHT, clocks, light_word, recount, watch};
pub use decide::on_granted;
pub use draw::{
    Awaited, Draw, DrawKeys, DrawNote, DrawState, DrawTerms, Enforcer, Holder, NewEnforcer, Preparing, Preview, Risk,
    StandIn, Trade, announce, announced_draws, awaited, break_off, cosigned, draw_by_number, draw_for, draws_for,
    drop_prepared, enforcers, enlist, inspectors, lapse, notes_of, prepare, preview, published, reveal, stand_in,
    visits_of, waiting_draws,
};
pub use error::SupervisionError;
pub use field::decide::{Beside, PhotoMark, PhotoSaid, by_server, marks, skew_ms};
pub use field::record::{Device, FieldPhoto, FieldRecord, field_photos, field_records};
pub use field::{
    FieldDraft, FieldShot, FieldSynced, OpenedDevice, Sender, devices, field_photograph, lose_device, open_device,
    own_device, sync_field,
};
pub use inspect::{InspectionFile, Planning, cease, cosign, inspection_file, plan, record, results, terms};
pub use inspection::record::{closed_inspections, inspections_at, inspections_of, of_visit, open_inspections};
pub use inspection::{
    Bounds, Finding, FindingResult, Inspection, InspectionSource, InspectionState, Recorded, Recording, Signing,
    checked, conclusion,
};
pub use ledger::{DutyFile, claim, duty_file, tell_back};
pub use life::{LifeFile, LifeLine, LifeTyped, life_act, life_file, life_of};
pub use numbers::{Covered, Hits, coverage};
pub use objection::{answer, object};
pub use photo::{PHOTO, PHOTOS, photograph};
pub use quality::{ErrorRate, error_rates};
pub use record::{ActLine, Duty, DutyState, duties_for, duties_from, duties_of, open_duties};
pub use report::{NewReport, Report, answer_report, report, report_for, reported, reports_for};
pub use terms::{
    Bar, Checklist, ClockTerms, LifeAct, LifeGround, LifeRule, Limit, Line, PhotoTerms, QualityTerms, Recheck, Rules,
    Source, Terms,
};
pub use warning::{
    Evidence, Mark, Warning, WarningKind, WarningState, WarningTerms, early, mark, warning_for, warnings_for,
};
