//! Identities in writing: what is kept stays readable, and nothing else is taken for one.

use proptest::prelude::*;

use super::*;

fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}

/// What is kept today has to be read tomorrow: whoever changes a line changes the version.
#[test]
fn the_encoding_stands() {
    let files = ServerIdentity::Kubeconfig {
        files: vec!["/etc/fedns/a".into(), "/b c/%".into()],
        context: Some("admin@prod".into()),
    };
    let current = ServerIdentity::Kubeconfig { files: vec!["/a".into()], context: None };
    let of = |server| RegistryIdentity { server, namespace: label("fedns") };
    let registered =
        |server| SourceIdentity::Registered { registry: of(server), secret: "us".into() };
    for (identity, text, words) in [
        (
            SourceIdentity::Manifests("/clusters/lab".into()),
            "1 manifests folder=/clusters/lab",
            "the folder /clusters/lab",
        ),
        (
            SourceIdentity::ApiServer(ServerIdentity::InCluster),
            "1 in-cluster",
            "the cluster it runs in",
        ),
        (
            SourceIdentity::ApiServer(files.clone()),
            "1 kubeconfig file=/etc/fedns/a file=/b%20c/%25 context=admin%40prod",
            "kubeconfig /etc/fedns/a:/b c/%, context admin@prod",
        ),
        (
            SourceIdentity::ApiServer(current),
            "1 kubeconfig file=/a",
            "kubeconfig /a, context the current one",
        ),
        (
            registered(ServerIdentity::InCluster),
            "1 secret name=us registry namespace=fedns in-cluster",
            "the server of Secret us of registry in-cluster, namespace fedns",
        ),
        (
            registered(files.clone()),
            "1 secret name=us registry namespace=fedns kubeconfig file=/etc/fedns/a \
             file=/b%20c/%25 context=admin%40prod",
            "the server of Secret us of registry /etc/fedns/a:/b c/% admin@prod, namespace \
             fedns",
        ),
    ] {
        assert_eq!(identity.encode(), text);
        assert_eq!(SourceIdentity::decode(text).as_ref(), Ok(&identity), "{text}");
        assert_eq!(identity.to_string(), words);
    }
    let registry = "1 registry namespace=fedns in-cluster";
    assert_eq!(String::from(of(ServerIdentity::InCluster)), registry);
    assert_eq!(registry.to_owned().try_into(), Ok(of(ServerIdentity::InCluster)));
}

#[test]
fn any_other_text_is_none() {
    for text in [
        "",
        "1",
        "1 ",
        "2 in-cluster",
        "in-cluster",
        "the cluster it runs in",
        "1 in-cluster ",
        "1 in-cluster in-cluster",
        "1 manifests",
        "1 manifests folder=/a folder=/b",
        "1 manifests folder=/%4",
        "1 manifests folder=/%zz",
        "1 kubeconfig context=a file=/b",
        "1 kubeconfig file=/b context=%FF",
        "1 secret name=us in-cluster",
        "1 secret name=us registry namespace=Not-A-Label. in-cluster",
        "1 registry namespace=fedns in-cluster",
    ] {
        assert_eq!(SourceIdentity::decode(text), Err(BadIdentity), "{text:?}");
    }
    for text in ["1 in-cluster", "1 registry in-cluster", "1 registry namespace=a"] {
        let read: Result<RegistryIdentity, _> = text.to_owned().try_into();
        assert_eq!(read, Err(BadIdentity), "{text:?}");
    }
}

#[test]
fn a_path_is_the_same_however_it_is_written() {
    let here = std::env::current_dir().expect("a folder");
    let of = |path: &str| absolute(Path::new(path));
    assert_eq!(of("conf/./lab/").as_os_str(), here.join("conf/lab").as_os_str());
    assert_eq!(of("/conf//lab").as_os_str(), "/conf/lab");
    assert_ne!(of("/conf/lab/../x"), of("/conf/x"), "a link may lie there");
}

fn path() -> impl Strategy<Value = PathBuf> {
    prop::collection::vec(any::<u8>(), 0..9).prop_map(|it| OsString::from_vec(it).into())
}

fn server() -> impl Strategy<Value = ServerIdentity> {
    let files = (prop::collection::vec(path(), 0..3), prop::option::of(".{0,9}"));
    let files = files.prop_map(|(files, context)| ServerIdentity::Kubeconfig { files, context });
    prop_oneof![Just(ServerIdentity::InCluster), files]
}

fn identity() -> impl Strategy<Value = SourceIdentity> {
    let registered = (server(), "[a-z0-9]{1,9}", ".{0,9}").prop_map(|(server, name, secret)| {
        let registry = RegistryIdentity { server, namespace: label(&name) };
        SourceIdentity::Registered { registry, secret: secret.into() }
    });
    prop_oneof![
        path().prop_map(SourceIdentity::Manifests),
        server().prop_map(SourceIdentity::ApiServer),
        registered
    ]
}

proptest! {
    /// Whatever stands in names and paths: the encoding is ASCII, says all, and is as distinct
    /// as what it says.
    #[test]
    fn what_is_encoded_is_decoded(one in identity(), other in identity()) {
        let text = one.encode();
        prop_assert!(text.is_ascii());
        prop_assert_eq!(SourceIdentity::decode(&text), Ok(one.clone()));
        let has_same_paths = format!("{one:?}") == format!("{other:?}");
        prop_assert_eq!(text == other.encode(), has_same_paths);
    }

    #[test]
    fn no_text_panics(text in "(1 )?(manifests|secret|kubeconfig|registry)?.{0,40}") {
        _ = SourceIdentity::decode(&text);
    }
}
