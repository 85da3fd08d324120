//! Who of several officers a case goes to. Pure: the same officers give the same answer, in whatever order they come.

use kernel::{Id, Text};

/// How a case came to lie where it lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// With nobody yet.
    Waiting,
    /// By agency, post and load.
    Load,
    /// He had it before.
    Before,
    /// He stands in for whoever had it.
    Deputy,
    /// He took it.
    Taken,
    /// The head of the office gave it to him.
    Reassigned,
    /// Nobody else may lawfully decide: with the head of the office.
    Head,
    /// Given back, and with nobody for the moment.
    GivenBack,
    /// Nobody may lawfully decide, the head neither.
    Nobody,
}

impl How {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Waiting, "waiting"),
        (Self::Load, "load"),
        (Self::Before, "before"),
        (Self::Deputy, "deputy"),
        (Self::Taken, "taken"),
        (Self::Reassigned, "reassigned"),
        (Self::Head, "head"),
        (Self::GivenBack, "given_back"),
        (Self::Nobody, "nobody"),
    ];

    /// The word in tables and the API.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(how, _)| *how == self).map_or("", |(_, word)| word)
    }

    /// Reads [`How::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, w)| *w == word).map(|(how, _)| *how)
    }
}

/// An officer whose rights let him decide a case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Able {
    pub(super) account: Id,
    pub(super) name: String,
    pub(super) post: String,
    /// He sits in the agency that decides, not in one above it.
    pub(super) own_agency: bool,
    /// His post is for this very item.
    pub(super) own_item: bool,
    /// He leads the office: only where nobody else may.
    pub(super) leads: bool,
    /// Cases that lie with him now.
    pub(super) load: i64,
}

/// Where a case goes, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Choice {
    pub(super) account: Option<Id>,
    pub(super) name: Option<String>,
    pub(super) how: How,
    pub(super) why: Text,
}

/// What the reason tells besides the one who was chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Told<'a> {
    /// Officers whose rights reach the case.
    pub(super) people: usize,
    /// With whom it lay.
    pub(super) left: Option<&'a str>,
    /// Passed over: away today.
    pub(super) away: usize,
    /// Passed over: tied to those who take part.
    pub(super) tied: usize,
}

/// Officers in the order in which they are asked: whoever is named first; then no head of the office before another; the
/// deciding agency's own before those of an agency above; whose post is for the item; who has the least to do.
pub(super) fn in_order(able: &[Able], first: Option<(Id, How)>) -> Vec<&Able> {
    let mut all: Vec<&Able> = able.iter().collect();
    let named = first.map(|(account, _)| account);
    all.sort_by_key(|a| (Some(a.account) != named, a.leads, !a.own_agency, !a.own_item, a.load, a.account));
    all
}

/// How a case comes to this officer.
pub(super) fn how(able: &Able, first: Option<(Id, How)>) -> How {
    match first {
        Some((account, how)) if account == able.account => how,
        _ if able.leads => How::Head,
        _ => How::Load,
    }
}

pub(super) fn choice(able: &Able, how: How, told: &Told<'_>) -> Choice {
    let (name, left) = (&able.name, told.left.unwrap_or_default());
    let why = match how {
        How::Deputy => {
            Text::new(format!("{left}不在岗，由代理人{name}接办"), format!("{left} is away; {name} stands in"))
        }
        How::Before => Text::new(format!("{name}办理过本件，继续办理"), format!("{name} had this case before")),
        How::Head => Text::new(
            format!("没有其他可以依法办理的人员，交负责人{name}办理{}", passed_zh(told)),
            format!("nobody else may lawfully take it: it goes to the head, {name}{}", passed_en(told)),
        ),
        _ => Text::new(
            format!(
                "有权办理的 {} 人中，按机关、岗位和在办件数排在最前（{} {name}，在办 {} 件）{}",
                told.people,
                able.post,
                able.load,
                passed_zh(told)
            ),
            format!(
                "first of the {} who may take it by agency, post and load ({name}, {} cases in hand){}",
                told.people,
                able.load,
                passed_en(told)
            ),
        ),
    };
    Choice { account: Some(able.account), name: Some(name.clone()), how, why }
}

/// Nobody may take it, the head neither.
pub(super) fn nobody(told: &Told<'_>) -> Choice {
    let why = Text::new(
        format!("没有可以依法办理的人员，负责人也不能办理，请由上级机关指定{}", passed_zh(told)),
        format!("nobody may lawfully take it, nor the head: the agency above names somebody{}", passed_en(told)),
    );
    Choice { account: None, name: None, how: How::Nobody, why }
}

fn passed_zh(told: &Told<'_>) -> String {
    let parts = [(told.away, "不在岗"), (told.tied, "应当回避")];
    let said: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, why)| format!("{n} 人{why}")).collect();
    if said.is_empty() { String::new() } else { format!("；{}", said.join("，")) }
}

fn passed_en(told: &Told<'_>) -> String {
    let parts = [(told.away, "away"), (told.tied, "recused")];
    let said: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, why)| format!("{n} {why}")).collect();
    if said.is_empty() { String::new() } else { format!("; {}", said.join(", ")) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(n: u8) -> Id {
        format!("01900000-0000-7000-8000-0000000000{n:02x}").parse().unwrap()
    }

    fn able(n: u8, load: i64) -> Able {
        Able {
            account: id(n),
            name: format!("某{n}"),
            post: "审批员".into(),
            own_agency: true,
            own_item: false,
            leads: false,
            load,
        }
    }

    #[test]
    fn agency_then_post_then_load_and_the_head_last() {
        let all = [
            Able { leads: true, ..able(1, 0) },
            Able { own_agency: false, ..able(2, 0) },
            able(3, 5),
            able(4, 2),
            Able { own_item: true, ..able(5, 9) },
        ];
        let order: Vec<Id> = in_order(&all, None).iter().map(|a| a.account).collect();
        assert_eq!(order, [id(5), id(4), id(3), id(2), id(1)]);
        let order = in_order(&all, Some((id(2), How::Deputy)));
        assert_eq!((order[0].account, how(order[0], Some((id(2), How::Deputy)))), (id(2), How::Deputy));
        assert_eq!(how(&all[0], None), How::Head);
    }

    #[test]
    fn words_read_back_and_the_reason_counts_who_was_passed_over() {
        for (how, word) in How::ALL {
            assert_eq!(How::from_word(word), Some(how));
        }
        let told = Told { people: 3, left: None, away: 1, tied: 1 };
        let why = choice(&able(3, 2), How::Load, &told).why;
        assert!(why.zh.contains("3 人中") && why.zh.contains("1 人不在岗，1 人应当回避"), "{}", why.zh);
        assert!(nobody(&told).why.zh.contains("上级机关"));
    }

    proptest! {
        /// The order in which a database gives its rows decides nothing.
        #[test]
        fn the_same_officers_give_the_same_answer(loads in prop::collection::vec(0_i64..4, 1..8), turn in 0_usize..8) {
            let all: Vec<Able> = loads.iter().enumerate().map(|(n, load)| able(u8::try_from(n).unwrap(), *load)).collect();
            let mut turned = all.clone();
            turned.rotate_left(turn % all.len());
            let names = |all: &[Able]| in_order(all, None).iter().map(|a| a.account).collect::<Vec<_>>();
            prop_assert_eq!(names(&all), names(&turned));
            let least = all.iter().map(|a| a.load).min().unwrap();
            prop_assert_eq!(in_order(&turned, None)[0].load, least);
        }
    }
}
