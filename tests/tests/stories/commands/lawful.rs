//! What is lawful, written from the articles and not from the program: the Administrative Licensing Law (articles 32, 34, 38,
//! 42, 45, 50), the rule on recusal, and the promises of the house (one minute to take a decision back, books that agree).
//! What an act needs is looked for in what was stored before it; limits are counted day by day.

use std::collections::{BTreeMap, BTreeSet};

use affairs::access::Role;
use affairs::approval::{self, Case, Decision, Event, File, State, trail};
use kernel::{Date, Id, Moment};

use super::{Command, Hall, MINUTE_MS, OFFICERS, Step};

/// A case as it is stored, with what was born of it.
pub(crate) struct Seen {
    file: File,
    who: usize,
    licences: i64,
    notices: i64,
}

pub(crate) type Books = BTreeMap<Id, Seen>;

async fn number(hall: &Hall, sql: &'static str, id: Id) -> i64 {
    hall.world.scratch.store.query(sql, vec![id.into()]).await.unwrap()[0].int("n").unwrap()
}

/// Everything that is stored of all cases.
pub(crate) async fn look(hall: &Hall) -> Books {
    let mut books = Books::new();
    for (who, cases) in hall.cases.iter().enumerate() {
        for id in cases {
            let file = approval::story(&hall.world.scratch.store, *id).await.unwrap().unwrap();
            let licences = number(hall, "SELECT count(*) AS n FROM licence WHERE case_id = $1", *id).await;
            let notices = number(hall, "SELECT count(*) AS n FROM public_notice WHERE case_id = $1", *id).await;
            books.insert(*id, Seen { file, who, licences, notices });
        }
    }
    books
}

fn is_open(case: &Case) -> bool {
    let open =
        ["awaiting_second_party", "awaiting_evidence", "awaiting_data", "correcting", "in_review", "special_step"];
    open.contains(&case.state.word())
}

/// A case with an officer.
fn is_with_people(case: &Case) -> bool {
    ["in_review", "special_step"].contains(&case.state.word())
}

fn by_name(name: &str) -> usize {
    OFFICERS.iter().position(|(n, _)| *n == name).unwrap_or_else(|| panic!("{name} works nowhere here"))
}

/// One command, with what was stored before and after it.
pub(crate) struct Model<'a> {
    pub(crate) hall: &'a Hall,
    pub(crate) step: Step,
    pub(crate) done: bool,
    pub(crate) before: &'a Books,
    pub(crate) after: &'a Books,
}

impl Model<'_> {
    /// Looks at everything. Gives what was reached by this command.
    pub(crate) async fn check(&self) -> Vec<String> {
        let mut reached = Vec::new();
        for (id, seen) in self.after {
            let before = self.before.get(id);
            self.states(seen);
            self.limits(&seen.file);
            if let Some(before) = before {
                self.nothing_after_the_end(&before.file, seen);
            }
            // What is new is known by its id: of several at one moment a later one may stand before an earlier one.
            let told: BTreeSet<Id> = before.iter().flat_map(|b| b.file.events.iter().map(|event| event.id)).collect();
            for event in seen.file.events.iter().filter(|event| !told.contains(&event.id)) {
                self.event(before, seen, event);
                reached.push(event.kind.clone());
            }
            let decided = before.map_or(0, |b| b.file.decisions.len());
            for decision in &seen.file.decisions[decided..] {
                self.decision(before, seen, decision);
                reached.push(format!("{} by {}", seen.file.case.state.word(), decision.maker));
            }
            reached.push(seen.file.case.state.word().to_owned());
        }
        self.refused_leaves_no_trace();
        self.books().await;
        reached
    }

    fn now(&self) -> Moment {
        self.hall.world.now()
    }

    /// What was not done was not done.
    fn refused_leaves_no_trace(&self) {
        // A decision that may not leave is taken off the door, and that is told.
        if self.done || matches!(self.step.1, Command::LeaveNow(_)) {
            return;
        }
        for (id, before) in self.before {
            let (was, is) = (&before.file, &self.after[id].file);
            assert_eq!((was.case.version, was.events.len()), (is.case.version, is.events.len()), "{:?}", self.step);
        }
    }

    /// What belongs together stands together.
    fn states(&self, seen: &Seen) {
        let Seen { file, licences, notices, .. } = seen;
        let case = &file.case;
        assert_eq!(case.closed_at.is_none(), is_open(case), "{:?}", case.state);
        assert_eq!(
            file.assignment.is_some(),
            is_with_people(case),
            "who waits for an officer lies with one, or with nobody"
        );
        let granted = i64::from(case.state == State::Granted);
        assert_eq!((*licences, *notices), (granted, granted), "a grant has one licence and is public (article 40)");
        assert_eq!(file.decisions.len(), file.decisions.iter().map(|d| d.run).max().unwrap_or(0) as usize);
        let corrections = file.decisions.iter().filter(|d| d.outcome == "correct").count();
        let by_people = file.decisions.iter().filter(|d| d.outcome == "correcting").count();
        assert!(corrections + by_people <= 1, "everything to mend is told once (article 32)");
        assert_eq!(case.corrections as usize, corrections + by_people);
        if matches!(case.state, State::Granted | State::Refused) {
            assert!(case.accepted_at.is_some() && case.decided_at.is_some());
        }
        if let Some(last) = file.decisions.last().filter(|_| case.state == State::Refused) {
            assert_eq!(last.maker, "person", "no machine refuses");
            let remedies = last.remedies.as_deref().unwrap_or_default();
            assert!(remedies.contains("行政复议") && remedies.contains("行政诉讼"), "article 38: {remedies}");
            assert!(last.reasons.as_deref().is_some_and(|r| r.chars().count() >= 4), "article 38");
        }
    }

    /// The limits, counted with a finger on the calendar (articles 32, 42, 45, 82).
    fn limits(&self, file: &File) {
        let (case, ended) = (&file.case, |day: Option<Date>| day.map(|d| Moment::start_of(d.tomorrow().unwrap())));
        let Some(received) = case.received_at else {
            assert_eq!((case.notice_due_at, case.committed_due_at, case.statutory_due_at), (None, None, None));
            return;
        };
        let mut still = BTreeSet::new();
        for step in &file.steps {
            let last = step.result.as_ref().map_or(step.planned_to, |found| found.at.date());
            let mut day = step.noticed_at.date();
            while day <= last {
                still.insert(day);
                day = day.tomorrow().unwrap();
            }
        }
        let more = file.extension.as_ref().filter(|e| e.state.word() == "approved").map(|e| e.days);
        assert_eq!(case.extended_days, more, "a limit is as long as the law says, or as its extension");
        let from = received.date();
        assert_eq!(case.notice_due_at, ended(self.counted(from, 5, &BTreeSet::new())));
        // Promised on the spot: no step comes before the end of the day of receipt.
        assert_eq!(case.committed_due_at, ended(self.counted(from, 0, &BTreeSet::new())));
        assert_eq!(case.statutory_due_at, ended(self.counted(from, 20 + more.unwrap_or(0), &still)));
    }

    /// The last of so many working days after `from`, none of them a day on which the clock stands still.
    fn counted(&self, from: Date, n: u32, still: &BTreeSet<Date>) -> Option<Date> {
        let (mut day, mut counted) = (from, 0);
        loop {
            let counts = self.hall.world.catalog.calendar().is_working(day).ok()? && !still.contains(&day);
            counted += u32::from(counts && day != from);
            if counts && counted >= n {
                return Some(day);
            }
            day = day.tomorrow().unwrap();
        }
    }

    /// A case that has ended stays as it ended.
    fn nothing_after_the_end(&self, was: &File, seen: &Seen) {
        let is = &seen.file;
        if is_open(&was.case) {
            return;
        }
        let what = |f: &File| (f.case.version, f.case.state, f.case.decided_at, f.case.closed_at, f.decisions.len());
        assert_eq!(what(was), what(is), "after {:?}", self.step);
    }

    /// Only who holds the right acts, and nobody who must stay away.
    fn event(&self, before: Option<&Seen>, seen: &Seen, event: &Event) {
        let file = &seen.file;
        match (event.actor_kind.as_str(), event.kind.as_str()) {
            ("staff", kind) => self.by_officer(before.unwrap(), (seen, event), kind),
            ("person", "confirmed") => {
                assert_eq!(event.actor_name, "农佳", "nobody confirms to himself");
            }
            ("person", _) => {}
            (_, "assigned") => self.given_to(seen, event),
            (_, "lapsed") => self.lapsed(&before.unwrap().file),
            (_, "accepted_by_law") => {
                assert!(self.now() >= before.unwrap().file.case.notice_due_at.unwrap(), "five days (article 32)");
                assert_eq!(file.case.accepted_at, file.case.received_at);
            }
            _ => {}
        }
    }

    fn by_officer(&self, before: &Seen, (seen, event): (&Seen, &Event), kind: &str) {
        let (n, file) = (by_name(&event.actor_name), &before.file);
        let role = self.hall.roles[n];
        let decides = matches!(role, Some(Role::Approver | Role::Head));
        let prepares = role == Some(Role::Clerk);
        let may = match kind {
            "ruled" | "ruling_signed" | "step_noticed" | "extension_asked" => decides,
            "ruling_concurred" | "ruling_differed" => {
                let first = file.pending.as_ref().unwrap();
                (decides || prepares) && first.officer_name != event.actor_name && first.second.is_none()
            }
            "ruling_undone" => file.pending.as_ref().unwrap().is_of(self.hall.officers[n].account),
            "step_ended" => {
                let under_way = file.steps.iter().find(|s| s.result.is_none()).unwrap();
                decides || under_way.accounts.contains(&self.hall.officers[n].account)
            }
            "gaps_opened" | "gap_filled" => decides || prepares,
            "extended" | "extension_refused" => {
                let asked = file.extension.as_ref().unwrap();
                let in_time = kind != "extended" || self.now() < file.case.statutory_due_at.unwrap();
                role == Some(Role::Head) && asked.asked_name != event.actor_name && in_time
            }
            "assigned" if event.detail["how"] == "given_back" => file.assignment.as_ref().unwrap().officer.is_some(),
            "assigned" if event.detail["how"] == "reassigned" => {
                self.given_to(seen, event);
                role == Some(Role::Head)
            }
            "assigned" => decides,
            other => panic!("officers do no {other}"),
        };
        assert!(may, "{} as {role:?} did {kind}", event.actor_name);
        let stays_away = self.hall.ties.contains(&(n, self.hall.people[seen.who].party.code.clone()));
        let leaves_it =
            kind == "ruling_undone" || ["given_back", "reassigned"].iter().any(|how| event.detail["how"] == *how);
        assert!(!stays_away || leaves_it, "{} is a relative and did {kind}", event.actor_name);
        let others_wait =
            file.pending.is_none() || kind.starts_with("ruling_") || ["ruled", "assigned"].contains(&kind);
        assert!(
            others_wait || kind == "gap_filled" || kind == "extension_refused",
            "{kind} while a decision is at the door"
        );
        if kind == "step_noticed" {
            let step = seen.file.steps.last().unwrap();
            let different: BTreeSet<&Id> = step.accounts.iter().collect();
            assert!(different.len() >= 2 && !step.notice.is_empty(), "two officers, told in writing (articles 34, 45)");
        }
    }

    /// A case goes to nobody who may not decide it.
    fn given_to(&self, seen: &Seen, event: &Event) {
        let Some(name) = event.detail["name"].as_str() else { return };
        let n = by_name(name);
        assert!(matches!(self.hall.roles[n], Some(Role::Approver | Role::Head)), "{name} may not decide it");
        assert!(!self.hall.ties.contains(&(n, self.hall.people[seen.who].party.code.clone())), "{name} is a relative");
    }

    /// Waiting ends only when its time is over.
    fn lapsed(&self, was: &File) {
        let days_after = |at: Moment, n: i64| {
            let last = at.date().saturating_add(jiff::Span::new().days(n));
            // A limit that ends on a day off ends on the next working day (Civil Code, article 203).
            let mut last = last;
            while self.hall.world.catalog.calendar().is_working(last) == Ok(false) {
                last = last.tomorrow().unwrap();
            }
            Moment::start_of(last.tomorrow().unwrap())
        };
        let over = match was.case.state {
            State::AwaitingSecondParty => self.now() >= days_after(was.case.filed_at, 15),
            State::Correcting => self.now() >= days_after(was.decisions.last().unwrap().decided_at, 30),
            _ => was.gaps.iter().any(|gap| gap.filled.is_none() && self.now() >= gap.due_at),
        };
        assert!(over, "{:?} lapsed before its time", was.case.state);
    }

    /// Who decided, on what, and when.
    fn decision(&self, before: Option<&Seen>, seen: &Seen, decision: &Decision) {
        let case = &seen.file.case;
        match decision.maker.as_str() {
            "machine" => {
                let allowed = ["granted", "correcting", "in_review", "special_step", "not_needed"];
                assert!(allowed.contains(&case.state.word()), "the machine came to {}", case.state.word());
                if case.state == State::Granted {
                    let checks = decision.checks["checks"].as_array().unwrap();
                    assert!(!checks.is_empty() && checks.iter().all(|c| c["truth"] == "met"), "{}", decision.checks);
                    assert!(!self.hall.two, "what two officers verify no machine grants (article 34)");
                }
                assert!(before.is_none_or(|b| !is_with_people(&b.file.case)), "the machine cuts in on an officer");
            }
            "law" => self.by_law(before.unwrap(), case),
            "person" => self.by_people(before.unwrap(), seen, decision),
            other => panic!("{other} decided"),
        }
        if case.state == State::Correcting {
            assert!(self.now() < case.notice_due_at.unwrap() || decision.maker == "machine", "five days (article 32)");
        }
    }

    /// A renewal by silence: asked thirty days before the end, the end is past, nobody decided (article 50).
    fn by_law(&self, before: &Seen, case: &Case) {
        let was = &before.file.case;
        assert!(is_with_people(was) && case.state == State::Granted);
        let end: Date = was.form["valid_to"].as_str().unwrap().parse().unwrap();
        assert!(self.now().date() > end, "the last day is the agency's");
        assert!(
            was.filed_at.date() <= end.saturating_sub(jiff::Span::new().days(30)),
            "who comes too late is not renewed"
        );
    }

    fn by_people(&self, before: &Seen, seen: &Seen, decision: &Decision) {
        let (was, state) = (&before.file, seen.file.case.state);
        assert!(is_with_people(&was.case), "a decision on a case that is {:?}", was.case.state);
        let signed = was.pending.as_ref().expect("what was decided had been signed");
        assert_eq!(decision.officer_name.as_deref(), Some(signed.officer_name.as_str()));
        if state == State::Granted {
            assert_ne!(was.case.state, State::SpecialStep, "what the law puts before a grant is not left out");
            assert!(was.steps.iter().all(|s| s.result.is_some()));
        }
        let verdict = matches!(state, State::Granted | State::Refused);
        assert!(!verdict || was.gaps.iter().all(|gap| gap.filled.is_some()), "a piece is missing");
        let begin = match &signed.second {
            Some(second) => second.at,
            None => signed.made_at,
        };
        if self.hall.two && verdict {
            let second = signed.second.as_ref().expect("two officers (article 34)");
            assert_ne!(second.name, signed.officer_name);
            assert_eq!(decision.second_name.as_deref(), Some(second.name.as_str()));
            self.still_may(seen, &second.name, &[Role::Approver, Role::Head, Role::Clerk]);
        }
        self.still_may(seen, &signed.officer_name, &[Role::Approver, Role::Head]);
        let asked = matches!(self.step.1, Command::LeaveNow(n) if signed.is_of(self.hall.officers[n].account));
        let ends = [was.case.committed_due_at, was.case.statutory_due_at, was.case.tacit_due_at];
        let limit = ends.into_iter().flatten().any(|due| due > begin && due.ms() - begin.ms() <= MINUTE_MS);
        assert!(asked || limit || self.now().ms() - begin.ms() >= MINUTE_MS, "a minute to take it back");
    }

    /// Whoever signed still holds the right when the decision leaves, and must not stay away.
    fn still_may(&self, seen: &Seen, name: &str, roles: &[Role]) {
        let n = by_name(name);
        assert!(self.hall.roles[n].is_some_and(|r| roles.contains(&r)), "{name} lost the right");
        assert!(!self.hall.ties.contains(&(n, self.hall.people[seen.who].party.code.clone())), "{name} is a relative");
    }

    /// Tables, counters and the log say the same; of one applicant one case is open and one licence in force.
    async fn books(&self) {
        let store = &self.hall.world.scratch.store;
        for tally in trail::tallies(store, self.hall.world.shard).await.unwrap() {
            assert!(tally.agrees(), "{tally:?} after {:?}", self.step);
        }
        assert_eq!(approval::recount_brought(store, self.hall.world.shard).await.unwrap(), []);
        for (who, person) in self.hall.people.iter().enumerate() {
            let open = self.after.values().filter(|s| s.who == who && is_open(&s.file.case)).count();
            assert!(open <= 1, "two open cases of one applicant");
            let valid = "SELECT count(*) AS n FROM licence WHERE holder = $1 AND status = 'valid'";
            assert!(number(self.hall, valid, person.party.id).await <= 1, "two licences in force");
        }
    }
}
