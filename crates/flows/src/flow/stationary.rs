//! STATIONARY ACTION: the path between two points in a given time, by Newton's method, and by continuation in the time where that
//! does not arrive from the first guess.
use crate::functional::Action;
use crate::noise::Still;
use crate::scheme::Newton;
use crate::state::Path;
use steepest_core::{Fault, Flow, Lagrangian, Scheme, Tick};

/// What it took to find a stationary path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stationary {
    /// Newton steps.
    pub steps: u64,
    /// Evaluations of the differential or the second variation.
    pub gradients: u64,
    /// Shorter times that were solved for on the way.
    pub continued: u32,
    /// Size of the correction after each step of the last solve, as a share of that of the path.
    pub corrections: Vec<f64>,
    /// Whether it arrived; otherwise it was told to stop.
    pub done: bool,
}
/// Steps of one solve.
const EACH: usize = 100;
/// Shorter times that are tried.
const TRIES: u32 = 200;

/// Makes `path` stationary: it ends at the same points after the same time, and its nodes satisfy the discrete Euler-Lagrange
/// equations to `scheme.tolerance`. `watch` hears after each step of the steps so far, of the share of the time that is being solved
/// for, and of the last correction, and says whether to stop; `most` bounds the steps.
///
/// Where the damped Newton method does not arrive from the path as given, it may go downhill, to a minimum; where there is none it is
/// begun with a shorter time, for which a path between the same points differs less from a straight one, and the time is drawn out
/// from there. `scheme.downhill` is not asked.
///
/// # Errors
/// [`Fault::Stalled`] where it arrives in no way, [`Fault::Inadmissible`] where the action of the first guess is not finite; the path
/// is then the one it got to.
pub fn stationary<L: Lagrangian>(
    action: &Action<L>,
    path: &mut Path,
    scheme: Newton,
    most: u64,
    watch: &mut dyn FnMut(u64, f64, f64) -> bool,
) -> Result<Stationary, Fault> {
    let functional = Action { lagrangian: &action.lagrangian, rule: action.rule.clone() };
    let flow = Flow { functional, geometry: (), noise: Still };
    let (time, guess) = (path.time, path.x.clone());
    let mut told = Stationary::default();
    let mut solve = |path: &mut Path, told: &mut Stationary, share: f64, downhill: bool| -> Result<bool, Fault> {
        path.time = time * share;
        let scheme = Newton { downhill, ..scheme };
        let mut memory = scheme.memory(&flow, path);
        told.corrections.clear();
        while !memory.done {
            if told.steps >= most || told.corrections.len() >= EACH {
                return Err(Fault::Stalled { step: told.steps, residual: memory.correction });
            }
            let at = Tick { step: told.steps, ..Tick::default() };
            told.gradients += scheme.step(&flow, at, 1.0, path, &mut memory)?.gradients;
            told.steps += 1;
            told.corrections.push(memory.correction);
            if watch(told.steps, share, memory.correction) {
                return Ok(false);
            }
        }
        Ok(true)
    };
    let first = solve(path, &mut told, 1.0, false);
    let second = match first {
        Ok(_) => first,
        Err(_) => {
            path.x.copy_from_slice(&guess);
            solve(path, &mut told, 1.0, true)
        }
    };
    if let Ok(done) = second {
        told.done = done;
        return Ok(told);
    }
    // Back to the guess, at shorter and shorter times, until one is solved; from there up.
    let (mut solved, mut share, mut stretch) = (None::<(f64, Vec<f64>)>, 0.5, 2.0);
    for _ in 0..TRIES {
        if told.steps >= most {
            break;
        }
        path.x.clone_from(solved.as_ref().map_or(&guess, |(_, x)| x));
        match solve(path, &mut told, share, false) {
            Ok(false) => {
                path.time = time;
                return Ok(told);
            }
            Ok(true) if share == 1.0 => {
                told.done = true;
                return Ok(told);
            }
            Ok(true) => {
                told.continued += 1;
                stretch = f64::min(stretch * stretch, 2.0);
                solved = Some((share, path.x.clone()));
                share = (share * stretch).min(1.0);
            }
            Err(_) => match &solved {
                None => share *= 0.5,
                Some((below, _)) => {
                    stretch = (share / below).sqrt();
                    share = below * stretch;
                    if stretch < 1.0 + 1e-4 {
                        break;
                    }
                }
            },
        }
        if share < 1e-9 {
            break;
        }
    }
    path.time = time;
    first.map(|_| told)
}
