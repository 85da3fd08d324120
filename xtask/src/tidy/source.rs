//! A parsed Rust file, and the questions that several checks ask of it.

use super::tree::File;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Attribute, Item};

/// A parsed Rust file.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) syntax: syn::File,
    /// The whole file is test code: a `tests` folder, or a module declared under `#[cfg(test)]`.
    pub(crate) is_test: bool,
    /// Lines of the file, without its `#[cfg(test)]` items.
    pub(crate) production_lines: usize,
    /// Lines with text that is neither comment nor blank, by line from 1.
    code: Vec<bool>,
}

/// A function with a body, in production code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Where its signature begins, from 1.
    pub(crate) line: usize,
    /// From the signature to the closing brace, without blank lines and lines that are only a comment.
    pub(crate) lines: usize,
}

impl Source {
    pub(crate) fn parse(file: &File) -> syn::Result<Self> {
        let syntax = syn::parse_file(&file.text)?;
        let total = file.text.lines().count();
        let tests: usize = syntax.items.iter().filter(|i| is_cfg_test(attributes(i))).map(item_lines).sum();
        let code = file.text.lines().map(is_code).collect();
        Ok(Self {
            path: file.path.clone(),
            is_test: in_tests_folder(&file.path),
            syntax,
            production_lines: total.saturating_sub(tests),
            code,
        })
    }

    /// Marks the files that some other file declares as `#[cfg(test)] mod name;`, and all below them.
    pub(crate) fn mark_test_modules(sources: &mut [Self]) {
        let tests: Vec<String> = sources.iter().flat_map(Self::declared_tests).collect();
        for source in sources {
            let module = module_of(&source.path);
            source.is_test |= tests.iter().any(|t| module == *t || module.starts_with(&format!("{t}/")));
        }
    }

    fn declared_tests(&self) -> Vec<String> {
        let here = module_of(&self.path);
        let name = |item: &Item| match item {
            Item::Mod(m) if m.content.is_none() && is_cfg_test(&m.attrs) => Some(format!("{here}/{}", m.ident)),
            _ => None,
        };
        self.syntax.items.iter().filter_map(name).collect()
    }

    /// The items that end up in the product.
    pub(crate) fn production_items(&self) -> impl Iterator<Item = &Item> {
        let tests = self.is_test;
        self.syntax.items.iter().filter(move |i| !tests && !is_cfg_test(attributes(i)))
    }

    /// The tokens that end up in the product, macro calls included.
    pub(crate) fn production_tokens(&self) -> TokenStream {
        self.production_items().map(ToTokens::to_token_stream).collect()
    }

    /// Every function with a body that ends up in the product.
    pub(crate) fn functions(&self) -> Vec<Function> {
        let mut finder = Functions { code: &self.code, found: Vec::new() };
        for item in self.production_items() {
            finder.visit_item(item);
        }
        finder.found
    }
}

struct Functions<'a> {
    code: &'a [bool],
    found: Vec<Function>,
}

impl Functions<'_> {
    fn take(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let first = signature.fn_token.span.start().line;
        let last = body.brace_token.span.close().end().line;
        let lines = self.code.iter().take(last).skip(first - 1).filter(|is_code| **is_code).count();
        self.found.push(Function { name: signature.ident.to_string(), line: first, lines });
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_cfg_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.take(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }
    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_cfg_test(&function.attrs) {
            self.take(&function.sig, &function.block);
            visit::visit_impl_item_fn(self, function);
        }
    }
    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.take(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

/// Flattens groups away: the idents, punctuation and literals in the order of the text.
pub(crate) fn flat(tokens: TokenStream, into: &mut Vec<TokenTree>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => flat(group.stream(), into),
            other => into.push(other),
        }
    }
}

/// `#[cfg(test)]`, also inside `all(…)` and `any(…)`.
pub(crate) fn is_cfg_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|a| {
        let mut words = Vec::new();
        if let syn::Meta::List(list) = &a.meta {
            flat(list.tokens.clone(), &mut words);
        }
        a.path().is_ident("cfg") && words.iter().any(|w| matches!(w, TokenTree::Ident(i) if i == "test"))
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(i) => &i.attrs,
        Item::Enum(i) => &i.attrs,
        Item::Fn(i) => &i.attrs,
        Item::Impl(i) => &i.attrs,
        Item::Macro(i) => &i.attrs,
        Item::Mod(i) => &i.attrs,
        Item::Static(i) => &i.attrs,
        Item::Struct(i) => &i.attrs,
        Item::Trait(i) => &i.attrs,
        Item::Type(i) => &i.attrs,
        Item::Use(i) => &i.attrs,
        _ => &[],
    }
}

fn item_lines(item: &Item) -> usize {
    let span = syn::spanned::Spanned::span(item);
    span.end().line - span.start().line + 1
}

fn is_code(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with("//")
}

/// `tests/` of the workspace, `tests/` of a crate, and files named `tests.rs`.
fn in_tests_folder(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// The path of a file without `.rs`, `/mod`, `/lib` and `/main`: the stem that its child modules share.
fn module_of(path: &str) -> String {
    let stem = path.trim_end_matches(".rs");
    ["/mod", "/lib", "/main"].iter().find_map(|end| stem.strip_suffix(end)).unwrap_or(stem).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;
    use super::*;

    #[test]
    fn functions_are_measured_without_blank_and_comment_lines_and_without_tests() {
        let text = "//! Doc.\nfn a() {\n    // why\n\n    b();\n}\n#[cfg(test)]\nmod tests {\n    fn c() {}\n}\n";
        let tree = Tree::sample(&[("crates/x/src/lib.rs", text)]);
        let source = &tree.sources[0];
        assert_eq!(source.functions(), [Function { name: "a".into(), line: 2, lines: 3 }]);
        assert_eq!(source.production_lines, 6);
    }

    #[test]
    fn a_module_declared_for_tests_is_test_code_with_all_below_it() {
        let tree = Tree::sample(&[
            ("crates/x/src/room/mod.rs", "//! Doc.\n#[cfg(test)]\nmod table;\nmod other;\n"),
            ("crates/x/src/room/table.rs", "//! Doc.\n"),
            ("crates/x/src/room/table/rows.rs", "//! Doc.\n"),
            ("crates/x/src/room/other.rs", "//! Doc.\n"),
        ]);
        let tests: Vec<bool> = tree.sources.iter().map(|s| s.is_test).collect();
        assert_eq!(tests, [false, true, true, false]);
    }

    #[test]
    fn cfg_test_is_seen_inside_all() {
        let yes: syn::ItemMod = syn::parse_quote!(
            #[cfg(all(test, unix))]
            mod a {}
        );
        let no: syn::ItemMod = syn::parse_quote!(
            #[cfg(feature = "test")]
            mod a {}
        );
        assert!(is_cfg_test(&yes.attrs));
        assert!(!is_cfg_test(&no.attrs));
    }
}
