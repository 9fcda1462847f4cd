//! SECULAR: a quadratic on a ball, where its Hessian is diagonal.

/// h <- argmin sum_i c_i h_i + theta_i h_i^2 / 2 over |h| <= radius; the multiplier l >= 0 with (theta + l) h = -c, and
/// theta + l >= 0: the global minimum, of any curvatures [MoreSorensen1983].
///
/// A coordinate with c = 0 and theta >= 0 stays where it is.
pub(super) fn secular(theta: &[f64], c: &[f64], radius: f64, h: &mut [f64]) -> f64 {
    let least = theta.iter().fold(f64::INFINITY, |a, b| a.min(*b));
    let floor = (-least).max(0.0);
    // |h| and sum c^2 / (theta + l)^3 at l = floor + s: where the lowest curvature all but vanishes against l, only s has its digits.
    // What has no slope and no curvature left does not move.
    let mut at = |s: f64| {
        let (mut norm2, mut bend) = (0.0, 0.0);
        for ((h, theta), c) in h.iter_mut().zip(theta).zip(c) {
            let stiff = (theta + floor) + s;
            *h = if *c == 0.0 { 0.0 } else { -c / stiff };
            norm2 += *h * *h;
            bend += if *c == 0.0 { 0.0 } else { *h * *h / stiff };
        }
        (norm2.sqrt(), bend)
    };
    let (norm, _) = at(0.0);
    if norm <= radius {
        if floor > 0.0 {
            // Nothing pulls along the lowest curvature, which alone leads to the edge of the ball.
            if let Some(lowest) = theta.iter().position(|theta| *theta == least) {
                h[lowest] = (radius * radius - norm * norm).max(0.0).sqrt();
            }
        }
        return floor;
    }
    let size = c.iter().map(|c| c * c).sum::<f64>().sqrt();
    let (mut low, mut high) = (0.0, size / radius);
    let mut s = if floor > 0.0 { 1e-3 * high } else { 0.0 };
    for _ in 0..100 {
        if !(s >= low && s <= high) {
            s = if low > 0.0 { (low * high).sqrt().clamp(low, high) } else { 1e-3 * high };
        }
        let (norm, bend) = at(s);
        if (norm - radius).abs() <= 1e-10 * radius || high - low <= 1e-15 * high {
            break;
        }
        // 1 / |h| is almost a straight line in s.
        let newton = s + (norm - radius) / radius * norm * norm / bend;
        if norm > radius {
            low = s
        } else {
            high = s
        }
        s = if newton.is_finite() { newton } else { f64::NAN };
    }
    floor + s
}

#[cfg(test)]
mod tests {
    use super::secular;

    /// Against the answers by hand: inside, on the edge, of negative curvature, and where nothing pulls along that.
    #[test]
    fn minima_on_a_ball() {
        let mut h = [0.0; 2];
        assert_eq!(secular(&[1.0, 4.0], &[1.0, -2.0], 2.0, &mut h), 0.0);
        assert_eq!(h, [-1.0, 0.5]);
        // (1 + l) h = -c with |c| = 5 and |h| = 1: l = 4.
        assert!((secular(&[1.0, 1.0], &[3.0, 4.0], 1.0, &mut h) - 4.0).abs() < 1e-8);
        assert!((h[0] + 0.6).abs() < 1e-9 && (h[1] + 0.8).abs() < 1e-9);
        for (theta, c) in [([-2.0, 1.0], [0.5, 3.0]), ([-2.0, 1.0], [1e-9, 3.0]), ([-2.0, 1.0], [0.0, 3.0])] {
            let l = secular(&theta, &c, 3.0, &mut h);
            assert!(l >= 2.0 && (h[0].hypot(h[1]) - 3.0).abs() < 1e-8, "{l} {h:?}");
            let value =
                |h: [f64; 2]| c[0] * h[0] + c[1] * h[1] + 0.5 * (theta[0] * h[0] * h[0] + theta[1] * h[1] * h[1]);
            let best = (0..100_000).map(|k| f64::from(k) * 2e-5 * std::f64::consts::PI);
            let best = best.map(|a| value([3.0 * a.cos(), 3.0 * a.sin()])).fold(f64::INFINITY, f64::min);
            assert!(value(h) <= best + 1e-8, "{} {best}", value(h));
        }
        // Of rank 1.
        secular(&[4.0, 0.0], &[2.0, 0.0], 10.0, &mut h);
        assert_eq!(h, [-0.5, 0.0]);
    }
}
