//! The file as it is written: where the text of an expression stands in it, entities and CDATA marks included.

use std::ops::Range;

use roxmltree::{Document, Node};

use crate::dmn::xml;
use crate::feel::source::Failure;

/// A part of the file, in bytes.
pub(super) type Span = Range<usize>;

/// Why something cannot be shown, and where.
#[derive(Clone, Debug)]
pub(super) struct Hidden {
    pub at: usize,
    pub reason: &'static str,
}

pub(super) fn hidden<T>(at: usize, reason: &'static str) -> Result<T, Hidden> {
    Err(Hidden { at, reason })
}

pub(super) struct Page<'x> {
    pub text: &'x str,
    document: Document<'x>,
}

/// The text of one expression.
#[derive(Clone, Debug)]
pub(super) struct Words {
    pub span: Span,
    /// It stands in a CDATA section, where nothing is escaped.
    pub verbatim: bool,
}

impl<'x> Page<'x> {
    pub(super) fn of(text: &'x str) -> Result<Self, Failure> {
        Ok(Self { text, document: xml::read(text)? })
    }

    /// `<definitions>`.
    pub(super) fn root(&self) -> Node<'_, 'x> {
        self.document.root_element()
    }

    /// The logic of the decision that stands at that place.
    pub(super) fn logic(&self, decision_at: u32) -> Option<Node<'_, 'x>> {
        let decision =
            self.document.root_element().children().find(|n| n.is_element() && xml::start(*n) == decision_at)?;
        let name = |n: &Node<'_, '_>| matches!(n.tag_name().name(), "literalExpression" | "decisionTable");
        decision.children().filter(Node::is_element).find(name)
    }

    /// The words of the `<text>` below a node.
    pub(super) fn words(&self, node: Node<'_, '_>) -> Result<Words, Hidden> {
        let at = node.range().start;
        let Some(text) = xml::child(node, "text") else { return hidden(at, "there is no text here") };
        let Some(span) = xml::inside(text, self.text) else { return hidden(at, "there is no text here") };
        let raw = &self.text[span.clone()];
        let trimmed = raw.trim();
        if let Some(body) = trimmed.strip_prefix("<![CDATA[").and_then(|b| b.strip_suffix("]]>")) {
            let start = span.start + (raw.len() - raw.trim_start().len()) + "<![CDATA[".len();
            if body.contains("]]>") {
                return hidden(at, "the text is put together from several sections");
            }
            return Ok(Words { span: start..start + body.len(), verbatim: true });
        }
        // Entities that people write, and nothing that hides a quotation mark or a comment.
        let rest = raw.replace("&lt;", "").replace("&gt;", "").replace("&amp;", "");
        if rest.contains('&') || rest.contains('<') {
            return hidden(at, "the text is written with entities, comments or sections that this table would lose");
        }
        Ok(Words { span, verbatim: false })
    }

    /// The characters of a part of the file.
    pub(super) fn plain(&self, span: &Span, verbatim: bool) -> String {
        let raw = &self.text[span.clone()];
        if verbatim { raw.to_owned() } else { raw.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") }
    }

    /// The part without the white space around it.
    pub(super) fn trimmed(&self, span: &Span) -> Span {
        let raw = &self.text[span.clone()];
        let start = span.start + (raw.len() - raw.trim_start().len());
        start..start + raw.trim().len()
    }
}

/// The text as it stands in the file.
pub(super) fn escaped(text: &str, verbatim: bool) -> String {
    if verbatim { text.to_owned() } else { text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;") }
}

/// Where the bracket at the front of a text is closed; none when it is not, or when a comment stands in between.
pub(super) fn closing(raw: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut quoted = false;
    let mut chars = raw.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if quoted => {
                chars.next();
            }
            '"' => quoted = !quoted,
            _ if quoted => {}
            '/' if matches!(chars.peek(), Some((_, '/' | '*'))) => return None,
            // A range may open with one kind of bracket and close with the other.
            '(' | '[' => depth += 1,
            ')' | ']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether a comment of FEEL stands in the text.
pub(super) fn has_comment(raw: &str) -> bool {
    let mut quoted = false;
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted => {
                chars.next();
            }
            '"' => quoted = !quoted,
            '/' if !quoted && matches!(chars.peek(), Some('/' | '*')) => return true,
            _ => {}
        }
    }
    false
}
