//! The laws of manifolds, over everything there is, and the distances, gradients and curvatures that are known exactly.
use steepest_core::{Batch, Covariant, Covector, Potential, Tangent, Workspace};
use steepest_flows::geometry::manifold::check::{check_gradient, check_metric, check_retraction, random_tangent};
use steepest_flows::geometry::{
    AffineInvariant, BuresWasserstein, CATALOGUE, Each, FixedRank, Geodesics, Grassmann, LogEuclidean, Lorentz,
    Manifold, NormalFisher, Orthant, Poincare, Power, Product, Rotations, Simplex, Sphere, Stiefel, StiefelMetric,
    Weighted,
};
use steepest_flows::noise::{Precision, normals};
use steepest_flows::state::Cloud;

/// Every manifold of the catalogue, and some of other sizes: one column, square, one row, larger than a block.
fn all() -> Vec<(String, Box<dyn Manifold>)> {
    let known = CATALOGUE.iter().filter_map(|e| Some((e.name.to_owned(), e.surface?())));
    let stiefel = |rows, columns, metric| Box::new(Stiefel { rows, columns, metric }) as Box<dyn Manifold>;
    let more: [(&str, Box<dyn Manifold>); 14] = [
        ("stiefel, one column", stiefel(4, 1, StiefelMetric::Embedded)),
        ("stiefel, square", stiefel(3, 3, StiefelMetric::Canonical)),
        ("stiefel, more than half", stiefel(5, 4, StiefelMetric::Embedded)),
        ("stiefel, large", stiefel(40, 12, StiefelMetric::Canonical)),
        ("grassmann, large", Box::new(Grassmann { rows: 40, columns: 7 })),
        ("grassmann, more than half", Box::new(Grassmann { rows: 5, columns: 3 })),
        ("rotations, plane", Box::new(Rotations { rows: 2 })),
        ("rotations, large", Box::new(Rotations { rows: 9 })),
        ("spd, one", Box::new(AffineInvariant { rows: 1 })),
        ("spd, large", Box::new(AffineInvariant { rows: 8 })),
        ("bures, large", Box::new(BuresWasserstein { rows: 8 })),
        ("log-euclidean, large", Box::new(LogEuclidean { rows: 8 })),
        ("fixed rank, large", Box::new(FixedRank { rows: 30, columns: 20, rank: 4 })),
        ("two ellipsoids", Box::new(Power { base: AffineInvariant { rows: 2 }, count: 2 })),
    ];
    known.chain(more.map(|(name, manifold)| (name.to_owned(), manifold))).collect()
}
fn random(manifold: &(impl Manifold + ?Sized), index: u64) -> Vec<f64> {
    let mut x = vec![0.0; manifold.numbers()];
    manifold.random(7, index, &mut x, &mut Workspace::default());
    x
}
/// A quadratic of all numbers of a point, with nothing special about it.
struct Crooked(Vec<f64>);
impl Crooked {
    fn new(d: usize) -> Self {
        let mut z = vec![0.0; d * (d + 1)];
        let len = z.len();
        normals(steepest_core::Tick::start(3), 0, Precision::Double, len, &mut z);
        z.iter_mut().for_each(|z| *z /= d as f64);
        Crooked(z)
    }
    /// The same for n by p matrices, of X X^T alone, so that it is one of spaces.
    fn of_spaces(n: usize, p: usize) -> Self {
        let (small, d) = (Crooked::new(n), n * p);
        let entry = |r: usize, s: usize| if r % p == s % p { small.0[(r / p) * n + s / p] } else { 0.0 };
        Crooked((0..d * (d + 1)).map(|k| if k < d * d { entry(k / d, k % d) } else { 0.0 }).collect())
    }
    fn on(name: &str, d: usize) -> Self {
        match (name, d) {
            ("grassmann", 10) => Crooked::of_spaces(5, 2),
            ("grassmann, more than half", _) => Crooked::of_spaces(5, 3),
            ("grassmann, large", _) => Crooked::of_spaces(40, 7),
            _ => Crooked::new(d),
        }
    }
    /// Row j of the matrix A of x^T A x / 2 + b x.
    fn row(&self, d: usize, j: usize) -> impl Iterator<Item = f64> {
        (0..d).map(move |k| 0.5 * (self.0[j * d + k] + self.0[k * d + j]))
    }
    fn second(&self, v: &[f64]) -> Vec<f64> {
        let d = v.len();
        (0..d).map(|j| self.row(d, j).zip(v).map(|(a, v)| a * v).sum()).collect()
    }
}
impl Potential for Crooked {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let ax = self.second(x.x);
        let linear = &self.0[x.d * x.d..];
        out[0] += scale * (0..x.d).map(|j| x.x[j] * (0.5 * ax[j] + linear[j])).sum::<f64>();
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let ax = self.second(x.x);
        (0..x.d).for_each(|j| out[j] += scale * (ax[j] + self.0[x.d * x.d + j]));
    }
}

/// All that `check_metric` asks, to rounding: a factor of 1 % anywhere is caught.
#[test]
fn every_manifold_keeps_the_laws_of_a_metric() {
    for (name, manifold) in all() {
        assert!(manifold.dim() <= manifold.numbers(), "{name}");
        for index in 0..3 {
            let x = random(&*manifold, index);
            let report = check_metric(&*manifold, &x, index);
            assert!(report.worst() < 2e-11, "{name}: {report:?}");
        }
        assert_ne!(random(&*manifold, 0), random(&*manifold, 1), "{name}");
        assert_eq!(random(&*manifold, 5), random(&*manifold, 5), "{name}");
    }
}
/// Retractions have the velocity they are given, and gradients are those of values: slopes of 2 or more.
#[test]
fn every_retraction_and_gradient_has_its_slope() {
    for (name, manifold) in all() {
        for index in 0..2 {
            let x = random(&*manifold, index);
            let retraction = check_retraction(&*manifold, &x, index);
            assert!(retraction.slope > 1.95, "{name}: {retraction:?}");
            let gradient = check_gradient(&*manifold, &Crooked::new(x.len()), &x, index);
            assert!(gradient.slope > 1.9, "{name}: {gradient:?}");
        }
    }
    // What is stated of the order: 3 where a retraction agrees with exp to second order.
    let order = |manifold: &dyn Manifold| check_retraction(manifold, &random(manifold, 0), 0).slope;
    assert!((order(&Grassmann { rows: 5, columns: 2 }) - 3.0).abs() < 0.1);
    assert!((order(&Stiefel { rows: 5, columns: 2, metric: StiefelMetric::Canonical }) - 2.0).abs() < 0.1);
    assert!((order(&Simplex { d: 4 }) - 2.0).abs() < 0.1 && order(&Sphere { d: 3 }).is_infinite());
}
/// A wrong gradient has a slope of 1.
#[test]
fn a_wrong_gradient_is_found() {
    struct Wrong(Crooked);
    impl Potential for Wrong {
        fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
            self.0.values(x, scale, out, work);
        }
        fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
            self.0.gradients(x, scale, out, work);
            out[2] *= 1.01;
        }
    }
    let sphere = Sphere { d: 6 };
    let found = check_gradient(&sphere, &Wrong(Crooked::new(6)), &random(&sphere, 0), 0);
    assert!((found.slope - 1.0).abs() < 0.1, "{found:?}");
}

/// The first variation: the slope of dist^2(x, y) / 2 along u is -<log_x y, u>. It holds for shortest lines alone, so it ties
/// exp, log, dist and metric together. And x + y >= z for the sides of a triangle.
#[test]
fn geodesics_are_shortest_lines() {
    let work = &mut Workspace::default();
    for (name, manifold) in all() {
        let Some(geodesics) = manifold.geodesics() else { continue };
        for index in 0..2 {
            let x = random(&*manifold, index);
            let [u, v, w] = [10, 11, 12].map(|k| random_tangent(&*manifold, &x, (index, k), work));
            let at = |v: &[f64], h: f64, work: &mut Workspace| {
                let mut y = x.clone();
                geodesics.exp(&mut y, v, h, work);
                y
            };
            let (y, z) = (at(&v, 0.4, work), at(&w, 0.3, work));
            let mut log = vec![0.0; x.len()];
            geodesics.log(&x, &y, &mut log, work).unwrap();
            let exact = -manifold.inner(&x, &log, &u, work);
            let mut half = |h: f64| 0.5 * geodesics.dist(&at(&u, h, work), &y, work).unwrap().powi(2);
            let difference = |h: f64, half: &mut dyn FnMut(f64) -> f64| (half(h) - half(-h)) / (2.0 * h);
            let found = (4.0 * difference(1e-3, &mut half) - difference(2e-3, &mut half)) / 3.0;
            assert!((found - exact).abs() < 1e-8, "{name}: {found} against {exact}");
            let [a, b, c] = [(&x, &y), (&y, &z), (&x, &z)].map(|(a, b)| geodesics.dist(a, b, work).unwrap());
            let most = 1e-12 + a.max(b).max(c);
            assert!(2.0 * most <= a + b + c + 3e-12, "{name}: sides {a} {b} {c}");
            assert!(geodesics.dist(&x, &x, work).unwrap() < 1e-7, "{name}");
        }
    }
}
/// Of a product, a power and a batch they are those of the parts, each prepared by its own differential.
#[test]
fn hessians_of_several_are_those_of_each() {
    let work = &mut Workspace::default();
    let (one, two) = (Grassmann { rows: 5, columns: 2 }, Grassmann { rows: 7, columns: 3 });
    let drawn = |key: u64, len: usize| {
        let mut z = vec![0.0; len];
        steepest_kernels::normals(key, 0, 0, 0, &mut z);
        z
    };
    let of = |space: &dyn Manifold, [x, xi, v, hv]: [&[f64]; 4], work: &mut Workspace| {
        let (mut xi, mut hv, hessians) = (xi.to_vec(), hv.to_vec(), space.hessians().expect("known"));
        hessians.prepare(x, &mut xi, work);
        hessians.hessian(x, &xi, v, &mut hv, work);
        hv
    };
    let both = [0, 1, 2, 3].map(|k| match k {
        0 => [random(&one, 0), random(&two, 1)].concat(),
        k => drawn(k, 31),
    });
    let found = of(&Product(one, two), both.each_ref().map(|z| &z[..]), work);
    let parts = [of(&one, both.each_ref().map(|z| &z[..10]), work), of(&two, both.each_ref().map(|z| &z[10..]), work)];
    assert_eq!(found, parts.concat());
    // Two of one kind, component-major: number j of part k at 2 j + k.
    let pair = [0, 1, 2, 3].map(|k| match k {
        0 => [random(&one, 2), random(&one, 3)],
        k => [drawn(10 + k, 10), drawn(20 + k, 10)],
    });
    let mixed = |parts: &[Vec<f64>; 2]| (0..20).map(|i| parts[i % 2][i / 2]).collect::<Vec<f64>>();
    let exact = mixed(&[0, 1].map(|k| of(&one, pair.each_ref().map(|z| &z[k][..]), work)));
    let all = pair.each_ref().map(mixed);
    assert_eq!(of(&Power { base: one, count: 2 }, all.each_ref().map(|z| &z[..]), work), exact);
    let [x, xi, v, hv] = all;
    let (x, mut xi, mut out) = (Cloud { n: 2, d: 10, x: x.into() }, Covector(xi), Tangent::zeros(20));
    Each(one).prepare(&x, &mut xi, work);
    Each(one).hessian(&x, &Tangent(v), [&xi, &Covector(hv)], &mut out, work);
    assert_eq!(out.0, exact);
}
/// d^2/dt^2 F(exp(t v)) = <Hess v, v>, and <Hess u, v> is symmetric.
#[test]
fn hessians_are_second_derivatives_along_geodesics() {
    let (work, mut seen) = (&mut Workspace::default(), 0);
    for (name, manifold) in all() {
        let (Some(hessians), Some(geodesics)) = (manifold.hessians(), manifold.geodesics()) else { continue };
        let (x, d) = (random(&*manifold, 0), manifold.numbers());
        let energy = Crooked::on(&name, d);
        let [u, v] = [1, 2].map(|k| random_tangent(&*manifold, &x, (0, k), work));
        let mut xi = vec![0.0; d];
        energy.gradients(Batch { n: 1, d, x: &x }, 1.0, &mut xi, work);
        hessians.prepare(&x, &mut xi, work);
        let along = |v: &[f64], work: &mut Workspace| {
            let mut hv = energy.second(v);
            hessians.hessian(&x, &xi, v, &mut hv, work);
            hv
        };
        let (hu, hv) = (along(&u, work), along(&v, work));
        let [uv, vu, vv] =
            [(&hu, &v), (&hv, &u), (&hv, &v)].map(|(a, b)| manifold.inner(&x, a, b, &mut Workspace::default()));
        assert!((uv - vu).abs() < 1e-12 * (1.0 + uv.abs()), "{name}: {uv} {vu}");
        let value = |h: f64| {
            let (mut y, mut value) = (x.clone(), [0.0]);
            geodesics.exp(&mut y, &v, h, &mut Workspace::default());
            energy.values(Batch { n: 1, d, x: &y }, 1.0, &mut value, &mut Workspace::default());
            value[0]
        };
        let second = |h: f64| (value(h) - 2.0 * value(0.0) + value(-h)) / (h * h);
        let found = (4.0 * second(5e-3) - second(1e-2)) / 3.0;
        assert!((found - vv).abs() < 1e-6 * (1.0 + vv.abs()), "{name}: {found} against {vv}");
        seen += 1;
    }
    assert!(seen >= 14, "{seen} manifolds have Hessians");
}

/// Sectional curvature by the third side of a small triangle, d^2 = t^2 |u - v|^2 - K t^4 |u ^ v|^2 / 3 + O(t^5): exact where
/// it is constant, of a sign where it is not.
#[test]
fn triangles_have_the_curvature_of_their_space() {
    let work = &mut Workspace::default();
    let mut curvature = |manifold: &dyn Manifold, index: u64| {
        let x = random(manifold, index);
        let [u, v] = [1, 2].map(|k| random_tangent(manifold, &x, (index, k), work));
        let geodesics = manifold.geodesics().unwrap();
        let uv = manifold.inner(&x, &u, &v, work);
        let mut at = |t: f64| {
            let [mut y, mut z] = [x.clone(), x.clone()];
            geodesics.exp(&mut y, &u, t, work);
            geodesics.exp(&mut z, &v, t, work);
            let square = geodesics.dist(&y, &z, work).unwrap().powi(2) / (t * t);
            3.0 * (2.0 - 2.0 * uv - square) / (t * t * (1.0 - uv * uv))
        };
        // Odd powers fall out between t and -t.
        let mut even = |t: f64| 0.5 * (at(t) + at(-t));
        (4.0 * even(0.02) - even(0.04)) / 3.0
    };
    let exact: [(&dyn Manifold, f64); 7] = [
        (&Sphere { d: 4 }, 1.0),
        (&Lorentz { d: 3 }, -1.0),
        (&Poincare { d: 3 }, -1.0),
        (&Simplex { d: 4 }, 0.25),
        (&NormalFisher, -0.5),
        (&Orthant { d: 3 }, 0.0),
        (&LogEuclidean { rows: 3 }, 0.0),
    ];
    for (manifold, k) in exact {
        for index in 0..3 {
            let found = curvature(manifold, index);
            assert!((found - k).abs() < 1e-4, "{found} where the curvature is {k}");
        }
    }
    for index in 0..5 {
        assert!(curvature(&AffineInvariant { rows: 3 }, index) < 1e-6);
        let positive: [&dyn Manifold; 3] =
            [&BuresWasserstein { rows: 3 }, &Rotations { rows: 4 }, &Grassmann { rows: 5, columns: 2 }];
        positive.iter().for_each(|manifold| assert!(curvature(*manifold, index) > -1e-6));
    }
}

/// Distances that are known without any of the above.
#[test]
fn distances_are_known() {
    let work = &mut Workspace::default();
    let mut close = |name: &str, geodesics: &dyn Geodesics, x: &[f64], y: &[f64], exact: f64| {
        for (a, b) in [(x, y), (y, x)] {
            let found = geodesics.dist(a, b, work).unwrap();
            assert!((found - exact).abs() < 1e-12 * (1.0 + exact), "{name}: {found} against {exact}");
        }
    };
    let turned = |a: f64| [a.cos(), a.sin()];
    close("circle", &Sphere { d: 2 }, &[1.0, 0.0], &turned(3.0), 3.0);
    close("circle, near", &Sphere { d: 2 }, &[1.0, 0.0], &turned(1e-9), 1e-9);
    let [c, s] = turned(2.5);
    let about_an_axis = [c, -s, 0.0, s, c, 0.0, 0.0, 0.0, 1.0];
    let unit = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    close("a turn", &Rotations { rows: 3 }, &unit, &about_an_axis, 2.5 * 2f64.sqrt());
    // Two planes in R^4 with the angles 0.3 and 1.2 between them, in another basis of the second.
    let (p, q) = (turned(0.3), turned(1.2));
    let planes = [[1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0], [p[0], 0.0, 0.0, q[0], p[1], 0.0, 0.0, q[1]]];
    let [c, s] = turned(0.9);
    let other: Vec<f64> = planes[1].chunks_exact(2).flat_map(|r| [c * r[0] - s * r[1], s * r[0] + c * r[1]]).collect();
    close("planes", &Grassmann { rows: 4, columns: 2 }, &planes[0], &other, (0.09f64 + 1.44).sqrt());
    // One column is a sphere, in both metrics; a turn within the columns is half as long in the canonical one, squared.
    for (metric, within) in [(StiefelMetric::Embedded, 2.0f64), (StiefelMetric::Canonical, 1.0)] {
        close("a column", &Stiefel { rows: 2, columns: 1, metric }, &[1.0, 0.0], &turned(1.1), 1.1);
        let [c, s] = turned(0.8);
        let (x, y) = ([1.0, 0.0, 0.0, 1.0, 0.0, 0.0], [c, -s, s, c, 0.0, 0.0]);
        close("within", &Stiefel { rows: 3, columns: 2, metric }, &x, &y, 0.8 * within.sqrt());
    }
    let (a, b) = ([2.0, 0.0, 0.0, 5.0], [3.0, 0.0, 0.0, 0.5]);
    let logs = ((1.5f64).ln().powi(2) + (0.1f64).ln().powi(2)).sqrt();
    close("spd", &AffineInvariant { rows: 2 }, &a, &b, logs);
    close("log-euclidean", &LogEuclidean { rows: 2 }, &a, &b, logs);
    close("orthant", &Orthant { d: 2 }, &[2.0, 5.0], &[3.0, 0.5], logs);
    let roots = (3f64.sqrt() - 2f64.sqrt()).hypot(5f64.sqrt() - 0.5f64.sqrt());
    close("bures", &BuresWasserstein { rows: 2 }, &a, &b, roots);
    let angle = 2.0 * (0.5f64 * 0.2).sqrt().mul_add(1.0, (0.5f64 * 0.8).sqrt()).acos();
    close("simplex", &Simplex { d: 2 }, &[0.5, 0.5], &[0.2, 0.8], angle);
    let poincare = (1.0f64 + 2.0 * (0.25 + 0.09) / ((1.0 - 0.25) * (1.0 - 0.09))).acosh();
    close("ball", &Poincare { d: 2 }, &[0.5, 0.0], &[0.0, 0.3], poincare);
    let sheet = |r: f64| [r.cosh(), r.sinh(), 0.0];
    close("sheet", &Lorentz { d: 2 }, &sheet(0.7), &sheet(-1.5), 2.2);
    let normal = 2f64.sqrt() * (1.0f64 + (1.0 / 2.0 + 1.0) / 4.0).acosh();
    close("normal", &NormalFisher, &[0.0, 1.0], &[1.0, 2.0], normal);
    let weighted = Weighted::new(2, &[2.0, 0.5, 0.5, 1.0]).unwrap();
    close("weighted", &weighted, &[0.0, 0.0], &[1.0, 2.0], 8f64.sqrt());
}
/// No unit matters to the affine-invariant distance; the Bures distance is that of optimal transport, with a covariance that
/// does not commute: against tr A + tr B - 2 tr (AB)^(1/2), the root by its eigenvalues, which of 2 by 2 are known.
#[test]
fn positive_matrices_that_do_not_commute() {
    let work = &mut Workspace::default();
    let (a, b) = ([2.0, 0.3, 0.3, 1.0], [1.0, -0.4, -0.4, 3.0]);
    let affine = AffineInvariant { rows: 2 };
    let by = |m: [f64; 4], x: [f64; 4]| {
        let t = |a: [f64; 4], b: [f64; 4]| {
            [a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3]]
        };
        t(t(m, x), [m[0], m[2], m[1], m[3]])
    };
    let m = [1.0, 2.0, -0.5, 0.7];
    let (one, other) = (affine.dist(&a, &b, work).unwrap(), affine.dist(&by(m, a), &by(m, b), work).unwrap());
    assert!((one - other).abs() < 1e-12, "{one} {other}");
    let trace = a[0] * b[0] + a[1] * b[2] + a[2] * b[1] + a[3] * b[3];
    let determinants = (a[0] * a[3] - a[1] * a[2]) * (b[0] * b[3] - b[1] * b[2]);
    // tr sqrt(AB) = sqrt(tr AB + 2 sqrt(det AB)) in two dimensions.
    let exact = (3.0 + 4.0 - 2.0 * (trace + 2.0 * determinants.sqrt()).sqrt()).sqrt();
    let found = BuresWasserstein { rows: 2 }.dist(&a, &b, work).unwrap();
    assert!((found - exact).abs() < 1e-12, "{found} {exact}");
}
/// The cut locus is an error, never a number.
#[test]
fn opposite_points_have_no_shortest_way() {
    let work = &mut Workspace::default();
    let mut none = |geodesics: &dyn Geodesics, x: &[f64], y: &[f64]| {
        assert!(geodesics.log(x, y, &mut vec![0.0; x.len()], work).is_err());
    };
    none(&Sphere { d: 3 }, &[0.0, 0.6, 0.8], &[0.0, -0.6, -0.8]);
    none(&Rotations { rows: 3 }, &[1., 0., 0., 0., 1., 0., 0., 0., 1.], &[-1., 0., 0., 0., -1., 0., 0., 0., 1.]);
    none(&Grassmann { rows: 2, columns: 1 }, &[1.0, 0.0], &[0.0, 1.0]);
    let stiefel = Stiefel { rows: 3, columns: 1, metric: StiefelMetric::Embedded };
    none(&stiefel, &[1.0, 0.0, 0.0], &[-1.0, 0.0, 0.0]);
    none(&AffineInvariant { rows: 1 }, &[1.0], &[-1.0]);
    assert!(Sphere { d: 3 }.log(&[1.0, 0.0, 0.0], &[1.0, 0.0, 0.0], &mut [0.0; 3], work).is_ok());
}
/// What is not on a manifold is said to be off it.
#[test]
fn defects_are_seen() {
    let work = &mut Workspace::default();
    for (name, manifold) in all() {
        let mut x = random(&*manifold, 0);
        if x.len() == manifold.dim() && manifold.defect(&vec![-2.0; x.len()], work) == 0.0 {
            continue; // all of R^d
        }
        x.iter_mut().for_each(|x| *x = -1.01 * *x - 3.0);
        assert!(manifold.defect(&x, work) > 1e-3, "{name}: {}", manifold.defect(&x, work));
    }
    let reflection = [-1., 0., 0., 0., 1., 0., 0., 0., 1.];
    assert!(Rotations { rows: 3 }.defect(&reflection, work).is_infinite());
}
