//! Who may not act on a case, though his rights reach it: the applicant himself, the second party, who acts for one of them,
//! a relative, whoever said that he has an interest. He is told; the case goes on to somebody else (`assign`).
//!
//! What it rests on, and how well that is known, stands in the catalogue (`procedure.toml`, `[recusal]`).

use kernel::{Id, Text};
use store::{Fault, Store};

use super::desk::Desk;
use super::error::ApprovalError;
use super::record::Case;
use crate::access::tie::{Parties, found};
use crate::access::{Actor, TieKind, Tied};
use crate::catalog::Catalog;

/// How an officer is tied to the parties of a case, today.
pub(super) async fn tied(desk: &Desk<'_>, account: Id, case: &Case) -> Result<Option<Tied>, Fault> {
    let parties = Parties {
        applicant: &case.applicant_code,
        second_party: case.second_party.as_deref(),
        filed_by: case.filed_by,
    };
    found(desk.store(), account, &parties, desk.base.now().date()).await
}

/// Stops an officer who must stay away from a case, and tells him why.
pub(super) async fn refuse(desk: &Desk<'_>, actor: &Actor, case: &Case) -> Result<(), ApprovalError> {
    let Some(account) = actor.account() else { return Ok(()) };
    match tied(desk, account, case).await? {
        Some(tied) => Err(ApprovalError::Forbidden(why(desk.catalog, tied))),
        None => Ok(()),
    }
}

/// Why an officer must stay away from a case, for its page; none where nothing is known against him.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn recused(
    store: &Store,
    catalog: &Catalog,
    actor: &Actor,
    (case, day): (&Case, kernel::Date),
) -> Result<Option<Text>, Fault> {
    let Some(account) = actor.staff().map(|officer| officer.account) else { return Ok(None) };
    let parties = Parties {
        applicant: &case.applicant_code,
        second_party: case.second_party.as_deref(),
        filed_by: case.filed_by,
    };
    Ok(found(store, account, &parties, day).await?.map(|tied| why(catalog, tied)))
}

/// In words, with what it rests on.
fn why(catalog: &Catalog, tied: Tied) -> Text {
    let (kind, role_zh, role_en) = match tied {
        Tied::Applicant(kind) => (kind, "申请人", "the applicant"),
        Tied::SecondParty(kind) => (kind, "确认方", "the party that confirms"),
        Tied::Agent(kind) => (kind, "当事人的代理人", "an agent of a party"),
    };
    let (who_zh, who_en) = match kind {
        TieKind::Own => ("您本人是", "you are"),
        TieKind::Relative => ("您申报的近亲属是", "a relative you declared is"),
        TieKind::Interest => ("您申报有利害关系的人是", "somebody you declared an interest in is"),
    };
    let basis = basis(catalog);
    Text::new(
        format!("{who_zh}本件的{role_zh}，应当回避，不能办理；本件交由其他人员办理。{}", basis.zh),
        format!("{who_en} {role_en} of this case: you must stay away from it, and another takes it. {}", basis.en),
    )
}

/// What recusal rests on, as the catalogue says.
fn basis(catalog: &Catalog) -> Text {
    let procedure = catalog.procedure();
    let rests = procedure.and_then(|p| Some((p.recusal.as_ref()?, &p.sources)));
    let Some((recusal, sources)) = rests else { return Text::default() };
    let source = sources.iter().find(|s| s.id == recusal.source);
    let article = recusal.article.as_deref().unwrap_or_default();
    let graded = |zh: &str, en: &str| {
        Text::new(format!("{zh}依据等级 {}）", recusal.grade), format!("{en}grade {})", recusal.grade))
    };
    match source {
        Some(source) => graded(
            &format!("（{}第{article}条，", source.title.zh),
            &format!("({}, article {article}, ", source.title.en),
        ),
        None => graded("（", "("),
    }
}
