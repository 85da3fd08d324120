//! What supervision shows to those who go and look.

use askama::Template;
use kernel::{Date, Moment};

use crate::approval::desk::FilterView;
use crate::frame::Frame;
use crate::pieces::{ErrorLine, EventView, FieldView, Link, Pager, Section, Tag, Tone};
use crate::powers::view::{RecordView, StepForm};

/// A duty.
#[derive(Clone, Debug)]
pub struct DutyRow {
    /// The light of its window.
    pub light: Tone,
    /// Not before.
    pub from: Date,
    /// Not after; none where the work calendar does not reach.
    pub until: Option<Date>,
    /// What to look at.
    pub what: String,
    /// At whom.
    pub holder: String,
    /// Its page.
    pub page: String,
    /// The case it was born with; empty where this reader may not open it.
    pub href: String,
    /// That case's number.
    pub number: String,
    /// Who goes.
    pub agency: String,
    /// Where.
    pub region: String,
    /// Its state.
    pub tag: Tag,
}

/// `/staff/duties`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/duties.html")]
pub struct DutiesPage {
    /// The frame.
    pub frame: Frame,
    /// How many, in words.
    pub counted: String,
    /// The filters.
    pub filters: Vec<FilterView>,
    /// The duties, soonest first.
    pub rows: Vec<DutyRow>,
    /// The next page.
    pub pager: Pager,
}

/// Words for the island, by key.
#[derive(Clone, Debug)]
pub struct Phrase {
    /// The key.
    pub key: &'static str,
    /// The words, with `{}` where something is put in.
    pub text: String,
}

/// `/draws/verify`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/draw.html")]
pub struct DrawPage {
    /// The frame.
    pub frame: Frame,
    /// What the island says.
    pub phrases: Vec<Phrase>,
}

/// An inspection as a line.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its page.
    pub href: String,
    /// Its number.
    pub number: String,
    /// Its state.
    pub tag: Tag,
    /// The item.
    pub item: String,
    /// Whom it is about.
    pub holder: String,
    /// Who goes.
    pub agency: String,
    /// On which day.
    pub on: String,
    /// Where it comes from.
    pub source: String,
    /// Whether the inspected has objected and waits.
    pub objection: bool,
}

/// `/staff/duties/{id}`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/duty.html")]
pub struct DutyPage {
    /// The frame.
    pub frame: Frame,
    /// Its own address; its forms are sent below it.
    pub action: String,
    /// What to look at.
    pub what: String,
    /// Its state.
    pub state: Tag,
    /// What is known of it.
    pub pairs: Vec<(String, String)>,
    /// Its limits with their lights.
    pub clocks: Vec<(Tone, String)>,
    /// What was wrong.
    pub errors: Vec<ErrorLine>,
    /// Whether something was done just now.
    pub done: bool,
    /// Whether this officer may claim it.
    pub claims: bool,
    /// The form that plans a visit; empty where he may not.
    pub plan: Vec<FieldView>,
    /// The form that tells back.
    pub feedback: Option<FieldView>,
    /// What was told back; empty for nothing yet.
    pub told: String,
    /// The inspections of what was granted.
    pub inspections: Vec<Found>,
    /// The ledger.
    pub events: Vec<EventView>,
}

/// `/staff/inspections`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/inspections.html")]
pub struct InspectionsPage {
    /// The frame.
    pub frame: Frame,
    /// The places beside it.
    pub filters: Vec<FilterView>,
    /// The inspections.
    pub rows: Vec<Found>,
}

/// What was found on a line.
#[derive(Clone, Debug)]
pub struct FindingRow {
    /// How it feels.
    pub tone: Tone,
    /// The word.
    pub word: String,
    /// What must be so.
    pub sentence: String,
    /// Article and grade.
    pub basis: String,
    /// What was said of it.
    pub note: String,
}

/// `/field/offline`: the same for everybody, so that nothing of anybody lies in a device's store of pages.
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/field.html")]
pub struct FieldPage {
    /// The frame, of nobody.
    pub frame: Frame,
    /// Address of the script of this page.
    pub script: String,
    /// What the script says, by key.
    pub phrases: Vec<(String, String)>,
}

/// A device of an inspector.
#[derive(Clone, Debug)]
pub struct DeviceRow {
    /// What it is called.
    pub name: String,
    /// Whose.
    pub owner: String,
    /// Since when.
    pub made_at: Moment,
    /// When its key was last asked for.
    pub used_at: Moment,
    /// Since when it is lost, and who said so; none: it is in use.
    pub lost: Option<String>,
    /// Where to say that it is lost.
    pub action: String,
}

/// `/staff/field-devices`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/devices.html")]
pub struct FieldDevicesPage {
    /// The frame.
    pub frame: Frame,
    /// The devices: one's own, then those of accounts one manages.
    pub rows: Vec<DeviceRow>,
}

/// A record from a device that lies beside the one that counts.
#[derive(Clone, Debug)]
pub struct BesideRow {
    /// Who wrote it and when it came.
    pub who: String,
    /// What it says.
    pub pairs: Vec<(String, String)>,
}

/// A photograph.
#[derive(Clone, Debug)]
pub struct PhotoRow {
    /// Its name.
    pub name: String,
    /// Its size.
    pub size: String,
    /// When it came.
    pub at: String,
    /// How the scanner stands.
    pub state: String,
    /// When and where it was taken, as the device says; may be empty.
    pub said: String,
    /// What is strange about that.
    pub marks: Vec<String>,
    /// Where it is seen; empty while nobody may.
    pub href: String,
}

/// `/staff/inspections/{number}` and `/inspections/{number}`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/inspection.html")]
pub struct InspectionPage {
    /// The frame.
    pub frame: Frame,
    /// Its own address; its forms are sent below it.
    pub action: String,
    /// Whether an officer reads it.
    pub is_staff: bool,
    /// Its number.
    pub number: String,
    /// Its version.
    pub version: i64,
    /// Its state.
    pub state: Tag,
    /// What is known of it.
    pub pairs: Vec<(String, String)>,
    /// Whether the record came later than at once.
    pub late: bool,
    /// The checklist's name.
    pub list: String,
    /// What was found.
    pub findings: Vec<FindingRow>,
    /// The others of the same visit.
    pub beside: Vec<Found>,
    /// Records that lie beside the one that counts.
    pub others: Vec<BesideRow>,
    /// Its photographs.
    pub photos: Vec<PhotoRow>,
    /// Whether more may come.
    pub photographs: bool,
    /// What was wrong.
    pub errors: Vec<ErrorLine>,
    /// The record's form; empty where this reader may not record.
    pub sections: Vec<Section>,
    /// Whether something was done just now.
    pub done: bool,
    /// Whether this officer signs as the second.
    pub signs: bool,
    /// Whether it waits for the other one's signature.
    pub waits_for_second: bool,
    /// Whether it may be called off.
    pub ceases: bool,
    /// The form by which the inspected objects.
    pub objects: Option<FieldView>,
    /// What he said.
    pub appeal: String,
    /// The form by which he is answered.
    pub answers: Option<FieldView>,
    /// What he was answered.
    pub answer: String,
    /// The annulment that followed.
    pub annulment: Option<Link>,
    /// What was done.
    pub events: Vec<EventView>,
}

/// An annulment as a line.
#[derive(Clone, Debug)]
pub struct AnnulmentRow {
    /// Its page.
    pub href: String,
    /// Its number.
    pub number: String,
    /// The item.
    pub item: String,
    /// The holder.
    pub party: String,
    /// Its state.
    pub state: Tag,
    /// When something last happened.
    pub changed: String,
}

/// `/staff/annulments`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/annulments.html")]
pub struct AnnulmentsPage {
    /// The frame.
    pub frame: Frame,
    /// The places beside it.
    pub filters: Vec<FilterView>,
    /// The closed ones, or the open ones.
    pub other: String,
    /// Whether these are the closed ones.
    pub closed: bool,
    /// The annulments.
    pub rows: Vec<AnnulmentRow>,
}

/// `/staff/licences`: a licence is found by its number.
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/licences.html")]
pub struct LicencesPage {
    /// The frame.
    pub frame: Frame,
    /// The places beside it.
    pub filters: Vec<FilterView>,
    /// What was wrong with the number.
    pub errors: Vec<ErrorLine>,
    /// The number.
    pub field: FieldView,
}

/// An act that may be done with a licence.
#[derive(Clone, Debug)]
pub struct LifeOffer {
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub note: String,
}

/// `/staff/licences/{code}`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/licence.html")]
pub struct LifePage {
    /// The frame.
    pub frame: Frame,
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: Tag,
    /// What it is: label and value.
    pub pairs: Vec<(String, String)>,
    /// Whether an act was just done.
    pub done: bool,
    /// What may be done with it.
    pub offers: Vec<LifeOffer>,
    /// What happened to it.
    pub events: Vec<EventView>,
}

/// `/staff/licences/{code}/{act}`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/life.html")]
pub struct LifeActPage {
    /// The frame.
    pub frame: Frame,
    /// The licence.
    pub back: Link,
    /// The act.
    pub name: String,
    /// What it is, and what it is not.
    pub note: String,
    /// What the holder can do about it.
    pub remedies: String,
    /// Where it is sent.
    pub action: String,
    /// The version it was read in.
    pub version: i64,
    /// What was wrong.
    pub errors: Vec<ErrorLine>,
    /// What is asked.
    pub fields: Vec<FieldView>,
}

/// `/annulments/{number}`, for the holder.
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/annulled.html")]
pub struct AnnulledPage {
    /// The frame.
    pub frame: Frame,
    /// Its number.
    pub number: String,
    /// Its version.
    pub version: i64,
    /// The item.
    pub item: String,
    /// Who annuls.
    pub agency: String,
    /// Its state.
    pub state: Tag,
    /// What the procedure rests on, and how well that is known.
    pub note: String,
    /// What was wrong.
    pub errors: Vec<ErrorLine>,
    /// What the holder may do now.
    pub steps: Vec<StepForm>,
    /// What was said and done.
    pub records: Vec<RecordView>,
    /// How to complain of the decision.
    pub remedies: String,
    /// Whether it is decided.
    pub closed: bool,
}

/// A result as everybody reads it.
#[derive(Clone, Debug)]
pub struct ResultRow {
    /// Its number.
    pub number: String,
    /// The result.
    pub tag: Tag,
    /// The item.
    pub item: String,
    /// Whom it was about.
    pub holder: String,
    /// Who looked.
    pub agency: String,
    /// Where.
    pub region: String,
    /// The officers.
    pub officers: String,
    /// When.
    pub on: String,
    /// Where it came from.
    pub source: String,
    /// How many lines, and how many not so.
    pub counted: String,
    /// Whether an objection waits.
    pub objection: bool,
}

/// `/inspections`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/results.html")]
pub struct ResultsPage {
    /// The frame.
    pub frame: Frame,
    /// The results, newest first.
    pub rows: Vec<ResultRow>,
    /// The next page.
    pub pager: Pager,
}

/// The machine's error rate at one condition.
#[derive(Clone, Debug)]
pub struct QualityRow {
    /// The item.
    pub item: String,
    /// The condition.
    pub condition: String,
    /// Looked at.
    pub looked: u32,
    /// Of them not so.
    pub wrong: u32,
    /// The rate as seen.
    pub rate: String,
    /// Where the true one lies.
    pub interval: String,
    /// What is proposed.
    pub proposal: Tag,
}

/// `/staff/quality`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/quality.html")]
pub struct QualityPage {
    /// The frame.
    pub frame: Frame,
    /// The places beside it.
    pub filters: Vec<FilterView>,
    /// The conditions.
    pub rows: Vec<QualityRow>,
    /// From when on it is too high.
    pub measure: String,
}
