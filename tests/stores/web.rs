//! Files of servers on the web, servers that fail now and then, and what is said when one cannot be used.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::corpus::corpus;
use crate::harness::{Folder, Run, finished, gzip, record, str_of, tree};
use crate::s3::with_endpoint;
use crate::server::{Answer, Server};

const SMALL_WINDOWS: [&str; 5] = [
    "--no-config",
    "--set=repair.window_bytes=100 KiB",
    "--set=run.memory_bytes=1 MiB",
    "--set=read.batch_bytes=16 KiB",
    "--set=run.commit_seconds=0",
];

/// Some files of lines, one of them longer than what is asked for at once.
fn files() -> BTreeMap<String, Vec<u8>> {
    let lines = |n: usize, of: &str| {
        (0..n).map(|i| record(&format!("{of}{i}"), &format!("The boat {of}{i} came in."))).collect::<String>()
    };
    let long = "x".repeat(9 << 20);
    BTreeMap::from([
        ("a.jsonl".to_owned(), lines(300, "a").into_bytes()),
        ("b.jsonl.gz".to_owned(), gzip(lines(300, "b").as_bytes())),
        ("c.jsonl".to_owned(), format!("{}{}", record("long", &long), lines(10, "c")).into_bytes()),
        ("empty.jsonl".to_owned(), Vec::new()),
    ])
}

/// The records of a run over files at these places, without what dedup and repair would do to them.
fn read(folder: &Folder, inputs: &[String]) -> Vec<u8> {
    let off = ["--set=dedup.enabled=false", "--set=repair.enabled=false", "--set=langid.enabled=false"];
    let arguments = ["run", "--no-config", "-o", "-"].into_iter().chain(off);
    folder.run(arguments.chain(inputs.iter().map(String::as_str))).ended_with(0).stdout
}

fn in_files(folder: &Folder) -> Vec<u8> {
    let paths: Vec<String> = files().into_keys().collect();
    files().iter().for_each(|(name, bytes)| drop(folder.put(name, bytes)));
    read(folder, &paths)
}

#[test]
fn files_of_the_web_are_read_as_files_are_with_parts_and_without() {
    let folder = Folder::new();
    let wanted = in_files(&folder);
    let with_parts = Server::of_files(files());
    let served = files();
    let without = Server::start(move |request| {
        let path = request.path.split('?').next().unwrap().trim_start_matches('/');
        let mut answer = Answer::status(200, "");
        answer.body.clone_from(&served[path]);
        answer
    });
    for (server, query) in [(&with_parts, ""), (&without, "?signature=a/b*c")] {
        let urls: Vec<String> = files().keys().map(|name| server.url(name) + query).collect();
        assert!(read(&folder, &urls) == wanted);
    }
}

#[test]
fn a_server_that_fails_now_and_then_is_asked_again() {
    let folder = Folder::new();
    let wanted = in_files(&folder);
    let served = files();
    let server = Server::start(move |request| {
        let bytes = &served[request.path.trim_start_matches('/')];
        let mut answer = Answer::file(request, bytes);
        match request.number % 4 {
            1 => Answer::status(503, "slow down"),
            2 if request.range.is_some() => {
                answer.cut = Some(answer.body.len() / 2);
                answer
            }
            _ => answer,
        }
    });
    let urls: Vec<String> = files().keys().map(|name| server.url(name)).collect();
    assert!(read(&folder, &urls) == wanted);
    assert!(server.requests.load(Ordering::Relaxed) > 10);
}

#[cfg(feature = "parquet")]
#[test]
fn columns_are_read_from_a_server() {
    let folder = Folder::new();
    let lines: String = (0..500).map(|n| record(&format!("r{n}"), &format!("The boat number {n} came in."))).collect();
    folder.put("in.jsonl", lines);
    folder.run(["run", "--no-config", "in.jsonl", "-o", "in.parquet"]).ended_with(0);
    let wanted = read(&folder, &["in.parquet".to_owned()]);
    let server = Server::of_files(BTreeMap::from([("in.parquet".to_owned(), folder.read("in.parquet"))]));
    assert!(wanted.len() > 10_000 && read(&folder, &[server.url("in.parquet")]) == wanted);
}

#[test]
fn a_store_that_fails_for_good_ends_the_run_and_it_is_taken_up_again() {
    let corpus = corpus(5, 900);
    let folder = &corpus.folder;
    let files = tree(&folder.at("in"));
    let arguments = |output: &str, inputs: Vec<String>, more: &[&str]| -> Vec<String> {
        let own = ["run", "-o", output].into_iter().chain(SMALL_WINDOWS).chain(more.iter().copied());
        own.map(str::to_owned).chain(inputs).collect()
    };
    let fails = Arc::new(AtomicBool::new(true));
    let (served, failing, last) = (files.clone(), Arc::clone(&fails), files.keys().next_back().unwrap().clone());
    let server = Server::start(move |request| {
        let name = request.path.trim_start_matches('/');
        // The first question is what there is.
        let is_content = request.range.as_ref().is_none_or(|range| range.len() > 1);
        if name == last && is_content && failing.load(Ordering::Relaxed) {
            return Answer::status(403, "<Error><Code>AccessDenied</Code></Error>");
        }
        Answer::file(request, &served[name])
    });
    let urls: Vec<String> = files.keys().map(|name| server.url(name)).collect();
    let run = folder.run(arguments("out", urls.clone(), &[])).ended_with(2);
    assert!(run.stderr.contains(&format!("cannot read `{}`", urls[urls.len() - 1])), "{}", run.stderr);
    assert!(run.stderr.contains("refuses it (403 AccessDenied)") && run.stderr.contains("--resume"), "{}", run.stderr);
    fails.store(false, Ordering::Relaxed);
    folder.run(arguments("out", urls.clone(), &["--resume"])).ended_with(0);
    folder.run(arguments("whole", urls, &[])).ended_with(0);
    let output = |name| {
        let mut files = tree(&folder.at(name));
        files.remove("summary.json");
        files
    };
    assert_eq!(output("out"), output("whole"));
}

#[test]
fn a_file_that_changes_while_it_is_read_is_rejected_and_the_next_one_read() {
    let folder = Folder::new();
    let server = Server::start(|request| match (request.path.as_str(), request.number) {
        ("/a.txt", 0) => Answer::file(request, b"Then it was this text."),
        ("/a.txt", _) => Answer::file(request, b"Now it is another text."),
        _ => Answer::file(request, b"The next page is as it was."),
    });
    let (first, second) = (server.url("a.txt"), server.url("b.txt"));
    folder.run(["run", "--no-config", &first, &second, "-o", "out"]).ended_with(0);
    let rejected = folder.records("out/rejected.jsonl");
    assert_eq!((rejected.len(), str_of(&rejected[0], "reason")), (1, "changed"));
    assert!(str_of(&rejected[0], "detail").contains(&first));
    assert_eq!(str_of(&folder.shards("out")[0], "text"), "The next page is as it was.");
}

/// What is said of an input that cannot be had.
fn said(command: &mut Command) -> String {
    let run: Run = finished(command.spawn().unwrap()).ended_with(2);
    run.stderr
}

#[test]
fn what_cannot_be_had_is_named_with_its_cure() {
    let folder = Folder::new();
    let server = Server::start(|request| match request.path.as_str() {
        path if path.starts_with("/refused") => Answer::status(403, "<Error><Code>AccessDenied</Code></Error>"),
        path if path.starts_with("/gone") => Answer::status(404, "<Error><Code>NoSuchBucket</Code></Error>"),
        _ => Answer::status(404, "<Error><Code>NoSuchKey</Code></Error>"),
    });
    let web = said(&mut folder.command(["run", "--no-config", &server.url("a.txt")]));
    assert!(web.contains(&format!("input `{}`: not found; check its name", server.url("a.txt"))), "{web}");
    let refused = said(&mut with_endpoint(&folder, &["run", "--no-config", "s3://refused/a.txt"], &server.address));
    assert!(refused.contains("`s3://refused/a.txt`: the store refuses it (403"), "{refused}");
    assert!(refused.contains("what the credentials in the environment may do"), "{refused}");
    let gone = said(&mut with_endpoint(&folder, &["run", "--no-config", "s3://gone/in/"], &server.address));
    assert!(gone.contains("`s3://gone/in/`: there is no bucket `gone`; check its name"), "{gone}");
    let output =
        said(&mut with_endpoint(&folder, &["run", "--no-config", "-o", "s3://gone/out", "a.txt"], &server.address));
    assert!(output.contains("`a.txt` not found") || output.contains("a.txt"), "{output}");
    folder.put("a.txt", "The boat came in.");
    let output =
        said(&mut with_endpoint(&folder, &["run", "--no-config", "-o", "s3://gone/out", "a.txt"], &server.address));
    assert!(output.contains("cannot write `s3://gone/out`: there is no bucket `gone`"), "{output}");

    // A port at which nobody listens, and who asks without saying by whom.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let closed = said(&mut with_endpoint(&folder, &["run", "--no-config", "s3://bucket/a.txt"], &nobody));
    assert!(closed.contains("`s3://bucket/a.txt`: no connection to its host; check the network"), "{closed}");
    let mut unnamed = with_endpoint(&folder, &["run", "--no-config", "s3://bucket/a.txt"], &server.address);
    unnamed.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    // Where a machine of the cloud would be asked for its credentials.
    let unnamed = said(unnamed.env("AWS_METADATA_ENDPOINT", format!("http://{nobody}")));
    assert!(unnamed.contains("set AWS_ACCESS_KEY_ID") && unnamed.contains("AWS_SKIP_SIGNATURE"), "{unnamed}");
    let elsewhere = said(&mut folder.command(["run", "--no-config", "ftp://host/a.txt"]));
    assert!(elsewhere.contains("nothing is known of `ftp://`"), "{elsewhere}");
    let written = said(&mut folder.command(["run", "--no-config", "a.txt", "-o", "https://host/out/"]));
    assert!(written.contains("nothing is written to http(s)://"), "{written}");
}
