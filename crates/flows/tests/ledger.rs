//! Deliberately broken noisy runs must be flagged, and honest ones must not.
use steepest_core::{Balanced, Batch, Flow, Noise, Plan, Potential, Scheme, Split, Sum, Tangent, Tick, Workspace, run};
use steepest_flows::flow::audit::{Audit, Auditable, audit_cloud, audit_phase};
use steepest_flows::flow::chain_ledger::{Positions, Tally, agreement, diagnose, law, transitions};
use steepest_flows::flow::metropolis::Metropolis;
use steepest_flows::functional::{Hamiltonian, PotentialEnergy, Quadratic};
use steepest_flows::geometry::{Euclidean, Friction, Symplectic};
use steepest_flows::noise::{Precision, Thermal, normals};
use steepest_flows::observer::{Check, Moments, Verdict};
use steepest_flows::scheme::metropolis::{Draw, Kernel};
use steepest_flows::scheme::splitting::Kinetic;
use steepest_flows::scheme::{BAOAB, EULER_MARUYAMA, Explicit, LEIMKUHLER_MATTHEWS, OBABO, Splitting};
use steepest_flows::state::{Cloud, Phase};

const BETA: f64 = 2.0;
fn well() -> Quadratic {
    Quadratic { stiffness: [1.0, 3.0].into() }
}
/// A bath whose shocks are wrong by a factor, though it claims to be in balance.
#[derive(Clone)]
struct Loud(Thermal, f64);
impl Balanced for Loud {
    fn beta(&self) -> f64 {
        self.0.beta
    }
}
impl Noise<Cloud, Euclidean> for Loud {
    fn kick(&self, g: &Euclidean, at: Tick, x: &Cloud, h: f64, out: &mut Tangent, work: &mut Workspace) {
        let before = out.0.clone();
        self.0.kick(g, at, x, h, out, work);
        out.0.iter_mut().zip(before).for_each(|(o, b)| *o = b + self.1 * (*o - b));
    }
}
type Underdamped = Flow<Hamiltonian<Quadratic>, Sum<Symplectic, Friction>, Thermal>;
/// An O step that shakes too much.
struct LoudSplit<'a>(&'a Underdamped, f64);
impl Split<Phase> for LoudSplit<'_> {
    type Part = Kinetic;
    type Memory = <Underdamped as Split<Phase>>::Memory;
    fn memory(&self, x: &Phase) -> Self::Memory {
        self.0.memory(x)
    }
    fn advance(&self, part: Kinetic, place: u16, at: Tick, h: f64, x: &mut Phase, m: &mut Self::Memory) -> u64 {
        let before = x.p().to_vec();
        let gradients = self.0.advance(part, place, at, h, x, m);
        if part == Kinetic::O {
            let decay = (-self.0.geometry.1.gamma * h).exp();
            x.split_mut().1.iter_mut().zip(before).for_each(|(p, b)| *p = decay * b + self.1 * (*p - decay * b));
        }
        gradients
    }
}
fn bath(audit: &Audit) -> Check {
    Check::unit("noise variance", (audit.bath.mean(), (2.0 / audit.bath.count).sqrt()), 0.0, 0.04, ("", ""))
}
fn fluctuation(audit: &Audit) -> Check {
    Check::unit("fluctuation", (audit.fluctuation.mean(), audit.fluctuation.standard_error()), 0.0, 0.1, ("", ""))
}
/// n replicas in equilibrium.
fn cloud(n: usize) -> Cloud {
    let mut x = Cloud::from_fn(n, 2, |_, _| 0.0);
    normals(Tick::start(9), 40, Precision::Double, n, &mut x.x);
    for (k, x) in x.x.iter_mut().enumerate() {
        *x /= (BETA * [1.0, 3.0][k / n]).sqrt();
    }
    x
}
fn phase(n: usize) -> Phase {
    let q = cloud(n);
    let mut x = Phase::at_rest(n, 2, |i, j| q.x[j * n + i]);
    normals(Tick::start(9), 41, Precision::Double, n, x.split_mut().1);
    x.split_mut().1.iter_mut().for_each(|p| *p /= BETA.sqrt());
    x
}

/// 100,000 shocks: an error of the amplitude by 0.9 % passes four standard errors; 2 % is flagged, either way, and the honest
/// bath is not.
#[test]
fn a_noise_factor_off_by_two_per_cent_is_flagged() {
    let claim = Flow {
        functional: Hamiltonian(well()),
        geometry: Sum(Symplectic, Friction { gamma: 1.0 }),
        noise: Thermal::new(BETA),
    };
    for (factor, expected) in [(1.0, Verdict::Holds), (1.02, Verdict::Violated), (0.98, Verdict::Violated)] {
        let flow =
            Flow { functional: PotentialEnergy(well()), geometry: Euclidean, noise: Loud(Thermal::new(BETA), factor) };
        let mut audit = Audit::default();
        let x = cloud(50_000);
        audit_cloud((&well(), BETA), 1.0, (&flow, &Explicit), (Tick::start(3), 0.05), &x, &mut audit);
        assert_eq!(bath(&audit).verdict, expected, "overdamped, factor {factor}: {:?}", audit.bath.mean());
        let mut audit = Audit::default();
        audit_phase(&claim, (&LoudSplit(&claim, factor), &BAOAB), (Tick::start(3), 0.2), &phase(50_000), &mut audit);
        assert_eq!(bath(&audit).verdict, expected, "underdamped, factor {factor}: {:?}", audit.bath.mean());
    }
}

/// In equilibrium exp(-w) averages to one for every scheme with a path law and any stride, to four standard errors of 100,000
/// replicas; and the mean work shrinks like h^3 for Euler-Maruyama, h^5 for
/// BAOAB (the shock in its middle is of size sqrt(h)) and h^6 for OBABO (an undisturbed Verlet stride).
#[test]
fn the_fluctuation_theorem_holds_at_every_stride() {
    let n = 100_000;
    let langevin = Flow { functional: PotentialEnergy(well()), geometry: Euclidean, noise: Thermal::new(BETA) };
    let kinetic = Flow {
        functional: Hamiltonian(well()),
        geometry: Sum(Symplectic, Friction { gamma: 1.0 }),
        noise: Thermal::new(BETA),
    };
    let look = |h: f64, word: Option<&Splitting<Kinetic>>| {
        let mut audit = Audit::default();
        match word {
            None => langevin.audit(&EULER_MARUYAMA, Tick::start(1), h, &cloud(n), &mut audit),
            Some(word) => kinetic.audit(word, Tick::start(1), h, &phase(n), &mut audit),
        }
        audit
    };
    for (name, word, slope) in [("EM", None, 3.0), ("BAOAB", Some(&BAOAB), 5.0), ("OBABO", Some(&OBABO), 6.0)] {
        let works: Vec<f64> = [0.1, 0.2, 0.4]
            .into_iter()
            .map(|h| {
                let audit = look(h, word);
                assert_eq!(
                    fluctuation(&audit).verdict,
                    Verdict::Holds,
                    "{name}, h = {h}: {}",
                    audit.fluctuation.mean()
                );
                assert_eq!(bath(&audit).verdict, Verdict::Holds);
                // <w> = <w^2> / 2 for small work, and is far better resolved that way.
                0.5 * (audit.work.variance() + audit.work.mean().powi(2))
            })
            .collect();
        let found = (works[1] / works[0]).log2();
        println!("{name}: work {works:?}, slope {found:.2}");
        assert!((found - slope).abs() < 0.5, "{name}: slope {found}");
    }
}

/// A force that is wrong by 5 % in one coordinate, under a scheme that trusts it: the temperature of the positions and the
/// fluctuation theorem both say so after the run has settled.
#[test]
fn a_wrong_force_shows_in_the_temperatures() {
    let honest = Flow { functional: PotentialEnergy(well()), geometry: Euclidean, noise: Thermal::new(BETA) };
    let skewed = Flow {
        functional: PotentialEnergy(Quadratic { stiffness: [1.0, 3.3].into() }),
        geometry: Euclidean,
        noise: Thermal::new(BETA),
    };
    let n = 200_000;
    let h = 0.01;
    let mut x = cloud(n);
    let mut memory = LEIMKUHLER_MATTHEWS.memory(&skewed, &x);
    run(&skewed, &LEIMKUHLER_MATTHEWS, &mut x, &mut memory, Tick::start(5), Plan::new(h, 150), &mut []).unwrap();
    let mut audit = Audit::default();
    honest.audit(&EULER_MARUYAMA, Tick::start(6), h, &x, &mut audit);
    let z = (audit.virial.mean() - 1.0) / audit.virial.standard_error();
    println!("virial {:.4}, z = {z:.1}", audit.virial.mean());
    assert!(z < -4.0);
}

#[test]
fn chains_in_different_modes_are_flagged() {
    let mut z = vec![0.0; 4000];
    normals(Tick::start(2), 1, Precision::Double, 4000, &mut z);
    let verdict = |shift: f64| {
        let x: Vec<f64> = z.iter().enumerate().map(|(k, z)| z + if k / 1000 == 3 { shift } else { 0.0 }).collect();
        let chains: Vec<&[f64]> = x.chunks(1000).collect();
        agreement(&[diagnose(&chains)], 4)[0].clone()
    };
    assert_eq!(verdict(0.0).verdict, Verdict::Holds);
    // A fourth chain half a standard deviation away is already too much.
    assert_eq!(verdict(0.5).verdict, Verdict::Violated);
    assert_eq!(verdict(6.0).verdict, Verdict::Violated);
}

/// 200 honest runs of four chains of 500 draws, correlated by 0.77 (an ESS of 260 or so): more than half have an R-hat above 1.01, all but two
/// at most of which are put down to chance. With a chain that is two standard deviations away none is, beside quantities that agree or alone.
#[test]
fn an_rhat_that_chance_makes_is_no_disagreement() {
    let of = |key: u64, apart: f64| {
        let mut z = vec![0.0; 2000];
        normals(Tick::start(key), 7, Precision::Double, 2000, &mut z);
        for (c, chain) in z.chunks_exact_mut(500).enumerate() {
            (1..500).for_each(|t| chain[t] = 0.77 * chain[t - 1] + (1.0f64 - 0.77 * 0.77).sqrt() * chain[t]);
            chain.iter_mut().filter(|_| c == 3).for_each(|x| *x += apart);
        }
        diagnose(&z.chunks_exact(500).collect::<Vec<_>>())
    };
    let (mut above, mut violated) = (0, 0);
    for key in 0..200 {
        let (agree, apart) = (of(key, 0.0), of(key, 2.0));
        let check = agreement(&[agree], 4)[0].clone();
        above += usize::from(check.value > check.bound);
        violated += usize::from(check.verdict == Verdict::Violated);
        assert_eq!(agreement(&[apart], 4)[0].verdict, Verdict::Violated, "{key}: {apart:?}");
        assert_eq!(agreement(&[agree, apart], 4)[0].verdict, Verdict::Violated, "{key}: {apart:?}");
    }
    println!("R-hat above 1.01 in {above} of 200 honest runs, violated in {violated}");
    assert!(above > 80 && violated <= 2, "{above} {violated}");
}

/// A quantity that never moved has no sizes, beside one that did, and alone it decides nothing. Chains that are stuck apart disagree.
#[test]
fn equal_draws_are_no_sample() {
    let (still, other) = ([[0.7; 100]; 4], [[0.1; 100], [0.2; 100], [0.3; 100], [0.4; 100]]);
    let of = |chains: &[[f64; 100]; 4]| diagnose(&chains.each_ref().map(|chain| &chain[..]));
    let found = of(&still);
    assert!(found.still && found.stuck && found.rhat.is_nan(), "{found:?}");
    assert!(found.ess_bulk.is_nan() && found.ess_tail.is_nan(), "{found:?}");
    assert!(agreement(&[found], 4).iter().all(|check| check.verdict == Verdict::Inconclusive));
    let apart = of(&other);
    assert!(!apart.still && apart.stuck && apart.rhat > 1e6, "{apart:?}");
    assert!(apart.ess_bulk.is_nan() && apart.ess_tail.is_nan() && apart.tail.over().is_nan(), "{apart:?}");
    assert_eq!(agreement(&[found, apart], 4)[0].verdict, Verdict::Violated);
}

#[test]
fn momenta_at_the_wrong_temperature_and_long_steps_are_flagged() {
    let mut z = vec![0.0; 40_000];
    normals(Tick::start(3), 1, Precision::Double, 40_000, &mut z);
    let found = |factor: f64, acceptance: f64| {
        let draw = |p: &[f64]| Draw {
            kinetic: 0.5 * factor * factor * p.iter().map(|p| p * p).sum::<f64>(),
            energy: p[0] * p[0] + p[1],
            acceptance,
            ..Draw::default()
        };
        let draws: Vec<Draw> = z.chunks(10).map(draw).collect();
        let chains: Vec<Tally> = draws.chunks(1000).map(|chain| Tally::of(chain, 10)).collect();
        transitions(&chains, Kernel::Nuts { max_depth: 10 })
    };
    let verdict = |checks: &[Check], name: &str| checks.iter().find(|c| c.name == name).unwrap().verdict;
    assert_eq!(verdict(&found(1.0, 0.8), "kinetic temperature"), Verdict::Holds);
    assert_eq!(verdict(&found(1.02, 0.8), "kinetic temperature"), Verdict::Violated);
    assert_eq!(verdict(&found(1.0, 0.8), "acceptance"), Verdict::Holds);
    assert_eq!(verdict(&found(1.0, 0.2), "acceptance"), Verdict::Violated);
}

/// 200 honest runs of four MALA chains in equilibrium, 500 draws each: deviations from one over their errors have an sd of one, or
/// less where works telescope along a chain. Errors of independent draws make it 0.48 with the short step, and of exp(-work) without
/// a weight 1.5 with the long one, whose largest works decide; both die. The line is violated beyond four errors: never here. With
/// the short step works that are 0.03 too small, 3 % of exp(-work), always are; 0.02 are in nine of ten runs, 0.01 in one of fourteen.
#[test]
fn the_error_of_the_fluctuation_theorem_is_that_of_chains() {
    let (n, draws) = (800, 500);
    for (d, h, shift) in [(5, 0.8, 0.03), (1, 1.8, 0.0)] {
        let flow = Flow {
            functional: Hamiltonian(Quadratic::new(&vec![1.0; d])),
            geometry: Sum(Symplectic, Friction { gamma: 1.0 }),
            noise: Thermal::new(1.0),
        };
        let scheme = Metropolis { kernel: Kernel::Mala, adapt: None, threads: 2 };
        let mut x = Phase::at_rest(n, d, |_, _| 0.0);
        normals(Tick::start(13), 42, Precision::Double, n, &mut x.z[..n * d]);
        let mut memory = scheme.memory(&flow, &x);
        scheme.advance(&flow, Tick::start(14), h, draws, &mut x, &mut memory).unwrap();
        let tallies = |shift: f64| -> Vec<Tally> {
            let less = |draw: &Draw| Draw { first_error: draw.first_error - shift, ..*draw };
            let tally = |draws: &[Draw]| Tally::of(&draws.iter().map(less).collect::<Vec<_>>(), d);
            memory.chains.iter().map(|chain| tally(&chain.tape.draws)).collect()
        };
        let line = |chains: &[Tally]| {
            let checks = transitions(chains, Kernel::Mala);
            checks.into_iter().find(|check| check.name == "fluctuation theorem").unwrap()
        };
        let honest: Vec<Check> = tallies(0.0).chunks(4).map(line).collect();
        let z: Moments = honest.iter().map(|check| 4.0 * check.value / check.bound).collect();
        println!("step {h}: z = {:.2}, sd {:.3}", z.mean(), z.variance().sqrt());
        assert!((0.62..1.25).contains(&z.variance().sqrt()) && z.mean().abs() < 0.3);
        assert!(honest.iter().all(|check| check.verdict == Verdict::Holds && check.bound < 0.1));
        // Many chains are judged by how far they lie apart.
        assert_eq!(line(&tallies(0.0)).verdict, Verdict::Holds);
        if shift > 0.0 {
            assert!(tallies(shift).chunks(4).all(|chains| line(chains).verdict == Verdict::Violated));
        }
    }
}

/// 1,000 transitions of which some diverge where V is finite and others where it is not: of single leapfrogs both count, of trajectories
/// the first, unless they are few and the others many times as many, and of Barker's proposals neither.
#[test]
fn leaving_the_domain_is_counted_apart_from_diverging() {
    let found = |kernel: Kernel, broken: usize, outside: usize| {
        let draw = |k: usize| Draw { diverging: k < broken + outside, outside: k < outside, ..Draw::default() };
        let draws: Vec<Draw> = (0..1000).map(draw).collect();
        transitions(&[Tally::of(&draws, 1)], kernel).into_iter().find(|check| check.name == "divergences")
    };
    let nuts = Kernel::Nuts { max_depth: 10 };
    for (kernel, broken, outside, said) in [
        (nuts, 0, 0, Some((0.0, Verdict::Holds))),
        (nuts, 3, 0, Some((3.0, Verdict::Violated))),
        (nuts, 3, 12, Some((3.0, Verdict::Violated))),
        (nuts, 3, 13, Some((16.0, Verdict::Inconclusive))),
        (nuts, 0, 1, Some((1.0, Verdict::Inconclusive))),
        (nuts, 30, 900, Some((930.0, Verdict::Inconclusive))),
        (nuts, 31, 900, Some((31.0, Verdict::Violated))),
        (Kernel::hmc(2), 0, 1, Some((1.0, Verdict::Inconclusive))),
        (Kernel::hmc(1), 0, 1, Some((1.0, Verdict::Violated))),
        (Kernel::Mala, 0, 1, Some((1.0, Verdict::Violated))),
        (Kernel::Generalised { persistence: 0.9 }, 2, 100, Some((102.0, Verdict::Violated))),
        (Kernel::Persistent, 0, 3, Some((3.0, Verdict::Violated))),
        (Kernel::Isokinetic { adjusted: false, length: None }, 3, 13, Some((16.0, Verdict::Inconclusive))),
        (Kernel::Barker, 3, 100, None),
    ] {
        let found = found(kernel, broken, outside).map(|check| (check.value, check.verdict));
        assert_eq!(found, said, "{kernel:?}, {broken} and {outside}");
    }
    // Dynamics that refuse nothing are not exact beside an edge.
    for (adjusted, advice) in [(true, "leaves the law as it is"), (false, "is not exact: set adjusted = true")] {
        let check = found(Kernel::Isokinetic { adjusted, length: None }, 3, 13).unwrap();
        assert!(check.advice.contains(advice), "{check:?}");
    }
}

/// V = x - log x, which ends at 0.
struct HalfLine;
impl Potential for HalfLine {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out.iter_mut().zip(x.column(0)).for_each(|(o, x)| *o += scale * (x - x.ln()));
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out.iter_mut().zip(x.column(0)).for_each(|(o, x)| *o += scale * (1.0 - 1.0 / x));
    }
}
/// A leapfrog that leaves the domain has no way back: exp(-work) averages to the share that stays, and to one where the others count
/// as one, as their weight makes them. 200 runs of four chains in equilibrium, of whose leapfrogs 7 % leave: as zeros they would be
/// 0.07 too low, four times the bound.
#[test]
fn the_fluctuation_theorem_holds_where_the_energy_ends() {
    let (n, draws) = (800, 500);
    let flow = Flow {
        functional: Hamiltonian(HalfLine),
        geometry: Sum(Symplectic, Friction { gamma: 1.0 }),
        noise: Thermal::new(1.0),
    };
    let scheme = Metropolis { kernel: Kernel::Mala, adapt: None, threads: 2 };
    let mut u = vec![0.0; 2 * n];
    steepest_kernels::uniforms(21, 0, 3, 0, &mut u);
    let mut x = Phase::at_rest(n, 1, |i, _| -(u[i] * u[n + i]).ln());
    let mut memory = scheme.memory(&flow, &x);
    scheme.advance(&flow, Tick::start(22), 1.0, draws, &mut x, &mut memory).unwrap();
    let works = || memory.chains.iter().flat_map(|chain| &chain.tape.draws).map(|draw| draw.first_error);
    let left: Moments = works().map(|work| f64::from(u8::from(work == f64::INFINITY))).collect();
    assert!((0.065..0.082).contains(&left.mean()), "{} leave", left.mean());
    let line = |chains: &[Tally]| {
        let checks = transitions(chains, Kernel::Mala);
        checks.into_iter().find(|check| check.name == "fluctuation theorem").unwrap()
    };
    let tallies: Vec<Tally> = memory.chains.iter().map(|chain| Tally::of(&chain.tape.draws, 1)).collect();
    let each: Vec<Check> = tallies.chunks(4).map(line).collect();
    let z: Moments = each.iter().map(|check| 4.0 * check.value / check.bound).collect();
    println!("z = {:.2}, sd {:.3}", z.mean(), z.variance().sqrt());
    // One in 16,000 lies beyond four errors.
    let good = each.iter().filter(|check| check.verdict == Verdict::Holds && check.bound < 0.1).count();
    assert!(good >= 199, "{each:?}");
    assert!(z.mean().abs() < 0.3 && z.variance().sqrt() < 1.25);
}

/// The law of very many chains is judged by some of them: 6,000 of one draw each as 2,000, which see a mean off by a tenth.
#[test]
fn very_many_chains_are_judged_by_some() {
    let positions = |shift: f64, stride: usize| {
        let mut x = vec![0.0; 2 * 6000];
        steepest_kernels::normals(17, 0, 3, 0, &mut x);
        let x: Vec<f64> = x.iter().step_by(stride).map(|x| x + shift).collect();
        Positions { n: 6000 / stride, d: 2, chains: 6000 / stride, x }
    };
    let p = |at: &Positions| law(&Quadratic::new(&[1.0; 2]), 1.0, at).pop().unwrap();
    let (all, some) = (p(&positions(0.0, 1)), p(&positions(0.0, 3)));
    assert_eq!(all.verdict, Verdict::Holds);
    // The same points; their scale is that of all of them.
    assert!((all.value - some.value).abs() < 0.05, "{} {}", all.value, some.value);
    let shifted = p(&positions(0.1, 1));
    assert_eq!(shifted.verdict, Verdict::Violated, "{shifted:?}");
}
