//! What a model says at one point.
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::Model;

pub fn value(v: &impl Potential, x: &[f64]) -> f64 {
    let mut out = [0.0];
    v.values(Batch { n: 1, d: x.len(), x }, 1.0, &mut out, &mut Workspace::default());
    out[0]
}
pub fn report(v: &impl Model, x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; v.names().len()];
    v.report(Batch { n: 1, d: x.len(), x }, &mut out, &mut Workspace::default());
    out
}
