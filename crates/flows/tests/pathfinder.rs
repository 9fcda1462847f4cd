//! Pathfinder: the evidence of Gaussians, a target that no Gaussian fits, paths that fail.
mod curved;
use curved::Curved;
use steepest_core::{Batch, Potential, Workspace};
use steepest_flows::flow::pathfinder::Pathfinder;

/// Neighbours on a line are tied: V = sum (x_j - r x_{j-1})^2 / 2, whose log Z is d log sqrt(2 pi).
struct Chain {
    r: f64,
}
impl Potential for Chain {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for j in 0..x.d {
            for i in 0..x.n {
                let before = if j > 0 { self.r * x.column(j - 1)[i] } else { 0.0 };
                out[i] += 0.5 * scale * (x.column(j)[i] - before).powi(2);
            }
        }
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for j in 0..x.d {
            for i in 0..x.n {
                let before = if j > 0 { self.r * x.column(j - 1)[i] } else { 0.0 };
                let gap = scale * (x.column(j)[i] - before);
                out[j * x.n + i] += gap;
                if j > 0 {
                    out[(j - 1) * x.n + i] -= self.r * gap;
                }
            }
        }
    }
}

/// In four dimensions six remembered steps hold the whole Hessian: KL = log Z - ELBO is nearly 0, and the weights are bounded.
/// 200 judges see log Z to 0.02 there. From far away, in 20 dimensions, a draw still is where the mass is.
#[test]
fn the_evidence_of_a_gaussian_is_found() {
    let exact = |d: usize| d as f64 * 0.5 * std::f64::consts::TAU.ln();
    let found = Pathfinder::default().run(&Chain { r: 0.6 }, 1.0, (1, 0), &[9.0, -7.0, 30.0, 2.0]).unwrap();
    println!("ELBO {:.4} of {:.4}, k = {:.2}", found.elbo, exact(4), found.pareto_k);
    assert!((found.elbo - exact(4)).abs() < 0.05 && found.pareto_k < 0.7);
    assert!(found.mode.iter().all(|x| x.abs() < 1e-3));
    let far: Vec<f64> = (0..20).map(|j| 50.0 - 7.0 * j as f64).collect();
    let found = Pathfinder::default().run(&Chain { r: 0.9 }, 1.0, (1, 3), &far).unwrap();
    let mut energy = [0.0];
    Chain { r: 0.9 }.values(Batch { n: 1, d: 20, x: &found.point }, 1.0, &mut energy, &mut Workspace::default());
    println!(
        "ELBO {:.3} of {:.3}, V = {:.1} (10 on average), {} gradients",
        found.elbo,
        exact(20),
        energy[0],
        found.gradients
    );
    assert!(found.elbo < exact(20) + 0.5 && found.elbo > exact(20) - 4.0);
    assert!(energy[0] < 40.0, "20 degrees of freedom have V = 10 +- 3");
    assert_eq!(
        Pathfinder::default().run(&Chain { r: 0.9 }, 1.0, (1, 3), &far).unwrap(),
        found,
        "a function of the key"
    );
}

/// The ELBO bounds log Z from below, the more so for what is no Gaussian: log Z of the curved law is
/// log(Gamma(1/4) / sqrt 2) + log sqrt(2 pi) = 1.860.
#[test]
fn a_curved_law_has_a_gap() {
    let found = Pathfinder::default().run(&Curved, 1.0, (2, 0), &[1.5, -1.0]).unwrap();
    println!("ELBO {:.3} of 1.860, k = {:.2}", found.elbo, found.pareto_k);
    assert!(found.elbo < 1.9 && found.elbo > 1.0);
}

/// An infinite start is no path; a slope without end is left after a while, without panic.
#[test]
fn paths_may_fail() {
    struct Slope;
    impl Potential for Slope {
        fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
            out.iter_mut().zip(x.column(0)).for_each(|(o, x)| *o += if *x < 0.0 { f64::INFINITY } else { -scale * x });
        }
        fn gradients(&self, _x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
            out.iter_mut().for_each(|o| *o -= scale);
        }
    }
    assert_eq!(Pathfinder::default().run(&Slope, 1.0, (1, 0), &[-1.0]), None);
    assert_eq!(Pathfinder::default().run(&Slope, 1.0, (1, 0), &[1.0]), None);
}
