//! Slopes in single precision: those of V to its rounding, alike however a batch is cut, and in place what they are apart.
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::{CATALOGUE, Expression, Model};

const TEXTS: [&str; 4] = [
    "(x^2 - 1)^2 + exp(-x*y) + lgamma(1 + z^2)",
    "a*b - cos(a)/(2 + sin(b)) + sqrt(1 + a^2)",
    "sum(i, 1, 5, (x[i] - 0.3*i)^4 / 4 + log1pexp(x[i]))",
    "-200*exp(-(x-1)^2 - 10*y^2) + 15*exp(0.7*(x+1)^2 + 0.6*(x+1)*(y-1) + 0.7*(y-1)^2)",
];
/// Every model that has such slopes.
fn models() -> Vec<Box<dyn Model>> {
    let texts = TEXTS.iter().map(|text| Box::new(Expression::parse(text, &[]).unwrap()) as Box<dyn Model>);
    let known = CATALOGUE.iter().filter_map(|entry| entry.build(&[]).ok());
    known.chain(texts).filter(|model| model.in_single().is_some()).collect()
}
fn points(model: &dyn Model, n: usize) -> Vec<f64> {
    let d = model.dim();
    let mut x = vec![0.0; n * d];
    steepest_kernels::normals(9, 0, 0, 0, &mut x);
    for i in 0..n {
        let mut z: Vec<f64> = (0..d).map(|j| x[j * n + i]).collect();
        model.start(&mut z);
        (0..d).for_each(|j| x[j * n + i] = z[j]);
    }
    x
}
fn slopes(v: &dyn Potential, d: usize, x: &[f64], scale: f64) -> Vec<f64> {
    let mut out = vec![0.0; x.len()];
    v.gradients(Batch { n: x.len() / d, d, x }, scale, &mut out, &mut Workspace::default());
    out
}
fn bits(x: &[f64]) -> Vec<u64> {
    x.iter().map(|x| x.to_bits()).collect()
}

/// The root of the mean square of their error is between 1e-9 and 2e-6 of that of slopes: an error of 1e-5 in a factor would be seen, and slopes
/// that are of double precision.
#[test]
fn they_are_the_slopes_of_v_rounded() {
    let models = models();
    assert_eq!(models.len(), 1 + TEXTS.len(), "Mueller-Brown and the texts");
    for model in models {
        let (d, n) = (model.dim(), 300);
        let x = points(&*model, n);
        let single = model.in_single().unwrap();
        let (exact, found) = (slopes(&*model, d, &x, 1.0), slopes(&*single, d, &x, 1.0));
        let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
        let share = norm(&mut exact.iter().zip(&found).map(|(e, f)| e - f)) / norm(&mut exact.iter().copied());
        assert!((1e-9..2e-6).contains(&share), "{share:e} of {:?}", model.names());

        // Values, and what comes with them, are those of V itself.
        let mut work = Workspace::default();
        let [mut v, mut w] = [(); 2].map(|()| vec![0.0; n]);
        let [mut g, mut h] = [(); 2].map(|()| vec![0.0; n * d]);
        let batch = Batch { n, d, x: &x };
        model.values_and_gradients(batch, 0.5, &mut v, &mut g, &mut work);
        single.values_and_gradients(batch, 0.5, &mut w, &mut h, &mut work);
        assert!(bits(&v) == bits(&w) && bits(&g) == bits(&h), "{:?}", model.names());
    }
}

#[test]
fn a_point_has_the_same_slope_in_any_company_and_in_place() {
    for model in models() {
        let (d, n) = (model.dim(), 300);
        let (x, single) = (points(&*model, n), model.in_single().unwrap());
        let whole = slopes(&*single, d, &x, -0.03);
        for size in [1, 15, 16, 17, 40, 128, 129, 300] {
            for first in (0..n).step_by(size) {
                let m = size.min(n - first);
                let cut = |of: &[f64]| -> Vec<f64> { (0..d).flat_map(|j| of[j * n + first..][..m].to_vec()).collect() };
                let part = cut(&x);
                assert_eq!(bits(&slopes(&*single, d, &part, -0.03)), bits(&cut(&whole)), "{m} of {:?}", model.names());
            }
        }
        let (mut own, mut moved) = (x.clone(), x.clone());
        assert!(single.drift(-0.03, n, &mut own, &mut Workspace::default()));
        single.gradients(Batch { n, d, x: &x }, -0.03, &mut moved, &mut Workspace::default());
        assert!(bits(&own) == bits(&moved) && own != x, "{:?}", model.names());

        let (units, mut fused, mut p) = ([[0.0, 0.0, 0.1, 0.05], [0.0, 0.0, 0.2, 0.0]], x.clone(), x.clone());
        if single.leapfrogs(&units, 2, n, &mut x.clone(), &mut fused) {
            let g = slopes(&*single, d, &x, 1.0);
            for [_, _, c, e] in [units, units].concat() {
                steepest_kernels::axpy_twice(-c, -e, &g, &mut p);
            }
            assert_eq!(bits(&fused), bits(&p), "{:?}", model.names());
        }
    }
}
