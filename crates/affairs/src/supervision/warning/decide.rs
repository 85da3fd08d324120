//! From what is known to a signal: pure.

use kernel::{Date, Id, Text};
use serde::{Deserialize, Serialize};

use super::super::quality::ErrorRate;
use super::super::terms::QualityTerms;
use super::terms::WarningTerms;

/// A live grant, as warnings see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Grant {
    /// The licence.
    pub(super) licence: Id,
    /// The case that granted it, and its number.
    pub(super) case: Id,
    /// Its number.
    pub(super) number: String,
    /// The item.
    pub(super) item: String,
    /// Who answers for it.
    pub(super) agency: String,
    /// Where.
    pub(super) region: String,
    /// Who holds it.
    pub(super) holder: Id,
    /// Whether it is a company.
    pub(super) is_company: bool,
    /// The holder's code.
    pub(super) code: String,
    /// The holder's name, masked where it is a person.
    pub(super) mask: String,
    /// Its last day.
    pub(super) valid_to: Option<Date>,
    /// The address on its form.
    pub(super) address: Option<String>,
}

/// One thing a signal rests on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// What was seen.
    pub what: Text,
    /// Where.
    pub source: Text,
}

/// A signal, before anybody looked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Signal {
    /// The rule.
    pub(super) rule: String,
    /// What it is about, once and for all: the key that keeps it from being raised twice.
    pub(super) subject: String,
    /// Whose matter it is.
    pub(super) agency: String,
    /// Where.
    pub(super) region: String,
    /// The item.
    pub(super) item: String,
    /// In words: a holder, an address, an officer.
    pub(super) about: String,
    /// What it rests on.
    pub(super) evidence: Vec<Evidence>,
}

fn said(zh: String, en: String, source: (&str, &str)) -> Evidence {
    Evidence { what: Text::new(zh, en), source: Text::new(source.0, source.1) }
}

const OWN: (&str, &str) = ("本系统签发的证照", "licences issued here");

impl Grant {
    fn signal(&self, rule: &WarningTerms, subject: String, evidence: Vec<Evidence>) -> Signal {
        Signal {
            rule: rule.id.clone(),
            subject,
            agency: self.agency.clone(),
            region: self.region.clone(),
            item: self.item.clone(),
            about: self.mask.clone(),
            evidence,
        }
    }
}

/// A licence that ends soon.
pub(super) fn expiring(rule: &WarningTerms, grant: &Grant, today: Date) -> Option<Signal> {
    let last = grant.valid_to?;
    let left = today.until(last).ok()?.get_days();
    if left < 0 || left > i32::try_from(rule.threshold).ok()? {
        return None;
    }
    let number = &grant.number;
    let evidence = said(
        format!("许可（编号{number}）{last}到期，还有{left}天，没有查到延续"),
        format!("the licence of case {number} ends on {last}, in {left} days, and none follows it"),
        OWN,
    );
    Some(grant.signal(rule, grant.licence.to_string(), vec![evidence]))
}

/// A holder with too few people; `people` is how many live registrations name him.
pub(super) fn understaffed(rule: &WarningTerms, grant: &Grant, people: u32) -> Option<Signal> {
    let least = rule.threshold;
    (people < least).then(|| {
        let evidence = said(
            format!("在本系统有效注册的人员{people}名，少于{least}名；在别处注册的没有计入"),
            format!(
                "{people} people are registered here, fewer than {least}; those registered elsewhere are not counted"
            ),
            OWN,
        );
        grant.signal(rule, grant.licence.to_string(), vec![evidence])
    })
}

/// A holder that is not in business; `status` is the register's word, with the day it speaks of.
pub(super) fn dissolved(rule: &WarningTerms, grant: &Grant, (status, as_of): (&str, Date)) -> Option<Signal> {
    let zh = match status {
        "cancelled" => "已注销",
        "revoked" => "被吊销、未注销",
        "suspended" => "歇业",
        _ => return None,
    };
    let evidence = said(
        format!("登记状态：{zh}（{as_of}）"),
        format!("registered as {status} ({as_of})"),
        ("市场主体登记库", "business register"),
    );
    Some(grant.signal(rule, grant.licence.to_string(), vec![evidence]))
}

/// Several holders at one address: the first of each holder's grants, and how many holders there are in all.
pub(super) fn crowded(rule: &WarningTerms, address: &str, (some, holders): (&[Grant], usize)) -> Option<Signal> {
    let first = some.first()?;
    if holders < rule.threshold as usize {
        return None;
    }
    let each = some.iter().map(|grant| {
        let (number, mask) = (&grant.number, &grant.mask);
        said(
            format!("{mask}（编号{number}）"),
            format!("{mask} (case {number})"),
            ("申请表上的地址", "the address on the form"),
        )
    });
    let mut signal = first.signal(rule, format!("{} {address}", first.item), each.collect());
    signal.about = format!("{address} · {holders}");
    Some(signal)
}

/// One file among the papers of several applicants: the grant it came with last, and the numbers of the others' cases.
pub(super) fn reused(rule: &WarningTerms, hash: &str, (grant, numbers): (&Grant, &[String])) -> Option<Signal> {
    if numbers.len() < rule.threshold as usize {
        return None;
    }
    let each = numbers.iter().map(|number| {
        said(
            format!("编号{number}的材料"),
            format!("papers of case {number}"),
            ("材料的哈希值相同", "the same hash of the file"),
        )
    });
    Some(grant.signal(rule, hash.to_owned(), each.collect()))
}

/// Grants of which too many fail, by whom they were decided: an officer, or the machine's judgement of a condition.
pub(super) fn fails(rule: &WarningTerms, rate: &ErrorRate) -> Option<Evidence> {
    let terms = QualityTerms { least: rule.least, permille: rule.threshold, grade: rule.grade };
    let (low, high) = rate.interval()?;
    rate.proposes_stop(&terms).then(|| {
        let ErrorRate { looked, wrong } = *rate;
        said(
            format!("检查{looked}件，不符合{wrong}件；真实比例在千分之{low}到千分之{high}之间（95%）"),
            format!(
                "{looked} looked at, {wrong} not so; the true rate is between {low} and {high} in a thousand (95 %)"
            ),
            ("检查结果", "results of inspections"),
        )
    })
}

/// An address as it is compared: without spaces and in one width.
pub(super) fn plain_address(address: &str) -> String {
    let narrow = |c: char| match c {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        other => other,
    };
    address.chars().filter(|c| !c.is_whitespace()).map(narrow).collect()
}

#[cfg(test)]
mod tests {
    use kernel::{Grade, Period, PeriodUnit, SeededEntropy};

    use super::super::terms::WarningKind;
    use super::*;

    fn rule(kind: WarningKind, threshold: u32, least: u32) -> WarningTerms {
        WarningTerms {
            id: "r".into(),
            kind,
            items: vec!["*".into()],
            threshold,
            least,
            counted: Vec::new(),
            answer: Period::at_most(5, PeriodUnit::CalendarDay),
            sentence: Text::new("", ""),
            grade: Grade::D,
        }
    }

    fn grant(valid_to: Option<&str>) -> Grant {
        let id = Id::new(&kernel::FixedClock::default(), &SeededEntropy::new(1));
        Grant {
            licence: id,
            case: id,
            number: "450000-1".into(),
            item: "he-public-place".into(),
            agency: "health-450103".into(),
            region: "450103".into(),
            holder: id,
            is_company: true,
            code: String::new(),
            mask: "某单位".into(),
            valid_to: valid_to.map(|day| day.parse().unwrap()),
            address: None,
        }
    }

    #[test]
    fn each_rule_speaks_from_its_threshold_on_and_not_before() {
        let today: Date = "2026-11-23".parse().unwrap();
        let soon = rule(WarningKind::Expiring, 60, 0);
        for (last, speaks) in [
            (Some("2026-11-22"), false),
            (Some("2026-11-23"), true),
            (Some("2027-01-22"), true),
            (Some("2027-01-23"), false),
            (None, false),
        ] {
            assert_eq!(expiring(&soon, &grant(last), today).is_some(), speaks, "{last:?}");
        }
        let few = rule(WarningKind::Understaffed, 2, 0);
        assert_eq!([0, 1, 2, 3].map(|n| understaffed(&few, &grant(None), n).is_some()), [true, true, false, false]);
        let gone = rule(WarningKind::Dissolved, 28, 0);
        let word = |status| dissolved(&gone, &grant(None), (status, today)).is_some();
        assert_eq!(["open", "cancelled", "revoked", "suspended", "?"].map(word), [false, true, true, true, false]);
        let crowd = rule(WarningKind::Crowded, 3, 0);
        let some = [grant(None)];
        assert_eq!([2, 3].map(|n| crowded(&crowd, "路1号", (&some, n)).is_some()), [false, true]);
        let same = rule(WarningKind::Reused, 2, 0);
        let numbers = ["1".to_owned(), "2".to_owned()];
        assert_eq!(reused(&same, "ab", (&some[0], &numbers[..1])), None);
        assert_eq!(reused(&same, "ab", (&some[0], &numbers)).unwrap().evidence.len(), 2);
        let bad = rule(WarningKind::OfficerFails, 100, 10);
        let speaks = |looked, wrong| fails(&bad, &ErrorRate { looked, wrong }).is_some();
        assert!(!speaks(9, 9) && !speaks(10, 2) && speaks(10, 6) && !speaks(0, 0));
    }

    #[test]
    fn addresses_are_alike_whatever_their_spaces_and_width() {
        assert_eq!(plain_address(" 演示路 ２１号Ａ座"), "演示路21号A座");
    }
}
