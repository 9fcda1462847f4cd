//! Round numbers along an axis, and what is written at them.

/// A position on an axis and what is written there.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where, counted from the origin of the axis.
    pub at: f64,
    /// What.
    pub label: String,
}

/// The ticks of an axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ticks {
    /// What places and labels are counted from: 0, or a round number where labels would differ in late digits alone.
    pub origin: f64,
    /// The origin as it stands beside the axis, `+ 12.34567`; empty where it is 0.
    pub offset: String,
    /// From the lower end to the upper.
    pub each: Vec<Tick>,
}

/// The largest number over the distance of two ticks: beyond it labels are counted from an origin.
const CROWDED: f64 = 1e5;

/// About `wanted` round numbers (1, 2 or 5 times a power of ten apart) inside `[lo, hi]`, two at least.
pub fn ticks(lo: f64, hi: f64, wanted: usize) -> Ticks {
    let width = hi - lo;
    if !width.is_finite() || width <= 0.0 {
        return Ticks::default();
    }
    let raw = width / wanted.max(1) as f64;
    let power = 10f64.powf(raw.log10().floor());
    if power <= 0.0 {
        return Ticks::default();
    }
    let most = lo.abs().max(hi.abs());
    let (origin, offset) = if most / raw > CROWDED { origin(0.5 * lo + 0.5 * hi, width) } else { (0.0, String::new()) };
    // The ends less the origin are exact, however short the axis is.
    let (lo, hi) = (lo - origin, hi - origin);
    let most = lo.abs().max(hi.abs());
    let ends = |step: f64| ((lo / step - 1e-9).ceil() as i64, (hi / step + 1e-9).floor() as i64);
    let known = [0.5, 1.0, 2.0, 5.0, 10.0].map(|m| m * power);
    let wide = known.into_iter().find(|step| *step >= raw * (1.0 - 1e-9)).unwrap_or(10.0 * power);
    let several = |step: &f64| *step <= wide && ends(*step).1 > ends(*step).0;
    let step = known.into_iter().rev().find(several).unwrap_or(wide);
    let (first, last) = ends(step);
    let tick = |i: i64| Tick { at: i as f64 * step, label: label(i as f64 * step, step, most) };
    Ticks { origin, offset, each: (first..=last).map(tick).collect() }
}

/// Powers of ten inside `[lo, hi]`, thinned; with 2 and 5 between them where there are few.
pub fn log_ticks(lo: f64, hi: f64) -> Ticks {
    if !(lo > 0.0 && hi.is_finite() && hi > lo) {
        return Ticks::default();
    }
    let (first, last) = (lo.log10().floor() as i32, hi.log10().ceil() as i32);
    let every = ((last - first) / 6).max(1);
    let within = |v: f64| v >= lo * (1.0 - 1e-9) && v <= hi * (1.0 + 1e-9);
    let mut each = Vec::new();
    for e in first..=last {
        let decade = 10f64.powi(e);
        let factors: &[f64] = if last - first <= 2 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        for at in factors.iter().map(|factor| decade * factor) {
            if within(at) && (e - first) % every == 0 {
                let label = if last - first <= 2 { label(at, decade, at) } else { power_of_ten(e) };
                each.push(Tick { at, label });
            }
        }
    }
    if each.len() < 2 { ticks(lo, hi, 4) } else { Ticks { each, ..Ticks::default() } }
}

/// The number nearest to `middle` that ends where an axis of length `width` begins to differ, and what is written of it.
fn origin(middle: f64, width: f64) -> (f64, String) {
    let last = width.log10().ceil() as i32;
    let size = middle.abs().log10().floor() as i32;
    // What is read back is what is written.
    let written = format!("{:.*e}", (size - last).clamp(0, 16) as usize, middle.abs());
    let Ok(origin) = written.parse::<f64>() else { return (0.0, String::new()) };
    let text = if (-4..15).contains(&size) {
        let text = format!("{origin:.*}", (-last).max(0) as usize);
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    } else {
        raised(&written)
    };
    if middle < 0.0 { (-origin, format!("− {text}")) } else { (origin, format!("+ {text}")) }
}

/// What is written at `at`, a multiple of `step` on an axis whose largest number is `most`.
fn label(at: f64, step: f64, most: f64) -> String {
    if at.abs() < step * 1e-6 {
        return "0".into();
    }
    let text = if (at.abs() >= 1e5 && step >= 1e3) || (step < 1e-4 && most < 1e-2) {
        let digits = (at.abs().log10().floor() - step.log10().floor()).clamp(0.0, 8.0) as usize;
        raised(&format!("{at:.digits$e}"))
    } else {
        format!("{at:.*}", (-(step * 1.0001).log10().floor()).max(0.0) as usize)
    };
    text.replace('-', "−")
}

/// A number that was written with `e`, its exponent raised and without idle zeros.
fn raised(text: &str) -> String {
    let Some((mantissa, e)) = text.split_once('e') else { return text.to_owned() };
    let mantissa = if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    let power = power_of_ten(e.parse().unwrap_or(0));
    match mantissa {
        "1" => power,
        "-1" => format!("-{power}"),
        _ => format!("{mantissa}×{power}"),
    }
}

fn power_of_ten(e: i32) -> String {
    let digits = e.to_string();
    let raised = digits.chars().map(|c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        c => char::from_u32('⁰' as u32 + c.to_digit(10).unwrap_or(0)).unwrap_or(c),
    });
    match e {
        0 => "1".into(),
        1 => "10".into(),
        _ => format!("10{}", raised.collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: Ticks) -> Vec<String> {
        ticks.each.into_iter().map(|t| t.label).collect()
    }

    #[test]
    fn round_ticks() {
        assert_eq!(labels(ticks(-1.0, 1.0, 4)), ["−1.0", "−0.5", "0", "0.5", "1.0"]);
        assert_eq!(labels(ticks(0.0, 0.3, 3)), ["0", "0.1", "0.2", "0.3"]);
        assert_eq!(labels(ticks(0.0, 4e6, 4)), ["0", "10⁶", "2×10⁶", "3×10⁶", "4×10⁶"]);
        assert_eq!(labels(ticks(0.0, 2.5e-5, 3)), ["0", "10⁻⁵", "2×10⁻⁵"]);
        assert_eq!(labels(ticks(-2.5e-5, 0.0, 3)), ["−2×10⁻⁵", "−10⁻⁵", "0"]);
        assert!(ticks(1.0, 1.0, 4).each.is_empty() && ticks(f64::NAN, 1.0, 4).each.is_empty());
        assert!(ticks(-f64::MAX, f64::MAX, 4).each.is_empty());
    }

    /// An axis with one number has no scale.
    #[test]
    fn two_ticks_at_least() {
        assert_eq!(labels(ticks(-8.0, 9.0, 3)), ["−5", "0", "5"]);
        assert_eq!(labels(ticks(-4.9, 4.9, 1)), ["−4", "−2", "0", "2", "4"]);
    }

    /// A few numbers close to one another, far from zero, are told apart by what follows the origin.
    #[test]
    fn late_digits_have_an_origin() {
        let axis = ticks(1e9 - 0.25, 1e9 + 0.3, 3);
        assert_eq!((axis.origin, axis.offset.as_str()), (1e9, "+ 1000000000"));
        assert_eq!(labels(axis), ["−0.2", "0", "0.2"]);
        let axis = ticks(12.345_678_2, 12.345_679_3, 3);
        assert_eq!((axis.origin, axis.offset.as_str()), (12.345_68, "+ 12.34568"));
        assert_eq!(labels(axis), ["−1.5×10⁻⁶", "−10⁻⁶"]);
        // The energy of a motion that keeps it to seven digits.
        let axis = ticks(-3.217_734_479_6e-8, -3.217_734_455_2e-8, 5);
        assert_eq!((axis.origin, axis.offset.as_str()), (-3.217_734_5e-8, "− 3.2177345×10⁻⁸"));
        assert_eq!(labels(axis), ["2.5×10⁻¹⁶", "3×10⁻¹⁶", "3.5×10⁻¹⁶", "4×10⁻¹⁶"]);
        // One that keeps it to a few last bits.
        let axis = ticks(-0.5 - 5e-16, -0.5 + 4e-16, 5);
        assert_eq!((axis.origin, axis.offset.as_str()), (-0.5, "− 0.5"));
        assert_eq!(labels(axis), ["−4×10⁻¹⁶", "−2×10⁻¹⁶", "0", "2×10⁻¹⁶"]);
        assert!(ticks(1.0, 1.0 + f64::EPSILON, 4).each.len() > 1);
    }

    /// Digits that fit are written out.
    #[test]
    fn no_power_stands_beside_numbers_of_every_day() {
        assert_eq!(labels(ticks(0.9999, 1.0001, 4)), ["0.99990", "0.99995", "1.00000", "1.00005", "1.00010"]);
        assert_eq!(labels(ticks(99_994.0, 100_006.0, 3)), ["99995", "100000", "100005"]);
        assert_eq!(labels(ticks(0.0, 2e5, 4)), ["0", "50000", "10⁵", "1.5×10⁵", "2×10⁵"]);
    }

    #[test]
    fn decades() {
        assert_eq!(labels(log_ticks(1e-3, 1.0)), ["10⁻³", "10⁻²", "10⁻¹", "1"]);
        assert_eq!(labels(log_ticks(1.0, 10.0)), ["1", "2", "5", "10"]);
        assert!(log_ticks(-1.0, 1.0).each.is_empty());
    }
}
