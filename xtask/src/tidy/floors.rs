//! Inside `affairs` a room uses only rooms of lower floors, so there is no cycle and no call upward.
//!
//! An exception is a line of ARCHITECTURE.md: "- window -> supervision: the reason".

use super::Finding;
use super::source::{Source, flat};
use super::tree::Tree;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeMap;

const ROOMS: &[(&str, u8)] = &[
    ("catalog", 0),
    ("region", 0),
    ("access", 1),
    ("register", 1),
    ("licence", 1),
    ("material", 1),
    ("powers", 1),
    ("openness", 1),
    ("message", 1),
    ("approval", 2),
    ("trading", 2),
    ("window", 3),
    ("joint", 3),
    ("light", 3),
    ("rating", 3),
    ("supervision", 3),
    ("credit", 3),
    ("ticket", 3),
    ("agent", 3),
    ("workshop", 3),
    ("land", 3),
    ("enterprise", 3),
    ("report", 4),
    ("portal", 4),
];
const AFFAIRS: &str = "crates/affairs/src/";
const MAP: &str = "ARCHITECTURE.md";

/// Uses of one room by another: the first place of each.
type Uses = BTreeMap<(String, String), (String, usize)>;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let uses = uses(tree);
    let allowed = exceptions(tree);
    let mut found = Vec::new();
    for ((from, to), (path, line)) in &uses {
        if floor(from) <= floor(to) && !allowed.iter().any(|(a, b, _)| a == from && b == to) {
            let message = format!("{from} (floor {}) may not use {to} (floor {})", shown(from), shown(to));
            found.push(Finding::new("floor", path, *line, message));
        }
    }
    for (from, to, line) in &allowed {
        if !uses.contains_key(&(from.clone(), to.clone())) || floor(from) > floor(to) {
            let message = format!("the exception {from} -> {to} is no longer needed: remove it");
            found.push(Finding::new("floor", MAP, *line, message));
        }
    }
    found.extend(unknown_rooms(tree));
    found
}

fn floor(room: &str) -> Option<u8> {
    ROOMS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

fn shown(room: &str) -> String {
    floor(room).map_or_else(|| "?".to_owned(), |f| f.to_string())
}

/// `approval` of `crates/affairs/src/approval/decide.rs`; nothing for `lib.rs`, which wires the rooms together.
pub(crate) fn room_of(path: &str) -> Option<&str> {
    let inside = path.strip_prefix(AFFAIRS)?;
    let room = inside.split('/').next()?.trim_end_matches(".rs");
    (room != "lib").then_some(room)
}

fn uses(tree: &Tree) -> Uses {
    let mut uses = Uses::new();
    for source in &tree.sources {
        let Some(room) = room_of(&source.path) else { continue };
        for (used, line) in roots(source) {
            if used != room && floor(&used).is_some() {
                uses.entry((room.to_owned(), used)).or_insert_with(|| (source.path.clone(), line));
            }
        }
    }
    uses
}

/// The modules under `crate::` that a file names, in `use`, in paths and inside macros.
fn roots(source: &Source) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let depth = source.path.trim_start_matches(AFFAIRS).trim_end_matches("/mod.rs").split('/').count();
    let way_out = ["super"].repeat(depth);
    collect(source.production_tokens(), &["crate"], &mut found);
    collect(source.production_tokens(), &way_out, &mut found);
    found
}

fn collect(tokens: TokenStream, prefix: &[&str], found: &mut Vec<(String, usize)>) {
    let list: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in list.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            collect(group.stream(), prefix, found);
        }
        if let Some(next) = after_path(&list[at..], prefix) {
            found.extend(names(next));
        }
    }
}

/// What follows `prefix::` where the tokens begin with it.
fn after_path<'a>(tokens: &'a [TokenTree], prefix: &[&str]) -> Option<&'a TokenTree> {
    let is_colon = |t: Option<&TokenTree>| matches!(t, Some(TokenTree::Punct(p)) if p.as_char() == ':');
    let mut rest = tokens;
    for word in prefix {
        let starts = matches!(rest.first(), Some(TokenTree::Ident(i)) if i == word);
        if !(starts && is_colon(rest.get(1)) && is_colon(rest.get(2))) {
            return None;
        }
        rest = &rest[3..];
    }
    rest.first()
}

/// The name itself, or the first name of each part of `{a::b, c}`.
fn names(token: &TokenTree) -> Vec<(String, usize)> {
    let place = |i: &proc_macro2::Ident| (i.to_string(), i.span().start().line);
    match token {
        TokenTree::Ident(ident) => vec![place(ident)],
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
            let parts: Vec<TokenTree> = group.stream().into_iter().collect();
            let is_comma = |t: &TokenTree| matches!(t, TokenTree::Punct(p) if p.as_char() == ',');
            let first = |part: &[TokenTree]| match part.first() {
                Some(TokenTree::Ident(ident)) => Some(place(ident)),
                _ => None,
            };
            parts.split(is_comma).filter_map(first).collect()
        }
        _ => Vec::new(),
    }
}

/// The exceptions of ARCHITECTURE.md, with their lines.
fn exceptions(tree: &Tree) -> Vec<(String, String, usize)> {
    let Some(map) = tree.file(MAP) else { return Vec::new() };
    map.text.lines().enumerate().filter_map(|(at, line)| exception(line).map(|(a, b)| (a, b, at + 1))).collect()
}

/// "- a -> b: reason", where both are rooms; an arrow between other words is prose.
fn exception(line: &str) -> Option<(String, String)> {
    let line = line.replace('`', "");
    let (from, rest) = line.trim().strip_prefix("- ")?.split_once(" -> ")?;
    let (to, reason) = rest.split_once(": ")?;
    let both = floor(from).is_some() && floor(to).is_some() && !reason.trim().is_empty();
    both.then(|| (from.to_owned(), to.to_owned()))
}

/// A room that no floor knows.
fn unknown_rooms(tree: &Tree) -> Vec<Finding> {
    let modules = tree.sources.iter().filter(|s| s.path == format!("{AFFAIRS}lib.rs"));
    let mut found = Vec::new();
    for source in modules {
        let mut words = Vec::new();
        flat(source.production_tokens(), &mut words);
        for pair in words.windows(2) {
            if let [TokenTree::Ident(word), TokenTree::Ident(name)] = pair
                && word == "mod"
                && floor(&name.to_string()).is_none()
            {
                let message = format!("`{name}` is no room of the house: give it a floor in xtask/src/tidy/floors.rs");
                found.push(Finding::new("floor", &source.path, name.span().start().line, message));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECIDE: &str = "crates/affairs/src/approval/decide.rs";

    fn messages(files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::sample(files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn down_is_allowed_in_every_spelling() {
        let text =
            "//! D.\nuse crate::catalog::Item;\nuse crate::{access::Actor, register};\nuse super::super::licence;\n";
        assert!(messages(&[(DECIDE, text)]).is_empty());
    }

    #[test]
    fn up_is_found_in_every_spelling() {
        for bad in [
            "use crate::supervision::Duty;",
            "use crate::{catalog::Item, supervision::Duty};",
            "use super::super::supervision;",
            "fn f() { let d = crate::supervision::duty(); }",
            "fn f() { assert!(crate::supervision::ok()); }",
        ] {
            let found = messages(&[(DECIDE, &format!("//! D.\n{bad}\n"))]);
            assert_eq!(found, [format!("{DECIDE}:2: [floor] approval (floor 2) may not use supervision (floor 3)")]);
        }
    }

    #[test]
    fn neighbours_need_an_exception_with_a_reason_and_a_use() {
        let text = "//! D.\nuse crate::message::Message;\n";
        let room = ("crates/affairs/src/access/mod.rs", text);
        assert_eq!(messages(&[room]).len(), 1);
        let map = "# Map\n- access -> message: a sign-in tells its owner\n";
        assert!(messages(&[room, (MAP, map)]).is_empty());
        assert_eq!(messages(&[room, (MAP, "- access -> message: \n")]).len(), 1);
        assert!(messages(&[(MAP, map)])[0].contains("no longer needed"));
    }

    #[test]
    fn tests_of_a_room_may_look_up() {
        let text = "//! D.\n#[cfg(test)]\nmod tests {\n    use crate::supervision::Duty;\n}\n";
        assert!(messages(&[(DECIDE, text)]).is_empty());
    }

    #[test]
    fn a_room_without_a_floor_is_found() {
        let found = messages(&[("crates/affairs/src/lib.rs", "//! D.\npub mod catalog;\npub mod attic;\n")]);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("`attic` is no room"));
    }
}
