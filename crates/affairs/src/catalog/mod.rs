//! The catalogue: what the law says, as data a clerk can read, and the running program's snapshot of it.
//!
//! Files in `catalog/` are the seed; they are imported as content-addressed versions, and from then on the database is
//! the truth. A [`Catalog`] is an immutable snapshot that everybody shares; an import puts a new one in its place.
//!
//! Promises: no file is imported with an error in it, and all errors are told at once, each with file, field, reason
//! and mend; what is exported equals byte for byte what was imported; an old version stays readable as long as a
//! decision refers to it; a doubtful fact never reaches the rules ([`FactDesk`]).

mod agencies;
mod agency;
mod bundle;
mod bundle_lint;
pub mod cases;
mod delegation;
mod diagnostic;
mod effect;
mod entry;
mod fact_desk;
mod facts;
mod fields;
mod figure;
mod files;
pub(crate) mod fill;
mod folder;
mod form;
mod form_check;
mod hall;
mod hall_file;
mod hall_lint;
mod item;
mod item_file;
mod item_lint;
mod json;
mod line;
pub mod pack;
mod procedure;
mod provision;
mod provision_lint;
mod record;
mod responsible;
mod snapshot;
mod stop;
mod version;
mod wording;

pub use agency::{Agency, Hours, Nature};
pub use bundle::{Bundle, BundleMaterial, BundlePart, FieldOf, JointForm, Refused, part_of};
pub use delegation::{Delegates, Delegation, DelegationKind};
pub use diagnostic::{Diagnostic, Severity, importable};
pub use effect::{Effect, Granting, Made, NoTerm, RegisterWrite, Setting, Term, Validity};
pub use entry::{Entry, EntryKind, entries, hash_of};
pub use fact_desk::FactDesk;
pub use facts::{
    Answer, Consent, Contradiction, FactFrom, FactKind, FactRow, FormRole, Input, Inputs, Known, Prefilled, Provenance,
    Reading, Request, RequestField, Speaker, SubjectKey, Unusable,
};
pub use figure::{Backing, Figures, Parameter, ParameterValue, Quota, QuotaAmount, quota_reading, stated_figure};
pub use files::Files;
pub use fill::{Filled, filled, quota_counter};
pub use folder::read as read_item;
pub use form::{Choice, Field, FieldKind, FormSchema, OnDifference, Section};
pub use form_check::{Checked, FieldError, Tidied, pointer_to};
pub use hall::{
    Attendance, Attended, Average, Counter, Coverage, Hall, HallAct, HallKind, HallOffer, Halls, KindLimit, Located,
};
pub use item::{
    ApplicantKind, Attested, Basis, Condition, Duty, Fee, GrantResult, Handling, IdentityLevel, Item, LicenceAct,
    LicenceRow, Limit, Material, Mode, Obtain, Offer, OnFail, Origin, Power, Question, SecondParty, Source,
    SpecialStage, Status, Supervisor, VisitsBefore,
};
pub use item_lint::production;
pub use json::{Bounds, CATALOG, FORM, JsonRefusal, read as read_json};
pub use line::{AppointmentRules, Line, LineLaw, LineRules, Priority, Slot};
pub use procedure::{Across, Clock, CounterTerms, Procedure, Undo, UploadTerms};
pub use provision::{
    COMMITMENT_CHECK, Commitment, CommitmentChoice, FirstReviewBy, NeverInstant, QuotaUse, TacitRenewal, TwoOfficers,
};
pub use record::{
    Import, ImportError, Imported, history, import, import_from, item_entry, load, load_item, version_rows,
};
pub use responsible::{Decided, Responsible};
pub use snapshot::{Built, Catalog, CatalogCell};
pub use stop::{Stop, lift_rows, stop_rows, stopped, stops};
pub use version::{VersionBy, toml_day};
pub use wording::{Channel, KindWords, MessageKind, Quiet, Template, Wording, gaps};

#[cfg(test)]
mod tests;
