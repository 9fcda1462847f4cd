//! POSITIONED: states of clouds, whatever they have beside positions.
use steepest_core::{Batch, Replicated};
use steepest_flows::state::{Cloud, Phase, Thermostatted};
use steepest_record::Array;

/// A state whose replicas have positions, and perhaps momenta.
pub(super) trait Positioned: Replicated + Send + Sync {
    fn positions(&self) -> Batch<'_>;
    fn momenta(&self) -> Option<&[f64]>;
    fn frictions(&self) -> Option<&[f64]> {
        None
    }
}
impl Positioned for Cloud {
    fn positions(&self) -> Batch<'_> {
        self.batch()
    }
    fn momenta(&self) -> Option<&[f64]> {
        None
    }
}
impl Positioned for Phase {
    fn positions(&self) -> Batch<'_> {
        self.q()
    }
    fn momenta(&self) -> Option<&[f64]> {
        Some(self.p())
    }
}

impl Positioned for Thermostatted {
    fn positions(&self) -> Batch<'_> {
        self.q()
    }
    fn momenta(&self) -> Option<&[f64]> {
        Some(self.p())
    }
    fn frictions(&self) -> Option<&[f64]> {
        Some(self.xi())
    }
}

/// Positions, and momenta and frictions where there are some, of every replica.
pub(super) fn state(x: &impl Positioned) -> Vec<Array> {
    let batch = x.positions();
    let array = |name: &str, values: &[f64]| Array {
        name: name.into(),
        shape: vec![batch.d, batch.n],
        values: values.to_vec(),
    };
    let mut arrays = vec![array("state", batch.x)];
    arrays.extend(x.momenta().map(|p| array("momentum", p)));
    let frictions = |xi: &[f64]| Array { name: "friction".into(), shape: vec![xi.len()], values: xi.to_vec() };
    arrays.extend(x.frictions().map(frictions));
    arrays
}
