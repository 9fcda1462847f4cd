//! What cells say that their numbers do not: identifiers, decimal marks, quotes, words for nothing, names in the first row.
use steepest_core::Batch;
use steepest_models::{
    Design, Formula, Likelihood, Missing, Model, Regression, RegressionOptions, Rows, RowsOptions, Table, TableOptions,
};

fn table(text: &str) -> Table {
    read(text).unwrap_or_else(|error| panic!("{error}"))
}
fn read(text: &str) -> Result<Table, String> {
    Table::parse("d.csv", text.as_bytes(), TableOptions::default()).map_err(|error| error.to_string())
}
fn design<'t>(table: &'t Table, formula: &str) -> Result<Design<'t>, String> {
    let formula: Formula = formula.parse().unwrap_or_else(|error| panic!("{error}"));
    formula.design(table, Missing::Error).map_err(|error| error.to_string())
}
/// The first line of what a formula says of a text.
fn said(text: &str, formula: &str) -> String {
    let table = table(text);
    let error = design(&table, formula).err().unwrap_or("fine".into());
    error.lines().next().unwrap_or_default().to_string()
}
fn names(text: &str, formula: &str) -> String {
    design(&table(text), formula).unwrap_or_else(|error| panic!("{error}")).names.join(" ")
}
fn notes(text: &str, formula: &str) -> Vec<String> {
    design(&table(text), formula).unwrap_or_else(|error| panic!("{error}")).notes
}

/// Forty identifiers of which `f64` knows twenty-one, two rows to each.
fn identifiers() -> (Vec<String>, String) {
    let ids: Vec<String> = (1..=40).map(|k| format!("100000000000000{k:02}")).collect();
    let rows = (0..80).map(|r| format!("{},{}\n", (r * 7) % 11, ids[(r * 3) % 40]));
    let text = format!("y,id\n{}", rows.collect::<String>());
    (ids, text)
}

#[test]
fn identifiers_beyond_2_to_53_are_levels_of_their_own() {
    let (ids, text) = identifiers();
    let table = table(&text);
    let fit = design(&table, "y ~ 1 + (1|id)").unwrap();
    assert_eq!(fit.groups[0].levels, ids);
    assert!(fit.groups[0].codes.iter().enumerate().all(|(r, code)| *code as usize == (r * 3) % 40));
    assert_eq!(fit.notes, ["Levels of 'id' are told apart as they are written."]);
    let rounded = "'id' has whole numbers beyond 2^53, such as 10000000000000001, which are rounded as numbers.";
    assert_eq!(design(&table, "y ~ id").unwrap().notes, [rounded]);
}

#[test]
fn row_models_know_them_too() {
    let (ids, text) = identifiers();
    let table = table(&text);
    let options = |nll: &str, a: &str, within: Option<&str>| RowsOptions {
        likelihood: Likelihood::Nll(nll.into()),
        parameters: vec![("a".into(), a.into())],
        within: within.map(str::to_string),
        ..RowsOptions::default()
    };
    let levels = Rows::new(&table, &options("0.5*(y - a[id])^2", "real[id]", None)).unwrap();
    assert_eq!(levels.names(), ids.iter().map(|id| format!("a[{id}]")).collect::<Vec<_>>());
    // The second row of each of 40 has one row above it.
    let lagged = Rows::new(&table, &options("0.5*(y - a*y[-1])^2", "real", Some("id"))).unwrap();
    let notes = lagged.notes().join("\n");
    assert!(notes.contains("40 rows of d.csv; 40 are left out, as their lags do not exist within id"), "{notes}");
}

#[test]
fn a_number_that_is_written_in_several_ways_is_one_level() {
    let codes = "z,y\n01,1\n1,2\n001,3\n1e5,4\n100000,5\n01,6\n1.0,7\n+1,8\n";
    assert_eq!(names(codes, "y ~ C(z)"), "intercept C(z)[01] C(z)[1] C(z)[100000]");
    // As numbers they are what they are.
    assert_eq!(table(codes).numbers("z").unwrap(), [1.0, 1.0, 1.0, 1e5, 1e5, 1.0, 1.0, 1.0]);
    assert_eq!(names("z,y\n01067,1\n10115,2\n01067,3\n", "y ~ C(z)"), "intercept C(z)[10115]");
    assert_eq!(names("z,y\n2.0,1\n1.0,2\n10.0,3\n", "y ~ C(z)"), "intercept C(z)[2] C(z)[10]");
    assert_eq!(names("z,y\n1e5,1\n2e5,2\n1e5,3\n", "y ~ C(z)"), "intercept C(z)[200000]");
    // What tables are that were put one below the other.
    let mixed = "z,y\n1,1\n2,2\n1.0,3\n2.50,4\n+2,5\n2.5,6\n";
    assert_eq!(names(mixed, "y ~ C(z)"), "intercept C(z)[2] C(z)[2.5]");
    assert!(notes(mixed, "y ~ C(z)").is_empty());
    let table = table(mixed);
    let fit = design(&table, "y ~ 1 + (1|z)").unwrap();
    assert_eq!(fit.groups[0].levels, ["1", "2", "2.5"]);
    assert_eq!(fit.groups[0].codes, [0, 1, 0, 2, 1, 2]);
    assert!(fit.notes.is_empty());
}

/// Levels of parameters and the groups of lags are the same.
#[test]
fn row_models_tell_levels_apart_as_formulas_do() {
    let of = |text: &str, nll: &str, a: &str, within: Option<&str>| {
        let options = RowsOptions {
            likelihood: Likelihood::Nll(nll.into()),
            parameters: vec![("a".into(), a.into())],
            within: within.map(str::to_string),
            ..RowsOptions::default()
        };
        let model = Rows::new(&table(text), &options).unwrap_or_else(|error| panic!("{error}"));
        (model.names().join(" "), model.notes().join("\n"))
    };
    let told = "told apart as they are written";
    let (mixed, padded) = ("g,y\n1,1\n2,2\n1.0,3\n+2,5\n", "g,y\n1,1\n2,2\n1.0,3\n01,5\n");
    let (names, notes) = of(mixed, "0.5*(y - a[g])^2", "real[g]", None);
    assert!(names == "a[1] a[2]" && !notes.contains(told), "{names}: {notes}");
    let (names, notes) = of(padded, "0.5*(y - a[g])^2", "real[g]", None);
    assert!(names == "a[01] a[1] a[2]", "{names}");
    assert!(notes.contains("a: real, one for each of 3 levels of g, told apart as they are written"), "{notes}");
    // As an index 01 is 1.
    let (names, notes) = of(padded, "0.5*(y - a[g])^2", "real(2)", None);
    assert!(names == "a[1] a[2]" && !notes.contains(told), "{names}: {notes}");
    let (_, notes) = of(mixed, "0.5*(y - a*y[-1])^2", "real", Some("g"));
    assert!(notes.contains("2 rows of d.csv; 2 are left out") && !notes.contains(told), "{notes}");
    let (_, notes) = of(padded, "0.5*(y - a*y[-1])^2", "real", Some("g"));
    assert!(notes.contains("1 rows of d.csv; 3 are left out"), "{notes}");
    assert!(notes.contains("levels of 'g' are told apart as they are written"), "{notes}");
}

#[test]
fn new_rows_are_read_by_the_words_of_the_fit() {
    let fit = table("z,y\n01067,1\n10115,2\n04109,3\n01067,5\n10115,4\n");
    let options = RegressionOptions { formula: "y ~ C(z)".into(), ..Default::default() };
    let model = Regression::new(&fit, &options).unwrap();
    let rows = model.observations().unwrap();
    assert!(rows.on(&table("z\n04109\n10115\n")).is_ok());
    // No zero before it: the number alone would not have said so.
    assert!(rows.on(&table("z\n10115\n")).is_ok());
    let error = rows.on(&table("z\n1067\n")).err().unwrap().to_string();
    assert!(error.starts_with("d.csv, row 2, column 'z': the model has no level '1067'"), "{error}");
}

/// Which level a new row has hangs on its own cell, whatever stands in the others.
#[test]
fn new_rows_are_read_one_by_one() {
    let fit = table("z,y\n1,1\n01,2\n2.50,3\n1.0,5\n01,4\n");
    let options = RegressionOptions { formula: "y ~ 0 + C(z)".into(), ..Default::default() };
    let model = Regression::new(&fit, &options).unwrap();
    assert_eq!(model.names()[..3], ["C(z)[01]", "C(z)[1]", "C(z)[2.5]"]);
    let rows = model.observations().unwrap();
    let theta: Vec<f64> = (1..=model.names().len()).map(|k| k as f64).collect();
    let means = |text: &str| {
        let new = rows.on(&table(text)).unwrap_or_else(|error| panic!("{error}"));
        let mut mean = vec![0.0; new.rows()];
        new.mean(0..new.rows(), Batch { n: 1, d: theta.len(), x: &theta }, &mut mean);
        mean
    };
    let near = |text: &str, means: &[f64], expected: &[f64]| {
        let apart = means.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(means.len() == expected.len() && apart < 1e-12, "{text}: {means:?}");
    };
    for (cell, mean) in
        [("1", 2.0), ("1.0", 2.0), ("+1", 2.0), ("01", 1.0), ("01.0", 1.0), ("2.5", 3.0), ("25e-1", 3.0)]
    {
        near(cell, &means(&format!("z\n{cell}\n")), &[mean]);
        near(cell, &means(&format!("z\n01\n{cell}\n1\n")), &[1.0, mean, 2.0]);
    }
    let error = |text: &str| rows.on(&table(text)).err().map_or("fine".into(), |error| error.to_string());
    assert!(error("z\n001\n").starts_with("d.csv, row 2, column 'z': the model has no level '001'"));
}

#[test]
fn a_column_has_one_decimal_mark() {
    let mixed = "y;x;z\n1;1.234;1\n2;987,5;5\n3;4;7\n";
    assert_eq!(
        said(mixed, "y ~ x"),
        "d.csv: column 'x' has both marks before decimals: '1.234' (row 2) and '987,5' (row 3); write all its numbers with \
         one of them, and none for thousands"
    );
    assert_eq!(said(mixed, "y ~ z"), "fine");
    let german = "y;x;z\n1;0,5;1.234\n2;1;5.678\n3;4;7\n";
    assert_eq!(notes(german, "y ~ x"), ["'x' has decimal commas: '0,5' is read as 0.5."]);
    let points = "'z' has decimal points, where other columns have commas: '1.234' is read as 1.234.";
    assert_eq!(notes(german, "y ~ z"), [points]);
    assert!(notes("y;x\n1;0.5\n2;1.25\n3;4\n", "y ~ x").is_empty());
}

#[test]
fn stray_quotes_are_refused() {
    let error = |text: &str| read(text).unwrap_err();
    assert_eq!(
        error("x,z,g,y\n1.0,0.5,\"a,3\n2.0,1.5,b,4\n2.5,2.5,\"a,2\n3,1,b,1\n"),
        "d.csv, row 2: a quote opens a cell here, and text follows where it closes, in row 4; a quote that belongs to a cell \
         is written twice, inside quotes"
    );
    assert_eq!(
        error("x,y\n1,2\n\"3,4\n5,6\n"),
        "d.csv, row 3: a quote opens a cell here and is not closed before the end of the file"
    );
    // Cells that the row has too many, and names.
    let behind = "a quote opens a cell here, and text follows where it closes, in row";
    assert!(error("x,y\n1,\"a \\\"b, c\\\" d\"\n").starts_with(&format!("d.csv, row 2: {behind} 2")));
    assert!(error("\"x\"y,z\n1,2\n").starts_with(&format!("d.csv, row 1: {behind} 1")));
    // What is wrong further up is said first.
    assert!(error("x,y\n1,2,3\n\"4\"5,6\n").starts_with("d.csv, row 2: expected 2 cells"));
    let fine = table("g,y\n\"5\"\" pipe\",1\n5\" pipe,2\n\"a\" ,3\n");
    assert_eq!(design(&fine, "y ~ 0 + g").unwrap().names, ["g[5\" pipe]", "g[a]"]);
}

/// A cell that says `\"` for a quote leaves its row whole: it is a matter of its column alone.
#[test]
fn a_quote_astray_within_its_line_is_a_fault_of_its_column() {
    let text = "y,note,x,mark\n1,plain,0.5,\"5\"\n2,\"say \\\"hi\\\" now\",1.5,6\n3,\"\\\"so\\\" said\",2,\"7\"0\n4,none,1,8\n";
    let table = table(text);
    assert_eq!(table.numbers("x").unwrap(), [0.5, 1.5, 2.0, 1.0]);
    assert_eq!((table.rows(), table.line(3)), (4, 5));
    assert_eq!(design(&table, "y ~ x").unwrap().names, ["intercept", "x"]);
    assert_eq!(
        design(&table, "y ~ note").err().unwrap().lines().next().unwrap_or_default(),
        "d.csv, row 3, column 'note': a quote opens a cell here, and text follows where it closes, in row 3; a quote that \
         belongs to a cell is written twice, inside quotes"
    );
    // A number that a quote cuts in two is none.
    assert!(said(text, "y ~ mark").starts_with("d.csv, row 4, column 'mark': a quote opens a cell here"));
    assert!(said(text, "mark ~ x").starts_with("d.csv, row 4, column 'mark': a quote opens a cell here"));
}

#[test]
fn words_for_nothing() {
    let missing = table("x,y\n1,2\nNone,3\n.,4\n<NA>,5\n#N/A,6\n7,8\n");
    let x = missing.numbers("x").unwrap();
    assert!((x[0], x[5]) == (1.0, 7.0) && x[1..5].iter().all(|x| x.is_nan()), "{x:?}");
    assert_eq!(
        said("x,y\n1,2\nNone,3\n.,4\n7,8\n", "y ~ x"),
        "d.csv: missing values in column 'x': 2 (rows 3, 4). Fill them in, or set missing = \"drop\" to leave 2 of 4 rows out"
    );
    // Among words they are words, but for those that are nothing else.
    assert_eq!(names("g,y\nNone,1\nmild,2\n.,3\n?,4\nmild,5\n", "y ~ 0 + g"), "g[.] g[?] g[None] g[mild]");
    assert!(said("g,y\na,1\n<NA>,2\nb,3\n", "y ~ g").starts_with("d.csv: missing values in column 'g': 1 (row 3)"));
    // A dash is nothing to some and zero to others.
    assert_eq!(
        said("x,y\n1,2\n2,3\n-,4\n7,8\n", "y ~ x"),
        "d.csv, row 4, column 'x': expected a number, found '-'; a cell without a value is empty, or NA"
    );
    assert_eq!(
        said("x,y\n1,2\n1e400,4\n3,6\n", "y ~ x"),
        "d.csv, row 3, column 'x': expected a finite number, found '1e400'"
    );
    assert_eq!(table("1,None\n2,3\n").rows(), 2);
}

#[test]
fn the_first_row_may_be_what_it_was_not_taken_for() {
    assert_eq!(
        said("1990,1991\n1,2\n3,4\n", "`1991` ~ `1990`"),
        "d.csv: there is no column '1991'; the columns are V1, V2 (the first row was taken for data; header = true takes it \
         for names)"
    );
    assert_eq!(
        said("1.5,a,3\n2.5,b,4\n", "V1 ~ V3"),
        "d.csv: there is no column 'V1'; the columns are 1.5, a, 3 (the first row was taken for names; header = false takes \
         it for data)"
    );
    assert_eq!(said("x,y\n1,2\n", "y ~ weight"), "d.csv: there is no column 'weight'; the columns are x, y");
    assert_eq!(
        read("1,1,a\n2,3,b\n").unwrap_err(),
        "d.csv: columns 1 and 2 are both named '1'; rename one, or say header = false if the first row is data"
    );
}

#[test]
fn numbers_and_dates_in_disguise_are_no_categories() {
    let rows = |cell: &dyn Fn(usize) -> String| {
        let rows = (0..12).map(|r| format!("{},\"{}\"\n", (r * 5) % 7, cell(r)));
        format!("y,x\n{}", rows.collect::<String>())
    };
    let percent = rows(&|r| format!("{r}%"));
    assert_eq!(
        said(&percent, "y ~ x"),
        "d.csv: column 'x' has 12 different labels in 12 rows that look like numbers with marks ('0%'), which are not read as \
         such; write plain numbers (for dates, days or years), or C(x) if they are categories"
    );
    assert!(said(&rows(&|r| format!("{},500", r + 1)), "y ~ x").contains("numbers with marks ('1,500')"));
    assert!(said(&rows(&|r| format!("2024-03-{:02}", r + 1)), "y ~ x").contains("look like dates ('2024-03-01')"));
    assert_eq!(said(&percent, "y ~ C(x)"), "fine");
    let doses = rows(&|r| format!("{}%", 10 * (r % 3)));
    assert_eq!(
        notes(&doses, "y ~ x"),
        ["'x' is taken for categories, though its cells look like numbers with marks ('0%')."]
    );
    assert!(notes(&rows(&|r| format!("{}-{}", r % 3, r % 3 + 9)), "y ~ x").is_empty());
    // A few are few of anything.
    let months = |count: usize| {
        let rows = (0..count + 2).map(|r| format!("{},2024-{:02}\n", (r * 5) % 7, r % count + 1));
        format!("y,x\n{}", rows.collect::<String>())
    };
    assert_eq!(names(&months(3), "y ~ x"), "intercept x[2024-02] x[2024-03]");
    let taken = "'x' is taken for categories, though its cells look like dates ('2024-01').";
    assert_eq!(notes(&months(3), "y ~ x"), [taken]);
    assert_eq!(notes(&months(7), "y ~ x"), [taken]);
    assert!(
        said(&months(8), "y ~ x")
            .starts_with("d.csv: column 'x' has 8 different labels in 10 rows that look like dates")
    );
}

/// Cells that no row is in have no column; the others are those of the formula without them.
#[test]
fn empty_cells_of_an_interaction_are_left_out() {
    let text = "f,g,x,y\nu,a,0,1\nu,b,0,2\nv,a,1,4\nu,a,0,2\nu,b,0,1\nv,a,3,5\n";
    let table = table(text);
    let fit = design(&table, "y ~ f*g + g:x").unwrap();
    assert_eq!(fit.names, ["intercept", "f[v]", "g[b]", "g[a]:x"]);
    assert_eq!(fit.notes, ["Left out, as they are 0 in every row: f[v]:g[b], g[b]:x."]);
    let model = |formula: &str| {
        let options = RegressionOptions { formula: formula.into(), ..Default::default() };
        Regression::new(&table, &options).unwrap_or_else(|error| panic!("{error}"))
    };
    let (crossed, plain) = (model("y ~ f*g"), model("y ~ f + g"));
    let at = [1.0, 0.5, -0.25, 2.0];
    assert_eq!(crossed.names(), plain.names());
    assert_eq!(crossed.ln_density(&at).to_bits(), plain.ln_density(&at).to_bits());
    assert!(crossed.notes().contains(&"Left out, as they are 0 in every row: f[v]:g[b].".to_string()));
    let rows = crossed.observations().unwrap();
    assert!(rows.on(&self::table("f,g\nu,b\nv,a\n")).is_ok());
    let error = rows.on(&self::table("f,g\nu,b\nv,b\n")).err().unwrap().to_string();
    assert!(
        error.starts_with("d.csv, row 3: f[v]:g[b] was 0 in every row of the fit, so it has no coefficient\n"),
        "{error}"
    );
}
