//! Compositions of higher order: one symmetric stride of second order, taken for several fractions of h, some of them backwards.
use super::Splitting;
use super::splitting::Kinetic;

/// A symmetric composition of drift-kick-drift leapfrogs: fraction of h of each, up to the middle one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Composition {
    /// The name in flow.toml.
    pub name: &'static str,
    /// Order of accuracy.
    pub order: u32,
    /// Fractions of h, the first half and the middle one; the rest are their mirror image. They add to 1.
    half: &'static [f64],
}

/// Three leapfrogs, one of them far back [Yoshida1990, Eq. 2.11].
pub const YOSHIDA4: Composition =
    Composition { name: "yoshida4", order: 4, half: &[1.351_207_191_959_657_5, -1.702_414_383_919_315_3] };
/// Five leapfrogs with short fractions: 4 times the force of Verlet wins 2 orders, and 40 times the accuracy of [`YOSHIDA4`]
/// [Suzuki1990].
pub const SUZUKI4: Composition = Composition {
    name: "suzuki4",
    order: 4,
    half: &[0.414_490_771_794_375_7, 0.414_490_771_794_375_7, -0.657_963_087_177_503],
};
/// Seven leapfrogs, solution A [Yoshida1990, Table 1].
pub const YOSHIDA6: Composition = Composition {
    name: "yoshida6",
    order: 6,
    half: &[0.784_513_610_477_557_3, 0.235_573_213_359_358_13, -1.177_679_984_178_871, 1.315_186_320_683_911_2],
};
/// Nine leapfrogs with short fractions [KahanLi1997].
pub const KAHAN_LI6: Composition = Composition {
    name: "kahan-li6",
    order: 6,
    half: &[
        0.392_161_444_007_314_1,
        0.332_599_136_789_359_43,
        -0.706_246_172_557_639_4,
        0.082_213_596_293_550_8,
        0.798_543_990_934_829_9,
    ],
};
/// Seventeen leapfrogs with short fractions [KahanLi1997].
pub const KAHAN_LI8: Composition = Composition {
    name: "kahan-li8",
    order: 8,
    half: &[
        0.130_202_483_088_890_1,
        0.561_162_981_775_108_4,
        -0.389_474_962_644_847_3,
        0.158_841_906_555_155_6,
        -0.395_903_894_133_237_6,
        0.184_539_640_978_315_7,
        0.258_374_387_686_322_04,
        0.295_011_723_609_310_3,
        -0.605_508_533_830_034_4,
    ],
};
/// All of them.
pub const COMPOSITIONS: &[Composition] = &[YOSHIDA4, SUZUKI4, YOSHIDA6, KAHAN_LI6, KAHAN_LI8];

impl Composition {
    /// The composition of that name, in any case.
    ///
    /// ```
    /// use steepest_flows::scheme::Composition;
    /// assert_eq!(Composition::named("Yoshida4").unwrap().order, 4);
    /// assert!(Composition::named("BAOAB").is_none());
    /// ```
    pub fn named(name: &str) -> Option<&'static Composition> {
        COMPOSITIONS.iter().find(|composition| composition.name.eq_ignore_ascii_case(name))
    }
    /// Fractions of h, one a leapfrog.
    pub fn fractions(&self) -> impl Iterator<Item = f64> {
        self.half.iter().chain(self.half.iter().rev().skip(1)).copied()
    }
    /// Kicks, and so forces, in a stride.
    pub fn kicks(&self) -> usize {
        2 * self.half.len() - 1
    }
    /// The parts as kick-drift-kick leapfrogs: kicks of neighbours are one. For drifts that are no exact flow, two of which
    /// are not one drift for the sum of their times.
    pub fn kicked(&self) -> Splitting<Kinetic> {
        let Splitting { tableau, order } = self.splitting();
        let swap = |part| if part == Kinetic::A { Kinetic::B } else { Kinetic::A };
        Splitting { tableau: tableau.iter().map(|&(part, fraction)| (swap(part), fraction)).collect(), order }
    }
    /// The parts: drifts of neighbours are one.
    ///
    /// ```
    /// use steepest_flows::scheme::YOSHIDA4;
    /// let stride = YOSHIDA4.splitting();
    /// assert_eq!((stride.tableau.len(), stride.order, stride.reversible()), (7, 4, true));
    /// ```
    pub fn splitting(&self) -> Splitting<Kinetic> {
        let mut tableau = Vec::with_capacity(2 * self.kicks() + 1);
        let mut before = 0.0;
        for fraction in self.fractions() {
            tableau.extend([(Kinetic::A, 0.5 * (before + fraction)), (Kinetic::B, fraction)]);
            before = fraction;
        }
        tableau.push((Kinetic::A, 0.5 * before));
        Splitting { tableau: tableau.into(), order: self.order }
    }
}
