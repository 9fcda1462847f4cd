//! Draws that outgrow memory, and states that are kept: every bit comes back, from wherever it is.
use std::path::Path;
use steepest_record::{Checkpoint, Column, Draws, Folder, Identity, Record};

const COLUMNS: usize = 12;
const CHAINS: usize = 2;

/// The number that belongs to a place.
fn number(column: usize, chain: usize, row: usize) -> f64 {
    ((row * CHAINS + chain) * COLUMNS + column) as f64 / 7.0 - 1e5
}
/// Adds rows until there are `rows`.
fn fill(checkpoint: &mut Checkpoint, rows: usize) {
    let spool = checkpoint.spool_mut();
    while spool.rows() < rows {
        let (from, count) = (spool.rows(), spool.room().min(rows - spool.rows()).min(1000));
        for column in 0..COLUMNS {
            for chain in 0..CHAINS {
                let to = &mut spool.next(column, chain)[..count];
                to.iter_mut().enumerate().for_each(|(t, to)| *to = number(column, chain, from + t));
            }
        }
        spool.grow(count).unwrap();
    }
}
fn check(checkpoint: &Checkpoint, rows: usize) {
    let spool = checkpoint.spool();
    assert_eq!(spool.rows(), rows);
    for column in 0..COLUMNS {
        let found = spool.column(column).unwrap();
        assert_eq!(found.len(), CHAINS * rows);
        let expected = (0..CHAINS).flat_map(|chain| (0..rows).map(move |row| number(column, chain, row)));
        assert!(found.into_iter().eq(expected), "column {column}");
    }
    let mut some = [0.0; 3];
    spool.read(5, 1..2, rows - 3, &mut some).unwrap();
    assert_eq!(some, [rows - 3, rows - 2, rows - 1].map(|row| number(5, 1, row)));
    // Most of the rows of all chains, from the middle of a block.
    let mut most = vec![0.0; (rows - 7) * CHAINS];
    spool.read(3, 0..CHAINS, 7, &mut most).unwrap();
    let expected = (0..CHAINS).flat_map(|chain| (7..rows).map(move |row| number(3, chain, row)));
    assert!(most.into_iter().eq(expected));
}
fn identity() -> Identity {
    Identity { program: "1".into(), flow: "[run]\n".into(), data: 7 }
}
/// The record that goes with so many rows; its draws are those that are in memory.
fn record(rows: usize) -> Record {
    let names: Vec<String> = (1..=10).map(|k| format!("x[{k}]")).collect();
    let column = |k: usize| (0..CHAINS).flat_map(move |c| (0..rows).map(move |row| number(k, c, row)));
    let statistic = |k: usize, name: &str| Column { name: name.into(), values: column(k).collect() };
    let statistics = vec![statistic(10, "lp"), statistic(11, "energy")];
    let draws = Draws { chains: CHAINS, draws: rows, names, values: (0..10).flat_map(column).collect(), statistics };
    Record { flow: "[run]\n".into(), draws: Some(draws), ..Record::default() }
}
fn open(place: &Path) -> Folder {
    let mut folder = Folder::open(place).unwrap();
    folder.keep(identity(), 10.0).unwrap();
    folder
}

/// 700,000 rows of 24 numbers are more than stays in memory (64 MiB), and not a whole number of blocks.
#[test]
fn draws_that_outgrow_memory() {
    let home = tempfile::tempdir().unwrap();
    let place = home.path().join("run");
    let (first, all) = (600_001, 700_002);
    let mut folder = Folder::create(&place, false).unwrap();
    folder.keep(identity(), 10.0).unwrap();
    assert_eq!(folder.checkpoint().begin(COLUMNS, CHAINS).unwrap(), None);
    fill(folder.checkpoint(), first);
    assert!(folder.checkpoint().spool().spilled());
    folder.checkpoint().save(vec![1, 2, 3]).unwrap();
    check(folder.checkpoint(), first);
    // Rows after the checkpoint are lost with the process, and come again.
    fill(folder.checkpoint(), first + 50_000);
    drop(folder);
    let mut folder = open(&place);
    assert_eq!(folder.checkpoint().found(), Some(&identity()));
    assert_eq!(folder.checkpoint().begin(COLUMNS, CHAINS).unwrap(), Some(vec![1, 2, 3]));
    check(folder.checkpoint(), first);
    fill(folder.checkpoint(), all);
    check(folder.checkpoint(), all);
    folder.checkpoint().end(vec![4]);
    // The record holds a part of them; the store has all.
    folder.write(&record(1)).unwrap();
    folder.commit().unwrap();
    assert!(!place.join("checkpoint/draws").exists());
    let bytes = std::fs::metadata(place.join("draws.zarr/posterior/x/c/0/0/0")).unwrap().len();
    assert_eq!(bytes, (all * CHAINS * 10 * 8) as u64);
    let read = Folder::read(&place).unwrap().draws.unwrap();
    let stride = all.div_ceil(read.draws);
    assert_eq!((stride, read.draws), (3, all / 3));
    assert!(read.chain(4, 1).iter().enumerate().all(|(t, x)| *x == number(4, 1, t * stride)));
    // A finished run is gone on with from its store.
    let mut folder = open(&place);
    assert_eq!(folder.checkpoint().begin(COLUMNS, CHAINS).unwrap(), Some(vec![4]));
    check(folder.checkpoint(), all);
}

#[test]
fn a_finished_run_is_taken_up_from_its_store() {
    let home = tempfile::tempdir().unwrap();
    let place = home.path().join("run");
    let mut folder = Folder::create(&place, false).unwrap();
    folder.keep(identity(), 10.0).unwrap();
    folder.checkpoint().begin(COLUMNS, CHAINS).unwrap();
    fill(folder.checkpoint(), 500);
    folder.checkpoint().end(vec![9; 100]);
    folder.write(&record(500)).unwrap();
    folder.commit().unwrap();
    let mut folder = open(&place);
    assert_eq!(folder.checkpoint().begin(COLUMNS, CHAINS).unwrap(), Some(vec![9; 100]));
    check(folder.checkpoint(), 500);
    // While it is held, nobody else has it; and what it has stays when it ends without more.
    let busy = Folder::open(&place).unwrap_err().to_string();
    assert!(busy.starts_with(&format!("process {} is writing to", std::process::id())), "{busy}");
    drop(folder);
    Folder::read(&place).unwrap();
    // A commit that was cut off between two renames.
    let (draft, stored) = (place.join(".partial"), place.join("draws.zarr"));
    std::fs::create_dir_all(draft.join("draws.zarr")).unwrap();
    std::fs::rename(&stored, draft.join("draws.before")).unwrap();
    let mut folder = open(&place);
    assert_eq!(folder.checkpoint().begin(COLUMNS, CHAINS).unwrap(), Some(vec![9; 100]));
    check(folder.checkpoint(), 500);
    drop(folder);
    // Other quantities than the checkpoint has, and draws that were edited.
    assert!(open(&place).checkpoint().begin(COLUMNS + 1, CHAINS).unwrap_err().to_string().contains("other quantities"));
    let path = place.join("draws.zarr/posterior/x/c/0/0/0");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[3001] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let damaged = open(&place).checkpoint().begin(COLUMNS, CHAINS).unwrap_err().to_string();
    assert!(damaged.contains("there is no whole checkpoint"), "{damaged}");
    assert!(damaged.contains("draws.zarr`: the draws in it were changed"), "{damaged}");
    assert!(!place.join("checkpoint/draws").exists());
    // Who only reads them is told as well; a folder that does not say what they were is believed.
    let said = Folder::read(&place).unwrap_err().to_string();
    assert!(said.contains("draws.zarr`: the draws in it are not those that the run wrote"), "{said}");
    std::fs::remove_file(&path).unwrap();
    let gone = open(&place).checkpoint().begin(COLUMNS, CHAINS).unwrap_err().to_string();
    assert!(gone.contains("posterior/x/c/0/0/0"), "{gone}");
    std::fs::write(&path, vec![0; 500 * CHAINS * 10 * 8]).unwrap();
    std::fs::remove_dir_all(place.join("checkpoint")).unwrap();
    Folder::read(&place).unwrap();
}
