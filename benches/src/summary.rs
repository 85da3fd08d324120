//! The results: printed as they come, written as JSON at the end.

use std::io::Write as _;
use std::path::Path;

use serde::Serialize;

/// One measurement.
#[derive(Serialize)]
struct Line {
    name: String,
    value: f64,
    unit: &'static str,
    /// What it is compared with, measured in the same run; empty where nothing.
    base: String,
    /// Value over base where more is better, base over value where less is better; 0 where there is no base.
    ratio: f64,
}

/// All measurements of a run.
#[derive(Default, Serialize)]
pub(crate) struct Summary {
    lines: Vec<Line>,
}

impl Summary {
    /// A measurement without a base.
    pub(crate) fn plain(&mut self, name: impl Into<String>, value: f64, unit: &'static str) {
        self.add(Line { name: name.into(), value, unit, base: String::new(), ratio: 0.0 });
    }

    /// A measurement of which more is better, against `(name, value)` of the base.
    pub(crate) fn against(&mut self, name: impl Into<String>, value: f64, unit: &'static str, base: (&str, f64)) {
        self.add(Line { name: name.into(), value, unit, base: base.0.to_owned(), ratio: value / base.1 });
    }

    /// A measurement of which less is better, against `(name, value)` of the base.
    pub(crate) fn less(&mut self, name: impl Into<String>, value: f64, unit: &'static str, base: (&str, f64)) {
        self.add(Line { name: name.into(), value, unit, base: base.0.to_owned(), ratio: base.1 / value });
    }

    fn add(&mut self, line: Line) {
        let base = if line.base.is_empty() { String::new() } else { format!("  = {:.3} of {}", line.ratio, line.base) };
        // Progress for a person who waits; the file is for programs.
        let _ = writeln!(std::io::stdout(), "{:<72} {:>14.1} {}{base}", line.name, line.value, line.unit);
        self.lines.push(line);
    }

    /// Writes `target/bench/summary.json`.
    pub(crate) fn write(&self) -> anyhow::Result<()> {
        let folder = Path::new("target/bench");
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("summary.json"), serde_json::to_vec_pretty(&self.lines)?)?;
        Ok(())
    }
}

/// How many times `work` runs a second: the median of seven windows of 300 ms after one to warm up.
pub(crate) fn rate(mut work: impl FnMut()) -> f64 {
    let window = std::time::Duration::from_millis(300);
    let mut rates: Vec<f64> = (0..8)
        .map(|_| {
            let (begin, mut times) = (std::time::Instant::now(), 0_u32);
            while begin.elapsed() < window {
                (0..64).for_each(|_| work());
                times += 64;
            }
            f64::from(times) / begin.elapsed().as_secs_f64()
        })
        .skip(1)
        .collect();
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
