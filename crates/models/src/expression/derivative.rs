//! Reverse-mode gradients: the adjoints of a graph are more nodes of the same graph, so they can be differentiated again.
use super::graph::{Graph, Id, Node};
use steepest_kernels::tape::{Binary, Unary};

impl Graph {
    /// The nodes d(root)/d(variable j), j = 0 .. d. [GriewankWalther2008, Ch. 3]
    ///
    /// At a kink the derivative is one-sided or 0: d|a| = 0 at 0; where a = b, max follows the first and min the second, so that
    /// they still add up to a + b. A logarithm of what a choice shuts out has the slope 0.
    pub(crate) fn gradient(&mut self, root: Id, d: usize) -> Vec<Id> {
        let one = self.constant(1.0);
        self.pullback(&[(root, one)], d)
    }
    /// The nodes sum_k w_k d(node_k)/d(variable j), j = 0 .. d, for pairs (node_k, w_k); the weights are not differentiated.
    pub(crate) fn pullback(&mut self, seeds: &[(Id, Id)], d: usize) -> Vec<Id> {
        let zero = self.constant(0.0);
        let mut gradient = vec![zero; d];
        let size = seeds.iter().map(|(node, _)| node.index() + 1).max().unwrap_or(0);
        let mut adjoint: Vec<Option<Id>> = vec![None; size];
        for &(node, weight) in seeds {
            let sum = adjoint[node.index()].map_or(weight, |so_far| self.add(so_far, weight));
            adjoint[node.index()] = Some(sum);
        }
        for id in self.ids().take(size).rev() {
            let Some(g) = adjoint[id.index()] else { continue };
            let mut push = |graph: &mut Graph, to: Id, amount: Id| {
                let sum = adjoint[to.index()].map_or(amount, |so_far| graph.add_each(so_far, amount));
                adjoint[to.index()] = Some(sum);
            };
            match self.node(id) {
                Node::Constant(_) => {}
                Node::Variable(j) => {
                    if let Some(slot) = gradient.get_mut(j as usize) {
                        *slot = g;
                    }
                }
                Node::Unary(f, a) => {
                    let amount = self.pull(f, a, id, g);
                    push(self, a, amount);
                }
                Node::Binary(f, a, b) => {
                    let [to_a, to_b] = self.pull_pair(f, (a, b), id, g);
                    push(self, a, to_a);
                    push(self, b, to_b);
                }
                Node::Where { strict, a, b, c } => {
                    let amount = self.only_where(strict, (a, b), g);
                    push(self, c, amount);
                }
            }
        }
        gradient
    }

    /// The nodes of the matrix d_j d_k root, row after row, from those of its gradient by as many variables: each pair is derived once.
    pub(crate) fn hessian(&mut self, gradient: &[Id]) -> Vec<Id> {
        let d = gradient.len();
        let mut second = Vec::with_capacity(d * d);
        for (j, &slope) in gradient.iter().enumerate() {
            let row = self.gradient(slope, d);
            second.extend((0..d).map(|k| if k < j { second[k * d + j] } else { row[k] }).collect::<Vec<_>>());
        }
        second
    }

    /// g f'(a), where y = f(a).
    fn pull(&mut self, f: Unary, a: Id, y: Id, g: Id) -> Id {
        match f {
            Unary::Neg => self.neg(g),
            Unary::Square => {
                let twice = self.scale(2.0, a);
                self.mul(g, twice)
            }
            Unary::Abs => {
                let sign = self.unary(Unary::Sign, a);
                self.mul(g, sign)
            }
            Unary::Sign => self.constant(0.0),
            Unary::Sqrt => {
                let half = self.scale(0.5, g);
                self.div(half, y)
            }
            Unary::Exp => self.mul(g, y),
            Unary::Expm1 => {
                let exp = self.unary(Unary::Exp, a);
                self.mul(g, exp)
            }
            Unary::Log => {
                let slope = self.div(g, a);
                // log(where(y < low, 0, p)): -inf where it is shut, whatever moves, and not 0/0 beside a weight of 0.
                if matches!(self.node(a), Node::Where { .. }) {
                    let none = self.constant(0.0);
                    self.only_where(true, (a, none), slope)
                } else {
                    slope
                }
            }
            Unary::Log1p => {
                let below = self.add_one(a);
                self.div(g, below)
            }
            Unary::Log1pExp => {
                let slope = self.unary(Unary::Logistic, a);
                self.mul(g, slope)
            }
            Unary::Logistic => {
                // y (1 - y), the second factor without cancellation
                let mirrored = self.neg(a);
                let other = self.unary(Unary::Logistic, mirrored);
                let slope = self.mul(y, other);
                self.mul(g, slope)
            }
            Unary::Sin => {
                let slope = self.unary(Unary::Cos, a);
                self.mul(g, slope)
            }
            Unary::Cos => {
                let sin = self.unary(Unary::Sin, a);
                let slope = self.neg(sin);
                self.mul(g, slope)
            }
            Unary::Tan => {
                let square = self.unary(Unary::Square, y);
                let slope = self.add_one(square);
                self.mul(g, slope)
            }
            Unary::Tanh => {
                // 1 - y^2 = 4 s(2a) s(-2a) with s the logistic function, without cancellation
                let (up, down) = (self.scale(2.0, a), self.scale(-2.0, a));
                let (up, down) = (self.unary(Unary::Logistic, up), self.unary(Unary::Logistic, down));
                let product = self.mul(up, down);
                let slope = self.scale(4.0, product);
                self.mul(g, slope)
            }
            Unary::Atan => {
                let square = self.unary(Unary::Square, a);
                let below = self.add_one(square);
                self.div(g, below)
            }
            Unary::Erf => {
                let square = self.unary(Unary::Square, a);
                let exponent = self.neg(square);
                let bell = self.unary(Unary::Exp, exponent);
                let slope = self.scale(std::f64::consts::FRAC_2_SQRT_PI, bell);
                self.mul(g, slope)
            }
            Unary::Lgamma => {
                let slope = self.unary(Unary::Polygamma(0), a);
                self.mul(g, slope)
            }
            Unary::Polygamma(m) => {
                let slope = self.unary(Unary::Polygamma(m.saturating_add(1)), a);
                self.mul(g, slope)
            }
        }
    }
    /// g df/da and g df/db, where y = f(a, b).
    fn pull_pair(&mut self, f: Binary, (a, b): (Id, Id), y: Id, g: Id) -> [Id; 2] {
        match f {
            Binary::Add => [g, g],
            Binary::Sub => [g, self.neg(g)],
            Binary::Mul => [self.mul(g, b), self.mul(g, a)],
            Binary::Div => {
                let to_a = self.div(g, b);
                let slope = self.mul(to_a, y);
                [to_a, self.neg(slope)]
            }
            Binary::Pow => {
                let to_a = if self.value(a).is_some() {
                    self.constant(0.0)
                } else {
                    let minus_one = self.constant(-1.0);
                    let less = self.add(b, minus_one);
                    let power = self.pow(a, less);
                    let slope = self.mul(b, power);
                    self.mul(g, slope)
                };
                let to_b = if self.value(b).is_some() {
                    self.constant(0.0)
                } else {
                    let log = self.unary(Unary::Log, a);
                    let slope = self.mul(y, log);
                    self.mul(g, slope)
                };
                [to_a, to_b]
            }
            Binary::Max => [self.only_where(false, (a, b), g), self.only_where(true, (b, a), g)],
            Binary::Min => [self.only_where(true, (b, a), g), self.only_where(false, (a, b), g)],
        }
    }
    fn add_one(&mut self, a: Id) -> Id {
        let one = self.constant(1.0);
        self.add(a, one)
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::Free;
    use super::super::parser::{Scope, parse};

    /// d/dx_j d/dx_k of a text at a point, by differentiating the graph of the gradient once more.
    fn hessian(source: &str, x: &[f64]) -> Vec<f64> {
        let mut parsed = parse(source, &Scope { constants: &[], free: Free::Any }).unwrap_or_else(|e| panic!("{e}"));
        let d = parsed.names.len();
        let first = parsed.graph.gradient(parsed.root, d);
        let second = parsed.graph.hessian(&first);
        let (tape, mut out) = (parsed.graph.tape(d, &second).unwrap_or_else(|| panic!("{source}")), vec![0.0; d * d]);
        tape.accumulate(1, x, 1.0, &mut [&mut out], &mut vec![0.0; tape.scratch(1)]);
        out
    }

    #[test]
    fn a_gradient_can_be_differentiated_again() {
        assert_eq!(hessian("x^3*y + y/x", &[2.0, 3.0]), [36.0 + 0.75, 12.0 - 0.25, 12.0 - 0.25, 0.0]);
        // H = f'' for x + y inside each function
        let second = |f: &str, x: f64| hessian(&format!("{f}(x + 0*y + y)"), &[x, 0.0]);
        let table = [
            ("exp", 0.5_f64.exp()),
            ("log", -4.0),
            ("sqrt", -0.25 / 0.5_f64.powf(1.5)),
            ("sin", -(0.5_f64.sin())),
            ("cos", -(0.5_f64.cos())),
            ("tanh", -2.0 * 0.5_f64.tanh() * (1.0 - 0.5_f64.tanh().powi(2))),
            ("atan", -1.0 / (1.25_f64 * 1.25)),
            ("lgamma", 4.934802200544679), // trigamma(1/2) = pi^2/2
            ("erf", -std::f64::consts::FRAC_2_SQRT_PI * (-0.25_f64).exp()),
            ("abs", 0.0),
        ];
        for (f, expected) in table {
            for entry in second(f, 0.5) {
                assert!((entry - expected).abs() <= 1e-14 * (1.0 + expected.abs()), "{f}: {entry} and not {expected}");
            }
        }
    }
}
