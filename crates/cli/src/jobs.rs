//! JOBS: the flow.toml that `fit`, `sample`, `minimize` and `simulate` stand for.
use crate::arguments::{Common, Fit, Minimize, Regression, Sample, Sampling, Simulate};
use std::path::Path;
use steepest_spec::{Config, Problem, Setting, SpecError, list, nearest};

/// A job: its flow.toml as settings over nothing, and a name for its run folder.
pub struct Job {
    settings: Vec<Setting>,
    /// The name.
    pub name: String,
}
impl Job {
    /// The flow.toml.
    pub fn config(&self) -> Result<Config, SpecError> {
        Config::parse("", "command line", &self.settings)
    }
    fn flag(&mut self, path: [&str; 2], flag: &str, value: &Option<String>) {
        self.settings.extend(value.iter().map(|value| Setting::flag(&path, &format!("{flag} "), value)));
    }
    fn common(&mut self, common: &Common) {
        self.flag(["geometry", "kind"], "--geometry", &common.geometry);
        self.flag(["scheme", "step"], "--step", &common.step);
        self.flag(["run", "seed"], "--seed", &common.seed);
        self.flag(["run", "threads"], "--threads", &common.threads);
    }
    fn sampling(&mut self, sampling: &Sampling, verb: &str) -> Result<(), SpecError> {
        self.settings.push(Setting::implied(&["state", "kind"], "chains", verb));
        self.flag(["scheme", "kind"], "--scheme", &sampling.scheme);
        self.flag(["state", "chains"], "--chains", &sampling.chains);
        self.flag(["run", "draws"], "--draws", &sampling.draws);
        self.flag(["run", "warmup"], "--warmup", &sampling.warmup);
        self.flag(["noise", "beta"], "--beta", &sampling.beta);
        self.settings.extend(goals(&sampling.until)?);
        Ok(())
    }
    fn regression(data: &str, formula: &str, options: &Regression) -> Result<Job, SpecError> {
        let stem = Path::new(data).file_stem().map_or("fit".into(), |stem| stem.to_string_lossy().into_owned());
        let mut job = Job { settings: vec![Setting::implied(&["functional", "kind"], "regression", data)], name: stem };
        job.settings.push(Setting::text(&["functional", "data"], "", data));
        job.settings.push(Setting::text(&["functional", "formula"], "", formula));
        job.flag(["functional", "family"], "--family", &options.family);
        if let Some(levels) = &options.levels {
            job.settings.push(Setting::flag(&["functional", "levels"], "--levels ", &list_of(levels)));
        }
        job.flag(["functional", "weights"], "--weights", &options.weights);
        job.flag(["functional", "standardize"], "--standardize", &options.standardize);
        job.flag(["functional", "missing"], "--missing", &options.missing);
        job.flag(["functional", "precision"], "--precision", &options.precision);
        for prior in &options.priors {
            let Some((name, law)) = prior.split_once('=') else {
                let problem = Problem::new(format!("`--prior '{prior}'` has no `=`"));
                return Err(problem.note("for example --prior 'age = normal(0, 1)'").into());
            };
            let before = &prior[..prior.len() - law.trim_start().len()];
            let path = ["functional", "priors", name.trim()];
            job.settings.push(Setting::text(&path, &format!("--prior {before}"), law.trim()));
        }
        Ok(job)
    }
    fn energy(what: &str) -> Result<Job, SpecError> {
        let targets = list("targets")?;
        let names = || targets.iter().map(|item| item.name.as_str());
        let is_target = names().any(|name| name == what.to_lowercase().replace('_', "-"));
        let word =
            what.chars().all(|c| c.is_alphanumeric() || "-_".contains(c)) && what.chars().any(char::is_alphabetic);
        if word && !is_target && what.chars().count() > 1 {
            let near = nearest(what, names()).map_or(String::new(), |name| format!("; did you mean `{name}`?"));
            let problem = Problem::new(format!("there is no target `{what}`{near}"));
            return Err(problem
                .note("`steepest list targets` shows them; an expression has a sign in it, as x^2 has")
                .into());
        }
        let (kind, key, name) =
            if is_target { ("target", "name", what) } else { ("expression", "energy", "expression") };
        let settings =
            vec![Setting::implied(&["functional", "kind"], kind, what), Setting::text(&["functional", key], "", what)];
        Ok(Job { settings, name: name.to_owned() })
    }
    /// `name=value`: a constant or a number of the target; `table.key=value`: any key.
    fn set(&mut self, arguments: &[String], constants: Option<&str>) -> Result<(), SpecError> {
        for argument in arguments {
            let setting = match (argument.split_once('='), constants) {
                (Some((name, value)), Some(table)) if !name.contains('.') => {
                    Setting::flag(&["functional", table, name.trim()], &format!("--set {name}="), value.trim())
                }
                _ => Setting::parse(argument)?,
            };
            self.settings.push(setting);
        }
        Ok(())
    }
    fn constants(&self) -> &'static str {
        if ["expression", "lagrangian"].contains(&self.name.as_str()) { "constants" } else { "settings" }
    }
}
/// `low,medium,high` as a list of texts; what is a list already stays one.
fn list_of(levels: &str) -> String {
    if levels.trim_start().starts_with('[') {
        return levels.to_owned();
    }
    let quoted = |level: &str| format!("\"{}\"", level.trim().replace('\\', "\\\\").replace('"', "\\\""));
    format!("[{}]", levels.split(',').map(quoted).collect::<Vec<_>>().join(", "))
}
/// `--until 'ess = 1000'` as settings of `run.until`.
pub fn goals(asked: &[String]) -> Result<Vec<Setting>, SpecError> {
    let setting = |goal: &String| match goal.split_once('=') {
        Some((name, value)) => {
            let before = &goal[..goal.len() - value.trim_start().len()];
            Ok(Setting::flag(&["run", "until", name.trim()], &format!("--until {before}"), value.trim()))
        }
        None => {
            let problem = Problem::new(format!("`--until '{goal}'` has no `=`"));
            Err(problem.note("for example --until 'ess = 1000'").into())
        }
    };
    asked.iter().map(setting).collect()
}
/// `steepest fit`
pub fn fit(arguments: &Fit) -> Result<Job, SpecError> {
    let mut job = Job::regression(&arguments.data, &arguments.formula, &arguments.regression)?;
    job.sampling(&arguments.sampling, "steepest fit")?;
    job.common(&arguments.common);
    job.set(&arguments.set, None)?;
    Ok(job)
}
/// `steepest sample`
pub fn sample(arguments: &Sample) -> Result<Job, SpecError> {
    let mut job = Job::energy(&arguments.what)?;
    job.sampling(&arguments.sampling, "steepest sample")?;
    job.common(&arguments.common);
    job.set(&arguments.set, Some(job.constants()))?;
    Ok(job)
}
/// `steepest minimize`
pub fn minimize(arguments: &Minimize) -> Result<Job, SpecError> {
    let mut job = match &arguments.formula {
        Some(formula) => Job::regression(&arguments.what, formula, &arguments.regression)?,
        None if [".csv", ".parquet"].iter().any(|end| arguments.what.ends_with(end)) => {
            let problem = Problem::new(format!("`steepest minimize {}` needs a formula", arguments.what));
            return Err(problem.note("for example 'y ~ .', all columns").into());
        }
        None => Job::energy(&arguments.what)?,
    };
    job.settings.push(Setting::implied(&["state", "kind"], "point", "steepest minimize"));
    job.settings.push(Setting::implied(&["scheme", "kind"], "lbfgs", "steepest minimize"));
    job.flag(["scheme", "kind"], "--scheme", &arguments.scheme);
    job.flag(["run", "steps"], "--steps", &arguments.steps);
    job.common(&arguments.common);
    let constants = arguments.formula.is_none().then(|| job.constants());
    job.set(&arguments.set, constants)?;
    Ok(job)
}
/// Whether a text has a name that ends in `dot`, a velocity.
fn has_velocity(text: &str) -> bool {
    let names = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    names.filter_map(|name| name.strip_suffix("dot")).any(|base| !base.is_empty())
}
/// A length of a stride where none is given.
const STEP: f64 = 0.01;

/// `steepest simulate`
pub fn simulate(arguments: &Simulate) -> Result<Job, SpecError> {
    let verb = "steepest simulate";
    let lagrangian = has_velocity(&arguments.what);
    let mut job = if lagrangian {
        let settings = vec![
            Setting::implied(&["functional", "kind"], "lagrangian", &arguments.what),
            Setting::text(&["functional", "L"], "", &arguments.what),
        ];
        Job { settings, name: "lagrangian".to_owned() }
    } else {
        Job::energy(&arguments.what)?
    };
    job.settings.push(Setting::implied(&["state", "kind"], "point", verb));
    job.settings.push(Setting::implied(&["noise", "kind"], "still", verb));
    job.settings.push(Setting::implied(&["scheme", "kind"], if lagrangian { "variational" } else { "yoshida4" }, verb));
    job.flag(["scheme", "kind"], "--scheme", &arguments.scheme);
    job.flag(["scheme", "method"], "--method", &arguments.method);
    for (key, given) in
        [("start", &arguments.start), ("velocity", &arguments.velocity), ("momentum", &arguments.momentum)]
    {
        let Some(given) = given else { continue };
        let list = format!("[{}]", given.trim().trim_start_matches('[').trim_end_matches(']'));
        job.settings.push(Setting::flag(&["state", key], &format!("--{key} "), &list));
    }
    job.common(&arguments.common);
    strides(&mut job, arguments)?;
    job.set(&arguments.set, Some(job.constants()))?;
    Ok(job)
}
/// `--time` and `--step` as a whole number of strides of a length.
fn strides(job: &mut Job, arguments: &Simulate) -> Result<(), SpecError> {
    let Some(time) = &arguments.time else { return Ok(()) };
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|x| *x > 0.0 && x.is_finite());
    let Some(length) = number(time) else {
        let problem = Problem::new(format!("`--time {time}` must be a number greater than 0"));
        return Err(problem.note("the time that the motion is followed for, such as --time 50").into());
    };
    // A step that is no number is refused where all steps are.
    let step = arguments.common.step.as_deref().map_or(Some(STEP), number);
    let Some(step) = step else { return Ok(()) };
    let count = (length / step - 1e-9).ceil().max(1.0);
    if count > 1e15 {
        let problem = Problem::new(format!("`--time {time}` takes {count:.0e} strides of {step}"));
        return Err(problem.note("give a longer --step").into());
    }
    job.settings.push(Setting::flag(&["scheme", "step"], "step = ", &format!("{:?}", length / count)));
    job.settings.push(Setting::flag(&["run", "steps"], "steps = ", &format!("{count:.0}")));
    Ok(())
}
