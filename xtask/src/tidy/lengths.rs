//! How long our functions are: the median and the ninth decile, for each crate and for all.

use super::source::Function;
use super::tree::Tree;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What the house wants; beyond it the line is marked, and people decide.
const MEDIAN: usize = 12;
const P90: usize = 40;

/// A line for each crate and one for all, then the `longest` functions by name.
pub(crate) fn measure(tree: &Tree, longest: usize) -> String {
    let mut crates: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut all: Vec<(usize, &str, Function)> = Vec::new();
    for source in tree.sources.iter().filter(|s| !s.is_test) {
        for function in source.functions() {
            crates.entry(crate_of(&source.path)).or_default().push(function.lines);
            all.push((function.lines, &source.path, function));
        }
    }
    let mut text = String::new();
    for (name, lengths) in &mut crates {
        text.push_str(&row(name, lengths));
    }
    text.push_str(&row("all", &mut all.iter().map(|f| f.0).collect::<Vec<_>>()));
    all.sort_by_key(|f| std::cmp::Reverse(f.0));
    for (lines, path, function) in all.iter().take(longest) {
        let _ = writeln!(text, "{lines:>5}  {path}:{} {}", function.line, function.name);
    }
    text
}

fn row(name: &str, lengths: &mut [usize]) -> String {
    lengths.sort_unstable();
    let (median, p90) = (quantile(lengths, 50), quantile(lengths, 90));
    let mark = if median > MEDIAN || p90 > P90 { "  longer than the house wants (12, 40)" } else { "" };
    let longest = lengths.last().copied().unwrap_or(0);
    format!("functions {name:<9} {:>5}  median {median:>2}  p90 {p90:>2}  longest {longest:>2}{mark}\n", lengths.len())
}

/// The value below which `percent` of the sorted lengths lie; 0 for none.
fn quantile(sorted: &[usize], percent: usize) -> usize {
    let last = sorted.len().saturating_sub(1);
    sorted.get(last * percent / 100).copied().unwrap_or(0)
}

/// `kernel` of `crates/kernel/src/id.rs`, `xtask` of `xtask/src/main.rs`.
fn crate_of(path: &str) -> &str {
    let path = path.strip_prefix("crates/").unwrap_or(path);
    path.split('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_small_lists() {
        assert_eq!(quantile(&[], 50), 0);
        assert_eq!(quantile(&[7], 90), 7);
        assert_eq!(quantile(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 50), 6);
        assert_eq!(quantile(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 90), 10);
    }

    #[test]
    fn the_measure_names_the_crate_and_marks_what_is_too_long() {
        let long = format!("//! Doc.\nfn long() {{\n{}}}\n", "    step();\n".repeat(50));
        let tree = Tree::sample(&[("crates/kernel/src/lib.rs", &long)]);
        let text = measure(&tree, 1);
        assert!(text.contains("functions kernel        1  median 52  p90 52  longest 52  longer"), "{text}");
        assert!(text.ends_with("   52  crates/kernel/src/lib.rs:2 long\n"), "{text}");
    }
}
