//! The numerical kernels of `steepest`: counter-based random numbers, elementary functions, sums, tiled products.
//!
//! Everything is compiled for AVX-512, for AVX2 with FMA and for the plain target, chosen at run time, and gives the
//! same bits at each: every operation is an IEEE one in a written order, with `mul_add` where one rounding is meant.
//! This is the only crate with unsafe code.
#![allow(unsafe_code)]
mod banded;
mod dispatch;
mod elementwise;
mod exponential;
mod hills;
mod lanes;
mod likelihood;
mod narrow;
mod normals;
mod orbits;
mod pairs;
mod philox;
pub mod pointwise;
mod product;
mod reduce;
mod single;
mod spectral;
pub mod tape;
mod threshold;
mod tiles;
mod update;
pub use banded::{Banded, solve_general};
pub use dispatch::{Level, level, simd, with_level};
pub use elementwise::{cos, exp, expm1, log, log1p_exp, logistic, pow, sin, sqrt, tanh};
pub use hills::{Hill, Hills, hills, hills_single, kick, kick_single, slide, slide_single};
pub use likelihood::{bernoulli, categorical, poisson};
pub use narrow::Symmetric;
pub use normals::{glide, normals, relay, shock, uniforms};
pub use orbits::orbits;
pub use pairs::{add_pair, pair_products};
pub use philox::{philox4x32, philox4x32_rounds};
pub use product::{
    NotPositive, apply, cholesky, gemm, gemm_by_transposed, gemm_transposed, solve, solve_lower,
    solve_lower_transposed, solve_right,
};
pub use reduce::{dot, log_sum_exp, sum};
pub use single::{glide_single, normals_single, relay_single, shock_single};
pub use spectral::{Spectrum, orthonormal, spectrum, spectrum_into, svd};
pub use threshold::threshold;
pub use tiles::{Precision, Tiles, total};
pub use update::{axpy, axpy_twice, stretch, symmetric};
