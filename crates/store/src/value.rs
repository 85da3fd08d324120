//! What goes into a column and comes out of it: the four kinds both engines keep alike.
//!
//! No floats (money is fen, areas are m²), no booleans of their own (0 and 1), no dates of their own (text or milliseconds),
//! so that a row means the same on SQLite and on PostgreSQL.

use kernel::{Date, Id, Moment};

/// One value of one column.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number: counts, fen, m², milliseconds, 0 and 1 for no and yes.
    Int(i64),
    /// Text without NUL characters (PostgreSQL cannot hold them; the store refuses them on both engines).
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

macro_rules! value_from {
    ($($from:ty, $given:ident => $made:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($given: $from) -> Self {
                $made
            }
        }
    )*};
}

value_from! {
    i64, n => Self::Int(n);
    i32, n => Self::Int(i64::from(n));
    u32, n => Self::Int(i64::from(n));
    bool, yes => Self::Int(i64::from(yes));
    &str, text => Self::Text(text.to_owned());
    &String, text => Self::Text(text.clone());
    String, text => Self::Text(text);
    Vec<u8>, bytes => Self::Blob(bytes);
    &[u8], bytes => Self::Blob(bytes.to_vec());
    Moment, at => Self::Int(at.ms());
    Id, id => Self::Text(id.to_string());
    &Id, id => Self::Text(id.to_string());
    Date, date => Self::Text(date.to_string());
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(maybe: Option<T>) -> Self {
        maybe.map_or(Self::Null, Into::into)
    }
}

impl Value {
    /// The kind in words, for messages.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Int(_) => "a number",
            Self::Text(_) => "text",
            Self::Blob(_) => "bytes",
        }
    }
}
