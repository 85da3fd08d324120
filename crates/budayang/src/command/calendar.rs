//! `budayang calendar`: the days of a year as the work calendar has them.

use std::path::PathBuf;

use clap::Args;
use kernel::{Day, DayKind};
use serde_json::json;

use super::Answer;
use crate::calendars;
use crate::output::{Format, Output};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The year.
    #[arg(long, value_name = "YYYY", value_parser = clap::value_parser!(i16).range(1..=9999))]
    year: i16,
    /// Read the calendars of this folder (YEAR.toml files) instead of those in the binary.
    #[arg(long, value_name = "FOLDER")]
    calendars: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let calendar = calendars::load(arguments.calendars.as_deref())?;
    let days = calendar.year(arguments.year)?;
    match output.format() {
        Format::Json => days.iter().try_for_each(|day| output.json(&row(day)))?,
        Format::Plain => print(arguments.year, &days, output)?,
    }
    Ok(Answer::Yes)
}

fn row(day: &Day<'_>) -> serde_json::Value {
    let name = day.name.map(|name| name.zh.as_str());
    json!({"date": day.date, "working": day.kind.is_working(), "name": name, "kind": day.kind})
}

/// For people: only the days that are not as every week has them.
fn print(year: i16, days: &[Day<'_>], output: &mut Output<'_>) -> anyhow::Result<()> {
    let working = days.iter().filter(|day| day.kind.is_working()).count();
    output.line(format!("{year}年：{working}个工作日 / {working} working days"))?;
    for day in days {
        if let Some(name) = day.name {
            let what = if day.kind == DayKind::MakeUp { "上班 works" } else { "放假 off  " };
            output.line(format!("{} {} {what} {} {}", day.date, weekday(day), name.zh, name.en))?;
        }
    }
    Ok(())
}

fn weekday(day: &Day<'_>) -> &'static str {
    let names = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
    let index = usize::try_from(day.date.weekday().to_monday_zero_offset()).unwrap_or_default();
    names[index]
}
