//! The static Schroedinger bridge: each marginal constraint, projected on exactly.
use crate::functional::Bridge;
use crate::geometry::Kullback;
use crate::noise::Still;
use crate::scheme::splitting::Marginal;
use crate::state::Potentials;
use steepest_core::{Flow, Split, Tick, Workspace};

impl Split<Potentials> for Flow<Bridge, Kullback, Still> {
    type Part = Marginal;
    type Memory = Workspace;
    fn memory(&self, _x: &Potentials) -> Workspace {
        Workspace::default()
    }
    /// f += eps log(a / row sums), or g += eps log(b / column sums) [PeyreCuturi2019, Eq. 4.39]. A projection has no
    /// duration: `h` is ignored.
    fn advance(
        &self,
        part: Marginal,
        _place: u16,
        _at: Tick,
        _h: f64,
        x: &mut Potentials,
        work: &mut Workspace,
    ) -> u64 {
        let bridge = &self.functional;
        let (mut row, mut column) = (work.take(bridge.a.len()), work.take(bridge.b.len()));
        bridge.marginals(x, &mut row, &mut column);
        let (f, g) = x.fg.split_at_mut(x.n);
        let (potential, target, reached) = match part {
            Marginal::Source => (f, &bridge.a, &row),
            Marginal::Target => (g, &bridge.b, &column),
        };
        for ((potential, target), reached) in potential.iter_mut().zip(target).zip(reached) {
            *potential += bridge.eps * (target / reached).ln();
        }
        work.give(column);
        work.give(row);
        0
    }
}
