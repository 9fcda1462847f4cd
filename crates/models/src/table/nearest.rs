//! NEAREST: which known name a mistyped one was meant to be.

/// The candidate closest to `name`, if any is close enough to be worth suggesting (case does not count).
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let wanted = name.to_lowercase();
    candidates
        .into_iter()
        .map(|c| (strsim::normalized_damerau_levenshtein(&wanted, &c.to_lowercase()), c))
        .filter(|&(score, _)| score >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, c)| c.to_string())
}

/// `; did you mean 'x'?`, or nothing.
pub(crate) fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|n| format!("; did you mean '{n}'?")).unwrap_or_default()
}

/// `1, 2, 3` with at most `limit` entries, then `and 7 more`.
pub(crate) fn listed<T: std::fmt::Display>(items: &[T], limit: usize, total: usize) -> String {
    let mut out = items.iter().take(limit).map(T::to_string).collect::<Vec<_>>().join(", ");
    let shown = items.len().min(limit);
    if total > shown {
        out.push_str(&format!(" and {} more", total - shown));
    }
    out
}
