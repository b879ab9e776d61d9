//! Ways to harm a process from outside: through the shell's limits, a tracer, a mount or a lack of privileges. Each is
//! there or it is not; a test that lacks its way says so and is skipped.

#![allow(dead_code, reason = "each target uses its part")]

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// Whether a command can be run here and ends well.
fn works(program: &str, arguments: &[&str]) -> bool {
    let silent = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    silent.is_ok_and(|status| status.success())
}

/// Whether system calls can be made to fail: `strace` is there and may trace.
pub static TRACES: LazyLock<bool> = LazyLock::new(|| works("strace", &["-f", "-qq", "-o", "/dev/null", "true"]));
/// Whether something can be mounted that nobody else sees.
pub static MOUNTS: LazyLock<bool> =
    LazyLock::new(|| works("unshare", &["-rm", "sh", "-c", "mount -t tmpfs -o size=64k none /mnt"]));

/// Says that a test is skipped.
pub fn lacks(way: &str) {
    println!("skipped: {way} cannot be used here");
}

/// The command under another one: the program and its arguments become the last arguments of `wrapper`.
pub fn under(command: &Command, wrapper: &[&str]) -> Command {
    let mut outer = Command::new(wrapper[0]);
    outer.args(&wrapper[1..]).arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        outer.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    outer.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    outer
}

/// The command with no file larger than `blocks` of 512 bytes: the system kills it inside the write that passes that.
pub fn killed_in_a_write(command: &Command, blocks: usize) -> Command {
    under(command, &["sh", "-c", &format!("ulimit -c 0; ulimit -f {blocks}; exec \"$0\" \"$@\"")])
}

/// The command with no file larger than `blocks` of 512 bytes: the write that passes that fails.
pub fn fails_in_a_write(command: &Command, blocks: usize) -> Command {
    under(command, &["sh", "-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")])
}

/// The command with its `when`-th system call of a kind (`rename,renameat,renameat2`) injected with `what`
/// (`signal=KILL`, `error=EIO`), of those that touch `path` where one is named.
pub fn injected(command: &Command, calls: &str, what: &str, when: &str, path: Option<&Path>) -> Command {
    let trace = format!("trace={calls}");
    let inject = format!("inject={calls}:{what}:when={when}");
    let mut wrapper = vec!["strace", "-f", "-qq", "-o", "/dev/null", "--seccomp-bpf", "-e", &trace, "-e", &inject];
    let path = path.map(|path| path.to_string_lossy().into_owned());
    if let Some(path) = &path {
        // A filter by path and one in the kernel exclude each other.
        wrapper.retain(|argument| *argument != "--seccomp-bpf");
        wrapper.extend(["-P", path]);
    }
    under(command, &wrapper)
}

/// The command with a file system of its own, `size` large, at `folder`; what lies there in the end lies there afterwards.
pub fn on_a_small_disk(command: &Command, folder: &Path, size: &str, options: &str) -> Command {
    let script = format!(
        "set -e; d='{at}'; mount -t tmpfs -o size={size}{options} none \"$d\"; code=0; \"$0\" \"$@\" || code=$?; \
         mkdir \"$d.left\"; cp -a \"$d/.\" \"$d.left/\"; umount \"$d\"; cp -a \"$d.left/.\" \"$d/\"; exit $code",
        at = folder.display()
    );
    under(command, &["unshare", "-rm", "sh", "-c", &script])
}

/// The command without the right to pass over permissions, which the superuser has.
pub fn without_privileges(command: &Command) -> Option<Command> {
    let wrapper = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
    if works(wrapper[0], &[wrapper[1], "true"]) {
        return Some(under(command, &wrapper));
    }
    // Only the superuser may pass over permissions to begin with.
    let id = Command::new("id").arg("-u").output().ok()?;
    let arguments: Vec<OsString> = command.get_args().map(ToOwned::to_owned).collect();
    (id.stdout != b"0\n" && !arguments.is_empty()).then(|| under(command, &["env"]))
}
