//! LINE SEARCH: how far along a direction. Functions of one variable, phi(a) = F(R_x(a d)), asked for value and slope.

/// How the length of a step is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineSearch {
    /// Backtracking until F fell by enough [Armijo1966].
    Armijo,
    /// Backtracking against the highest of the last ten values, so that F may rise for a while
    /// [GrippoLampartielloLucidi1986].
    Nonmonotone,
    /// Enough decrease, and a slope of small size: bracketing and cubic interpolation [NocedalWright2006, Alg. 3.5].
    #[default]
    StrongWolfe,
    /// Secant steps in a bracket, and conditions that still mean something where values differ by rounding alone
    /// [HagerZhang2005, Sec. 4].
    HagerZhang,
}

impl LineSearch {
    /// Whether every step goes down.
    pub fn monotone(self) -> bool {
        self != LineSearch::Nonmonotone
    }
    /// Whether a step goes on until the slope has lost its share.
    pub fn curved(self) -> bool {
        matches!(self, LineSearch::StrongWolfe | LineSearch::HagerZhang)
    }
}

/// A point on the line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Along {
    /// a
    pub alpha: f64,
    /// phi(a)
    pub value: f64,
    /// phi'(a)
    pub slope: f64,
}

/// Share of the decrease that the slope promises which must be had.
pub const DECREASE: f64 = 1e-4;
/// Evaluations a search may take.
const BUDGET: u32 = 60;
/// Relative size of values which differ by rounding alone.
const ROUNDING: f64 = 1e-14;
/// A search goes no further than so many times the length that it asked for first.
const FARTHEST: f64 = 1e12;

/// What a search is held to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::scheme) struct Terms {
    /// Share of the first slope that the last may have in size.
    pub curvature: f64,
    /// The value that a decrease is counted from.
    pub reference: f64,
    /// The longest step there is; `first` is no longer.
    pub most: f64,
}
impl Terms {
    /// Whether a step ended where it had to, with the slope still going down.
    pub fn cut(&self, p: Along) -> bool {
        p.alpha >= self.most && p.slope <= 0.0
    }
}

/// A step along the line, the last that `phi` was asked for; `None` where none goes down.
pub(in crate::scheme) fn search(
    kind: LineSearch,
    phi: &mut impl FnMut(f64) -> (f64, f64),
    start: Along,
    first: f64,
    terms: Terms,
) -> Option<Along> {
    let mut line = Line { phi, start, terms, left: BUDGET };
    match kind {
        LineSearch::Armijo | LineSearch::Nonmonotone => line.backtrack(first),
        LineSearch::StrongWolfe => line.bracket_and_zoom(first),
        LineSearch::HagerZhang => line.secant(first),
    }
}

/// Whether a search ended where it goes no further, with nine tenths of the slope it had where it began, or more.
pub(in crate::scheme) fn ran_off(start: Along, p: Along, first: f64) -> bool {
    p.alpha >= FARTHEST * first && p.slope <= 0.9 * start.slope
}

struct Line<'a, P> {
    phi: &'a mut P,
    start: Along,
    terms: Terms,
    left: u32,
}
impl<P: FnMut(f64) -> (f64, f64)> Line<'_, P> {
    fn at(&mut self, alpha: f64) -> Along {
        self.left = self.left.saturating_sub(1);
        let (value, slope) = (self.phi)(alpha);
        let finite = value.is_finite() && slope.is_finite();
        Along { alpha, value: if finite { value } else { f64::INFINITY }, slope }
    }
    fn enough(&self, p: Along) -> bool {
        p.value <= self.terms.reference + DECREASE * p.alpha * self.start.slope
    }
    /// Values are equal to rounding and the slopes say that F fell [HagerZhang2005, Eq. 4.1].
    fn enough_by_slopes(&self, p: Along) -> bool {
        (p.value - self.start.value).abs() <= ROUNDING * self.start.value.abs()
            && p.slope <= (2.0 * DECREASE - 1.0) * self.start.slope
            && p.slope >= self.terms.curvature * self.start.slope
    }
    fn wolfe(&self, p: Along) -> bool {
        self.enough(p) && p.slope >= self.terms.curvature * self.start.slope
    }
    /// Ends at `p` if nothing better was found: the last point asked for must be the one returned.
    fn settle(&mut self, p: Along) -> Option<Along> {
        (p.alpha > 0.0 && p.value < self.start.value).then(|| self.at(p.alpha))
    }
    fn backtrack(&mut self, first: f64) -> Option<Along> {
        let mut alpha = first;
        while self.left > 0 {
            let p = self.at(alpha);
            if self.enough(p) || self.enough_by_slopes(p) {
                return Some(p);
            }
            let wanted = if p.value.is_finite() { interpolate(self.start, p) } else { 0.0 };
            alpha = wanted.clamp(0.1 * alpha, 0.5 * alpha);
        }
        None
    }
    fn bracket_and_zoom(&mut self, first: f64) -> Option<Along> {
        let (mut low, mut high) = (self.start, None::<Along>);
        let (mut alpha, mut width) = (first, f64::INFINITY);
        while self.left > 0 {
            let p = self.at(alpha);
            let strong = p.slope.abs() <= self.terms.curvature * self.start.slope.abs();
            if (self.enough(p) && (strong || self.terms.cut(p))) || self.enough_by_slopes(p) {
                return Some(p);
            }
            if !self.enough(p) || (low.alpha > 0.0 && p.value >= low.value) {
                high = Some(p);
            } else {
                // Downhill lies back towards the old end, or on beyond.
                let ahead = high.map_or(1.0, |high| high.alpha - low.alpha);
                if p.slope * ahead >= 0.0 {
                    high = Some(low);
                }
                low = p;
            }
            alpha = match high {
                Some(end) => {
                    let (a, b) = (low.alpha.min(end.alpha), low.alpha.max(end.alpha));
                    if b - a <= 1e-15 * b {
                        break;
                    }
                    let slow = b - a > 0.66 * width;
                    width = b - a;
                    let wanted = if end.value.is_finite() { interpolate(low, end) } else { a + 0.1 * (b - a) };
                    if slow { 0.5 * (a + b) } else { wanted.clamp(a + 0.1 * (b - a), b - 0.1 * (b - a)) }
                }
                None if low.alpha < FARTHEST * first => {
                    let before = self.start;
                    let secant = low.alpha * before.slope / (before.slope - low.slope);
                    if secant.is_finite() && secant > 0.0 { secant } else { f64::INFINITY }
                        .clamp(2.0 * low.alpha, 10.0 * low.alpha)
                        .min(self.terms.most)
                }
                None => break,
            };
        }
        self.settle(low)
    }
    /// [HagerZhang2005, Sec. 4]: a bracket whose ends slope inwards, made smaller by secants and, where that is slow, halves.
    fn secant(&mut self, first: f64) -> Option<Along> {
        let limit = self.start.value + 1e-6 * self.start.value.abs();
        let accept = |line: &Self, p: Along| {
            let near = p.value <= limit
                && p.slope <= (2.0 * DECREASE - 1.0) * line.start.slope
                && p.slope >= line.terms.curvature * line.start.slope;
            p.value.is_finite() && (line.wolfe(p) || near || line.enough(p) && line.terms.cut(p))
        };
        let mut low = self.start;
        let mut p = self.at(first);
        while !p.value.is_finite() && self.left > 0 {
            p = self.at(0.1 * p.alpha);
        }
        let mut high = loop {
            if accept(self, p) {
                return Some(p);
            }
            if p.slope >= 0.0 {
                break p;
            }
            if p.value > limit {
                match self.halve(low, p, limit) {
                    Ok((a, b)) => {
                        low = a;
                        break b;
                    }
                    Err(found) => return found.filter(|p| accept(self, *p)).or_else(|| self.settle(low)),
                }
            }
            low = p;
            if self.left == 0 || p.alpha > FARTHEST * first || p.alpha >= self.terms.most {
                return self.settle(low);
            }
            p = self.at((5.0 * p.alpha).min(self.terms.most));
            while !p.value.is_finite() && self.left > 0 {
                p = self.at(0.5 * (low.alpha + p.alpha));
            }
        };
        while self.left > 0 && high.alpha - low.alpha > 1e-15 * high.alpha {
            let width = high.alpha - low.alpha;
            let mut c = secant(low, high);
            for turn in 0..2 {
                if !(c > low.alpha && c < high.alpha) {
                    break;
                }
                let p = self.at(c);
                if accept(self, p) {
                    return Some(p);
                }
                let (old_low, old_high) = (low, high);
                if p.slope >= 0.0 {
                    high = p;
                } else if p.value <= limit {
                    low = p;
                } else {
                    match self.halve(low, p, limit) {
                        Ok(ends) => (low, high) = ends,
                        Err(_) => return self.settle(low),
                    }
                }
                // The second secant is through the old end and the new.
                c = if turn > 0 {
                    f64::NAN
                } else if c == high.alpha {
                    secant(old_high, high)
                } else {
                    secant(old_low, low)
                };
            }
            if high.alpha - low.alpha > 0.66 * width {
                let p = self.at(0.5 * (low.alpha + high.alpha));
                if accept(self, p) {
                    return Some(p);
                }
                if p.slope >= 0.0 {
                    high = p;
                } else if p.value <= limit {
                    low = p;
                } else {
                    match self.halve(low, p, limit) {
                        Ok(ends) => (low, high) = ends,
                        Err(_) => return self.settle(low),
                    }
                }
            }
        }
        self.settle(low)
    }
    /// From a low end and one that is too high but still slopes down: ends that slope inwards, or the last point seen.
    fn halve(&mut self, mut low: Along, mut high: Along, limit: f64) -> Result<(Along, Along), Option<Along>> {
        let mut last = None;
        while self.left > 0 && high.alpha - low.alpha > 1e-15 * high.alpha {
            let p = self.at(0.5 * (low.alpha + high.alpha));
            last = Some(p);
            if p.value.is_finite() && p.slope >= 0.0 {
                return Ok((low, p));
            }
            if p.value <= limit { low = p } else { high = p }
        }
        Err(last)
    }
}

/// The least point of the cubic through both ends, or their middle.
fn interpolate(a: Along, b: Along) -> f64 {
    let along = b.alpha - a.alpha;
    let theta = 3.0 * (a.value - b.value) / along + a.slope + b.slope;
    let inside = theta * theta - a.slope * b.slope;
    let root = if along < 0.0 { -inside.max(0.0).sqrt() } else { inside.max(0.0).sqrt() };
    let wanted = b.alpha - along * (b.slope + root - theta) / (b.slope - a.slope + 2.0 * root);
    if inside >= 0.0 && wanted.is_finite() { wanted } else { 0.5 * (a.alpha + b.alpha) }
}
/// Where the slope would vanish if it were linear.
fn secant(a: Along, b: Along) -> f64 {
    (a.alpha * b.slope - b.alpha * a.slope) / (b.slope - a.slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each search ends where its own condition holds, on a quartic and on a line that is infinite beyond 2.
    #[test]
    fn each_search_keeps_its_terms() {
        let quartic = |a: f64| ((a - 3.0).powi(4) - a, 4.0 * (a - 3.0).powi(3) - 1.0);
        let wall = |a: f64| if a < 2.0 { (-a - (2.0 - a).ln(), -1.0 + 1.0 / (2.0 - a)) } else { (f64::NAN, f64::NAN) };
        for kind in [LineSearch::Armijo, LineSearch::StrongWolfe, LineSearch::HagerZhang] {
            for first in [1e-6, 0.3, 1.0, 100.0] {
                for line in [&quartic as &dyn Fn(f64) -> (f64, f64), &wall] {
                    let (value, slope) = line(0.0);
                    let start = Along { alpha: 0.0, value, slope };
                    let mut last = f64::NAN;
                    let mut phi = |a: f64| {
                        last = a;
                        line(a)
                    };
                    let terms = Terms { curvature: 0.1, reference: value, most: f64::INFINITY };
                    let found = search(kind, &mut phi, start, first, terms).unwrap();
                    assert_eq!(found.alpha, last, "{kind:?}: the last point asked for");
                    assert!(found.value <= value + DECREASE * found.alpha * slope, "{kind:?} from {first}: {found:?}");
                    if kind != LineSearch::Armijo {
                        assert!(found.slope >= 0.1 * slope, "{kind:?} from {first}: {found:?}");
                    }
                    if kind == LineSearch::StrongWolfe {
                        assert!(found.slope.abs() <= 0.1 * slope.abs(), "from {first}: {found:?}");
                    }
                }
            }
        }
    }
}
