//! PERSIST: what a run remembers, as bytes, so that it can be put away and taken up again to the bit.

/// Bytes that are being written, or read.
#[derive(Debug)]
pub enum Archive<'a> {
    /// Everything that passes is added at the end.
    Write(&'a mut Vec<u8>),
    /// Everything that passes is taken from the front.
    Read(&'a [u8]),
}

/// Something whose numbers pass through an [`Archive`]: out when it writes, in when it reads.
///
/// One method does both, so that what is written and what is read cannot come apart. Take the value apart by
/// `let Self { a, b } = self` in it: a new field then does not compile before it passes too, or is left out by name.
/// Law: a value that was read goes on as the one that was written would have, bit for bit.
///
/// ```
/// use steepest_core::{restore, save};
/// let bytes = save(&mut vec![1.0, f64::MIN_POSITIVE]);
/// let mut back = Vec::<f64>::new();
/// assert_eq!(restore(&mut back, &bytes), Some(()));
/// assert_eq!(back, [1.0, f64::MIN_POSITIVE]);
/// assert_eq!(restore(&mut back, &bytes[..9]), None); // cut short
/// ```
pub trait Persist {
    /// Passes every number through. `None` where the archive is read and is too short or holds what cannot be; the value
    /// is then of no use.
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()>;
    /// Passes all of them, one after the other.
    fn pass_all(items: &mut [Self], archive: &mut Archive<'_>) -> Option<()>
    where
        Self: Sized,
    {
        items.iter_mut().try_for_each(|item| item.pass(archive))
    }
}

/// The bytes of a value. It is not changed; `&mut` is what lets one method write and read.
pub fn save(value: &mut (impl Persist + ?Sized)) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing into memory cannot fall short.
    let _ = value.pass(&mut Archive::Write(&mut bytes));
    bytes
}
/// Reads back what [`save`] gave; `None` where the bytes are too few, too many, or do not fit the value.
pub fn restore(value: &mut (impl Persist + ?Sized), bytes: &[u8]) -> Option<()> {
    let mut archive = Archive::Read(bytes);
    value.pass(&mut archive)?;
    matches!(archive, Archive::Read([])).then_some(())
}

impl Archive<'_> {
    /// Whether values are being read.
    pub fn reads(&self) -> bool {
        matches!(self, Archive::Read(_))
    }
    fn bytes<const N: usize>(&mut self, bytes: &mut [u8; N]) -> Option<()> {
        match self {
            Archive::Write(out) => out.extend_from_slice(bytes),
            Archive::Read(from) => {
                let (head, rest) = from.split_first_chunk::<N>()?;
                *bytes = *head;
                *from = rest;
            }
        }
        Some(())
    }
    /// Passes a length. One that is read is never more than the bytes that are left, so that nothing absurd is allocated.
    fn length(&mut self, length: usize) -> Option<usize> {
        let mut passed = length as u64;
        passed.pass(self)?;
        match self {
            Archive::Read(left) if passed > left.len() as u64 => None,
            _ => usize::try_from(passed).ok(),
        }
    }
}

macro_rules! little_endian {
    ($($number:ty),*) => {$(
        impl Persist for $number {
            fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
                let mut bytes = self.to_le_bytes();
                archive.bytes(&mut bytes)?;
                *self = <$number>::from_le_bytes(bytes);
                Some(())
            }
        }
    )*};
}
little_endian!(u32, i32, u64, f64);

impl Persist for u8 {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        archive.bytes(std::array::from_mut(self))
    }
    /// At once: a state is carried inside the file of a checkpoint as bytes.
    fn pass_all(items: &mut [u8], archive: &mut Archive<'_>) -> Option<()> {
        match archive {
            Archive::Write(out) => out.extend_from_slice(items),
            Archive::Read(from) => {
                let (head, rest) = from.split_at_checked(items.len())?;
                items.copy_from_slice(head);
                *from = rest;
            }
        }
        Some(())
    }
}

impl Persist for usize {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let mut wide = *self as u64;
        wide.pass(archive)?;
        *self = usize::try_from(wide).ok()?;
        Some(())
    }
}
impl Persist for bool {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let mut byte = u8::from(*self);
        byte.pass(archive)?;
        *self = byte == 1;
        (byte <= 1).then_some(())
    }
}
/// A fixed number of items: one that is read must have as many.
impl<T: Persist> Persist for [T] {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let length = archive.length(self.len())?;
        (length == self.len()).then_some(())?;
        T::pass_all(self, archive)
    }
}
/// Any number of items.
impl<T: Persist + Default> Persist for Vec<T> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let length = archive.length(self.len())?;
        if archive.reads() {
            self.clear();
            self.resize_with(length, T::default);
        }
        T::pass_all(self, archive)
    }
}
impl<T: Persist + Default> Persist for Option<T> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let mut some = self.is_some();
        some.pass(archive)?;
        if archive.reads() {
            *self = some.then(T::default);
        }
        self.as_mut().map_or(Some(()), |value| value.pass(archive))
    }
}
impl<T: Persist + ?Sized> Persist for &mut T {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        (**self).pass(archive)
    }
}
impl<A: Persist, B: Persist> Persist for (A, B) {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        self.0.pass(archive)?;
        self.1.pass(archive)
    }
}
impl<A: Persist, B: Persist, C: Persist> Persist for (A, B, C) {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        self.0.pass(archive)?;
        self.1.pass(archive)?;
        self.2.pass(archive)
    }
}
