//! What the machine can do: the least that the parts of a stride can cost on one core.
use crate::process::cargo;
use serde_json::Value;

/// Nanoseconds a unit, one core.
pub struct Floor(Value);

impl Floor {
    /// Measures it.
    pub fn measure() -> Result<Floor, String> {
        let (ran, out, errors) = cargo("run --release --quiet --package xtask --example limits").output()?;
        if !ran {
            return Err(errors);
        }
        serde_json::from_str(&out).map(Floor).map_err(|e| format!("floor: {e}"))
    }

    /// `normal`, `normal_single`, `exp`, `log1p_exp`, `logistic`, `flop`, `byte_l1`, `byte_memory`.
    pub fn ns(&self, unit: &str) -> f64 {
        self.0[unit].as_f64().unwrap_or(f64::NAN)
    }

    /// In a line.
    pub fn line(&self) -> String {
        format!(
            "one core: normal {:.2} ns (single precision {:.2}), exp {:.2} ns, logistic {:.2} ns, log(1 + e^x) {:.2} ns, {:.1} GFLOP/s, {:.1} GB/s from L1, {:.1} GB/s from memory",
            self.ns("normal"),
            self.ns("normal_single"),
            self.ns("exp"),
            self.ns("logistic"),
            self.ns("log1p_exp"),
            1.0 / self.ns("flop"),
            1.0 / self.ns("byte_l1"),
            1.0 / self.ns("byte_memory"),
        )
    }
}
