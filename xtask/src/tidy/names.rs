//! One word, one meaning: names that say nothing are refused, and the words that GLOSSARY.md does without stay out.

use super::Finding;
use super::exceptions::{Exceptions, FILE, GivenName};
use super::floors::room_of;
use super::source::Source;
use super::tree::Tree;
use syn::visit::{self, Visit};

const GLOSSARY: &str = "GLOSSARY.md";
/// The heading under which GLOSSARY.md lists the words we do without, as "- `word`: what to say instead".
const NOT_OURS: &str = "## Words we do not use";
/// Files and folders that would hold whatever nobody placed.
const ATTICS: &[&str] = &["util", "utils", "common", "helper", "helpers", "misc", "services", "managers"];
/// Last words of type names that say nothing.
const EMPTY_WORDS: &[&str] =
    &["Manager", "Service", "Helper", "Helpers", "Util", "Utils", "Data", "Info", "Common", "Misc"];

pub(crate) fn check(tree: &Tree, exceptions: &Exceptions) -> Vec<Finding> {
    let mut found = attics(tree);
    found.extend(unknown_rooms(tree));
    let refused = refused_words(tree);
    let mut empty = Vec::new();
    for source in &tree.sources {
        let names = definitions(source, &refused);
        found.extend(names.found);
        empty.extend(names.empty);
    }
    found.extend(exceptions.given_name.iter().filter_map(|given| stale(given, &empty)));
    let is_given = |e: &EmptyName| exceptions.given_name.iter().any(|g| g.path == e.path && g.name == e.name);
    found.extend(empty.iter().filter(|e| !is_given(e)).map(EmptyName::finding));
    found
}

/// A type name that says nothing, and where it was given.
struct EmptyName {
    path: String,
    line: usize,
    name: String,
}

impl EmptyName {
    fn finding(&self) -> Finding {
        Finding::new("name", &self.path, self.line, format!("`{}` says nothing; name what it is", self.name))
    }
}

fn stale(given: &GivenName, empty: &[EmptyName]) -> Option<Finding> {
    let used = empty.iter().any(|e| e.path == given.path && e.name == given.name);
    let problem = match (used, given.reason.trim().is_empty()) {
        (false, _) => "is no longer needed: remove it",
        (true, true) => "has no reason",
        (true, false) => return None,
    };
    Some(Finding::new("name", FILE, 0, format!("the exception for {} {} {problem}", given.path, given.name)))
}

fn attics(tree: &Tree) -> Vec<Finding> {
    let is_attic = |part: &str| ATTICS.contains(&part.split('.').next().unwrap_or(part));
    let bad = tree.files.iter().filter(|f| f.path.split('/').any(is_attic));
    bad.map(|f| Finding::new("name", &f.path, 0, "a name for leftovers: put it where it is used, or name what it is"))
        .collect()
}

/// Every room of `affairs` has a line of its own in the glossary.
fn unknown_rooms(tree: &Tree) -> Vec<Finding> {
    let glossary = tree.file(GLOSSARY).map_or("", |f| f.text.as_str());
    let mut rooms: Vec<&str> = tree.files.iter().filter_map(|f| room_of(&f.path)).collect();
    rooms.sort_unstable();
    rooms.dedup();
    let missing = rooms.into_iter().filter(|room| !glossary.contains(&format!("`{room}`")));
    missing.map(|room| Finding::new("glossary", GLOSSARY, 0, format!("the room `{room}` is not explained"))).collect()
}

/// A word and what to say instead.
type Refused = (String, String);

fn refused_words(tree: &Tree) -> Vec<Refused> {
    let glossary = tree.file(GLOSSARY).map_or("", |f| f.text.as_str());
    let lines = glossary.lines().skip_while(|l| *l != NOT_OURS).skip(1).take_while(|l| !l.starts_with("## "));
    lines.flat_map(refused_line).collect()
}

/// "- `a`, `b`: advice" gives two words with one advice.
fn refused_line(line: &str) -> Vec<Refused> {
    let Some((words, advice)) = line.strip_prefix("- ").and_then(|l| l.split_once(": ")) else { return Vec::new() };
    words.split('`').skip(1).step_by(2).map(|word| (squeezed(word), advice.to_owned())).collect()
}

/// Lower case, without underscores: how `TransactionLog` and `transaction_log` are the same word.
fn squeezed(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn definitions<'a>(source: &'a Source, refused: &'a [Refused]) -> Definitions<'a> {
    let mut names = Definitions { path: &source.path, refused, found: Vec::new(), empty: Vec::new() };
    names.visit_file(&source.syntax);
    names
}

/// Looks at each name where we give it, not where we use one that others gave.
struct Definitions<'a> {
    path: &'a str,
    refused: &'a [Refused],
    found: Vec<Finding>,
    empty: Vec<EmptyName>,
}

impl Definitions<'_> {
    fn say(&mut self, name: &syn::Ident, message: String) {
        self.found.push(Finding::new("name", self.path, name.span().start().line, message));
    }

    fn word(&mut self, name: &syn::Ident) {
        let squeezed = squeezed(&name.to_string());
        if let Some((word, advice)) = self.refused.iter().find(|(word, _)| squeezed.contains(word.as_str())) {
            self.say(name, format!("`{name}`: we do not say {word}: {advice}"));
        }
    }

    fn type_word(&mut self, name: &syn::Ident) {
        self.word(name);
        let text = name.to_string();
        if EMPTY_WORDS.iter().any(|w| text.ends_with(w)) {
            let line = name.span().start().line;
            self.empty.push(EmptyName { path: self.path.to_owned(), line, name: text });
        }
    }
}

impl<'ast> Visit<'ast> for Definitions<'_> {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.type_word(&item.ident);
        visit::visit_item_struct(self, item);
    }
    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.type_word(&item.ident);
        visit::visit_item_enum(self, item);
    }
    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.type_word(&item.ident);
        visit::visit_item_trait(self, item);
    }
    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.type_word(&item.ident);
        visit::visit_item_type(self, item);
    }
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.word(&item.ident);
        visit::visit_item_mod(self, item);
    }
    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.word(&item.ident);
        visit::visit_item_const(self, item);
    }
    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.word(&variant.ident);
        visit::visit_variant(self, variant);
    }
    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.word(&signature.ident);
        visit::visit_signature(self, signature);
    }
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.word(&pattern.ident);
        visit::visit_pat_ident(self, pattern);
    }
    fn visit_field(&mut self, field: &'ast syn::Field) {
        if let Some(name) = &field.ident {
            self.word(name);
        }
        visit::visit_field(self, field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIB: &str = "crates/x/src/lib.rs";
    const WORDS: &str =
        "# G\n## Words we do not use\n- `blockchain`, `transaction log`: say transparency log\n## More\n- `fine`: no\n";

    fn messages(files: &[(&str, &str)]) -> Vec<String> {
        let tree = Tree::sample(files);
        let exceptions = Exceptions::read(&tree).expect("a well-formed tidy.toml");
        check(&tree, &exceptions).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn attics_are_found_as_file_and_as_folder() {
        assert_eq!(messages(&[("crates/x/src/utils.rs", "//! D.\n")]).len(), 1);
        assert_eq!(messages(&[("crates/x/src/helpers/a.rs", "//! D.\n")]).len(), 1);
        assert!(messages(&[("crates/x/src/utility_bill.rs", "//! D.\n")]).is_empty());
    }

    #[test]
    fn types_that_say_nothing_are_found() {
        assert_eq!(messages(&[(LIB, "//! D.\nstruct CaseManager;\n")]).len(), 1);
        assert_eq!(messages(&[(LIB, "//! D.\nmod a { enum Info {} }\n")]).len(), 1);
        assert!(messages(&[(LIB, "//! D.\nstruct Managed;\n")]).is_empty());
    }

    #[test]
    fn a_name_that_a_standard_gave_needs_a_reason_and_a_use() {
        let entry =
            |reason: &str| format!("[[given_name]]\npath = \"{LIB}\"\nname = \"Service\"\nreason = \"{reason}\"\n");
        let code = (LIB, "//! D.\nstruct Service;\n");
        assert!(messages(&[code, (FILE, &entry("a noun of DMN"))]).is_empty());
        assert!(messages(&[code, (FILE, &entry(""))])[0].contains("no reason"));
        assert!(messages(&[(FILE, &entry("a noun of DMN"))])[0].contains("no longer"));
    }

    #[test]
    fn words_of_the_glossary_are_refused_in_every_kind_of_name() {
        for bad in [
            "struct Blockchain;",
            "fn append_to_blockchain() {}",
            "enum A { TransactionLog }",
            "struct A { transaction_log: u8 }",
            "fn f() { let blockchain = 1; }",
            "fn f(blockchain: u8) {}",
        ] {
            let found = messages(&[(GLOSSARY, WORDS), (LIB, &format!("//! D.\n{bad}\n"))]);
            assert_eq!(found.len(), 1, "{bad}: {found:?}");
            assert!(found[0].ends_with("say transparency log"), "{found:?}");
        }
        assert!(messages(&[(GLOSSARY, WORDS), (LIB, "//! D.\nfn fine() { blockchain::of_others(); }\n")]).is_empty());
    }

    #[test]
    fn every_room_is_in_the_glossary() {
        let room = ("crates/affairs/src/licence/mod.rs", "//! D.\n");
        assert_eq!(
            messages(&[room, (GLOSSARY, "# G\n")]),
            ["GLOSSARY.md: [glossary] the room `licence` is not explained"]
        );
        assert!(messages(&[room, (GLOSSARY, "# G\n| `licence` | 证照 |\n")]).is_empty());
    }
}
