//! Where a database is, as written in configuration and on the command line: `sqlite:var/office.db`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::OpenError;

/// The address of a database. PostgreSQL joins as a second kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file.
    Sqlite(PathBuf),
}

impl FromStr for Location {
    type Err = OpenError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        match s.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            _ => Err(OpenError::Location(s.to_owned())),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back() {
        let at: Location = "sqlite:var/office.db".parse().unwrap();
        assert_eq!(at, Location::Sqlite("var/office.db".into()));
        assert_eq!(at.to_string().parse::<Location>().unwrap(), at);
        for wrong in ["", "sqlite:", "var/office.db", "oracle:x"] {
            assert!(matches!(wrong.parse::<Location>(), Err(OpenError::Location(_))), "{wrong}");
        }
    }
}
