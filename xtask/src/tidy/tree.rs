//! The checkout as the checks see it: the text files that are ours, the Rust ones parsed once.

use super::Finding;
use super::source::Source;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Folders with what was built, fetched or run: not ours to judge.
const NOT_OURS: &[&str] = &[".git", "target", "var", "node_modules", "dist", "shots"];

/// A text file of the checkout.
#[derive(Debug)]
pub(crate) struct File {
    /// Relative to the checkout, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// `rules.dmn` of `catalog/items/x/rules.dmn`.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// All text files that are ours, by path, and the places of this machine that none of them may name.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) files: Vec<File>,
    /// Every path, pictures included.
    pub(crate) paths: Vec<String>,
    pub(crate) sources: Vec<Source>,
    /// Absolute folders of the machine that reads: the checkout, what lies beside it, the home of its user.
    pub(crate) places: Vec<String>,
    broken: Vec<Finding>,
}

impl Tree {
    /// Reads a checkout from disk.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut paths = Vec::new();
        walk(root, &mut paths)?;
        paths.sort();
        let (mut files, mut all) = (Vec::new(), Vec::new());
        for path in paths {
            let relative = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            all.push(relative.clone());
            // What is not text (pictures) has nothing to read.
            if let Ok(text) = String::from_utf8(fs::read(&path)?) {
                files.push(File { path: relative, text });
            }
        }
        let mut tree = Self::of(files);
        tree.paths = all;
        tree.places = places(root);
        Ok(tree)
    }

    /// A tree of the given files: the Rust ones are parsed, and which of them are tests is worked out.
    pub(crate) fn of(files: Vec<File>) -> Self {
        let mut tree = Self::default();
        for file in files.iter().filter(|f| f.path.ends_with(".rs")) {
            match Source::parse(file) {
                Ok(source) => tree.sources.push(source),
                Err(error) => {
                    let line = error.span().start().line;
                    tree.broken.push(Finding::new("parse", &file.path, line, error.to_string()));
                }
            }
        }
        Source::mark_test_modules(&mut tree.sources);
        tree.paths = files.iter().map(|f| f.path.clone()).collect();
        tree.files = files;
        tree
    }

    /// A small tree for the tests of a check.
    #[cfg(test)]
    pub(crate) fn sample(files: &[(&str, &str)]) -> Self {
        let own = |&(path, text): &(&str, &str)| File { path: path.to_owned(), text: text.to_owned() };
        Self::of(files.iter().map(own).collect())
    }

    /// The file at exactly this path.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|f| f.path == path)
    }

    /// The files below a folder, given with its closing `/`.
    pub(crate) fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |f| f.path.starts_with(folder))
    }

    /// Rust files that cannot be parsed: nothing can be said about them, so they are findings themselves.
    pub(crate) fn unparsed(&self) -> impl Iterator<Item = Finding> + '_ {
        self.broken.iter().cloned()
    }
}

fn walk(folder: &Path, into: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name();
        let kind = entry.file_type()?;
        if kind.is_dir() && !NOT_OURS.iter().any(|n| name == *n) {
            walk(&entry.path(), into)?;
        } else if kind.is_file() {
            into.push(entry.path());
        }
    }
    Ok(())
}

/// The checkout, its neighbours and the user's home, as absolute paths: harmless words like `/` are left out.
fn places(root: &Path) -> Vec<String> {
    let mut places = vec![root.to_path_buf()];
    if let Some(home) = std::env::home_dir() {
        places.push(home);
    }
    if let Some(Ok(entries)) = root.parent().map(fs::read_dir) {
        places.extend(entries.flatten().map(|e| e.path()).filter(|p| p.is_dir()));
    }
    let mut texts: Vec<String> = places.iter().map(|p| format!("{}/", p.display())).filter(|p| p.len() > 2).collect();
    texts.sort();
    texts.dedup();
    texts
}
