//! The laws of energies, over every named target and the energies made from expressions and data.
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::{
    CATALOGUE, Expression, Family, Formula, GradientReport, Model, Regression, RegressionOptions, Table, TableOptions,
    gradient_check,
};

/// `len` standard normals, different ones for each stream.
fn normals(stream: u16, len: usize) -> Vec<f64> {
    let mut z = vec![0.0; len];
    steepest_kernels::normals(5, 0, stream, 0, &mut z);
    z
}
/// Every energy there is, by name, each small enough to be looked at in every coordinate.
fn energies() -> Vec<(String, Box<dyn Model>)> {
    let mut all: Vec<(String, Box<dyn Model>)> = Vec::new();
    for entry in CATALOGUE {
        let small = entry.settings.iter().filter(|s| s.name == "d" && s.default > 12.0).map(|s| (s.name.to_string(), 12.0));
        all.push((entry.name.into(), entry.build(&small.collect::<Vec<_>>()).unwrap()));
    }
    let reflected = [("d".to_string(), 7.0), ("reflected".to_string(), 1.0)];
    all.push(("reflected gaussian".into(), steepest_models::target("ill-conditioned-gaussian", &reflected).unwrap()));
    all
}
/// `n` points of the typical set: start points, or, where the quantities are the coordinates, draws as wide as the truth.
fn points(model: &dyn Model, n: usize) -> Vec<f64> {
    let d = model.dim();
    let mut x = vec![0.0; n * d];
    for i in 0..n {
        let mut z = normals(i as u16, d);
        model.start(&mut z);
        z.iter().enumerate().for_each(|(j, z)| x[j * n + i] = *z);
    }
    x
}
