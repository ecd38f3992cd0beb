//! Kubeconfigs through all that is looked at before anything is asked.

mod marker;
mod refusals;

use super::*;

/// A file in memory, and its settings or what is wrong.
fn settings(text: &str, contents: &Contents) -> Result<Settings, String> {
    let source = TextSource { name: "it".into(), has_lines: true };
    let file = File { octets: text.as_bytes(), source, folder: Path::new("/folder") };
    let kubeconfig = Kubeconfig::read(&[file], None, "`context`").map_err(|it| it.to_string())?;
    kubeconfig.check().map_err(|fault| fault.to_string())?;
    kubeconfig.program(contents).map_err(|fault| fault.to_string())?;
    let settings = kubeconfig.settings(contents, None, &Environment::default());
    settings.map_err(|fault| fault.to_string())
}

/// A kubeconfig with these fields of the cluster and of the user, in flow style.
fn kubeconfig(cluster: &str, user: &str) -> String {
    format!(
        "current-context: x\ncontexts:\n- {{name: x, context: {{cluster: c, user: u}}}}\nclusters:\n\
         - name: c\n  cluster: {{{cluster}}}\nusers:\n- name: u\n  user: {{{user}}}\n"
    )
}
