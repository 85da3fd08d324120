//! The one machine that runs every flow: what may be done now, by whom, and why not. Pure: flow, history and day in, an act
//! or everything that hinders it out.
//!
//! The history is the truth: state, pending step, stops of the clock and what was recorded are all read from it.

use std::collections::BTreeMap;

use kernel::{CalendarError, Date, Moment, Money, Stop, Text, WorkCalendar};
use serde::{Deserialize, Serialize};

use super::law::{Ask, AskKind, Cap, ClockState, Flow, Only, Step, Wait, Who, Within};

/// What a step recorded: id and value. Amounts are fen, days `YYYY-MM-DD`, choices their id, ticks `true`.
pub type Values = BTreeMap<String, String>;

/// The longest sentences that are kept, in characters.
const LONGEST: usize = 8_000;

/// What happened in a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// The run began.
    Opened,
    /// A step waits for the second officer.
    Proposed,
    /// A step was taken.
    Taken,
    /// A proposed step was taken back.
    TakenBack,
    /// An officer stands back: he has an interest in it.
    Recused,
}

impl ActKind {
    const ALL: [Self; 5] = [Self::Opened, Self::Proposed, Self::Taken, Self::TakenBack, Self::Recused];

    /// The word in tables, leaves and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Proposed => "proposed",
            Self::Taken => "taken",
            Self::TakenBack => "taken_back",
            Self::Recused => "recused",
        }
    }

    /// Reads [`ActKind::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.word() == word)
    }
}

/// One act of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Act {
    /// What happened.
    pub kind: ActKind,
    /// The step; empty where a run began.
    pub step: String,
    /// The state afterwards.
    pub state: String,
    /// When.
    pub at: Moment,
    /// Account of the officer.
    pub by: String,
    /// The officer's name.
    pub by_name: String,
    /// Account and name of the second officer, where two signed.
    pub second: Option<(String, String)>,
    /// What was recorded.
    pub values: Values,
}

/// Who wants to act.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hand {
    /// Account.
    pub account: String,
    /// Name.
    pub name: String,
    /// Whether the rights reach handling it.
    pub handles: bool,
    /// Whether the rights reach deciding it.
    pub decides: bool,
    /// Whether he is the party himself, as far as the names tell.
    pub is_party: bool,
}

/// What is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Command<'a> {
    /// Take a step with these values.
    Take {
        /// The step.
        step: &'a str,
        /// As typed.
        values: &'a Values,
    },
    /// Sign the pending step as the second officer.
    Cosign,
    /// Take the pending step back.
    TakeBack,
    /// Stand back from this run, for this reason: from now on this officer takes and signs no step of it.
    Recuse {
        /// Why: a relative, an interest.
        reason: &'a str,
    },
}

/// Where a run stands.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The flow it began under.
    pub flow: &'a Flow,
    /// `person` or `organisation`.
    pub party_kind: &'a str,
    /// What happened, in order.
    pub history: &'a [Act],
    /// Now.
    pub now: Moment,
    /// The working days.
    pub calendar: &'a WorkCalendar,
}

/// Why a step may not be taken now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Hindrance {
    /// For programs: `state`, `rights`, `recused`, `same_officer`, `before`, `barred`, `too_early`, `too_late`, `only`, `pending`,
    /// `calendar`, `closed`.
    pub code: &'static str,
    /// For people, with what would change it.
    pub why: Text,
}

/// What is wrong with a value.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ValueFault {
    /// Id of what is asked.
    pub field: String,
    /// What is wrong and how to mend it.
    pub why: Text,
}

/// Everything that hinders, at once.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Refusal {
    /// What hinders the step.
    pub hindrances: Vec<Hindrance>,
    /// What is wrong with its values.
    pub values: Vec<ValueFault>,
}

fn hindrance(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Hindrance {
    Hindrance { code, why: Text::new(zh, en) }
}

impl<'a> Situation<'a> {
    /// The state it is in.
    pub fn state(&self) -> &'a str {
        self.taken().last().map_or(self.flow.first(), |a| a.state.as_str())
    }

    /// The step that waits for the second officer.
    pub fn pending(&self) -> Option<&'a Act> {
        self.history.last().filter(|a| a.kind == ActKind::Proposed)
    }

    /// The steps that were taken.
    pub fn taken(&self) -> impl DoubleEndedIterator<Item = &'a Act> {
        self.history.iter().filter(|a| a.kind == ActKind::Taken)
    }

    /// The newest record of this id.
    pub fn value(&self, field: &str) -> Option<&'a str> {
        if field == "party_kind" {
            return Some(self.party_kind);
        }
        self.taken().rev().find_map(|a| a.values.get(field)).map(String::as_str)
    }

    /// When a step was last taken, and at which place of the history.
    fn last(&self, step: &str) -> Option<(usize, &'a Act)> {
        self.history.iter().enumerate().rev().find(|(_, a)| a.kind == ActKind::Taken && a.step == step)
    }

    /// The times in which the clock stood or stands still.
    pub fn stops(&self) -> Vec<Stop> {
        let stands = |state: &str| self.flow.state(state).is_some_and(|s| s.clock == ClockState::Stands);
        let (mut stops, mut since) = (Vec::new(), None::<Date>);
        for act in self.taken() {
            match (since, stands(&act.state)) {
                (None, true) => since = Some(act.at.date()),
                (Some(from), false) => {
                    stops.push(Stop::between(from, act.at.date()));
                    since = None;
                }
                _ => {}
            }
        }
        stops.extend(since.map(Stop::since));
        stops
    }

    fn holds(&self, only: &Only, own: Option<&Values>) -> bool {
        let own = own.and_then(|v| v.get(&only.field)).map(String::as_str);
        own.or_else(|| self.value(&only.field)).is_some_and(|v| only.is.iter().any(|w| w == v))
    }

    /// Everybody who signed one of these steps.
    fn signed(&self, steps: &[String]) -> Vec<&'a str> {
        let of = self.taken().filter(|a| steps.contains(&a.step));
        of.flat_map(|a| std::iter::once(a.by.as_str()).chain(a.second.as_ref().map(|(id, _)| id.as_str()))).collect()
    }
}

/// What keeps this hand from taking this step now, values apart: nothing means it may be tried.
pub fn hindrances(situation: &Situation<'_>, step: &Step, hand: &Hand) -> Vec<Hindrance> {
    let mut found = Vec::new();
    if situation.pending().is_some() {
        found.push(hindrance(
            "pending",
            "有一个步骤等待第二名执法人员签署；请先签署或撤回",
            "a step waits for the second officer: sign it or take it back first",
        ));
    }
    let state = situation.state();
    if !step.from.iter().any(|s| s == state) {
        let name = |id: &str| situation.flow.state(id).map(|s| s.name.clone()).unwrap_or_default();
        let (now, wanted): (Text, Vec<Text>) = (name(state), step.from.iter().map(|s| name(s)).collect());
        let list = |pick: fn(&Text) -> &str| wanted.iter().map(pick).collect::<Vec<_>>();
        found.push(hindrance(
            "state",
            format!("现在是“{}”，这一步在“{}”时才能办", now.zh, list(|t| &t.zh).join("”或“")),
            format!("it stands at {}; this is done at {}", now.en, list(|t| &t.en).join(" or ")),
        ));
    }
    found.extend(rights(step, hand));
    found.extend(recusal(situation, hand));
    found.extend(officers(situation, step, &hand.account));
    found.extend(history(situation, step));
    found.extend(step.waits.iter().filter_map(|wait| too_early(situation, wait)));
    found.extend(step.within.iter().filter(|w| w.refuses).filter_map(|within| too_late(situation, within)));
    found
}

fn rights(step: &Step, hand: &Hand) -> Option<Hindrance> {
    let (reaches, zh, en) = match step.who {
        Who::Officer | Who::Party => (hand.handles, "您的岗位不办理这项权力", "your post does not handle this power"),
        Who::Head => (hand.decides, "您的岗位不能为本机关作出决定", "your post does not decide for this agency"),
    };
    (!reaches).then(|| hindrance("rights", zh, en))
}

/// Nobody acts in his own matter; who declared an interest stays out of it.
fn recusal(situation: &Situation<'_>, hand: &Hand) -> Option<Hindrance> {
    let declared = situation.history.iter().any(|a| a.kind == ActKind::Recused && a.by == hand.account);
    let (zh, en) = match (hand.is_party, declared) {
        (true, _) => (
            "当事人与您同名，您应当回避，请由其他人员办理",
            "the party has your name: stand back, somebody else does this",
        ),
        (_, true) => ("您已回避，这件由其他人员办理", "you stood back from this: somebody else does it"),
        (false, false) => return None,
    };
    Some(hindrance("recused", zh, en))
}

fn officers(situation: &Situation<'_>, step: &Step, account: &str) -> Option<Hindrance> {
    let name = |id: &String| situation.flow.step(id).map_or(Text::default(), |s| s.name.clone());
    let names: Vec<Text> = step.not_by.iter().map(name).collect();
    situation.signed(&step.not_by).contains(&account).then(|| {
        hindrance(
            "same_officer",
            format!(
                "您参加过“{}”，这一步须由其他人员办理",
                names.iter().map(|t| t.zh.as_str()).collect::<Vec<_>>().join("、")
            ),
            format!(
                "you took part in {}: somebody else does this",
                names.iter().map(|t| t.en.as_str()).collect::<Vec<_>>().join(", ")
            ),
        )
    })
}

fn history(situation: &Situation<'_>, step: &Step) -> Vec<Hindrance> {
    let name = |id: &str| situation.flow.step(id).map_or(Text::default(), |s| s.name.clone());
    let mut found = Vec::new();
    for needed in step.needs.iter().filter(|s| situation.last(s).is_none()) {
        let name = name(needed);
        found.push(hindrance("before", format!("须先“{}”", name.zh), format!("first: {}", name.en)));
    }
    for bar in step.bars.iter().filter(|s| situation.last(s).is_some()) {
        let name = name(bar);
        let (zh, en) = (format!("已“{}”，不能再办这一步", name.zh), format!("not after: {}", name.en));
        found.push(hindrance("barred", zh, en));
    }
    for only in step.only.iter().filter(|o| !step.asks.iter().any(|a| a.id == o.field) && !situation.holds(o, None)) {
        let label = situation
            .flow
            .ask(&only.field)
            .map(|a| a.label.clone())
            .unwrap_or(Text::new("当事人类型", "kind of party"));
        found.push(hindrance(
            "only",
            format!("与已记录的“{}”不符", label.zh),
            format!("what was recorded of “{}” does not allow it", label.en),
        ));
    }
    found
}

/// The last day of a waiting time is over only when it has passed.
fn too_early(situation: &Situation<'_>, wait: &Wait) -> Option<Hindrance> {
    let (place, since) = situation.last(&wait.after)?;
    if !wait.only.iter().all(|o| situation.holds(o, None)) {
        return None;
    }
    let waived = wait.unless.iter().filter_map(|s| situation.last(s)).any(|(at, _)| at > place);
    if waived {
        return None;
    }
    let today = situation.now.date();
    let first = match (&wait.period, &wait.until_day) {
        (Some(period), _) => match period.due(since.at.date(), situation.calendar, &[]).and_then(next) {
            Ok(first) => first,
            Err(error) => return Some(no_calendar(&error)),
        },
        (None, Some(field)) => situation.value(field)?.parse().ok()?,
        (None, None) => return None,
    };
    let article = |text: &str| if wait.article.is_empty() { String::new() } else { text.replace("{}", &wait.article) };
    (today < first).then(|| {
        hindrance(
            "too_early",
            format!("不早于{}年{}月{}日{}", first.year(), first.month(), first.day(), article("（第{}条）")),
            format!("not before {first}{}", article(" (article {})")),
        )
    })
}

fn next(day: Date) -> Result<Date, CalendarError> {
    day.tomorrow().map_err(|_| CalendarError::OutOfRange)
}

fn too_late(situation: &Situation<'_>, within: &Within) -> Option<Hindrance> {
    let (_, since) = situation.last(&within.after)?;
    match within.period.due(since.at.date(), situation.calendar, &[]) {
        Err(error) => Some(no_calendar(&error)),
        Ok(last) => (last < situation.now.date()).then(|| {
            hindrance(
                "too_late",
                format!("期限已于{}年{}月{}日届满", last.year(), last.month(), last.day()),
                format!("the time ended on {last}"),
            )
        }),
    }
}

fn no_calendar(error: &CalendarError) -> Hindrance {
    let text = error.text();
    hindrance("calendar", text.zh, text.en)
}

/// Carries a command out, or says everything that hinders it.
///
/// # Errors
/// The refusal; nothing follows from it.
pub fn decide(situation: &Situation<'_>, hand: &Hand, command: Command<'_>) -> Result<Act, Refusal> {
    match command {
        Command::Take { step, values } => take(situation, hand, (step, values)),
        Command::Cosign => cosign(situation, hand),
        Command::TakeBack => take_back(situation, hand),
        Command::Recuse { reason } => recuse(situation, hand, reason),
    }
}

fn refused(why: Hindrance) -> Refusal {
    Refusal { hindrances: vec![why], values: Vec::new() }
}

fn take(situation: &Situation<'_>, hand: &Hand, (id, values): (&str, &Values)) -> Result<Act, Refusal> {
    let step = situation.flow.step(id);
    let step = step.ok_or_else(|| refused(hindrance("state", "流程里没有这一步", "the flow has no such step")))?;
    let hindrances = hindrances(situation, step, hand);
    let checked = normalised(situation, step, values);
    match checked {
        Ok(values) if hindrances.is_empty() => {
            let two = step.officers == 2;
            let (kind, state) =
                if two { (ActKind::Proposed, situation.state().to_owned()) } else { (ActKind::Taken, step.to.clone()) };
            Ok(act(situation, hand, (kind, &step.id, state), values))
        }
        checked => Err(Refusal { hindrances, values: checked.err().unwrap_or_default() }),
    }
}

/// The second officer signs by himself: the step is taken by both, if it still may be.
fn cosign(situation: &Situation<'_>, hand: &Hand) -> Result<Act, Refusal> {
    let nothing = || refused(hindrance("state", "没有等待签署的步骤", "nothing waits for a signature"));
    let pending = situation.pending().ok_or_else(nothing)?;
    let step = situation.flow.step(&pending.step).ok_or_else(nothing)?;
    if pending.by == hand.account {
        let (zh, en) = ("第二名执法人员须是另一人，由其本人登录签署", "the second officer is somebody else, signed in");
        return Err(refused(hindrance("same_officer", zh, en)));
    }
    // The step is judged again without the proposal: time has passed since.
    let before = Situation { history: &situation.history[..situation.history.len() - 1], ..*situation };
    let hindrances = hindrances(&before, step, hand);
    let first = officers(&before, step, &pending.by);
    let hindrances: Vec<Hindrance> = hindrances.into_iter().chain(first).collect();
    match normalised(&before, step, &shown(step, &pending.values)) {
        Ok(values) if hindrances.is_empty() => {
            let mut taken = act(situation, hand, (ActKind::Taken, &step.id, step.to.clone()), values);
            taken.second = Some((hand.account.clone(), hand.name.clone()));
            taken.by.clone_from(&pending.by);
            taken.by_name.clone_from(&pending.by_name);
            Ok(taken)
        }
        checked => Err(Refusal { hindrances, values: checked.err().unwrap_or_default() }),
    }
}

/// Stored values as they would be typed: amounts in yuan.
fn shown(step: &Step, values: &Values) -> Values {
    let yuan = |v: &String| v.parse().map_or_else(|_| v.clone(), |fen| Money::from_fen(fen).to_string());
    let is_money = |id: &String| step.asks.iter().any(|a| a.id == *id && a.kind == AskKind::Money);
    values.iter().map(|(id, v)| (id.clone(), if is_money(id) { yuan(v) } else { v.clone() })).collect()
}

fn take_back(situation: &Situation<'_>, hand: &Hand) -> Result<Act, Refusal> {
    let nothing = || refused(hindrance("state", "没有等待签署的步骤", "nothing waits for a signature"));
    let pending = situation.pending().ok_or_else(nothing)?;
    if !(hand.handles || hand.decides) {
        return Err(refused(hindrance("rights", "您的岗位不办理这项权力", "your post does not handle this power")));
    }
    let state = situation.state().to_owned();
    Ok(act(situation, hand, (ActKind::TakenBack, &pending.step, state), Values::new()))
}

/// The reason is kept with it, where everybody who sees the run reads it.
pub(super) const RECUSAL: &str = "reason";

fn recuse(situation: &Situation<'_>, hand: &Hand, reason: &str) -> Result<Act, Refusal> {
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    if situation.pending().is_some() {
        let (zh, en) =
            ("有一个步骤等待签署，请先签署或撤回", "a step waits for the second officer: sign it or take it back");
        return Err(refused(hindrance("pending", zh, en)));
    }
    if !(hand.handles || hand.decides) {
        return Err(refused(hindrance("rights", "您的岗位不办理这项权力", "your post does not handle this power")));
    }
    if situation.flow.is_end(situation.state()) {
        return Err(refused(hindrance("closed", "已经办结", "it is closed")));
    }
    if situation.history.iter().any(|a| a.kind == ActKind::Recused && a.by == hand.account) {
        return Err(refused(hindrance("recused", "您已回避", "you stood back already")));
    }
    if !(4..=LONGEST).contains(&reason.chars().count()) || reason.contains('\0') {
        let why = Text::new("请写明回避的理由，至少4个字", "say why, in 4 characters or more");
        return Err(Refusal { hindrances: Vec::new(), values: vec![ValueFault { field: RECUSAL.to_owned(), why }] });
    }
    let state = situation.state().to_owned();
    let values = Values::from([(RECUSAL.to_owned(), reason)]);
    Ok(act(situation, hand, (ActKind::Recused, "", state), values))
}

fn act(situation: &Situation<'_>, hand: &Hand, (kind, step, state): (ActKind, &str, String), values: Values) -> Act {
    Act {
        kind,
        step: step.to_owned(),
        state,
        at: situation.now,
        by: hand.account.clone(),
        by_name: hand.name.clone(),
        second: None,
        values,
    }
}

/// The values as they are stored.
///
/// # Errors
/// Everything wrong with them.
pub(super) fn normalised(situation: &Situation<'_>, step: &Step, values: &Values) -> Result<Values, Vec<ValueFault>> {
    let (mut stored, mut faults) = (Values::new(), Vec::new());
    for ask in &step.asks {
        let typed = values.get(&ask.id).map(|v| v.trim()).unwrap_or_default();
        let fault = |why: Text| ValueFault { field: ask.id.clone(), why };
        match value(situation, ask, typed) {
            Ok(Some(value)) => drop(stored.insert(ask.id.clone(), value)),
            Ok(None) => {}
            Err(why) => faults.push(fault(why)),
        }
    }
    for only in step.only.iter().filter(|o| step.asks.iter().any(|a| a.id == o.field)) {
        if stored.contains_key(&only.field) && !situation.holds(only, Some(&stored)) {
            let why = Text::new("这一步不能这样选择", "this step does not allow this choice");
            faults.push(ValueFault { field: only.field.clone(), why });
        }
    }
    faults.extend(step.caps.iter().filter_map(|cap| above(situation, cap, &stored)));
    if faults.is_empty() { Ok(stored) } else { Err(faults) }
}

fn value(situation: &Situation<'_>, ask: &Ask, typed: &str) -> Result<Option<String>, Text> {
    if typed.is_empty() {
        let (zh, en) = match ask.kind {
            AskKind::File => (format!("请上传“{}”", ask.label.zh), format!("hand in “{}”", ask.label.en)),
            _ => (format!("请填写“{}”", ask.label.zh), format!("fill in “{}”", ask.label.en)),
        };
        return if ask.optional { Ok(None) } else { Err(Text::new(zh, en)) };
    }
    if typed.chars().count() > LONGEST || typed.contains('\0') {
        return Err(Text::new(format!("最多{LONGEST}个字"), format!("at most {LONGEST} characters")));
    }
    match ask.kind {
        // Written by the room from what was laid in, never typed.
        AskKind::File => Ok(Some(typed.to_owned())),
        AskKind::Words => Ok(Some(typed.replace("\r\n", "\n"))),
        AskKind::Line => Ok(Some(typed.split_whitespace().collect::<Vec<_>>().join(" "))),
        AskKind::Money => match typed.parse::<Money>() {
            Ok(money) if money.fen() >= 0 => Ok(Some(money.fen().to_string())),
            Ok(_) => Err(Text::new("金额不能是负数", "an amount is not negative")),
            Err(error) => Err(error.text()),
        },
        AskKind::Choice => match ask.choices.iter().find(|c| c.id == typed) {
            Some(choice) => Ok(Some(choice.id.clone())),
            None => Err(Text::new(format!("请选择“{}”", ask.label.zh), format!("choose “{}”", ask.label.en))),
        },
        AskKind::Tick if typed == "true" => Ok(Some("true".to_owned())),
        AskKind::Tick => Err(Text::new("请勾选", "tick it")),
        AskKind::Date => day(situation, ask, typed).map(|d| Some(d.to_string())),
    }
}

fn day(situation: &Situation<'_>, ask: &Ask, typed: &str) -> Result<Date, Text> {
    let day: Date = typed.parse().map_err(|_| Text::new("日期请写成 2026-01-31", "write the day like 2026-01-31"))?;
    let Some(ahead) = &ask.ahead else { return Ok(day) };
    let last = ahead.due(situation.now.date(), situation.calendar, &[]).map_err(|e| e.text())?;
    if day > last {
        return Ok(day);
    }
    let (zh, en) = (ahead.text().zh, ahead.text().en);
    Err(Text::new(
        format!("须在今天起{zh}以后，即{}年{}月{}日以后", last.year(), last.month(), last.day()),
        format!("at least {en} from today: after {last}"),
    ))
}

fn above(situation: &Situation<'_>, cap: &Cap, own: &Values) -> Option<ValueFault> {
    let amount: i64 = own.get(&cap.field)?.parse().ok()?;
    if !cap.only.iter().all(|o| situation.holds(o, Some(own))) {
        return None;
    }
    let than = cap.than.as_ref().and_then(|f| situation.value(f)?.parse::<i64>().ok());
    let most = [cap.fen, than].into_iter().flatten().min()?;
    let (shown, article) = (Money::from_fen(most), &cap.article);
    (amount > most).then(|| ValueFault {
        field: cap.field.clone(),
        why: Text::new(
            format!("最多{shown}元{}", if article.is_empty() { String::new() } else { format!("（第{article}条）") }),
            format!(
                "at most {shown} yuan{}",
                if article.is_empty() { String::new() } else { format!(" (article {article})") }
            ),
        ),
    })
}
