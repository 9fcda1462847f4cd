//! How quantities are grouped and named as variables of a data set.
use std::collections::HashSet;

/// One array: a scalar quantity, or the components `x[1] ... x[d]` of a vector.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Variable {
    /// Its name in the data set: the quantity's own wherever a folder can have that name.
    pub name: String,
    /// What the user calls it.
    pub title: String,
    /// The quantities it holds, by index.
    pub quantities: Vec<usize>,
    /// For a vector, the name of its axis.
    pub axis: Option<String>,
}

/// The variables that hold the quantities called `names`, in order of first appearance.
///
/// `x[1]`, ..., `x[d]` make one vector if all of 1 to d are there in order and `x` is an identifier not taken by a
/// scalar; all else, such as `log(amount)` and `C(purpose)[car]`, is a scalar.
pub(crate) fn group(names: &[String]) -> Vec<Variable> {
    let mut taken: HashSet<String> = ["chain", "draw"].map(String::from).into();
    let mut out: Vec<Variable> = Vec::new();
    let mut done = vec![false; names.len()];
    for k in 0..names.len() {
        if done[k] {
            continue;
        }
        let members = component(&names[k]).and_then(|(base, _)| vector(base, names));
        let (title, quantities) = match members {
            Some((base, members)) => (base, members),
            None => (names[k].as_str(), vec![k]),
        };
        quantities.iter().for_each(|&k| done[k] = true);
        let vector = names[k] != title;
        let name = unique(&plain(title), &mut taken);
        let axis = vector.then(|| unique(&format!("{name}_dim_0"), &mut taken));
        out.push(Variable { name, title: title.into(), quantities, axis });
    }
    out
}

/// `x[3]` as ("x", 3).
fn component(name: &str) -> Option<(&str, usize)> {
    let (base, rest) = name.split_once('[')?;
    let index = rest.strip_suffix(']')?;
    let identifier =
        base.chars().all(|c| c.is_alphanumeric() || c == '_') && base.starts_with(|c: char| !c.is_ascii_digit());
    let canonical = index.bytes().all(|b| b.is_ascii_digit()) && !index.starts_with('0');
    if identifier && canonical { Some((base, index.parse().ok()?)) } else { None }
}

/// The quantities `base[1] ... base[d]`, if they are all there, in order, and nothing else is called `base`.
fn vector<'a>(base: &'a str, names: &[String]) -> Option<(&'a str, Vec<usize>)> {
    let mut members = Vec::new();
    for (k, name) in names.iter().enumerate() {
        match component(name) {
            Some((b, index)) if b == base => {
                members.push(k);
                if index != members.len() {
                    return None;
                }
            }
            _ if name == base => return None,
            _ => {}
        }
    }
    Some((base, members))
}

/// The name with what no folder and no data set can have in a name replaced.
fn plain(title: &str) -> String {
    let mut name: String =
        title.chars().map(|c| if c == '/' || c == '\\' || c.is_control() { '_' } else { c }).collect();
    // Zarr keeps `__...`, `zarr.json` and the empty name for itself; file systems keep `.` and `..`.
    if name.is_empty() || name.starts_with("__") || name == "zarr.json" || name.chars().all(|c| c == '.') {
        name.insert_str(0, "q_");
    }
    name.truncate(name.floor_char_boundary(200));
    name
}

/// The name, with a number behind it if it is taken. Case does not count: on some file systems `X` and `x` are one folder.
fn unique(name: &str, taken: &mut HashSet<String>) -> String {
    let mut candidates = std::iter::once(name.to_string()).chain((2u64..).map(|n| format!("{name}_{n}")));
    candidates.find(|c| taken.insert(c.to_lowercase())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grouped(names: &[&str]) -> Vec<(String, Vec<usize>, Option<String>)> {
        let names: Vec<String> = names.iter().map(|n| n.to_string()).collect();
        group(&names).into_iter().map(|v| (v.name, v.quantities, v.axis)).collect()
    }
    fn scalar(name: &str, k: usize) -> (String, Vec<usize>, Option<String>) {
        (name.into(), vec![k], None)
    }

    #[test]
    fn vectors_and_scalars() {
        assert_eq!(
            grouped(&["mu", "theta[1]", "theta[2]", "tau", "x[1]"]),
            [
                scalar("mu", 0),
                ("theta".into(), vec![1, 2], Some("theta_dim_0".into())),
                scalar("tau", 3),
                ("x".into(), vec![4], Some("x_dim_0".into())),
            ]
        );
    }

    #[test]
    fn regression_names_are_kept() {
        let names = ["intercept", "log(amount)", "C(purpose)[car]", "C(year)[1]", "age:housing", "sd(1|g)", "1|g[1]"];
        let expected: Vec<_> = names.iter().enumerate().map(|(k, n)| scalar(n, k)).collect();
        assert_eq!(grouped(&names), expected);
    }

    #[test]
    fn what_is_no_whole_vector_is_scalars() {
        for names in [
            &["x[1]", "x[3]"][..],
            &["x[2]", "x[1]"],
            &["x[1]", "x[2]", "x[1]_"],
            &["x", "x[1]", "x[2]"],
            &["x[01]"],
            &["x[0]"],
        ] {
            let found = grouped(names);
            let vectors: Vec<_> = found.iter().filter(|v| v.2.is_some()).collect();
            assert_eq!(vectors.len(), usize::from(names.contains(&"x[1]_")), "{names:?} {found:?}");
        }
    }

    #[test]
    fn names_no_folder_can_have() {
        let names = ["a/b", "a_b", "A_B", "chain", "draw", "__x", "..", "", "zarr.json"];
        let expected = ["a_b", "a_b_2", "A_B_3", "chain_2", "draw_2", "q___x", "q_..", "q_", "q_zarr.json"];
        assert_eq!(grouped(&names).into_iter().map(|v| v.0).collect::<Vec<_>>(), expected);
        assert_eq!(grouped(&["x_dim_0", "x[1]", "x[2]"])[1].2, Some("x_dim_0_2".into()));
        assert_eq!(grouped(&[&"é".repeat(150)])[0].0.len(), 200);
    }
}
