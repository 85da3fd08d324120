//! The spine: an application comes in, the rules judge it, a grant or a person's decision goes out.
//!
//! Nouns: [`Case`], [`State`], [`Outcome`], [`Assessment`], [`Decision`]. Verbs: [`file`], [`confirm`], [`decline`],
//! [`resubmit`], [`withdraw`], [`rule`], [`undo`], [`concur`], [`take`], [`assign_waiting`], [`leave_due`], [`lapse_overdue`],
//! [`take_up_waiting`], [`make_up`].
//!
//! Law: Administrative Licensing Law, articles 32 (one notice of everything to mend), 34 (on the spot where decidable;
//! two officers where substance is verified), 38 (reasons and remedies), 40 (grants are public), 42 (limits).
//!
//! Promises: the machine never refuses; an unknown fact never grants; a grant, its licence, its notice, its duty and its
//! place in the log come together or not at all; every run is stored with all that a replay needs.

mod acts;
mod asking;
mod assess;
mod assign;
mod attach;
mod beside;
mod by_law;
mod commitment;
mod desk;
mod divergence;
pub mod draft;
mod error;
mod extension;
mod filing;
mod first;
mod followed;
mod gap;
mod help;
mod leaf;
mod limits;
mod near;
mod outcome;
mod part;
mod pending;
mod queue;
mod quota;
mod receipt;
mod record;
mod recusal;
mod ruling;
mod run;
mod settle;
mod state;
mod step;
pub mod trail;
mod view;
mod waiting;
mod words;

pub use acts::{confirm, decline, lapse_overdue, resubmit, resubmit_with, withdraw};
pub use assess::{Assessment, Check, CheckTruth, SCHEMA, Setting, assess, consequence, outcome};
pub use assign::{
    Assignment, How, assign_waiting, assignment, give_back, hand_on, hand_on_absent, left_by, may_give_back, may_take,
    reassign, take, takers,
};
pub use attach::{
    Attached, attach, attach_as, attachable, bounds, check_draft, check_materials, lay, lay_within, may_attach,
    take_out,
};
pub use beside::{Beside, commit_owing, note_told};
pub use by_law::{accept_by_law, renew_by_law};
pub use commitment::{may_withdraw_commitment, withdraw_commitment};
pub use desk::{Decided, Desk, Granted, Reactor};
pub use divergence::{Divergence, divergence};
pub use error::ApprovalError;
pub use extension::{
    Extension, ExtensionAnswer, ExtensionState, answer_extension, ask_extension, extension, may_answer, may_ask,
};
pub use filing::{Filing, check, file, file_with, identity_level, may_file};
pub use first::{FirstReview, PassUp, Passed, first_review, may_pass_up, pass_up};
pub use followed::{CASE_FLOW, ConditionCount, ItemFollowed, NEWEST, followed, item_conditions, item_followed};
pub use gap::{Gap, GapOrder, end_gaps, fill_gap, gaps_of, latest, may_follow, may_open_gaps, open_gaps};
pub use help::{Help, Helped, note_help};
pub use limits::last_day;
pub use near::{Brought, BroughtTo, brought, recount_brought};
pub use outcome::Outcome;
pub use part::{
    PartFiling, answer_part, cases_of_parent, file_part, gathering_parents, note_event, notify_part, owe_leaf,
    parents_for, silence_part,
};
pub use pending::{Pending, Second, concur, differ, leave_due, leave_now, may_concur, pending, undo};
pub use queue::{Glance, Queue, Whose, glance, queue, queue_of_whose};
pub use quota::{Taken, quota_returned, taken_by};
pub use receipt::{ReceiptKey, receipt_secret, renew_receipt};
pub use record::{Case, Decision, Event};
pub use recusal::recused;
pub use ruling::{RulingDraft, rule, rulings, rulings_now};
pub use run::{Run, engine_value, judge, look, model_inputs, rejudge};
pub use settle::committed;
pub use state::{Act, Ruling, State};
pub use step::{
    Candidate, Step, StepFound, StepOrder, StepResult, candidates, may_record, order_step, record_step, stands_still,
    steps_of, stops_of,
};
pub use view::{
    File, Notice, Pulse, Standing, Took, cases_of, cases_to_confirm, file_by_number, file_for, filed_with,
    is_waiting_for_person, notices, numbered, progress, pulse, really_took, standing, story,
};
pub use waiting::unproved::{kept_ruling, make_up};
pub use waiting::{take_up_waiting, waiting_now};
