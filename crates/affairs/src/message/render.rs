//! A letter from the catalogue's words. Pure.

use kernel::{Language, Text};

use super::carrier::Letter;
use super::contact::Contact;
use super::decide::CODE_MINUTES;
use super::posting::Posting;
use super::posts::Letterhead;
use super::{CodeKey, Message};
use crate::catalog::Template;

/// The longest title in a letter, in characters: a text message is short.
const TITLE: usize = 60;

/// What a letter says.
pub(super) enum Matter<'a> {
    /// A message of the inbox.
    Told(&'a Message),
    /// The code of a contact.
    Code(&'a CodeKey),
}

/// The letter, or `None` where the matter gives nothing to say (a code that was replaced).
pub(super) fn letter(
    template: &Template,
    head: &Letterhead,
    (posting, contact): (&Posting, &Contact),
    matter: &Matter<'_>,
) -> Option<Letter> {
    let language = posting.language;
    let said = said(head, language, contact, matter)?;
    let fill = |text: &Text| fill(text.get(language), &said);
    Some(Letter {
        key: posting.id.to_string(),
        to: contact.address.clone(),
        language,
        subject: template.subject.as_ref().map(|text| one_line(&fill(text))).unwrap_or_default(),
        text: fill(&template.text),
        link: said.iter().find(|(gap, _)| *gap == "link").map_or_else(|| head.origin.clone(), |(_, link)| link.clone()),
        at: posting.created_at,
    })
}

type Said = Vec<(&'static str, String)>;

fn said(head: &Letterhead, language: Language, contact: &Contact, matter: &Matter<'_>) -> Option<Said> {
    let mut said = vec![("site", head.site.get(language).to_owned()), ("origin", head.origin.clone())];
    match matter {
        Matter::Code(key) => {
            said.push(("code", key.code(contact.challenge?)));
            said.push(("minutes", CODE_MINUTES.to_string()));
        }
        Matter::Told(message) => {
            let path = message.link.as_deref().unwrap_or("/me/messages");
            let number = path.strip_prefix("/cases/").unwrap_or_default().split('/').next().unwrap_or_default();
            let tail: String = number.chars().skip(number.chars().count().saturating_sub(4)).collect();
            said.push(("title", short(message.title.get(language))));
            said.push(("body", message.body.get(language).to_owned()));
            said.push(("number", number.to_owned()));
            said.push(("tail", if tail.is_empty() { "—".to_owned() } else { tail }));
            said.push(("link", format!("{}{path}", head.origin)));
        }
    }
    Some(said)
}

fn short(title: &str) -> String {
    if title.chars().count() <= TITLE {
        return title.to_owned();
    }
    title.chars().take(TITLE - 1).chain(['…']).collect()
}

/// What was filled in is not looked at again: braces in a title open no gap.
fn fill(text: &str, said: &Said) -> String {
    let mut filled = String::new();
    let mut pieces = text.split('{');
    filled.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        match piece.split_once('}') {
            Some((gap, rest)) => {
                filled.push_str(said.iter().find(|(name, _)| *name == gap).map_or("", |(_, value)| value));
                filled.push_str(rest);
            }
            None => filled.push_str(piece),
        }
    }
    filled
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_filled_in_opens_no_gap_and_unknown_gaps_are_empty() {
        let said: Said = vec![("title", "{code} 已准予".into()), ("site", "不打烊".into())];
        assert_eq!(fill("【{site}】{title}{name}。", &said), "【不打烊】{code} 已准予。");
        assert_eq!(fill("{title", &said), "title");
        assert_eq!(one_line("a\r\nBcc: b"), "a Bcc: b");
        assert_eq!(short(&"长".repeat(80)).chars().count(), TITLE);
    }
}
