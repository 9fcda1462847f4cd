//! Temporary.
use crate::*;
use steepest_models::Model;
use steepest_record::Record;
/// Temporary.
pub fn build(_: &Config) -> Result<Box<dyn Model>, SpecError> {
    Err(SpecError::input("stub"))
}
/// Temporary.
pub fn execute(_: &Config, _: &dyn Model, _: &mut dyn Watch) -> Result<Record, SpecError> {
    Err(SpecError::input("stub"))
}
