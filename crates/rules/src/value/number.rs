//! Exact decimal numbers of 34 digits, as the standard asks: money and months are never rounded by a binary float.
//!
//! Whole numbers that fit a machine word keep to it, because nearly every number in a rule is a small count; the
//! arithmetic falls over to IEEE 754 decimal128 as soon as a result would not fit.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use dec::{Context, Decimal, Decimal128, Rounding};

/// A finite decimal number: at most 34 significant digits.
#[derive(Clone, Copy)]
pub struct Number(Repr);

#[derive(Clone, Copy)]
enum Repr {
    Int(i64),
    Dec(Decimal128),
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
    pub const ZERO: Self = Self(Repr::Int(0));
    /// One.
    pub const ONE: Self = Self(Repr::Int(1));

    /// A number from its decimal text (`12`, `-0.50`, `1e3`); `None` for anything else, infinities and NaN included.
    pub fn parse(text: &str) -> Option<Self> {
        if !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E')) {
            return None;
        }
        if text.len() < 18
            && !text.starts_with('+')
            && let Ok(n) = text.parse::<i64>()
        {
            return Some(Self(Repr::Int(n)));
        }
        let mut c = ctx();
        Self::finite(c.parse(text).ok()?)
    }

    fn finite(d: Decimal128) -> Option<Self> {
        d.is_finite().then_some(Self(Repr::Dec(d)))
    }

    fn dec(self) -> Decimal128 {
        match self.0 {
            Repr::Int(n) => Decimal128::from(n),
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
    pub fn add(self, other: Self) -> Option<Self> {
        if let (Repr::Int(a), Repr::Int(b)) = (self.0, other.0)
            && let Some(n) = a.checked_add(b)
        {
            return Some(Self(Repr::Int(n)));
        }
        Self::finite(ctx().add(self.dec(), other.dec()))
    }

    /// The difference.
    pub fn sub(self, other: Self) -> Option<Self> {
        if let (Repr::Int(a), Repr::Int(b)) = (self.0, other.0)
            && let Some(n) = a.checked_sub(b)
        {
            return Some(Self(Repr::Int(n)));
        }
        Self::finite(ctx().sub(self.dec(), other.dec()))
    }

    /// The product.
    pub fn mul(self, other: Self) -> Option<Self> {
        if let (Repr::Int(a), Repr::Int(b)) = (self.0, other.0)
            && let Some(n) = a.checked_mul(b)
        {
            return Some(Self(Repr::Int(n)));
        }
        Self::finite(ctx().mul(self.dec(), other.dec()))
    }

    /// The quotient, rounded to 34 digits; `None` for a division by zero.
    pub fn div(self, other: Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        if let (Repr::Int(a), Repr::Int(b)) = (self.0, other.0)
            && a.checked_rem(b) == Some(0)
            && let Some(n) = a.checked_div(b)
        {
            return Some(Self(Repr::Int(n)));
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
            let floor = self.div(other)?.round(0, RoundMode::Floor)?;
            return self.sub(other.mul(floor)?);
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
            Repr::Int(n) if n != i64::MIN => Self(Repr::Int(-n)),
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
        if let Repr::Int(_) = self.0
            && scale == 0
        {
            return Some(self);
        }
        if !(-6111..=6176).contains(&scale) {
            return None;
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
        self.to_i64().map_or(self, |n| Self(Repr::Int(n)))
    }

    /// True for a value without a fraction.
    pub fn is_integer(self) -> bool {
        match self.0 {
            Repr::Int(_) => true,
            Repr::Dec(d) => ctx().reduce(d).exponent() >= 0,
        }
    }

    /// True for zero.
    pub fn is_zero(self) -> bool {
        match self.0 {
            Repr::Int(n) => n == 0,
            Repr::Dec(d) => d.is_zero(),
        }
    }

    /// True below zero.
    pub fn is_negative(self) -> bool {
        match self.0 {
            Repr::Int(n) => n < 0,
            Repr::Dec(d) => d.is_negative() && !d.is_zero(),
        }
    }

    /// The value as a machine integer, when it is whole and fits.
    pub fn to_i64(self) -> Option<i64> {
        match self.0 {
            Repr::Int(n) => Some(n),
            Repr::Dec(d) => {
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
            return Some(Self(Repr::Int(n)));
        }
        let mut c = ctx();
        let d = c.from_i128(n);
        if c.status().inexact() { None } else { Self::finite(d) }
    }
}

impl From<i64> for Number {
    fn from(n: i64) -> Self {
        Self(Repr::Int(n))
    }
}

impl From<i32> for Number {
    fn from(n: i32) -> Self {
        Self(Repr::Int(i64::from(n)))
    }
}

impl From<usize> for Number {
    fn from(n: usize) -> Self {
        i64::try_from(n).map_or_else(|_| Self(Repr::Dec(Decimal128::from(n as u64))), |n| Self(Repr::Int(n)))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Repr::Int(a), Repr::Int(b)) = (self.0, other.0) {
            return a.cmp(&b);
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
            Repr::Int(n) => write!(f, "{n}"),
            Repr::Dec(d) if d.is_zero() => f.write_str("0"),
            Repr::Dec(d) => f.write_str(&ctx().reduce(d).to_standard_notation_string()),
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
        assert_eq!(n("0.1").add(n("0.2")).unwrap(), n("0.3"));
        assert_eq!(n("1").div(n("3")).unwrap().to_string(), "0.3333333333333333333333333333333333");
        assert_eq!(n("10").modulo(n("-3")).unwrap(), n("-2"));
        assert_eq!(n("2").pow(n("0.5")).unwrap(), n("2").sqrt().unwrap());
        assert_eq!(n("1e3").to_string(), "1000");
        assert_eq!(n("1.50").to_string(), "1.5");
        assert!(n("1").div(n("0")).is_none());
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
        /// Scaled integers are the oracle: a decimal sum, difference, product and order must agree with them.
        #[test]
        fn agrees_with_integer_arithmetic(a in -10i128.pow(15)..10i128.pow(15), b in -10i128.pow(15)..10i128.pow(15), sa in 0u32..6, sb in 0u32..6) {
            let text = |v: i128, s: u32| { let sign = if v < 0 { "-" } else { "" }; let v = v.unsigned_abs(); let p = 10u128.pow(s); format!("{sign}{}.{:0w$}", v / p, v % p, w = s.max(1) as usize) };
            let (x, y) = (n(&text(a, sa)), n(&text(b, sb)));
            let at = |v: i128, s: u32| v * 10i128.pow(6 - s);
            let scaled = |v: Number| v.mul(Number::from(1_000_000i64)).unwrap();
            let int = |v: i128| Number::from_i128(v).unwrap();
            prop_assert_eq!(scaled(x.add(y).unwrap()), int(at(a, sa) + at(b, sb)));
            prop_assert_eq!(scaled(x.sub(y).unwrap()), int(at(a, sa) - at(b, sb)));
            prop_assert_eq!(scaled(scaled(x.mul(y).unwrap())), n(&(a * b).to_string()).mul(int(10i128.pow(12 - sa - sb))).unwrap());
            prop_assert_eq!(x.cmp(&y), at(a, sa).cmp(&at(b, sb)));
            prop_assert_eq!(n(&x.to_string()), x);
        }
    }
}
