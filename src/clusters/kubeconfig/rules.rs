//! What kubectl refuses in the entries of a context before it asks anything (client-go, package
//! clientcmd, `ConfirmUsable`), so that one file means the same to both.
//!
//! In: what a context says. Out: the first thing that can not be. Does not know files.

use super::document::Chosen;
use super::fault::Fault;
use super::fields::Text;
use super::parts::{Cluster, Exec, Given, User};

/// Checks a cluster and a user.
pub(super) fn check(chosen: &Chosen) -> Result<(), Fault> {
    check_cluster(&chosen.cluster)?;
    chosen.user.as_ref().map_or(Ok(()), check_user)
}

fn check_cluster(cluster: &Cluster) -> Result<(), Fault> {
    only_one(&cluster.authority)?;
    match cluster.authority.text() {
        Some(text) if cluster.is_unverified => Err(text.fault(
            "stands beside `insecure-skip-tls-verify`: take one of the two away, as the certificate \
             of the server is either looked at or not",
        )),
        Some(_) | None => Ok(()),
    }
}

/// Of the same thing as data and as a file, either may be meant.
fn only_one(given: &Given) -> Result<(), Fault> {
    match (&given.data, &given.file) {
        (Some(data), Some(file)) => {
            let file = file.text.key();
            Err(data.fault(format_args!("stands beside `{file}`: take one of the two away")))
        }
        _ => Ok(()),
    }
}

fn check_user(user: &User) -> Result<(), Fault> {
    only_one(&user.certificate)?;
    only_one(&user.key)?;
    if let (Some(text), None) = (user.certificate.text(), user.key.text()) {
        return Err(text.fault("has no client key beside it: add `client-key-data`"));
    }
    let token = user.token.as_ref().or(user.token_file.as_ref().map(|file| &file.text));
    if let (Some(token), Some(_)) = (token, user.name.as_ref().or(user.password.as_ref())) {
        let what =
            "stands beside `username` or `password`: one request can bear one of the two only";
        return Err(token.fault(what));
    }
    let who = &user.impersonation;
    if who.user.is_none() && (who.uid.is_some() || !who.groups.is_empty() || !who.extra.is_empty())
    {
        let what = "`as-uid`, `as-groups` or `as-user-extra` stand without `as`; expected it too";
        let first = who.uid.as_ref().or(who.groups.first());
        return Err(first.map_or_else(|| Fault::new(what), |text| text.beside(what)));
    }
    if let (Some(spot), Some(_)) = (&user.auth_provider, &user.exec) {
        return Err(spot.fault("`auth-provider` stands beside `exec`: take it away"));
    }
    if let Some(spot) = &user.auth_provider {
        return Err(spot.fault(
            "this is an `auth-provider`, most of which Kubernetes 1.26 took away; use `exec`, or a \
             token",
        ));
    }
    user.exec.as_ref().map_or(Ok(()), check_exec)
}

fn check_exec(exec: &Exec) -> Result<(), Fault> {
    if exec.command.is_none() {
        return Err(exec.spot.fault("`exec` has no `command`; expected a program"));
    }
    let Some(version) = &exec.api_version else {
        let what = "`exec` has no `apiVersion`; expected client.authentication.k8s.io/v1";
        return Err(exec.spot.fault(what));
    };
    let known = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
    if !known.contains(&version.reveal()) {
        return Err(version.fault(
            "of `exec` is none that is known; expected one of them: \
            client.authentication.k8s.io/v1, client.authentication.k8s.io/v1beta1",
        ));
    }
    match exec.interactive_mode.as_ref().map(|mode| (mode, mode.reveal())) {
        Some((_, "Never" | "IfAvailable")) => {}
        None if version.reveal() == known[1] => {}
        None => {
            return Err(exec
                .spot
                .fault("`exec` has no `interactiveMode`; expected Never or IfAvailable"));
        }
        Some((mode, "Always")) => {
            return Err(
                mode.fault("is Always: the program wants to be talked to, and nobody is there")
            );
        }
        Some((mode, _)) => return Err(mode.fault("is no such mode; expected Never or IfAvailable")),
    }
    let is_bad = |text: &&Text| text.reveal().contains('\0');
    let values = exec.env.iter().filter_map(|variable| variable.value.as_ref());
    let names = exec.env.iter().map(|variable| &variable.name);
    if let Some(text) = exec.command.iter().chain(&exec.args).chain(values).find(is_bad) {
        return Err(text.fault("has an octet 0 in it, which no program can be given"));
    }
    match names.into_iter().find(|name| name.reveal().contains(['\0', '='])) {
        Some(name) => Err(name.fault("of a variable of `env` has `=` or an octet 0 in it")),
        None => Ok(()),
    }
}
