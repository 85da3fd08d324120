//! A condition more, or one less, in the sentence table: its decision in the model and its row in `item.toml`, always both.

use kernel::{Grade, Text};
use rules::Type;
use rules::sentence::{self, Comparison, NewDecision, Refusal, Row};
use toml_edit::{DocumentMut, InlineTable, Item as Node, Table, value};

use super::sheet::{Editing, facts, refused, word_of};
use super::spoken::{self, Meaning, comparison, suits};
use super::texts::{self, Texts};

/// The words of what a failed condition means, as `item.toml` has them.
pub const FAILURES: [&str; 5] = ["correct", "refer", "draft_refusal", "special_step", "not_needed"];
/// The grades of what is known.
pub const GRADES: [Grade; 5] = [Grade::A, Grade::B, Grade::C, Grade::D, Grade::U];

/// Fields of which one at least is written where a condition is wanted; the others have a value from the start.
const WRITTEN: [&str; 8] =
    ["fact", "value", "sentence_zh", "sentence_en", "basis_zh", "basis_en", "mend_zh", "mend_en"];

/// What a new condition may read: what the model has, and every other fact of the item.
pub(super) fn offered(texts: &Texts, document: &DocumentMut) -> Vec<(String, Type)> {
    let mut all = facts(texts);
    let rows = document.get("fact").and_then(Node::as_array_of_tables);
    for row in rows.into_iter().flat_map(|rows| rows.iter()) {
        let (name, of) = (word_of(row, "input"), Type::builtin(&word_of(row, "type")));
        if let Some(of) = of.filter(|_| !all.iter().any(|(known, _)| *known == name)) {
            all.push((name, of));
        }
    }
    all
}

impl Editing<'_> {
    /// The texts without the conditions that were ticked.
    pub(super) fn taken_out(&mut self, texts: &Texts) -> Texts {
        let mut left = texts.clone();
        let Ok(mut document) = texts.item_toml.parse::<DocumentMut>() else { return left };
        let ids = ids(&document);
        let pointer = |id: &str| format!("/condition/{id}/gone");
        let gone: Vec<&String> = ids.iter().filter(|id| self.said(&pointer(id)) == Some("true")).collect();
        if gone.is_empty() {
            return left;
        }
        if gone.len() == ids.len() {
            let last = pointer(&ids[0]);
            self.wrong(
                last,
                Text::new("一个事项至少要有一个条件，请留下一个", "an item has at least one condition: leave one"),
            );
            return left;
        }
        for id in gone {
            match sentence::remove(&left.rules, id) {
                Ok(rules) => left.rules = rules,
                // A row without a decision goes by itself.
                Err(Refusal::NoDecision(_)) => {}
                Err(refusal) => {
                    self.wrong(pointer(id), refused(&refusal));
                    continue;
                }
            }
            texts::take_out(&mut document, id);
        }
        left.item_toml = document.to_string();
        left
    }

    /// The texts with the condition that was written; `before` is what they were before anything was taken out.
    pub(super) fn added(&mut self, texts: Texts, before: &Texts) -> Texts {
        if !WRITTEN.iter().any(|field| self.fresh(field).is_some_and(|said| !said.is_empty())) {
            return texts;
        }
        let Ok(mut document) = texts.item_toml.parse::<DocumentMut>() else {
            let told = Text::new(
                "条件文件读不出来，请先在专家视图中改正",
                "item.toml cannot be read: mend it in the expert's view first",
            );
            self.wrong("/new/fact".to_owned(), told);
            return texts;
        };
        let (found, facts, id) = (self.errors.len(), offered(&texts, &document), free(before));
        let row = self.new_sentence(&facts);
        let table = self.described(&document, &id);
        let Some(row) = row.filter(|_| self.errors.len() == found) else { return texts };
        let name = self.fresh("sentence_zh").unwrap_or_default();
        let new = NewDecision { id: &id, name, rows: &[row], facts: &facts };
        match sentence::add(&texts.rules, &new) {
            Ok(rules) => {
                texts::put_in(&mut document, table);
                Texts { rules, item_toml: document.to_string(), ..texts }
            }
            Err(refusal) => {
                let field = match refusal {
                    Refusal::Taken(_) => "sentence_zh",
                    Refusal::Value { .. } => "value",
                    _ => "fact",
                };
                self.wrong(format!("/new/{field}"), refused(&refusal));
                texts
            }
        }
    }

    /// What was typed into a field of the new condition, in one line.
    fn fresh(&self, field: &str) -> Option<&str> {
        self.said(&format!("/new/{field}"))
    }

    fn new_sentence(&mut self, facts: &[(String, Type)]) -> Option<Row> {
        let fact = self.fresh("fact").unwrap_or_default().to_owned();
        let Some((_, of)) = facts.iter().find(|(name, _)| *name == fact) else {
            let told = Text::new(
                "请选择这个条件看哪个事实；这里没有的事实，要先由编目人员写进事项",
                "choose the fact it looks at; a fact that is not here must be written into the item first",
            );
            self.wrong("/new/fact".to_owned(), told);
            return None;
        };
        let comparison = self.fresh("comparison").and_then(comparison).unwrap_or(Comparison::Equal);
        if let Err(how) = suits(comparison, of) {
            self.wrong("/new/comparison".to_owned(), how);
            return None;
        }
        let words = self.fresh("value").unwrap_or_default().to_owned();
        match spoken::heard(&words, comparison, &Meaning { facts, fact: &fact, before: None }) {
            Ok(value) => Some(Row { group: 0, fact, comparison, value }),
            Err(how) => {
                self.wrong("/new/value".to_owned(), how);
                None
            }
        }
    }

    /// Its row in `item.toml`; what is missing is told, all of it.
    fn described(&mut self, document: &DocumentMut, id: &str) -> Table {
        let (source, article) = (self.word("source"), self.word("article"));
        let (grade, on_fail) = (self.word("grade"), self.word("on_fail"));
        let (sentence, mend) = (self.both("sentence", None), self.both("mend", None));
        // Whoever names a source need not name it twice.
        let basis = self.both("basis", title(document, &source));
        self.backed(&grade, (&source, &article));
        if !FAILURES.contains(&on_fail.as_str()) {
            self.wrong("/new/on_fail".to_owned(), Text::new("请选择不满足时怎么办", "choose what a failure means"));
        }
        let mut row = Table::new();
        row.decor_mut().set_prefix("\n");
        let words = [("id", value(id)), ("sentence", sentence), ("basis", basis), ("on_fail", value(on_fail))];
        let known = [("mend", mend), ("status", value("demonstration")), ("grade", value(grade))];
        words.into_iter().chain(known).for_each(|(key, node)| {
            row.insert(key, node);
        });
        for (key, said) in [("source", source), ("article", article)] {
            if !said.is_empty() {
                row.insert(key, value(said));
            }
        }
        row
    }

    fn word(&self, field: &str) -> String {
        self.fresh(field).unwrap_or_default().to_owned()
    }

    /// A text in both languages; where neither is written, `otherwise`.
    fn both(&mut self, field: &str, otherwise: Option<Text>) -> Node {
        let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let [zh, en] =
            ["zh", "en"].map(|language| one_line(self.fresh(&format!("{field}_{language}")).unwrap_or_default()));
        let text = match otherwise {
            Some(text) if zh.is_empty() && en.is_empty() => text,
            _ => Text { zh, en },
        };
        for (language, said) in [("zh", &text.zh), ("en", &text.en)] {
            if said.is_empty() {
                self.wrong(format!("/new/{field}_{language}"), Text::new("不能为空", "must not be empty"));
            }
        }
        let mut table = InlineTable::new();
        table.insert("zh", text.zh.into());
        table.insert("en", text.en.into());
        value(table)
    }

    /// A statement of law has the source its grade asks for.
    fn backed(&mut self, grade: &str, (source, article): (&str, &str)) {
        let Some(known) = Grade::from_letter(grade) else {
            self.wrong("/new/grade".to_owned(), Text::new("请选择可信等级", "choose how well it is known"));
            return;
        };
        if matches!(known, Grade::A | Grade::B | Grade::C) && source.is_empty() {
            let told = Text::new(
                format!("{grade} 级要有出处；没有出处的，请选 D（本系统的设计）或者 U（未核实）"),
                format!("grade {grade} needs a source; without one it is D (our own design) or U (unverified)"),
            );
            self.wrong("/new/source".to_owned(), told);
        }
        if known == Grade::A && article.is_empty() {
            let told = Text::new("A 级要写明读过的条文", "grade A names the article that was read");
            self.wrong("/new/article".to_owned(), told);
        }
    }
}

fn ids(document: &DocumentMut) -> Vec<String> {
    texts::rows(document).into_iter().flat_map(|rows| rows.iter().map(|row| word_of(row, "id"))).collect()
}

/// The next number that no condition has had in this draft.
fn free(before: &Texts) -> String {
    let ids = before.item_toml.parse::<DocumentMut>().map(|document| ids(&document)).unwrap_or_default();
    let last = ids.iter().filter_map(|id| id.strip_prefix('c')?.parse::<u32>().ok()).max().unwrap_or(0);
    let mut all = (last.saturating_add(1)..).map(|n| format!("c{n}"));
    all.find(|id| !before.rules.contains(&format!("id=\"{id}\""))).unwrap_or_default()
}

fn title(document: &DocumentMut, source: &str) -> Option<Text> {
    let rows = document.get("source").and_then(Node::as_array_of_tables)?;
    let row = rows.iter().find(|row| word_of(row, "id") == source && !source.is_empty())?;
    Some(super::sheet::text_of(row, "title"))
}
