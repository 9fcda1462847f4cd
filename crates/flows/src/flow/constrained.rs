//! Mechanics on a surface: kicks along it are exact, drifts along it are short geodesics, and BAB is RATTLE.
use super::underdamped::{Force, force, refresh};
use crate::functional::Hamiltonian;
use crate::geometry::constrained::{Constrained, Slopes, push};
use crate::noise::Still;
use crate::scheme::splitting::Kinetic;
use crate::state::Phase;
use steepest_core::{Archive, Flow, Persist, Potential, Split, Tick};

/// Rounds of Newton's method after which a drift is given up: the state is then no number.
const ROUNDS: usize = 50;

/// The force, and what the constraints are.
#[derive(Clone, Debug)]
pub struct Held {
    force: Force,
    here: Slopes,
    there: Slopes,
    done: Vec<bool>,
}
impl Persist for Held {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { force, here: _, there: _, done: _ } = self;
        force.pass(archive)
    }
}
impl<V: Potential, C: Potential> Split<Phase> for Flow<Hamiltonian<V>, Constrained<C>, Still> {
    type Part = Kinetic;
    type Memory = Held;
    fn memory(&self, x: &Phase) -> Held {
        let (here, there) = (Slopes::default(), Slopes::default());
        Held { force: force(x), here, there, done: Vec::new() }
    }
    /// A: q <- q + h p - J(q)^T l with l such that g = 0, p <- the tangent part of what that moved, over h; its error is of
    /// third order in h. B: p <- p - h dV(q), made tangent: exact. O has no bath and does nothing. Together they are RATTLE
    /// [Andersen1983; HairerLubichWanner2006, Sec. VII.1.4], symplectic and reversible.
    fn advance(&self, part: Kinetic, _place: u16, _at: Tick, h: f64, x: &mut Phase, m: &mut Held) -> u64 {
        match part {
            Kinetic::A => {
                self.geometry.drift(h, x, m);
                m.force.fresh = false;
                0
            }
            Kinetic::B => {
                let gradients = refresh(&self.functional.0, x, &mut m.force);
                steepest_kernels::axpy(-h, &m.force.gradient, x.split_mut().1);
                self.geometry.settle_momenta(x, &mut m.here);
                gradients
            }
            Kinetic::O => 0,
        }
    }
}
impl<C: Potential> Constrained<C> {
    fn drift(&self, h: f64, x: &mut Phase, m: &mut Held) {
        self.look(x, &mut m.here);
        let (q, p) = x.split_mut();
        steepest_kernels::axpy(h, p, q);
        self.newton((&m.here.jacobian, 1.0 / h), x, &mut m.there, &mut m.done);
        self.settle_momenta(x, &mut m.there);
    }
    /// Moves every point along the given slopes until it is on the surface, and its momentum by as much times `rate`: from what
    /// moves a point, not from where it is, so that momenta do not feel the rounding of places. A point that finds no way
    /// there becomes NaN.
    fn newton(&self, (along, rate): (&[f64], f64), x: &mut Phase, slopes: &mut Slopes, done: &mut Vec<bool>) {
        let n = x.n;
        done.clear();
        done.resize(n, false);
        for round in 0.. {
            self.look(x, slopes);
            let jacobian = std::mem::take(&mut slopes.jacobian);
            for i in 0..n {
                if done[i] {
                    continue;
                }
                slopes.aim((n, i));
                let solved = slopes.solve(&jacobian, along, (n, i));
                let (q, p) = x.split_mut();
                let change = push(along, slopes.multipliers(), (n, i), -1.0, q);
                push(along, slopes.multipliers(), (n, i), -rate, p);
                let size = q.iter().skip(i).step_by(n).fold(1.0_f64, |size, q| size.max(q.abs()));
                done[i] = change <= 4.0 * f64::EPSILON * size;
                if !solved || change.is_nan() || (round == ROUNDS && !done[i]) {
                    q.iter_mut().skip(i).step_by(n).for_each(|q| *q = f64::NAN);
                    done[i] = true;
                }
            }
            slopes.jacobian = jacobian;
            if done.iter().all(|done| *done) {
                return;
            }
        }
    }
    /// Momenta without what is normal to the surface.
    fn settle_momenta(&self, x: &mut Phase, slopes: &mut Slopes) {
        self.look(x, slopes);
        let n = x.n;
        let p = x.split_mut().1;
        for i in 0..n {
            if !self.project(slopes, (n, i), p) {
                p.iter_mut().skip(i).step_by(n).for_each(|p| *p = f64::NAN);
            }
        }
    }
    /// Brings each point to the surface along its slopes there, and its momentum into the tangent space. Points that do not
    /// find it, or at which the slopes are not independent, become NaN.
    pub fn settle(&self, x: &mut Phase) {
        let (mut slopes, mut done) = (Slopes::default(), Vec::new());
        self.look(x, &mut slopes);
        let along = slopes.jacobian.clone();
        self.newton((&along, 0.0), x, &mut slopes, &mut done);
        self.settle_momenta(x, &mut slopes);
    }
    /// The largest |g_k(q)| and |p J_k| / |J_k| over points and constraints: 0 on the surface.
    pub fn defect(&self, x: &Phase) -> (f64, f64) {
        let (mut slopes, n) = (Slopes::default(), x.n);
        self.look(x, &mut slopes);
        let off = slopes.g.iter().fold(0.0_f64, |most, g| most.max(g.abs()));
        let mut tilt = 0.0_f64;
        for jacobian in slopes.jacobian.chunks_exact((x.d * n).max(1)) {
            for i in 0..n {
                let along = |p: &[f64]| {
                    jacobian.iter().skip(i).step_by(n).zip(p.iter().skip(i).step_by(n)).map(|(a, p)| a * p).sum::<f64>()
                };
                tilt = tilt.max((along(x.p()) / along(jacobian).sqrt()).abs());
            }
        }
        (off, tilt)
    }
}
