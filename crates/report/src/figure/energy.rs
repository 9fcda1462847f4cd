//! The energy plot: how far momentum refreshment reaches against how far it has to.
use super::{Figure, Panel, Scale};
use crate::{
    chains::e_bfmi,
    density::{View, density},
    number::significant,
    sample::Sample,
};

/// Draws a chain that the densities use.
const DRAWS: usize = 20_000;

/// Densities of the centred energy and of its change from draw to draw; they should nearly agree [Betancourt2016].
pub fn energy(sample: &Sample) -> Option<Figure> {
    let (mut centred, mut changes, mut worst) = (Vec::new(), Vec::new(), f64::INFINITY);
    for c in 0..sample.chains {
        let energy = sample.statistic("energy", c)?;
        let energy = &energy[energy.len().saturating_sub(DRAWS)..];
        let mean = energy.iter().sum::<f64>() / energy.len() as f64;
        centred.extend(energy.iter().map(|e| e - mean));
        changes.extend(energy.windows(2).map(|w| w[1] - w[0]));
        worst = worst.min(e_bfmi(energy));
    }
    if !centred.iter().any(|x| x.is_finite()) || !changes.iter().any(|x| x.is_finite()) {
        return None;
    }
    let both: Vec<f64> = centred.iter().chain(&changes).copied().collect();
    let view = View::of(&both);
    let curves = [&centred, &changes].map(|v| view.grid().zip(density(v, &view)).collect::<Vec<(f64, f64)>>());
    let top = curves.iter().flatten().map(|p| p.1).fold(0.0, f64::max);
    let mut figure = Figure::new(720.0, 270.0, "Energy plot");
    let panel = Panel {
        frame: (24.0, 34.0, 672.0, 190.0),
        x: Scale::linear(view.lo, view.hi),
        y: Scale::linear(0.0, top * 1.05),
    };
    figure.path("area", &panel.area(&curves[0]), "");
    figure.path("secondarea", &panel.area(&curves[1]), "");
    figure.path("series", &panel.line(curves[0].iter().copied()), "");
    figure.path("second", &panel.line(curves[1].iter().copied()), "");
    panel.x_axis(&mut figure, "energy − mean, and its change from one draw to the next");
    figure.path("series", "M24 14h26", "");
    figure.text((56.0, 18.0), "label", "start", "marginal energy");
    figure.path("second", "M170 14h26", "");
    figure.text((202.0, 18.0), "label", "start", "energy transition");
    figure.text((696.0, 18.0), "number", "end", &format!("smallest E-BFMI {}", significant(worst, 3)));
    Some(figure)
}
