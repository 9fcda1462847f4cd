//! Gradients of energies that are what is left of large terms: how coarsely those are rounded is measured, not taken for an error.
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::{Expression, Family, Model, RegressionOptions, Table, gradient_check, regress};

/// An energy whose values went through the rounding of a large constant, with all slopes too large by a share.
struct Coarse<'a> {
    model: &'a dyn Model,
    constant: f64,
    share: f64,
}
impl Potential for Coarse<'_> {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let mut v = vec![0.0; out.len()];
        self.model.values(x, 1.0, &mut v, work);
        out.iter_mut().zip(&v).for_each(|(o, v)| *o += scale * ((v + self.constant) - self.constant));
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.model.gradients(x, scale * (1.0 + self.share), out, work);
    }
}
impl Model for Coarse<'_> {
    fn dim(&self) -> usize {
        self.model.dim()
    }
    fn names(&self) -> Vec<String> {
        self.model.names()
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], work: &mut Workspace) {
        self.model.report(x, out, work);
    }
}
/// Each point by itself: a gradient that is right agrees, one that is wrong by 1 % does not, and neither is put down to an edge.
fn judge(model: &dyn Model, constant: f64, points: &[Vec<f64>]) {
    for point in points {
        let look = |share: f64| {
            let coarse = Coarse { model, constant, share };
            gradient_check(&coarse, Batch { n: 1, d: point.len(), x: point })
        };
        let (right, wrong) = (look(0.0), look(0.01));
        assert!(right.agrees(1e-5) && right.edge.is_none(), "{constant}, {point:?}: {right:?}");
        assert!(!wrong.agrees(1e-5) && wrong.edge.is_none(), "{constant}, {point:?}: {wrong:?}");
    }
}

/// x^2 / 2 that is rounded to 1.2e-10 and to 1.5e-8: of steps of 6e-6 that is more than what 8 eps V says by seven orders.
#[test]
fn the_rounding_of_a_constant_is_no_error_and_hides_none() {
    let model = Expression::parse("x^2 / 2", &[]).unwrap();
    let points: Vec<Vec<f64>> = (0..30).map(|k| vec![0.3 + 1.7 * f64::from(k) / 29.0]).collect();
    for constant in [0.0, 1e6, 1e8] {
        judge(&model, constant, &points);
    }
}

/// Fifty rows of 10^7 trials each, near the mode: V is a few tens, and its terms are 10^7.
#[test]
fn many_trials_round_no_gradient_away() {
    let (n, trials) = (50, 1e7);
    let mut z = vec![0.0; 2 * n];
    steepest_kernels::normals(5, 0, 1, 0, &mut z);
    let (x, noise) = z.split_at(n);
    let count = |(x, z): (&f64, &f64)| {
        let p = 1.0 / (1.0 + (-0.2 - 0.5 * x).exp());
        (trials * p + (trials * p * (1.0 - p)).sqrt() * z).round()
    };
    let y: Vec<f64> = x.iter().zip(noise).map(count).collect();
    let table = Table::from_columns([("y", y), ("n", vec![trials; n]), ("x", x.to_vec())]).unwrap();
    let options = RegressionOptions {
        formula: "y | trials(n) ~ x".into(),
        family: Some(Family::Binomial),
        ..RegressionOptions::default()
    };
    let model = regress(&table, &options).unwrap();
    let points: Vec<Vec<f64>> = [[0.7, -1.1], [1.3, 0.4], [-0.6, 2.0], [-1.8, -0.9]].map(|x| x.to_vec()).to_vec();
    judge(&*model, 0.0, &points);
}
