//! CLOCK: wall and processor time of a phase, and how much work makes a good piece.
use std::time::{Duration, Instant};
use steepest_core::{Archive, Persist};
use steepest_record::Seconds;

/// Wall and processor seconds since it was started.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    start: Instant,
    cpu: f64,
}
impl Clock {
    pub(super) fn start() -> Self {
        Clock { start: Instant::now(), cpu: processor_seconds() }
    }
    pub(super) fn wall(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }
    /// Over all threads of the process; NaN where the system does not say.
    pub(super) fn cpu(&self) -> f64 {
        processor_seconds() - self.cpu
    }
}
/// User and system time of this process so far; NaN where the system does not say.
#[cfg(unix)]
fn processor_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + 1e-9 * time.tv_nsec as f64
}
/// Not known here.
#[cfg(not(unix))]
fn processor_seconds() -> f64 {
    f64::NAN
}

/// What the phases of a run took, over all its sittings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopwatch {
    clock: Clock,
    /// Wall seconds of warm-up.
    pub(super) warmup: f64,
    /// Wall seconds of the run proper.
    pub(super) run: f64,
    /// Processor seconds of each.
    pub(super) cpu: [f64; 2],
}
impl Stopwatch {
    pub(super) fn start() -> Self {
        Stopwatch { clock: Clock::start(), warmup: 0.0, run: 0.0, cpu: [0.0; 2] }
    }
    /// Gives the time since the last lap to a phase.
    pub(super) fn lap(&mut self, warm: bool) {
        *(if warm { &mut self.warmup } else { &mut self.run }) += self.clock.wall();
        self.cpu[usize::from(!warm)] += self.clock.cpu();
        self.skip();
    }
    /// Gives the time since the last lap to nobody.
    pub(super) fn skip(&mut self) {
        self.clock = Clock::start();
    }
    /// Wall seconds of all phases until now.
    pub(super) fn so_far(&self) -> f64 {
        self.warmup + self.run + self.clock.wall()
    }
    pub(super) fn seconds(&self, setup: f64) -> Seconds {
        Seconds { setup, warmup: self.warmup, run: self.run }
    }
}
impl Persist for Stopwatch {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { clock: _, warmup, run, cpu } = self;
        warmup.pass(archive)?;
        run.pass(archive)?;
        cpu.pass(archive)
    }
}

/// Cuts a long count into pieces of a given time, so that a bar moves and Ctrl-C is heard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pieces {
    seconds: f64,
    size: u64,
    last: Instant,
}
impl Pieces {
    pub(super) fn of(seconds: f64) -> Self {
        Pieces { seconds, size: 1, last: Instant::now() }
    }
    /// Leaves time that was not work out of account.
    pub(super) fn forget(&mut self, time: Duration) {
        self.last += time;
    }
    /// How many of the `left` to do next.
    pub(super) fn next(&mut self, left: u64) -> u64 {
        let spent = self.last.elapsed().as_secs_f64().max(1e-6);
        let factor = (self.seconds / spent).clamp(0.5, 4.0);
        self.size = ((self.size as f64 * factor) as u64).clamp(1, 1_000_000);
        self.last = Instant::now();
        self.size.min(left)
    }
}
