//! An item in words, for whoever wants to read a pack before importing it: guide, checklist, supervision on one page.

use std::fmt::Write as _;

use kernel::Text;

use crate::catalog::item::{Item, Supervisor};

/// The page, Chinese first.
pub(super) fn page(item: &Item) -> String {
    let mut page = format!("# {} · {}\n\n{}\n\n{}\n", item.name.zh, item.name.en, item.summary.zh, item.summary.en);
    // Writing to a String cannot fail.
    let _ = write!(page, "\n`{}` · {} · valid_from {}\n", item.id, item.hash, item.valid_from);
    section(&mut page, "条件 Conditions", item.conditions.iter().map(|c| (grade(c.attested.grade), &c.sentence)));
    section(&mut page, "材料清单 Checklist", item.materials.iter().map(|m| (both(&m.name), &m.how)));
    let limits = std::iter::once(&item.statutory_limit).chain(item.committed_limits.first());
    section(&mut page, "时限 Limits", limits.map(|l| (both(&l.period.text()), &l.explanation)));
    section(&mut page, "收费 Fee", std::iter::once((String::new(), &item.fee.sentence)));
    section(&mut page, "监管 Supervision", item.duties.iter().map(|d| (supervisor(&d.supervisor), &d.what)));
    section(&mut page, "依据 Basis", item.legal_basis.iter().map(|b| (grade(b.attested.grade), &b.gist)));
    section(&mut page, "常见问题 Questions", item.questions.iter().map(|q| (both(&q.ask), &q.answer)));
    page
}

fn section<'a>(page: &mut String, title: &str, rows: impl Iterator<Item = (String, &'a Text)>) {
    let _ = write!(page, "\n## {title}\n\n");
    for (lead, text) in rows {
        let lead = if lead.is_empty() { lead } else { format!("**{lead}** ") };
        let _ = writeln!(page, "- {lead}{}<br>{}", text.zh, text.en);
    }
}

fn both(text: &Text) -> String {
    format!("{} · {}", text.zh, text.en)
}

fn grade(grade: kernel::Grade) -> String {
    grade.letter().to_owned()
}

fn supervisor(supervisor: &Supervisor) -> String {
    match supervisor {
        Supervisor::Agency(id) => id.clone(),
        Supervisor::Role { role, .. } => role.clone(),
    }
}
