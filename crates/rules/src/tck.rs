//! The public conformance suite (DMN TCK) as a library: reads a folder of cases, says what passed and what did not.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel::Moment;
use roxmltree::{Document, Node};

use crate::model::{Model, parse_with_imports};
use crate::value::{Context, Date, DateTime, DaysTime, Number, Time, Value, parse_months};

/// What became of a suite.
#[derive(Debug, Default)]
pub struct Report {
    /// Passed and failed for each level (the name of the folder below the suite's).
    pub levels: BTreeMap<String, Score>,
    /// Every failure.
    pub failures: Vec<Failure>,
}

/// Counts of one level.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    /// Cases of which every result was as expected.
    pub passed: u32,
    /// Cases of which a result was not.
    pub failed: u32,
}

/// One result that was not as expected.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Level, folder, file and case, such as `compliance-level-2/0001-input-data-string/0001-….xml#001`.
    pub case: String,
    /// The decision that was asked.
    pub decision: String,
    /// What was expected and what came.
    pub message: String,
}

/// The moment that the suite's `now()` and `today()` see.
const NOW_MS: i64 = 1_767_225_600_000;

/// Runs every case below a folder of levels (`TestCases`), a level, or one test's folder.
///
/// # Errors
/// When a folder or file cannot be read.
pub fn run(dir: &Path) -> std::io::Result<Report> {
    let mut report = Report::default();
    for folder in folders(dir)? {
        let level = level_of(&folder);
        for file in files(&folder, "xml")? {
            run_file(&folder, &file, &level, &mut report)?;
        }
    }
    Ok(report)
}

/// All folders below (and with) `dir` that hold a model.
fn folders(dir: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(at) = open.pop() {
        if !files(&at, "dmn")?.is_empty() {
            out.push(at.clone());
        }
        for entry in fs::read_dir(&at)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            }
        }
    }
    out.sort();
    Ok(out)
}

fn files(dir: &Path, extension: &str) -> std::io::Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_file() && path.extension().is_some_and(|e| e == extension) {
            out.push(path);
        }
    }
    out.sort();
    Ok(out)
}

fn level_of(folder: &Path) -> String {
    let parent = folder.parent().and_then(Path::file_name);
    parent.map_or_else(|| "cases".to_owned(), |p| p.to_string_lossy().into_owned())
}

fn run_file(folder: &Path, file: &Path, level: &str, report: &mut Report) -> std::io::Result<()> {
    let text = fs::read_to_string(file)?;
    let options = roxmltree::ParsingOptions { allow_dtd: false, ..roxmltree::ParsingOptions::default() };
    let Ok(document) = Document::parse_with_options(&text, options) else { return Ok(()) };
    let root = document.root_element();
    if root.tag_name().name() != "testCases" {
        return Ok(());
    }
    let name = child(root, "modelName").and_then(|m| m.text()).unwrap_or("").trim().to_owned();
    let model = load(folder, &name)?;
    let label = format!("{level}/{}/{}", file_name(folder), file_name(file));
    for case in children(root, "testCase") {
        let input = inputs(case);
        let before = report.failures.len();
        for result in children(case, "resultNode") {
            if let Err(message) = check(&model, case, result, &input) {
                let case = format!("{label}#{}", case.attribute("id").unwrap_or(""));
                let decision = result.attribute("name").unwrap_or("").to_owned();
                report.failures.push(Failure { case, decision, message });
            }
        }
        let score = report.levels.entry(level.to_owned()).or_default();
        if report.failures.len() == before { score.passed += 1 } else { score.failed += 1 }
    }
    Ok(())
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The model of that file name with all others of the folder as its imports.
fn load(folder: &Path, name: &str) -> std::io::Result<Result<Model, String>> {
    let mut main = None;
    let mut others = Vec::new();
    for path in files(folder, "dmn")? {
        let text = fs::read_to_string(&path)?;
        if file_name(&path) == name { main = Some(text) } else { others.push(text) }
    }
    let Some(main) = main else { return Ok(Err(format!("no model file {name}"))) };
    let others: Vec<&str> =
        if main.contains("import") { others.iter().map(String::as_str).collect() } else { Vec::new() };
    Ok(parse_with_imports(&main, &others).map_err(|d| d.first().map_or_else(String::new, ToString::to_string)))
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |c| c.is_element() && c.tag_name().name() == name)
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

fn inputs(case: Node<'_, '_>) -> Context {
    children(case, "inputNode").map(|n| (n.attribute("name").unwrap_or(""), value(n))).collect()
}

/// The value that an element describes: `<value>`, `<list>` of items, or `<component>`s.
fn value(node: Node<'_, '_>) -> Value {
    if let Some(list) = child(node, "list") {
        return if is_nil(list) { Value::Null } else { Value::list(children(list, "item").map(value).collect()) };
    }
    if let Some(simple) = child(node, "value") {
        return simple_value(simple);
    }
    let mut components = children(node, "component").peekable();
    if components.peek().is_none() {
        return Value::Null;
    }
    Value::context(components.map(|c| (c.attribute("name").unwrap_or(""), value(c))).collect::<Vec<_>>())
}

fn is_nil(node: Node<'_, '_>) -> bool {
    node.attributes().any(|a| a.name() == "nil" && a.value() == "true")
}

fn simple_value(node: Node<'_, '_>) -> Value {
    if is_nil(node) {
        return Value::Null;
    }
    let text: String = node.descendants().filter(Node::is_text).filter_map(|t| t.text()).collect();
    let of = node.attributes().find(|a| a.name() == "type").map_or("", |a| a.value());
    let of = of.rsplit(':').next().unwrap_or("");
    let plain = text.trim();
    let found = match of {
        "string" => Some(Value::text(&text)),
        "boolean" => Some(Value::Boolean(plain == "true" || plain == "1")),
        "decimal" | "double" | "integer" | "int" | "float" | "long" => Number::parse(plain).map(Value::Number),
        "date" => Date::parse(plain).map(Value::Date),
        "time" => Time::parse(plain).map(|t| Value::Time(Arc::new(t))),
        "dateTime" => DateTime::parse(plain).map(|t| Value::DateTime(Arc::new(t))),
        "duration" => duration(plain),
        "yearMonthDuration" => parse_months(plain).map(Value::Months),
        "dayTimeDuration" => DaysTime::parse(plain).map(Value::DaysTime),
        _ => Some(Value::text(&text)),
    };
    found.unwrap_or_else(|| Value::text(&text))
}

fn duration(text: &str) -> Option<Value> {
    parse_months(text).map(Value::Months).or_else(|| DaysTime::parse(text).map(Value::DaysTime))
}

fn check(
    model: &Result<Model, String>,
    case: Node<'_, '_>,
    result: Node<'_, '_>,
    input: &Context,
) -> Result<(), String> {
    let model = model.as_ref().map_err(Clone::clone)?;
    let mut name = result.attribute("name").unwrap_or("");
    let output = name;
    if case.attribute("type") == Some("decisionService") {
        name = case.attribute("invocableName").unwrap_or(name);
    }
    let mut found = model.evaluate_at(name, input, Some(Moment::from_ms(NOW_MS)));
    // A service with several outputs gives them all; the suite asks for each by its name.
    if let (Value::Context(outputs), true) = (&found.value, output != name)
        && let Some(one) = outputs.get(output)
    {
        found.value = one.clone();
    }
    let expected = child(result, "expected").map_or(Value::Null, value);
    if same(&expected, &found.value) {
        return Ok(());
    }
    let fault = found.trace.iter().find_map(|s| s.fault.clone()).unwrap_or_default();
    Err(format!("expected {:?}, found {:?} {fault}", Shown(&expected), Shown(&found.value)))
}

/// Equal as the suite means it: numbers within 1e-8, contexts without regard to order.
fn same(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Null, Value::Null) => true,
        (Value::Number(a), Value::Number(b)) => {
            let near = Number::parse("0.00000001").unwrap_or(Number::ZERO);
            a.minus(*b).is_some_and(|d| d.abs() <= near)
        }
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(x, y)| same(x, y)),
        (Value::Context(a), Value::Context(b)) => {
            a.len() == b.len() && a.iter().all(|(n, v)| b.get(n).is_some_and(|f| same(v, f)))
        }
        (a, b) => a.kind() == b.kind() && a.equals(b) == Some(true),
    }
}

/// A value as a short text for a failure.
struct Shown<'v>(&'v Value);

impl std::fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Value::Null => f.write_str("null"),
            Value::Function(_) => f.write_str("function"),
            v => write!(f, "{} {}", v.kind(), v.to_json()),
        }
    }
}
