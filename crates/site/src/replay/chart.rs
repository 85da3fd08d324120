//! A chart of shares as bars, drawn by the server, and the same as a table: who does not see the picture reads the numbers.

use askama::Template;
use askama::filters::HtmlSafe;

/// Lines that are drawn; the table has all of them.
const DRAWN: usize = 24;
/// The picture's width, and what a line of it takes.
const WIDTH: u64 = 360;
const LINE: usize = 40;

/// A line of a chart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bar {
    /// What it stands for.
    pub label: String,
    /// Its share.
    pub part: u64,
    /// Of how many.
    pub whole: u64,
}

/// A chart with its table.
#[derive(Clone, PartialEq, Eq, Debug, Template)]
#[template(path = "replay/chart.html")]
pub struct Chart {
    /// Unique on the page.
    pub id: String,
    /// What it shows, as a sentence.
    pub finding: String,
    /// What the lines are called, and the columns of part, whole.
    pub heads: [String; 3],
    /// The lines.
    pub bars: Vec<Bar>,
}

// Its own template escapes every word.
impl HtmlSafe for Chart {}

/// A line as it is drawn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Drawn {
    label: String,
    value: String,
    width: u64,
    text_y: usize,
    y: usize,
}

impl Chart {
    /// The picture's height.
    pub fn height(&self) -> usize {
        self.bars.len().min(DRAWN) * LINE + 4
    }

    /// The lines as they are drawn: the longest bar is the largest part.
    pub fn drawn(&self) -> Vec<Drawn> {
        let most = self.bars.iter().take(DRAWN).map(|bar| bar.part).max().unwrap_or(0).max(1);
        let line = |(n, bar): (usize, &Bar)| Drawn {
            label: bar.label.clone(),
            value: format!("{} / {}", bar.part, bar.whole),
            width: if bar.part == 0 { 0 } else { (bar.part * WIDTH / most).max(2) },
            text_y: n * LINE + 18,
            y: n * LINE + 25,
        };
        self.bars.iter().take(DRAWN).enumerate().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_parts_and_no_share_is_invisible() {
        let bar = |label: &str, part, whole| Bar { label: label.into(), part, whole };
        let bars = vec![bar("2026-10", 0, 9), bar("2026-11", 1, 1_000), bar("2026-12", 900, 1_000)];
        let chart = Chart { id: "m".into(), finding: String::new(), heads: Default::default(), bars };
        let widths: Vec<u64> = chart.drawn().iter().map(|d| d.width).collect();
        assert_eq!((widths, chart.height()), (vec![0, 2, 360], 124));
        let many = Chart { bars: vec![bar("x", 0, 0); 100], ..chart };
        assert_eq!((many.drawn().len(), many.drawn()[0].width), (DRAWN, 0));
    }
}
