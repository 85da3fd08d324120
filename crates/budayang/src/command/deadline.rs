//! `budayang deadline`: the last day of a period, counted as the law counts.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use clap::{Args, ValueEnum};
use kernel::{Date, Period, PeriodKind, PeriodUnit, Stop};
use serde_json::json;

use super::Answer;
use crate::calendars;
use crate::output::{Format, Output};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The day the period starts: it is not counted.
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Date,
    /// How many units; 0 is the same day.
    #[arg(long, allow_negative_numbers = true)]
    n: u32,
    /// What is counted.
    #[arg(long)]
    unit: Unit,
    /// A limit (rolls to the next working day) or a waiting time (does not).
    #[arg(long)]
    kind: Kind,
    /// A time in which the clock stands still, both days included; may be given several times.
    #[arg(long, value_name = "YYYY-MM-DD..YYYY-MM-DD", value_parser = stop)]
    stopped: Vec<Stop>,
    /// Read the calendars of this folder (YEAR.toml files) instead of those in the binary.
    #[arg(long, value_name = "FOLDER")]
    calendars: Option<PathBuf>,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Unit {
    WorkingDay,
    Day,
    Month,
    Year,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Kind {
    AtMost,
    AtLeast,
}

fn stop(text: &str) -> anyhow::Result<Stop> {
    let (from, to) = text.split_once("..").ok_or_else(|| anyhow!("write two days with .. between them"))?;
    let day = |day: &str| day.parse::<Date>().with_context(|| format!("{day:?} is no date"));
    let (from, to) = (day(from)?, day(to)?);
    anyhow::ensure!(from <= to, "the stop ends before it begins; put the earlier day first");
    Ok(Stop::between(from, to))
}

pub(super) fn run(arguments: &Arguments, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let calendar = calendars::load(arguments.calendars.as_deref())?;
    let period = period(arguments);
    let due = period.due(arguments.from, &calendar, &arguments.stopped)?;
    match output.format() {
        Format::Json => output.json(&json!({"due": due}))?,
        Format::Plain => {
            let (text, from) = (period.text(), arguments.from);
            output.line(format!("{due}  （自{from}起{}，当日不计 / {} after {from}）", text.zh, text.en))?;
        }
    }
    Ok(Answer::Yes)
}

fn period(arguments: &Arguments) -> Period {
    let unit = match arguments.unit {
        Unit::WorkingDay => PeriodUnit::WorkingDay,
        Unit::Day => PeriodUnit::CalendarDay,
        Unit::Month => PeriodUnit::Month,
        Unit::Year => PeriodUnit::Year,
    };
    let kind = match arguments.kind {
        Kind::AtMost => PeriodKind::AtMost,
        Kind::AtLeast => PeriodKind::AtLeast,
    };
    Period { n: arguments.n, unit, kind }
}
