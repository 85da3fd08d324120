//! Doubles as ECMAScript writes them (ECMA-262, Number::toString), which is what RFC 8785 asks for.

/// The shortest text that reads back as `double`, laid out by ECMAScript's rules. `double` is finite.
pub(super) fn write(double: f64) -> String {
    if double == 0.0 {
        return "0".to_owned();
    }
    // Rust's scientific form has the shortest digits, and of those the nearest, as ECMAScript asks.
    let (digits, point) = split(&format!("{:e}", double.abs()));
    let (digits, point) = even_of_a_tie(double.abs(), digits.len()).unwrap_or((digits, point));
    let sign = if double < 0.0 { "-" } else { "" };
    format!("{sign}{}", lay_out(&digits, point))
}

/// The digits of a number in scientific form, and where the point stands, counted from before the first of them.
fn split(scientific: &str) -> (String, i32) {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    (mantissa.replace('.', ""), exponent.parse::<i32>().unwrap_or(0) + 1)
}

/// Where a double lies exactly between two texts of `count` digits, ECMAScript takes the even one and Rust the upper.
fn even_of_a_tie(double: f64, count: usize) -> Option<(String, i32)> {
    let (digits, point) = split(&format!("{double:.count$e}"));
    let lower = digits.strip_suffix('5')?;
    let even = lower.bytes().last().is_some_and(|digit| digit % 2 == 0);
    // A double has at most 767 significant digits: with 800 every digit is exact.
    let (exact, _) = split(&format!("{double:.800e}"));
    let tie = exact.trim_end_matches('0') == digits;
    let same = format!("0.{lower}e{point}").parse() == Ok(double);
    (even && tie && same).then(|| (lower.to_owned(), point))
}

fn lay_out(digits: &str, point: i32) -> String {
    let count = digits.len() as i32;
    match point {
        1..=21 if count <= point => format!("{digits}{}", "0".repeat((point - count) as usize)),
        1..=21 => {
            let (whole, fraction) = digits.split_at(point as usize);
            format!("{whole}.{fraction}")
        }
        -5..=0 => format!("0.{}{digits}", "0".repeat(-point as usize)),
        _ => {
            let exponent = point - 1;
            let (first, rest) = digits.split_at(1);
            let dot = if rest.is_empty() { "" } else { "." };
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{first}{dot}{rest}e{sign}{}", exponent.abs())
        }
    }
}
