//! DMN's XML: which files are read, how large they may be, and where a text stands.

use std::ops::Range;

use roxmltree::{Document, Node, NodeType, ParsingOptions};

use crate::feel::source::{Failure, Source};

/// Largest model file.
pub(crate) const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Most XML nodes of a model.
const MAX_NODES: u32 = 2_000_000;
/// Deepest nesting of XML elements.
const MAX_DEPTH: u32 = 80;

/// The model namespaces of DMN 1.3, 1.4 and 1.5.
const NAMESPACES: [&str; 3] = [
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
];

fn failure(at: u32, code: &'static str, message: String, mend: &str) -> Failure {
    Failure { code, at, message, mend: mend.to_owned() }
}

/// Reads a model file: well-formed, without a DTD, within the limits, of a known namespace.
pub(crate) fn read(text: &str) -> Result<Document<'_>, Failure> {
    if text.len() > MAX_BYTES {
        let message = format!("the model has {} bytes; the limit is {MAX_BYTES}", text.len());
        return Err(failure(0, "too_large", message, "split the model"));
    }
    let depth = nesting(text);
    if depth > MAX_DEPTH {
        let message = format!("XML elements nest {depth} deep; the limit is {MAX_DEPTH}");
        return Err(failure(0, "too_deep", message, "split the expression into several decisions"));
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|e| {
        let place = offset(text, e.pos());
        failure(place, "xml", format!("not well-formed XML: {e}"), "save the model again with a DMN editor")
    })?;
    let root = document.root_element();
    let known = root.tag_name().namespace().is_some_and(|n| NAMESPACES.contains(&n));
    if root.tag_name().name() != "definitions" || !known {
        let found = root.tag_name().namespace().unwrap_or("none");
        let message = format!(
            "found <{}> of namespace {found}, expected <definitions> of DMN 1.3, 1.4 or 1.5",
            root.tag_name().name()
        );
        return Err(failure(start(root), "namespace", message, "save the model as DMN 1.3, 1.4 or 1.5"));
    }
    Ok(document)
}

/// How deep the tags nest, counted before the parser sees them: an upper bound, since it also counts tags in comments.
fn nesting(text: &str) -> u32 {
    let (mut depth, mut deepest) = (0u32, 0u32);
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        rest = &rest[open..];
        if let Some(skipped) = skip_section(rest) {
            rest = skipped;
            continue;
        }
        let end = tag_end(rest);
        if rest.starts_with("</") {
            depth = depth.saturating_sub(1);
        } else if !rest.starts_with("<?") && !rest.starts_with("<!") && !rest[..end].ends_with('/') {
            depth += 1;
            deepest = deepest.max(depth);
        }
        rest = &rest[end..];
    }
    deepest
}

/// What follows a comment or CDATA section that begins here.
fn skip_section(rest: &str) -> Option<&str> {
    for (open, close) in [("<!--", "-->"), ("<![CDATA[", "]]>")] {
        if let Some(body) = rest.strip_prefix(open) {
            return Some(body.find(close).map_or("", |i| &body[i + close.len()..]));
        }
    }
    None
}

/// Where the `>` of this tag stands; one inside quotes does not count.
fn tag_end(rest: &str) -> usize {
    let mut quote = None;
    for (i, b) in rest.bytes().enumerate() {
        match (quote, b) {
            (None, b'"' | b'\'') => quote = Some(b),
            (Some(q), b) if q == b => quote = None,
            (None, b'>') => return i,
            _ => {}
        }
    }
    rest.len()
}

fn offset(text: &str, pos: roxmltree::TextPos) -> u32 {
    let line: usize = text.split_inclusive('\n').take(pos.row.saturating_sub(1) as usize).map(str::len).sum();
    let of_line = &text[line.min(text.len())..];
    let column: usize = of_line.chars().take(pos.col.saturating_sub(1) as usize).map(char::len_utf8).sum();
    u32::try_from(line + column).unwrap_or(u32::MAX)
}

/// The place of an element in its file.
pub(crate) fn start(node: Node<'_, '_>) -> u32 {
    u32::try_from(node.range().start).unwrap_or(u32::MAX)
}

/// The child elements of that local name.
pub(crate) fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |c| c.is_element() && c.tag_name().name() == name)
}

/// The first child element of that local name.
pub(crate) fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// The text of the `<text>` child with its places; `None` without one.
pub(crate) fn text_of<'a>(node: Node<'a, '_>, file: &str) -> Option<Source<'a>> {
    child(node, "text").map(|t| content(t, file))
}

/// The text content of an element with its places.
pub(crate) fn content<'a>(element: Node<'a, '_>, file: &str) -> Source<'a> {
    let found = element.children().find(|c| c.node_type() == NodeType::Text);
    let Some(node) = found else { return Source::plain("", start(element)) };
    let text: &'a str = node.text().unwrap_or("");
    // All between the tags: a text node's own range leaves out what CDATA sections bring in.
    let Some(inside) = inside(element, file) else { return Source::plain(text, start(element)) };
    let begin = u32::try_from(inside.start).unwrap_or(u32::MAX);
    Source { text, start: begin, shifts: align(&file[inside], text, begin).unwrap_or_default() }
}

/// Where in the file what an element holds is written; `None` for an empty tag.
pub(crate) fn inside(element: Node<'_, '_>, file: &str) -> Option<Range<usize>> {
    let whole = file.get(element.range())?;
    let (from, to) = (tag_end(whole) + 1, whole.rfind("</")?);
    (from <= to).then(|| element.range().start + from..element.range().start + to)
}

/// Where the file runs ahead of the text: after entities, CDATA marks and carriage returns.
fn align(raw: &str, text: &str, begin: u32) -> Option<Vec<(u32, u32)>> {
    let mut shifts = Vec::new();
    let (mut i, mut j) = (0usize, 0usize);
    while i < raw.len() {
        let rest = &raw[i..];
        let c = rest.chars().next()?;
        let (skip, take) = if rest.starts_with("<![CDATA[") {
            (9, 0)
        } else if rest.starts_with("]]>") {
            (3, 0)
        } else if c == '&' {
            (rest.find(';')? + 1, text.get(j..)?.chars().next()?.len_utf8())
        } else if rest.starts_with("\r\n") {
            (1, 0)
        } else {
            (c.len_utf8(), c.len_utf8())
        };
        i += skip;
        j += take;
        if skip != take {
            shifts.push((u32::try_from(j).ok()?, begin.checked_add(u32::try_from(i).ok()?)?));
        }
    }
    (j == text.len()).then_some(shifts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_run_through_entities() {
        let file = "<t><text>a &lt; <![CDATA[b]]></text></t>";
        let document = Document::parse(file).unwrap();
        let source = text_of(document.root_element(), file).unwrap();
        assert_eq!(source.text, "a < b");
        for (i, c) in source.text.char_indices().filter(|(_, c)| "ab".contains(*c)) {
            assert!(file[source.at(i) as usize..].starts_with(c), "{c} at {}", source.at(i));
        }
    }

    #[test]
    fn deep_and_foreign_files_are_refused() {
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert_eq!(read(&deep).unwrap_err().code, "too_deep");
        assert_eq!(read("<definitions/>").unwrap_err().code, "namespace");
        assert_eq!(read("<a>").unwrap_err().code, "xml");
        let bomb = "<!DOCTYPE a [<!ENTITY x \"y\"><!ENTITY z \"&x;&x;\">]><a>&z;</a>";
        assert_eq!(read(bomb).unwrap_err().code, "xml");
    }
}
