//! Numbers as a reader wants them, in tables and in sentences.

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

/// `x` to the digits that its posterior spread supports: three of `sd`, and in all no more than the 17 that a number holds.
///
/// ```
/// use steepest_report::beside_spread;
/// assert_eq!(beside_spread(1.23456, 0.0456), "1.2346");
/// assert_eq!(beside_spread(1e9 + 0.25, 0.072), "1000000000.2500");
/// ```
pub fn beside_spread(x: f64, sd: f64) -> String {
    if !x.is_finite() || !sd.is_finite() || sd <= 0.0 {
        return concise(x, 6);
    }
    let (size, spread) = (exponent(x), exponent(sd));
    let decimals = 2 - spread;
    // Written out but where that takes many zeros, in front or behind.
    let plain = if decimals > 6 { (-4..15).contains(&size) } else { size < if decimals > 0 { 15 } else { 7 } };
    if plain {
        format!("{x:.*}", decimals.min(16 - size).max(0) as usize)
    } else {
        format!("{x:.*e}", (size + decimals).clamp(0, 16) as usize)
    }
}

/// Of the first digit of `x`: 2 for 123; 0 for zero.
fn exponent(x: f64) -> i32 {
    format!("{x:e}").split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0)
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

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!([beside_spread(0.0, 0.5), beside_spread(f64::NAN, 0.5)], ["0.000", "–"]);
        assert_eq!(count(1234567), "1,234,567");
        assert_eq!(duration(0.0123), "12 ms");
        assert_eq!(duration(3725.0), "62 min 05 s");
    }

    /// Mean and quantiles of a narrow posterior far from zero never look alike.
    #[test]
    fn digits_follow_the_spread() {
        assert_eq!(beside_spread(1_000_000_000.123_4, 0.072), "1000000000.1234");
        assert_eq!(beside_spread(12.345_678_912_3, 7.4e-8), "12.3456789123");
        assert_eq!(beside_spread(-1.091e-7, 8.4e-8), "-1.091e-7");
        assert_eq!(beside_spread(3e-12, 8.4e-8), "3e-12");
        assert_eq!(beside_spread(1.234_56e11, 1e9), "1.2346e11");
        // No more digits than the number has.
        assert_eq!(beside_spread(12.345_678_912_3, 1e-30), "12.345678912300000");
        assert_eq!(beside_spread(1e300, 1e-300), "1.0000000000000001e300");
    }
}
