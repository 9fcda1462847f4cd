//! CHECK: whether a model is what it says, on a terminal, as a page and as a picture.
use crate::arguments::FlowFile;
use crate::csv;
use crate::failure::Failure;
use crate::inspect::load;
use crate::place::free;
use crate::write_all;
use std::path::Path;
use steepest_report::{Law, Slope};
use steepest_spec::{Checkup, SpecError, build};

/// What a file is to hold, by its ending.
#[derive(Clone, Copy)]
enum Kind {
    Page,
    Picture,
}

/// `steepest check`: 0 where everything holds, else 3.
pub fn check(file: &FlowFile, out: Option<&Path>, force: bool) -> Result<u8, Failure> {
    // Before the model is built: a slip in a name should not cost the reading of a large table.
    let out = out.map(|path| Ok::<_, SpecError>((path, kind(path, force)?))).transpose()?;
    let config = load(file)?;
    let model = build(&config)?;
    let found = steepest_spec::check(&config, &*model)?;
    let flow = file.flow.display();
    let text = format!("{flow}: every key is known, and they go together\n\n{}", found.text);
    // The words first: a file that cannot be written costs nothing but itself.
    write_all(&text)?;
    if let Some((path, kind)) = out {
        csv::write(path, &drawn(&found, kind, &flow.to_string(), &text)?)?;
        write_all(&format!("\nreport  {}\n", path.display()))?;
    }
    Ok(if found.holds { 0 } else { 3 })
}

fn kind(path: &Path, force: bool) -> Result<Kind, SpecError> {
    let ending = path.extension().unwrap_or_default();
    let kind = match ending {
        ending if ending.eq_ignore_ascii_case("html") => Kind::Page,
        ending if ending.eq_ignore_ascii_case("svg") => Kind::Picture,
        _ => {
            let shown = path.display();
            return Err(SpecError::input(format!(
                "{shown}: expected a name that ends in .html (a page) or .svg (a picture)"
            )));
        }
    };
    free(path, force)?;
    Ok(kind)
}

fn drawn(found: &Checkup, kind: Kind, title: &str, text: &str) -> Result<String, SpecError> {
    let slopes: Vec<Slope> = found
        .curves
        .iter()
        .map(|curve| Slope {
            name: curve.name.to_owned(),
            error: curve.error.clone(),
            points: curve.found.points.clone(),
            fitted: curve.found.fitted.clone(),
            slope: curve.found.slope,
            floor: curve.found.floor,
            order: curve.order,
            good: curve.good,
        })
        .collect();
    let laws: Vec<Law> = found
        .laws
        .iter()
        .map(|law| Law { what: law.what.to_owned(), off: law.off, bound: law.bound, good: law.good })
        .collect();
    match kind {
        Kind::Page => Ok(steepest_report::checkup(title, found.holds, &laws, &slopes, text)),
        Kind::Picture => steepest_report::slopes(&slopes).ok_or_else(|| SpecError::Numerical {
            message: "there is no picture: no error is a number above 0".to_owned(),
            advice: "the verdict is in the words".to_owned(),
            record: None,
        }),
    }
}
