//! An empty folder to work in, and the real command run there.
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder that goes away at the end.
pub struct Workplace {
    folder: tempfile::TempDir,
}

/// What the command did.
#[derive(Debug)]
pub struct Done {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

#[allow(dead_code, reason = "each test file uses a part")]
impl Workplace {
    /// With a table `pets.csv` and an energy `flow.toml`.
    pub fn new() -> Workplace {
        let place = Workplace { folder: tempfile::tempdir().expect("a temporary folder") };
        place.write("pets.csv", PETS);
        place.write("flow.toml", "[functional]\nkind = \"expression\"\nenergy = \"x^2 / 2 + y^2\"\n");
        place
    }
    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
    /// A path in it.
    pub fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }
    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.at(name), text).expect("a file");
    }
    /// Reads a file.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.at(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
    /// The command, not yet run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_steepest"));
        command.args(arguments).current_dir(self.path());
        command
    }
    /// Runs the command.
    pub fn run(&self, arguments: &[&str]) -> Done {
        Done::of(self.command(arguments).output().expect("the command runs"))
    }
    /// Runs it and expects exit code 0.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert_eq!(done.code, 0, "{arguments:?}\n{}{}", done.out, done.err);
        done.out
    }
    /// Runs it and expects exit code 2, nothing on standard output and no run folder; what it said.
    pub fn refuse(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{arguments:?}\n{}", done.err);
        assert!(!self.at("runs").exists(), "a run folder was left behind");
        done.err
    }
}
impl Done {
    fn of(output: Output) -> Done {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Done { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// Thirty rows: a number, a category, and 0 or 1.
const PETS: &str = "\
weight,kind,adopted
4.1,cat,1
3.8,cat,0
5.2,cat,1
12.0,dog,0
30.5,dog,1
22.1,dog,0
1.2,bird,1
0.9,bird,0
1.1,bird,1
4.4,cat,1
";
