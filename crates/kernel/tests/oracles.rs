//! Our calendar and our checks against public packages that others wrote: `chinesecalendar` and `python-stdnum`.
//!
//! They run where python3 and the packages are installed; elsewhere each prints one line that says it was skipped.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;
use std::process::{Command, Stdio};

use kernel::code::{LICENCE_ROOT, Reason};
use kernel::{CitizenId, Date, Entropy, LicenceCode, OrganisationCode, SeededEntropy, Uscc, WorkCalendar, YearTable};

/// What the script prints for `input`; none where it cannot run here.
fn ask(script: &str, arguments: &[&str], input: &str) -> Option<String> {
    let path = format!("{}/tests/{script}", env!("CARGO_MANIFEST_DIR"));
    let child = Command::new("python3").arg(path).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        skip(script, "python3");
        return None;
    };
    // Written beside the reading: a pipe holds less than either side sends.
    let mut pipe = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || pipe.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let written = writer.join().unwrap();
    if output.status.code() == Some(77) {
        skip(script, "its package: pip install chinesecalendar python-stdnum");
        return None;
    }
    assert!(output.status.success(), "{script} failed");
    written.unwrap();
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Said past the test runner, which keeps what a passing test prints to itself.
fn skip(script: &str, needs: &str) {
    let line = format!("skipped: {script} needs {needs}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

#[test]
fn every_day_of_the_calendar_is_as_the_oracle_says() {
    let folder = format!("{}/../../catalog/calendars", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let calendar = WorkCalendar::new(files.map(|text| toml::from_str::<YearTable>(&text).unwrap())).unwrap();
    let (first, last) = (calendar.years().next().unwrap(), calendar.years().next_back().unwrap());
    let Some(told) = ask("oracle_calendar.py", &[&first.to_string(), &last.to_string()], "") else { return };
    let mut compared = 0;
    for line in told.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let day = calendar.day(fields[0].parse::<Date>().unwrap()).unwrap();
        let ours = (day.kind.is_working(), day.name.map_or("-", |name| name.en.as_str()));
        assert_eq!(ours, (fields[1] == "1", fields[2]), "{}", fields[0]);
        compared += 1;
    }
    assert_eq!(compared, calendar.years().map(|year| calendar.year(year).unwrap().len()).sum::<usize>());
}

/// Numbers below `n`, the same in every run.
struct Dice(SeededEntropy);

impl Dice {
    fn below(&self, n: usize) -> usize {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes) as usize % n
    }

    fn text(&self, alphabet: &str, length: usize) -> String {
        (0..length).map(|_| char::from(alphabet.as_bytes()[self.below(alphabet.len())])).collect()
    }

    /// The text, with one character changed every second time.
    fn perhaps_wrong(&self, text: String, alphabet: &str) -> String {
        if self.below(2) == 0 {
            return text;
        }
        let at = self.below(text.len());
        text.char_indices().map(|(i, c)| if i == at { self.text(alphabet, 1) } else { c.to_string() }).collect()
    }
}

const DIGITS: &str = "0123456789";
const LETTERS_31: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const LETTERS_36: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A credit code whose first eight are digits: the oracle refuses the letters that the standard has there.
fn a_uscc(dice: &Dice) -> Uscc {
    let head = format!("{}{}{}", dice.text("123456789", 1), dice.text("123459", 1), dice.text(DIGITS, 6));
    Uscc::generate(&head, &OrganisationCode::generate(&dice.text(LETTERS_31, 8)).unwrap()).unwrap()
}

fn a_citizen(dice: &Dice) -> String {
    let birth = Date::constant(1900, 1, 1).checked_add(jiff::Span::new().days(dice.below(45_000) as i64)).unwrap();
    CitizenId::generate(&dice.text(DIGITS, 6), birth, u16::try_from(dice.below(1000)).unwrap()).unwrap().into()
}

/// The part of a licence identifier that the check covers, with its check character.
fn a_licence(dice: &Dice) -> String {
    let kind = format!("{}{}", a_uscc(dice), dice.text(DIGITS, 3));
    let serial = dice.text(LETTERS_36, 1 + dice.below(32));
    let code = LicenceCode::generate(&kind, &a_uscc(dice), &serial, 1 + u16::try_from(dice.below(999)).unwrap());
    code.unwrap().as_str()[LICENCE_ROOT.len()..].replace('.', "")
}

#[test]
fn every_check_character_is_as_the_oracle_says() {
    let dice = Dice(SeededEntropy::new(20_261_123));
    let mut texts = Vec::new();
    for _ in 0..2_000 {
        texts.push(("uscc", dice.perhaps_wrong(a_uscc(&dice).into(), DIGITS)));
        texts.push(("citizen", dice.perhaps_wrong(a_citizen(&dice), DIGITS)));
        texts.push(("licence", a_licence(&dice)));
    }
    let input: String = texts.iter().map(|(kind, text)| format!("{kind} {text}\n")).collect();
    let Some(told) = ask("oracle_codes.py", &[], &input) else { return };
    assert_eq!(told.lines().count(), texts.len());
    let mut good = 0;
    for ((kind, text), line) in texts.iter().zip(told.lines()) {
        let (expected, valid) = (line.chars().next().unwrap(), line.ends_with('1'));
        let refusal = match *kind {
            "uscc" => Uscc::parse(text).err(),
            "citizen" => CitizenId::parse(text).err(),
            // Only the right ones are asked about: generating made the check, the oracle agrees or not.
            _ => None,
        };
        good += u32::from(refusal.is_none());
        match refusal.map(|error| error.reason) {
            None => {
                assert!(valid && text.ends_with(expected), "{kind} {text}: the oracle refuses, expecting {expected}")
            }
            Some(Reason::CheckDigit { expected: ours, .. } | Reason::CheckDigitAlone { expected: ours, .. }) => {
                assert_eq!((ours, valid), (expected, false), "{kind} {text}");
            }
            // What the oracle does not look at: the organisation code inside, the registrar, the class, the date.
            Some(
                Reason::OrganisationCheck { .. }
                | Reason::Registrar { .. }
                | Reason::Class { .. }
                | Reason::BirthDate { .. },
            ) => {}
            Some(other) => panic!("{kind} {text}: {other:?}"),
        }
    }
    assert!(good > 3_000, "only {good} right codes compared");
}
