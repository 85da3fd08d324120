//! What a grant writes: the dates of the licence and the register records, worked out from data in `item.toml`.

use jiff::ToSpan;
use kernel::Date;
use serde::Serialize;
use serde_json::{Map, Value};

use super::facts::{Inputs, Request, SubjectKey};
use super::item::Item;

/// From when to when a licence is good. Years end on the day before the same date; 29 February ends on the 28th.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub enum Term {
    /// No licence comes out of it (striking off).
    #[default]
    None,
    /// From the decision, for so many years.
    FromDecision {
        /// Years.
        years: u32,
    },
    /// From the decision, because the new licence takes the old one's place at once; to so many years after the date in
    /// this fact, so that nobody loses the days that were left.
    FollowsOn {
        /// Input of the model.
        fact: String,
        /// Years.
        years: u32,
    },
    /// To the date in this fact, as before.
    Keeps {
        /// Input of the model.
        fact: String,
    },
}

/// A register record a grant writes: the named fields change, the others stay.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Effect {
    /// Register.
    pub register: String,
    /// Whose record.
    pub subject: SubjectKey,
    /// Fields.
    pub set: Vec<(String, Setting)>,
}

/// Where a written value comes from.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub enum Setting {
    /// This value.
    Constant(Value),
    /// A field of the form.
    Form(String),
    /// A fact that was read.
    Fact(String),
    /// Something the decision itself makes.
    Made(Made),
}

/// What a decision makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum Made {
    /// Date of the decision.
    DecidedOn,
    /// First day of the licence.
    ValidFrom,
    /// Last day of the licence.
    ValidTo,
    /// The readable number of the licence.
    LicenceNumber,
    /// Name of the applicant.
    ApplicantName,
    /// Region of the agency that answers for the decision.
    Region,
}

impl Made {
    /// The words of `item.toml`.
    pub const WORDS: [(&'static str, Self); 6] = [
        ("decided_on", Self::DecidedOn),
        ("valid_from", Self::ValidFrom),
        ("valid_to", Self::ValidTo),
        ("licence_number", Self::LicenceNumber),
        ("applicant_name", Self::ApplicantName),
        ("region", Self::Region),
    ];
}

/// First and last day of a licence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Validity {
    /// First day.
    pub from: Date,
    /// Last day; none where it does not end.
    pub to: Option<Date>,
}

/// One register record to write.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RegisterWrite {
    /// Register.
    pub register: String,
    /// Subject: the code of a person or a company.
    pub subject: String,
    /// Fields to set; the others of the record stay.
    pub fields: Map<String, Value>,
}

/// The fact that the dates of the licence hang on is not there: nothing can be granted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a grant needs the date in {0:?}, and it is not known")]
pub struct NoTerm(pub String);

/// What the decision has made by the time the records are written.
#[derive(Clone, Copy, Debug)]
pub struct Granting<'a> {
    /// The form as checked.
    pub form: &'a Map<String, Value>,
    /// The facts as read.
    pub inputs: &'a Inputs,
    /// What the request itself says.
    pub request: &'a Request,
    /// First and last day of the licence.
    pub validity: Validity,
    /// Its readable number.
    pub licence_number: &'a str,
    /// Code of the region of the agency that answers for the decision.
    pub region: &'a str,
}

impl Item {
    /// First and last day of the licence that a grant on `decided_on` gives.
    ///
    /// # Errors
    /// [`NoTerm`] where the fact the dates hang on is missing.
    pub fn validity(&self, inputs: &Inputs, decided_on: Date) -> Result<Validity, NoTerm> {
        let known = |fact: &String| inputs.date(fact).ok_or_else(|| NoTerm(fact.clone()));
        Ok(match &self.result.term {
            Term::None => Validity { from: decided_on, to: None },
            Term::FromDecision { years } => Validity { from: decided_on, to: Some(years_from(decided_on, *years)) },
            Term::FollowsOn { fact, years } => {
                let next = day_after(known(fact)?).max(decided_on);
                Validity { from: decided_on, to: Some(years_from(next, *years)) }
            }
            Term::Keeps { fact } => Validity { from: decided_on, to: Some(known(fact)?) },
        })
    }

    /// The register records a grant writes. A value that is not known leaves its field as it was.
    pub fn register_writes(&self, granting: &Granting<'_>) -> Vec<RegisterWrite> {
        self.effects.iter().filter_map(|e| granting.write(e)).collect()
    }
}

impl Granting<'_> {
    fn write(&self, effect: &Effect) -> Option<RegisterWrite> {
        let subject = effect.subject.of(self.form, self.request)?;
        let fields = effect.set.iter().filter_map(|(field, from)| Some((field.clone(), self.value(from)?))).collect();
        Some(RegisterWrite { register: effect.register.clone(), subject, fields })
    }

    fn value(&self, from: &Setting) -> Option<Value> {
        match from {
            Setting::Constant(value) => Some(value.clone()),
            Setting::Form(field) => self.form.get(field).cloned(),
            Setting::Fact(input) => self.inputs.value(input).cloned(),
            Setting::Made(made) => self.made(*made),
        }
    }

    fn made(&self, made: Made) -> Option<Value> {
        Some(match made {
            Made::DecidedOn => self.request.decided_at.date().to_string().into(),
            Made::ValidFrom => self.validity.from.to_string().into(),
            Made::ValidTo => self.validity.to?.to_string().into(),
            Made::LicenceNumber => self.licence_number.into(),
            Made::ApplicantName => self.request.applicant_name.clone().into(),
            Made::Region => self.region.into(),
        })
    }
}

/// The last day of `years` years that begin on `from`: the day before the same date.
fn years_from(from: Date, years: u32) -> Date {
    let anniversary = from.saturating_add(i64::from(years).years());
    // A term that began on 29 February has no such anniversary: it ends on 28 February itself, not on the 27th.
    if anniversary.day() == from.day() { anniversary.yesterday().unwrap_or(anniversary) } else { anniversary }
}

fn day_after(date: Date) -> Date {
    date.tomorrow().unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_ends_on_the_day_before_its_anniversary() {
        for (from, years, to) in [
            ("2026-11-23", 5, "2031-11-22"),
            ("2027-01-01", 5, "2031-12-31"),
            ("2024-02-29", 5, "2029-02-28"),
            ("2024-03-01", 4, "2028-02-29"),
            ("2024-02-29", 4, "2028-02-28"),
        ] {
            assert_eq!(years_from(from.parse().unwrap(), years).to_string(), to, "{from} + {years}");
        }
    }
}
