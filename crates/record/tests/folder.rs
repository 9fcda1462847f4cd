//! A run folder comes back as it was written, appears whole or not at all, and says what is wrong.
use std::fs;
use std::path::{Path, PathBuf};
use steepest_record::{
    Array, Check, Column, Draws, Folder, FolderError, LogZ, Objective, Parameter, Record, Seconds, Summary, Verdict,
    save_state,
};

fn record() -> Record {
    let names =
        ["intercept", "log(amount)", "theta[1]", "theta[2]", "C(purpose)[car]", "a/b"].map(String::from).to_vec();
    let (chains, draws) = (2, 3);
    let each = chains * draws;
    let mut values: Vec<f64> = (0..names.len() * each).map(|i| (i as f64 - 9.0) / 7.0).collect();
    (values[4], values[5]) = (-0.0, f64::MIN_POSITIVE / 8.0);
    let column = |name: &str, values: Vec<f64>| Column { name: name.into(), values };
    let statistics = vec![
        column("lp", (0..each).map(|i| -(i as f64) / 3.0).collect()),
        column("diverging", vec![0.0, 1.0, 0.0, 0.0, 0.0, 1.0]),
        column("n_steps", vec![1.0, 3.0, 7.0, 1.0, 1023.0, 15.0]),
    ];
    let parameter =
        Parameter { name: "log(amount)".into(), mean: 0.1, sd: 1.0 / 3.0, ess_bulk: 4000.0, ..Default::default() };
    let check =
        Check { check: "R-hat".into(), verdict: Verdict::Holds, value: 1.002, bound: 1.01, advice: String::new() };
    let summary = Summary {
        row: "nuts".into(),
        seed: u64::MAX,
        steps: 3,
        seconds: Seconds { setup: 0.5, warmup: 1.25, run: 1e-9 },
        gradients: 1 << 60,
        rate: 1e17 / 3.0,
        parameters: vec![parameter],
        log_z: Some(LogZ { value: -531.28, se: 0.005 }),
        objective: Some(Objective { initial: 3.0, r#final: -1e-300 }),
        ledger: vec![check],
        extra: serde_json::Map::from_iter([("divergences".to_string(), 2.into())]),
        ..Default::default()
    };
    Record {
        flow: "[run]\nseed = 1\n".into(),
        summary,
        draws: Some(Draws { chains, draws, names, values, statistics }),
        log_likelihood: None,
        ledger: vec![column("t", vec![0.0, 0.1]), column("shadow work", vec![f64::INFINITY, -1.0 / 3.0])],
        arrays: vec![
            Array { name: "last".into(), shape: vec![2], values: vec![0.5, -0.0] },
            Array { name: "mean".into(), shape: vec![2, 2], values: vec![1.0, 2.0, 3.0, 4.0] },
        ],
        notes: vec!["1,000 rows.".into(), "Prior: normal(0, 1) – standardised.".into()],
    }
}

fn written(place: &Path, record: &Record) -> Result<PathBuf, FolderError> {
    let mut folder = Folder::create(place, false)?;
    folder.write(record)?;
    folder.commit()
}

fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn message<T: std::fmt::Debug>(result: Result<T, FolderError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn comes_back_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let place = home.path().join("deep/er/run");
    let (wrote, folder) = (record(), written(&place, &record()).unwrap());
    assert_eq!(folder, place);
    let files = ["draws.zarr", "flow.toml", "last.npy", "ledger.csv", "mean.npy", "notes.txt", "summary.json"];
    assert_eq!(entries(&place), files);
    assert_eq!(entries(&home.path().join("deep/er")), ["run"]);
    let read = Folder::read(&place).unwrap();
    assert_eq!((&read.flow, &read.notes, &read.arrays), (&wrote.flow, &wrote.notes, &wrote.arrays));
    assert_eq!((&read.summary, &read.ledger), (&wrote.summary, &wrote.ledger));
    let (read, wrote) = (read.draws.unwrap(), wrote.draws.unwrap());
    assert_eq!(read, wrote);
    let bits = |draws: &Draws| draws.values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&read), bits(&wrote));
}

/// Written again, a record gives the same bytes: nothing in a folder depends on the time or the place.
#[test]
fn same_record_same_bytes() {
    let home = tempfile::tempdir().unwrap();
    fn bytes(folder: &Path, out: &mut Vec<Vec<u8>>) {
        for name in entries(folder) {
            let path = folder.join(&name);
            out.push(name.into_bytes());
            if path.is_dir() { bytes(&path, out) } else { out.push(fs::read(path).unwrap()) }
        }
    }
    let [mut a, mut b] = [Vec::new(), Vec::new()];
    bytes(&written(&home.path().join("a"), &record()).unwrap(), &mut a);
    bytes(&written(&home.path().join("b"), &record()).unwrap(), &mut b);
    assert!(a.len() > 60 && a == b);
}

#[test]
fn numbers_that_are_not_finite_are_null_and_read_as_nan() {
    let home = tempfile::tempdir().unwrap();
    let mut odd = record();
    odd.summary.parameters[0].rhat = f64::NAN;
    odd.summary.ledger[0].value = f64::INFINITY;
    odd.summary.log_z = None;
    let place = written(&home.path().join("run"), &odd).unwrap();
    let text = fs::read_to_string(place.join("summary.json")).unwrap();
    assert!(
        text.contains("\"rhat\": null,") && text.contains("\"value\": null,") && text.contains("\"log_z\": null,"),
        "{text}"
    );
    let read = Folder::read(&place).unwrap().summary;
    assert!(read.parameters[0].rhat.is_nan() && read.ledger[0].value.is_nan() && read.log_z.is_none());
}

#[test]
fn nothing_is_whole_before_commit_and_nothing_remains_without_it() {
    let home = tempfile::tempdir().unwrap();
    let place = home.path().join("new/run");
    let mut folder = Folder::create(&place, false).unwrap();
    folder.write(&record()).unwrap();
    folder.add("plots/trace.svg", b"<svg/>").unwrap();
    let said = message(Folder::read(&place));
    assert!(said.ends_with("this run is not finished, and has no flow.toml to go on with"), "{said}");
    drop(folder);
    assert!(entries(home.path()).is_empty());
}

#[test]
fn an_existing_folder_is_kept_unless_forced() {
    let home = tempfile::tempdir().unwrap();
    let place = written(&home.path().join("run"), &record()).unwrap();
    let expected = format!(
        "output folder `{}` already exists: choose another with --out, or replace it with --force",
        place.display()
    );
    let refused = Folder::create(&place, false).unwrap_err();
    assert!(refused.is_request());
    assert_eq!(refused.to_string(), expected);

    drop(Folder::create(&place, true).unwrap());
    assert_eq!(Folder::read(&place).unwrap().flow, record().flow);
    let mut folder = Folder::create(&place, true).unwrap();
    folder.write(&Record { flow: "new".into(), ..Default::default() }).unwrap();
    folder.commit().unwrap();
    assert_eq!(Folder::read(&place).unwrap().flow, "new");
    assert_eq!(entries(&place), ["flow.toml", "ledger.csv", "notes.txt", "summary.json"]);
    assert_eq!(entries(home.path()), ["run"]);
}

#[test]
fn force_never_replaces_what_is_not_a_run() {
    let home = tempfile::tempdir().unwrap();
    let thesis = home.path().join("thesis");
    fs::create_dir(&thesis).unwrap();
    fs::write(thesis.join("flow.toml"), "mine").unwrap();
    let found = message(Folder::create(&thesis, true));
    assert!(found.ends_with(
        "is not a run folder (it has neither summary.json nor checkpoint), so --force does not replace it: choose another with --out"
    ));
    assert_eq!(entries(home.path()), ["thesis"]);
    // Nobody is told to try --force where that is refused.
    for force in [false, true] {
        assert_eq!(message(Folder::create(&thesis, force)), found);
        let file = Folder::create(&thesis.join("flow.toml"), force).unwrap_err();
        assert!(file.is_request());
        assert!(
            file.to_string().ends_with("is a file, and a run is a folder: choose another name with --out"),
            "{file}"
        );
    }
    assert_eq!(fs::read_to_string(thesis.join("flow.toml")).unwrap(), "mine");
    assert!(message(Folder::create(Path::new(".."), true)).contains("not a name for a new folder"));

    // What a failed run left is a run.
    let failed = home.path().join("failed");
    save_state(&failed.join("checkpoint"), &record().arrays[1]).unwrap();
    Folder::create(&failed, true).unwrap().commit().unwrap();
}

/// An empty folder becomes the run, and is empty again where there is none; it is never moved, as a disk could not be.
#[test]
fn an_empty_folder_is_taken() {
    let home = tempfile::tempdir().unwrap();
    let place = home.path().join("run");
    fs::create_dir(&place).unwrap();
    for force in [false, true] {
        let mut folder = Folder::create(&place, force).unwrap();
        folder.write(&record()).unwrap();
        drop(folder);
        assert!(entries(&place).is_empty() && entries(home.path()) == ["run"]);
    }
    written(&place, &record()).unwrap();
    assert_eq!(Folder::read(&place).unwrap().flow, record().flow);
    assert_eq!(entries(home.path()), ["run"]);
    assert!(matches!(Folder::create(&place, false), Err(FolderError::Exists(_))));
}

/// Components are labelled as the summary calls them, from 1, and chains and draws from 0.
#[test]
fn components_are_counted_as_they_are_called() {
    let home = tempfile::tempdir().unwrap();
    let place = written(&home.path().join("run"), &record()).unwrap();
    let labels = |axis: &str| -> Vec<i64> {
        let bytes = fs::read(place.join(format!("draws.zarr/posterior/{axis}/c/0"))).unwrap();
        bytes.chunks_exact(8).map(|label| i64::from_le_bytes(label.try_into().unwrap())).collect()
    };
    assert_eq!([labels("theta_dim_0"), labels("chain"), labels("draw")], [vec![1, 2], vec![0, 1], vec![0, 1, 2]]);
}

/// `/dev/full` answers every write as a full disk does; here it stands in for one of the files.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_nothing() {
    for file in ["summary.json", "draws.zarr", "mean.npy"] {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("run");
        let mut folder = Folder::create(&place, false).unwrap();
        let draft = place.join(".partial");
        let (above, name) = if file == "draws.zarr" { (draft.join(file), "zarr.json") } else { (draft, file) };
        fs::create_dir_all(&above).unwrap();
        std::os::unix::fs::symlink("/dev/full", above.join(name)).unwrap();
        let error = folder.write(&record()).unwrap_err();
        let FolderError::Io { doing: "write", path, source } = &error else { panic!("{error}") };
        assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
        assert!(path.starts_with(place.join(file)));
        let found = error.to_string();
        assert!(
            found.contains("Free some space, or choose another disk with --out; to go on with a run, copy its folder"),
            "{found}"
        );
        drop(folder);
        assert!(entries(home.path()).is_empty());
    }
}

#[test]
fn a_place_that_cannot_be_written_to() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("file"), "").unwrap();
    let found = message(Folder::create(&home.path().join("file/run"), false));
    assert!(
        found.starts_with("cannot create `") && found.contains(". Choose a folder you may write to with --out;"),
        "{found}"
    );
    assert_eq!(entries(home.path()), ["file"]);
    // Where even the superuser may not make folders.
    if cfg!(target_os = "linux") {
        let found = message(Folder::create(Path::new("/sys/steepest-run"), false));
        assert!(found.starts_with("cannot create `/sys/steepest-run`: "), "{found}");
        assert!(found.contains(". Choose a folder you may write to with --out;"), "{found}");
    }
}

#[test]
fn only_paths_inside_are_added() {
    let home = tempfile::tempdir().unwrap();
    let mut folder = Folder::create(&home.path().join("run"), false).unwrap();
    for name in ["../escape", "/etc/x", "", "a/../../b", ".", "checkpoint/state"] {
        assert!(message(folder.add(name, b"")).contains("not a path inside the run folder"), "{name}");
    }
}

#[test]
fn parts_that_do_not_fit_together_are_named() {
    let home = tempfile::tempdir().unwrap();
    let spoilt = |spoil: fn(&mut Record)| {
        let mut record = record();
        spoil(&mut record);
        message(written(&home.path().join("run"), &record))
    };
    assert!(
        spoilt(|r| r.draws.as_mut().unwrap().draws = 4)
            .ends_with("draws.zarr`: 36 values for 6 quantities of 2 chains x 4 draws")
    );
    let found = spoilt(|r| r.draws.as_mut().unwrap().statistics[1].values.clear());
    assert!(found.ends_with("statistic `diverging` has 0 values for 6 draws"), "{found}");
    assert!(spoilt(|r| r.arrays[1].shape = vec![5]).ends_with("mean.npy`: 4 numbers do not fill the shape [5]"));
    assert!(spoilt(|r| r.ledger[0].values.clear()).ends_with("column `shadow work` has 2 rows and `t` has 0"));
    assert!(entries(home.path()).is_empty());
}

#[test]
fn what_cannot_be_read_is_named() {
    let home = tempfile::tempdir().unwrap();
    let damaged = |damage: &dyn Fn(&Path)| {
        let place = home.path().join("run");
        let _ = fs::remove_dir_all(&place);
        written(&place, &record()).unwrap();
        damage(&place);
        message(Folder::read(&place)).replace(&format!("{}/", home.path().display()), "")
    };
    let remove = |file: &'static str| move |place: &Path| fs::remove_file(place.join(file)).unwrap();
    let cut = |file: &'static str, keep: usize| {
        move |place: &Path| fs::write(place.join(file), &fs::read(place.join(file)).unwrap()[..keep]).unwrap()
    };
    assert_eq!(damaged(&remove("summary.json")), "`run`: this is not a run folder: it has no summary.json");
    assert_eq!(damaged(&remove("ledger.csv")), "cannot read `run/ledger.csv`: No such file or directory (os error 2)");
    assert_eq!(
        damaged(&remove("draws.zarr/posterior/theta/c/0/0/0")).split(':').next(),
        Some("cannot read `run/draws.zarr/posterior/theta/c/0/0/0`")
    );
    assert_eq!(damaged(&cut("summary.json", 20)), "`run/summary.json`: EOF while parsing a string at line 3 column 3");
    assert_eq!(
        damaged(&cut("last.npy", 136)),
        "`run/last.npy`: 8 bytes of numbers where the shape [2] needs 16: the file is cut short"
    );
    assert_eq!(
        damaged(&cut("draws.zarr/posterior/intercept/c/0/0", 40)),
        "`run/draws.zarr/posterior/intercept/c/0/0`: 40 bytes where 48 are expected: the file is cut short"
    );
    assert!(damaged(&cut("draws.zarr/zarr.json", 100)).starts_with("`run/draws.zarr/zarr.json`: EOF while parsing"));
    assert_eq!(message(Folder::read(Path::new("no/such"))), "`no/such`: there is no such folder");
}

#[test]
fn a_state_is_saved_whole_and_replaced_whole() {
    let home = tempfile::tempdir().unwrap();
    let place = home.path().join("run/checkpoint");
    let array = |values: Vec<f64>| Array { name: "x".into(), shape: vec![values.len()], values };
    assert_eq!(save_state(&place, &array(vec![1.0, f64::NAN])).unwrap(), place.join("x.npy"));
    save_state(&place, &array(vec![3.0])).unwrap();
    assert_eq!(entries(&place), ["x.npy"]);
    assert_eq!(fs::read(place.join("x.npy")).unwrap().len(), 136);
    assert!(
        message(save_state(&place, &Array { shape: vec![9], ..array(vec![1.0]) }))
            .ends_with("1 numbers do not fill the shape [9]")
    );
}

/// A run without draws, and draws without a single one, are folders too.
#[test]
fn empty_runs() {
    let home = tempfile::tempdir().unwrap();
    let none = written(&home.path().join("none"), &Record::default()).unwrap();
    assert_eq!(Folder::read(&none).unwrap().draws, None);
    let draws = Draws { chains: 4, names: vec!["x[1]".into()], ..Default::default() };
    let zero =
        written(&home.path().join("zero"), &Record { draws: Some(draws.clone()), ..Default::default() }).unwrap();
    assert_eq!(Folder::read(&zero).unwrap().draws, Some(draws));
}

/// Beside the draws, as one array of chain, draw and row; what is read back is what it was without.
#[test]
fn log_likelihoods_are_a_group_of_the_store() {
    let home = tempfile::tempdir().unwrap();
    let mut record = record();
    let draws = record.draws.clone().unwrap();
    let each = draws.chains * draws.draws;
    let values: Vec<f64> = (0..2 * each).map(|i| -(i as f64)).collect();
    let names = vec!["y[1]".to_string(), "y[2]".to_string()];
    record.log_likelihood = Some(Draws { names, values, statistics: Vec::new(), ..draws.clone() });
    let place = written(&home.path().join("run"), &record).unwrap();
    let bytes = fs::read(place.join("draws.zarr/log_likelihood/y/c/0/0/0")).unwrap();
    let numbers: Vec<f64> = bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect();
    let expected: Vec<f64> = (0..each).flat_map(|t| [-(t as f64), -((each + t) as f64)]).collect();
    assert_eq!(numbers, expected);
    assert_eq!(Folder::read(&place).unwrap().draws, Some(draws));
}
