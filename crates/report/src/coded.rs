//! Numbers packed for the page: 16 bits each over their own range, in base64.
use serde_json::{Value, json};

/// The code of what is not a finite number.
const MISSING: u16 = u16::MAX;
/// The largest code of a number.
const TOP: f64 = 65534.0;

/// `{"lo", "hi", "b"}`: value = lo + code (hi - lo) / 65534, little-endian codes in base64, 65535 for NaN and infinities.
///
/// Numbers outside `[lo, hi]` lie on its edge. The error is at most (hi - lo) / 131068: a hundredth of a pixel.
pub fn coded(values: impl IntoIterator<Item = f64>, lo: f64, hi: f64) -> Value {
    let width = if hi > lo { hi - lo } else { 1.0 };
    let bytes: Vec<u8> = values
        .into_iter()
        .map(|x| if x.is_finite() { ((x - lo) / width * TOP).round().clamp(0.0, TOP) as u16 } else { MISSING })
        .flat_map(u16::to_le_bytes)
        .collect();
    json!({ "lo": lo, "hi": lo + width, "b": base64(&bytes) })
}

/// The finite range of `values`; `[0, 1]` where there is none.
pub fn range(values: &[f64]) -> (f64, f64) {
    let finite = values.iter().copied().filter(|x| x.is_finite());
    let (lo, hi) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), x| (lo.min(x), hi.max(x)));
    if lo <= hi { (lo, hi) } else { (0.0, 1.0) }
}

/// `coded` over the values' own range.
pub fn coded_whole(values: &[f64]) -> Value {
    let (lo, hi) = range(values);
    coded(values.iter().copied(), lo, hi)
}

/// Base64 with padding, the standard alphabet.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0u32, |w, (i, b)| w | u32::from(*b) << (16 - 8 * i));
        for i in 0..4 {
            if i <= chunk.len() {
                out.push(char::from(ALPHABET[(word >> (18 - 6 * i)) as usize & 63]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_rfc_4648() {
        for (plain, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(plain.as_bytes()), text);
        }
    }

    #[test]
    fn ends_edges_and_missing_numbers() {
        let value = coded([0.0, 1.0, f64::NAN, 2.0, -1.0], 0.0, 1.0);
        assert_eq!(value["b"], base64(&[0, 0, 0xfe, 0xff, 0xff, 0xff, 0xfe, 0xff, 0, 0]));
        assert_eq!(coded_whole(&[3.0, 3.0])["hi"], 4.0);
        assert_eq!(range(&[f64::NAN, f64::INFINITY]), (0.0, 1.0));
    }
}
