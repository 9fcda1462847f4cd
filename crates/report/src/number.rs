//! Numbers as a reader wants them: in tables, in sentences and on axes.

/// `x` with `digits` significant digits; what is not a number is a dash.
pub fn significant(x: f64, digits: usize) -> String {
    if x.is_nan() {
        return "–".into();
    }
    if x.is_infinite() {
        return if x > 0.0 { "∞".into() } else { "-∞".into() };
    }
    if x == 0.0 {
        return "0".into();
    }
    let scientific = format!("{x:.*e}", digits.saturating_sub(1));
    let exponent = scientific.split_once('e').and_then(|(_, e)| e.parse::<i32>().ok()).unwrap_or(0);
    if (-4..6).contains(&exponent) {
        format!("{x:.*}", (digits as i32 - 1 - exponent).max(0) as usize)
    } else {
        scientific
    }
}

/// `x` with at most `digits` significant digits, without idle zeros; thousands apart.
pub fn concise(x: f64, digits: usize) -> String {
    let whole = x.fract() == 0.0 || x.abs() >= 10f64.powi(digits as i32 - 1);
    if whole && x.abs() < 1e6 {
        return format!("{}{}", if x < 0.0 { "-" } else { "" }, count(x.abs().round() as u64));
    }
    let text = significant(x, digits);
    let (mantissa, exponent) = text.find('e').map_or((text.as_str(), ""), |at| text.split_at(at));
    if !mantissa.contains('.') {
        return text;
    }
    format!("{}{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'))
}

/// Decimals that show a quantity of spread `sd` to three digits of that spread.
pub fn decimals_for(sd: f64) -> Option<usize> {
    (sd.is_finite() && sd > 0.0)
        .then(|| (2.0 - sd.log10().floor()) as i32)
        .filter(|d| *d <= 6)
        .map(|d| d.max(0) as usize)
}

/// `x` to the digits that its posterior spread supports.
pub fn beside_spread(x: f64, sd: f64) -> String {
    match decimals_for(sd) {
        Some(decimals) if x.is_finite() && x.abs() < 1e7 => format!("{x:.decimals$}"),
        _ => concise(x, 6),
    }
}

/// A count with its thousands apart.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Seconds in the unit that reads best.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if !s.is_finite() || s < 0.0 => "–".into(),
        s if s < 1e-3 => format!("{:.0} µs", s * 1e6),
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s if s < 120.0 => format!("{} s", significant(s, 3)),
        s if s < 7200.0 => format!("{:.0} min {:02.0} s", (s / 60.0).floor(), (s % 60.0).floor()),
        s => format!("{:.0} h {:02.0} min", (s / 3600.0).floor(), (s % 3600.0 / 60.0).floor()),
    }
}

/// A position on an axis and what is written there.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where.
    pub at: f64,
    /// What; empty for a minor tick.
    pub label: String,
}

/// About `wanted` round numbers (1, 2 or 5 times a power of ten apart) inside `[lo, hi]`.
pub fn ticks(lo: f64, hi: f64, wanted: usize) -> Vec<Tick> {
    if !(lo.is_finite() && hi.is_finite()) || hi <= lo || !(hi - lo).is_finite() {
        return Vec::new();
    }
    let raw = (hi - lo) / wanted.max(1) as f64;
    let power = 10f64.powf(raw.log10().floor());
    let step = power * [1.0, 2.0, 5.0, 10.0].into_iter().find(|m| m * power >= raw * (1.0 - 1e-9)).unwrap_or(10.0);
    if step <= 0.0 || (lo.abs().max(hi.abs()) / step) > 1e9 {
        return Vec::new();
    }
    let first = (lo / step - 1e-9).ceil() as i64;
    let last = (hi / step + 1e-9).floor() as i64;
    (first..=last).map(|i| i as f64 * step).map(|at| Tick { at, label: axis_label(at, step) }).collect()
}

/// Powers of ten inside `[lo, hi]`, thinned; with 2 and 5 between them where there are few.
pub fn log_ticks(lo: f64, hi: f64) -> Vec<Tick> {
    if !(lo > 0.0 && hi.is_finite() && hi > lo) {
        return Vec::new();
    }
    let (first, last) = (lo.log10().floor() as i32, hi.log10().ceil() as i32);
    let every = ((last - first) / 6).max(1);
    let within = |v: f64| v >= lo * (1.0 - 1e-9) && v <= hi * (1.0 + 1e-9);
    let mut out = Vec::new();
    for e in first..=last {
        let decade = 10f64.powi(e);
        let factors: &[f64] = if last - first <= 2 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        for factor in factors {
            if within(decade * factor) && (e - first) % every == 0 {
                let label = if last - first <= 2 { axis_label(decade * factor, decade) } else { power_of_ten(e) };
                out.push(Tick { at: decade * factor, label });
            }
        }
    }
    if out.len() < 2 { ticks(lo, hi, 4) } else { out }
}

fn axis_label(at: f64, step: f64) -> String {
    if at.abs() < step * 1e-6 {
        return "0".into();
    }
    let text = if at.abs() >= 1e5 || step < 1e-4 {
        let digits = (at.abs().log10().floor() - step.log10().floor()).clamp(0.0, 8.0) as usize;
        let text = format!("{at:.digits$e}");
        match text.split_once('e') {
            Some((mantissa, e)) => {
                let mantissa = if mantissa.contains('.') {
                    mantissa.trim_end_matches('0').trim_end_matches('.')
                } else {
                    mantissa
                };
                let power = power_of_ten(e.parse().unwrap_or(0));
                if mantissa == "1" { power } else { format!("{mantissa}×{power}") }
            }
            None => text,
        }
    } else {
        format!("{at:.*}", (-(step * 1.0001).log10().floor()).max(0.0) as usize)
    };
    text.replace('-', "−")
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

    fn labels(ticks: Vec<Tick>) -> Vec<String> {
        ticks.into_iter().map(|t| t.label).collect()
    }

    #[test]
    fn digits() {
        assert_eq!(significant(0.00123456, 3), "0.00123");
        assert_eq!(significant(99.96, 3), "100");
        assert_eq!(significant(1234567.0, 3), "1.23e6");
        assert_eq!(significant(f64::NAN, 3), "–");
        assert_eq!(significant(f64::NEG_INFINITY, 3), "-∞");
        assert_eq!([concise(400.0, 4), concise(0.94, 4), concise(8478.6, 4)], ["400", "0.94", "8,479"]);
        assert_eq!([concise(-0.5, 3), concise(1e-9, 3), concise(f64::NAN, 3)], ["-0.5", "1e-9", "–"]);
        assert_eq!(beside_spread(1.23456, 0.0456), "1.2346");
        assert_eq!(beside_spread(1.23456, f64::NAN), "1.23456");
        assert_eq!(beside_spread(1234.56, 45.6), "1234.6");
        assert_eq!(count(1234567), "1,234,567");
        assert_eq!(duration(0.0123), "12 ms");
        assert_eq!(duration(3725.0), "62 min 05 s");
    }

    #[test]
    fn round_ticks() {
        assert_eq!(labels(ticks(-1.0, 1.0, 4)), ["−1.0", "−0.5", "0", "0.5", "1.0"]);
        assert_eq!(labels(ticks(0.0, 0.3, 3)), ["0", "0.1", "0.2", "0.3"]);
        assert_eq!(labels(ticks(0.0, 4e6, 4)), ["0", "10⁶", "2×10⁶", "3×10⁶", "4×10⁶"]);
        assert_eq!(labels(ticks(0.0, 2.5e-5, 3)), ["0", "10⁻⁵", "2×10⁻⁵"]);
        assert!(ticks(1.0, 1.0, 4).is_empty() && ticks(f64::NAN, 1.0, 4).is_empty());
        assert!(ticks(1.0, 1.0 + 1e-14, 4).is_empty(), "a range below the resolution of the numbers has no ticks");
    }

    #[test]
    fn decades() {
        assert_eq!(labels(log_ticks(1e-3, 1.0)), ["10⁻³", "10⁻²", "10⁻¹", "1"]);
        assert_eq!(labels(log_ticks(1.0, 10.0)), ["1", "2", "5", "10"]);
        assert!(log_ticks(-1.0, 1.0).is_empty());
    }
}
