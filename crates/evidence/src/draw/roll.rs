//! The roll of a draw: targets with class and weight, officers, and which officer may not go to which target. It has one
//! order and one text, whatever order it came in, and its hash stands in the announcement.

use kernel::Text;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Hash;

/// The most targets or officers; with [`MAX_WEIGHT`] it keeps every product below 2^63.
const MAX_ROWS: usize = 1_000_000;
/// The greatest weight.
const MAX_WEIGHT: u32 = 1_000_000;
/// The most officers for one target.
const MAX_EACH: u32 = 10;
/// The longest id and the longest class, in bytes.
const MAX_ID: usize = 64;
/// First line of the roll's text.
const HEAD: &str = "budayang/draw-roll@v1\n";

/// One that may be drawn.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Its id: a token (see [`is_token`]). Public; for a natural person a number that says nothing.
    pub id: String,
    /// Its class by credit and risk: a token. Of each class as many are drawn as its chances add up to, rounded up or down.
    pub class: String,
    /// Its weight, 1 to 1,000,000: the chance is proportional to it.
    pub weight: u32,
}

/// Why an officer may not go to a target.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// An interest: the officer is recused (回避).
    Recusal,
    /// The two met not long ago.
    Recent,
}

/// A pair that must not be drawn.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bar {
    /// The target's id.
    pub target: String,
    /// The officer's id.
    pub officer: String,
    /// Why.
    pub why: Why,
}

/// How many are drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Order {
    /// Targets to draw.
    pub take: u32,
    /// Officers for each of them.
    pub each: u32,
}

/// A roll in its order, with nothing twice and nobody unknown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Roll {
    targets: Vec<Target>,
    officers: Vec<String>,
    bars: Vec<Bar>,
    /// `bars` by position, in the same order.
    barred: Vec<(usize, usize)>,
}

/// What is wrong with a roll, or with drawing that many from it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RollError {
    /// No targets, no officers, or more than a million.
    #[error("the roll has {targets} targets and {officers} officers; of each there are 1 to {MAX_ROWS}")]
    Size {
        /// Targets in it.
        targets: usize,
        /// Officers in it.
        officers: usize,
    },
    /// An id or class is no token.
    #[error("{0:?} is not an id: 1 to {MAX_ID} letters, digits or . _ : -")]
    Id(String),
    /// A weight is 0 or above a million.
    #[error("the weight of {0} is not between 1 and {MAX_WEIGHT}")]
    Weight(String),
    /// A target or officer stands twice.
    #[error("{0} stands twice in the roll")]
    Twice(String),
    /// A barred pair stands twice.
    #[error("target {target} and officer {officer} are barred twice")]
    BarTwice {
        /// The target.
        target: String,
        /// The officer.
        officer: String,
    },
    /// A barred pair names somebody who is not in the roll.
    #[error("a barred pair names {0}, who is not in the roll")]
    Unknown(String),
    /// The number of targets to draw is 0 or more than there are.
    #[error("{take} of {targets} targets cannot be drawn")]
    Take {
        /// Asked for.
        take: u32,
        /// In the roll.
        targets: usize,
    },
    /// The number of officers for a target is 0 or above ten.
    #[error("{0} officers for each target: 1 to {MAX_EACH} can be drawn")]
    Each(u32),
    /// Too few officers may go to a target: it could be drawn and not be inspected.
    #[error("only {eligible} officers may go to {target}, and {each} are needed")]
    TooFewOfficers {
        /// The target.
        target: String,
        /// Officers who are not barred.
        eligible: usize,
        /// Officers needed.
        each: u32,
    },
}

impl RollError {
    /// A short reason for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Size { .. } => "roll_size",
            Self::Id(_) => "roll_id",
            Self::Weight(_) => "roll_weight",
            Self::Twice(_) => "roll_twice",
            Self::BarTwice { .. } => "roll_bar_twice",
            Self::Unknown(_) => "roll_unknown",
            Self::Take { .. } => "roll_take",
            Self::Each(_) => "roll_each",
            Self::TooFewOfficers { .. } => "roll_too_few_officers",
        }
    }

    /// The reason in both languages.
    pub fn text(&self) -> Text {
        let zh = match self {
            Self::Size { targets, officers } => {
                format!("名单有{targets}个对象、{officers}名执法人员，两者都应为1至{MAX_ROWS}")
            }
            Self::Id(id) => format!("“{id}”不能作编号：应为1至{MAX_ID}个字母、数字或 . _ : -"),
            Self::Weight(id) => format!("{id}的权重不在1至{MAX_WEIGHT}之间"),
            Self::Twice(id) => format!("{id}在名单中出现两次"),
            Self::BarTwice { target, officer } => format!("对象{target}与执法人员{officer}的回避写了两次"),
            Self::Unknown(id) => format!("回避名单中的{id}不在名单内"),
            Self::Take { take, targets } => format!("{targets}个对象中不能抽{take}个"),
            Self::Each(each) => format!("每个对象抽{each}名执法人员不行，应为1至{MAX_EACH}名"),
            Self::TooFewOfficers { target, eligible, each } => {
                format!("能去{target}的执法人员只有{eligible}名，需要{each}名")
            }
        };
        Text::new(zh, self.to_string())
    }
}

/// Whether a text can be an id or a class: 1 to 64 ASCII letters, digits, full stops, underscores, colons, dashes. No other
/// characters, so that every language sorts them alike and nobody can write one id in two ways.
pub fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    (1..=MAX_ID).contains(&text.len()) && text.bytes().all(fits)
}

impl Roll {
    /// The roll of these targets, officers and barred pairs, put into its order.
    pub fn new(mut targets: Vec<Target>, mut officers: Vec<String>, mut bars: Vec<Bar>) -> Result<Self, RollError> {
        let size = 1..=MAX_ROWS;
        if !size.contains(&targets.len()) || !size.contains(&officers.len()) {
            return Err(RollError::Size { targets: targets.len(), officers: officers.len() });
        }
        targets.sort_by(|a, b| a.id.cmp(&b.id));
        officers.sort();
        bars.sort_by(|a, b| (&a.target, &a.officer).cmp(&(&b.target, &b.officer)));
        targets.iter().try_for_each(check_target)?;
        officers.iter().try_for_each(|id| token(id))?;
        once(targets.iter().map(|target| &target.id))?;
        once(officers.iter())?;
        let mut roll = Self { targets, officers, bars, barred: Vec::new() };
        roll.barred = roll.bars.iter().map(|bar| roll.positions(bar)).collect::<Result<_, _>>()?;
        if let Some(i) = roll.barred.windows(2).position(|two| two[0] == two[1]) {
            let Bar { target, officer, .. } = roll.bars[i].clone();
            return Err(RollError::BarTwice { target, officer });
        }
        Ok(roll)
    }

    fn positions(&self, bar: &Bar) -> Result<(usize, usize), RollError> {
        let target = self.targets.binary_search_by(|target| target.id.cmp(&bar.target));
        let target = target.map_err(|_| RollError::Unknown(bar.target.clone()))?;
        let officer = self.officers.binary_search(&bar.officer).map_err(|_| RollError::Unknown(bar.officer.clone()))?;
        Ok((target, officer))
    }

    /// Whether `order` can be drawn from it whatever falls: the question to ask before anything is announced.
    pub fn check(&self, order: Order) -> Result<(), RollError> {
        let Order { take, each } = order;
        if take == 0 || take as usize > self.targets.len() {
            return Err(RollError::Take { take, targets: self.targets.len() });
        }
        if !(1..=MAX_EACH).contains(&each) {
            return Err(RollError::Each(each));
        }
        for (position, target) in self.targets.iter().enumerate() {
            let eligible = self.officers.len() - self.barred_at(position).len();
            if eligible < each as usize {
                return Err(RollError::TooFewOfficers { target: target.id.clone(), eligible, each });
            }
        }
        Ok(())
    }

    fn barred_at(&self, target: usize) -> &[(usize, usize)] {
        let from = self.barred.partition_point(|(t, _)| *t < target);
        let to = self.barred.partition_point(|(t, _)| *t <= target);
        &self.barred[from..to]
    }

    /// Positions of the officers who may go to the target at this position, ascending.
    pub fn eligible(&self, target: usize) -> impl Iterator<Item = usize> + '_ {
        let barred = self.barred_at(target);
        (0..self.officers.len()).filter(move |officer| barred.binary_search(&(target, *officer)).is_err())
    }

    /// The targets, ascending by id.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The officers, ascending.
    pub fn officers(&self) -> &[String] {
        &self.officers
    }

    /// The barred pairs, ascending by target, then officer.
    pub fn bars(&self) -> &[Bar] {
        &self.bars
    }

    /// Its one text.
    pub fn to_text(&self) -> String {
        let mut text = HEAD.to_owned();
        for Target { id, class, weight } in &self.targets {
            text.push_str(&format!("target {id} {class} {weight}\n"));
        }
        for id in &self.officers {
            text.push_str(&format!("officer {id}\n"));
        }
        for Bar { target, officer, why } in &self.bars {
            let why = match why {
                Why::Recusal => "recusal",
                Why::Recent => "recent",
            };
            text.push_str(&format!("bar {target} {officer} {why}\n"));
        }
        text
    }

    /// SHA-256 of its text.
    pub fn hash(&self) -> Hash {
        Hash(Sha256::digest(self.to_text()).into())
    }
}

fn check_target(target: &Target) -> Result<(), RollError> {
    token(&target.id)?;
    token(&target.class)?;
    if (1..=MAX_WEIGHT).contains(&target.weight) { Ok(()) } else { Err(RollError::Weight(target.id.clone())) }
}

fn token(text: &str) -> Result<(), RollError> {
    if is_token(text) { Ok(()) } else { Err(RollError::Id(text.chars().take(80).collect())) }
}

/// Refuses a list, in its order, in which one stands twice.
fn once<'a>(mut ids: impl Iterator<Item = &'a String>) -> Result<(), RollError> {
    let Some(mut last) = ids.next() else { return Ok(()) };
    for id in ids {
        if id == last {
            return Err(RollError::Twice(id.clone()));
        }
        last = id;
    }
    Ok(())
}
