//! No function over 70 lines and no file over 600, unless `tidy.toml` says why.

use super::Finding;
use super::exceptions::{Exceptions, FILE};
use super::source::Source;
use super::tree::Tree;

/// Lines of a function, without blank lines and comments.
const FUNCTION_LINES: usize = 70;
/// Lines of a file, without its tests.
const FILE_LINES: usize = 600;

pub(crate) fn check(tree: &Tree, exceptions: &Exceptions) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in tree.sources.iter().filter(|s| !s.is_test) {
        found.extend(long_file(source, exceptions));
        found.extend(long_functions(source, exceptions));
    }
    found.extend(stale(tree, exceptions));
    found
}

fn long_file(source: &Source, exceptions: &Exceptions) -> Option<Finding> {
    let exception = exceptions.long_file.iter().find(|e| e.path == source.path);
    let limit = exception.map_or(FILE_LINES, |e| e.lines);
    let lines = source.production_lines;
    let message = || format!("{lines} lines without tests, {limit} are the limit: split it by idea");
    (lines > limit).then(|| Finding::new("size", &source.path, 0, message()))
}

fn long_functions(source: &Source, exceptions: &Exceptions) -> Vec<Finding> {
    let mut found = Vec::new();
    for function in source.functions() {
        let named = exceptions.long_function.iter().find(|e| e.path == source.path && e.name == function.name);
        let limit = named.map_or(FUNCTION_LINES, |e| e.lines);
        if function.lines > limit {
            let message = format!("fn {} has {} lines, {limit} are the limit", function.name, function.lines);
            found.push(Finding::new("size", &source.path, function.line, message));
        }
    }
    found
}

/// An exception without a reason, or that nothing needs any more, is a finding: the list only ever holds what is true.
fn stale(tree: &Tree, exceptions: &Exceptions) -> Vec<Finding> {
    let mut found = Vec::new();
    let source = |path: &str| tree.sources.iter().find(|s| s.path == path);
    for e in &exceptions.long_file {
        let needed = source(&e.path).is_some_and(|s| s.production_lines > FILE_LINES);
        found.extend(complaint(&e.path, &e.reason, needed));
    }
    for e in &exceptions.long_function {
        let long = |s: &Source| s.functions().iter().any(|f| f.name == e.name && f.lines > FUNCTION_LINES);
        found.extend(complaint(&format!("{} fn {}", e.path, e.name), &e.reason, source(&e.path).is_some_and(long)));
    }
    found
}

fn complaint(what: &str, reason: &str, needed: bool) -> Option<Finding> {
    let problem = match (needed, reason.trim().is_empty()) {
        (false, _) => "is no longer needed: remove it",
        (true, true) => "has no reason",
        (true, false) => return None,
    };
    Some(Finding::new("size", FILE, 0, format!("the exception for {what} {problem}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function_of(lines: usize) -> String {
        format!("//! Doc.\nfn long() {{\n{}}}\n", "    step();\n".repeat(lines - 2))
    }

    fn messages(tree: &Tree) -> Vec<String> {
        let exceptions = Exceptions::read(tree).expect("a well-formed tidy.toml");
        check(tree, &exceptions).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn seventy_lines_pass_and_seventy_one_do_not() {
        let path = "crates/x/src/lib.rs";
        assert!(messages(&Tree::sample(&[(path, &function_of(70))])).is_empty());
        let found = messages(&Tree::sample(&[(path, &function_of(71))]));
        assert_eq!(found, ["crates/x/src/lib.rs:2: [size] fn long has 71 lines, 70 are the limit"]);
    }

    #[test]
    fn a_file_is_measured_without_its_tests() {
        let code = format!("//! Doc.\n{}", "use a::b;\n".repeat(599));
        let with_tests = format!("{code}#[cfg(test)]\nmod tests {{\n{}}}\n", "use a::b;\n".repeat(100));
        assert!(messages(&Tree::sample(&[("crates/x/src/a.rs", &with_tests)])).is_empty());
        let long = format!("{code}use a::b;\n");
        assert_eq!(messages(&Tree::sample(&[("crates/x/src/a.rs", &long)])).len(), 1);
    }

    #[test]
    fn an_exception_needs_a_reason_and_a_need() {
        let entry = |reason: &str| {
            format!("[[long_function]]\npath = \"x.rs\"\nname = \"long\"\nlines = 90\nreason = \"{reason}\"\n")
        };
        let long = function_of(80);
        assert!(messages(&Tree::sample(&[("x.rs", &long), (FILE, &entry("one table"))])).is_empty());
        assert!(messages(&Tree::sample(&[("x.rs", &long), (FILE, &entry(""))]))[0].contains("no reason"));
        let short = function_of(20);
        assert!(messages(&Tree::sample(&[("x.rs", &short), (FILE, &entry("one table"))]))[0].contains("no longer"));
    }
}
