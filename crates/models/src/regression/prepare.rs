//! PREPARING the data: columns centred and scaled, their rank found out, what cannot be fitted refused.
use super::ModelError;
use super::coordinates::Placed;
use super::remainder::remainders;
use crate::formula::{Design, Formula, moments};
use crate::prior::Prior;
use faer::Mat;
use std::borrow::Cow;
use std::collections::HashSet;
use steepest_kernels::{Precision, Tiles};

/// Rows that are factored at a time.
const BLOCK: usize = 16_384;

/// How the columns of a design are standardised, and what they were.
#[derive(Debug)]
pub(crate) struct Columns {
    /// What is taken from each column, then what the rest is divided by.
    mean: Vec<f64>,
    sd: Vec<f64>,
    /// Standard deviation of each of the user's columns (its root mean square where it is constant).
    pub(crate) spread: Vec<f64>,
    /// The share of it that the other columns of the same variables leave: 1 where there are none.
    pub(crate) left: Vec<f64>,
    /// beta_j = gamma_j / scale[j].
    pub(crate) scale: Vec<f64>,
    /// beta_0 = gamma_0 - sum of shift[j] gamma_j.
    pub(crate) shift: Vec<f64>,
}

impl Columns {
    /// Standardises; with `divide` the user's columns are those of the design divided by their standard deviation (divisor n - 1).
    ///
    /// # Errors
    /// [`ModelError::Constant`], [`ModelError::Extreme`].
    pub(crate) fn new(design: &Design<'_>, divide: bool) -> Result<Columns, ModelError> {
        let p = design.columns.len();
        let ones = || vec![1.0; p];
        let (mean, shift) = (vec![0.0; p], vec![0.0; p]);
        let mut out = Columns { mean, sd: ones(), spread: ones(), left: ones(), scale: ones(), shift };
        for (j, column) in design.columns.iter().enumerate() {
            let (mut mean, mut sd) = moments(column);
            let constant = column.iter().all(|&x| x == column[0]);
            if j == 0 && design.intercept {
                (mean, sd) = (0.0, 1.0);
            } else if constant && (design.intercept || column[0] == 0.0) {
                return Err(ModelError::Constant { column: design.names[j].clone(), value: column[0].to_string() });
            } else if constant {
                sd = column[0].abs();
            } else if !(sd * sd).is_normal() {
                let largest = column.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
                return Err(ModelError::Extreme { column: design.names[j].clone(), largest });
            }
            if !design.intercept {
                mean = 0.0;
            }
            (out.spread[j], out.scale[j]) = if divide && !constant { (1.0, 1.0) } else { (sd, sd) };
            out.shift[j] = mean / sd;
            (out.mean[j], out.sd[j]) = (mean, sd);
        }
        out.left = remainders(&design.columns, &design.kin());
        Ok(out)
    }

    /// The columns of a design, standardised as these are: row-major.
    pub(crate) fn standardised(&self, design: &Design<'_>) -> Vec<f64> {
        let (n, p) = (design.rows.len(), design.columns.len());
        let mut x = vec![0.0; n * p];
        for (j, column) in design.columns.iter().enumerate() {
            column.iter().enumerate().for_each(|(r, value)| x[r * p + j] = self.standard(j, *value));
        }
        x
    }

    /// The same in tiles. Each column is let go as soon as it is there, so that there are no two copies of all.
    ///
    /// Standardised first, so that what single precision takes is relative to the scale of each column.
    pub(crate) fn tiles(&self, rows: usize, columns: Vec<Cow<'_, [f64]>>, precision: Precision) -> Tiles {
        let mut tiles = Tiles::zeros(rows, columns.len(), precision);
        for (j, column) in columns.into_iter().enumerate() {
            tiles.fill(j, column.iter().map(|value| self.standard(j, *value)));
        }
        tiles
    }

    /// A value of column j, standardised.
    pub(crate) fn standard(&self, j: usize, value: f64) -> f64 {
        (value - self.mean[j]) / self.sd[j]
    }

    /// The triangular factor of [X y], row-major with p + 1 columns.
    ///
    /// # Errors
    /// [`ModelError::Collinear`] where a column is, to one part in 10^7, a combination of those before it (checked where
    /// there are more rows than columns).
    pub(crate) fn factor(&self, design: &Design<'_>, y: &[f64]) -> Result<Vec<f64>, ModelError> {
        let (n, p) = (y.len(), design.columns.len());
        // Block upon block: the factor of [R of the rows so far; the next rows] is that of all, and no copy of all is made.
        let (block, mut r) = (BLOCK.max(4 * p), Mat::<f64>::zeros(0, p + 1));
        for first in (0..n).step_by(block) {
            let (known, rows) = (r.nrows(), block.min(n - first));
            let stacked = Mat::from_fn(known + rows, p + 1, |i, j| match i.checked_sub(known) {
                None => r[(i, j)],
                Some(i) if j < p => self.standard(j, design.columns[j][first + i]),
                Some(i) => y[first + i],
            });
            let factor = stacked.qr();
            let found = factor.thin_R();
            r = Mat::from_fn(found.nrows(), p + 1, |i, j| if j >= i { found[(i, j)] } else { 0.0 });
        }
        let r: Vec<f64> = (0..r.nrows()).flat_map(|i| (0..=p).map(move |j| (i, j))).map(|at| r[at]).collect();
        if n <= p {
            return Ok(r);
        }
        let at = |i: usize, j: usize| r[i * (p + 1) + j];
        let norm = |j: usize| (0..=j).map(|i| at(i, j) * at(i, j)).sum::<f64>().sqrt();
        for j in 0..p {
            if at(j, j).abs() > 1e-7 * norm(j) {
                continue;
            }
            let mut c: Vec<f64> = (0..j).map(|i| at(i, j)).collect();
            for i in (0..j).rev() {
                let known: f64 = (i + 1..j).map(|k| at(i, k) * c[k]).sum();
                c[i] = (c[i] - known) / at(i, i);
            }
            let others =
                (0..j).filter(|&k| (c[k] * norm(k)).abs() > 1e-5 * norm(j)).map(|k| design.names[k].clone()).collect();
            return Err(ModelError::Collinear { column: design.names[j].clone(), others });
        }
        Ok(r)
    }
}

/// Refuses a formula that gives two quantities the same name, as a column named `sigma` does: priors and results go by name.
pub(crate) fn distinct(names: &[String], formula: &Formula) -> Result<(), ModelError> {
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        None => Ok(()),
        Some(name) => Err(ModelError::SameName { name: name.clone(), formula: formula.text().trim().to_string() }),
    }
}

/// Refuses flat priors that the rows are too few to make up for; notes where proper priors must do it.
pub(crate) fn enough_rows(
    rows: usize,
    names: &[String],
    sigma: bool,
    placed: &[Placed],
) -> Result<Option<String>, ModelError> {
    let coefficients = placed.len();
    if rows >= coefficients + usize::from(sigma) {
        return Ok(None);
    }
    let flat: Vec<String> =
        placed.iter().zip(names).filter(|(p, _)| !p.prior.is_proper()).map(|(_, n)| n.clone()).collect();
    if flat.is_empty() {
        let and = if sigma { " and sigma" } else { "" };
        return Ok(Some(format!(
            "{rows} rows for {coefficients} coefficients{and}: in some directions the priors alone decide."
        )));
    }
    Err(ModelError::TooFewRows { rows, coefficients, sigma, flat })
}

/// Refuses a flat prior on sigma, or on it and on coefficients, of too few rows. Far out in sigma n rows have a likelihood like
/// sigma^-n, and each coefficient with a flat prior gives one sigma back: the integral ends where n is 2 more than there are of those.
pub(crate) fn sigma_ends(
    rows: usize,
    names: &[String],
    sigma: Option<&Prior>,
    placed: &[Placed],
) -> Result<(), ModelError> {
    let mut flat: Vec<String> =
        placed.iter().zip(names).filter(|(p, _)| !p.prior.is_proper()).map(|(_, n)| n.clone()).collect();
    if sigma.is_none_or(Prior::is_proper) || rows >= flat.len() + 2 {
        return Ok(());
    }
    flat.push("sigma".into());
    Err(ModelError::TooFewRows { rows, coefficients: placed.len(), sigma: true, flat })
}
