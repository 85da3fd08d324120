//! What the pages of agents show.

use askama::Template;
use kernel::{Date, Moment};

use crate::approval::helped::HelpForm;
use crate::frame::Frame;
use crate::pieces::{ErrorLine, FieldView, Link, Section, Tag};

/// A post as its holder sees it.
#[derive(Clone, Debug)]
pub struct PostRow {
    /// The place.
    pub hall: String,
    /// What may be done there.
    pub acts: String,
    /// For which items.
    pub items: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// Something that was sent on.
#[derive(Clone, Debug)]
pub struct JobRow {
    /// Its page.
    pub href: String,
    /// The item.
    pub item: String,
    /// Whose, masked.
    pub who: String,
    /// The case's number.
    pub number: String,
    /// How the case stands.
    pub tag: Tag,
    /// The day of collection.
    pub collected_on: Date,
    /// Sent on.
    pub sent_at: Moment,
}

/// `/agent`
#[derive(Clone, Debug, Template)]
#[template(path = "agent/home.html")]
pub struct HomePage {
    /// The frame.
    pub frame: Frame,
    /// The posts.
    pub posts: Vec<PostRow>,
    /// Items that may be collected: where, and their names.
    pub items: Vec<Link>,
    /// What was sent on.
    pub jobs: Vec<JobRow>,
}

/// `/agent/collect/{item}`
#[derive(Clone, Debug, Template)]
#[template(path = "agent/collect.html")]
pub struct CollectPage {
    /// The frame.
    pub frame: Frame,
    /// The item.
    pub name: String,
    /// Its guide.
    pub guide: String,
    /// Where the form goes.
    pub action: String,
    /// The draft's id.
    pub id: String,
    /// What is wrong.
    pub errors: Vec<ErrorLine>,
    /// Why it cannot be sent at all; empty: it can.
    pub back: String,
    /// Who, and by what authorisation.
    pub who: Vec<FieldView>,
    /// The item's form.
    pub sections: Vec<Section>,
}

/// `/agent/jobs/{id}`
#[derive(Clone, Debug, Template)]
#[template(path = "agent/job.html")]
pub struct JobPage {
    /// The frame.
    pub frame: Frame,
    /// The item.
    pub item: String,
    /// How the case stands.
    pub tag: Tag,
    /// The case's number.
    pub number: String,
    /// The receipt's secret, for the applicant; empty for who did not send it on.
    pub secret: String,
    /// What is known: label and value.
    pub pairs: Vec<(String, String)>,
    /// What is wrong; empty for nothing.
    pub error: String,
    /// Where a first review is written down; empty where it is not due, or not entrusted.
    pub review: String,
    /// The note, as it was typed.
    pub note: String,
    /// Where it is said that the result was brought; empty where it is not due.
    pub deliver: String,
    /// Where it is noted what help was given; none where the post does not cover it.
    pub help: Option<HelpForm>,
    /// What was wrong with that.
    pub errors: Vec<ErrorLine>,
    /// The version of the job.
    pub version: i64,
}

/// `/agent/offline`: the same for everybody, so that nothing of anybody lies in a device's store of pages.
#[derive(Clone, Debug, Template)]
#[template(path = "agent/offline.html")]
pub struct OfflinePage {
    /// The frame, of nobody.
    pub frame: Frame,
    /// Address of the script of this page.
    pub script: String,
}

/// An agent in the list of those who name them.
#[derive(Clone, Debug)]
pub struct NamedRow {
    /// Who.
    pub name: String,
    /// What he may do.
    pub acts: String,
    /// For which items.
    pub items: String,
    /// The days, in words.
    pub days: String,
    /// The document.
    pub basis: String,
    /// Whether in force.
    pub tag: Tag,
    /// The post's id, where it can be ended; else empty.
    pub end: String,
}

/// `/staff/agents`
#[derive(Clone, Debug, Template)]
#[template(path = "agent/posts.html")]
pub struct PostsPage {
    /// The frame.
    pub frame: Frame,
    /// The place that was asked for; empty for none yet.
    pub hall: String,
    /// Its name.
    pub hall_name: String,
    /// What is wrong.
    pub errors: Vec<ErrorLine>,
    /// What was refused, and why; may be empty.
    pub error: String,
    /// The form that names an agent.
    pub fields: Vec<FieldView>,
    /// The posts there.
    pub rows: Vec<NamedRow>,
}

/// The trips of one item.
#[derive(Clone, Debug)]
pub struct TripRow {
    /// The item.
    pub item: String,
    /// Cases done with: online, point, station, hall, unknown.
    pub cases: Vec<i64>,
    /// Trips of the traditional way.
    pub before: String,
    /// How well that is known.
    pub grade: Option<kernel::Grade>,
    /// Trips saved.
    pub saved: String,
}

/// What was carried from one place.
#[derive(Clone, Debug)]
pub struct CarriedRow {
    /// The place.
    pub hall: String,
    /// The item.
    pub item: String,
    /// How many.
    pub jobs: i64,
    /// To the nearest hall.
    pub distance: String,
    /// Kilometres saved.
    pub saved: String,
}

/// `/trips`
#[derive(Clone, Debug, Template)]
#[template(path = "agent/trips.html")]
pub struct TripsPage {
    /// The frame.
    pub frame: Frame,
    /// Trips saved.
    pub saved: String,
    /// Cases that are not counted.
    pub uncounted: i64,
    /// Kilometres saved.
    pub kilometres: String,
    /// Applications whose way was not measured.
    pub unmeasured: i64,
    /// By item.
    pub rows: Vec<TripRow>,
    /// By place.
    pub carried: Vec<CarriedRow>,
}

/// A question between kin.
#[derive(Clone, Debug)]
pub struct KinRow {
    /// Its id, where something may still be done with it; else empty.
    pub id: String,
    /// Who asks.
    pub helper: String,
    /// Of whom.
    pub name: String,
    /// For which items.
    pub items: String,
    /// The last day.
    pub until: Date,
    /// Why; may be empty.
    pub words: String,
    /// What was answered.
    pub tag: Tag,
    /// Asked.
    pub asked_at: Moment,
    /// Before whom it was answered, where that was at a counter; may be empty.
    pub seen: String,
}

/// `/me/kin`
#[derive(Clone, Debug, Template)]
#[template(path = "agent/kin.html")]
pub struct KinPage {
    /// The frame.
    pub frame: Frame,
    /// What is wrong with the form.
    pub errors: Vec<ErrorLine>,
    /// What was refused, and why; may be empty.
    pub error: String,
    /// Questions put to the reader.
    pub to_answer: Vec<KinRow>,
    /// Questions the reader asked.
    pub asked: Vec<KinRow>,
    /// The form that asks.
    pub fields: Vec<FieldView>,
}
