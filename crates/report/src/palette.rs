//! The colours, in light and in dark, and how chains are told apart without them.

/// Chains with a colour and dash of their own.
pub const CHAINS: usize = 16;

/// Name, light, dark. The chain colours are those of Okabe and Ito, darkened or lightened to stand 3:1 off the ground, so
/// that they stay apart under every common colour blindness.
const COLOURS: &[(&str, &str, &str)] = &[
    ("ground", "#ffffff", "#14171c"),
    ("panel", "#f6f7f8", "#1c2027"),
    ("ink", "#1a1d21", "#e8eaed"),
    ("muted", "#5b626c", "#a3abb6"),
    ("rule", "#d5d9de", "#353b45"),
    ("grid", "#e9ebee", "#272c34"),
    ("accent", "#0b5fa5", "#6cb8f0"),
    ("holds", "#00705a", "#3fcfa5"),
    ("violated", "#b03a06", "#ff8f5c"),
    ("inconclusive", "#77610a", "#e3c355"),
    ("fill", "#3f84ba", "#4b9bd6"),
    ("mark", "#c2185b", "#ff6fa3"),
    ("c0", "#0072b2", "#5cb4ee"),
    ("c1", "#d55e00", "#f98f45"),
    ("c2", "#00875f", "#35cc9c"),
    ("c3", "#b0508f", "#e09ac8"),
    ("c4", "#b58400", "#edc04a"),
    ("c5", "#2f97cf", "#a3d8f7"),
    ("c6", "#7a2f3f", "#d47f8d"),
    ("c7", "#60666e", "#b9c0c8"),
];

/// How the line of each chain in turn is dashed.
const DASHES: [&str; 4] = ["none", "7 3", "2 2.4", "9 3 2 3"];

/// The rules of every figure, in a page or alone.
const FIGURE: &str = include_str!("assets/figure.css");

/// The figures' rules for the page: colours as variables, so that they follow light and dark.
pub fn page_rules() -> String {
    format!("{}{}{}", FIGURE, chain_rules(), chosen_rules())
}

/// Each chain's colour as a variable of its own, for what is no figure. Figures do without, as they may leave the page: renderers
/// of SVG other than browsers pass over a rule that has one.
pub fn own_rules() -> String {
    (0..CHAINS).map(|k| format!(".k{k}{{--own:var(--c{})}}\n", k % 8)).collect()
}

/// The figures' rules with light colours written in: programs other than browsers know no variables.
pub fn standalone_rules() -> String {
    let rules = format!("{}{}", FIGURE, chain_rules());
    COLOURS.iter().fold(rules, |css, (name, light, _)| css.replace(&format!("var(--{name})"), light))
}

/// The variables, light by default, dark where the reader's system or the page's switch says so, light on paper.
pub fn variables() -> String {
    let block = |dark: bool| -> String {
        COLOURS.iter().map(|(name, l, d)| format!("--{name}:{};", if dark { d } else { l })).collect()
    };
    let (light, dark) = (block(false), block(true));
    format!(
        ":root{{color-scheme:light;{light}}}\n\
         @media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n\
         @media screen{{:root[data-theme=dark]{{color-scheme:dark;{dark}}}}}\n"
    )
}

/// The light colours by name, for figures saved from the page.
pub fn light() -> impl Iterator<Item = (&'static str, &'static str)> {
    COLOURS.iter().map(|(name, light, _)| (*name, *light))
}

fn chain_rules() -> String {
    let mut css = String::new();
    for k in 0..CHAINS {
        let (colour, dash) = (k % 8, DASHES[(k + k / 8) % 4]);
        css.push_str(&format!(".k{k}{{stroke:var(--c{colour})}}.d{k}{{stroke-dasharray:{dash}}}"));
        css.push_str(&format!(".b{k}{{fill:var(--c{colour})}}\n"));
    }
    css
}

/// Chains that the reader hides, or points at.
fn chosen_rules() -> String {
    let rule = |k: usize| {
        format!("[data-hidden~=\"{k}\"] .of{k}{{display:none}}[data-focus=\"{k}\"] .chain:not(.of{k}){{opacity:.1}}\n")
    };
    (0..CHAINS).map(rule).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The relative luminance of [WCAG 2.2].
    fn luminance(hex: &str) -> f64 {
        let channel = |at: usize| {
            let c = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap_or(0)) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn text_and_lines_stand_off_the_ground() {
        let (_, light, dark) = COLOURS[0];
        for (name, l, d) in COLOURS {
            let least = match *name {
                "ink" | "muted" | "accent" | "holds" | "violated" | "inconclusive" => 4.5,
                "mark" | "fill" => 3.0,
                name if name.starts_with('c') => 3.0,
                _ => continue,
            };
            for (ground, colour) in [(light, l), (dark, d)] {
                assert!(contrast(ground, colour) >= least, "{name} {colour} on {ground}: {}", contrast(ground, colour));
            }
        }
    }

    #[test]
    fn alone_no_variable_is_left() {
        // Nor in what the page saves, once it has put colours in.
        for rules in [standalone_rules(), page_rules().replace("var(--", "(")] {
            assert!(!rules.contains("var(") && !rules.contains("--"), "{rules}");
        }
        assert!(standalone_rules().contains(".k9{stroke:#d55e00}") && own_rules().contains(".k9{--own:var(--c1)}"));
    }
}
