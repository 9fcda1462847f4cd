#![allow(missing_docs)]
use steepest_models::Expression;
fn main() {
    let text = "-200 * exp(-(x - 1)^2 - 10 * y^2) - 100 * exp(-x^2 - 10 * (y - 0.5)^2)
- 170 * exp(-6.5 * (x + 0.5)^2 + 11 * (x + 0.5) * (y - 1.5) - 6.5 * (y - 1.5)^2)
+ 15 * exp(0.7 * (x + 1)^2 + 0.6 * (x + 1) * (y - 1) + 0.7 * (y - 1)^2)";
    let e = Expression::parse(text, &[]).unwrap();
    let s = format!("{e:?}");
    println!("{}", s.replace("Word {", "\nWord {"));
}
