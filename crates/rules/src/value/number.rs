//! Exact decimal numbers of 34 digits, as the standard asks: money and months are never rounded by a binary float.
//!
//! Numbers of few digits keep to a machine word and a scale, because nearly every number in a rule is a small count or
//! a credit with a half; the arithmetic falls over to IEEE 754 decimal128 as soon as a result would not fit.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use dec::{Context, Decimal, Decimal128, Rounding};

/// A finite decimal number: at most 34 significant digits.
#[derive(Clone, Copy)]
pub struct Number(Repr);

#[derive(Clone, Copy)]
enum Repr {
    /// `n / 10^scale`, scale at most [`MAX_SCALE`].
    Small(i64, u8),
    /// A quotient of two small numbers that goes on: 34 digits, the two halves of an `i128`, over `10^scale`.
    Long([u64; 2], u8),
    Dec(Decimal128),
}

/// Digits after the point that a machine word is used for.
const MAX_SCALE: u8 = 18;

/// The powers of ten that an `i128` holds.
static TENS: [i128; 39] = {
    let mut powers = [1; 39];
    let mut i = 1;
    while i < powers.len() {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// Digits of a number that is not a machine word.
const DIGITS: u8 = 34;

fn tens(scale: u8) -> i128 {
    TENS[usize::from(scale)]
}

const fn halves(n: i128) -> [u64; 2] {
    let n = n.cast_unsigned();
    [(n >> 64) as u64, n as u64]
}

fn whole(halves: [u64; 2]) -> i128 {
    ((u128::from(halves[0]) << 64) | u128::from(halves[1])).cast_signed()
}

/// How a number is rounded to a scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundMode {
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
    /// To nearest, halves away from zero.
    HalfUp,
    /// To nearest, halves towards zero.
    HalfDown,
    /// To nearest, halves to the even digit.
    HalfEven,
    /// Towards minus infinity.
    Floor,
    /// Towards plus infinity.
    Ceiling,
}

/// Twelve units of three digits: 36 digits, two more than the result needs.
type Wide = Decimal<12>;

fn ctx() -> Context<Decimal128> {
    Context::<Decimal128>::default()
}

fn wide_ctx() -> Context<Wide> {
    let mut c = Context::<Wide>::default();
    // The transcendental functions of decNumber ask for exponents below one million.
    let _ = c.set_max_exponent(6144);
    let _ = c.set_min_exponent(-6143);
    c
}

impl Number {
    /// Zero.
    pub const ZERO: Self = Self(Repr::Small(0, 0));
    /// One.
    pub const ONE: Self = Self(Repr::Small(1, 0));

    /// A number from its decimal text (`12`, `-0.50`, `1e3`); `None` for anything else, infinities and NaN included.
    pub fn parse(text: &str) -> Option<Self> {
        if !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E')) {
            return None;
        }
        if let Some(small) = parse_small(text) {
            return Some(small);
        }
        let mut c = ctx();
        Self::finite(c.parse(text).ok()?)
    }

    /// `n / 10^scale`: 1250 with a scale of 2 is 12.50 (fen as yuan). `None` for a scale over 18.
    pub const fn scaled(n: i64, scale: u8) -> Option<Self> {
        if scale <= MAX_SCALE { Some(Self(Repr::Small(n, scale))) } else { None }
    }

    fn small(n: i128, scale: u8) -> Option<Self> {
        i64::try_from(n).ok().map(|n| Self(Repr::Small(n, scale)))
    }

    fn finite(d: Decimal128) -> Option<Self> {
        d.is_finite().then_some(Self(Repr::Dec(d)))
    }

    fn dec(self) -> Decimal128 {
        match self.0 {
            Repr::Small(n, 0) => decimal(n),
            Repr::Small(n, scale) => ctx().scaleb(decimal(n), Decimal128::from(-i32::from(scale))),
            Repr::Long(n, scale) => {
                let mut c = ctx();
                let d = c.from_i128(whole(n));
                c.scaleb(d, Decimal128::from(-i32::from(scale)))
            }
            Repr::Dec(d) => d,
        }
    }

    fn wide(self) -> Wide {
        Wide::from(self.dec())
    }

    fn narrow(w: &Wide) -> Option<Self> {
        if w.is_finite() { Self::finite(ctx().from_decimal(w)) } else { None }
    }

    /// The sum; `None` when it overflows 34 digits and the exponent range.
    pub fn plus(self, other: Self) -> Option<Self> {
        if let Some((a, b, scale)) = aligned(self, other)
            && let Some(n) = Self::small(a + b, scale)
        {
            return Some(n);
        }
        Self::finite(ctx().add(self.dec(), other.dec()))
    }

    /// The difference.
    pub fn minus(self, other: Self) -> Option<Self> {
        if let Some((a, b, scale)) = aligned(self, other)
            && let Some(n) = Self::small(a - b, scale)
        {
            return Some(n);
        }
        Self::finite(ctx().sub(self.dec(), other.dec()))
    }

    /// The product.
    pub fn times(self, other: Self) -> Option<Self> {
        if let (Repr::Small(a, s), Repr::Small(b, t)) = (self.0, other.0)
            && s + t <= MAX_SCALE
            && let Some(n) = Self::small(i128::from(a) * i128::from(b), s + t)
        {
            return Some(n);
        }
        Self::finite(ctx().mul(self.dec(), other.dec()))
    }

    /// The quotient, rounded to 34 digits; `None` for a division by zero.
    pub fn over(self, other: Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        if let Some((a, b, _)) = aligned(self, other)
            && let Some(n) = quotient(a, b)
        {
            return Some(n);
        }
        Self::finite(ctx().div(self.dec(), other.dec()))
    }

    /// `self - other * floor(self / other)`: the remainder with the sign of the divisor.
    pub fn modulo(self, other: Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        let mut c = wide_ctx();
        let mut rest = self.wide();
        c.rem(&mut rest, &other.wide());
        if !rest.is_finite() {
            let floor = self.over(other)?.round(0, RoundMode::Floor)?;
            return self.minus(other.times(floor)?);
        }
        if !rest.is_zero() && rest.is_negative() != other.is_negative() {
            c.add(&mut rest, &other.wide());
        }
        Self::narrow(&rest)
    }

    /// `self` to the power `other`; `None` when it has no finite real result.
    pub fn pow(self, other: Self) -> Option<Self> {
        if other.is_zero() {
            return Some(Self::ONE);
        }
        let mut x = self.wide();
        wide_ctx().pow(&mut x, &other.wide());
        Self::narrow(&x)
    }

    /// The square root; `None` for a negative number.
    pub fn sqrt(self) -> Option<Self> {
        let mut x = self.wide();
        wide_ctx().sqrt(&mut x);
        Self::narrow(&x)
    }

    /// e to this power.
    pub fn exp(self) -> Option<Self> {
        let mut x = self.wide();
        wide_ctx().exp(&mut x);
        Self::narrow(&x)
    }

    /// The natural logarithm; `None` unless positive.
    pub fn ln(self) -> Option<Self> {
        if self <= Self::ZERO {
            return None;
        }
        let mut x = self.wide();
        wide_ctx().ln(&mut x);
        Self::narrow(&x)
    }

    /// This number with the other sign.
    #[must_use]
    pub fn negate(self) -> Self {
        match self.0 {
            Repr::Small(n, scale) if n != i64::MIN => Self(Repr::Small(-n, scale)),
            _ => Self(Repr::Dec(-self.dec())),
        }
    }

    /// The absolute value.
    #[must_use]
    pub fn abs(self) -> Self {
        if self.is_negative() { self.negate() } else { self }
    }

    /// Rounded to `scale` digits after the point (before it when negative); `None` outside -6111..=6176.
    pub fn round(self, scale: i64, mode: RoundMode) -> Option<Self> {
        if !(-6111..=6176).contains(&scale) {
            return None;
        }
        if let Repr::Small(_, own) = self.0
            && i64::from(own) <= scale
        {
            return Some(self);
        }
        let mut c = ctx();
        c.set_rounding(match mode {
            RoundMode::Up => Rounding::Up,
            RoundMode::Down => Rounding::Down,
            RoundMode::HalfUp => Rounding::HalfUp,
            RoundMode::HalfDown => Rounding::HalfDown,
            RoundMode::HalfEven => Rounding::HalfEven,
            RoundMode::Floor => Rounding::Floor,
            RoundMode::Ceiling => Rounding::Ceiling,
        });
        let d = self.dec();
        let exponent = i32::try_from(-scale).ok()?;
        // More digits than there are would not fit and change nothing.
        if d.exponent() >= exponent {
            return Some(self);
        }
        let unit = c.scaleb(Decimal128::ONE, Decimal128::from(exponent));
        Self::finite(c.quantize(d, unit)).map(Self::settle)
    }

    /// Falls back to a machine word where the value is whole and fits.
    fn settle(self) -> Self {
        self.to_i64().map_or(self, |n| Self(Repr::Small(n, 0)))
    }

    /// True for a value without a fraction.
    pub fn is_integer(self) -> bool {
        match self.0 {
            Repr::Small(n, scale) => i128::from(n) % tens(scale) == 0,
            Repr::Long(..) | Repr::Dec(_) => ctx().reduce(self.dec()).exponent() >= 0,
        }
    }

    /// True for zero.
    pub fn is_zero(self) -> bool {
        match self.0 {
            Repr::Small(n, _) => n == 0,
            Repr::Long(n, _) => whole(n) == 0,
            Repr::Dec(d) => d.is_zero(),
        }
    }

    /// True below zero.
    pub fn is_negative(self) -> bool {
        match self.0 {
            Repr::Small(n, _) => n < 0,
            Repr::Long(n, _) => whole(n) < 0,
            Repr::Dec(d) => d.is_negative() && !d.is_zero(),
        }
    }

    /// The value as a machine integer, when it is whole and fits.
    pub fn to_i64(self) -> Option<i64> {
        match self.0 {
            Repr::Small(n, 0) => Some(n),
            Repr::Small(n, scale) => {
                let n = i128::from(n);
                if n % tens(scale) == 0 { i64::try_from(n / tens(scale)).ok() } else { None }
            }
            Repr::Long(..) | Repr::Dec(_) => {
                let d = self.dec();
                let mut c = ctx();
                let whole = c.round(d);
                if whole != d {
                    return None;
                }
                let limit = Decimal128::from(i64::MAX);
                let below = Decimal128::from(i64::MIN);
                if whole > limit || whole < below {
                    return None;
                }
                let mut plain = whole;
                c.rescale(&mut plain, 0);
                i64::try_from(plain.coefficient()).ok()
            }
        }
    }

    /// The integer part as a machine integer, cut towards zero.
    pub fn trunc_i64(self) -> Option<i64> {
        self.round(0, RoundMode::Down)?.to_i64()
    }

    /// From a wide integer; `None` beyond 34 digits.
    pub fn from_i128(n: i128) -> Option<Self> {
        if let Ok(n) = i64::try_from(n) {
            return Some(Self(Repr::Small(n, 0)));
        }
        let mut c = ctx();
        let d = c.from_i128(n);
        if c.status().inexact() { None } else { Self::finite(d) }
    }
}

/// A whole number as decimal128; the short ones are much cheaper to convert.
fn decimal(n: i64) -> Decimal128 {
    i32::try_from(n).map_or_else(|_| Decimal128::from(n), Decimal128::from)
}

/// The quotient of two whole numbers to 34 digits, halves to the even one, as IEEE 754 has it; `None` when that takes
/// more than machine words.
fn quotient(a: i128, b: i128) -> Option<Number> {
    let negative = (a < 0) != (b < 0);
    let (a, b) = (u64::try_from(a.unsigned_abs()).ok()?, u64::try_from(b.unsigned_abs()).ok()?);
    let (q, r) = (a / b, a % b);
    let small = |size: u64, scale| {
        let n = i64::try_from(size).ok()?;
        Some(Number(Repr::Small(if negative { -n } else { n }, scale)))
    };
    if r == 0 {
        return small(q, 0);
    }
    // A few digits after the point are the rule: 43.5 credits in 3 years.
    const FEW: u8 = 6;
    let few = 10u64.pow(u32::from(FEW));
    if let (Some(parts), Some(head)) = (r.checked_mul(few), q.checked_mul(few))
        && parts % b == 0
    {
        return small(head.checked_add(parts / b)?, FEW);
    }
    long_quotient(a, b, negative)
}

fn long_quotient(a: u64, b: u64, negative: bool) -> Option<Number> {
    let (a, b) = (u128::from(a), u128::from(b));
    // The first digit before the point, and then as many after it as make 34.
    let mut shift = 0u8;
    while a * tens(shift).unsigned_abs() < b {
        shift += 1;
    }
    let first = a * tens(shift).unsigned_abs();
    let (mut n, mut rest) = (first / b, first % b);
    let mut missing = DIGITS - u8::try_from(n.ilog10()).ok()? - 1;
    let scale = shift + missing;
    while missing > 0 {
        // A remainder is below 2^64, so that 19 more digits of it fit.
        let chunk = missing.min(19);
        let part = rest * tens(chunk).unsigned_abs();
        n = n * tens(chunk).unsigned_abs() + part / b;
        rest = part % b;
        missing -= chunk;
    }
    let up = (rest * 2).cmp(&b).then(if n % 2 == 1 { Ordering::Greater } else { Ordering::Less }).is_gt();
    let n = i128::try_from(n + u128::from(up)).ok()?;
    Some(Number(Repr::Long(halves(if negative { -n } else { n }), scale)))
}

/// A quotient's digits against a machine word; `None` when they have no common power of ten within 128 bits.
fn long_cmp(long: i128, scale: u8, n: i64, own: u8) -> Option<Ordering> {
    if n == 0 || (long < 0) != (n < 0) {
        return Some(long.cmp(&i128::from(n)));
    }
    let apart = scale.checked_sub(own)?;
    // What is beyond 128 bits is beyond 34 digits.
    let scaled = TENS.get(usize::from(apart)).and_then(|t| t.checked_mul(i128::from(n)));
    Some(scaled.map_or(if n > 0 { Ordering::Less } else { Ordering::Greater }, |s| long.cmp(&s)))
}

/// Both numbers as whole multiples of the same power of ten, when both are small.
fn aligned(a: Number, b: Number) -> Option<(i128, i128, u8)> {
    let (Repr::Small(m, s), Repr::Small(n, t)) = (a.0, b.0) else { return None };
    if s == t {
        return Some((i128::from(m), i128::from(n), s));
    }
    let scale = s.max(t);
    Some((i128::from(m) * tens(scale - s), i128::from(n) * tens(scale - t), scale))
}

/// `-12.5` without going through decimal128; `None` for anything longer or with an exponent.
fn parse_small(text: &str) -> Option<Number> {
    if text.len() > 18 || text.starts_with('+') {
        return None;
    }
    let Some((whole, fraction)) = text.split_once('.') else {
        return text.parse().ok().map(|n| Number(Repr::Small(n, 0)));
    };
    let plain = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let (negative, digits) = whole.strip_prefix('-').map_or((false, whole), |d| (true, d));
    if !plain(digits) || !plain(fraction) {
        return None;
    }
    let scale = u8::try_from(fraction.len()).ok()?;
    let size = digits.parse::<i64>().ok()?.checked_mul(10i64.checked_pow(u32::from(scale))?)?;
    let size = size.checked_add(fraction.parse().ok()?)?;
    Some(Number(Repr::Small(if negative { -size } else { size }, scale)))
}

/// A scaled number without trailing zeros.
fn write_small(f: &mut fmt::Formatter<'_>, n: i64, scale: u8) -> fmt::Result {
    let (mut n, mut scale) = (i128::from(n), scale);
    while scale > 0 && n % 10 == 0 {
        n /= 10;
        scale -= 1;
    }
    let sign = if n < 0 { "-" } else { "" };
    let size = n.unsigned_abs();
    let unit = tens(scale).unsigned_abs();
    if scale == 0 {
        return write!(f, "{sign}{size}");
    }
    write!(f, "{sign}{}.{:0width$}", size / unit, size % unit, width = usize::from(scale))
}

impl From<i64> for Number {
    fn from(n: i64) -> Self {
        Self(Repr::Small(n, 0))
    }
}

impl From<i32> for Number {
    fn from(n: i32) -> Self {
        Self(Repr::Small(i64::from(n), 0))
    }
}

impl From<usize> for Number {
    fn from(n: usize) -> Self {
        i64::try_from(n).map_or_else(|_| Self(Repr::Dec(Decimal128::from(n as u64))), |n| Self(Repr::Small(n, 0)))
    }
}

impl Ord for Number {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Repr::Small(a, s), Repr::Small(b, t)) = (self.0, other.0)
            && s == t
        {
            return a.cmp(&b);
        }
        self.cmp_apart(*other)
    }
}

impl Number {
    /// The order of numbers that are no multiples of the same power of ten as they stand.
    fn cmp_apart(self, other: Self) -> Ordering {
        if let Some((a, b, _)) = aligned(self, other) {
            return a.cmp(&b);
        }
        let quick = match (self.0, other.0) {
            (Repr::Long(a, s), Repr::Small(b, t)) => long_cmp(whole(a), s, b, t),
            (Repr::Small(a, s), Repr::Long(b, t)) => long_cmp(whole(b), t, a, s).map(Ordering::reverse),
            (Repr::Long(a, s), Repr::Long(b, t)) if s == t => Some(whole(a).cmp(&whole(b))),
            _ => None,
        };
        if let Some(found) = quick {
            return found;
        }
        // Both are finite, so there is always an order.
        self.dec().partial_cmp(&other.dec()).unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_string().hash(state);
    }
}

/// Plain notation without trailing zeros: the one text of a value, whatever way it was computed.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Repr::Small(n, 0) => write!(f, "{n}"),
            Repr::Small(n, scale) => write_small(f, n, scale),
            Repr::Dec(d) if d.is_zero() => f.write_str("0"),
            Repr::Long(..) | Repr::Dec(_) => f.write_str(&ctx().reduce(self.dec()).to_standard_notation_string()),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn n(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn tenths_add_up_exactly() {
        assert_eq!(n("0.1").plus(n("0.2")).unwrap(), n("0.3"));
        assert_eq!(n("1").over(n("3")).unwrap().to_string(), "0.3333333333333333333333333333333333");
        assert_eq!(n("10").modulo(n("-3")).unwrap(), n("-2"));
        assert_eq!(n("2").pow(n("0.5")).unwrap(), n("2").sqrt().unwrap());
        assert_eq!(n("1e3").to_string(), "1000");
        assert_eq!(n("1.50").to_string(), "1.5");
        assert!(n("1").over(n("0")).is_none());
        assert!(Number::parse("NaN").is_none());
        assert!(Number::parse("1.2.3").is_none());
    }

    #[test]
    fn rounds_by_every_mode() {
        let cases = [
            ("2.5", 0, RoundMode::HalfEven, "2"),
            ("2.5", 0, RoundMode::HalfUp, "3"),
            ("-2.5", 0, RoundMode::HalfUp, "-3"),
            ("-2.5", 0, RoundMode::HalfDown, "-2"),
            ("1.126", 2, RoundMode::Up, "1.13"),
            ("-1.126", 2, RoundMode::Floor, "-1.13"),
            ("1250", -2, RoundMode::HalfEven, "1200"),
        ];
        for (text, scale, mode, expected) in cases {
            assert_eq!(n(text).round(scale, mode).unwrap(), n(expected), "{text} {scale} {mode:?}");
        }
    }

    proptest! {
        /// decNumber is the oracle: a quotient by machine words has its digits, and is ordered like it.
        #[test]
        fn quotients_are_those_of_decimal128(a in any::<i64>(), b in any::<i64>(), c in any::<i64>(), cut in (0u32..63, 0u32..63, 0u32..63), sa in 0u8..19, sb in 0u8..19, sc in 0u8..19) {
            let (x, y) = (Number::scaled(a >> cut.0, sa).unwrap(), Number::scaled(b >> cut.1, sb).unwrap());
            let other = Number::scaled(c >> cut.2, sc).unwrap();
            prop_assume!(!y.is_zero());
            let exact = ctx().div(x.dec(), y.dec());
            let found = x.over(y).unwrap();
            prop_assert_eq!(found.dec(), exact);
            prop_assert_eq!(found.to_string(), Number(Repr::Dec(exact)).to_string());
            prop_assert_eq!(found.cmp(&other), exact.partial_cmp(&other.dec()).unwrap());
            prop_assert_eq!(other.cmp(&found), other.dec().partial_cmp(&exact).unwrap());
            prop_assert_eq!(found.is_negative(), exact.is_negative() && !exact.is_zero());
            prop_assert_eq!(found.to_i64(), Number(Repr::Dec(exact)).to_i64());
            prop_assert_eq!(found.negate().negate(), found);
        }

        /// Scaled integers are the oracle: a decimal sum, difference, product and order must agree with them.
        #[test]
        fn agrees_with_integer_arithmetic(a in -10i128.pow(15)..10i128.pow(15), b in -10i128.pow(15)..10i128.pow(15), sa in 0u32..6, sb in 0u32..6) {
            let text = |v: i128, s: u32| { let sign = if v < 0 { "-" } else { "" }; let v = v.unsigned_abs(); let p = 10u128.pow(s); format!("{sign}{}.{:0w$}", v / p, v % p, w = s.max(1) as usize) };
            let (x, y) = (n(&text(a, sa)), n(&text(b, sb)));
            let at = |v: i128, s: u32| v * 10i128.pow(6 - s);
            let scaled = |v: Number| v.times(Number::from(1_000_000i64)).unwrap();
            let int = |v: i128| Number::from_i128(v).unwrap();
            prop_assert_eq!(scaled(x.plus(y).unwrap()), int(at(a, sa) + at(b, sb)));
            prop_assert_eq!(scaled(x.minus(y).unwrap()), int(at(a, sa) - at(b, sb)));
            prop_assert_eq!(scaled(scaled(x.times(y).unwrap())), n(&(a * b).to_string()).times(int(10i128.pow(12 - sa - sb))).unwrap());
            prop_assert_eq!(x.cmp(&y), at(a, sa).cmp(&at(b, sb)));
            prop_assert_eq!(n(&x.to_string()), x);
        }
    }
}
