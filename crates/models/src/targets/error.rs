//! ERROR: why a named target could not be built.
use super::{NotPositive, Setting};
use crate::table::did_you_mean;
use std::fmt;

/// Why a target could not be built. Its `Display` is one sentence for the user.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetError {
    /// No target has this name.
    UnknownTarget {
        /// As given.
        name: String,
        /// The known name it was probably meant to be.
        nearest: Option<String>,
    },
    /// The target has no such setting.
    UnknownSetting {
        /// The target.
        target: &'static str,
        /// As given.
        name: String,
        /// The known name it was probably meant to be.
        nearest: Option<String>,
        /// Every setting of the target.
        known: Vec<&'static str>,
    },
    /// The setting cannot have this value.
    BadValue {
        /// The target.
        target: &'static str,
        /// What it says about itself.
        setting: Setting,
        /// As given.
        value: f64,
    },
    /// The settings lead to a covariance that is not one.
    Singular {
        /// The target.
        target: &'static str,
        /// Why.
        reason: NotPositive,
    },
}
impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TargetError::UnknownTarget { name, nearest } => {
                write!(f, "there is no target called '{name}'{}", did_you_mean(nearest))
            }
            TargetError::UnknownSetting { target, name, known, .. } if known.is_empty() => {
                write!(f, "the target '{target}' has no settings, so no '{name}'")
            }
            TargetError::UnknownSetting { target, name, nearest, known } => {
                let known = known.join(", ");
                write!(f, "the target '{target}' has no setting '{name}'{} (it has {known})", did_you_mean(nearest))
            }
            TargetError::Singular { target, reason } => write!(f, "the target '{target}': {reason}"),
            TargetError::BadValue { target, setting, value } => {
                let Setting { name, domain, meaning, .. } = setting;
                write!(f, "'{name}' of the target '{target}' ({meaning}) must be {domain}, not {value}")
            }
        }
    }
}
impl std::error::Error for TargetError {}
