//! Mirror maps: the laws over the catalogue, and what they refuse.
mod mirror_points;
use mirror_points::{dot, draw, inside, minus, tangent};
use steepest_core::{Covector, Geometry, Mirror, State, Tangent, Tick, Workspace};
use steepest_flows::geometry::Bregman;
use steepest_flows::geometry::mirror::{
    Boltzmann, Burg, Entropy, FermiDirac, LogDet, MIRRORS, MirrorMap, Separable, Tsallis, VonNeumann,
};
use steepest_flows::state::Cloud;

#[test]
fn every_map_keeps_the_laws() {
    let work = &mut Workspace::default();
    for entry in MIRRORS {
        let (name, map) = (entry.name, (entry.build)().expect("default settings"));
        // The quadratic map of the catalogue has three coordinates, matrices have a triangle of them.
        for d in [3, 6].into_iter().filter(|d| map.fits(*d)) {
            let map = &*map;
            let [x, y, z] = [10, 20, 30].map(|stream| inside(map, stream, d, work));
            let lower = |x: &[f64], work: &mut Workspace| {
                let mut out = vec![0.0; d];
                map.lower(x, &mut out, work);
                out
            };
            let (dx, dy) = (lower(&x, work), lower(&y, work));
            assert!(map.inside(&x, work) && map.violation(&x, work) < 1e-12, "{name}");
            let mut back = vec![0.0; d];
            assert!(map.raise(&dx, &mut back, work));
            let error = minus(&back, &x).iter().fold(0.0f64, |a, b| a.max(b.abs()));
            assert!(error < 1e-12, "{name}, d = {d}: grad phi* (grad phi x) is off by {error:e}");
            let fenchel = map.value(&x, work) + map.conjugate(&dx, work) - dot(&dx, &x);
            assert!(fenchel.abs() < 1e-11, "{name}, d = {d}: Fenchel's equality is off by {fenchel:e}");
            let young = map.value(&y, work) + map.conjugate(&dx, work) - dot(&dx, &y);
            let (xy, zx, zy) =
                (map.divergence(&x, &y, work), map.divergence(&z, &x, work), map.divergence(&z, &y, work));
            let yx = map.divergence(&y, &x, work);
            assert!((young - yx).abs() < 1e-11, "{name}: phi(y) + phi*(dphi x) - <dphi x, y> = D(y, x)");
            let defined = map.value(&x, work) - map.value(&y, work) - dot(&dy, &minus(&x, &y));
            assert!((defined - xy).abs() < 1e-11 && xy > 0.0, "{name}: D is {xy}, by definition {defined}");
            let three = zx - zy - yx - dot(&minus(&dy, &dx), &minus(&z, &y));
            assert!(three.abs() < 1e-11, "{name}: three points, off by {three:e}");

            // The Hessian by differences of the gradient, on a tangent; its inverse; D near the diagonal.
            let v = tangent(map, 40, d, work);
            let mut hv = vec![0.0; d];
            map.hessian(&x, 2.0, &v, &mut hv, work);
            let at = |e: f64| x.iter().zip(&v).map(|(x, v)| x + e * v).collect::<Vec<_>>();
            let (up, down) = (lower(&at(1e-5), work), lower(&at(-1e-5), work));
            let u = tangent(map, 50, d, work);
            let (by_differences, said) = (dot(&minus(&up, &down), &u) / 2e-5, 0.5 * dot(&hv, &u));
            assert!((by_differences - said).abs() < 1e-7 * (1.0 + said.abs()), "{name}: {by_differences} {said}");
            let mut again = vec![0.0; d];
            map.inverse(&x, 0.5, &hv, &mut again, work);
            let error = minus(&again, &v).iter().fold(0.0f64, |a, b| a.max(b.abs()));
            assert!(error < 1e-11, "{name}, d = {d}: the inverse of the Hessian is off by {error:e}");
            let (near, square) = (map.divergence(&at(1e-7), &x, work), 0.5 * dot(&hv, &v) / 2.0 * 1e-14);
            assert!((near / square - 1.0).abs() < 1e-5, "{name}, d = {d}: D near the diagonal, {near:e} {square:e}");
            let mut xi = draw(60, d);
            let whole = map.residual(&x, &xi, work);
            xi.iter_mut().for_each(|xi| *xi *= 0.0);
            assert!(whole > 0.1 && map.residual(&x, &xi, work) < 1e-12, "{name}: no slope, no residual");
        }
    }
}

/// <v, Hess v> >= convexity |v|^2 in the norm that is claimed.
#[test]
fn strong_convexity_is_as_claimed() {
    let work = &mut Workspace::default();
    for entry in MIRRORS {
        let map = (entry.build)().expect("default settings");
        let d = 3;
        for stream in (100..300).step_by(10) {
            let (x, v) = (inside(&*map, stream, d, work), tangent(&*map, stream + 1, d, work));
            let mut hv = vec![0.0; d];
            map.hessian(&x, 1.0, &v, &mut hv, work);
            let size = match entry.name {
                "entropy" => v.iter().map(|v| v.abs()).sum::<f64>(),
                "p-norm" => v.iter().map(|v| v.abs().powf(1.5)).sum::<f64>().powf(2.0 / 3.0),
                "von-neumann" => {
                    let half = 0.5 * (v[0] - v[2]);
                    2.0 * (half * half + v[1] * v[1]).sqrt() // |eigenvalues| of a symmetric matrix without trace
                }
                _ => dot(&v, &v).sqrt(),
            };
            let share = dot(&hv, &v) / (map.convexity() * size * size).max(1e-300);
            assert!(share >= 1.0 - 1e-12, "{}: {share} of what is claimed", entry.name);
        }
    }
}

/// The rest of the laws: sharp and retract as of any geometry, on clouds, point by point.
#[test]
fn a_cloud_moves_as_its_points_do() {
    let work = &mut Workspace::default();
    for entry in MIRRORS {
        let map = (entry.build)().expect("default settings");
        let (n, d) = (4, 3);
        let points: Vec<Vec<f64>> = (0..n).map(|i| inside(&*map, 10 * (i + 1), d, work)).collect();
        let geometry = Bregman(map);
        let x = Cloud::from_fn(4, d, |i, j| points[i][j]);
        let xi = Covector(draw(70, 12));
        let mut v = Tangent::zeros(12);
        geometry.sharp(Tick::default(), &x, -0.01, &xi, &mut v, work);
        assert!(x.pair(&xi, &v) < 0.0, "{}: downhill", entry.name);
        let mut moved = x.clone();
        geometry.retract(&mut moved, &v, 1.0, work);
        let mut dual = Covector::zeros(12);
        geometry.lower(&x, &mut dual, work);
        dual.0.iter_mut().zip(&xi.0).for_each(|(y, xi)| *y -= 0.01 * xi);
        let mut straight = x.clone();
        assert!(geometry.raise(&dual, &mut straight, work));
        let error = minus(&moved.x, &straight.x).iter().fold(0.0f64, |a, b| a.max(b.abs()));
        assert!(error < 1e-13, "{}: the retraction is no mirror step, {error:e}", entry.name);
        for i in 0..4 {
            let one = Cloud { n: 1, d, x: points[i].clone().into() };
            let slope = Covector((0..d).map(|j| xi.0[j * 4 + i]).collect());
            let mut alone = Tangent::zeros(d);
            geometry.sharp(Tick::default(), &one, -0.01, &slope, &mut alone, work);
            (0..d).for_each(|j| assert_eq!(alone.0[j], v.0[j * 4 + i], "{}", entry.name));
        }
    }
}

/// Edges that input reaches: bounds that make no box, exponents out of range, duals without a point, starts at the edge.
#[test]
fn what_is_not_there_is_refused() {
    let work = &mut Workspace::default();
    assert!(FermiDirac::new(&[1.0], &[1.0]).is_none() && FermiDirac::new(&[0.0, 0.0], &[1.0, 1.0, 1.0]).is_none());
    assert!(FermiDirac::new(&[0.0, -1.0], &[1.0]).is_some_and(|map| Separable(map).fits(2)));
    let mut x = [0.0; 2];
    assert!(
        !Separable(Burg).raise(&[-1.0, 0.5], &mut x, work) && !Tsallis { q: 0.5 }.raise(&[f64::NAN, 0.0], &mut x, work)
    );
    assert!(Separable(Boltzmann).raise(&[-1.0, 0.5], &mut x, work) && !Separable(Boltzmann).inside(&[1.0, 0.0], work));
    assert!(!LogDet.raise(&[-1.0, 2.1, -1.0], &mut [0.0; 3], work), "not negative definite");
    assert!(!LogDet.fits(4) && LogDet.fits(10) && !VonNeumann.inside(&[0.5, 0.6, 0.5], work));
    // Steps that drive coordinates to zero keep them there without losing the point.
    let mut x = [0.0; 3];
    assert!(Entropy.raise(&[0.0, -2000.0, 1.0], &mut x, work) && x[1] == 0.0);
    let mut y = [0.0; 3];
    Entropy.lower(&x, &mut y, work);
    assert!(y.iter().all(|y| y.is_finite()) && Entropy.divergence(&x, &[0.3, 0.3, 0.4], work).is_finite());
}
