//! A panel of a figure: two scales, their axes, and marks in the units of the data.
use super::{Figure, short};
use crate::{
    axis::{Ticks, log_ticks, ticks},
    escape::shortened,
};
use std::fmt::Write;

/// A map from an interval of numbers to an interval of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The numbers at the two ends.
    pub domain: (f64, f64),
    /// Whether equal ratios, not differences, are equally long.
    pub log: bool,
}

impl Scale {
    /// Equal differences equally long; an empty interval is widened.
    pub fn linear(lo: f64, hi: f64) -> Self {
        // An eighth of the largest number leaves room for margins and differences.
        let reach = f64::MAX / 8.0;
        let (lo, hi) = if lo.is_finite() && hi.is_finite() { (lo.max(-reach), hi.min(reach)) } else { (0.0, 1.0) };
        let pad = if hi > lo { 0.0 } else { (lo.abs() * 0.05).max(0.5) };
        Self { domain: (lo - pad, hi.max(lo) + pad), log: false }
    }

    /// The same, with a margin of `share` of the interval at both ends.
    pub fn padded(lo: f64, hi: f64, share: f64) -> Self {
        let scale = Self::linear(lo, hi);
        let pad = share * (scale.domain.1 - scale.domain.0);
        Self { domain: (scale.domain.0 - pad, scale.domain.1 + pad), log: false }
    }

    /// Equal ratios equally long, over positive numbers.
    pub fn logarithmic(lo: f64, hi: f64) -> Self {
        let (lo, hi) = if lo > 0.0 && hi.is_finite() && hi >= lo { (lo, hi) } else { (1.0, 10.0) };
        let widen = if hi / lo < 1.001 { 2.0 } else { (hi / lo).powf(0.03) };
        Self { domain: (lo / widen, hi * widen), log: true }
    }

    /// The place of `v`: 0 at the lower end, 1 at the upper.
    pub fn share(&self, v: f64) -> f64 {
        let (lo, hi) = self.domain;
        if self.log { (v / lo).ln() / (hi / lo).ln() } else { (v - lo) / (hi - lo) }
    }

    /// The same for `origin + at`, exact where the axis is short and far from zero.
    fn share_from(&self, origin: f64, at: f64) -> f64 {
        let (lo, hi) = self.domain;
        if self.log { self.share(origin + at) } else { (at - (lo - origin)) / (hi - lo) }
    }

    fn ticks(&self, wanted: usize) -> Ticks {
        if self.log { log_ticks(self.domain.0, self.domain.1) } else { ticks(self.domain.0, self.domain.1, wanted) }
    }
}

/// Where in a figure its two scales lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Panel {
    /// Left edge, top edge, width, height.
    pub frame: (f64, f64, f64, f64),
    /// Left to right.
    pub x: Scale,
    /// Bottom to top.
    pub y: Scale,
}

impl Panel {
    /// Pixels of `(x, y)`; what leaves the panel stops a little beyond its edge.
    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let (left, top, width, height) = self.frame;
        let (u, v) = (self.x.share(x).clamp(-0.02, 1.02), self.y.share(y).clamp(-0.02, 1.02));
        (left + u * width, top + (1.0 - v) * height)
    }

    /// The x axis below the panel, its numbers and `label`.
    pub fn x_axis(&self, figure: &mut Figure, label: &str) {
        self.x_axis_of(figure, (label, label));
    }

    /// The same with a label that is shown, and the whole of it for a tooltip.
    pub fn x_axis_of(&self, figure: &mut Figure, (shown, whole): (&str, &str)) {
        let (left, top, width, height) = self.frame;
        let bottom = top + height;
        figure.path("axis", &format!("M{} {}h{}", short(left), short(bottom), short(width)), "");
        let ticks = self.x.ticks((width / 55.0).max(2.0) as usize);
        for tick in &ticks.each {
            let x = left + self.x.share_from(ticks.origin, tick.at) * width;
            figure.path("axis", &format!("M{} {}v4", short(x), short(bottom)), "");
            figure.text((x, bottom + 15.0), "", "middle", &tick.label);
        }
        // What is to be added to the numbers stands with the label; without one, at the end of the axis.
        let (offset, middle) = (&ticks.offset, (left + width / 2.0, bottom + 31.0));
        match (shown.is_empty(), offset.is_empty()) {
            (true, true) => {}
            (true, false) => figure.text((left + width, bottom + 25.0), "", "end", offset),
            (false, true) => figure.named(middle, ("label", "middle"), (shown, whole)),
            (false, false) => {
                let room = ((width / 6.0) as usize).saturating_sub(offset.chars().count() + 3).max(8);
                let shown = format!("{} ({offset})", shortened(shown, room));
                let whole = format!("{whole} ({offset})");
                figure.named(middle, ("label", "middle"), (shown.as_str(), whole.as_str()));
            }
        }
    }

    /// The numbers left of the panel, faint lines across it, and `label` upright beside them.
    pub fn y_axis(&self, figure: &mut Figure, label: &str) {
        self.y_axis_of(figure, (label, label));
    }

    /// The same with a label that is shown, and the whole of it for a tooltip.
    pub fn y_axis_of(&self, figure: &mut Figure, (shown, whole): (&str, &str)) {
        let (left, top, width, height) = self.frame;
        let ticks = self.y.ticks((height / 30.0).max(2.0) as usize);
        for tick in &ticks.each {
            let y = top + (1.0 - self.y.share_from(ticks.origin, tick.at)) * height;
            figure.path("grid", &format!("M{} {}h{}", short(left), short(y), short(width)), "");
            figure.text((left - 6.0, y + 3.5), "", "end", &tick.label);
        }
        if !ticks.offset.is_empty() {
            // Titles begin on the left.
            let said = format!("↑ {}", ticks.offset);
            figure.text((left + width, (top - 8.0).max(9.0)), "", "end", &said);
        }
        if !shown.is_empty() {
            figure.turned((left - 46.0, top + height / 2.0), (shown, whole));
        }
    }

    /// A title above the left edge.
    pub fn title(&self, figure: &mut Figure, title: &str) {
        self.title_of(figure, (title, title));
    }

    /// The same with a title that is shown, and the whole of it for a tooltip.
    pub fn title_of(&self, figure: &mut Figure, title: (&str, &str)) {
        figure.named((self.frame.0, self.frame.1 - 8.0), ("title", "start"), title);
    }

    /// A line through `points`, broken where one is not a number.
    pub fn line(&self, points: impl IntoIterator<Item = (f64, f64)>) -> String {
        let mut d = String::new();
        let mut pen = false;
        for (x, y) in points {
            let drawable = x.is_finite() && y.is_finite() && (!self.y.log || y > 0.0) && (!self.x.log || x > 0.0);
            if drawable {
                let (x, y) = self.at(x, y);
                let _ = write!(d, "{}{} {}", if pen { 'L' } else { 'M' }, short(x), short(y));
            }
            pen = drawable;
        }
        d
    }

    /// The area between `points` and the bottom of the panel.
    pub fn area(&self, points: &[(f64, f64)]) -> String {
        let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
        let line = self.line(points.iter().copied());
        let bottom = short(self.frame.1 + self.frame.3);
        let (from, to) = (self.at(first.0, 0.0).0, self.at(last.0, 0.0).0);
        if line.is_empty() { line } else { format!("{line}L{} {bottom}L{} {bottom}Z", short(to), short(from)) }
    }

    /// A dot at each of `points`, drawn by the round ends of empty strokes. A path paints a place once: dots are dealt out
    /// over several, so that crowded places grow darker.
    pub fn dots(&self, figure: &mut Figure, points: impl IntoIterator<Item = (f64, f64)>) {
        let mut layers = vec![String::new(); 8];
        let drawable = points.into_iter().filter(|(x, y)| x.is_finite() && y.is_finite());
        for (i, (x, y)) in drawable.enumerate() {
            let (x, y) = self.at(x, y);
            let _ = write!(layers[i % 8], "M{} {}h0", short(x), short(y));
        }
        for d in layers {
            figure.path("cloud", &d, "");
        }
    }

    /// A small cross at each of `points`.
    pub fn crosses(&self, points: impl IntoIterator<Item = (f64, f64)>) -> String {
        let mut d = String::new();
        for (x, y) in points.into_iter().filter(|(x, y)| x.is_finite() && y.is_finite()) {
            let (x, y) = self.at(x, y);
            let _ = write!(d, "M{} {}l5 5m0-5l-5 5", short(x - 2.5), short(y - 2.5));
        }
        d
    }

    /// Bars of heights `counts` over equal cells of the x domain.
    pub fn bars(&self, counts: &[f64]) -> String {
        let (lo, hi) = self.x.domain;
        let mut d = String::new();
        for (i, count) in counts.iter().enumerate().filter(|(_, c)| **c > 0.0) {
            let edge = |i: usize| lo + (hi - lo) * i as f64 / counts.len() as f64;
            let ((l, top), (r, bottom)) = (self.at(edge(i), *count), self.at(edge(i + 1), self.y.domain.0));
            let _ =
                write!(d, "M{} {}V{}H{}V{}z", short(l + 0.4), short(bottom), short(top), short(r - 0.4), short(bottom));
        }
        d
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_and_breaks() {
        let panel =
            Panel { frame: (10.0, 20.0, 100.0, 50.0), x: Scale::linear(0.0, 1.0), y: Scale::logarithmic(1.0, 1.0) };
        assert_eq!(panel.at(0.0, 0.5), (10.0, 70.0));
        assert_eq!(panel.at(1.0, 2.0), (110.0, 20.0));
        assert_eq!(panel.line([(0.0, 0.5), (f64::NAN, 1.0), (1.0, 2.0), (1.0, -1.0)]), "M10 70M110 20");
        assert_eq!(Scale::linear(3.0, 3.0).domain, (2.5, 3.5));
        assert_eq!(Scale::linear(f64::NAN, 1.0).domain, (0.0, 1.0));
    }

    /// Numbers far from zero and close together: places are told apart, and what is added stands beside the axis.
    #[test]
    fn an_offset_stands_beside_the_axis() {
        let (x, y) = (Scale::linear(1e9 - 0.25, 1e9 + 0.25), Scale::linear(-0.5, -0.5 + 4e-16));
        let panel = Panel { frame: (60.0, 20.0, 165.0, 90.0), x, y };
        let drawn = |label: &str| {
            let mut figure = Figure::new(300.0, 200.0, "");
            panel.x_axis(&mut figure, label);
            panel.y_axis(&mut figure, "");
            figure.embedded()
        };
        let svg = drawn("");
        assert!(svg.contains(">+ 1000000000</text>") && svg.contains(">↑ − 0.5</text>"), "{svg}");
        // The origin lies in the middle.
        assert!(svg.contains("<text x=\"142.5\" y=\"125\" class=\"\" text-anchor=\"middle\">0</text>"), "{svg}");
        assert!(svg.contains(">2×10⁻¹⁶</text>"), "{svg}");
        let svg = drawn("a_name_that_is_long");
        assert!(svg.contains("<title>a_name_that_is_long (+ 1000000000)</title>a_name…_long (+ 1000000000)<"), "{svg}");
    }

    #[test]
    fn bars_fill_their_cells() {
        let panel = Panel { frame: (0.0, 0.0, 10.0, 10.0), x: Scale::linear(0.0, 2.0), y: Scale::linear(0.0, 4.0) };
        assert_eq!(panel.bars(&[2.0, 0.0]), "M0.4 10V5H4.6V10z");
    }
}
