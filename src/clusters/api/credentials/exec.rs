//! Programs that give credentials (client.authentication.k8s.io, `ExecCredential`).
//!
//! In: what a kubeconfig says to run, which its entry allows. Out: what it printed, of which nothing is
//! repeated in words, whatever stream it came on. It runs away from the runtime's threads, with
//! nothing to read, and is ended with all that it began once it takes too long.
//! Does not know what the credentials are for.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use crate::clusters::kubeconfig::{Hidden, Program, Supplied};
use crate::panics::away;

/// As much of a program's output as is read, in octets.
const MAX_OUTPUT: u64 = 1 << 20;

/// What a program prints. It has no `Debug`: nobody shows it by mistake.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecCredential {
    kind: Option<String>,
    api_version: Option<String>,
    status: Option<Status>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
    expiration_timestamp: Option<String>,
}

/// Runs a program; says in words why that failed.
pub(super) async fn run(program: &Program, patience: Duration) -> Result<Supplied, String> {
    let name = &program.name;
    let command = command(program);
    // Dropped at the latest when nobody waits any more; that ends what still runs.
    let running = Arc::new(Running::default());
    let _end = End(Arc::clone(&running));
    let run = away(move || running.run(command));
    let output = match timeout(patience, run).await {
        Err(_) => return Err(format!("{name:?} took longer than {patience:?} and was ended")),
        Ok(None) => return Err(format!("{name:?}: fedns is ending")),
        Ok(Some(Err(error))) => {
            let hint = match program.has_install_hint {
                true => "; `installHint` of the kubeconfig says how it is installed",
                false => "",
            };
            return Err(format!("{name:?} can not be run: {error}{hint}"));
        }
        Ok(Some(Ok(output))) => output,
    };
    if !output.status.success() {
        return Err(format!(
            "{name:?} failed ({}), with {} octets on its standard error, which may hold secrets and \
             are not repeated; run it as fedns does to see them",
            output.status, output.errors
        ));
    }
    read(&output.text, &program.api_version).map_err(|why| format!("{name:?} {why}"))
}

/// Reads what a program printed; says what is wrong to stand behind its name.
pub(in crate::clusters) fn read(text: &[u8], api_version: &str) -> Result<Supplied, String> {
    let text = std::str::from_utf8(text).map_err(|_| "printed no ExecCredential: it is no text")?;
    let read: Result<ExecCredential, _> = serde_saphyr::from_str(text);
    let credential = read.map_err(|error| match error.location() {
        // Its own words would repeat what stands there.
        Some(at) => {
            format!("printed no ExecCredential (line {}, column {})", at.line(), at.column())
        }
        None => "printed no ExecCredential".to_owned(),
    })?;
    let is_other = credential.kind.is_some_and(|kind| kind != "ExecCredential");
    if is_other || credential.api_version.is_some_and(|version| version != api_version) {
        return Err(format!("printed something else than an ExecCredential of {api_version}"));
    }
    let status = credential.status.ok_or("printed an ExecCredential without status")?;
    let hidden = |text: Option<String>| text.filter(|text| !text.is_empty()).map(Hidden::from);
    let expires = status.expiration_timestamp.and_then(|text| text.parse().ok());
    let supplied = Supplied {
        token: hidden(status.token),
        certificate: hidden(status.client_certificate_data),
        key: hidden(status.client_key_data),
        expiry: expires.map(|moment: jiff::Timestamp| moment.as_second()),
    };
    match (&supplied.token, &supplied.certificate, &supplied.key) {
        (_, Some(_), None) | (_, None, Some(_)) => {
            Err("gave one of a client certificate and its key, and not the other".into())
        }
        (None, None, None) => Err("gave no credentials".into()),
        _ => Ok(supplied),
    }
}

fn command(program: &Program) -> Command {
    let mut spec = json!({ "interactive": false });
    if let Some(cluster) = &program.cluster {
        spec["cluster"] = cluster.clone();
    }
    let api_version = &program.api_version;
    let info = json!({ "apiVersion": api_version, "kind": "ExecCredential", "spec": spec });
    let mut command = Command::new(&program.path);
    command.args(program.args.iter().map(Hidden::reveal));
    for variable in &program.env {
        command.env(variable.name.reveal(), variable.value.reveal());
    }
    command.env("KUBERNETES_EXEC_INFO", info.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A group of its own, which can be ended as a whole.
    command.process_group(0);
    command
}

/// What a program has done.
struct Output {
    status: ExitStatus,
    text: Vec<u8>,
    /// Octets on its standard error, as many as were read.
    errors: usize,
}

/// A program that may run.
#[derive(Debug, Default)]
struct Running {
    /// Its process group; 0 while it has not begun.
    group: AtomicU32,
    /// Whether it has ended, or is not to begin.
    is_over: AtomicBool,
}

impl Running {
    fn run(&self, mut command: Command) -> io::Result<Output> {
        let mut child = command.spawn()?;
        self.group.store(child.id(), Ordering::SeqCst);
        if self.is_over.load(Ordering::SeqCst) {
            self.kill();
        }
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let (text, errors) = std::thread::scope(|scope| {
            let errors = scope.spawn(move || octets_of(err).len());
            (octets_of(out), errors.join().unwrap_or_default())
        });
        let status = child.wait()?;
        self.is_over.store(true, Ordering::SeqCst);
        Ok(Output { status, text, errors })
    }

    fn kill(&self) {
        let group = self.group.load(Ordering::SeqCst);
        if let (Ok(group), true) = (i32::try_from(group), group > 0) {
            // It fails where all have ended by themselves.
            _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
    }
}

fn octets_of(stream: Option<impl Read>) -> Vec<u8> {
    let mut octets = Vec::new();
    if let Some(stream) = stream {
        // What was read before a fault is as good as it gets.
        _ = stream.take(MAX_OUTPUT).read_to_end(&mut octets);
    }
    octets
}

/// Ends a program that nobody waits for any more.
struct End(Arc<Running>);

impl Drop for End {
    fn drop(&mut self) {
        if !self.0.is_over.swap(true, Ordering::SeqCst) {
            self.0.kill();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: &str = "client.authentication.k8s.io/v1";

    fn program(path: &str, args: &[&str]) -> Program {
        Program {
            name: path.rsplit('/').next().unwrap_or_default().to_owned(),
            path: path.into(),
            args: args.iter().map(|arg| Hidden::new(*arg)).collect(),
            env: Vec::new(),
            api_version: V1.into(),
            cluster: None,
            has_install_hint: true,
        }
    }

    async fn ran(script: &str, patience: Duration) -> Result<Supplied, String> {
        run(&program("sh", &["-c", script]), patience).await
    }

    #[tokio::test]
    async fn what_it_prints_is_taken() {
        let script = r#"echo "$KUBERNETES_EXEC_INFO" | grep -q '"interactive":false' || exit 3
            echo '{"kind":"ExecCredential","status":{"token":"t","expirationTimestamp":"1970-01-01T00:01:00Z"}}'"#;
        let given = ran(script, Duration::from_secs(20)).await.expect("credentials");
        let token = given.token.as_ref().map(Hidden::reveal);
        assert_eq!((token, given.expiry), (Some("t"), Some(60)));
    }

    #[tokio::test]
    async fn what_goes_wrong_is_said_without_a_word_of_what_it_printed() {
        let patience = Duration::from_secs(20);
        for (script, words) in [
            ("echo s3cret >&2; exit 7", "(exit status: 7), with 7 octets on its standard error"),
            ("kill -9 $$", "signal: 9"),
            ("echo '[s3cret'", "printed no ExecCredential (line "),
            ("echo 's3cret: {'", "printed no ExecCredential (line "),
            ("echo '{\"status\": s3cret}'", "printed no ExecCredential (line 1, column "),
            ("echo '{\"status\": {\"token\": {\"s3cret\": 1}}}'", "printed no ExecCredential"),
            ("printf '\\377s3cret'", "printed no ExecCredential: it is no text"),
            ("echo s3cret", "printed no ExecCredential"),
            ("echo '{}'", "printed an ExecCredential without status"),
            ("echo '{\"status\":{}}'", "gave no credentials"),
            ("echo '{\"status\":{\"token\":\"\"}}'", "gave no credentials"),
            ("echo '{\"status\":{\"clientKeyData\":\"s3cret\"}}'", "and not the other"),
            ("echo '{\"kind\":\"s3cret\"}'", "something else than an ExecCredential of client."),
            (
                "echo '{\"apiVersion\":\"s3cret\"}'",
                "something else than an ExecCredential of client.",
            ),
        ] {
            let why = ran(script, patience).await.expect_err(script);
            assert!(why.starts_with("\"sh\" ") && why.contains(words), "{script}: {why}");
            assert!(!why.contains("s3cret"), "{why}");
        }
        let error = run(&program("/no/such", &[]), patience).await.expect_err("no such program");
        assert!(error.starts_with("\"such\" can not be run: ") && error.contains("`installHint`"));
        // It has begun others, which hold its output open.
        let error = ran("sleep 600 & sleep 600", Duration::from_millis(50)).await;
        assert!(error.expect_err("it is slow").ends_with("and was ended"));
    }
}
