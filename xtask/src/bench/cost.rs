//! The cost curve of a logistic regression: time a gradient, time a draw, the rest of the run and memory, over rows, columns and
//! chains; and a posterior of a million rows.
use super::{
    Request, machine,
    ours::{self, Ours},
};
use crate::process::{build, target};
use std::fs::{File, create_dir_all, remove_file};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// One size of the problem.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Size {
    rows: usize,
    columns: usize,
    chains: usize,
}

/// What grows while the rest stays as it is, and how fast each figure may grow with it: exponents of time a gradient, time a
/// draw, the rest of the run (reading, building, ledger, writing) and memory.
struct Axis {
    name: &'static str,
    flow: &'static str,
    /// Draws of each chain, and as many of warm-up.
    draws: usize,
    of: fn(Size) -> usize,
    expected: [f64; 4],
}
const FIGURES: [&str; 4] = ["gradient", "draw", "rest", "memory"];
/// A slope that is so much steeper than expected is a surprise: caches that end cost about as much once.
const MARGIN: f64 = 0.4;
/// Less than this is the start of a process, or memory it has in any case: seconds, bytes.
const FLOOR: [f64; 4] = [0.0, 0.0, 0.3, 6.4e7];

const AXES: [Axis; 3] = [
    Axis { name: "rows", flow: "nuts", draws: 30, of: |s| s.rows, expected: [1.0, 1.0, 1.0, 1.0] },
    // Trajectories grow as p^(1/4); building takes p^2.
    Axis { name: "columns", flow: "nuts", draws: 30, of: |s| s.columns, expected: [1.0, 1.25, 2.0, 1.0] },
    Axis { name: "chains", flow: "chees", draws: 20, of: |s| s.chains, expected: [0.0, 0.0, 1.0, 1.0] },
];
const CASES: &[&str] = &["rows", "columns", "chains", "large"];

/// The sizes of an axis.
fn sizes(axis: &str, size: &str) -> Vec<Size> {
    let upto = |all: &'static [usize], tiny: usize, small: usize| match size {
        "tiny" => &all[..tiny],
        "small" => &all[..small],
        _ => all,
    };
    let of = |all: &[usize], make: fn(usize) -> Size| all.iter().map(|x| make(*x)).collect();
    match axis {
        "rows" => of(upto(&[1_000, 10_000, 100_000, 1_000_000], 2, 3), |rows| Size { rows, columns: 10, chains: 4 }),
        "columns" => of(upto(&[2, 10, 50, 100, 250, 500], 2, 4), |columns| Size { rows: 10_000, columns, chains: 4 }),
        _ => of(upto(&[10, 100, 1_000, 10_000, 100_000], 2, 3), |chains| Size { rows: 200, columns: 10, chains }),
    }
}

/// What one size took.
#[derive(Clone, Copy, Debug)]
struct Point {
    size: Size,
    /// CPU seconds a gradient of a chain, CPU seconds a draw of a chain, CPU seconds of the rest, bytes.
    figures: [f64; 4],
}

/// Runs the cases asked for.
pub fn run(request: &Request) -> Result<(), String> {
    let cases = request.cases(CASES)?;
    build()?;
    println!("cost of a logistic regression, the least of {} rounds, {}", request.rounds, machine());
    println!(
        "gradient and draw: CPU time of one chain; rest: reading, building, ledger, writing; memory: the most held\n"
    );
    let mut surprises = 0;
    for case in cases {
        match AXES.iter().find(|axis| axis.name == case) {
            Some(axis) => surprises += curve(request, axis)?,
            None => large(request)?,
        }
    }
    println!("{surprises} slopes steeper than they should be");
    Ok(())
}

/// Runs an axis and prints its table; the number of surprises.
fn curve(request: &Request, axis: &Axis) -> Result<usize, String> {
    let mut points = Vec::new();
    println!("## {}", axis.name);
    println!(
        "{:>9} {:>7} {:>7} {:>14} {:>14} {:>10} {:>12}",
        "rows", "columns", "chains", "us / gradient", "us / draw", "rest s", "memory MiB"
    );
    for size in sizes(axis.name, request.size) {
        let data = table(size)?;
        let mut least = [f64::INFINITY; 4];
        for _ in 0..request.rounds {
            let settings = [
                format!("functional.data={:?}", data.display().to_string()),
                format!("state.chains={}", size.chains),
                format!("run.draws={}", axis.draws),
                format!("run.warmup={}", axis.draws),
            ];
            let run = ours::run(&Path::new("cost").join(format!("{}.toml", axis.flow)), &settings)?;
            let taken = figures(&run, size, 2 * axis.draws);
            least.iter_mut().zip(taken).for_each(|(least, taken)| *least = least.min(taken));
        }
        remove_file(&data).map_err(|e| format!("{}: {e}", data.display()))?;
        let Size { rows, columns, chains } = size;
        let [gradient, draw, rest, memory] = least;
        println!(
            "{rows:>9} {columns:>7} {chains:>7} {:>14.2} {:>14.1} {rest:>10.2} {:>12.0}",
            1e6 * gradient,
            1e6 * draw,
            memory / f64::from(1 << 20)
        );
        points.push(Point { size, figures: least });
    }
    let mut surprises = 0;
    for (k, name) in FIGURES.iter().enumerate() {
        let slopes = slopes(axis, &points, k);
        let all: Vec<String> = slopes.iter().map(|slope| format!("{slope:5.2}")).collect();
        let steep = slopes.iter().zip(&points[1..]).filter(|(slope, _)| **slope > axis.expected[k] + MARGIN);
        let steep: Vec<String> = steep.map(|(_, point)| (axis.of)(point.size).to_string()).collect();
        surprises += steep.len();
        let flag = if steep.is_empty() { String::new() } else { format!("  SURPRISE at {}", steep.join(", ")) };
        println!("log-log slopes, {name:8}: {} (expected {:4.2}){flag}", all.join(" "), axis.expected[k]);
    }
    println!();
    Ok(surprises)
}

fn figures(run: &Ours, size: Size, transitions: usize) -> [f64; 4] {
    let gradients = run.summary["gradients"].as_f64().unwrap_or(f64::NAN);
    let draws = (size.chains * transitions) as f64;
    [run.cpu() / gradients, run.cpu() / draws, run.process - run.cpu(), run.memory as f64]
}

/// Slopes between neighbours on log-log axes; what is below the floor counts as the floor.
fn slopes(axis: &Axis, points: &[Point], k: usize) -> Vec<f64> {
    let slope = |pair: &[Point]| {
        let grown = (axis.of)(pair[1].size) as f64 / (axis.of)(pair[0].size) as f64;
        let figure = |point: &Point| point.figures[k].max(FLOOR[k]);
        (figure(&pair[1]) / figure(&pair[0])).ln() / grown.ln()
    };
    points.windows(2).map(slope).collect()
}

/// A posterior of a long table in single precision, from the file to the ledger.
fn large(request: &Request) -> Result<(), String> {
    let rows = match request.size {
        "tiny" => 10_000,
        "small" => 100_000,
        _ => 1_000_000,
    };
    let size = Size { rows, columns: 100, chains: 4 };
    let data = table(size)?;
    println!("## large: {rows} rows x 100 columns, 4 chains, 150 transitions of warm-up and 250 draws");
    for precision in ["single", "double"] {
        let settings = [
            format!("functional.data={:?}", data.display().to_string()),
            format!("functional.precision={precision}"),
            "run.draws=250".into(),
            "run.warmup=150".into(),
        ];
        let run = ours::run(Path::new("cost/nuts.toml"), &settings)?;
        let [gradient, _, rest, memory] = figures(&run, size, 400);
        let rounding = run.summary["ledger"].as_array().into_iter().flatten();
        let rounding = rounding.filter(|l| l["check"] == "rounding of the columns").find_map(|l| l["value"].as_f64());
        println!(
            "{precision}: {:.0} wall s and {:.0} CPU s of sampling, {:.2} ms of CPU a gradient, {rest:.0} CPU s for the rest, {:.2} GiB at the most, least ESS {:.0}{}",
            run.wall(),
            run.cpu(),
            1e3 * gradient,
            memory / f64::from(1 << 30),
            run.least_ess(),
            rounding.map_or_else(String::new, |shift| format!(", the mode moves by {shift:.1e} sd at most")),
        );
        for check in run.violated() {
            println!("  VIOLATED: {check}");
        }
    }
    println!();
    remove_file(&data).map_err(|e| format!("{}: {e}", data.display()))
}

/// Columns of standard normals and a response of 0 and 1, the same each time.
fn table(size: Size) -> Result<PathBuf, String> {
    let Size { rows, columns, .. } = size;
    let folder = target().join("bench");
    let path = folder.join(format!("cost-{rows}x{columns}.csv"));
    let write = || -> std::io::Result<()> {
        create_dir_all(&folder)?;
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&path)?);
        let names: Vec<String> = (1..=columns).map(|j| format!("x{j}")).collect();
        writeln!(out, "{},y", names.join(","))?;
        let mut random = Random(1);
        for _ in 0..rows {
            let mut eta = 0.3;
            for j in 0..columns {
                let x = random.normal();
                eta += x * (0.7 * j as f64).sin() / (columns as f64).sqrt();
                write!(out, "{x:.4},")?;
            }
            writeln!(out, "{}", u8::from(random.uniform() < 1.0 / (1.0 + (-eta).exp())))?;
        }
        out.flush()
    };
    write().map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(path)
}

/// Numbers of Sebastiano Vigna's splitmix64: enough for data to be timed on.
struct Random(u64);
impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
    /// By the polar form of Box and Muller, one of two.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (2.0 * std::f64::consts::PI * self.uniform()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_those_of_powers_and_steep_ones_are_seen() {
        let axis = &AXES[0];
        let point = |rows: usize| {
            let n = rows as f64;
            Point { size: Size { rows, columns: 10, chains: 4 }, figures: [1e-9 * n, n * n, 1e-9 * n, 1e9] }
        };
        let points = [1_000, 10_000, 1_000_000].map(point);
        let near = |k: usize, expected: [f64; 2]| {
            slopes(axis, &points, k).iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-12, "{k}: {a}"));
        };
        near(0, [1.0, 1.0]);
        near(1, [2.0, 2.0]);
        // Below the floor nothing is judged.
        near(2, [0.0, 0.0]);
        near(3, [0.0, 0.0]);
        assert!(slopes(axis, &points, 1)[0] > axis.expected[1] + MARGIN);
    }

    #[test]
    fn every_axis_grows_and_has_its_flow() {
        for axis in &AXES {
            for size in ["tiny", "small", "full"] {
                let all = sizes(axis.name, size);
                assert!(all.len() > 1 && all.windows(2).all(|w| (axis.of)(w[0]) < (axis.of)(w[1])), "{}", axis.name);
            }
            assert!(crate::process::top().join(format!("bench/cost/{}.toml", axis.flow)).exists());
        }
        let mut random = Random(1);
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..10_000 {
            let x = random.normal();
            sum += x;
            squares += x * x;
        }
        // Four standard errors: 0.04 and 0.057.
        assert!((sum / 1e4_f64).abs() < 0.04 && (squares / 1e4_f64 - 1.0).abs() < 0.057, "{sum} {squares}");
    }
}
