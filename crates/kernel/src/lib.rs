//! The nouns every other crate shares: codes, regions, money, periods, the work calendar, moments, ids, tenants.
//!
//! Pure: no I/O, no async, no clock of its own. Whatever needs the time takes a [`Clock`], whatever needs chance takes
//! an [`Entropy`]; the program's front door hands both in, so that every decision can be replayed.

mod breaker;
mod calendar;
mod case_number;
mod clock;
pub mod code;
mod grade;
mod id;
mod moment;
mod money;
mod period;
mod position;
mod region;
mod tenant;
mod text;
mod turns;
mod words;

pub use breaker::{Breaker, Standing};
pub use calendar::{CalendarError, Day, DayKind, Holiday, WorkCalendar, YearTable};
pub use case_number::{CaseNumber, ItemTag};
pub use clock::{Clock, Entropy, FixedClock, SeededEntropy};
pub use code::{CitizenId, CodeError, ItemCode, LicenceCode, OrganisationCode, RegisteredUscc, Uscc, normalise};
pub use grade::{Grade, Trust};
pub use id::{Id, IdError};
pub use jiff::civil::Date;
pub use moment::{Moment, MomentError};
pub use money::{Money, MoneyError};
pub use period::{Due, Period, PeriodKind, PeriodUnit, Stop, StopEnd};
pub use position::straight_m;
pub use region::{Region, RegionCode, RegionCodeError, RegionLevel};
pub use tenant::{Tenant, TenantKind};
pub use text::{Language, Text};
pub use turns::Turns;
