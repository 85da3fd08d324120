//! `budayang items`: what can be said of the items of a catalogue without an office.

use std::path::PathBuf;

use affairs::catalog::{self, Catalog};
use affairs::replay::{self, Coverage, Gap};
use anyhow::{bail, ensure};
use clap::Subcommand;
use kernel::Clock as _;

use super::Answer;
use super::catalog::files;
use super::house::House;
use crate::front_door::FrontDoor;
use crate::output::{Format, Output};

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Tell law by law which conditions serve it, which rules they stand on and which cases touch those; and what nothing touches.
    Coverage {
        /// An item's id; every item where this is left out.
        #[arg(value_name = "ID")]
        item: Option<String>,
        /// A catalogue's folder, instead of the one this program carries.
        #[arg(long, value_name = "FOLDER", conflicts_with = "data")]
        catalog: Option<PathBuf>,
        /// An office's folder, whose catalogue is used.
        #[arg(long, value_name = "FOLDER")]
        data: Option<PathBuf>,
    },
}

pub(super) fn run(command: &Command, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let Command::Coverage { item, catalog: folder, data } = command;
    let catalog = match data {
        Some(data) => door.block_on(async {
            let (_, store) = House { data: data.clone() }.reader(&door.machine()).await?;
            let catalog = catalog::load(&store).await?.catalog;
            store.close().await;
            Ok(catalog)
        })?,
        None => seeded(folder.as_ref())?,
    };
    let today = door.clock.now().date();
    let all: Vec<_> = catalog.items(today).filter(|i| item.as_ref().is_none_or(|id| *id == i.id)).cloned().collect();
    ensure!(!all.is_empty(), "no item {} is in force on {today}", item.as_deref().unwrap_or_default());
    for item in all {
        let coverage = replay::coverage(&item);
        match output.format() {
            Format::Json => output.json(&coverage)?,
            Format::Plain => {
                for line in lines(&coverage) {
                    output.line(line)?;
                }
            }
        }
    }
    Ok(Answer::Yes)
}

fn seeded(folder: Option<&PathBuf>) -> anyhow::Result<Catalog> {
    let built = Catalog::from_files(&files(folder.map(PathBuf::as_path))?);
    if !built.is_importable() {
        let lines: Vec<_> = built.findings.iter().map(ToString::to_string).collect();
        bail!("the catalogue has mistakes:\n{}", lines.join("\n"));
    }
    Ok(built.catalog)
}

/// For people: the sums, then article by article.
fn lines(of: &Coverage) -> Vec<String> {
    let (cases, conditions, covered) = (of.cases, of.conditions, of.covered);
    let mut lines = vec![
        format!("{} {}", of.item, of.name.zh),
        format!(
            "    {cases} cases, {covered} of {conditions} conditions covered, {} of {} rules touched",
            of.touched, of.rules
        ),
    ];
    lines.extend(of.gaps.iter().map(|(gap, n)| format!("    {n} × {}", told(*gap))));
    for row in &of.laws {
        let article = row.article.as_deref().map(|a| format!(" 第{a}条")).unwrap_or_default();
        let gaps: String = row.gaps.iter().map(|gap| format!(" ✗ {}", told(*gap))).collect();
        lines.push(format!("  {}{article} [{}]{gaps}", row.law.zh, row.grade));
        for condition in &row.conditions {
            let (met, not_met, unknown) = (condition.met.len(), condition.not_met.len(), condition.unknown.len());
            let gaps: String = condition.gaps.iter().map(|gap| format!(" ✗ {}", told(*gap))).collect();
            lines.push(format!(
                "    {} {}: {met} met, {not_met} not met, {unknown} unknown{gaps}",
                condition.id, condition.sentence.zh
            ));
            let untouched = condition.lines.iter().filter(|line| line.cases.is_empty());
            lines.extend(
                untouched.map(|line| format!("        no case touches rule {} of {}", line.rule, line.decision)),
            );
        }
    }
    lines
}

const fn told(gap: Gap) -> &'static str {
    match gap {
        Gap::NoSource => "no source",
        Gap::OwnDesign => "our own design (grade D)",
        Gap::OnlyDemonstration => "only demonstration",
        Gap::NeverMet => "met in no case",
        Gap::NeverFailed => "fails in no case",
        Gap::UntouchedRules => "rules no case touches",
        Gap::NoCondition => "no condition serves it",
    }
}
