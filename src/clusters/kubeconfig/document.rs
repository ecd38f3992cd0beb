//! A kubeconfig file, and several as one.
//!
//! In: octets of each, in order. Out: the cluster and the user of a context, by the rules of kubectl
//! ("Organizing Cluster Access Using kubeconfig Files"): the first file to name something counts; what
//! stands in entries of other contexts disturbs nobody.
//! Does not know files on disk, nor what of it can be used.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::fault::Fault;
use super::fields::{Fields, Text};
use super::parts::{Cluster, User};
use super::yaml::{self, Node, TextSource};

/// An entry of one of the three lists.
struct Named {
    name: Option<Text>,
    node: Rc<Node>,
}

impl Named {
    fn is(&self, name: &str) -> bool {
        self.name.as_ref().map_or("", Text::reveal) == name
    }
}

/// A kubeconfig.
pub(super) struct Document {
    source: Arc<str>,
    /// What its paths are relative to.
    folder: PathBuf,
    current: Option<Text>,
    contexts: Vec<Named>,
    clusters: Vec<Named>,
    users: Vec<Named>,
}

/// What a context says.
pub(super) struct Chosen {
    pub(super) cluster: Cluster,
    /// `None` where the context names none, or one that is not there.
    pub(super) user: Option<User>,
}

/// Reads a kubeconfig that is called `source`, and whose paths are relative to `folder`.
pub(super) fn read(octets: &[u8], source: &TextSource, folder: &Path) -> Result<Document, Fault> {
    let root = yaml::parse(octets, source)?;
    let fields = Fields::of("the file", &root).map_err(|fault| {
        fault.instead("this can not be read as a kubeconfig; expected a mapping with `clusters`")
    })?;
    for (key, expected) in [("kind", "Config"), ("apiVersion", "v1")] {
        match fields.text(key)? {
            Some(text) if text.reveal() != expected => {
                return Err(text.fault(format!("is not {expected}, so this is no kubeconfig")));
            }
            Some(_) | None => {}
        }
    }
    let list = |key| {
        let named = |node: &Rc<Node>| {
            let name = Fields::of(key, node)?.text("name")?;
            Ok(Named { name, node: Rc::clone(node) })
        };
        fields.items(key)?.iter().map(named).collect::<Result<Vec<_>, Fault>>()
    };
    Ok(Document {
        source: Arc::clone(&source.name),
        folder: folder.to_owned(),
        current: fields.text("current-context")?,
        contexts: list("contexts")?,
        clusters: list("clusters")?,
        users: list("users")?,
    })
}

/// An entry, and the file that it stands in.
struct Found<'d> {
    document: &'d Document,
    node: &'d Node,
}

/// The entry of that name in the first file that has one.
fn find<'d>(
    documents: &'d [Document],
    list: fn(&Document) -> &[Named],
    name: &str,
) -> Result<Option<Found<'d>>, Fault> {
    for document in documents {
        let mut all = list(document).iter().filter(|named| named.is(name));
        let Some(Named { node, .. }) = all.next() else { continue };
        return match all.next() {
            None => Ok(Some(Found { document, node })),
            Some(second) => {
                let what = "this has the same name as one above it; expected each name once";
                Err(second.node.spot.fault(what))
            }
        };
    }
    Ok(None)
}

/// What the files say of a context; of the current one where `context` is `None`. `hint` is how a
/// context is named.
pub(super) fn choose(
    documents: &[Document],
    context: Option<&str>,
    hint: &str,
) -> Result<Chosen, Fault> {
    let asked = context.filter(|name| !name.is_empty());
    let current = documents.iter().find_map(|document| document.current.as_ref());
    let whole = |what: String| match documents {
        [one] => Fault::of(&one.source, what),
        _ => Fault::new(what),
    };
    let name = asked.or(current.map(Text::reveal)).ok_or_else(|| {
        whole(format!(
            "it has no `current-context`, so there is no current context; name one by {hint}"
        ))
    })?;
    let found = find(documents, |document| &document.contexts, name)?;
    let found = found.ok_or_else(|| match current.filter(|_| asked.is_none()) {
        Some(current) => current.fault("is none of its `contexts`: there is none of that name"),
        None => whole(format!("none of its `contexts` has the name that {hint} says")),
    })?;
    let context = Fields::of("contexts", found.node)?;
    let context = context.fields("context")?.ok_or_else(|| {
        context.spot.fault("this entry of `contexts` has no `context`; expected one")
    })?;
    let (cluster, user) = (context.text("cluster")?, context.text("user")?);
    let cluster = cluster.ok_or_else(|| {
        context.spot.fault("this context names no `cluster`; expected one of `clusters`")
    })?;
    let found = find(documents, |document| &document.clusters, cluster.reveal())?
        .ok_or_else(|| cluster.fault("of the context is none of its `clusters`"))?;
    let fields = Fields::of("clusters", found.node)?;
    let fields = fields.fields("cluster")?.ok_or_else(|| {
        fields.spot.fault("this entry of `clusters` has no `cluster`; expected one with `server`")
    })?;
    let cluster = Cluster::read(&fields, &found.document.folder)?;
    let user = match user {
        Some(user) => find(documents, |document| &document.users, user.reveal())?,
        None => None,
    };
    let user = user.map(|found| {
        let fields = Fields::of("users", found.node)?;
        match fields.fields("user")? {
            Some(fields) => User::read(&fields, &found.document.folder),
            None => Ok(User::default()),
        }
    });
    Ok(Chosen { cluster, user: user.transpose()? })
}
