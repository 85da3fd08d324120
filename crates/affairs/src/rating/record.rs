//! The room's tables and their SELECTs.

use kernel::{Id, Moment};
use store::{Fault, Row, Store, Table, Value};

use super::state::{Level, RatingState, WordsState};
use crate::access::{Actor, Place, Right};

/// What stands for no window in rows and counters.
pub(super) const NO_WINDOW: &str = "-";

/// Ratings, versioned.
pub(super) static RATING: Table = Table {
    name: "rating",
    columns: &[
        "shard",
        "case_id",
        "version",
        "id",
        "number",
        "item",
        "agency",
        "region",
        "applicant",
        "name_mask",
        "decided_by",
        "invited_at",
        "state",
        "level",
        "is_named",
        "channel",
        "window_code",
        "words",
        "words_shown",
        "words_state",
        "words_why",
        "rated_at",
        "month",
        "call_due_at",
        "called_at",
        "called_by",
        "mend_due_at",
        "closing",
        "closing_note",
        "closed_at",
        "closed_by",
        "appealed_by",
        "reply",
        "replied_at",
        "salt",
    ],
    key: &["shard", "case_id"],
};

/// What was done with ratings.
pub(super) static RATING_ACT: Table = Table {
    name: "rating_act",
    columns: &["shard", "id", "rating", "at", "kind", "actor", "actor_name", "note"],
    key: &["shard", "id"],
};

/// A rating, or the invitation to one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rating {
    /// Home shard.
    pub shard: String,
    /// The case; of an anonymous rating nobody is shown it.
    pub case_id: Id,
    /// Version an act expects.
    pub version: i64,
    /// The rating's own id: what addresses and leaves carry.
    pub id: Id,
    /// The case's number; see [`Rating::number_shown`].
    pub number: String,
    /// Item.
    pub item: String,
    /// The agency that answers for the decision.
    pub agency: String,
    /// Region.
    pub region: String,
    /// The applicant.
    pub applicant: Id,
    /// The applicant's name, masked; see [`Rating::name_shown`].
    pub name_mask: String,
    /// The officer who decided the case.
    pub decided_by: Option<Id>,
    /// When the case was decided.
    pub invited_at: Moment,
    /// Where it stands.
    pub state: RatingState,
    /// How satisfied.
    pub level: Option<Level>,
    /// Whether the agency may know whose it is.
    pub is_named: bool,
    /// `online`, `receipt` or `counter`.
    pub channel: Option<String>,
    /// The window; a dash for none.
    pub window: String,
    /// The words as written.
    pub words: String,
    /// The words with personal data blotted out.
    pub words_shown: String,
    /// Whether they may be shown.
    pub words_state: WordsState,
    /// Why not.
    pub words_why: Option<String>,
    /// When it was rated.
    pub rated_at: Option<Moment>,
    /// In which month (China): `2026-11`.
    pub month: Option<String>,
    /// By when whoever rated is to be called; none where no clock or calendar says.
    pub call_due_at: Option<Moment>,
    /// When he was called first.
    pub called_at: Option<Moment>,
    /// By whom, last.
    pub called_by: Option<Id>,
    /// By when what stands on the ledger is to be mended.
    pub mend_due_at: Option<Moment>,
    /// The step that closed it.
    pub closing: Option<String>,
    /// What was said then.
    pub closing_note: Option<String>,
    /// When.
    pub closed_at: Option<Moment>,
    /// By whom.
    pub closed_by: Option<Id>,
    /// Who appealed.
    pub appealed_by: Option<Id>,
    /// The public reply.
    pub reply: Option<String>,
    /// When.
    pub replied_at: Option<Moment>,
    pub(super) salt: Option<Vec<u8>>,
}

impl Rating {
    /// The case's number, where whoever rated gave his name.
    pub fn number_shown(&self) -> Option<&str> {
        self.is_named.then_some(self.number.as_str())
    }

    /// The masked name, where it was given.
    pub fn name_shown(&self) -> Option<&str> {
        self.is_named.then_some(self.name_mask.as_str())
    }

    /// The words as everybody may read them.
    pub fn words_public(&self) -> Option<&str> {
        (self.words_state == WordsState::Shown).then_some(self.words_shown.as_str())
    }

    /// Whether an officer holds a right over it.
    pub fn allows(&self, actor: &Actor, right: Right) -> bool {
        actor.allow(right, &Place { agency: &self.agency, region: &self.region, item: &self.item })
    }

    pub(super) fn counter(&self, what: &str) -> String {
        format!("rating_{what}/{}/{}", self.agency, self.item)
    }

    pub(super) fn call_counter(&self, what: &str) -> String {
        format!("rating_call/{}/{what}", self.agency)
    }

    pub(super) fn level_counter(&self, level: Level) -> String {
        let month = self.month.as_deref().unwrap_or_default();
        format!("rating/{month}/{}/{}/{}/{}", self.agency, self.item, self.window, level.number())
    }

    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.case_id.into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            self.case_id.into(),
            self.version.into(),
            self.id.into(),
            (&self.number).into(),
            (&self.item).into(),
            (&self.agency).into(),
            (&self.region).into(),
            self.applicant.into(),
            (&self.name_mask).into(),
            self.decided_by.into(),
            self.invited_at.into(),
            self.state.word().into(),
            self.level.map(Level::number).into(),
            self.is_named.into(),
            self.channel.as_deref().into(),
            (&self.window).into(),
            (&self.words).into(),
            (&self.words_shown).into(),
            self.words_state.word().into(),
            self.words_why.as_deref().into(),
            self.rated_at.into(),
            self.month.as_deref().into(),
            self.call_due_at.into(),
            self.called_at.into(),
            self.called_by.into(),
            self.mend_due_at.into(),
            self.closing.as_deref().into(),
            self.closing_note.as_deref().into(),
            self.closed_at.into(),
            self.closed_by.into(),
            self.appealed_by.into(),
            self.reply.as_deref().into(),
            self.replied_at.into(),
            self.salt.clone().into(),
        ]
    }

    /// Every column an act may change, with its value now.
    pub(super) fn changes(&self) -> Vec<(&'static str, Value)> {
        const FIXED: [&str; 3] = ["shard", "case_id", "version"];
        let all = RATING.columns.iter().copied().zip(self.values());
        all.filter(|(column, _)| !FIXED.contains(column)).collect()
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let maybe = |column| row.opt_text(column).map(|t| t.map(str::to_owned));
        let unknown = |what: &str| Fault::Misuse(format!("rating.{what}: unknown word"));
        Ok(Self {
            shard: owned("shard")?,
            case_id: row.id("case_id")?,
            version: row.int("version")?,
            id: row.id("id")?,
            number: owned("number")?,
            item: owned("item")?,
            agency: owned("agency")?,
            region: owned("region")?,
            applicant: row.id("applicant")?,
            name_mask: owned("name_mask")?,
            decided_by: row.opt_id("decided_by")?,
            invited_at: row.moment("invited_at")?,
            state: RatingState::from_word(row.text("state")?).ok_or_else(|| unknown("state"))?,
            level: row.opt_int("level")?.and_then(Level::from_number),
            is_named: row.opt_int("is_named")?.unwrap_or(0) != 0,
            channel: maybe("channel")?,
            window: owned("window_code")?,
            words: owned("words")?,
            words_shown: owned("words_shown")?,
            words_state: WordsState::from_word(row.text("words_state")?).ok_or_else(|| unknown("words_state"))?,
            words_why: maybe("words_why")?,
            rated_at: row.opt_moment("rated_at")?,
            month: maybe("month")?,
            call_due_at: row.opt_moment("call_due_at")?,
            called_at: row.opt_moment("called_at")?,
            called_by: row.opt_id("called_by")?,
            mend_due_at: row.opt_moment("mend_due_at")?,
            closing: maybe("closing")?,
            closing_note: maybe("closing_note")?,
            closed_at: row.opt_moment("closed_at")?,
            closed_by: row.opt_id("closed_by")?,
            appealed_by: row.opt_id("appealed_by")?,
            reply: maybe("reply")?,
            replied_at: row.opt_moment("replied_at")?,
            salt: row.opt_blob("salt")?.map(<[u8]>::to_vec),
        })
    }
}

/// One line of what was done with a rating.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ActLine {
    /// When.
    pub at: Moment,
    /// What: a step's word, `reply`, `show`, `withhold`.
    pub kind: String,
    /// Who.
    pub actor_name: String,
    /// What was said.
    pub note: String,
}

async fn one(store: &Store, sql: &'static str, params: Vec<Value>) -> Result<Option<Rating>, Fault> {
    store.query(sql, params).await?.first().map(Rating::read).transpose()
}

async fn all(store: &Store, sql: &'static str, params: Vec<Value>) -> Result<Vec<Rating>, Fault> {
    store.query(sql, params).await?.iter().map(Rating::read).collect()
}

pub(super) async fn of_case(store: &Store, case: Id) -> Result<Option<Rating>, Fault> {
    const SQL: &str = concat!(
        store::shards!("rating"),
        "SELECT r.* FROM home JOIN rating r ON r.shard = home.shard AND r.case_id = $1"
    );
    one(store, SQL, vec![case.into()]).await
}

pub(super) async fn by_id(store: &Store, id: Id) -> Result<Option<Rating>, Fault> {
    const SQL: &str =
        concat!(store::shards!("rating"), "SELECT r.* FROM home JOIN rating r ON r.shard = home.shard AND r.id = $1");
    one(store, SQL, vec![id.into()]).await
}

/// Ratings before one, newest first: `before` is the last one's time and id.
pub(super) async fn published(store: &Store, before: Option<(Moment, Id)>) -> Result<Vec<Rating>, Fault> {
    let sql = "SELECT * FROM rating WHERE (rated_at, id) < ($1, $2) AND state <> 'void' \
               ORDER BY rated_at DESC, id DESC LIMIT 21";
    // Beyond every id: ids are hexadecimal digits and dashes.
    let (at, id) = before.map_or((i64::MAX, "g".to_owned()), |(at, id)| (at.ms(), id.to_string()));
    all(store, sql, vec![at.into(), id.into()]).await
}

/// What an officer's rights reach and the agency owes, the most urgent first.
pub(super) async fn owed(store: &Store, account: Id) -> Result<Vec<Rating>, Fault> {
    const SQL: &str = concat!(
        "SELECT * FROM rating r WHERE r.state IN ('to_call', 'called', 'on_ledger', 'appealed') AND ",
        crate::scope_filter!("$1", "$2", "r.agency", "r.region", "r.item"),
        " ORDER BY coalesce(r.mend_due_at, r.call_due_at, 0), r.id LIMIT 200"
    );
    all(store, SQL, vec![account.into(), Right::ViewCase.word().into()]).await
}

/// Words that wait for somebody to look at them, oldest first.
pub(super) async fn held(store: &Store, account: Id) -> Result<Vec<Rating>, Fault> {
    const SQL: &str = concat!(
        "SELECT * FROM rating r WHERE r.words_state = 'held' AND r.state <> 'void' AND ",
        crate::scope_filter!("$1", "$2", "r.agency", "r.region", "r.item"),
        " ORDER BY r.rated_at, r.id LIMIT 200"
    );
    all(store, SQL, vec![account.into(), Right::ViewCase.word().into()]).await
}

/// The newest ratings an officer's rights reach.
pub(super) async fn newest(store: &Store, account: Id) -> Result<Vec<Rating>, Fault> {
    const SQL: &str = concat!(
        "SELECT * FROM rating r WHERE r.rated_at > 0 AND ",
        crate::scope_filter!("$1", "$2", "r.agency", "r.region", "r.item"),
        " ORDER BY r.rated_at DESC, r.id DESC LIMIT 200"
    );
    all(store, SQL, vec![account.into(), Right::ViewCase.word().into()]).await
}

pub(super) async fn acts(store: &Store, rating: Id) -> Result<Vec<ActLine>, Fault> {
    let sql = "SELECT * FROM rating_act WHERE rating = $1 ORDER BY at, id";
    let read = |row: &Row| {
        Ok(ActLine {
            at: row.moment("at")?,
            kind: row.text("kind")?.to_owned(),
            actor_name: row.text("actor_name")?.to_owned(),
            note: row.text("note")?.to_owned(),
        })
    };
    store.query(sql, vec![rating.into()]).await?.iter().map(read).collect()
}

/// The levels as the rows tell them, by the counters' keys.
pub(super) const RECOUNT: &str = "SELECT 'rating/' || month || '/' || agency || '/' || item || '/' || window_code || '/' || \
     CAST(level AS TEXT) AS key, count(*) AS n FROM rating \
     WHERE shard = $1 AND rated_at > 0 AND state <> 'void' GROUP BY 1";

/// The invitations as the rows tell them.
pub(super) const RECOUNT_INVITED: &str =
    "SELECT 'rating_invited/' || agency || '/' || item AS key, count(*) AS n FROM rating WHERE shard = $1 GROUP BY 1";

/// What became of calls, as the rows tell it.
pub(super) const RECOUNT_CALLS: &str = "SELECT 'rating_call/' || agency || '/owed' AS key, count(*) AS n FROM rating \
     WHERE shard = $1 AND is_named = 1 AND level <= 2 GROUP BY 1 \
     UNION ALL SELECT 'rating_call/' || agency || '/called', count(*) FROM rating \
     WHERE shard = $1 AND called_at > 0 GROUP BY 1 \
     UNION ALL SELECT 'rating_call/' || agency || '/in_time', count(*) FROM rating \
     WHERE shard = $1 AND called_at > 0 AND (call_due_at IS NULL OR called_at < call_due_at) GROUP BY 1 \
     UNION ALL SELECT 'rating_call/' || agency || '/closed', count(*) FROM rating \
     WHERE shard = $1 AND state = 'closed' GROUP BY 1 \
     UNION ALL SELECT 'rating_call/' || agency || '/void', count(*) FROM rating \
     WHERE shard = $1 AND state = 'void' GROUP BY 1";
