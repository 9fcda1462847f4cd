//! What an exactly solved part needs to know about a thermal bath.
use crate::noise::{Precision, Still, Thermal};
use steepest_core::Balanced;

/// A noise in balance whose shocks a splitting draws itself.
pub trait Bath: Balanced {
    /// Of the normals.
    fn precision(&self) -> Precision;
}
impl Bath for Still {
    fn precision(&self) -> Precision {
        Precision::Double
    }
}
impl Bath for Thermal {
    fn precision(&self) -> Precision {
        self.precision
    }
}
