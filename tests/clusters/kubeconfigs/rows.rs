//! The table as data: rows of `table.txt`, and the text that a row becomes.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A row.
#[derive(Debug, Default)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// `ok`, or words of what it says.
    pub(crate) fedns: String,
    pub(crate) kubectl: String,
    pub(crate) because: String,
    pub(crate) server: String,
    env: String,
    /// Names and contents of files.
    files: Vec<(String, String)>,
    /// The kubeconfig.
    body: String,
}

/// What the names of a row stand for.
pub(crate) struct Place<'p> {
    pub(crate) folder: &'p Path,
    pub(crate) pem: &'p BTreeMap<String, String>,
    /// Of the server and of the proxy, with their ports.
    pub(crate) host: String,
    pub(crate) proxy: String,
}

/// All rows.
pub(crate) fn rows() -> Vec<Row> {
    let text = include_str!("table.txt");
    let (_, table) = text.split_once("\n== ").unwrap();
    table.split("\n== ").map(Row::read).collect()
}

impl Row {
    fn read(text: &str) -> Self {
        let mut row = Self { server: "ca".into(), ..Self::default() };
        let (name, text) = text.split_once('\n').unwrap();
        name.clone_into(&mut row.name);
        for line in text.lines() {
            let (key, value) = line.split_once(": ").unwrap_or((line, ""));
            let field = match key {
                "fedns" => &mut row.fedns,
                "kubectl" => &mut row.kubectl,
                "because" => &mut row.because,
                "server" if row.body.is_empty() => &mut row.server,
                "env" => &mut row.env,
                _ => match key.strip_prefix("file ") {
                    Some(file) => {
                        let content = serde_json::from_str(value).unwrap();
                        row.files.push((file.to_owned(), content));
                        continue;
                    }
                    None => {
                        row.body.push_str(&format!("{line}\n"));
                        continue;
                    }
                },
            };
            value.clone_into(field);
        }
        assert!(!row.fedns.is_empty() && !row.kubectl.is_empty(), "{row:?}");
        row
    }

    /// Writes the kubeconfig and its files into the folder.
    pub(crate) fn write(&self, place: &Place<'_>) {
        let mut text = self.body.clone();
        if let Some((cluster, user)) =
            text.split_once("user:").filter(|_| text.starts_with("cluster:"))
        {
            let inside = |text: &str| text.trim_end().replace("\n  ", "\n    ");
            let cluster = inside(cluster.strip_prefix("cluster:").unwrap());
            text = format!(
                "current-context: x\ncontexts: [{{name: x, context: {{cluster: c, user: u}}}}]\n\
                 clusters:\n- name: c\n  cluster:{cluster}\nusers:\n- name: u\n  user:{}\n",
                inside(user)
            );
        } else if let Some(cluster) = text.strip_prefix("cluster:") {
            panic!("a row with a cluster and no user: {cluster}");
        }
        for (name, content) in &self.files {
            std::fs::write(place.folder.join(name), content).unwrap();
        }
        std::fs::write(place.folder.join("kubeconfig"), filled(&text, place)).unwrap();
    }

    /// Whether it names a key that nobody could make here.
    pub(crate) fn lacks_keys(&self, pem: &BTreeMap<String, String>) -> bool {
        let is_of_place = |name: &str| ["URL", "HOST", "PROXY", "PROXYHOST"].contains(&name);
        let is_name = |name: &str| {
            let is_of_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
            !name.is_empty() && name.chars().all(is_of_name)
        };
        let mut parts = self.body.split('@').skip(1);
        parts.any(|part| {
            let name = part.split(['|', ':']).next().unwrap();
            is_name(name) && !is_of_place(name) && !pem.contains_key(name)
        })
    }

    /// The variables of its environment.
    pub(crate) fn env(&self, place: &Place<'_>) -> Vec<(String, String)> {
        let env = filled(&self.env, place);
        let pairs = env.split(' ').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

/// A text with what its names stand for.
fn filled(text: &str, place: &Place<'_>) -> String {
    let mut text = text
        .replace("@URL@", &format!("https://{}", place.host))
        .replace("@HOST@", &place.host)
        .replace("@PROXY@", &format!("http://{}", place.proxy))
        .replace("@PROXYHOST@", &place.proxy);
    for (name, pem) in place.pem {
        let plain = STANDARD.encode(pem);
        let lines = |text: &str| {
            let lines = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap());
            lines.collect::<Vec<_>>().join("\n")
        };
        let block = |text: &str| format!("|\n        {}", lines(text).replace('\n', "\n        "));
        let twice = STANDARD.encode(format!("{}\n", lines(&plain)));
        let file = format!("@{name}:file@");
        if text.contains(&file) {
            std::fs::write(place.folder.join(format!("{name}.pem")), pem).unwrap();
            text = text.replace(&file, &format!("{name}.pem"));
        }
        text = text
            .replace(&format!("@{name}||@"), &block(&twice))
            .replace(&format!("@{name}|@"), &block(&plain))
            .replace(&format!("@{name}@"), &plain);
    }
    text
}
