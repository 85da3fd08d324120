//! Is this licence genuine, and may it be used? One pure answer over what was shown, the trust list, the status list, the
//! proof and the time: green, yellow or red, each with its reasons.
//!
//! Green: signed by a key that may sign it, in its time, not marked on a status list that is still promised. Yellow:
//! nothing speaks against it, but something could not be checked or is too old to be sure. Red: it is not to be used, or
//! is none. The words of the reasons stand in `catalog/words/` under `answer`.

mod given;
mod proven;

use kernel::Moment;
use serde_json::Value;

pub use given::Given;

use crate::compact::{Core, Envelope, check_details};
use crate::seal::CLOCK_SKEW_MS;
use crate::status::Accepted;
use crate::trust::Published;

/// The answer at a glance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Colour {
    /// Genuine and to be used.
    Green,
    /// Not to be decided from here.
    Yellow,
    /// Not to be used.
    Red,
}

impl Colour {
    /// The word for machines.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }
}

/// One thing that was checked, and what it means for the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Its code; what it is called in the words is [`Reason::word`].
    pub code: &'static str,
    /// The best colour it allows.
    pub colour: Colour,
    /// What belongs to it: a date, a host, a code of a refusal. May be empty.
    pub detail: String,
}

impl Reason {
    /// Under which of the words `answer.…` it stands: refusals of one kind share one sentence, the code beside it tells
    /// them apart.
    pub fn word(&self) -> &'static str {
        word(self.code)
    }
}

/// Every word there is, beside the three colours and what each means.
pub const WORDS: [&str; 35] = [
    "authority",
    "proof",
    "signature",
    "time",
    "signature_holds",
    "in_log",
    "in_its_days",
    "without_end",
    "not_marked",
    "foreign_host",
    "key_revoked_later",
    "demonstration",
    "clock_behind",
    "trust_missing",
    "trust_stale",
    "log_unknown",
    "status_missing",
    "status_refused",
    "status_other_list",
    "status_stale",
    "status_outside",
    "not_yet",
    "expired",
    "mark_superseded",
    "mark_suspended",
    "mark_withdrawn",
    "mark_set_aside",
    "mark_revoked",
    "mark_struck_off",
    "details_altered",
    "unknown_key",
    "demonstration_key",
    "key_revoked",
    "algorithm_missing",
    "form",
];

/// The word of a code. What no other kind claims was no licence to begin with.
pub fn word(code: &'static str) -> &'static str {
    match code {
        own if WORDS.contains(&own) => own,
        "out_of_scope" | "other_issuer" => "authority",
        "not_yet_valid" | "key_not_yet_valid" | "key_expired" => "time",
        "other_origin" => "proof",
        "not_in_batch" | "other_batch" => "signature",
        signature if signature.starts_with("signature_") => "signature",
        proof if ["proof_", "note_", "checkpoint_", "not_a_proof"].iter().any(|kind| proof.starts_with(kind)) => {
            "proof"
        }
        _ => "form",
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// At a glance: the worst of the reasons.
    pub colour: Colour,
    /// Everything that was checked, in the order in which it was.
    pub reasons: Vec<Reason>,
    /// What the licence says; only where its signature holds, so that nobody reads a forgery as a licence.
    pub core: Option<Core>,
    /// The details of its file, where a file was shown and its signature holds.
    pub details: Option<Value>,
    /// Who issued it, as the trust list names them.
    pub issuer: Option<String>,
}

/// The status list a reader holds.
#[derive(Clone, Copy, Debug)]
pub enum Held<'a> {
    /// None yet.
    Nothing,
    /// What it got was refused, for this reason.
    Refused(&'a str),
    /// This one.
    List(&'a Accepted),
}

/// What a reader has when it is shown a licence.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The trust list it holds.
    pub trust: &'a Published,
    /// The status list it holds.
    pub status: Held<'a>,
    /// The proof file that came with the licence.
    pub proof: Option<&'a str>,
    /// Its time.
    pub now: Moment,
    /// The hosts whose pages are the office's own.
    pub own_hosts: &'a [&'a str],
}

impl Reader<'_> {
    /// Judges what was shown.
    pub fn judge(&self, given: &Given<'_>) -> Answer {
        let mut reasons = Reasons(Vec::new());
        let shown = match given.read() {
            Ok(shown) => shown,
            Err(fault) => return reasons.refused(fault.code(), fault.to_string()),
        };
        if let Some(host) = shown.host.as_deref().filter(|host| !self.own_hosts.contains(host)) {
            reasons.add(Colour::Green, "foreign_host", host);
        }
        let logged_at = match self.logged_at(&shown.envelope, &mut reasons) {
            Ok(logged_at) => logged_at,
            Err(fault) => return reasons.refused(fault.0, fault.1),
        };
        let at = self.time(&mut reasons);
        let entry = match shown.envelope.verify(&self.trust.list, at, logged_at) {
            Ok(entry) => entry,
            Err(refusal) => return reasons.refused(refusal.code(), refusal.to_string()),
        };
        let core = shown.envelope.core();
        if let Some(fault) = shown.details.as_ref().and_then(|details| check_details(details, core.details).err()) {
            return reasons.refused(fault.code(), fault.to_string());
        }
        reasons.add(Colour::Green, "signature_holds", &entry.issuer);
        if entry.revoked_at.is_some() {
            reasons.add(Colour::Green, "key_revoked_later", "");
        }
        if entry.key.is_demonstration() {
            reasons.add(Colour::Green, "demonstration", "");
        }
        self.dates(core, at, &mut reasons);
        self.state(core, &entry.issuer, at, &mut reasons);
        Answer {
            colour: reasons.worst(),
            reasons: reasons.0,
            core: Some(core.clone()),
            details: shown.details,
            issuer: Some(entry.issuer.clone()),
        }
    }

    /// The time to judge by: the reader's, but never before what is signed was made. A clock that was put back would make
    /// every old list fresh again.
    fn time(&self, reasons: &mut Reasons) -> Moment {
        let listed = match self.status {
            Held::List(status) => status.list.issued_at,
            _ => self.trust.issued_at,
        };
        let floor = listed.max(self.trust.issued_at);
        if floor > self.now.plus_ms(CLOCK_SKEW_MS) {
            reasons.add(Colour::Yellow, "clock_behind", &floor.to_string());
        }
        let at = self.now.max(floor);
        if at >= self.trust.next_update {
            reasons.add(Colour::Yellow, "trust_stale", &self.trust.next_update.to_string());
        }
        at
    }

    fn logged_at(&self, envelope: &Envelope, reasons: &mut Reasons) -> Result<Option<Moment>, (&'static str, String)> {
        let Some(text) = self.proof else { return Ok(None) };
        let log = self.trust.logs.iter().find(|log| log.origin == envelope.core().log);
        let Some(log) = log else {
            reasons.add(Colour::Yellow, "log_unknown", &envelope.core().log);
            return Ok(None);
        };
        let logged_at = proven::logged_at(text, log, &envelope.fingerprint())?;
        reasons.add(Colour::Green, "in_log", &logged_at.to_string());
        Ok(Some(logged_at))
    }

    /// Whether today, by China's calendar, is one of its days.
    fn dates(&self, core: &Core, at: Moment, reasons: &mut Reasons) {
        let today = at.date();
        match core.valid_to {
            _ if today < core.valid_from => reasons.add(Colour::Red, "not_yet", &core.valid_from.to_string()),
            Some(to) if today > to => reasons.add(Colour::Red, "expired", &to.to_string()),
            Some(to) => reasons.add(Colour::Green, "in_its_days", &to.to_string()),
            None => reasons.add(Colour::Green, "without_end", ""),
        }
    }

    fn state(&self, core: &Core, issuer: &str, at: Moment, reasons: &mut Reasons) {
        let held = match self.status {
            Held::Nothing => return reasons.add(Colour::Yellow, "status_missing", ""),
            Held::Refused(why) => return reasons.add(Colour::Yellow, "status_refused", why),
            Held::List(held) => held,
        };
        let list = &held.list;
        if (list.log.as_str(), list.list, held.issuer.as_str()) != (core.log.as_str(), core.status.list, issuer) {
            return reasons.add(Colour::Yellow, "status_other_list", &format!("{}#{}", list.log, list.list));
        }
        match list.mark(core.status.index) {
            // Only somebody who has the key could have made such a licence, and he has not asked the office's list.
            Err(_) => reasons.add(Colour::Red, "status_outside", &core.status.index.to_string()),
            Ok(Some(mark)) => reasons.add(Colour::Red, mark.code(), &list.issued_at.to_string()),
            Ok(None) if at >= list.next_update => {
                reasons.add(Colour::Yellow, "status_stale", &list.next_update.to_string());
            }
            Ok(None) => reasons.add(Colour::Green, "not_marked", &list.issued_at.to_string()),
        }
    }
}

struct Reasons(Vec<Reason>);

impl Reasons {
    fn add(&mut self, colour: Colour, code: &'static str, detail: &str) {
        self.0.push(Reason { code, colour, detail: detail.to_owned() });
    }

    fn worst(&self) -> Colour {
        self.0.iter().map(|reason| reason.colour).max().unwrap_or(Colour::Red)
    }

    /// The answer to what is none: its content is not shown.
    fn refused(mut self, code: &'static str, detail: String) -> Answer {
        self.0.push(Reason { code, colour: Colour::Red, detail });
        Answer { colour: Colour::Red, reasons: self.0, core: None, details: None, issuer: None }
    }
}
