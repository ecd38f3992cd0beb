//! Programs that give credentials (client.authentication.k8s.io, `ExecCredential`).
//!
//! In: what a kubeconfig says to run, which its entry allows. Out: what it printed. It runs away
//! from the runtime's threads, with nothing to read, and is ended with all that it began once it
//! takes too long. Does not know what the credentials are for.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use kube::config::{ExecConfig, ExecInteractiveMode};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use super::failure::brief;
use crate::confine::away;

/// As much of its output as is read, in octets.
const MAX_OUTPUT: u64 = 1 << 20;

/// What a program gave.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Given {
    pub(super) token: Option<String>,
    /// In PEM.
    pub(super) client_certificate_data: Option<String>,
    /// In PEM.
    pub(super) client_key_data: Option<String>,
    expiration_timestamp: Option<String>,
}

impl Given {
    /// When it expires, in unix seconds.
    pub(super) fn expiry(&self) -> Option<i64> {
        let moment: jiff::Timestamp = self.expiration_timestamp.as_ref()?.parse().ok()?;
        Some(moment.as_second())
    }
}

#[derive(Debug, Deserialize)]
struct Credential {
    status: Option<Given>,
}

/// Runs the program; says in words why that failed.
pub(super) async fn run(exec: &ExecConfig, patience: Duration) -> Result<Given, String> {
    let name = exec.command.clone().ok_or("`exec` of the kubeconfig has no command")?;
    if exec.interactive_mode == Some(ExecInteractiveMode::Always) {
        return Err(format!("{name:?} wants to be talked to, and nobody is there"));
    }
    let command = command(&name, exec).map_err(|error| format!("{name:?}: {error}"))?;
    // Dropped at the latest when nobody waits any more; that ends what still runs.
    let running = Arc::new(Running::default());
    let _end = End(Arc::clone(&running));
    let run = away(move || running.run(command));
    let output = match timeout(patience, run).await {
        Err(_) => return Err(format!("{name:?} took longer than {patience:?} and was ended")),
        Ok(None) => return Err(format!("{name:?}: fedns is ending")),
        Ok(Some(Err(error))) => {
            let hint = exec.install_hint.as_deref().map(brief).unwrap_or_default();
            return Err(format!("{name:?} can not be run: {error}. {hint}").trim_end().to_owned());
        }
        Ok(Some(Ok(output))) => output,
    };
    if !output.is_success {
        return Err(format!("{name:?} failed: {}", brief(&output.errors)));
    }
    let credential: Credential = serde_saphyr::from_str(&output.text)
        .map_err(|_| format!("{name:?} printed no ExecCredential"))?;
    let given =
        credential.status.ok_or(format!("{name:?} printed an ExecCredential without status"))?;
    match (&given.token, &given.client_certificate_data, &given.client_key_data) {
        (None, None, _) | (None, _, None) => Err(format!("{name:?} gave no credentials")),
        _ => Ok(given),
    }
}

fn command(name: &str, exec: &ExecConfig) -> serde_json::Result<Command> {
    let mut spec = json!({ "interactive": false });
    if let Some(cluster) = exec.cluster.as_ref().filter(|_| exec.provide_cluster_info) {
        spec["cluster"] = serde_json::to_value(cluster)?;
    }
    let api_version = exec.api_version.as_deref().unwrap_or("client.authentication.k8s.io/v1");
    let info = json!({ "apiVersion": api_version, "kind": "ExecCredential", "spec": spec });
    let mut command = Command::new(name);
    command.args(exec.args.iter().flatten());
    for variable in exec.env.iter().flatten() {
        if let (Some(key), Some(value)) = (variable.get("name"), variable.get("value")) {
            command.env(key, value);
        }
    }
    command.env("KUBERNETES_EXEC_INFO", info.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A group of its own, which can be ended as a whole.
    command.process_group(0);
    Ok(command)
}

/// What a program has done.
struct Output {
    is_success: bool,
    text: String,
    errors: String,
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
            let errors = scope.spawn(move || text_of(err));
            (text_of(out), errors.join().unwrap_or_default())
        });
        let status = child.wait()?;
        self.is_over.store(true, Ordering::SeqCst);
        Ok(Output { is_success: status.success(), text, errors })
    }

    fn kill(&self) {
        let group = self.group.load(Ordering::SeqCst);
        if let (Ok(group), true) = (i32::try_from(group), group > 0) {
            // It fails where all have ended by themselves.
            _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
    }
}

fn text_of(stream: Option<impl Read>) -> String {
    let mut octets = Vec::new();
    if let Some(stream) = stream {
        // What was read before a fault is as good as it gets.
        _ = stream.take(MAX_OUTPUT).read_to_end(&mut octets);
    }
    String::from_utf8_lossy(&octets).into_owned()
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

    fn shell(script: &str) -> ExecConfig {
        ExecConfig {
            command: Some("sh".into()),
            args: Some(vec!["-c".into(), script.into()]),
            ..ExecConfig::default()
        }
    }

    async fn ran(script: &str, patience: Duration) -> Result<Given, String> {
        run(&shell(script), patience).await
    }

    #[tokio::test]
    async fn what_it_prints_is_taken() {
        let script = r#"echo "$KUBERNETES_EXEC_INFO" | grep -q '"interactive":false' || exit 3
            echo '{"kind":"ExecCredential","status":{"token":"t","expirationTimestamp":"1970-01-01T00:01:00Z"}}'"#;
        let given = ran(script, Duration::from_secs(20)).await.expect("credentials");
        assert_eq!((given.token.as_deref(), given.expiry()), (Some("t"), Some(60)));
    }

    #[tokio::test]
    async fn what_goes_wrong_is_said() {
        let patience = Duration::from_secs(20);
        for (script, words) in [
            ("echo no luck >&2; exit 1", "\"sh\" failed: no luck"),
            ("echo '['", "\"sh\" printed no ExecCredential"),
            ("echo '{}'", "\"sh\" printed an ExecCredential without status"),
            ("echo '{\"status\":{}}'", "\"sh\" gave no credentials"),
        ] {
            assert_eq!(ran(script, patience).await.expect_err(script), words);
        }
        let missing = ExecConfig { command: Some("/no/such".into()), ..ExecConfig::default() };
        let error = run(&missing, patience).await.expect_err("no such program");
        assert!(error.starts_with("\"/no/such\" can not be run: "), "{error}");
        // It has begun others, which hold its output open.
        let error = ran("sleep 600 & sleep 600", Duration::from_millis(50)).await;
        assert!(error.expect_err("it is slow").ends_with("and was ended"));
    }
}
