//! NEAREST: the known name a mistyped one was probably meant to be.

/// The known name closest to `name`, when it is close enough to be worth suggesting.
///
/// ```
/// assert_eq!(steepest_spec::nearest("max_dpeth", ["step", "max_depth"]), Some("max_depth"));
/// assert_eq!(steepest_spec::nearest("colour", ["step", "max_depth"]), None);
/// ```
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let fold = |s: &str| s.to_lowercase().replace(['_', ' '], "-");
    let wanted = fold(name);
    let limit = (wanted.chars().count() / 3).max(1);
    let distance = |known: &str| {
        let known = fold(known);
        // An abbreviation or an ending too many is one slip, however long.
        let prefix =
            wanted.len() >= 3 && (known.starts_with(&wanted) || wanted.starts_with(&known) && known.len() >= 3);
        strsim::damerau_levenshtein(&wanted, &known).min(if prefix { 1 } else { usize::MAX })
    };
    known.into_iter().map(|k| (distance(k), k)).filter(|(d, _)| *d <= limit).min_by_key(|(d, _)| *d).map(|(_, k)| k)
}

/// `did you mean ...?`, or nothing.
pub fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, known).map_or(String::new(), |k| format!("did you mean `{k}`?"))
}
