//! `.npy`, version 1.0, little-endian f64, row-major: how plain arrays are kept `[NumPy2020]`.
use crate::{Array, durable};
use std::io::{BufWriter, Error, Write};
use std::path::Path;

const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";

/// The bytes of the file.
///
/// # Errors
/// The shape does not fit the number of values.
pub(crate) fn to_bytes(array: &Array) -> Result<Vec<u8>, String> {
    let mut out = header(array)?;
    out.extend(array.values.iter().flat_map(|x| x.to_le_bytes()));
    Ok(out)
}
/// What comes before the numbers.
fn header(array: &Array) -> Result<Vec<u8>, String> {
    if array.shape.iter().try_fold(1usize, |n, &s| n.checked_mul(s)) != Some(array.values.len()) {
        return Err(format!("{} numbers do not fill the shape {:?}", array.values.len(), array.shape));
    }
    let axes: String = array.shape.iter().map(|s| format!("{s}, ")).collect();
    let shape = if array.shape.len() == 1 { axes.trim_end() } else { axes.trim_end_matches(", ") };
    let mut header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({shape}), }}");
    // Magic, two bytes of length, header, newline: a multiple of 64, so that the numbers can be mapped into memory.
    let length = (MAGIC.len() + 2 + header.len() + 1).next_multiple_of(64) - MAGIC.len() - 2;
    let short = u16::try_from(length).map_err(|_| "too many axes".to_string())?;
    header.extend(std::iter::repeat_n(' ', length - header.len() - 1));
    header.push('\n');
    Ok([MAGIC, &short.to_le_bytes(), header.as_bytes()].concat())
}

/// Reads what `to_bytes`, or NumPy for a C-ordered array of f64, wrote.
///
/// # Errors
/// What is not as expected, in words.
pub(crate) fn from_bytes(name: &str, bytes: &[u8]) -> Result<Array, String> {
    let not = || "not a .npy file of version 1".to_string();
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(not)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or_else(not)?;
    let (header, data) =
        rest.split_at_checked(u16::from_le_bytes(*length) as usize).ok_or("the header is cut short")?;
    let header = std::str::from_utf8(header).map_err(|_| not())?;
    let single = header.contains("'descr': '<f4'");
    if !(single || header.contains("'descr': '<f8'")) || !header.contains("'fortran_order': False") {
        let message = "only row-major arrays of little-endian f64 or f32 are read, and this is";
        return Err(format!("{message} {}", header.trim_end()));
    }
    let shape = header.split_once("'shape': (").and_then(|(_, s)| s.split_once(')')).ok_or_else(not)?.0;
    let axes = shape.split(',').map(str::trim).filter(|s| !s.is_empty());
    let shape = axes.map(|s| s.parse().map_err(|_| not())).collect::<Result<Vec<usize>, _>>()?;
    let width = if single { 4usize } else { 8 };
    let expected = shape.iter().try_fold(width, |n, &s| n.checked_mul(s)).ok_or("the shape is absurd")?;
    if data.len() != expected {
        return Err(format!(
            "{} bytes of numbers where the shape {shape:?} needs {expected}: the file is cut short",
            data.len()
        ));
    }
    let values = if single {
        data.as_chunks::<4>().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect()
    } else {
        numbers(data)
    };
    Ok(Array { name: name.into(), shape, values })
}
/// Reads the array of a `.npy` file: row-major, of little-endian f64 or f32.
///
/// # Errors
/// What is not as expected, or why the file cannot be read, in words.
pub fn read_array(path: &Path) -> Result<Array, String> {
    let bytes = std::fs::read(path).map_err(|cause| cause.to_string())?;
    from_bytes(&path.display().to_string(), &bytes)
}
/// Writes an array as the `.npy` file at `path`, in place of what is there: whole or not at all, and without a second copy of
/// the numbers in memory.
///
/// # Errors
/// The shape does not fit the number of values, or the disk refused.
pub fn write_array(path: &Path, array: &Array) -> std::io::Result<()> {
    let header = header(array).map_err(Error::other)?;
    let draft = durable::staged(path, |file| {
        let mut file = BufWriter::new(file);
        file.write_all(&header)?;
        array.values.iter().try_for_each(|x| file.write_all(&x.to_le_bytes()))?;
        file.flush()
    })?;
    std::fs::rename(&draft, path).inspect_err(|_| drop(std::fs::remove_file(&draft)))
}

/// Little-endian f64s.
pub(crate) fn numbers(bytes: &[u8]) -> Vec<f64> {
    bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(shape: &[usize]) -> Array {
        let values = (0..shape.iter().product()).map(|i: usize| i as f64 / 7.0).collect();
        Array { name: "x".into(), shape: shape.to_vec(), values }
    }

    /// The bytes that numpy.save writes for numpy.arange(3) / 7 are these.
    #[test]
    fn bytes_of_numpy() {
        let bytes = to_bytes(&array(&[3])).unwrap();
        assert_eq!(bytes.len(), 128 + 24);
        assert_eq!(&bytes[..10], b"\x93NUMPY\x01\x00\x76\x00");
        let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }";
        assert_eq!(std::str::from_utf8(&bytes[10..128]).unwrap(), format!("{header:<117}\n"));
        assert_eq!(bytes[136..144], (1.0f64 / 7.0).to_le_bytes());
    }

    #[test]
    fn round_trip_of_every_rank() {
        for shape in [&[][..], &[0], &[5], &[2, 3], &[2, 0, 3], &[2, 3, 4]] {
            let x = array(shape);
            let bytes = to_bytes(&x).unwrap();
            assert_eq!(bytes.len() % 64, x.values.len() * 8 % 64);
            assert_eq!(from_bytes("x", &bytes), Ok(x));
        }
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npy");
        write_array(&path, &array(&[2, 3])).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), to_bytes(&array(&[2, 3])).unwrap());
        let wrong = Array { shape: vec![7], ..array(&[2]) };
        assert_eq!(write_array(&path, &wrong).unwrap_err().to_string(), "2 numbers do not fill the shape [7]");
        // A folder is not replaced by a file.
        let taken = folder.path().join("taken");
        std::fs::create_dir(&taken).unwrap();
        write_array(&taken, &array(&[5])).unwrap_err();
        assert_eq!(read_array(&path).unwrap().values, array(&[2, 3]).values);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    /// numpy.save of float32 is read as the same numbers.
    #[test]
    fn single_precision_is_read() {
        let header = format!("{:<117}\n", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }");
        let numbers: Vec<u8> = [0.1f32, -3.0].iter().flat_map(|x| x.to_le_bytes()).collect();
        let bytes = [MAGIC, &[0x76, 0], header.as_bytes(), &numbers].concat();
        assert_eq!(from_bytes("x", &bytes).unwrap().values, [f64::from(0.1f32), -3.0]);
        assert!(from_bytes("x", &bytes[..bytes.len() - 4]).is_err());
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(
            to_bytes(&Array { shape: vec![2, 2], ..array(&[3]) }).unwrap_err(),
            "3 numbers do not fill the shape [2, 2]"
        );
        let bytes = to_bytes(&array(&[3])).unwrap();
        let cut = from_bytes("x", &bytes[..140]).unwrap_err();
        assert_eq!(cut, "12 bytes of numbers where the shape [3] needs 24: the file is cut short");
        assert_eq!(from_bytes("x", &bytes[..50]).unwrap_err(), "the header is cut short");
        assert_eq!(from_bytes("x", b"PK").unwrap_err(), "not a .npy file of version 1");
    }
}
