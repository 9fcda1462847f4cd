//! What is known in closed form about a composition: exact parts (`Split`), exact proximal steps (`Proximal`), replays.
pub mod audit;
pub mod bath;
pub mod bias;
pub mod bridge;
pub mod chain_ledger;
pub mod curved;
pub mod gaussian_fokker_planck;
pub mod metropolis;
pub mod overdamped;
pub mod pathfinder;
pub mod pooled;
pub mod replica;
pub mod tempering;
pub mod thermostatted;
pub mod underdamped;
pub use bath::Bath;
