//! GRID: every combination of the values of some keys, written `KEY=V1,V2,...`, `KEY=LOW..HIGH:N` or `KEY=log:LOW..HIGH:N`.
use steepest_spec::Problem;

/// Runs at most: more are a slip of the keyboard.
const MOST: usize = 10_000;

/// One combination.
#[derive(Debug)]
pub struct Point {
    /// The name of its folder.
    pub name: String,
    /// Keys and values.
    pub knobs: Vec<(String, String)>,
    /// The same as `KEY=VALUE`.
    pub settings: Vec<String>,
}

/// Every combination, the last key changing fastest.
pub fn grid(over: &[String]) -> Result<Vec<Point>, Problem> {
    let mut knobs: Vec<(String, Vec<String>)> = Vec::new();
    for text in over {
        let Some((key, values)) = text.split_once('=') else {
            let problem = Problem::new(format!("`--over {text}` has no `=`"));
            return Err(problem.note("for example --over scheme.step=0.1,0.2,0.4"));
        };
        let (key, values) = (key.trim().to_owned(), values.trim());
        if knobs.iter().any(|(other, _)| *other == key) {
            return Err(
                Problem::new(format!("`--over {key}` is given twice")).note("write all its values in one: KEY=V1,V2")
            );
        }
        let values = range(&key, values)?.unwrap_or_else(|| list(values));
        if values.iter().any(String::is_empty) {
            return Err(Problem::new(format!("`--over {text}`: a value is missing")));
        }
        knobs.push((key, values));
    }
    let count = knobs.iter().try_fold(1_usize, |all, (_, values)| all.checked_mul(values.len())).unwrap_or(usize::MAX);
    if count > MOST {
        return Err(too_many(count));
    }
    let digits = count.to_string().len();
    let point = |mut k: usize| {
        let number = k + 1;
        let mut chosen: Vec<(String, String)> = Vec::new();
        for (key, values) in knobs.iter().rev() {
            chosen.push((key.clone(), values[k % values.len()].clone()));
            k /= values.len();
        }
        chosen.reverse();
        let settings: Vec<String> = chosen.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let words: Vec<String> =
            chosen.iter().map(|(k, v)| format!("{}-{v}", k.rsplit('.').next().unwrap_or(k))).collect();
        let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
        let name: String = words.join("-").chars().map(plain).take(60).collect();
        Point { name: format!("{number:0digits$}-{name}"), knobs: chosen, settings }
    };
    Ok((0..count).map(point).collect())
}

fn too_many(count: usize) -> Problem {
    Problem::new(format!("the sweep has {count} runs; {MOST} are the most"))
}

/// Values between commas, but not those inside brackets, braces or quotes.
fn list(text: &str) -> Vec<String> {
    let (mut values, mut depth, mut quote) = (vec![String::new()], 0_i32, None);
    for c in text.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                values.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = values.last_mut() {
            last.push(c);
        }
    }
    values.iter().map(|value| value.trim().to_owned()).collect()
}

/// `LOW..HIGH:N` in equal steps, `log:LOW..HIGH:N` in equal ratios; `None` where it is no range.
fn range(key: &str, text: &str) -> Result<Option<Vec<String>>, Problem> {
    let (log, rest) = text.strip_prefix("log:").map_or((false, text), |rest| (true, rest));
    let parts = rest.split_once("..").and_then(|(low, rest)| Some((low, rest.rsplit_once(':')?)));
    let numbers = parts.and_then(|(low, (high, n))| {
        Some((low.trim().parse::<f64>().ok()?, high.trim().parse::<f64>().ok()?, n.trim().parse::<usize>().ok()?))
    });
    let Some((low, high, n)) = numbers else {
        if !log {
            return Ok(None);
        }
        let problem = Problem::new(format!("`--over {key}={text}` is not a range"));
        return Err(problem.note("for example log:1e-3..1:7, seven values of equal ratios"));
    };
    if n > MOST {
        return Err(too_many(n));
    }
    let fits = n >= 2 && low.is_finite() && high.is_finite() && (!log || (low > 0.0 && high > 0.0));
    if !fits {
        let problem =
            Problem::new(format!("`--over {key}={text}`: a range has two finite ends and at least two values"));
        return Err(problem.note("the ends of one in equal ratios, log:LOW..HIGH:N, are positive"));
    }
    let at = |k: usize| {
        let share = k as f64 / (n - 1) as f64;
        let x = if log { low * (high / low).powf(share) } else { low + share * (high - low) };
        // Twelve digits are as good, and are read again as the same number: names stay short.
        let x: f64 = format!("{x:.11e}").parse().unwrap_or(x);
        let plain = format!("{x}");
        if plain.len() > 14 { format!("{x:e}") } else { plain }
    };
    Ok(Some((0..n).map(at).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(over: &[&str]) -> Vec<String> {
        let over: Vec<String> = over.iter().map(|text| (*text).to_owned()).collect();
        grid(&over).unwrap().into_iter().map(|point| point.settings.join(" ")).collect()
    }
    #[test]
    fn lists_and_ranges_are_combined() {
        assert_eq!(settings(&["a=1,2", "b=x,[1,2]"]), ["a=1 b=x", "a=1 b=[1,2]", "a=2 b=x", "a=2 b=[1,2]"]);
        assert_eq!(settings(&["s=0.1..0.4:4"]), ["s=0.1", "s=0.2", "s=0.3", "s=0.4"]);
        assert_eq!(settings(&["s=log:1e-2..1:3"]), ["s=0.01", "s=0.1", "s=1"]);
        assert_eq!(settings(&["s=\"a,b\",c"]), ["s=\"a,b\"", "s=c"]);
    }
    #[test]
    fn names_are_safe_and_in_order() {
        let points = grid(&["state.start=[1, 2],0".to_owned()]).unwrap();
        assert_eq!([&*points[0].name, &*points[1].name], ["1-start-_1__2_", "2-start-0"]);
        let many = grid(&["a=0..9:10".to_owned()]).unwrap();
        assert_eq!([&*many[0].name, &*many[9].name], ["01-a-0", "10-a-9"]);
    }
    #[test]
    fn slips_are_told() {
        let wrong = |text: &str| grid(&[text.to_owned()]).unwrap_err();
        for text in ["a", "a=1,,2", "a=log:0..1:3", "a=0..1:1", "a=log:x", "a=0..1:99999"] {
            let _ = wrong(text);
        }
        // Told before so many are made.
        for text in ["a=1..1000000000:1000000000", "a=log:1..2:18446744073709551615"] {
            assert!(wrong(text).message.ends_with("runs; 10000 are the most"), "{text}");
        }
        assert!(grid(&["a=1".to_owned(), "a=2".to_owned()]).is_err());
    }
}
