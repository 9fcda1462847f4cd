//! CATALOGUE: everything that has a name, for `steepest list`.
use crate::keys::{REGULARISERS, Simple, noun};
use crate::nearest::suggestion;
use crate::template::templates;
use crate::{Problem, SpecError};
use steepest_flows::geometry::mirror::{self, MIRRORS};
use steepest_models::{CATALOGUE, Family};

/// Something with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The name as flow.toml takes it.
    pub name: String,
    /// One sentence.
    pub doc: String,
    /// Key of the literature, where there is one.
    pub reference: String,
}
impl Item {
    fn new(name: impl Into<String>, doc: impl Into<String>, reference: &str) -> Item {
        Item { name: name.into(), doc: doc.into(), reference: reference.to_owned() }
    }
}

/// Densities a prior may have.
const PRIORS: &[(&str, &str)] = &[
    ("normal(mean, sd)", "the bell curve"),
    ("student_t(nu, mean, scale)", "heavier tails; nu = 3 to 7 as a rule"),
    ("cauchy(mean, scale)", "student_t with nu = 1"),
    ("uniform(low, high)", "constant between two bounds"),
    ("flat", "constant everywhere; improper"),
    ("exponential(rate)", "for scales such as sigma"),
    ("gamma(shape, rate)", "for scales"),
    ("half_normal(sd)", "for scales"),
    ("half_cauchy(scale)", "for scales"),
    ("half_student_t(nu, scale)", "for scales"),
    ("lkj(shape)", "for the correlations of group effects; 1 is uniform"),
];

/// What `steepest list` can list, each with a sentence.
pub const LISTS: &[(&str, &str)] = &[
    ("functionals", "F, what should decrease"),
    ("states", "x, what moves"),
    ("geometries", "K, how distance is measured"),
    ("noises", "the shocks"),
    ("schemes", "how the flow is advanced"),
    ("maps", "mirror maps of geometry `mirror`"),
    ("regularisers", "R that can be added to an energy"),
    ("targets", "energies whose exact answers are known"),
    ("families", "laws of the response of a regression"),
    ("priors", "densities of a prior"),
    ("rows", "what `steepest new` writes a flow.toml for"),
];

/// The members of one list.
///
/// # Errors
/// No such list.
pub fn list(name: &str) -> Result<Vec<Item>, SpecError> {
    let of_noun = |name: &str| {
        let item = |kind: &crate::Kind| {
            let also =
                if kind.aliases.is_empty() { String::new() } else { format!(" (also {})", kind.aliases.join(", ")) };
            Item::new(kind.name, format!("{}{also}", kind.doc), kind.reference)
        };
        noun(name).map_or(&[][..], |noun| noun.kinds).iter().map(item).collect()
    };
    let plain = |list: &[(&str, &str)]| list.iter().map(|(name, doc)| Item::new(*name, *doc, "")).collect();
    Ok(match name {
        "functionals" | "functional" => of_noun("functional"),
        "states" | "state" => of_noun("state"),
        "geometries" | "geometry" => of_noun("geometry"),
        "noises" | "noise" => of_noun("noise"),
        "schemes" | "scheme" => of_noun("scheme"),
        "maps" | "map" => {
            let item =
                |map: &mirror::Entry| Item::new(map.name, format!("{}; on {}", map.meaning, map.domain), map.reference);
            MIRRORS.iter().map(item).collect()
        }
        "regularisers" | "regulariser" => REGULARISERS.iter().map(regulariser).collect(),
        "targets" | "target" => targets(),
        "families" | "family" => Family::ALL.iter().map(|(name, law)| Item::new(*name, law.meaning(), "")).collect(),
        "priors" | "prior" => plain(PRIORS),
        "rows" | "row" => templates().map(|(name, doc)| Item::new(name, doc, "")).collect(),
        _ => {
            let known: Vec<&str> = LISTS.iter().map(|(name, _)| *name).collect();
            let problem = Problem::new(format!("there is no list `{name}`"));
            let problem = problem.label(suggestion(name, known.iter().copied()));
            return Err(problem.note(format!("known: {}", known.join(", "))).into());
        }
    })
}

fn regulariser(simple: &Simple) -> Item {
    let numbers: Vec<&str> = simple.numbers.iter().map(|(number, ..)| *number).collect();
    let numbers = if numbers.is_empty() { String::new() } else { format!(" ({})", numbers.join(", ")) };
    Item::new(simple.name, format!("{}{numbers}; geometry {}", simple.doc, simple.geometries.join(" or ")), "")
}
fn targets() -> Vec<Item> {
    let setting = |setting: &steepest_models::Setting| format!("{} = {}", setting.name, setting.default);
    let item = |entry: &steepest_models::Entry| {
        let settings: Vec<String> = entry.settings.iter().map(setting).collect();
        let settings = if settings.is_empty() { String::new() } else { format!(" ({})", settings.join(", ")) };
        Item::new(entry.name, format!("{}{settings}", entry.meaning), entry.reference)
    };
    CATALOGUE.iter().map(item).collect()
}
