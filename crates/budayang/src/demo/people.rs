//! Who lives in the demonstration world. All of them are invented: their numbers have right check digits, but carry the
//! division of the whole region, under which nobody's number is issued; the companies' codes are made up as well.

use affairs::access::{EVERY, Role};
use kernel::code::{CodeError, OrganisationCode};
use kernel::{CitizenId, Date, Uscc};

use super::{forest, health, housing};

/// A company, with the person who acts for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Company {
    /// The name.
    pub(super) name: &'static str,
    /// First eight characters of its code.
    pub(super) head: &'static str,
    /// The body of the organisation code inside.
    pub(super) body: &'static str,
    /// Where it is (division code) …
    pub(super) region: &'static str,
    /// … and its address.
    pub(super) address: &'static str,
    /// Its authorised agent.
    pub(super) agent: Human,
    /// Its legal representative.
    pub(super) owner: &'static str,
}

/// A natural person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Human {
    /// The name.
    pub(super) name: &'static str,
    birth: (i16, i8, i8),
    sequence: u16,
}

impl Human {
    pub(super) const fn new(name: &'static str, birth: (i16, i8, i8), sequence: u16) -> Self {
        Self { name, birth, sequence }
    }

    /// The citizen id.
    pub(super) fn code(&self) -> Result<String, CodeError> {
        Ok(CitizenId::generate("450000", self.birth_date(), self.sequence)?.as_str().to_owned())
    }

    /// The date of birth.
    pub(super) fn birth_date(&self) -> Date {
        let (year, month, day) = self.birth;
        Date::new(year, month, day).unwrap_or_default()
    }
}

impl Company {
    /// The unified social credit code.
    pub(super) fn code(&self) -> Result<String, CodeError> {
        let organisation = OrganisationCode::generate(self.body)?;
        Ok(Uscc::generate(self.head, &organisation)?.as_str().to_owned())
    }
}

/// 邕江大药房, Nanning: the pharmacy of the stories.
pub(super) const YONGJIANG: Company = Company {
    name: "邕江大药房",
    head: "91450100",
    body: "DM000101",
    region: "450103",
    address: "南宁市青秀区演示路1号",
    agent: Human::new("农佳", (1988, 9, 12), 902),
    owner: "农大为",
};
/// 柳江大药房, Liuzhou.
pub(super) const LIUJIANG: Company = Company {
    name: "柳江大药房",
    head: "91450100",
    body: "DM000102",
    region: "450203",
    address: "柳州市鱼峰区演示路2号",
    agent: Human::new("廖文静", (1985, 1, 30), 904),
    owner: "廖远山",
};
/// 桂水大药房, Guilin.
pub(super) const GUISHUI: Company = Company {
    name: "桂水大药房",
    head: "91450300",
    body: "DM000103",
    region: "450302",
    address: "桂林市秀峰区演示路3号",
    agent: Human::new("梁宁", (1979, 11, 5), 906),
    owner: "梁守成",
};

/// Every pharmacy.
pub(super) const PHARMACIES: [Company; 3] = [YONGJIANG, LIUJIANG, GUISHUI];

/// What the registers say about a pharmacist.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Pharmacist {
    /// How stories and the command line call the person.
    pub(super) key: &'static str,
    /// The person.
    pub(super) human: Human,
    /// Where the person works, or wants to.
    pub(super) pharmacy: Company,
    /// In how many days from the world's first day the registration ends; `None`: there is none yet.
    pub(super) ends_in: Option<i32>,
    /// Credits on the register.
    pub(super) credits: i64,
    /// Whether the public credit platform knows the person.
    pub(super) in_credit: bool,
    /// How many months ago the qualification certificate was issued.
    pub(super) certified_months: i32,
}

const fn pharmacist(key: &'static str, human: Human, pharmacy: Company, ends_in: Option<i32>) -> Pharmacist {
    let (credits, certified_months) = if ends_in.is_some() { (80, 90) } else { (0, 6) };
    Pharmacist { key, human, pharmacy, ends_in, credits, in_credit: true, certified_months }
}

/// The four of the stories. Everything about them is in order but what the comment says.
pub(super) const CAST: [Pharmacist; 4] = [
    // Nothing: she renews, her pharmacy confirms, granted.
    pharmacist("weimingyue", Human::new("韦明月", (1990, 3, 7), 912), YONGJIANG, Some(60)),
    // Credits are short: one notice.
    Pharmacist {
        credits: 45,
        ..pharmacist("huangchunsheng", Human::new("黄春生", (1984, 6, 21), 913), YONGJIANG, Some(75))
    },
    // The credit platform does not know her, which is no answer: a person looks.
    Pharmacist {
        in_credit: false,
        ..pharmacist("qinhaiyan", Human::new("覃海燕", (1992, 12, 2), 914), YONGJIANG, Some(90))
    },
    // Registers for the first time.
    pharmacist("luxiaochuan", Human::new("陆小川", (2000, 5, 18), 915), YONGJIANG, None),
];

/// Those who were here before the story begins: see [`super::history`].
pub(super) const EARLIER: [Pharmacist; 15] = [
    pharmacist("moxiaolan", Human::new("莫晓兰", (1986, 2, 3), 922), GUISHUI, Some(95)),
    pharmacist("liangzhiyuan", Human::new("梁志远", (1999, 8, 9), 923), LIUJIANG, None),
    pharmacist("weiguizhi", Human::new("韦桂枝", (1981, 4, 17), 924), LIUJIANG, Some(88)),
    pharmacist("lanbin", Human::new("蓝斌", (1990, 10, 26), 925), LIUJIANG, Some(900)),
    Pharmacist { credits: 60, ..pharmacist("tanyue", Human::new("谭玥", (1991, 7, 14), 926), GUISHUI, Some(110)) },
    pharmacist("sushilin", Human::new("苏世林", (1963, 1, 8), 927), LIUJIANG, Some(400)),
    pharmacist("pengxiu", Human::new("彭秀", (2000, 9, 1), 928), GUISHUI, None),
    Pharmacist {
        in_credit: false,
        ..pharmacist("huangzhen", Human::new("黄珍", (1988, 3, 29), 930), LIUJIANG, Some(120))
    },
    pharmacist("weidong", Human::new("韦东", (1987, 12, 12), 931), GUISHUI, Some(130)),
    pharmacist("luorong", Human::new("罗蓉", (1989, 5, 5), 932), GUISHUI, Some(700)),
    Pharmacist {
        credits: 0,
        certified_months: 30,
        ..pharmacist("hepeng", Human::new("何鹏", (1996, 6, 6), 933), LIUJIANG, None)
    },
    pharmacist("qinfang", Human::new("覃芳", (1993, 2, 20), 934), LIUJIANG, Some(140)),
    pharmacist("nongmin", Human::new("农敏", (1985, 10, 10), 936), GUISHUI, Some(150)),
    pharmacist("zhouhui", Human::new("周慧", (1998, 11, 11), 938), GUISHUI, None),
    // Sends the renewal ten days before the end: too late for the machine.
    pharmacist("banlin", Human::new("班林", (1980, 8, 8), 939), LIUJIANG, Some(9)),
];

/// Every pharmacist.
pub(super) fn pharmacists() -> impl Iterator<Item = &'static Pharmacist> {
    CAST.iter().chain(EARLIER.iter())
}

/// An officer of the demonstration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Officer {
    /// The login name.
    pub(super) login: &'static str,
    /// The name.
    pub(super) name: &'static str,
    /// The post.
    pub(super) post: &'static str,
    /// The agency.
    pub(super) agency: &'static str,
    /// The region.
    pub(super) region: &'static str,
    /// Rows of rights: role, agency, region.
    pub(super) rights: &'static [(Role, &'static str, &'static str)],
}

const HANDLES: &[(Role, &str, &str)] =
    &[(Role::Clerk, "nanning-amr", "450100"), (Role::Clerk, "township-450103101", "450103101")];

/// The officers.
pub(super) const OFFICERS: [Officer; 21] = [
    Officer {
        login: "clerk",
        name: "李文",
        post: "审批员",
        agency: "gx-mpa",
        region: "450000",
        rights: &[(Role::Clerk, "gx-mpa", "450000"), (Role::Approver, "gx-mpa", "450000")],
    },
    Officer {
        login: "inspector",
        name: "周正",
        post: "药品检查员",
        agency: "nanning-amr",
        region: "450100",
        rights: &[(Role::Inspector, "nanning-amr", "450100"), (Role::Inspector, "gx-mpa", "450000")],
    },
    // One for three counties, so that a visitor needs one name only.
    Officer {
        login: "forester",
        name: "韦林",
        post: "林业审批与检疫员",
        agency: "forestry-450502",
        region: "450502",
        rights: &[
            (Role::Clerk, "forestry-450502", "450502"),
            (Role::Approver, "forestry-450502", "450502"),
            (Role::Inspector, "forestry-450502", "450502"),
            (Role::Clerk, "forestry-450225", "450225"),
            (Role::Approver, "forestry-450225", "450225"),
            (Role::Inspector, "forestry-450225", "450225"),
            (Role::Clerk, "forestry-450110", "450110"),
            (Role::Approver, "forestry-450110", "450110"),
            (Role::Inspector, "forestry-450110", "450110"),
        ],
    },
    Officer {
        login: "builder",
        name: "陆敏",
        post: "建筑业审批员",
        agency: "gx-hc",
        region: "450000",
        rights: &[
            (Role::Clerk, "gx-hc", "450000"),
            (Role::Approver, "gx-hc", "450000"),
            (Role::Inspector, "gx-hc", "450000"),
            (Role::Inspector, "housing-450107", "450107"),
        ],
    },
    Officer {
        login: "food",
        name: "宋佳宁",
        post: "食品经营审批员",
        agency: "amr-450107",
        region: "450107",
        rights: &[
            (Role::Clerk, "amr-450107", "450107"),
            (Role::Approver, "amr-450107", "450107"),
            (Role::Inspector, "amr-450107", "450107"),
        ],
    },
    // For the city's office and the district's, so that a visitor needs one name only.
    Officer {
        login: "healthclerk",
        name: "覃卫",
        post: "卫生审批与监督员",
        agency: "health-450100",
        region: "450100",
        rights: &[
            (Role::Clerk, "health-450100", "450100"),
            (Role::Approver, "health-450100", "450100"),
            (Role::Inspector, "health-450100", "450100"),
            (Role::Inspector, "health-450103", "450103"),
        ],
    },
    // The second of the district's two hygiene officers, who also writes its letters; and who decides there.
    Officer {
        login: "hygiene",
        name: "罗检",
        post: "卫生监督员",
        agency: "health-450103",
        region: "450103",
        rights: &[
            (Role::Inspector, "health-450103", "450103"),
            (Role::Inspector, "health-450100", "450100"),
            (Role::Clerk, "health-450103", "450103"),
            (Role::Clerk, "health-450100", "450100"),
        ],
    },
    Officer {
        login: "hygienehead",
        name: "莫安",
        post: "卫生健康局局长",
        agency: "health-450103",
        region: "450103",
        rights: &[(Role::Head, "health-450103", "450103"), (Role::Head, "health-450100", "450100")],
    },
    Officer {
        login: "retailclerk",
        name: "冯立",
        post: "药品零售审批员",
        agency: "nanning-amr",
        region: "450100",
        rights: &[(Role::Clerk, "nanning-amr", "450100"), (Role::Approver, "nanning-amr", "450100")],
    },
    // Four who run powers: two see for themselves, one reviews, one decides; in the city's drug office and in a township.
    Officer {
        login: "enforcer",
        name: "黄执",
        post: "执法人员",
        agency: "nanning-amr",
        region: "450100",
        rights: HANDLES,
    },
    Officer {
        login: "enforcer2",
        name: "卢勤",
        post: "执法人员",
        agency: "nanning-amr",
        region: "450100",
        rights: HANDLES,
    },
    Officer {
        login: "reviewer",
        name: "蒙法",
        post: "法制审核人员",
        agency: "nanning-amr",
        region: "450100",
        rights: HANDLES,
    },
    Officer {
        login: "chief",
        name: "韦重",
        post: "负责人",
        agency: "nanning-amr",
        region: "450100",
        rights: &[
            (Role::Approver, "nanning-amr", "450100"),
            (Role::Head, "nanning-amr", "450100"),
            (Role::Approver, "township-450103101", "450103101"),
        ],
    },
    // No right at all: what he may do is his post as a village agent.
    Officer {
        login: "agent",
        name: "石满山",
        post: "村级代办员",
        agency: "township-450224100",
        region: "450224",
        rights: &[],
    },
    // At the counters of a district's hall: receives for every agency, and opens no file but of who stands before her.
    Officer {
        login: "counter",
        name: "黄晓岚",
        post: "窗口受理员",
        agency: "amr-450103",
        region: "450103",
        rights: &[(Role::Window, EVERY, "450103")],
    },
    // Beside the clerk of the drug administration: one more who decides, and the head of both.
    Officer {
        login: "clerk2",
        name: "覃立言",
        post: "审批员",
        agency: "gx-mpa",
        region: "450000",
        rights: &[(Role::Clerk, "gx-mpa", "450000"), (Role::Approver, "gx-mpa", "450000")],
    },
    Officer {
        login: "head",
        name: "梁正",
        post: "处长",
        agency: "gx-mpa",
        region: "450000",
        rights: &[(Role::Head, "gx-mpa", "450000")],
    },
    // One writes the drug administration's rules; another, who writes none, puts them in force.
    Officer {
        login: "author",
        name: "韦衡",
        post: "法规处法制员",
        agency: "gx-mpa",
        region: "450000",
        rights: &[(Role::RuleAuthor, "gx-mpa", "450000")],
    },
    Officer {
        login: "publisher",
        name: "陆审言",
        post: "法规处处长",
        agency: "gx-mpa",
        region: "450000",
        rights: &[(Role::RuleApprover, "gx-mpa", "450000")],
    },
    Officer {
        login: "auditor",
        name: "何清",
        post: "审计员",
        agency: "gx-mpa",
        region: "450000",
        rights: &[(Role::Auditor, EVERY, EVERY)],
    },
    Officer {
        login: "admin",
        name: "唐管",
        post: "系统管理员",
        agency: "gx-mpa",
        region: "450000",
        rights: &[(Role::Administrator, EVERY, EVERY)],
    },
];

/// The name under which 农佳, the pharmacy's agent, signs in.
pub(super) const PHARMACY_LOGIN: &str = "pharmacy";

/// Who signs in among the people of the other departments.
fn quarters() -> impl Iterator<Item = &'static (&'static str, Human)> {
    forest::LOGINS.iter().chain(&housing::LOGINS).chain(&health::LOGINS)
}

/// Every name that `demo login` takes.
pub(crate) fn login_names() -> Vec<&'static str> {
    let citizens = CAST.iter().map(|p| p.key).chain(quarters().map(|(name, _)| *name));
    citizens.chain([PHARMACY_LOGIN]).chain(OFFICERS.iter().map(|o| o.login)).collect()
}

/// The code of the pharmacy of the stories, for whoever has to type it.
pub(crate) fn pharmacy_code() -> anyhow::Result<String> {
    Ok(YONGJIANG.code()?)
}

/// The citizen behind a login name.
pub(super) fn citizen(name: &str) -> Option<Human> {
    let found = CAST.iter().find(|p| p.key == name).map(|p| p.human);
    let quarter = || quarters().find(|(login, _)| *login == name).map(|(_, human)| *human);
    found.or((name == PHARMACY_LOGIN).then_some(YONGJIANG.agent)).or_else(quarter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_number_of_his_own_and_no_pharmacist_confirms_himself() {
        let agents = PHARMACIES.iter().map(|p| p.agent);
        let mut codes: Vec<_> = pharmacists().map(|p| p.human).chain(agents).map(|h| h.code().unwrap()).collect();
        assert!(codes.iter().all(|code| code.starts_with("450000")), "the division says that nobody is meant");
        let all = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all);
        let names: std::collections::BTreeSet<_> = login_names().into_iter().collect();
        assert_eq!(names.len(), login_names().len(), "one name, one person");
        assert!(PHARMACIES.iter().all(|p| p.code().is_ok()));
        assert!(login_names().iter().all(|n| citizen(n).is_some() || OFFICERS.iter().any(|o| o.login == *n)));
    }
}
