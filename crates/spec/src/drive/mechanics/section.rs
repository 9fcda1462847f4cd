//! SECTION: where orbits pass a coordinate's zero upwards, between two looks, by cubics through places and velocities.
use crate::{Config, SpecError};
use steepest_core::{Archive, Persist};
use steepest_flows::state::Phase;
use steepest_models::Model;

/// Passages that are kept; later ones are not looked for.
const MOST: usize = 1 << 20;

/// Passages of a coordinate of all replicas.
#[derive(Default)]
pub(super) struct Section {
    coordinate: Option<usize>,
    /// The last look: time and state.
    before: Vec<f64>,
    /// A row a passage: replica (from 1), q, p.
    pub(super) rows: Vec<f64>,
}
impl Section {
    /// The one a config asks for.
    ///
    /// # Errors
    /// Input: a name that is no coordinate.
    pub(super) fn of(config: &Config, model: &dyn Model) -> Result<Section, SpecError> {
        let Some(name) = &config.output.section else { return Ok(Section::default()) };
        let mut names = model.names();
        if names.len() != model.dim() {
            names = (1..=model.dim()).map(|j| format!("x[{j}]")).collect();
        }
        let Some(coordinate) = names.iter().position(|known| known == name) else {
            let message = format!("`section = \"{name}\"` in [output] is not a coordinate");
            return Err(config.problem("output.section", message).note(format!("one of {}", names.join(", "))).into());
        };
        Ok(Section { coordinate: Some(coordinate), ..Section::default() })
    }
    /// Columns of a row.
    pub(super) fn width(&self, d: usize) -> usize {
        1 + 2 * d
    }
    /// Looks at time t; velocities are momenta, as masses are 1. `spread` brings (q, p) of one point to the user's units.
    pub(super) fn look(&mut self, t: f64, x: &Phase, spread: impl Fn(&mut [f64], &mut [f64])) {
        let Some(a) = self.coordinate else { return };
        let (n, d) = (x.n, x.d);
        if let Some((&then, old)) = self.before.split_first() {
            let dt = t - then;
            for i in 0..n {
                let (from, to) = (old[a * n + i], x.z[a * n + i]);
                if !(from < 0.0 && to >= 0.0) || self.rows.len() >= MOST * self.width(d) {
                    continue;
                }
                let cubic = |j: usize| {
                    Cubic::new(old[j * n + i], dt * old[(d + j) * n + i], x.z[j * n + i], dt * x.z[(d + j) * n + i])
                };
                let share = cubic(a).root();
                let mut q: Vec<f64> = (0..d).map(|j| cubic(j).at(share)).collect();
                let mut p: Vec<f64> = (0..d).map(|j| cubic(j).slope(share) / dt).collect();
                spread(&mut q, &mut p);
                self.rows.push((i + 1) as f64);
                self.rows.extend(q.into_iter().chain(p));
            }
        }
        self.before.clear();
        self.before.push(t);
        self.before.extend_from_slice(&x.z);
    }
}
impl Persist for Section {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { coordinate: _, before, rows } = self;
        before.pass(archive)?;
        rows.pass(archive)
    }
}

/// c_0 + c_1 s + c_2 s^2 + c_3 s^3 on [0, 1].
struct Cubic([f64; 4]);
impl Cubic {
    /// Through two values with two slopes.
    fn new(from: f64, leaving: f64, to: f64, arriving: f64) -> Cubic {
        let rise = to - from;
        Cubic([from, leaving, 3.0 * rise - 2.0 * leaving - arriving, leaving + arriving - 2.0 * rise])
    }
    fn at(&self, s: f64) -> f64 {
        let [a, b, c, d] = self.0;
        d.mul_add(s, c).mul_add(s, b).mul_add(s, a)
    }
    fn slope(&self, s: f64) -> f64 {
        let [_, b, c, d] = self.0;
        (3.0 * d).mul_add(s, 2.0 * c).mul_add(s, b)
    }
    /// Where it passes 0, from below to above, by bisection down to rounding.
    fn root(&self) -> f64 {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if self.at(middle) < 0.0 { low = middle } else { high = middle }
        }
        high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On the circle x = sin t, y = cos t a look each 0.1 finds the passages at 2 pi k to the fourth order.
    #[test]
    fn passages_are_found_between_looks() {
        let mut section = Section { coordinate: Some(0), ..Section::default() };
        for k in 0..200 {
            let t = 0.1 * f64::from(k) + 0.05;
            let x = Phase { n: 1, d: 2, z: [t.sin(), t.cos(), t.cos(), -t.sin()].into() };
            section.look(t, &x, |_, _| ());
        }
        let rows: Vec<&[f64]> = section.rows.chunks_exact(5).collect();
        assert_eq!(rows.len(), 3);
        for row in rows {
            let [_, x, y, u, v] = row else { panic!("{row:?}") };
            assert!(x.abs() < 1e-14 && (y - 1.0).abs() < 1e-6, "{row:?}");
            assert!((u - 1.0).abs() < 1e-4 && v.abs() < 1e-4, "{row:?}");
        }
    }
}
