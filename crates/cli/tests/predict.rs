//! `steepest predict`: rows of a file or a pipe, what is written where, and slips.
mod workplace;
use std::io::Write;
use std::process::Stdio;
use workplace::Workplace;

/// A run of the pets, and rows to predict.
fn fitted() -> Workplace {
    let place = Workplace::new();
    place.write(
        "pets.toml",
        "[functional]\nkind = \"regression\"\ndata = \"pets.csv\"\nformula = \"adopted ~ weight + kind\"\n\
         [functional.priors]\ncoefficients = \"normal(0, 2)\"\n[run]\ndraws = 50\nwarmup = 100\nseed = 1\n",
    );
    place.succeed(&["run", "pets.toml", "--out", "fit", "--quiet"]);
    place.write("new.csv", "weight,kind\n4.0,cat\n20.0,dog\n");
    place
}

#[test]
fn a_pipe_says_what_a_file_says() {
    let place = fitted();
    let from_file = place.succeed(&["predict", "fit", "new.csv"]);
    let lines: Vec<&str> = from_file.lines().collect();
    assert!(lines.len() == 3 && lines[0].starts_with("row,mean,"), "{from_file}");
    let mean = |line: &str| line.split(',').nth(1).and_then(|cell| cell.parse::<f64>().ok()).expect("a number");
    assert!(lines[1..].iter().all(|line| (0.0..=1.0).contains(&mean(line))), "{from_file}");
    #[cfg(target_os = "linux")]
    {
        let piped = |bytes: &[u8]| {
            let mut command = place.command(&["predict", "fit", "/dev/stdin"]);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().expect("it starts");
            child.stdin.take().expect("piped").write_all(bytes).expect("it reads");
            let done = child.wait_with_output().expect("it ends");
            (done.status.code(), String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
        };
        let (code, out, err) = piped(place.read("new.csv").as_bytes());
        assert_eq!((code, out.as_str()), (Some(0), from_file.as_str()), "{err}");
        let (code, out, err) = piped(b"PAR1 and what follows");
        assert!(code == Some(2) && out.is_empty() && err.contains("give the file itself"), "{err}");
    }
}

#[test]
fn nothing_is_overwritten_and_slips_are_named() {
    let place = fitted();
    place.succeed(&["predict", "fit", "new.csv", "--out", "said.csv"]);
    assert_eq!(place.read("said.csv"), place.succeed(&["predict", "fit", "new.csv"]));
    place.write("said.csv", "mine");
    let done = place.run(&["predict", "fit", "new.csv", "--out", "said.csv"]);
    assert!(done.code == 2 && done.err.contains("--force") && place.read("said.csv") == "mine", "{done:?}");
    place.succeed(&["predict", "fit", "new.csv", "--out", "said.csv", "--force"]);
    assert!(place.read("said.csv").lines().count() == 3);
    place.write("slip.csv", "wieght,kind\n4.0,cat\n");
    let done = place.run(&["predict", "fit", "slip.csv"]);
    assert!(done.code == 2 && done.err.contains("weight") && done.err.contains("wieght"), "{done:?}");
}
