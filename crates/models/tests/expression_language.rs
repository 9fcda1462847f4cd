//! The language of expressions: what texts mean, and what is said of texts that mean nothing.
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::{Expression, ExpressionError, LagrangianText, LeastSquares, LeastSquaresError, Model, Table};

/// V at a point, with k = 3 and w[2] = 7.
fn value(source: &str, x: &[f64]) -> f64 {
    let constants = [("k".to_string(), 3.0), ("w[2]".to_string(), 7.0)];
    let v = Expression::parse(source, &constants).unwrap_or_else(|e| panic!("{e}"));
    let mut out = [0.0];
    v.values(Batch { n: 1, d: v.dim(), x }, 1.0, &mut out, &mut Workspace::default());
    out[0]
}

#[test]
fn precedence_is_the_usual_one() {
    let x = 2.0_f64;
    let table: &[(&str, f64)] = &[
        ("-x^2", -4.0),
        ("(-x)^2", 4.0),
        ("x^3^2", 512.0),
        ("(x^3)^2", 64.0),
        ("x**3**2", 512.0),
        ("2^-x", 0.25),
        ("-2^-x", -0.25),
        ("2^-x^2", 0.0625),
        ("x - 3 - 4", -5.0),
        ("x - (3 - 4)", 3.0),
        ("12/x/3", 2.0),
        ("12/(x/3)", 18.0),
        ("12/x*3", 18.0),
        ("1 + x*3", 7.0),
        ("1 + x*3^2", 19.0),
        ("x*-3", -6.0),
        ("x--3", 5.0),
        ("--x", 2.0),
        ("-+-x", 2.0),
        ("x/-4", -0.5),
        ("-x*-x", 4.0),
        ("-x^2 + x", -2.0),
        ("3 - x^2*2", -5.0),
        ("x^2/2^2", 1.0),
        ("-(x+1)^2", -9.0),
        ("x^0.5^2", x.powf(0.25)),
        ("x^-0.5", 0.5_f64.sqrt()),
        ("x^(1/2)*x^1.5", 4.0),
        ("x*1e-3", 0.002),
        ("x*2.5E+4", 50000.0),
        ("x*.5 + 5.", 6.0),
        ("x*1e2", 200.0),
        ("k*x", 6.0),
        ("w[2]*x", 14.0),
        ("w[k-1]*x", 14.0),
        ("cos(pi)*x + sin(tau/4)", -1.0),
        ("min(x, 3, 1) + max(x, 5)", 6.0),
        ("pow(x, 3)", 8.0),
        ("pow(-x, 3)", -8.0),
        ("abs(-x)", 2.0),
        ("2*`x`^2", 8.0),
        ("sum(i, 1, 4, i)*x", 20.0),
        ("sum(i, 1, 2, sum(j, i, 2, i*j))*x", 14.0),
        (" x\n\t+ 1 ", 3.0),
        ("logsumexp(x, x, x, x) - log(4)", 2.0),
        ("exp(log(x))", 2.0),
        ("log1pexp(x) - softplus(x) + logistic(x) - sigmoid(x) + x", 2.0),
    ];
    for (source, expected) in table {
        let got = value(source, &[x]);
        assert!((got - expected).abs() <= 4e-15 * expected.abs().max(1.0), "{source}: {got} and not {expected}");
    }
}

#[test]
fn names_stand_in_order_of_appearance_and_families_in_order_of_index() {
    let names = |source: &str| Expression::parse(source, &[("k".to_string(), 1.0)]).unwrap().names();
    assert_eq!(names("b*k + a^2 + pi*b"), ["b", "a"]);
    assert_eq!(names("sum(i, 1, 2, (x[i+1] - x[i]^2)^2) + mu"), ["x[1]", "x[2]", "x[3]", "mu"]);
    assert_eq!(names("y + x[10] + z + x[2]"), ["y", "x[2]", "x[10]", "z"]);
    assert_eq!(names("θ^2"), ["θ"]);
    assert_eq!(names("`blood pressure`^2 + `a.b`"), ["blood pressure", "a.b"]);
    let order = ["a", "c", "b"].map(String::from);
    assert_eq!(Expression::parse_in("b + a", &[], &order).unwrap().names(), order);
}

fn error(source: &str) -> ExpressionError {
    Expression::parse(source, &[("k".to_string(), 3.0)]).expect_err(source)
}

#[test]
fn errors_say_where_and_what() {
    let table: &[(&str, &str)] = &[
        ("", "the expression is empty\n  | \n  | ^ expected an energy such as x^2/2"),
        ("  ", "the expression is empty\n  |   \n  | ^^ expected an energy such as x^2/2"),
        (
            "x + exq(x)",
            "unknown function `exq`; did you mean `exp`?\n  | x + exq(x)\n  |     ^^^ expected the name of a function",
        ),
        (
            "x + banana(x)",
            "unknown function `banana`\n  | x + banana(x)\n  |     ^^^^^^ expected the name of a function",
        ),
        (
            "x + ln(x)",
            "unknown function `ln`; did you mean `log`?\n  | x + ln(x)\n  |     ^^ expected the name of a function",
        ),
        (
            "log10(x)",
            "unknown function `log10`; did you mean `log(x)/log(10)`?\n  | log10(x)\n  | ^^^^^ expected the name of a function",
        ),
        (
            "normal_lcdf(x, 0, 1)",
            "there is no function `normal_lcdf`\n  | normal_lcdf(x, 0, 1)\n  | ^^^^^^^^^^^ expected log(0.5*(1 + erf((y - mu)/(s*sqrt(2)))))",
        ),
        (
            "weibull_lcdf(x, 1, 2)",
            "there is no function `weibull_lcdf`\n  | weibull_lcdf(x, 1, 2)\n  | ^^^^^^^^^^^^ expected log1p(-exp(weibull_lccdf(y, shape, scale)))",
        ),
        (
            "poisson_cdf(3, x)",
            "there is no function `poisson_cdf`\n  | poisson_cdf(3, x)\n  | ^^^^^^^^^^^ expected the density poisson_lpmf(y, rate); of few laws there is log P(Y > y), as in logistic_lccdf(y, mu, s)",
        ),
        ("x*inf", "`inf` is not a number here\n  | x*inf\n  |   ^^^ expected a finite number"),
        ("x + NaN", "`NaN` is not a number here\n  | x + NaN\n  |     ^^^ expected a finite number"),
        ("-Infinity*x", "`Infinity` is not a number here\n  | -Infinity*x\n  |  ^^^^^^^^ expected a finite number"),
        ("x + `y", "this backtick is never closed\n  | x + `y\n  |     ^ expected another one after the name"),
        ("x + ` `", "this is no name\n  | x + ` `\n  |     ^^^ expected a name in backticks, as in `blood pressure`"),
        (
            "x.y^2",
            "unexpected character `.`\n  | x.y^2\n  |  ^ expected a number, or a name with a point in backticks, as in `a.b`",
        ),
        (
            "gamma_lpdf(0 | 2, x)",
            "this is infinite\n  | gamma_lpdf(0 | 2, x)\n  | ^^^^^^^^^^^^^^^^^^^^ expected a finite value",
        ),
        (
            "gamma_lpdf(0 | x, 2)",
            "this is infinite\n  | gamma_lpdf(0 | x, 2)\n  | ^^^^^^^^^^^^^^^^^^^^ expected a finite value",
        ),
        (
            "dirichlet_lpdf(0.2 | x)",
            "`dirichlet_lpdf` is one term of a law, without the constant of all\n  | dirichlet_lpdf(0.2 | x)\n  |                      ^ expected an `a` without parameters here; under priors, s = \"dirichlet(a)\" has the constant",
        ),
        ("(x + 1", "this `(` is never closed\n  | (x + 1\n  | ^ expected a `)` after it"),
        ("exp(x", "this `(` is never closed\n  | exp(x\n  |    ^ expected a `)` after it"),
        ("x + 1)", "this `)` closes nothing\n  | x + 1)\n  |      ^ expected an operator or the end"),
        ("x + * y", "unexpected `*`\n  | x + * y\n  |     ^ expected a number, a name or `(`"),
        ("x +", "the expression ends too early\n  | x +\n  |    ^ expected a number, a name or `(`"),
        ("2x", "no operator before `x`\n  | 2x\n  |  ^ expected an operator such as *"),
        ("(x)(y)", "no operator before `(`\n  | (x)(y)\n  |    ^ expected an operator such as *"),
        ("x y", "no operator before `y`\n  | x y\n  |   ^ expected an operator such as *"),
        ("1.2.3*x", "the number `1.2.` has a second point\n  | 1.2.3*x\n  | ^^^^ expected a form such as 1.5 or 1e-3"),
        ("x*1e", "the number `1e` has no digits in its exponent\n  | x*1e\n  |   ^^ expected a form such as 1e-3"),
        (
            "x*1e999",
            "the number `1e999` is out of the range of a double\n  | x*1e999\n  |   ^^^^^ expected at most 1.7976931348623157e308",
        ),
        (
            "x $ y",
            "unexpected character `$`\n  | x $ y\n  |   ^ expected a number, a name or one of + - * / ^ ( ) [ ] ,",
        ),
        (
            "x − y",
            "unexpected character `−`; did you mean `-`?\n  | x − y\n  |   ^ expected a number, a name or one of + - * / ^ ( ) [ ] ,",
        ),
        (
            "x²/2 + y²",
            "unexpected character `²`; did you mean `^2`?\n  | x²/2 + y²\n  |  ^ expected a number, a name or one of + - * / ^ ( ) [ ] ,",
        ),
        (
            "ξ + x₁",
            "unexpected character `₁`\n  | ξ + x₁\n  |      ^ expected a number, a name or one of + - * / ^ ( ) [ ] ,",
        ),
        ("x/0", "division by zero\n  | x/0\n  |   ^ expected a divisor other than 0"),
        ("x + log(0)", "this is infinite\n  | x + log(0)\n  |     ^^^^^^ expected a finite value"),
        ("x*sqrt(1-2)", "this is not a number\n  | x*sqrt(1-2)\n  |   ^^^^^^^^^ expected a finite value"),
        ("e^x", "`e` alone is ambiguous\n  | e^x\n  | ^ expected exp(...), or a constant or parameter declared as `e`"),
        ("exp + x", "`exp` is a function\n  | exp + x\n  | ^^^ expected `(` after `exp`"),
        ("k(x + 1)", "`k` is not a function\n  | k(x + 1)\n  |  ^ expected an operator, as in k*(...)"),
        ("x + exp(x, 2)", "`exp` got 2 arguments\n  | x + exp(x, 2)\n  |     ^^^^^^^^^ expected one argument"),
        ("max(x)", "`max` got 1 argument\n  | max(x)\n  | ^^^^^^ expected two arguments or more"),
        ("exp()", "`exp` got 0 arguments\n  | exp()\n  | ^^^^^ expected one argument"),
        ("x, y", "a comma outside a function call\n  | x, y\n  |  ^ expected an operator or the end"),
        ("1 + 2", "there is no free name to vary\n  | 1 + 2\n  | ^^^^^ expected a coordinate such as x"),
        ("x[0]", "the index is 0\n  | x[0]\n  |   ^ expected 1 or more"),
        ("x[1.5]", "an index must be whole, but this is 1.5\n  | x[1.5]\n  |   ^^^ expected a whole number"),
        (
            "x[y]",
            "an index must be known, but this depends on a parameter\n  | x[y]\n  |   ^ expected numbers, constants and indices of sums",
        ),
        ("x[1", "this `[` is never closed\n  | x[1\n  |  ^ expected a `]` after it"),
        (
            "sum(i, 1, 3)",
            "a sum has four parts\n  | sum(i, 1, 3)\n  |            ^ expected sum(index, first, last, term)",
        ),
        (
            "sum(i, 3, 1, x)",
            "this sum from 3 to 1 is empty\n  | sum(i, 3, 1, x)\n  |    ^^^^^^^^ expected a last index that is not below the first",
        ),
        (
            "sum(i, 1, 1e9, x[i]^2)",
            "more than 100000 terms\n  | sum(i, 1, 1e9, x[i]^2)\n  |    ^^^^^^^^^^ expected a smaller sum",
        ),
        (
            "sum(i, 1, 100001, i*x)",
            "more than 100000 terms\n  | sum(i, 1, 100001, i*x)\n  |    ^^^^^^^^^^^^^ expected a smaller sum",
        ),
        (
            "sum(i, 1, 1e99, x)",
            "a bound of a sum is 1e99, which is too large\n  | sum(i, 1, 1e99, x)\n  |           ^^^^ expected at most 4503599627370496",
        ),
        ("x[1e9]", "an index is 1e9, which is too large\n  | x[1e9]\n  |   ^^^ expected at most 999999999"),
        (
            "normal_lpdf(x | 0, -1)",
            "`s` of `normal_lpdf` is -1\n  | normal_lpdf(x | 0, -1)\n  |                    ^^ expected a number above 0",
        ),
        (
            "gamma_lpdf(x, -1.5, 1)",
            "`a` of `gamma_lpdf` is -1.5\n  | gamma_lpdf(x, -1.5, 1)\n  |               ^^^^ expected a number above 0",
        ),
        (
            "uniform_lpdf(x | 1, 0)",
            "`uniform_lpdf` has nothing between 1 and 0\n  | uniform_lpdf(x | 1, 0)\n  |                  ^^^^ expected the lower end, then the upper one",
        ),
        (
            "x + exponential_lpdf(-1 | 2)",
            "this is infinite\n  | x + exponential_lpdf(-1 | 2)\n  |     ^^^^^^^^^^^^^^^^^^^^^^^^ expected a finite value",
        ),
        ("a +\nb +* c\n+ d", "unexpected `*`\n  | b +* c\n  |    ^ expected a number, a name or `(`"),
    ];
    for (source, expected) in table {
        assert_eq!(error(source).to_string(), *expected, "{source:?}");
    }
}

#[test]
fn the_nearest_of_the_declared_names_is_suggested() {
    let parameters = ["alpha", "beta"].map(String::from);
    let of = |source| Expression::parse_in(source, &[("gamma".to_string(), 1.0)], &parameters).unwrap_err();
    let found = of("alpha + bta");
    assert_eq!((found.span.clone(), found.nearest.as_deref()), (8..11, Some("beta")));
    assert_eq!(
        found.to_string(),
        "unknown name `bta`; did you mean `beta`?\n  | alpha + bta\n  |         ^^^ expected a parameter or a constant"
    );
    assert_eq!(of("alpha*gama").nearest.as_deref(), Some("gamma"));
    assert_eq!(of("alpha*zzz").nearest, None);
    let bad = Expression::parse("x*k", &[("k".to_string(), f64::NAN)]).unwrap_err();
    assert_eq!(bad.message, "the constant `k` is NaN");
    // Twice is one name for two coordinates; one that is not in the text is a direction in which V is flat.
    let of = |parameters: &[&str]| {
        let parameters: Vec<String> = parameters.iter().map(|name| (*name).to_string()).collect();
        Expression::parse_in("(x - 1)^2 + (y - 2)^2", &[], &parameters).map(|v| v.dim()).map_err(|e| e.message)
    };
    assert_eq!(of(&["x", "y", "x"]), Err("the parameter `x` is listed twice".to_string()));
    assert_eq!(of(&["x", "y", "z"]), Ok(3));
}

/// A constant would stand for the other without a word, and the other would be a direction in which nothing changes.
#[test]
fn a_constant_has_a_name_of_its_own() {
    let one = |name: &str| [(name.to_string(), 2.0)];
    let names = ["x", "k"].map(String::from);
    let found = Expression::parse_in("k*x^2", &one("k"), &names).unwrap_err();
    assert_eq!(found.message, "`k` is a constant and a parameter");
    assert!(Expression::parse_in("k*x^2 + c", &one("c"), &names).is_ok());
    for name in ["t", "xdot", "x"] {
        let found = LagrangianText::parse_in("0.5*xdot^2 - t*x", &one(name), &names[..1]).unwrap_err();
        assert_eq!(found.message, format!("`{name}` is a constant, and a coordinate, a velocity or the time too"));
    }
    let table = Table::from_columns([("y", vec![1.0, 3.0]), ("k", vec![0.5, 0.25])]).unwrap();
    let (residuals, parameters) = (["y - a*k".to_string()], ["a".to_string()]);
    for name in ["k", "a"] {
        let found = LeastSquares::parse(&residuals, &one(name), Some(&parameters[..]), Some(&table));
        assert_eq!(found.unwrap_err(), LeastSquaresError::Constant(name.into()));
    }
}

#[test]
fn depth_and_size_are_limited_not_fatal() {
    let many = 100_000;
    for source in [
        "(".repeat(many) + "x" + &")".repeat(many),
        "-".repeat(many) + "x",
        "x^".repeat(many) + "2",
        "exp(".repeat(many) + "x" + &")".repeat(many),
        "x[".repeat(many),
    ] {
        let error = error(&source);
        assert_eq!(error.message, "nested more than 128 deep");
        assert!(error.to_string().len() < 400, "the message quotes a part of the line only");
    }
    assert_eq!(error("sum(i, 1, 999999999, x[i])").message, "more than 100000 terms");
    assert_eq!(value("sum(i, 1e9, 1e9 + 2, i)*x", &[1.0]), 3e9 + 3.0);
    assert_eq!(error(&("x".to_string() + &"+x*y".repeat(many))).message, "more than 100000 terms");
    // what is allowed: 100 deep, and 20 000 terms in a row
    let deep = "(".repeat(100) + "x" + &")".repeat(100);
    assert_eq!(value(&deep, &[3.0]), 3.0);
    assert_eq!(value(&("x".to_string() + &"+x^2".repeat(20_000)), &[2.0]), 80_002.0);
    let wide = Expression::parse("sum(i, 1, 5000, x[i]^2)", &[]).unwrap();
    assert_eq!(wide.dim(), 5000);
}

#[test]
fn no_text_makes_the_parser_panic() {
    // A fixed multiplicative generator; half of the texts are random bytes, half are words of the language in random order.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((state >> 33) as usize) % below
    };
    let words = [
        "x", "y[", "]", "(", ")", ",", "+", "-", "*", "/", "^", "**", "1", "2.5", "1e", "e", ".", "exp(", "sum(i,",
        "1,3,", "i", "k", "max(", "log(", "π", "é", "\n", " ", "0", "x[1]", "pow(", "1e-3", "lgamma(", "sqrt(",
    ];
    let mut read = 0;
    for round in 0..20_000 {
        let length = random(24);
        let source = if round % 2 == 0 {
            String::from_utf8_lossy(&(0..length).map(|_| random(256) as u8).collect::<Vec<u8>>()).into_owned()
        } else {
            (0..length).map(|_| words[random(words.len())]).collect()
        };
        match Expression::parse(&source, &[("k".to_string(), 3.0)]) {
            Err(error) => assert!(
                error.span.start <= error.span.end && error.span.end <= source.len() && !error.to_string().is_empty()
            ),
            Ok(v) => {
                read += 1;
                let (mut value, mut gradient, x) = ([0.0], vec![0.0; v.dim()], vec![0.3; v.dim()]);
                let batch = Batch { n: 1, d: v.dim(), x: &x };
                v.values_and_gradients(batch, 1.0, &mut value, &mut gradient, &mut Workspace::default());
            }
        }
    }
    assert!(read > 100, "only {read} texts were expressions");
}
