//! The scanner of what is handed in, as the configuration names it.

use std::sync::Arc;
use std::time::Duration;

use affairs::material::Checkers;
use site::material::{Clamd, ClamdSocket};

use super::config::Section;

/// The longest a scan may take; milliseconds.
const LONGEST_MS: u32 = 300_000;

/// clamd as it is reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Scanner {
    socket: ClamdSocket,
    patience: Duration,
}

/// Reads `[scanner]`; none: our own check alone.
pub(super) fn read(root: &mut Section) -> Option<Scanner> {
    if !root.has("scanner") {
        return None;
    }
    let mut section = root.section("scanner");
    let clamd = section.text("clamd", "");
    let protected = section.flag("protected_network", false);
    let timeout_ms = section.positive("timeout_ms", 60_000);
    if timeout_ms > LONGEST_MS {
        section.wrong("timeout_ms", format!("{timeout_ms} is too long"), format!("write {LONGEST_MS} or less"));
    }
    let socket = socket(&mut section, &clamd, protected);
    root.merge(section);
    Some(Scanner { socket: socket?, patience: Duration::from_millis(u64::from(timeout_ms)) })
}

fn socket(section: &mut Section, clamd: &str, protected: bool) -> Option<ClamdSocket> {
    if let Some(path) = clamd.strip_prefix("unix:").filter(|path| path.starts_with('/')) {
        return Some(ClamdSocket::Unix(path.into()));
    }
    let Some((host, _)) = clamd.rsplit_once(':').filter(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    else {
        section.wrong(
            "clamd",
            format!("{clamd:?} is no socket"),
            "write it like unix:/run/clamav/clamd.ctl or 127.0.0.1:3310",
        );
        return None;
    };
    if !protected && !["127.0.0.1", "localhost", "[::1]"].contains(&host) {
        let mend = "use a socket of this machine, or write protected_network = true where nobody else can listen";
        section.wrong("clamd", "clamd has no TLS: what citizens hand in would be read on the way", mend);
    }
    Some(ClamdSocket::Tcp(clamd.to_owned()))
}

/// What every file must pass.
pub(crate) fn attach(scanner: Option<&Scanner>) -> Checkers {
    match scanner {
        Some(scanner) => Checkers::with(Arc::new(Clamd::new(scanner.socket.clone(), scanner.patience))),
        None => Checkers::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::config;
    use super::*;

    fn read(scanner: &str) -> Result<Option<Scanner>, Vec<String>> {
        let text = format!("public_origin = \"http://127.0.0.1:8080\"\n{scanner}");
        let told = |faults: Vec<config::Fault>| faults.into_iter().map(|fault| fault.field).collect();
        config::read(&text).map(|config| config.scanner).map_err(told)
    }

    #[test]
    fn a_scanner_is_a_socket_of_this_machine_or_a_protected_address() {
        assert_eq!(read(""), Ok(None));
        assert_eq!(attach(None).name(), affairs::material::BUILT_IN);
        let unix = read("[scanner]\nclamd = \"unix:/run/clamav/clamd.ctl\"").unwrap();
        assert_eq!(attach(unix.as_ref()).name(), "clamd unix:/run/clamav/clamd.ctl");
        let here = read("[scanner]\nclamd = \"127.0.0.1:3310\"\ntimeout_ms = 9000").unwrap().unwrap();
        assert_eq!(here.patience, Duration::from_secs(9));
        assert!(read("[scanner]\nclamd = \"scan.internal:3310\"\nprotected_network = true").is_ok());
        for (wrong, field) in [
            ("clamd = \"scan.internal:3310\"", "scanner.clamd"),
            ("clamd = \"unix:relative\"", "scanner.clamd"),
            ("timeout_ms = 9", "scanner.clamd"),
            ("clamd = \"127.0.0.1:3310\"\ntimeout_ms = 900000", "scanner.timeout_ms"),
            ("clamd = \"127.0.0.1:3310\"\ncolour = 1", "scanner.colour"),
        ] {
            assert_eq!(read(&format!("[scanner]\n{wrong}")), Err(vec![field.to_owned()]), "{wrong}");
        }
    }
}
