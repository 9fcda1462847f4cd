//! A kill while one run takes the place of another, or while results are put into place, loses neither; links are followed.
use std::fs;
use std::path::{Path, PathBuf};
use steepest_record::{Draws, Folder, FolderError, Record};

fn record() -> Record {
    let draws = Draws { chains: 2, draws: 3, names: vec!["x".into()], values: vec![0.5; 6], statistics: Vec::new() };
    Record { flow: "old".into(), draws: Some(draws), ..Record::default() }
}
fn written(place: &Path) -> PathBuf {
    let mut folder = Folder::create(place, false).unwrap();
    folder.write(&record()).unwrap();
    folder.commit().unwrap()
}
fn anew(mut folder: Folder) {
    folder.write(&Record { flow: "new".into(), ..Record::default() }).unwrap();
    folder.commit().unwrap();
}
fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A process that is killed while its run takes the place of another leaves that aside: it is there again for whoever comes next.
#[test]
fn what_is_replaced_survives_a_kill() {
    let home = tempfile::tempdir().unwrap();
    let (place, aside) = (home.path().join("run"), home.path().join(".run.replaced"));
    // What a kill leaves: the old run aside, and of the new one these files.
    let killed = |files: &[&str]| {
        [&place, &aside].into_iter().for_each(|folder| drop(fs::remove_dir_all(folder)));
        fs::rename(written(&place), &aside).unwrap();
        for file in files {
            fs::create_dir_all(place.join(file).parent().unwrap()).unwrap();
            fs::write(place.join(file), "").unwrap();
        }
    };
    let is_back = |what: &str| {
        assert_eq!(Folder::read(&place).unwrap().flow, "old", "{what}");
        assert_eq!(entries(home.path()), ["run"], "{what}");
    };
    let begun = ["checkpoint/lock", "flow.toml"];
    for files in [&[][..], &begun[..1], &begun[..]] {
        killed(files);
        drop(Folder::create(&place, true).unwrap());
        is_back("replaced once more, in vain");
        killed(files);
        assert!(matches!(Folder::create(&place, false), Err(FolderError::Exists(_))));
        is_back("not to be replaced");
        killed(files);
        anew(Folder::create(&place, true).unwrap());
        assert_eq!(Folder::read(&place).unwrap().flow, "new");
        assert_eq!(entries(home.path()), ["run"]);
    }
    for files in [&[][..], &begun[..1]] {
        killed(files);
        drop(Folder::open(&place).unwrap());
        is_back("nothing to begin again");
    }
    // A run that says what it is can be begun again; the old one goes when there is something in its place.
    killed(&begun);
    let said = Folder::read(&place).unwrap_err().to_string();
    let waits = format!("the run that it is to replace waits in `{}`", aside.display());
    assert!(said.contains("this run is not finished") && said.contains(&waits), "{said}");
    drop(Folder::open(&place).unwrap());
    assert_eq!(entries(home.path()), [".run.replaced", "run"]);
    Folder::open(&place).unwrap().commit().unwrap();
    assert_eq!(entries(home.path()), ["run"]);
    // One process replaces it at this moment.
    killed(&begun);
    fs::create_dir(aside.join("checkpoint")).unwrap();
    let at_work = Folder::open(&aside).unwrap();
    let said = Folder::create(&place, true).unwrap_err().to_string();
    let expected = format!("process {} is writing to `{}`", std::process::id(), place.display());
    assert!(said.starts_with(&expected), "{said}");
    drop(at_work);
    drop(Folder::create(&place, true).unwrap());
    is_back("nobody at work");
}

/// Draws that a commit had moved out of the way when it was cut off.
#[test]
fn a_kill_between_two_renames_loses_no_draws() {
    let home = tempfile::tempdir().unwrap();
    let place = written(&home.path().join("run"));
    let (draft, summary) = (place.join(".partial"), place.join("summary.json"));
    let text = fs::read(&summary).unwrap();
    fs::create_dir_all(draft.join("draws.zarr")).unwrap();
    fs::rename(place.join("draws.zarr"), draft.join("draws.before")).unwrap();
    fs::remove_file(&summary).unwrap();
    fs::create_dir(place.join("checkpoint")).unwrap();
    drop(Folder::open(&place).unwrap());
    assert!(!draft.exists());
    fs::write(&summary, &text).unwrap();
    assert_eq!(Folder::read(&place).unwrap().draws, record().draws);
    // What has come in its place already stays there.
    fs::create_dir_all(draft.join("draws.before")).unwrap();
    drop(Folder::open(&place).unwrap());
    assert!(!draft.exists());
    assert_eq!(Folder::read(&place).unwrap().draws, record().draws);
}

/// A run whose name is a link lies where that leads.
#[cfg(unix)]
#[test]
fn links_are_followed() {
    let home = tempfile::tempdir().unwrap();
    let (place, link) = (written(&home.path().join("disk/run")), home.path().join("run"));
    std::os::unix::fs::symlink(&place, &link).unwrap();
    assert!(matches!(Folder::create(&link, false), Err(FolderError::Exists(_))));
    anew(Folder::create(&link, true).unwrap());
    assert!(link.is_symlink());
    assert_eq!([&place, &link].map(|at| Folder::read(at).unwrap().flow), ["new", "new"]);
    fs::remove_dir_all(&place).unwrap();
    let said = Folder::create(&link, true).unwrap_err().to_string();
    assert!(said.contains("a link that leads nowhere"), "{said}");
    assert_eq!(entries(home.path()), ["disk", "run"]);
}
