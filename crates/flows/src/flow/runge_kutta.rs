//! Runge-Kutta methods of any flow without noise, x' = -K dF(x), in the trivial chart: explicit ones, and those of Gauss.
use crate::noise::Still;
use steepest_core::{
    Archive, Covector, Differential, Fault, Flow, Geometry, Persist, Scheme, State, Stride, Tangent, Tick, Workspace,
};

/// A tableau. Rows as long as their place are explicit; longer ones make stages that are found by iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RungeKutta {
    /// The name in flow.toml.
    pub name: &'static str,
    /// Order of accuracy.
    pub order: u32,
    /// Whether a stride of -h undoes one of h; the ones here that do are symplectic too.
    pub reversible: bool,
    a: &'static [&'static [f64]],
    b: &'static [f64],
}
/// The classical method: of fourth order, neither symplectic nor reversible [HairerLubichWanner2006, Sec. II.1].
pub const RK4: RungeKutta = RungeKutta {
    name: "rk4",
    order: 4,
    reversible: false,
    a: &[&[], &[0.5], &[0.0, 0.5], &[0.0, 0.0, 1.0]],
    b: &[1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0],
};
/// The implicit midpoint rule: symplectic, order 2; keeps quadratic invariants [HairerLubichWanner2006, Thm. IV.2.1].
pub const GAUSS2: RungeKutta = RungeKutta { name: "gauss2", order: 2, reversible: true, a: &[&[0.5]], b: &[1.0] };
/// Two stages of Gauss: symplectic, order 4 [HairerLubichWanner2006, Table II.1.1].
pub const GAUSS4: RungeKutta = RungeKutta {
    name: "gauss4",
    order: 4,
    reversible: true,
    a: &[&[0.25, 0.25 - ROOT3 / 6.0], &[0.25 + ROOT3 / 6.0, 0.25]],
    b: &[0.5, 0.5],
};
/// Three stages of Gauss: symplectic, order 6 [HairerLubichWanner2006, Table II.1.1].
pub const GAUSS6: RungeKutta = RungeKutta {
    name: "gauss6",
    order: 6,
    reversible: true,
    a: &[
        &[5.0 / 36.0, 2.0 / 9.0 - ROOT15 / 15.0, 5.0 / 36.0 - ROOT15 / 30.0],
        &[5.0 / 36.0 + ROOT15 / 24.0, 2.0 / 9.0, 5.0 / 36.0 - ROOT15 / 24.0],
        &[5.0 / 36.0 + ROOT15 / 30.0, 2.0 / 9.0 + ROOT15 / 15.0, 5.0 / 36.0],
    ],
    b: &[5.0 / 18.0, 4.0 / 9.0, 5.0 / 18.0],
};
/// All of them.
pub const RUNGE_KUTTA: &[RungeKutta] = &[RK4, GAUSS2, GAUSS4, GAUSS6];
const ROOT3: f64 = 1.732_050_807_568_877_2;
const ROOT15: f64 = 3.872_983_346_207_417;
/// Iterations after which the stages of a stride are given up.
const ROUNDS: usize = 200;

/// Stages and buffers: nothing is kept between strides.
#[derive(Clone, Debug)]
pub struct Stages<S> {
    k: Vec<Tangent>,
    point: S,
    xi: Covector,
    fresh: Tangent,
    work: Workspace,
}
impl<S> Persist for Stages<S> {
    fn pass(&mut self, _archive: &mut Archive<'_>) -> Option<()> {
        let Self { k: _, point: _, xi: _, fresh: _, work: _ } = self;
        Some(())
    }
}
impl RungeKutta {
    /// The method of that name.
    pub fn named(name: &str) -> Option<&'static RungeKutta> {
        RUNGE_KUTTA.iter().find(|method| method.name == name)
    }
    /// Whether stages are found by iteration.
    pub fn implicit(&self) -> bool {
        self.a.iter().enumerate().any(|(i, row)| row.len() > i)
    }
    /// fresh <- the velocity at stage i.
    fn stage<S, F, G, N>(&self, flow: &Flow<F, G, N>, at: Tick, h: f64, x: &S, i: usize, m: &mut Stages<S>)
    where
        S: State,
        F: Differential<S>,
        G: Geometry<S>,
    {
        m.point.coords_mut().copy_from_slice(x.coords());
        self.a[i].iter().zip(&m.k).filter(|(a, _)| **a != 0.0).for_each(|(a, k)| m.point.translate(k, a * h));
        let at = Tick { t: at.t + h * self.a[i].iter().sum::<f64>(), ..at };
        m.xi.0.fill(0.0);
        m.fresh.0.fill(0.0);
        flow.functional.differential(at, &m.point, 1.0, &mut m.xi, &mut m.work);
        flow.geometry.sharp(at, &m.point, -1.0, &m.xi, &mut m.fresh, &mut m.work);
    }
}
impl<S, F, G> Scheme<Flow<F, G, Still>, S> for RungeKutta
where
    S: State,
    F: Differential<S>,
    G: Geometry<S>,
{
    type Memory = Stages<S>;
    fn order(&self) -> u32 {
        self.order
    }
    fn memory(&self, _flow: &Flow<F, G, Still>, x: &S) -> Stages<S> {
        let len = x.coords().len();
        Stages {
            k: vec![Tangent::zeros(len); self.b.len()],
            point: x.clone(),
            xi: Covector::zeros(len),
            fresh: Tangent::zeros(len),
            work: Workspace::default(),
        }
    }
    fn step(&self, flow: &Flow<F, G, Still>, at: Tick, h: f64, x: &mut S, m: &mut Stages<S>) -> Result<Stride, Fault> {
        let stages = self.b.len();
        let mut evaluations = 0;
        if self.implicit() {
            m.k.iter_mut().for_each(|k| k.0.fill(0.0));
        }
        let size = x.coords().iter().fold(1e-300_f64, |size, x| size.max(x.abs()));
        let mut last = f64::INFINITY;
        for round in 0.. {
            let mut change = 0.0_f64;
            for i in 0..stages {
                self.stage(flow, at, h, x, i, m);
                evaluations += 1;
                let moved = m.k[i].0.iter().zip(&m.fresh.0).map(|(k, new)| (h * (new - k)).abs());
                change = moved.fold(change, f64::max);
                std::mem::swap(&mut m.k[i], &mut m.fresh);
            }
            // Iterates of a contraction come closer until rounding holds them apart.
            let rounding = change <= f64::EPSILON * size || change >= last && change <= 1e-12 * size;
            if !self.implicit() || rounding {
                break;
            }
            if round == ROUNDS || change.is_nan() {
                return Err(Fault::Stalled { step: at.step + 1, residual: change });
            }
            last = change;
        }
        m.k.iter().zip(self.b).for_each(|(k, b)| x.translate(k, b * h));
        let replicas = (1.0 / x.weight()).round().max(1.0) as u64;
        Ok(Stride { h, accepted: 1.0, gradients: evaluations * replicas })
    }
}
