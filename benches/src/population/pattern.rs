//! A text with holes: what is another in every copy of a case.

use kernel::Moment;

/// What fills a hole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hole {
    /// One of the ids made with the case, by its place in the copy's list.
    Id(usize),
    /// The case number.
    Number,
    /// The applicant's citizen id or credit code.
    Code,
    /// The part of the code that stands in certificates.
    Certificate,
    /// The applicant's name.
    Name,
    /// The credit code of the second party.
    Employer,
    /// The region whose agency decides or supervises.
    Region,
    /// That agency.
    Agency,
    /// `YYYY-MM` of the filing.
    Month,
    /// The serial of a new licence.
    Serial,
    /// The identifier of a new licence.
    Licence,
    /// The commitment to the holder's code in a licence.
    Holder,
    /// A commitment in a leaf: to the decisions in their order, then to the licence, then to what nobody can open any more.
    Committed(usize),
    /// A moment, as it was in the template.
    Moment(i64),
    /// The day of such a moment.
    Day(i64),
}

/// A text and its holes.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Hole(Hole),
}

/// What is looked for in the template's texts. The longest wins.
pub(super) struct Words(Vec<Word>);

struct Word {
    /// The word with its surroundings, as it is looked for.
    sought: String,
    before: &'static str,
    after: &'static str,
    hole: Hole,
}

impl Words {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// A word that is a hole wherever it stands.
    pub(super) fn add(&mut self, word: impl AsRef<str>, hole: Hole) {
        self.between("", word.as_ref(), "", hole);
    }

    /// A word too short to be replaced inside others: only between quotation marks, or as a whole text.
    pub(super) fn quoted(&mut self, word: &str, hole: Hole) {
        self.between("\"", word, "\"", hole);
    }

    /// A word that is a hole between these two only.
    pub(super) fn between(&mut self, before: &'static str, word: &str, after: &'static str, hole: Hole) {
        let sought = format!("{before}{word}{after}");
        let at = self.0.partition_point(|known| known.sought.len() > sought.len());
        if !word.is_empty() && self.0.iter().all(|known| known.sought != sought) {
            self.0.insert(at, Word { sought, before, after, hole });
        }
    }

    /// Cuts the holes into a text.
    pub(super) fn cut(&self, text: &str) -> Pattern {
        let whole = |w: &&Word| w.before == "\"" && w.sought.trim_matches('"') == text;
        if let Some(whole) = self.0.iter().find(whole) {
            return Pattern(vec![Piece::Hole(whole.hole.clone())]);
        }
        let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(first) = rest.chars().next() {
            let Some(found) = self.0.iter().find(|w| rest.starts_with(&w.sought)) else {
                plain.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            };
            plain.push_str(found.before);
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
            pieces.push(Piece::Hole(found.hole.clone()));
            plain.push_str(found.after);
            rest = &rest[found.sought.len()..];
        }
        pieces.push(Piece::Text(plain));
        Pattern(pieces)
    }
}

/// What fills the holes of one copy.
#[derive(Default)]
pub(super) struct Filling {
    pub(super) ids: Vec<String>,
    pub(super) number: String,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) employer: String,
    pub(super) region: String,
    pub(super) agency: String,
    pub(super) month: String,
    pub(super) serial: String,
    pub(super) licence: String,
    pub(super) holder: String,
    pub(super) committed: Vec<String>,
    /// From the template's moments to those of the copy.
    pub(super) shift_ms: i64,
}

impl Pattern {
    /// Whether it is the same in every copy; then its text.
    pub(super) fn fixed(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    pub(super) fn fill(&self, filling: &Filling) -> String {
        let mut text = String::with_capacity(self.0.len() * 32);
        for piece in &self.0 {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Hole(Hole::Moment(ms)) => text.push_str(&Moment::from_ms(ms + filling.shift_ms).to_string()),
                Piece::Hole(Hole::Day(ms)) => {
                    text.push_str(&Moment::from_ms(ms + filling.shift_ms).date().to_string());
                }
                Piece::Hole(hole) => text.push_str(filling.word(hole)),
            }
        }
        text
    }
}

impl Filling {
    fn word(&self, hole: &Hole) -> &str {
        match hole {
            Hole::Id(at) => self.ids.get(*at).map_or("", String::as_str),
            Hole::Committed(at) => self.committed.get(*at).map_or("", String::as_str),
            Hole::Number => &self.number,
            Hole::Code => &self.code,
            Hole::Certificate => self.code.get(6..17).unwrap_or_default(),
            Hole::Name => &self.name,
            Hole::Employer => &self.employer,
            Hole::Region => &self.region,
            Hole::Agency => &self.agency,
            Hole::Month => &self.month,
            Hole::Serial => &self.serial,
            Hole::Licence => &self.licence,
            Hole::Holder => &self.holder,
            Hole::Moment(_) | Hole::Day(_) => "",
        }
    }
}
