//! Sums of squares with standard starts and published minima [MoreGarbowHillstrom1981], over numbers that carry a slope.
use steepest_core::{Batch, Potential, Workspace};

/// A number and its slope along one direction.
#[derive(Clone, Copy, Debug)]
pub struct Dual(pub f64, pub f64);
impl Dual {
    fn map(self, value: f64, slope: f64) -> Dual {
        Dual(value, slope * self.1)
    }
    pub fn exp(self) -> Dual {
        self.map(self.0.exp(), self.0.exp())
    }
    pub fn sin(self) -> Dual {
        self.map(self.0.sin(), self.0.cos())
    }
    pub fn cos(self) -> Dual {
        self.map(self.0.cos(), -self.0.sin())
    }
    pub fn sqrt(self) -> Dual {
        self.map(self.0.sqrt(), 0.5 / self.0.sqrt())
    }
    pub fn square(self) -> Dual {
        self * self
    }
}
macro_rules! operator {
    ($trait:ident, $method:ident, |$a:ident, $b:ident| $value:expr, $slope:expr) => {
        impl std::ops::$trait for Dual {
            type Output = Dual;
            fn $method(self, other: Dual) -> Dual {
                let ($a, $b) = (self, other);
                Dual($value, $slope)
            }
        }
        impl std::ops::$trait<f64> for Dual {
            type Output = Dual;
            fn $method(self, other: f64) -> Dual {
                std::ops::$trait::$method(self, Dual(other, 0.0))
            }
        }
        impl std::ops::$trait<Dual> for f64 {
            type Output = Dual;
            fn $method(self, other: Dual) -> Dual {
                std::ops::$trait::$method(Dual(self, 0.0), other)
            }
        }
    };
}
operator!(Add, add, |a, b| a.0 + b.0, a.1 + b.1);
operator!(Sub, sub, |a, b| a.0 - b.0, a.1 - b.1);
operator!(Mul, mul, |a, b| a.0 * b.0, a.1 * b.0 + a.0 * b.1);
operator!(Div, div, |a, b| a.0 / b.0, (a.1 - a.0 / b.0 * b.1) / b.0);

/// f = sum of the squares of the residuals.
pub struct Problem {
    pub name: &'static str,
    pub n: usize,
    pub start: fn(usize) -> Vec<f64>,
    pub residuals: fn(&[Dual]) -> Vec<Dual>,
    /// Published least values, global and local.
    pub minima: &'static [f64],
}
impl Potential for Problem {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let at: Vec<Dual> = x.x.iter().map(|x| Dual(*x, 0.0)).collect();
        out[0] += scale * (self.residuals)(&at).iter().map(|r| r.0 * r.0).sum::<f64>();
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for j in 0..self.n {
            let at: Vec<Dual> = x.x.iter().enumerate().map(|(k, x)| Dual(*x, f64::from(k == j))).collect();
            out[j] += scale * (self.residuals)(&at).iter().map(|r| 2.0 * r.0 * r.1).sum::<f64>();
        }
    }
}

const BARD: [f64; 15] = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39];
const GAUSSIAN: [f64; 15] = [
    0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989, 0.3521, 0.2420, 0.1295, 0.0540, 0.0175, 0.0044,
    0.0009,
];
const KOWALIK: [(f64, f64); 11] = [
    (0.1957, 4.0),
    (0.1947, 2.0),
    (0.1735, 1.0),
    (0.1600, 0.5),
    (0.0844, 0.25),
    (0.0627, 0.167),
    (0.0456, 0.125),
    (0.0342, 0.1),
    (0.0323, 0.0833),
    (0.0235, 0.0714),
    (0.0246, 0.0625),
];

/// The problems.
pub const PROBLEMS: &[Problem] = &[
    Problem {
        name: "rosenbrock",
        n: 2,
        start: |_| vec![-1.2, 1.0],
        residuals: |x| vec![10.0 * (x[1] - x[0].square()), 1.0 - x[0]],
        minima: &[0.0],
    },
    Problem {
        name: "freudenstein and roth",
        n: 2,
        start: |_| vec![0.5, -2.0],
        residuals: |x| {
            let inner = |a: f64, b: f64| ((a - x[1]) * x[1] + b) * x[1];
            let second = ((x[1] + 1.0) * x[1] - 14.0) * x[1];
            vec![-13.0 + x[0] + inner(5.0, -2.0), -29.0 + x[0] + second]
        },
        minima: &[48.9842, 0.0],
    },
    Problem {
        name: "beale",
        n: 2,
        start: |_| vec![1.0, 1.0],
        residuals: |x| {
            let power = [x[1], x[1].square(), x[1].square() * x[1]];
            [1.5, 2.25, 2.625].iter().zip(power).map(|(y, p)| *y - x[0] * (1.0 - p)).collect()
        },
        minima: &[0.0],
    },
    Problem {
        name: "jennrich and sampson",
        n: 2,
        start: |_| vec![0.3, 0.4],
        residuals: |x| {
            (1..=10).map(|i| i as f64).map(|i| 2.0 + 2.0 * i - ((i * x[0]).exp() + (i * x[1]).exp())).collect()
        },
        minima: &[124.362],
    },
    Problem {
        name: "bard",
        n: 3,
        start: |_| vec![1.0; 3],
        residuals: |x| {
            let row = |(i, y): (usize, &f64)| {
                let u = (i + 1) as f64;
                let (v, w) = (16.0 - u, u.min(16.0 - u));
                *y - (x[0] + u / (v * x[1] + w * x[2]))
            };
            BARD.iter().enumerate().map(row).collect()
        },
        minima: &[8.21487e-3, 17.4286],
    },
    Problem {
        name: "gaussian",
        n: 3,
        start: |_| vec![0.4, 1.0, 0.0],
        residuals: |x| {
            let row = |(i, y): (usize, &f64)| {
                let t = (7.0 - i as f64) / 2.0;
                x[0] * (-0.5 * x[1] * (t - x[2]).square()).exp() - *y
            };
            GAUSSIAN.iter().enumerate().map(row).collect()
        },
        minima: &[1.12793e-8],
    },
    Problem {
        name: "box three-dimensional",
        n: 3,
        start: |_| vec![0.0, 10.0, 20.0],
        residuals: |x| {
            let row = |i: u32| {
                let t = 0.1 * f64::from(i);
                (-t * x[0]).exp() - (-t * x[1]).exp() - x[2] * ((-t).exp() - (-10.0 * t).exp())
            };
            (1..=10).map(row).collect()
        },
        minima: &[0.0],
    },
    Problem {
        name: "powell singular",
        n: 4,
        start: |_| vec![3.0, -1.0, 0.0, 1.0],
        residuals: |x| {
            let (a, b) = ((x[1] - 2.0 * x[2]).square(), (x[0] - x[3]).square());
            vec![x[0] + 10.0 * x[1], 5f64.sqrt() * (x[2] - x[3]), a, 10f64.sqrt() * b]
        },
        minima: &[0.0],
    },
    Problem {
        name: "wood",
        n: 4,
        start: |_| vec![-3.0, -1.0, -3.0, -1.0],
        residuals: |x| {
            vec![
                10.0 * (x[1] - x[0].square()),
                1.0 - x[0],
                90f64.sqrt() * (x[3] - x[2].square()),
                1.0 - x[2],
                10f64.sqrt() * (x[1] + x[3] - 2.0),
                (x[1] - x[3]) / 10f64.sqrt(),
            ]
        },
        minima: &[0.0],
    },
    Problem {
        name: "kowalik and osborne",
        n: 4,
        start: |_| vec![0.25, 0.39, 0.415, 0.39],
        residuals: |x| {
            let row = |(y, u): &(f64, f64)| *y - x[0] * (u * u + *u * x[1]) / (u * u + *u * x[2] + x[3]);
            KOWALIK.iter().map(row).collect()
        },
        minima: &[3.07505e-4, 1.02734e-3],
    },
    Problem {
        name: "brown and dennis",
        n: 4,
        start: |_| vec![25.0, 5.0, -5.0, -1.0],
        residuals: |x| {
            let row = |i: u32| {
                let t = f64::from(i) / 5.0;
                (x[0] + t * x[1] - t.exp()).square() + (x[2] + x[3] * t.sin() - t.cos()).square()
            };
            (1..=20).map(row).collect()
        },
        minima: &[85822.2],
    },
    Problem {
        name: "penalty I",
        n: 10,
        start: |n| (1..=n).map(|j| j as f64).collect(),
        residuals: |x| {
            let sum = x.iter().fold(Dual(-0.25, 0.0), |s, x| s + x.square());
            x.iter().map(|x| 1e-5f64.sqrt() * (*x - 1.0)).chain([sum]).collect()
        },
        minima: &[7.08765e-5],
    },
    Problem {
        name: "trigonometric",
        n: 10,
        start: |n| vec![1.0 / n as f64; n],
        residuals: |x| {
            let n = x.len() as f64;
            let sum = x.iter().fold(Dual(n, 0.0), |s, x| s - x.cos());
            (1..).zip(x).map(|(i, x)| sum + f64::from(i) * (1.0 - x.cos()) - x.sin()).collect()
        },
        minima: &[0.0, 2.79506e-5],
    },
    Problem {
        name: "broyden tridiagonal",
        n: 12,
        start: |n| vec![-1.0; n],
        residuals: |x| {
            let at = |i: Option<usize>| i.and_then(|i| x.get(i)).copied().unwrap_or(Dual(0.0, 0.0));
            let row = |i: usize| (3.0 - 2.0 * x[i]) * x[i] - at(i.checked_sub(1)) - 2.0 * at(Some(i + 1)) + 1.0;
            (0..x.len()).map(row).collect()
        },
        minima: &[0.0],
    },
];
