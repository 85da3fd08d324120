//! The limits of sign-in, as pure functions: how long a session lives, how long a failed password waits, what a password
//! must be.

use kernel::{Moment, Text};

use super::AccountKind;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How long a session lives: since it was opened, and since it was last used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Limits {
    pub absolute_ms: i64,
    pub idle_ms: i64,
}

/// Staff sit at shared counters: a working day at most, half an hour unattended. A citizen may come back to a form the
/// next evening and finds it after a week, on a device of his own.
pub(super) const fn limits(kind: AccountKind) -> Limits {
    match kind {
        AccountKind::Staff => Limits { absolute_ms: 12 * HOUR_MS, idle_ms: 30 * MINUTE_MS },
        AccountKind::Citizen => Limits { absolute_ms: 7 * DAY_MS, idle_ms: DAY_MS },
    }
}

/// The longest that any session can live unused: older rows are swept.
pub(super) const LONGEST_IDLE_MS: i64 = DAY_MS;

impl Limits {
    /// True while a session opened and last used then is alive now. The last millisecond counts.
    pub(super) fn alive(self, created: Moment, seen: Moment, now: Moment) -> bool {
        now.ms() <= created.ms().saturating_add(self.absolute_ms) && now.ms() <= seen.ms().saturating_add(self.idle_ms)
    }

    /// When it dies if it is not used again.
    pub(super) fn ends(self, created: Moment, seen: Moment) -> Moment {
        created.plus_ms(self.absolute_ms).min(seen.plus_ms(self.idle_ms))
    }
}

/// The use of a session is written down once a minute, not at every picture of a page.
pub(super) fn touch_due(seen: Moment, now: Moment) -> bool {
    now.ms() - seen.ms() >= MINUTE_MS
}

/// How long a single-use link may be used.
pub(super) const LINK_MS: i64 = 15 * MINUTE_MS;

/// Failures are forgotten after a day without one.
pub(super) const FORGET_FAILURES_MS: i64 = DAY_MS;

/// How long to wait after the n-th failure in a row: four are free, then half a minute, doubled each time, an hour at most.
/// It grows instead of locking for good, so that nobody can lock an officer out by guessing.
pub(super) fn wait_ms(failures: i64) -> i64 {
    let doublings = failures - 5;
    if doublings < 0 { 0 } else { (MINUTE_MS / 2).saturating_mul(1 << doublings.min(10)).min(HOUR_MS) }
}

/// What is wrong with a password, all at once; nothing: it may be set. Length is what counts; rules about kinds of characters
/// only make people write `Password1!`.
pub(super) fn password_faults(login: &str, password: &str) -> Vec<Text> {
    let length = password.chars().count();
    let plain = password.to_lowercase();
    let mut faults = Vec::new();
    if length < 12 {
        faults.push(Text::new("密码至少12个字符，可用一句话", "At least 12 characters; a sentence is fine"));
    }
    if length > 128 {
        faults.push(Text::new("密码最多128个字符", "At most 128 characters"));
    }
    if !login.is_empty() && plain.contains(&login.to_lowercase()) {
        faults.push(Text::new("密码不能包含登录名", "It must not contain the login name"));
    }
    if is_monotonous(&plain) {
        faults.push(Text::new(
            "密码过于简单，请勿使用重复或连续的字符",
            "Too simple: repeated or consecutive characters",
        ));
    }
    faults
}

/// `aaaaaaaaaaaa`, `abababababab`, `123456789012`, `abcdefghijkl`: fewer than five different characters, or mostly steps
/// from one character to its neighbour.
fn is_monotonous(password: &str) -> bool {
    let codes: Vec<i64> = password.chars().map(|c| i64::from(u32::from(c))).collect();
    let different: std::collections::BTreeSet<_> = codes.iter().collect();
    let steps = codes.windows(2).filter(|w| (w[1] - w[0]).abs() <= 1).count();
    codes.len() > 1 && (different.len() < 5 || steps * 4 >= (codes.len() - 1) * 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_end_by_idleness_and_by_age() {
        let at = |h: i64, m: i64| Moment::from_ms(h * HOUR_MS + m * MINUTE_MS);
        let cases = [
            (AccountKind::Staff, at(0, 0), at(0, 30), true),
            (AccountKind::Staff, at(0, 0), at(0, 31), false),
            (AccountKind::Staff, at(11, 45), at(12, 0), true),
            (AccountKind::Staff, at(11, 45), at(12, 1), false),
            (AccountKind::Citizen, at(0, 0), at(24, 0), true),
            (AccountKind::Citizen, at(0, 0), at(24, 1), false),
            (AccountKind::Citizen, at(167, 0), at(168, 0), true),
            (AccountKind::Citizen, at(167, 0), at(168, 1), false),
        ];
        for (kind, seen, now, alive) in cases {
            let limits = limits(kind);
            assert_eq!(limits.alive(at(0, 0), seen, now), alive, "{kind:?} {now}");
            assert_eq!(now <= limits.ends(at(0, 0), seen), alive, "{kind:?} {now}");
        }
    }

    #[test]
    fn every_failure_waits_at_least_as_long_as_the_one_before() {
        assert_eq!((wait_ms(0), wait_ms(4), wait_ms(5), wait_ms(6)), (0, 0, 30_000, 60_000));
        for n in 0..200 {
            assert!(wait_ms(n) <= wait_ms(n + 1) && wait_ms(n) <= HOUR_MS);
        }
        assert_eq!(wait_ms(i64::MAX), HOUR_MS);
    }

    #[test]
    fn passwords_are_long_and_not_monotonous() {
        let cases = [
            ("correct horse battery", 0),
            ("南湖边的桂花开了三次又落了", 0),
            ("short", 1),
            ("", 1),
            ("aaaaaaaaaaaaaaaa", 1),
            ("123456789012345", 1),
            ("abcdefghijklmnop", 1),
            ("my liwen password", 1),
            ("LIWENLIWEN", 2),
            (&"word and word ".repeat(20), 1),
        ];
        for (password, faults) in cases {
            assert_eq!(
                password_faults("liwen", password).len(),
                faults,
                "{password:?}: {:?}",
                password_faults("liwen", password)
            );
        }
    }
}
