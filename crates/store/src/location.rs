//! Where a database is, as written in configuration and on the command line: `sqlite:var/office.db`,
//! `postgres://office@127.0.0.1:5432/office`, `postgres://office@%2Frun%2Fpostgresql/office` (a socket's folder).

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::{OpenError, postgres};

/// The address of a database.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database, as a URL. May hold a password: shown without it.
    Postgres(String),
}

impl FromStr for Location {
    type Err = OpenError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        match s.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") && postgres::is_url(s) => {
                Ok(Self::Postgres(s.to_owned()))
            }
            _ => Err(OpenError::Location(s.to_owned())),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The URL as it may be shown: `postgres://user:…@host/db`.
fn without_password(url: &str) -> String {
    let (before, options) = url.split_once('?').unwrap_or((url, ""));
    let shown = match before.split_once("//").and_then(|(scheme, rest)| Some((scheme, rest.split_once('@')?))) {
        Some((scheme, (user, host))) => format!("{scheme}//{}@{host}", user.split(':').next().unwrap_or_default()),
        None => before.to_owned(),
    };
    let kept: Vec<&str> = options.split('&').filter(|o| !o.is_empty() && !o.starts_with("password=")).collect();
    if kept.is_empty() { shown } else { format!("{shown}?{}", kept.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back() {
        let at: Location = "sqlite:var/office.db".parse().unwrap();
        assert_eq!(at, Location::Sqlite("var/office.db".into()));
        assert_eq!(at.to_string().parse::<Location>().unwrap(), at);
        for wrong in ["", "sqlite:", "var/office.db", "oracle:x", "postgres:office", "postgres://h:x/office"] {
            assert!(matches!(wrong.parse::<Location>(), Err(OpenError::Location(_))), "{wrong}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let cases = [
            ("postgres://gx:s3cret@db.example:5433/office", "postgres://gx@db.example:5433/office"),
            ("postgres://gx@%2Frun%2Fpostgresql/office", "postgres://gx@%2Frun%2Fpostgresql/office"),
            ("postgresql:///office?host=/run&password=s3cret", "postgresql:///office?host=/run"),
        ];
        for (given, shown) in cases {
            let at: Location = given.parse().unwrap();
            assert_eq!((at.to_string(), format!("{at:?}")), (shown.to_owned(), shown.to_owned()));
            assert_eq!(at, Location::Postgres(given.to_owned()));
        }
    }
}
