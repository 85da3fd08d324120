//! Rights of staff as rows `{role, agency subtree, region subtree, item}`, compiled to one predicate and one SQL filter
//! with one meaning, so that no list shows what the page behind it denies.
//!
//! What a role may do is data too (table `role_right`, written by the migration and compared with [`Role::rights`] by a
//! test). A right is held at a place where one row of the account fits in all of role, agency, region and item; rows
//! never add up across each other.
//!
//! Regions split and merge. A row over a region that is over reaches what took its place, and whoever reaches what took its
//! place sees the old region's cases: so nobody loses a right, and no old case an officer, on the day of a merger. A row
//! over a living region does not follow a part that left it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What a member of staff is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Receives, helps to fill in, prepares.
    Clerk,
    /// Decides.
    Approver,
    /// Looks after what was granted.
    Inspector,
    /// Reads everything, changes nothing.
    Auditor,
    /// Keeps staff accounts and mandates; decides nothing and sees no case.
    Administrator,
    /// Writes items and rules.
    RuleAuthor,
    /// Puts rules in force that another wrote; writes none.
    RuleApprover,
    /// Leads the office: decides, approves what the law wants approved, says who takes which case.
    Head,
    /// Sits at a counter: receives, gives receipts, hands results out; opens no file but of who stands before him.
    Window,
}

/// One thing a member of staff may do somewhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// See a case, its papers, facts and trace.
    ViewCase,
    /// Receive papers and prepare a case.
    HandleCase,
    /// Decide a case.
    DecideCase,
    /// See a supervision duty.
    ViewDuty,
    /// Claim and work off a supervision duty.
    HandleDuty,
    /// Look at a register fact for a case one may see.
    ReadRegister,
    /// Read the audit trail: acts, register reads, log.
    Audit,
    /// Create, link, scope, disable staff accounts; keep mandates.
    ManageStaff,
    /// Write items and rules.
    WriteRules,
    /// Approve rules that another wrote, publish them, take them back, switch an item's rules off.
    ApproveRules,
    /// Approve extensions, reassign cases, say who is away.
    Lead,
    /// Receive people at a counter, and act there for whoever stands before one.
    Receive,
}

kernel::words!(Role {
    Clerk = "clerk",
    Approver = "approver",
    Inspector = "inspector",
    Auditor = "auditor",
    Administrator = "administrator",
    RuleAuthor = "rule_author",
    RuleApprover = "rule_approver",
    Head = "head",
    Window = "window",
});

kernel::words!(Right {
    ViewCase = "view_case",
    HandleCase = "handle_case",
    DecideCase = "decide_case",
    ViewDuty = "view_duty",
    HandleDuty = "handle_duty",
    ReadRegister = "read_register",
    Audit = "audit",
    ManageStaff = "manage_staff",
    WriteRules = "write_rules",
    ApproveRules = "approve_rules",
    Lead = "lead",
    Receive = "receive",
});

impl Role {
    /// What the role may do, where its row reaches. The receiving clerk is not the approver.
    pub const fn rights(self) -> &'static [Right] {
        match self {
            Self::Clerk => &[Right::ViewCase, Right::HandleCase, Right::ReadRegister, Right::Receive],
            Self::Approver => &[Right::ViewCase, Right::DecideCase, Right::ReadRegister, Right::ViewDuty],
            Self::Inspector => &[Right::ViewCase, Right::ViewDuty, Right::HandleDuty, Right::ReadRegister],
            Self::Auditor => &[Right::ViewCase, Right::ViewDuty, Right::Audit],
            Self::Administrator => &[Right::ManageStaff],
            Self::RuleAuthor => &[Right::WriteRules],
            Self::RuleApprover => &[Right::ApproveRules],
            Self::Window => &[Right::Receive],
            Self::Head => &[Right::ViewCase, Right::DecideCase, Right::ReadRegister, Right::ViewDuty, Right::Lead],
        }
    }
}

/// Where something belongs: what a row of rights is compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place<'a> {
    /// The agency that decides (or holds the duty).
    pub agency: &'a str,
    /// The responsible region's code.
    pub region: &'a str,
    /// The item's id.
    pub item: &'a str,
}

/// The wildcard in a row: every agency, every region, every item.
pub const EVERY: &str = "*";

/// One row of rights as written: `agency` and `region` stand for their whole subtree.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Scope {
    /// As what.
    pub role: Role,
    /// An agency's id or [`EVERY`].
    pub agency: String,
    /// A region's code or [`EVERY`].
    pub region: String,
    /// An item's id or [`EVERY`].
    pub item: String,
}

impl Scope {
    /// The digits with which every region of this row begins: `450100` → `4501`, `450000` → `45`, [`EVERY`] → nothing.
    pub fn region_prefix(&self) -> &str {
        if self.region == EVERY { "" } else { region_prefix(&self.region) }
    }
}

/// The part of a division code that its descendants share: two digits for a region, four for a city, six for a county,
/// nine for a township, twelve for a village (GB/T 2260 and the statistical code).
pub fn region_prefix(code: &str) -> &str {
    let mut prefix = code;
    for (length, zeros) in [(12, "000"), (9, "000"), (6, "00"), (4, "00")] {
        if prefix.len() == length && prefix.ends_with(zeros) {
            prefix = &prefix[..length - zeros.len()];
        }
    }
    prefix
}

/// A row of rights with its agency's subtree, and what became of its region, spelled out as the predicate needs it.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Reach {
    scope: Scope,
    agencies: BTreeSet<String>,
    /// The digits with which its regions begin: its own, and those of what took its region's place.
    prefixes: Vec<String>,
    /// Regions that are over and whose heirs lie within: their old cases are here now.
    over: BTreeSet<String>,
}

/// A region that is over, by its code, and the digits that one of its heirs shares with everything below it.
pub type Heir = (String, String);

/// All rows of one member of staff: the predicate.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scopes(Vec<Reach>);

impl Scopes {
    /// Compiles rows. `within` gives the agencies below an agency (itself need not be among them); `heirs` is what became
    /// of regions that are over (more of them than these rows need do no harm).
    pub fn compile(rows: Vec<Scope>, within: impl Fn(&str) -> BTreeSet<String>, heirs: &[Heir]) -> Self {
        Self(rows.into_iter().map(|scope| Reach::of(scope, &within, heirs)).collect())
    }

    /// True where one row gives `right` at `place`. [`scope_filter!`](crate::scope_filter) says the same in SQL.
    pub fn allow(&self, right: Right, place: &Place) -> bool {
        self.0.iter().any(|reach| reach.fits(right, place))
    }

    /// True where some row gives `right` anywhere: for menus. It opens no page by itself.
    pub fn allow_somewhere(&self, right: Right) -> bool {
        self.0.iter().any(|r| r.scope.role.rights().contains(&right))
    }

    /// True where some row gives `right` in this region, at whatever agency and for whatever item: for menus of places.
    pub fn allow_in(&self, right: Right, region: &str) -> bool {
        self.0.iter().any(|reach| reach.scope.role.rights().contains(&right) && reach.covers(region))
    }

    /// The rows as written.
    pub fn rows(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter().map(|r| &r.scope)
    }
}

impl Reach {
    fn of(scope: Scope, within: &impl Fn(&str) -> BTreeSet<String>, heirs: &[Heir]) -> Self {
        let own = std::iter::once(scope.region_prefix().to_owned());
        let became = heirs.iter().filter(|(over, _)| *over == scope.region).map(|(_, heir)| heir.clone());
        let prefixes: Vec<String> = own.chain(became).collect();
        let here = |heir: &String| prefixes.iter().any(|prefix| heir.starts_with(prefix.as_str()));
        let over = heirs.iter().filter(|(_, heir)| here(heir)).map(|(over, _)| over.clone()).collect();
        Self { agencies: within(&scope.agency), prefixes, over, scope }
    }

    fn covers(&self, region: &str) -> bool {
        self.prefixes.iter().any(|prefix| region.starts_with(prefix.as_str())) || self.over.contains(region)
    }

    fn fits(&self, right: Right, place: &Place) -> bool {
        let Scope { role, agency, item, .. } = &self.scope;
        role.rights().contains(&right)
            && (agency == EVERY || agency == place.agency || self.agencies.contains(place.agency))
            && self.covers(place.region)
            && (item == EVERY || item == place.item)
    }
}

/// The SQL half of [`Scopes::allow`]: a condition for a `where`, given the parameters that carry the account's id and
/// the right's word, and the columns (or expressions) that carry agency, region and item of the row at hand. Where a row
/// belongs to two agencies (one decides in the other's name), the agency is both columns with a comma between.
///
/// ```
/// const QUEUE: &str = concat!(
///     "select c.id from case_file c where c.state = $3 and ",
///     affairs::scope_filter!("$1", "$2", "c.deciding_agency", "c.region", "c.item"),
/// );
/// assert!(QUEUE.contains("from scope s"));
/// ```
#[macro_export]
macro_rules! scope_filter {
    // Names inside end in an underscore: a caller's alias must never be taken for one of them. It was once, and showed
    // whoever had some right everybody's lights.
    ($account:literal, $right:literal, $agency:literal, $region:literal, $item:literal) => {
        concat!(
            "exists (select 1 from scope scope_ join role_right right_ on right_.role = scope_.role where scope_.account = ",
            $account,
            " and right_.allowed = ",
            $right,
            " and (scope_.agency = '*' or scope_.agency in (",
            $agency,
            ") or exists (select 1 from agency_line line_ where line_.ancestor = scope_.agency and line_.agency in (",
            $agency,
            "))) and (substr(",
            $region,
            ", 1, length(scope_.region_prefix)) = scope_.region_prefix or exists (select 1 from region_heir heir_ where heir_.region = scope_.region \
             and substr(",
            $region,
            ", 1, length(heir_.heir)) = heir_.heir) or exists (select 1 from region_heir heir_ where heir_.region = ",
            $region,
            " and (substr(heir_.heir, 1, length(scope_.region_prefix)) = scope_.region_prefix or exists (select 1 from region_heir next_ \
             where next_.region = scope_.region and substr(heir_.heir, 1, length(next_.heir)) = next_.heir)))) and (scope_.item = '*' or scope_.item = ",
            $item,
            "))"
        )
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_loses_the_zeros_of_its_level_only() {
        let cases = [
            ("450000", "45"),
            ("450100", "4501"),
            ("450103", "450103"),
            ("450110", "450110"),
            ("450103001", "450103001"),
            ("450103000", "450103"),
            ("450103001000", "450103001"),
            ("450103001201", "450103001201"),
            ("450000000000", "45"),
            ("45", "45"),
            ("", ""),
        ];
        for (code, prefix) in cases {
            assert_eq!(region_prefix(code), prefix, "{code}");
        }
    }

    #[test]
    fn one_row_must_fit_in_everything() {
        let row = |role, agency: &str, region: &str, item: &str| Scope {
            role,
            agency: agency.into(),
            region: region.into(),
            item: item.into(),
        };
        let rows = vec![
            row(Role::Approver, "gx-mpa", "450100", "renew"),
            row(Role::Clerk, EVERY, "450000", EVERY),
            row(Role::Administrator, EVERY, EVERY, EVERY),
        ];
        let within = |a: &str| if a == "gx-mpa" { ["nn-mpa".to_owned()].into() } else { BTreeSet::new() };
        let scopes = Scopes::compile(rows, within, &[]);
        let cases = [
            (Right::DecideCase, "gx-mpa", "450103", "renew", true),
            (Right::DecideCase, "nn-mpa", "450100", "renew", true),
            (Right::DecideCase, "gx-mpa", "450200", "renew", false),
            (Right::DecideCase, "gx-mpa", "450103", "first", false),
            (Right::DecideCase, "gx-amr", "450103", "renew", false),
            (Right::ViewCase, "gx-amr", "451400", "first", true),
            (Right::ViewCase, "gx-amr", "440100", "first", false),
            (Right::ManageStaff, "gx-amr", "440100", "first", true),
            (Right::Audit, "gx-mpa", "450103", "renew", false),
        ];
        for (right, agency, region, item, want) in cases {
            assert_eq!(
                scopes.allow(right, &Place { agency, region, item }),
                want,
                "{right:?} {agency} {region} {item}"
            );
        }
        assert!(scopes.allow_somewhere(Right::DecideCase) && !scopes.allow_somewhere(Right::Audit));
    }

    #[test]
    fn a_row_over_a_merged_region_reaches_what_took_its_place_and_the_other_way_round() {
        let heir = |over: &str, heir: &str| (over.to_owned(), heir.to_owned());
        // Two townships became one; a county went over to the next city.
        let heirs = [heir("450103001", "450103009"), heir("450103002", "450103009"), heir("450108", "450206")];
        let reaches = |region: &str, place: &str| {
            let row = Scope { role: Role::Approver, agency: EVERY.into(), region: region.into(), item: EVERY.into() };
            let scopes = Scopes::compile(vec![row], |_| BTreeSet::new(), &heirs);
            scopes.allow(Right::ViewCase, &Place { agency: "a", region: place, item: "i" })
        };
        for (scope, place, want) in [
            ("450103001", "450103001", true),
            ("450103001", "450103009", true),
            ("450103001", "450103009201", true),
            ("450103009", "450103001", true),
            ("450103009", "450103002", true),
            // What became of one is what became of the other.
            ("450103001", "450103002", true),
            ("450103001", "450103003", false),
            ("450103003", "450103001", false),
            // The new city has the old county's cases; the old city keeps them and gets nothing new.
            ("450200", "450108", true),
            ("450100", "450108", true),
            ("450100", "450206", false),
            ("450108", "450206001", true),
            ("450108", "450200", false),
        ] {
            assert_eq!(reaches(scope, place), want, "{scope} → {place}");
        }
    }
}
