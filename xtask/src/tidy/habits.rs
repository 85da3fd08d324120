//! Small habits: every module says why it exists, a lint is expected with a reason and never allowed, SQL stands in
//! `record.rs` and in the store only.

use super::Finding;
use super::source::{Source, flat};
use super::tree::Tree;
use proc_macro2::TokenTree;
use syn::visit::{self, Visit};

/// How an SQL text begins, and what must follow somewhere for it not to be prose.
const SQL: &[(&str, &str)] = &[
    ("select ", " from "),
    ("insert into ", ""),
    ("insert or ", " into "),
    ("update ", " set "),
    ("delete from ", ""),
    ("create table ", ""),
    ("create index ", ""),
    ("alter table ", ""),
    ("drop table ", ""),
    ("with ", " as (select"),
    ("pragma ", ""),
];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    // `tests.rs` beside a module says by its name why it exists.
    for file in tree.files.iter().filter(|f| f.path.ends_with(".rs") && f.name() != "tests.rs") {
        let first = file.text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
        if !first.starts_with("//!") {
            found.push(Finding::new("doc", &file.path, 1, "open with `//!`: why does this module exist?"));
        }
    }
    for source in &tree.sources {
        found.extend(allowed_lints(source));
        found.extend(stray_sql(source));
        found.extend(shardless_sql(source));
    }
    found
}

fn allowed_lints(source: &Source) -> Vec<Finding> {
    struct Allows<'a>(&'a str, Vec<Finding>);
    impl<'ast> Visit<'ast> for Allows<'_> {
        fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
            if attribute.path().is_ident("allow") {
                let line = attribute.pound_token.span.start().line;
                let message = "use #[expect(…, reason = \"…\")]: it ends when the need ends";
                self.1.push(Finding::new("allow", self.0, line, message));
            }
            visit::visit_attribute(self, attribute);
        }
    }
    let mut allows = Allows(&source.path, Vec::new());
    allows.visit_file(&source.syntax);
    allows.1
}

fn stray_sql(source: &Source) -> Vec<Finding> {
    let at_home = ["crates/store/", "benches/", "xtask/"].iter().any(|home| source.path.starts_with(home))
        || source.path.ends_with("/record.rs")
        || source.path.contains("/record/");
    if at_home {
        return Vec::new();
    }
    let mut tokens = Vec::new();
    flat(source.production_tokens(), &mut tokens);
    let sql = tokens.iter().filter_map(|t| match t {
        TokenTree::Literal(literal) if is_sql(&literal.to_string()) => Some(literal.span().start().line),
        _ => None,
    });
    sql.map(|line| Finding::new("sql", &source.path, line, "SQL belongs into the room's record.rs or the store"))
        .collect()
}

/// Every table is sorted by its shard first: a read by the id alone walks all of it, which nobody notices before there are a
/// million rows.
fn shardless_sql(source: &Source) -> Vec<Finding> {
    let mut tokens = Vec::new();
    flat(source.production_tokens(), &mut tokens);
    let by_id = tokens.iter().filter_map(|t| match t {
        TokenTree::Literal(literal) if is_by_id_alone(&literal.to_string()) => Some(literal.span().start().line),
        _ => None,
    });
    let message = "a read by the id alone walks the whole table: name the shard, or begin with store::shards!";
    by_id.map(|line| Finding::new("shard", &source.path, line, message)).collect()
}

fn is_by_id_alone(literal: &str) -> bool {
    let words: Vec<String> = literal.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let is_id = |word: &str| word == "id" || word.ends_with(".id");
    is_sql(literal) && words.windows(3).any(|w| w[0] == "where" && is_id(&w[1]) && w[2] == "=")
}

/// `literal` as it stands in the source, quotes included.
fn is_sql(literal: &str) -> bool {
    let text = literal.trim_start_matches(['r', '#', 'b']).trim_start_matches('"').replace("\\n", " ").to_lowercase();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    SQL.iter().any(|(start, later)| words.starts_with(start) && words.contains(later))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, text: &str) -> Vec<String> {
        check(&Tree::sample(&[(path, text)])).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_module_opens_with_its_reason() {
        assert!(messages("a.rs", "\n//! Why.\nmod b {}\n").is_empty());
        assert_eq!(messages("a.rs", "// No.\n").len(), 1);
        assert_eq!(messages("a.rs", "").len(), 1);
        assert!(messages("a/tests.rs", "use super::*;\n").is_empty());
    }

    #[test]
    fn an_allowed_lint_is_found_and_an_expected_one_is_not() {
        assert_eq!(messages("a.rs", "//! W.\n#![allow(dead_code)]\n").len(), 1);
        assert_eq!(messages("a.rs", "//! W.\nfn f() { #[allow(unused)] let a = 1; }\n").len(), 1);
        assert!(messages("a.rs", "//! W.\n#[expect(dead_code, reason = \"soon\")]\nfn f() {}\n").is_empty());
    }

    #[test]
    fn sql_outside_a_record_is_found_in_every_spelling() {
        for sql in
            ["\"SELECT id FROM cases\"", "r#\"\n  select a\n  from b\"#", "\"UPDATE t SET a = 1\"", "\"PRAGMA foo\""]
        {
            let text = format!("//! W.\nfn f() {{ ask({sql}); }}\n");
            assert_eq!(messages("crates/affairs/src/approval/decide.rs", &text).len(), 1, "{sql}");
            assert!(messages("crates/affairs/src/approval/record.rs", &text).is_empty());
            assert!(messages("crates/store/src/lib.rs", &text).is_empty());
        }
    }

    #[test]
    fn a_read_by_the_id_alone_is_found() {
        let at = "crates/affairs/src/approval/record.rs";
        let told = |sql: &str| messages(at, &format!("//! W.\nfn f() {{ ask(\"{sql}\"); }}\n")).len();
        assert_eq!(told("SELECT * FROM case_file WHERE id = $1"), 1);
        assert_eq!(told("SELECT * FROM case_file c WHERE c.id = $1 AND c.state = 'x'"), 1);
        assert_eq!(told("SELECT * FROM case_file WHERE shard = $1 AND id = $2"), 0);
        assert_eq!(told("SELECT * FROM case_file WHERE number = $1"), 0);
    }

    #[test]
    fn sentences_are_not_sql() {
        for text in ["\"Select a file\"", "\"Update your address\"", "\"With best regards\""] {
            assert!(messages("a.rs", &format!("//! W.\nfn f() {{ say({text}); }}\n")).is_empty(), "{text}");
        }
    }
}
