//! `budayang rules`: decision models by hand, and against the public conformance suite.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand};
use kernel::{Clock, Moment};
use rules::tck::Report;
use rules::{Diagnostic, Model};
use serde_json::value::RawValue;
use serde_json::{Deserializer, Value, json};

use super::Answer;
use crate::front_door::FrontDoor;
use crate::output::{Format, Output};

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Evaluate a model: one line {"result": …, "trace": …} for each input.
    Eval(Eval),
    /// Run the cases of the DMN TCK below a folder; exit code 0 when all pass.
    Tck {
        /// The suite's folder (`TestCases`), one level of it, or one test.
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
}

#[derive(Args, Debug)]
pub(super) struct Eval {
    /// The model, DMN 1.3 to 1.5.
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// A model that it imports; may be given several times.
    #[arg(long, value_name = "FILE")]
    import: Vec<PathBuf>,
    /// The decision (or decision service) to evaluate; without it, every decision of the model.
    #[arg(long, value_name = "NAME")]
    decision: Option<String>,
    /// The inputs: a JSON object, or one a line; - reads standard input.
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// What now() and today() see, instead of the wall clock.
    #[arg(long, value_name = "TIME")]
    at: Option<Moment>,
}

pub(super) fn run(command: Command, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    match command {
        Command::Eval(arguments) => eval(&arguments, door, output),
        Command::Tck { folder } => tck(&folder, output),
    }
}

fn eval(arguments: &Eval, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let model = read_model(arguments)?;
    warn(&arguments.model, model.diagnostics());
    let now = arguments.at.unwrap_or_else(|| door.clock.now());
    let mut answer = Answer::Yes;
    let inputs = Deserializer::from_reader(open(&arguments.input)?).into_iter::<Box<RawValue>>();
    for (index, input) in inputs.enumerate() {
        let input = input.with_context(|| format!("input {} is no JSON", index + 1))?;
        // One line out for each input in, also for one that does not fit: the lines stay side by side.
        match rules::evaluate_text(&model, arguments.decision.as_deref(), &input, Some(now)) {
            Ok(told) => {
                known(&model, arguments.decision.as_deref(), &told)?;
                output.json(&told)?;
            }
            Err(error) => {
                answer = Answer::No;
                output.json(&json!({"result": null, "trace": [], "error": error, "input": index + 1}))?;
            }
        }
    }
    Ok(answer)
}

fn read_model(arguments: &Eval) -> anyhow::Result<Model> {
    let text = read_text(&arguments.model)?;
    let imported = arguments.import.iter().map(|path| read_text(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let imported: Vec<&str> = imported.iter().map(String::as_str).collect();
    rules::parse_with_imports(&text, &imported).map_err(|diagnostics| {
        let told: Vec<String> = diagnostics.iter().map(|one| place(&arguments.model, one)).collect();
        anyhow!("{}", told.join("\n"))
    })
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read the model {}", path.display()))
}

fn open(path: &Path) -> anyhow::Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    let file = File::open(path).with_context(|| format!("cannot read the input {}", path.display()))?;
    Ok(Box::new(BufReader::new(file)))
}

/// What is wrong inside a model that can be read: it evaluates to null there, so somebody should know.
fn warn(model: &Path, diagnostics: &[Diagnostic]) {
    for one in diagnostics {
        // A failing standard error leaves nowhere to say so.
        let _ = writeln!(io::stderr(), "warning: {}", place(model, one));
    }
}

fn place(model: &Path, diagnostic: &Diagnostic) -> String {
    format!("{}:{diagnostic}", model.display())
}

/// Refuses a name that is no decision's: by the standard its value is null, which would look like an answer.
fn known(model: &Model, decision: Option<&str>, told: &Value) -> anyhow::Result<()> {
    let Some(name) = decision else { return Ok(()) };
    let empty = told["result"].is_null() && told["trace"].as_array().is_none_or(Vec::is_empty);
    if empty && !model.decisions().any(|known| known == name) {
        let known: Vec<&str> = model.decisions().collect();
        bail!("the model has no decision {name:?}; it has: {}", known.join(", "));
    }
    Ok(())
}

fn tck(folder: &Path, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let report = rules::tck::run(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    if report.levels.is_empty() {
        bail!("{} holds no TCK cases; name the suite's folder TestCases", folder.display());
    }
    match output.asked() {
        Some(Format::Json) => output.json(&summary(&report))?,
        _ => print(&report, output)?,
    }
    Ok(if report.failures.is_empty() { Answer::Yes } else { Answer::No })
}

fn summary(report: &Report) -> Value {
    let scores = report.levels.iter();
    let levels: serde_json::Map<_, _> =
        scores.map(|(level, score)| (level.clone(), json!({"passed": score.passed, "failed": score.failed}))).collect();
    let failure =
        |one: &rules::tck::Failure| json!({"case": one.case, "decision": one.decision, "message": one.message});
    json!({"levels": levels, "failures": report.failures.iter().map(failure).collect::<Vec<_>>()})
}

fn print(report: &Report, output: &mut Output<'_>) -> io::Result<()> {
    for failure in &report.failures {
        output.line(format!("FAILED {} {}: {}", failure.case, failure.decision, failure.message))?;
    }
    for (level, score) in &report.levels {
        output.line(format!("{level}: {} passed, {} failed", score.passed, score.failed))?;
    }
    Ok(())
}
