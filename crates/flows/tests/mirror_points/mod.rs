//! Points and tangents inside the domain of any mirror map.
#![allow(dead_code, reason = "each test file uses a part")]
use steepest_core::{Tick, Workspace};
use steepest_flows::geometry::mirror::MirrorMap;
use steepest_flows::noise::{Precision, normals};

pub fn draw(stream: u16, len: usize) -> Vec<f64> {
    let mut z = vec![0.0; len];
    normals(Tick::start(5), stream, Precision::Double, len, &mut z);
    z
}
/// A point inside the domain: from the centre along a random step of the dual.
pub fn inside(map: &dyn MirrorMap, stream: u16, d: usize, work: &mut Workspace) -> Vec<f64> {
    let (mut x, mut y) = (vec![0.0; d], vec![0.0; d]);
    map.centre(&mut x);
    map.lower(&x, &mut y, work);
    y.iter_mut().zip(draw(stream, d)).for_each(|(y, z)| *y += 0.4 * z);
    assert!(map.raise(&y, &mut x, work));
    x
}
/// A tangent: the difference of two points.
pub fn tangent(map: &dyn MirrorMap, stream: u16, d: usize, work: &mut Workspace) -> Vec<f64> {
    let (a, b) = (inside(map, stream, d, work), inside(map, stream + 1, d, work));
    a.iter().zip(&b).map(|(a, b)| a - b).collect()
}
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
pub fn minus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}
