//! Values on the wire: the four kinds, and what PostgreSQL gives that must become one of them.

use std::fmt;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::{Fault, Value};

type Failed = Box<dyn std::error::Error + Sync + Send>;

/// A value that does not fit where it was to go.
#[derive(Debug)]
pub(crate) struct Mistyped(String);

impl fmt::Display for Mistyped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mistyped {}

impl Value {
    /// The type PostgreSQL is told for this value; it finds out by itself for nothing.
    pub(crate) const fn postgres_type(&self) -> Type {
        match self {
            Self::Null => Type::UNKNOWN,
            Self::Int(_) => Type::INT8,
            Self::Text(_) => Type::TEXT,
            Self::Blob(_) => Type::BYTEA,
        }
    }
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failed> {
        let narrow = |n: &i64| i32::try_from(*n).map_err(|_| Mistyped(format!("{n} is too large for {ty}")));
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(n) if *ty == Type::INT8 => n.to_sql(ty, out),
            Self::Int(n) if *ty == Type::INT4 => narrow(n)?.to_sql(ty, out),
            Self::Int(n) if *ty == Type::BOOL => (*n != 0).to_sql(ty, out),
            Self::Text(text) if <&str as ToSql>::accepts(ty) => text.as_str().to_sql(ty, out),
            Self::Blob(bytes) if *ty == Type::BYTEA => bytes.as_slice().to_sql(ty, out),
            other => Err(Mistyped(format!("{} where {ty} was expected", other.kind())).into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A column of an answer as a value.
pub(crate) fn column(row: &tokio_postgres::Row, at: usize) -> Result<Value, Fault> {
    row.try_get::<_, Given>(at).map(|given| given.0).map_err(|e| {
        let why = std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string);
        Fault::Misuse(format!("column {}: {why}", row.columns()[at].name()))
    })
}

struct Given(Value);

impl<'a> FromSql<'a> for Given {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Failed> {
        Ok(Self(match *ty {
            Type::INT8 => Value::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Value::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Value::Int(i16::from_sql(ty, raw)?.into()),
            Type::BOOL => Value::Int(bool::from_sql(ty, raw)?.into()),
            Type::NUMERIC => Value::Int(whole(raw)?),
            Type::BYTEA => Value::Blob(raw.to_vec()),
            Type::VOID => Value::Null,
            _ if <&str as FromSql>::accepts(ty) => Value::Text(<&str>::from_sql(ty, raw)?.to_owned()),
            _ => return Err(Mistyped(format!("a value of type {ty}: cast it to BIGINT, TEXT or BYTEA")).into()),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failed> {
        Ok(Self(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A NUMERIC that is a whole number, as a sum of BIGINT is: groups of four decimal digits, the largest first.
fn whole(raw: &[u8]) -> Result<i64, Failed> {
    let not = || Mistyped("a number that is not whole: cast it to BIGINT".into());
    let words: Vec<i16> = raw.chunks_exact(2).map(|word| i16::from_be_bytes([word[0], word[1]])).collect();
    let [groups, weight, sign, _scale, digits @ ..] = words.as_slice() else { return Err(not().into()) };
    let negative = match sign {
        0 => false,
        0x4000 => true,
        _ => return Err(not().into()),
    };
    if *groups > weight.saturating_add(1) {
        return Err(not().into());
    }
    let mut n: i64 = 0;
    for at in 0..=*weight {
        let digit = usize::try_from(at).ok().and_then(|at| digits.get(at)).copied().unwrap_or(0);
        let sum = n.checked_mul(10_000).and_then(|n| n.checked_sub(i64::from(digit)));
        n = sum.ok_or_else(|| Mistyped("a number beyond BIGINT".into()))?;
    }
    if negative { Ok(n) } else { n.checked_neg().ok_or_else(|| not().into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numerics_are_numbers_and_others_are_refused() {
        let wire = |words: &[i16]| words.iter().flat_map(|w| w.to_be_bytes()).collect::<Vec<u8>>();
        let cases: [(&[i16], Option<i64>); 7] = [
            (&[0, 0, 0, 0], Some(0)),
            (&[1, 0, 0, 0, 7], Some(7)),
            (&[1, 1, 0, 0, 12], Some(120_000)),
            (&[2, 1, 0x4000, 0, 1, 2345], Some(-12_345)),
            (&[2, 0, 0, 1, 1, 5000], None),
            (&[5, 4, 0, 0, 922, 3372, 368, 5477, 5807], Some(i64::MAX)),
            (&[5, 4, 0, 0, 922, 3372, 368, 5477, 5808], None),
        ];
        for (words, expected) in cases {
            assert_eq!(whole(&wire(words)).ok(), expected, "{words:?}");
        }
    }
}
