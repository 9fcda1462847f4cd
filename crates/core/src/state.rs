//! STATE and the narrow waist: what a state can do, asked for by functionals and geometries.
use crate::{Covector, Potential, Tangent, Workspace};

/// A point of the space the flow lives on: a cloud, a phase cloud, a Gaussian, a grid, a path.
pub trait State: Clone {
    /// The coordinates, flat.
    fn coords(&self) -> &[f64];
    /// The coordinates, to be changed.
    fn coords_mut(&mut self) -> &mut [f64];
    /// Mass of one coordinate in `pair`: 1/n for a cloud of n, dx for a grid.
    fn weight(&self) -> f64 {
        1.0
    }
    /// <xi, v>. Law: bilinear.
    fn pair(&self, xi: &Covector, v: &Tangent) -> f64 {
        self.weight() * xi.0.iter().zip(&v.0).map(|(a, b)| a * b).sum::<f64>()
    }
    /// The trivial chart: x <- x + h v.
    fn translate(&mut self, v: &Tangent, h: f64) {
        self.coords_mut().iter_mut().zip(&v.0).for_each(|(x, v)| *x += h * v);
    }
    /// Whether this is a point of the space at all. Law: false as soon as a coordinate is not finite.
    fn admissible(&self) -> bool {
        // To the end, as it is finite nearly always: without branches a register of numbers goes at once.
        self.coords().iter().fold(true, |finite, x| finite & x.is_finite())
    }
}

/// A state made of replicas which can be cut into blocks; each block is a state of the same kind.
pub trait Replicated: State {
    /// n, the number of replicas.
    fn replicas(&self) -> usize;
    /// Replicas `first .. first + count`, copied out. Law: `insert` of it changes nothing.
    fn block(&self, first: usize, count: usize) -> Self;
    /// Copies the replicas from `first` on into `block`, without allocating.
    fn extract(&self, first: usize, block: &mut Self);
    /// Writes a block back to where it came from.
    fn insert(&mut self, first: usize, block: &Self);
}

/// A state that is a probability measure rho and can integrate a potential.
pub trait Measure: State {
    /// int V d rho
    fn expect(&self, v: &dyn Potential, work: &mut Workspace) -> f64;
    /// out += scale * (first variation of rho -> int V d rho)
    fn expect_variation(&self, v: &dyn Potential, scale: f64, out: &mut Covector, work: &mut Workspace);
    /// Both at once; worth overriding where they share work.
    fn expect_both(&self, v: &dyn Potential, scale: f64, out: &mut Covector, work: &mut Workspace) -> f64 {
        self.expect_variation(v, scale, out, work);
        self.expect(v, work)
    }
}

/// A measure with a density: knows int rho log rho.
pub trait Entropic: Measure {
    /// int rho log rho
    fn entropy(&self) -> f64;
    /// out += scale * (first variation of the entropy)
    fn entropy_variation(&self, scale: f64, out: &mut Covector);
}

/// A measure that can be moved along the gradient of a potential.
pub trait Transport: Measure {
    /// out += scale * (-div(rho grad xi)), in the coordinates of the state
    fn transport(&self, scale: f64, xi: &Covector, out: &mut Tangent);
    /// x <- x moved along v for a time h.
    fn displace(&mut self, v: &Tangent, h: f64) {
        self.translate(v, h);
    }
}

/// A measure whose mass can be reweighted.
pub trait React: Measure {
    /// `out += scale * rho (xi - <xi>_rho)`
    fn react(&self, scale: f64, xi: &Covector, out: &mut Tangent);
}
