//! Observers: the ledger and what it is made of.
pub mod batches;
pub mod check;
pub mod diagnostics;
pub mod ledger;
pub mod moments;
pub mod passages;
pub mod times;
pub mod virial;
pub use batches::Batches;
pub use check::{Check, Verdict};
pub use ledger::Ledger;
pub use moments::Moments;
pub use passages::{Passage, Passages};
pub use times::Times;
pub use virial::Virial;
