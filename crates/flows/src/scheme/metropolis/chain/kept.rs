//! What of a chain goes into a checkpoint.
use super::{Chain, Machine, Phase};
use steepest_core::{Archive, Persist};

/// Between two calls of `advance`, when no chain is moving: a trajectory under way does not pass, nor does the tape, which
/// its reader has emptied.
impl Persist for Chain {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self {
            at,
            metric,
            step,
            phase,
            search,
            adaptation,
            transitions,
            learned,
            id,
            kernel,
            adapted,
            choices,
            scratch,
            persistence,
            slice,
            in_step,
            tape,
        } = self;
        slice.pass(archive)?;
        let _ = (id, adapted, choices, scratch, persistence, in_step, tape);
        match kernel {
            Machine::Hmc(_) | Machine::Nuts(_) | Machine::Barker(_) => {}
            Machine::Isokinetic(isokinetic) => isokinetic.length.pass(archive)?,
        }
        at.pass(archive)?;
        metric.pass(archive)?;
        step.pass(archive)?;
        transitions.pass(archive)?;
        learned.pass(archive)?;
        let mut kind: u8 = match phase {
            Phase::New => 0,
            Phase::Searching => 1,
            Phase::Resting | Phase::Moving => 2,
        };
        kind.pass(archive)?;
        *phase = *[Phase::New, Phase::Searching, Phase::Resting].get(usize::from(kind))?;
        search.pass(archive)?;
        let mut adapting = adaptation.is_some();
        adapting.pass(archive)?;
        if !adapting {
            *adaptation = None;
        }
        match adaptation {
            Some(adaptation) => adaptation.pass(archive),
            None => (!adapting).then_some(()),
        }
    }
}
