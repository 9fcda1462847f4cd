//! scratch
use steepest_spec::*;
fn main() {
    let base = "[functional]\nkind = \"expression\"\nenergy = \"x^2\"\n";
    let base4 = "";
    let _ = base4;
    let cases: Vec<(String, Vec<&str>)> = vec![
        ("".into(), vec![]), ("x = ".into(), vec![]), ("[state]\nkind=\"point\"".into(), vec![]), ("[functional]\n".into(), vec![]),
        ("[functional]\nkind = \"regresion\"\n".into(), vec![]),
        ("[functional]\nkind = \"regression\"\ndata = \"a.csv\"\n".into(), vec![]),
        (format!("{base}[scheme]\nkind = \"nuts\"\nmax_dpeth = 12\n"), vec![]),
        (format!("{base}[scheme]\nkind = \"nuts\"\nfriction = 12\n"), vec![]),
        (format!("{base}[scheme]\nkind = \"nuts\"\ndraws = 12\n"), vec![]),
        (format!("{base}[run]\ndraws = \"many\"\n"), vec![]),
        (format!("{base}[run]\ndraws = 0\n"), vec![]),
        (format!("{base}[run]\ndraws = 1.5\n"), vec![]),
        (format!("{base}[state]\nkind = \"particles\"\nn = 1e12\n"), vec![]),
        (format!("{base}[state]\nkind = \"particles\"\n[scheme]\nkind = \"nuts\"\n"), vec![]),
        (format!("{base}[noise]\nkind = \"still\"\n[scheme]\nkind = \"nuts\"\n"), vec![]),
        (format!("{base}[noise]\nkind = \"thermal\"\n[scheme]\nkind = \"gradient-descent\"\n"), vec![]),
        (format!("{base}[noise]\nkind = \"thermal\"\n[scheme]\nkind = \"ABA\"\n"), vec![]),
        (format!("{base}[scheme]\nkind = \"em\"\nstep = -1.0\n"), vec![]),
        (format!("{base}[scheme]\nkind = \"em\"\nstep = nan\n"), vec![]),
        (format!("{base}[schem]\nkind = \"em\"\nstep = nan\n"), vec![]),
        (format!("seed = 3\n{base}"), vec![]),
        (format!("scheme = \"nuts\"\n{base}"), vec![]),
        (format!("{base}"), vec!["scheme.step=-1"]), (format!("{base}"), vec!["scheme.stp=1"]), (format!("{base}"), vec!["scheme.kind=boab"]), (format!("{base}"), vec!["scheme.kind=nits"]),
        (format!("{base}"), vec!["draws=3"]), (format!("{base}"), vec!["run.draws"]),
        (format!("{base}energy = \"2\"\n"), vec![]),
        (format!("{base}[run]\nwarmup=0\n"), vec![]),
        (format!("{base}[scheme]\nstep=0.1\n"), vec![]),
        (format!("{base}constants = {{ k = 2, j = \"a\" }}\n"), vec![]),
    ];
    for (text, sets) in cases {
        let sets: Result<Vec<_>, _> = sets.iter().map(|s| Setting::parse(s)).collect();
        match sets.map_err(SpecError::from).and_then(|s| Config::parse(&text, "a/flow.toml", &s)) {
            Ok(c) => println!("-----ok\n{}", c.resolved()),
            Err(e) => println!("-----\nerror: {e}"),
        }
    }
    for s in ["nuts", "BAOAB", "verlet", "em", "gradient-descent"] { println!("{}", Config::parse(base, "f", &[Setting::flag("scheme.kind","",s)]).unwrap().resolved()); }
}
