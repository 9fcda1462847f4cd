//! Problems that fit a curve to published observations.
use super::Problem;

/// One residual for each observation, of its number from 1.
fn rows(y: &[f64], row: impl Fn(f64, f64) -> String) -> Vec<String> {
    (1..).zip(y).map(|(i, y)| row(f64::from(i), *y)).collect()
}

pub(super) const BARD: Problem = Problem {
    name: "mgh-bard",
    meaning: "A rational curve through 15 observations.",
    dimension: [3, 3, 3],
    start: |_| vec![1.0; 3],
    residuals: |_| {
        let y = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39];
        rows(&y, |u, y| {
            let (v, w) = (16.0 - u, u.min(16.0 - u));
            format!("{y} - (x[1] + {u}/({v}*x[2] + {w}*x[3]))")
        })
    },
    // The second is a limit at infinity.
    minima: &[8.21487e-3, 17.4286],
};
pub(super) const GAUSSIAN: Problem = Problem {
    name: "mgh-gaussian",
    meaning: "A bell curve through 15 observations.",
    dimension: [3, 3, 3],
    start: |_| vec![0.4, 1.0, 0.0],
    residuals: |_| {
        let half = [0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989];
        let y: Vec<f64> = half.into_iter().chain(half.into_iter().rev().skip(1)).collect();
        rows(&y, |i, y| format!("x[1]*exp(-x[2]*({} - x[3])^2/2) - {y}", (8.0 - i) / 2.0))
    },
    minima: &[1.12793e-8],
};
pub(super) const MEYER: Problem = Problem {
    name: "mgh-meyer",
    meaning: "The resistance of a thermistor in 16 observations: a narrow, curved valley.",
    dimension: [3, 3, 3],
    start: |_| vec![0.02, 4000.0, 250.0],
    residuals: |_| {
        let y = [
            34780.0, 28610.0, 23650.0, 19630.0, 16370.0, 13720.0, 11540.0, 9744.0, 8261.0, 7030.0, 6005.0, 5147.0,
            4427.0, 3820.0, 3307.0, 2872.0,
        ];
        rows(&y, |i, y| format!("x[1]*exp(x[2]/({} + x[3])) - {y}", 45.0 + 5.0 * i))
    },
    minima: &[87.9458],
};
pub(super) const GULF: Problem = Problem {
    name: "mgh-gulf",
    meaning: "Powers of distances; 99 residuals.",
    dimension: [3, 3, 3],
    start: |_| vec![5.0, 2.5, 0.15],
    residuals: |_| {
        let row = |i: u32| {
            let t = f64::from(i) / 100.0;
            let y = 25.0 + (-50.0 * t.ln()).powf(2.0 / 3.0);
            format!("exp(-abs({y} - x[2])^x[3]/x[1]) - {t}")
        };
        (1..=99).map(row).collect()
    },
    // The others are limits at infinity: residuals of 1 - t, of -t, and of their mean.
    minima: &[0.0, 8.25, 32.835],
};
pub(super) const KOWALIK_OSBORNE: Problem = Problem {
    name: "mgh-kowalik-osborne",
    meaning: "A rational curve through 11 observations.",
    dimension: [4, 4, 4],
    start: |_| vec![0.25, 0.39, 0.415, 0.39],
    residuals: |_| {
        let y = [0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246];
        let u = [4.0, 2.0, 1.0, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625];
        rows(&y, |i, y| {
            let u: f64 = u[i as usize - 1];
            format!("{y} - x[1]*({u}^2 + {u}*x[2])/({u}^2 + {u}*x[3] + x[4])")
        })
    },
    // The second is a limit at infinity.
    minima: &[3.07505e-4, 1.02734e-3],
};
pub(super) const OSBORNE_1: Problem = Problem {
    name: "mgh-osborne-1",
    meaning: "Two exponentials and a constant through 33 observations.",
    dimension: [5, 5, 5],
    start: |_| vec![0.5, 1.5, -1.0, 0.01, 0.02],
    residuals: |_| {
        let y = [
            0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658, 0.628,
            0.603, 0.580, 0.558, 0.538, 0.522, 0.506, 0.490, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420,
            0.414, 0.411, 0.406,
        ];
        rows(&y, |i, y| {
            let t = 10.0 * (i - 1.0);
            format!("{y} - (x[1] + x[2]*exp(-{t}*x[4]) + x[3]*exp(-{t}*x[5]))")
        })
    },
    // The second is the best constant and one exponential.
    minima: &[5.46489e-5],
};
pub(super) const OSBORNE_2: Problem = Problem {
    name: "mgh-osborne-2",
    meaning: "An exponential and three peaks through 65 observations.",
    dimension: [11, 11, 11],
    start: |_| vec![1.3, 0.65, 0.65, 0.7, 0.6, 3.0, 5.0, 7.0, 2.0, 4.5, 5.5],
    residuals: |_| {
        let y = [
            1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608, 0.655, 0.616,
            0.606, 0.602, 0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495,
            0.500, 0.423, 0.395, 0.375, 0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562, 0.607, 0.653, 0.672,
            0.708, 0.633, 0.668, 0.645, 0.632, 0.591, 0.559, 0.597, 0.625, 0.739, 0.710, 0.729, 0.720, 0.636, 0.581,
            0.428, 0.292, 0.162, 0.098, 0.054,
        ];
        rows(&y, |i, y| {
            let t = (i - 1.0) / 10.0;
            let peak = |a: u32| format!("x[{a}]*exp(-({t} - x[{}])^2*x[{}])", a + 7, a + 4);
            format!("{y} - (x[1]*exp(-{t}*x[5]) + {} + {} + {})", peak(2), peak(3), peak(4))
        })
    },
    minima: &[4.01377e-2],
};
