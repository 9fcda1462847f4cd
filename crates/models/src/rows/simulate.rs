//! SIMULATE: responses drawn from the law of a row, and whether that is the law of the likelihood.
use super::RowsOptions;
use super::data::Data;
use super::error::RowsError;
use super::plan::Plan;
use super::script::{Above, Room, Script};
use crate::expression::Recipe;
use crate::law::Dice;
use std::ops::Range;
use steepest_core::Batch;

/// The law of the response in every row.
#[derive(Clone, Debug)]
pub(super) struct Simulate {
    script: Script,
    recipe: Recipe,
}

impl Simulate {
    /// # Errors
    /// What the text or the columns have wrong.
    pub(super) fn new(plan: &Plan, options: &RowsOptions, data: &Data<'_>) -> Result<Option<Simulate>, RowsError> {
        let Some(law) = plan.simulate(options)? else { return Ok(None) };
        let graph = (&law.parsed.graph, &law.parsed.leaves[..]);
        let script = Script::over(plan, data, graph, &law.arguments, options.response.as_deref())?;
        Ok(Some(Simulate { script, recipe: law.recipe }))
    }
    pub(super) fn sequential(&self) -> bool {
        self.script.sequential()
    }
    /// `out[r * n + i]`, rows counting from the start of `rows`; rows further up are drawn first where they are read.
    pub(super) fn replicate(&self, rows: Range<usize>, key: (u64, u64), theta: Batch<'_>, out: &mut [f64]) {
        if self.sequential() {
            self.along(rows, key, theta, |past| Above::Drawn(past), out);
        } else {
            self.apart(rows, key, theta, out);
        }
    }
    /// The same, given what was observed further up; where nothing was, given what was drawn there.
    pub(super) fn one_step(&self, rows: Range<usize>, key: (u64, u64), theta: Batch<'_>, out: &mut [f64]) {
        if self.script.open() {
            self.along(rows, key, theta, |past| Above::Filled(past), out);
        } else {
            self.apart(rows, key, theta, out);
        }
    }
    /// Row after row from the first, each given those before it.
    fn along(
        &self,
        rows: Range<usize>,
        key: (u64, u64),
        theta: Batch<'_>,
        above: impl for<'p> Fn(&'p [f64]) -> Above<'p>,
        out: &mut [f64],
    ) {
        let (n, mut room) = (theta.n, self.script.room(theta.n));
        let (mut past, mut now) = (vec![0.0; self.script.reach().max(1) * n], vec![0.0; n]);
        for r in 0..if n > 0 { rows.end } else { 0 } {
            self.row(r, key, theta, above(&past), &mut room, &mut now);
            let at = r * n % past.len();
            past[at..at + n].copy_from_slice(&now);
            if r >= rows.start {
                out[(r - rows.start) * n..][..n].copy_from_slice(&now);
            }
        }
    }
    /// Each row by itself.
    fn apart(&self, rows: Range<usize>, key: (u64, u64), theta: Batch<'_>, out: &mut [f64]) {
        let mut room = self.script.room(theta.n);
        for (r, out) in rows.zip(out.chunks_exact_mut(theta.n.max(1))) {
            self.row(r, key, theta, Above::Observed, &mut room, out);
        }
    }
    fn row(
        &self,
        r: usize,
        (key, first): (u64, u64),
        theta: Batch<'_>,
        above: Above<'_>,
        room: &mut Room,
        out: &mut [f64],
    ) {
        self.script.at(r, theta, above, room);
        for (i, y) in out.iter_mut().enumerate() {
            let mut dice = Dice::new(key, first + i as u64, r as u64);
            *y = self.recipe.draw(&|k| room.outputs[k * theta.n + i], &mut dice);
        }
    }
}

/// Points and rows at which densities are compared.
pub(super) const POINTS: usize = 8;
const ROWS: usize = 64;
const KEY: u64 = 0x4147_5245_454d_454e;

/// So many sets of parameters in their domains, as a batch: `theta[k * POINTS + i]`.
pub(super) fn points(plan: &Plan) -> Vec<f64> {
    let numbers = plan.places.last().map_or(0, |place| place.theta.end);
    let mut theta = vec![0.0; numbers * POINTS];
    for i in 0..POINTS {
        let (mut dice, mut point) = (Dice::new(KEY, i as u64, 0), vec![0.0; numbers]);
        for place in &plan.places {
            let x: Vec<f64> = place.x.clone().map(|_| 0.7 * dice.normal()).collect();
            place.domain.constrain(&x, &mut point[place.theta.clone()]);
        }
        point.iter().enumerate().for_each(|(k, x)| theta[k * POINTS + i] = *x);
    }
    theta
}

/// Compares the log density of `simulate` with the log likelihood: in each row their difference may depend on no parameter.
/// A sentence on what was found.
///
/// # Errors
/// [`RowsError::Simulate`] where it does; what the texts have wrong.
pub(super) fn agrees(plan: &Plan, options: &RowsOptions, data: &Data<'_>) -> Result<String, RowsError> {
    let not = |why: &str| Ok(format!("whether `simulate` is the law of the likelihood was not checked: {why}"));
    let Some(law) = plan.simulate(options)?.filter(|law| law.known) else {
        return not("the density of what is censored has no name here");
    };
    let theta = points(plan);
    let theta = Batch { n: POINTS, d: theta.len() / POINTS, x: &theta };
    let nll = plan.likelihood(options)?;
    let script = |parsed: &crate::expression::Parsed| {
        Script::over(plan, data, (&parsed.graph, &parsed.leaves), &[parsed.root], None)
    };
    let (nll, density) = (script(&nll)?, script(&law.parsed)?);
    let (mut minus, mut log, mut compared) = (nll.room(POINTS), density.room(POINTS), 0);
    for r in (0..data.rows.len()).step_by(data.rows.len().div_ceil(ROWS)) {
        nll.at(r, theta, Above::Observed, &mut minus);
        density.at(r, theta, Above::Observed, &mut log);
        let pairs = || minus.outputs.iter().zip(&log.outputs);
        let size = pairs().map(|(a, b)| a.abs().max(b.abs())).filter(|x| x.is_finite()).fold(1.0, f64::max);
        let mut gaps: Vec<(usize, f64)> =
            pairs().map(|(a, b)| -a - b).enumerate().filter(|(_, gap)| gap.is_finite()).collect();
        gaps.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (Some(low), Some(high)) = (gaps.first(), gaps.last()) else { continue };
        compared += usize::from(gaps.len() > 1);
        if high.1 - low.1 > 1e-8 * size {
            let named = |i: usize| {
                let number = |(k, name): (usize, &String)| format!("{name} = {:.4}", theta.x[k * POINTS + i]);
                plan.reported().iter().take(6).enumerate().map(number).collect::<Vec<_>>().join(", ")
            };
            return Err(RowsError::Simulate {
                file: data.table.source().to_string(),
                row: data.table.line(data.rows[r]),
                points: [named(low.0), named(high.0)],
                difference: [low.1, high.1],
            });
        }
    }
    if compared == 0 {
        return not("at no two points tried are both densities finite");
    }
    Ok(format!(
        "`simulate` is the law of the likelihood: their log densities differ by no parameter in {compared} rows"
    ))
}
