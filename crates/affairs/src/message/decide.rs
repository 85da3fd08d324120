//! Which carrier is tried next, what an address must look like, how it is shown, and the code that proves it. Pure.

use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{Id, Moment, Text};
use sha2::Sha256;

use crate::catalog::Channel;

/// How long a carrier that may have the letter is asked again, and no other: afterwards nothing at all is worse than twice.
pub(super) const DOUBT_MS: i64 = 30 * 60_000;
/// How long a code may be used.
pub const CODE_MINUTES: i64 = 10;
/// How often a code may be tried.
pub(super) const CODE_TRIES: i64 = 5;
/// The shortest wait between two codes for one channel.
pub(super) const ASK_AGAIN_MS: i64 = 60_000;
/// Codes a party may ask for in 24 hours: an address that is not one's own is not to be flooded.
pub(super) const CODES_A_DAY: i64 = 10;

/// A carrier as the choice sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Offer<'a> {
    pub name: &'a str,
    /// Whether its breaker would let a letter out.
    pub open: bool,
    /// Whether it refused this letter.
    pub refused: bool,
    /// Whether it was tried in this round already.
    pub tried: bool,
}

/// What to do with a letter now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Next {
    /// Hand it to this carrier.
    Hand(usize),
    /// Nobody can be tried now.
    Wait,
    /// Everybody refused it.
    Refused,
}

/// The first carrier that did not refuse the letter and is not left alone. While one may have it, only that one is asked:
/// another could deliver it a second time.
pub(super) fn next(offers: &[Offer<'_>], doubt: Option<(&str, Moment)>, now: Moment) -> Next {
    let may = |offer: &Offer<'_>| offer.open && !offer.refused && !offer.tried;
    if let Some((name, since)) = doubt
        && let Some(at) = offers.iter().position(|offer| offer.name == name)
        && now.ms() - since.ms() < DOUBT_MS
    {
        return offers.get(at).filter(|offer| may(offer)).map_or(Next::Wait, |_| Next::Hand(at));
    }
    // After the time of doubt others come first: the one in doubt had its chance.
    let other = |offer: &Offer<'_>| may(offer) && doubt.is_none_or(|(name, _)| name != offer.name);
    if let Some(at) = offers.iter().position(other).or_else(|| offers.iter().position(may)) {
        return Next::Hand(at);
    }
    if !offers.is_empty() && offers.iter().all(|offer| offer.refused) { Next::Refused } else { Next::Wait }
}

/// An address as it is kept, or what is wrong with it.
pub(super) fn address(channel: Channel, typed: &str) -> Result<String, Text> {
    let half: String = typed.trim().chars().map(half_width).collect();
    match channel {
        Channel::Sms => phone(&half),
        Channel::Email => email(&half),
        Channel::Wechat => openid(&half),
    }
}

fn half_width(c: char) -> char {
    match u32::from(c) {
        n @ 0xFF01..=0xFF5E => char::from_u32(n - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

fn phone(typed: &str) -> Result<String, Text> {
    let digits: String = typed.chars().filter(|c| !" -()".contains(*c)).collect();
    let digits = digits.strip_prefix("+86").unwrap_or(&digits);
    let mobile = digits.len() == 11 && digits.starts_with('1') && digits.chars().all(|c| c.is_ascii_digit());
    if mobile && !digits.starts_with("10") && !digits.starts_with("12") {
        return Ok(digits.to_owned());
    }
    Err(Text::new("请填写11位手机号码，如 13800138000", "Write a mobile number of 11 digits, such as 13800138000"))
}

fn email(typed: &str) -> Result<String, Text> {
    let wrong = || Text::new("请填写电子邮箱地址，如 name@example.cn", "Write an address such as name@example.cn");
    let (local, domain) = typed.rsplit_once('@').ok_or_else(wrong)?;
    let plain = |c: char| c.is_ascii_graphic() && !"<>()[],;:\\\"@".contains(c);
    let label = |part: &str| {
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (1..=63).contains(&part.len()) && part.chars().all(inside) && !part.starts_with('-') && !part.ends_with('-')
    };
    let local_fits = (1..=64).contains(&local.len())
        && local.chars().all(plain)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let domain_fits = domain.len() <= 190 && domain.contains('.') && domain.split('.').all(label);
    if local_fits && domain_fits { Ok(format!("{local}@{}", domain.to_lowercase())) } else { Err(wrong()) }
}

fn openid(typed: &str) -> Result<String, Text> {
    let fits = typed.len() == 28 && typed.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if fits {
        return Ok(typed.to_owned());
    }
    Err(Text::new(
        "请填写28位的微信用户标识（openid），在公众号菜单“我的标识”里可以复制",
        "Write your openid of 28 characters; the official account shows it to you",
    ))
}

/// An address as pages and records show it.
pub(super) fn mask(channel: Channel, address: &str) -> String {
    let ends = |text: &str, head: usize, tail: usize| {
        let all: Vec<char> = text.chars().collect();
        let (head, tail) = if all.len() > head + tail { (head, tail) } else { (1.min(all.len()), 0) };
        let begin: String = all.iter().take(head).collect();
        let end: String = all.iter().skip(all.len() - tail).collect();
        format!("{begin}****{end}")
    };
    match channel {
        Channel::Sms => ends(address, 3, 4),
        Channel::Wechat => ends(address, 2, 4),
        Channel::Email => {
            let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
            format!("{}@{domain}", ends(local, 2, 0))
        }
    }
}

/// The key from which the codes that prove addresses are derived; one per office, so that a code is nowhere stored.
#[derive(Clone)]
pub struct CodeKey([u8; 32]);

impl std::fmt::Debug for CodeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeKey(not shown)")
    }
}

impl CodeKey {
    /// A key from its bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The six digits of a challenge.
    pub(super) fn code(&self, challenge: Id) -> String {
        // HMAC takes keys of any length: this cannot fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        mac.update(b"budayang/contact@v1\n");
        mac.update(challenge.to_string().as_bytes());
        let digest = mac.finalize().into_bytes();
        let number = digest.iter().take(8).fold(0_u64, |n, byte| (n << 8) | u64::from(*byte));
        format!("{:06}", number % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn offer(name: &str, open: bool, refused: bool) -> Offer<'_> {
        Offer { name, open, refused, tried: false }
    }

    fn at(ms: i64) -> Moment {
        Moment::from_ms(ms)
    }

    #[test]
    fn the_first_that_can_is_tried_and_while_one_may_have_it_only_that_one() {
        let both = [offer("a", true, false), offer("b", true, false)];
        let first_down = [offer("a", false, false), offer("b", true, false)];
        let refused = [offer("a", true, true), offer("b", true, true)];
        let half = [offer("a", true, true), offer("b", false, false)];
        let doubt = |name| Some((name, at(0)));
        type Row<'a> = (&'a [Offer<'a>], Option<(&'a str, Moment)>, i64, Next);
        let cases: [Row<'_>; 12] = [
            (&both, None, 0, Next::Hand(0)),
            (&first_down, None, 0, Next::Hand(1)),
            (&both, doubt("b"), 1, Next::Hand(1)),
            (&first_down, doubt("a"), 1, Next::Wait),
            (&first_down, doubt("a"), DOUBT_MS - 1, Next::Wait),
            (&first_down, doubt("a"), DOUBT_MS, Next::Hand(1)),
            (&both, doubt("a"), DOUBT_MS, Next::Hand(1)),
            (&both, doubt("gone"), 1, Next::Hand(0)),
            (&refused, None, 0, Next::Refused),
            (&half, None, 0, Next::Wait),
            (&[], None, 0, Next::Wait),
            (&half, doubt("a"), 1, Next::Wait),
        ];
        for (n, (offers, doubt, now, wanted)) in cases.into_iter().enumerate() {
            assert_eq!(next(offers, doubt, at(now)), wanted, "case {n}");
        }
    }

    proptest! {
        /// In the time of doubt no carrier but the one that may have the letter is ever handed it.
        #[test]
        fn in_doubt_nobody_else_gets_it(
            flags in proptest::collection::vec((any::<bool>(), any::<bool>(), any::<bool>()), 1..5),
            who in 0..5_usize, passed in 0..DOUBT_MS,
        ) {
            let names = ["a", "b", "c", "d", "e"];
            let offers: Vec<Offer<'_>> = flags.iter().enumerate()
                .map(|(n, (open, refused, tried))| Offer { name: names[n], open: *open, refused: *refused, tried: *tried })
                .collect();
            let who = who % offers.len();
            match next(&offers, Some((names[who], at(0))), at(passed)) {
                Next::Hand(n) => prop_assert_eq!(n, who),
                Next::Wait => {}
                Next::Refused => prop_assert!(false, "a letter in doubt is not refused"),
            }
        }
    }

    #[test]
    fn addresses_are_normalised_or_refused() {
        let good = [
            (Channel::Sms, " +86 138-0013-8000 ", "13800138000"),
            (Channel::Sms, "１３８００１３８０００", "13800138000"),
            (Channel::Email, "Wei.Ming@Example.CN", "Wei.Ming@example.cn"),
            (Channel::Wechat, "oABCDEFGHIJKLMNOPQRSTUVWXYZ1", "oABCDEFGHIJKLMNOPQRSTUVWXYZ1"),
        ];
        for (channel, typed, kept) in good {
            assert_eq!(address(channel, typed).unwrap(), kept);
        }
        let bad = [
            (Channel::Sms, "1380013800"),
            (Channel::Sms, "12345678901"),
            (Channel::Sms, "0771-5550123"),
            (Channel::Email, "wei@localhost"),
            (Channel::Email, "wei@@example.cn"),
            (Channel::Email, "a..b@example.cn"),
            (Channel::Email, "wei\r\nBcc: x@example.cn"),
            (Channel::Email, "韦@example.cn"),
            (Channel::Wechat, "short"),
            (Channel::Wechat, "oABCDEFGHIJKLMNOPQRSTUVWXY\" "),
        ];
        for (channel, typed) in bad {
            assert!(address(channel, typed).is_err(), "{typed:?}");
        }
    }

    #[test]
    fn masks_show_enough_to_know_ones_own() {
        assert_eq!(mask(Channel::Sms, "13800138000"), "138****8000");
        assert_eq!(mask(Channel::Email, "weimingyue@example.cn"), "we****@example.cn");
        assert_eq!(mask(Channel::Email, "w@example.cn"), "w****@example.cn");
        assert_eq!(mask(Channel::Wechat, "oABCDEFGHIJKLMNOPQRSTUVWXYZ1"), "oA****XYZ1");
    }

    #[test]
    fn a_code_belongs_to_its_challenge_and_office() {
        let (clock, chance) = (kernel::FixedClock::default(), kernel::SeededEntropy::new(3));
        let (one, two) = (Id::new(&clock, &chance), Id::new(&clock, &chance));
        let key = CodeKey::from_bytes([7; 32]);
        let code = key.code(one);
        assert!(code.len() == 6 && code.chars().all(|c| c.is_ascii_digit()));
        assert_eq!(code, key.code(one));
        assert!(code != key.code(two) && code != CodeKey::from_bytes([8; 32]).code(one));
    }
}
