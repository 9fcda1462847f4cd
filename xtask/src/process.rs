//! Commands run from the top of the repository.
use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Command, Stdio},
    sync::Mutex,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

/// The top of the repository.
pub fn top() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map(PathBuf::from).unwrap_or(here)
}

/// Where everything that can be made again goes.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| top().join("target"), |t| top().join(t))
}

/// The command line program: the one that STEEPEST names, or the one that `build` builds.
pub fn steepest() -> PathBuf {
    let built = || target().join("release").join(format!("steepest{}", std::env::consts::EXE_SUFFIX));
    std::env::var_os("STEEPEST").map_or_else(built, PathBuf::from)
}

/// Builds the command line program, unless STEEPEST names one.
pub fn build() -> Result<(), String> {
    if std::env::var_os("STEEPEST").is_some() {
        Ok(())
    } else {
        cargo("build --release --quiet --package steepest-cli").go()
    }
}

/// Whether a variable of the environment says yes.
pub fn set(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|v| !v.is_empty() && v != "0")
}

/// The most bytes a running process has held so far, as Linux keeps them.
fn most_held(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).map_or(0, |kib| 1024 * kib)
}

/// A command to be.
pub struct Task(Command);

/// `program` from the top of the repository.
pub fn task(program: impl AsRef<OsStr>) -> Task {
    let mut command = Command::new(program);
    command.current_dir(top()).stdin(Stdio::null());
    Task(command)
}

/// `cargo` with these words.
pub fn cargo(words: &str) -> Task {
    task(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).args(words.split(' '))
}

impl Task {
    /// Adds an argument.
    pub fn arg(mut self, word: impl AsRef<OsStr>) -> Task {
        self.0.arg(word);
        self
    }

    /// Adds arguments.
    pub fn args<W: AsRef<OsStr>>(mut self, words: impl IntoIterator<Item = W>) -> Task {
        self.0.args(words);
        self
    }

    /// Sets a variable of the environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Task {
        self.0.env(name, value);
        self
    }

    fn name(&self) -> String {
        let words = std::iter::once(self.0.get_program()).chain(self.0.get_args());
        words.map(|w| w.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }

    /// Runs it in the open; its failure is an error.
    pub fn go(mut self) -> Result<(), String> {
        let name = self.name();
        let status = self.0.status().map_err(|e| format!("{name}: {e}"))?;
        if status.success() { Ok(()) } else { Err(format!("{name}: {status}")) }
    }

    /// Runs it in silence: exit status, standard output, standard error.
    pub fn output(mut self) -> Result<(bool, String, String), String> {
        let name = self.name();
        let out = self.0.output().map_err(|e| format!("{name}: {e}"))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok((out.status.success(), text(&out.stdout), text(&out.stderr)))
    }

    /// Runs it in silence and follows its memory: exit status, standard output, standard error, and the bytes it held at the
    /// most, 0 where the system does not say.
    pub fn followed(mut self) -> Result<(bool, String, String, u64), String> {
        let name = self.name();
        let failed = |e: std::io::Error| format!("{name}: {e}");
        let child = self.0.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
        let (id, ended) = (child.id(), AtomicBool::new(false));
        let follow = || {
            let mut most = 0;
            while !ended.load(Ordering::Relaxed) {
                most = most.max(most_held(id));
                thread::sleep(Duration::from_millis(5));
            }
            most
        };
        let (out, most) = thread::scope(|scope| {
            let following = scope.spawn(follow);
            let out = child.wait_with_output();
            ended.store(true, Ordering::Relaxed);
            (out, following.join().unwrap_or(0))
        });
        let out = out.map_err(failed)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok((out.status.success(), text(&out.stdout), text(&out.stderr), most))
    }

    /// Runs it in the open and shows each of its lines to `each` as well. Whether it exited with 0.
    pub fn lines(mut self, each: impl FnMut(&str) + Send) -> Result<bool, String> {
        let name = self.name();
        let each = Mutex::new(each);
        let mut child =
            self.0.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(|e| format!("{name}: {e}"))?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let follow = |stream: Option<Box<dyn Read + Send>>, to_out: bool| {
            for line in stream.into_iter().flat_map(|s| BufReader::new(s).lines()).map_while(Result::ok) {
                if to_out {
                    println!("{line}")
                } else {
                    eprintln!("{line}")
                }
                if let Ok(mut each) = each.lock() {
                    each(&line);
                }
            }
        };
        thread::scope(|scope| {
            scope.spawn(|| follow(out.map(|s| Box::new(s) as Box<dyn Read + Send>), true));
            scope.spawn(|| follow(err.map(|s| Box::new(s) as Box<dyn Read + Send>), false));
        });
        child.wait().map(|s| s.success()).map_err(|e| format!("{name}: {e}"))
    }
}
