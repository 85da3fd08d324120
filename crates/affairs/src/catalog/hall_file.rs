//! Reading `catalog/halls`: `offers.toml` (what places may do, when they are open, the averages to compare with), lists of
//! places, one a level or a city, and `counters.csv`. Every wrong line is named; the others are read all the same.

use std::collections::BTreeMap;

use kernel::{Date, RegionCode, RegionLevel, Text};

use super::diagnostic::{Diagnostic, Report};
use super::entry::{Entry, EntryKind};
use super::fields::{self, Fields};
use super::figure::backing;
use super::hall::{
    Attendance, Attended, Average, Counter, Hall, HallAct, HallKind, HallOffer, Halls, KindLimit, Located,
};
use super::line;

/// The file of what the rows of the others name.
const OFFERS: &str = "offers";
/// The file of how people wait.
const TICKETS: &str = "tickets";
/// The list of counters.
const COUNTERS: &str = "counters";
/// The first line of a list of places that is no comment.
pub(super) const HEADER: &str = "id,name_zh,name_en,region,kind,agency,hours,offers,address,phone,longitude,latitude,located_by,standing,source,valid_from,valid_to";
/// The first line of `counters.csv` that is no comment.
pub(super) const COUNTERS_HEADER: &str = "hall,code,name_zh,name_en,offers,valid_from,valid_to";

const KINDS: [(&str, HallKind); 3] =
    [("hall", HallKind::Hall), ("station", HallKind::Station), ("point", HallKind::Point)];
const LEVELS: [(&str, RegionLevel); 5] = [
    ("region", RegionLevel::Region),
    ("city", RegionLevel::City),
    ("county", RegionLevel::County),
    ("township", RegionLevel::Township),
    ("village", RegionLevel::Village),
];

/// Where the rows of a place and of a counter stand, for the lint.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// File and line of each place.
    pub(super) halls: BTreeMap<String, (String, usize)>,
    /// Line of each counter in `counters.csv`, by place and code.
    pub(super) counters: BTreeMap<(String, String, Date), usize>,
}

/// Reads every file; what is wrong stands in `findings`.
pub(super) fn read(entries: &[Entry], findings: &mut Vec<Diagnostic>) -> (Halls, Lines) {
    let (mut halls, mut lines) = (Halls::default(), Lines::default());
    let mut own: Vec<&Entry> = entries.iter().filter(|e| e.kind == EntryKind::Hall).collect();
    // Places before their counters, whatever the order of files.
    own.sort_by_key(|e| (e.id != OFFERS, e.id == COUNTERS, e.id.clone()));
    for entry in own {
        let report = Report::of(entry.path());
        let (name, bytes) = entry.only().unwrap_or_default();
        match (entry.id.as_str(), std::str::from_utf8(bytes)) {
            (_, Err(_)) => report.error("file", "not UTF-8", "save the file as UTF-8"),
            (OFFERS, _) => {
                if let Some(table) = fields::parse(bytes, &report) {
                    offers(&Fields::root(&table, &report), &mut halls);
                }
            }
            (TICKETS, _) => {
                halls.line_law =
                    fields::parse(bytes, &report).and_then(|table| line::read(&Fields::root(&table, &report)));
            }
            (COUNTERS, Ok(text)) => counters(text, &report, (&mut halls, &mut lines)),
            (_, Ok(text)) => places(text, &report, (&mut halls, &mut lines), &format!("halls/{name}")),
        }
        findings.extend(report.into_found());
    }
    for hall in halls.by_id.values() {
        halls.by_region.entry(hall.region).or_default().push(hall.id.clone());
    }
    (halls, lines)
}

fn offers(root: &Fields<'_>, halls: &mut Halls) {
    halls.limits = root.rows("kind").iter().map(limit).collect();
    halls.attended = root.rows("hours").iter().map(attended).collect();
    halls.offers = root.rows("offer").iter().map(offer).collect();
    halls.averages = root.rows("average").iter().map(average).collect();
    root.done();
}

fn limit(row: &Fields<'_>) -> KindLimit {
    let limit =
        KindLimit { kind: row.choice("id", &KINDS), name: row.text("name"), acts: acts(row), backing: backing(row) };
    row.done();
    limit
}

fn attended(row: &Fields<'_>) -> Attended {
    let words = [("centralised", Attendance::Centralised), ("individual", Attendance::Individual)];
    let attended = Attended {
        id: row.str("id"),
        attendance: row.choice("attendance", &words),
        name: row.text("name"),
        hours: row.rows("hours").iter().map(super::agency::hours).collect(),
        backing: backing(row),
    };
    row.done();
    attended
}

fn offer(row: &Fields<'_>) -> HallOffer {
    let kinds = listed(row, "kinds", &KINDS, "write hall, station or point");
    let offer = HallOffer {
        id: row.str("id"),
        name: row.text("name"),
        kinds,
        acts: acts(row),
        items: row.strings("items"),
        backing: backing(row),
    };
    row.done();
    offer
}

fn average(row: &Fields<'_>) -> Average {
    let levels = listed(row, "levels", &LEVELS, "write region, city, county, township or village");
    let permille = row.int("permille");
    if permille > 1_000 {
        row.error("permille", "is more than a thousand", "write parts of a thousand: 96.8 % is 968");
    }
    let average = Average { levels, permille, name: row.text("name"), backing: backing(row) };
    row.done();
    average
}

fn acts(row: &Fields<'_>) -> Vec<HallAct> {
    let words: Vec<(&str, HallAct)> = HallAct::ALL.iter().map(|act| (act.word(), *act)).collect();
    let mend = "write some of inform, assist_fill, collect_and_forward, first_review, receive, deliver; no place decides, \
                an agency does (delegations/)";
    listed(row, "acts", &words, mend)
}

fn listed<T: Copy>(row: &Fields<'_>, field: &'static str, words: &[(&str, T)], mend: &str) -> Vec<T> {
    let mut all = Vec::new();
    for word in row.strings(field) {
        match words.iter().find(|(known, _)| *known == word) {
            Some((_, value)) => all.push(*value),
            None => row.error(field, format!("unknown word {word:?}"), mend),
        }
    }
    if all.is_empty() {
        row.error(field, "names nothing", mend);
    }
    all
}

/// The lines that hold rows; a wrong header is told.
fn rows<'a>(text: &'a str, header: &str, report: &Report) -> Vec<(usize, &'a str)> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    let mut rows: Vec<(usize, &str)> = lines.filter(|(_, l)| !l.starts_with('#') && !l.trim().is_empty()).collect();
    if let Some((line, found)) = rows.first().copied() {
        if found == header {
            rows.remove(0);
        } else {
            report.error(format!("line {line}"), format!("the first line must be {header}"), "write the header");
        }
    }
    rows
}

fn places(text: &str, report: &Report, (halls, lines): (&mut Halls, &mut Lines), path: &str) {
    for (line, row) in rows(text, HEADER, report) {
        match place(row) {
            Ok(hall) if halls.by_id.contains_key(&hall.id) => {
                report.error(
                    format!("line {line}"),
                    format!("{:?} stands twice", hall.id),
                    "give each place its own id",
                );
            }
            Ok(hall) => {
                lines.halls.insert(hall.id.clone(), (path.to_owned(), line));
                halls.by_id.insert(hall.id.clone(), hall);
            }
            Err(reasons) => {
                for reason in reasons {
                    report.error(format!("line {line}"), reason, "mend the line");
                }
            }
        }
    }
}

/// Everything wrong with a row at once.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn take<T>(&mut self, read: Result<T, String>) -> Option<T> {
        read.map_err(|reason| self.0.push(reason)).ok()
    }

    fn unless(&mut self, right: bool, reason: &str) {
        if !right {
            self.0.push(reason.to_owned());
        }
    }
}

fn place(row: &str) -> Result<Hall, Vec<String>> {
    let parts: Vec<&str> = row.split(',').collect();
    let [id, zh, en, region, kind, agency, hours, offers, address, phone, east, north, by, standing, source, from, to] =
        parts[..]
    else {
        return Err(vec![format!("{} columns instead of {}", parts.len(), HEADER.split(',').count())]);
    };
    let mut wrong = Wrong::default();
    wrong.unless(is_id(id), "the id is of small letters, digits and dashes");
    wrong.unless(!zh.trim().is_empty(), "no Chinese name");
    wrong.unless(!source.trim().is_empty(), "no source; write where this entry comes from");
    wrong.unless(matches!(standing, "demonstration" | "confirmed"), "standing is demonstration or confirmed");
    let region = wrong.take(region.parse::<RegionCode>().map_err(|e| e.to_string()));
    let known = KINDS.iter().find(|(word, _)| *word == kind).map(|(_, kind)| *kind);
    let kind = wrong.take(known.ok_or_else(|| format!("kind {kind:?} is none of hall, station, point")));
    let located = wrong.take(located(east, north, by)).flatten();
    let (from, to) = (wrong.take(date(from)), wrong.take(last_day(to)).flatten());
    match (region, kind, from, wrong.0.is_empty()) {
        (Some(region), Some(kind), Some(valid_from), true) => Ok(Hall {
            id: id.to_owned(),
            name: Text::new(zh, if en.is_empty() { zh } else { en }),
            region,
            kind,
            agency: Some(agency).filter(|a| !a.is_empty()).map(str::to_owned),
            hours: hours.to_owned(),
            offers: names(offers),
            address: address.to_owned(),
            phone: phone.to_owned(),
            located,
            counters: Vec::new(),
            demonstration: standing == "demonstration",
            source: source.to_owned(),
            valid_from,
            valid_to: to,
        }),
        _ => Err(wrong.0),
    }
}

/// Both coordinates with who measured them, or none of the three.
fn located(east: &str, north: &str, by: &str) -> Result<Option<Located>, String> {
    if [east, north, by].iter().all(|cell| cell.is_empty()) {
        return Ok(None);
    }
    if by.trim().is_empty() {
        return Err("a place on the map without located_by; write who measured or published it".into());
    }
    let (east, north) = (micro(east)?, micro(north)?);
    // China and the sea around it; a swapped pair lies outside.
    if !(73_000_000..=136_000_000).contains(&east) || !(3_000_000..=54_000_000).contains(&north) {
        return Err("longitude and latitude lie outside China; are they swapped?".into());
    }
    Ok(Some(Located { longitude_micro: east, latitude_micro: north, source: by.to_owned() }))
}

/// Degrees with up to six decimals, in millionths.
fn micro(degrees: &str) -> Result<i32, String> {
    let wrong = || format!("{degrees:?} is no number of degrees like 108.366543");
    let (whole, part) = degrees.split_once('.').unwrap_or((degrees, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || whole.len() > 3 || part.len() > 6 {
        return Err(wrong());
    }
    format!("{whole}{part:0<6}").parse().map_err(|_| wrong())
}

fn counters(text: &str, report: &Report, (halls, lines): (&mut Halls, &mut Lines)) {
    for (line, row) in rows(text, COUNTERS_HEADER, report) {
        let told = |reason: String, mend: &str| report.error(format!("line {line}"), reason, mend);
        match counter(row) {
            Ok((id, counter)) => match halls.by_id.get_mut(&id) {
                None => told(format!("no hall {id:?}"), "write it into one of the lists beside"),
                Some(hall) if hall.counters.iter().any(|c| c.code == counter.code && together(c, &counter)) => {
                    told(format!("{id} has two counters {} at once", counter.code), "end one with valid_to");
                }
                Some(hall) => {
                    lines.counters.insert((id, counter.code.clone(), counter.valid_from), line);
                    hall.counters.push(counter);
                    hall.counters.sort_by(|a, b| (&a.code, a.valid_from).cmp(&(&b.code, b.valid_from)));
                }
            },
            Err(reasons) => reasons.into_iter().for_each(|reason| told(reason, "mend the line")),
        }
    }
}

fn together(a: &Counter, b: &Counter) -> bool {
    b.valid_to.is_none_or(|end| a.valid_from <= end) && a.valid_to.is_none_or(|end| b.valid_from <= end)
}

fn counter(row: &str) -> Result<(String, Counter), Vec<String>> {
    let parts: Vec<&str> = row.split(',').collect();
    let [hall, code, zh, en, offers, from, to] = parts[..] else {
        return Err(vec![format!("{} columns instead of 7", parts.len())]);
    };
    let mut wrong = Wrong::default();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    wrong.unless(
        !code.is_empty() && code.len() <= 16 && code.chars().all(plain),
        "the code is of letters, digits, dashes",
    );
    wrong.unless(!zh.trim().is_empty(), "no Chinese name");
    let (from, to) = (wrong.take(date(from)), wrong.take(last_day(to)).flatten());
    match (from, wrong.0.is_empty()) {
        (Some(valid_from), true) => {
            let name = Text::new(zh, if en.is_empty() { zh } else { en });
            let counter = Counter { code: code.to_owned(), name, offers: names(offers), valid_from, valid_to: to };
            Ok((hall.to_owned(), counter))
        }
        _ => Err(wrong.0),
    }
}

fn names(cell: &str) -> Vec<String> {
    cell.split(';').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("{text:?} is no date like 2023-06-30"))
}

fn last_day(text: &str) -> Result<Option<Date>, String> {
    if text.is_empty() { Ok(None) } else { date(text).map(Some) }
}

fn is_id(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !id.is_empty() && id.len() <= 64 && id.chars().all(plain)
}
