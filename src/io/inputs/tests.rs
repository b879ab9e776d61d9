//! The order of what inputs name, and what is passed over.

use super::*;

#[test]
fn folders_are_walked_in_the_order_of_their_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["b.txt", "a/2", "a/10", "a.txt", "B"] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    std::os::unix::fs::symlink("..", folder.path().join("a/loop")).unwrap();
    let roots = roots(&[Input::Path(folder.path().to_owned())]).unwrap();
    let prefix = format!("{}/", folder.path().file_name().unwrap().to_str().unwrap());
    let names: Vec<String> = walk(roots)
        .map(|entry| match entry {
            Entry::File(file) => file.name.replace(&prefix, ""),
            Entry::Skipped(skipped) => format!("{:?} {}", skipped.why, skipped.name.replace(&prefix, "")),
            Entry::Stdin => "-".to_owned(),
        })
        .collect();
    assert_eq!(names, ["B", "a/10", "a/2", "Symlink a/loop", "a.txt", "b.txt"]);
}

#[test]
fn the_output_of_the_run_is_no_input_of_it() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.txt", "out/shard-00000.jsonl", "b/out/c.txt", "clean.jsonl"] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    let roots = roots(&[Input::Path(folder.path().join("b/.."))]).unwrap();
    let own = ["out", "clean.jsonl", ".clean.jsonl.part"].map(|name| folder.path().join(name));
    let left: Vec<_> = walk(without_output(roots, &own, &[])).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.iter().all(|entry| matches!(entry, Entry::File(file) if file.name.ends_with("txt"))), "{left:?}");
}

#[test]
fn a_misspelt_input_is_answered_with_its_neighbour() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("corpus.jsonl"), "").unwrap();
    let error = roots(&[Input::Path(folder.path().join("corpsu.jsonl"))]).unwrap_err().to_string();
    assert!(error.contains("did you mean") && error.contains("corpus.jsonl"), "{error}");
}
