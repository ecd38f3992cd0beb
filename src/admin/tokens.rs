//! Tokens that let their bearer change something.
//!
//! In: a file that holds one token alone, or lines `NAME TOKEN`; it is read again when it changes.
//! Out: whose a token is; what is wrong with the file, by line and never with its words.
//! Does not know what may be changed.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use subtle::ConstantTimeEq;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::clusters::file_stamp::Stamp;
use crate::clusters::watch_stats::WatchStats;
use crate::core::complaint::{Complaint, Flaw, Subject};

/// How often the file is looked at while nobody comes with a token.
const GLANCE: Duration = Duration::from_secs(1);
/// A file that changed less than so long ago may change once more within one tick of its clock.
const SETTLED: Duration = Duration::from_secs(1);
/// Most octets of the file.
const MOST_OCTETS: u64 = 1 << 20;
/// Bad lines that are told; the others come up when these are mended.
const MOST_LINES: usize = 10;
/// Most octets of a name.
const MOST_NAME: usize = 64;
/// What a token without a name is called.
const NAMELESS: &str = "admin";
/// Bits of a mode that let others than the owner read or write.
const OTHERS: u32 = 0o066;

/// The file of tokens.
pub struct Tokens {
    path: PathBuf,
    stats: WatchStats,
    held: Mutex<Held>,
}

/// What the file said when it was read last.
#[derive(Default)]
struct Held {
    /// `None` where it is to be read again.
    stamp: Option<Stamp>,
    tokens: Vec<Token>,
}

/// A token and its name.
#[derive(Clone, Eq, PartialEq)]
struct Token {
    name: Box<str>,
    octets: Box<[u8]>,
}

/// What stands in the file.
#[derive(Default)]
struct Parsed {
    tokens: Vec<Token>,
    bad_lines: Vec<BadLine>,
}

/// A line that holds no token.
struct BadLine {
    /// Its number, from 1.
    number: usize,
    /// What was expected there.
    expected: &'static str,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Tokens {
    /// The tokens of a file; what is wrong with it is shown in `stats`.
    pub fn of(path: &Path, stats: WatchStats) -> Self {
        let tokens = Self { path: path.into(), stats, held: Mutex::default() };
        drop(tokens.look());
        tokens
    }

    /// Reads the file again whenever it changes, until `stop`.
    pub async fn follow(self: &Arc<Self>, stop: CancellationToken) {
        while stop.run_until_cancelled(sleep(GLANCE)).await.is_some() {
            let tokens = Arc::clone(self);
            // The file may lie on a file system that does not answer.
            let looking = spawn_blocking(move || drop(tokens.look()));
            _ = stop.run_until_cancelled(looking).await;
        }
    }

    /// The name of a token that is good now. The time that this takes does not tell how much of a
    /// token is right.
    pub(super) fn bearer(&self, token: &[u8]) -> Option<Box<str>> {
        let held = self.look();
        let mut found = None;
        for known in &held.tokens {
            if bool::from(known.octets.ct_eq(token)) {
                found = Some(known.name.clone());
            }
        }
        found
    }

    /// Reads the file if it may say something else now. A file that can not be read lets nobody in.
    fn look(&self) -> MutexGuard<'_, Held> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = Stamp::at(&self.path);
        if stamp.is_some() && stamp == held.stamp {
            return held;
        }
        let (tokens, flaws, stamp) = match read(&self.path) {
            Ok(file) => {
                let Parsed { tokens, bad_lines } = parse(&file.octets);
                let open = (file.mode & OTHERS != 0).then_some(Flaw::TokensOpen(file.mode));
                let empty = (tokens.is_empty() && bad_lines.is_empty())
                    .then(|| Flaw::TokensUnread("it holds no token".into()));
                let bad = bad_lines.into_iter().take(MOST_LINES);
                let bad = bad.map(|line| Flaw::TokenLineBad(line.number, line.expected));
                let flaws: Vec<_> = open.into_iter().chain(empty).chain(bad).collect();
                (tokens, flaws, file.stamp)
            }
            Err(error) => (Vec::new(), vec![Flaw::TokensUnread(error.to_string().into())], None),
        };
        *held = Held { stamp, tokens };
        let subject = || Subject::Tokens(self.path.display().to_string().into());
        let complaints = flaws.into_iter().map(|flaw| (subject(), flaw)).collect();
        for (subject, flaw) in self.stats.show_own("tokens", complaints) {
            tracing::warn!("{}", Complaint { cluster: None, subject, flaw });
        }
        held
    }
}

/// What was read of the file.
struct Octets {
    octets: Vec<u8>,
    mode: u32,
    /// `None` where it has only just changed.
    stamp: Option<Stamp>,
}

fn read(path: &Path) -> io::Result<Octets> {
    // Asked before it is opened: to open a pipe would wait for whoever writes to it.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    let mut octets = Vec::new();
    file.take(MOST_OCTETS + 1).read_to_end(&mut octets)?;
    if octets.len() as u64 > MOST_OCTETS {
        return Err(io::Error::other(format!("it has more than {MOST_OCTETS} octets")));
    }
    let age = metadata.modified().ok().and_then(|at| SystemTime::now().duration_since(at).ok());
    let is_settled = age.is_some_and(|age| age >= SETTLED);
    let mode = metadata.permissions().mode() & 0o777;
    Ok(Octets { octets, mode, stamp: is_settled.then(|| Stamp::of(&metadata)) })
}

/// The tokens of a file, and the lines that are none.
fn parse(octets: &[u8]) -> Parsed {
    let lines = octets.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii);
    let lines = (1..).zip(lines).filter(|(_, line)| !line.is_empty() && line[0] != b'#');
    let lines: Vec<(usize, Vec<&[u8]>)> = lines
        .map(|(number, line)| {
            let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            (number, words.collect())
        })
        .collect();
    let mut parsed = Parsed::default();
    for &(number, ref words) in &lines {
        let token = match words.as_slice() {
            [octets] if lines.len() == 1 => token(NAMELESS.as_bytes(), octets),
            [name, octets] => token(name, octets),
            _ => Err("expected `NAME TOKEN`"),
        };
        let is_known = |token: &Token| parsed.tokens.iter().any(|it| it.octets == token.octets);
        match token {
            Ok(token) if is_known(&token) => {
                let expected = "expected another token than that of a line above";
                parsed.bad_lines.push(BadLine { number, expected });
            }
            Ok(token) => parsed.tokens.push(token),
            Err(expected) => parsed.bad_lines.push(BadLine { number, expected }),
        }
    }
    parsed
}

fn token(name: &[u8], octets: &[u8]) -> Result<Token, &'static str> {
    let fits = |octet: &u8| octet.is_ascii_alphanumeric() || b"._@-".contains(octet);
    let name = str::from_utf8(name).ok().filter(|name| name.bytes().all(|octet| fits(&octet)));
    let Some(name) = name.filter(|name| name.len() <= MOST_NAME) else {
        return Err("expected a name of at most 64 letters, digits, `.`, `_`, `@` and `-`");
    };
    if !octets.iter().all(u8::is_ascii_graphic) {
        return Err("expected a token of visible ASCII characters");
    }
    Ok(Token { name: name.into(), octets: octets.into() })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(text: &[u8]) -> (Vec<String>, Vec<usize>) {
        let Parsed { tokens, bad_lines } = parse(text);
        let show = |it: &Token| format!("{}={}", it.name, String::from_utf8_lossy(&it.octets));
        (tokens.iter().map(show).collect(), bad_lines.iter().map(|line| line.number).collect())
    }

    #[test]
    fn a_file_is_one_token_or_lines_with_names() {
        for text in ["s3cret", "s3cret\n", "\n  s3cret \r\n\n", "# of the gateway\ns3cret\n"] {
            assert_eq!(names(text.as_bytes()), (vec!["admin=s3cret".into()], vec![]), "{text:?}");
        }
        let lines = names(b"# who may\nada@bastion\tone==\r\n\nci  two\n");
        assert_eq!(lines, (vec!["ada@bastion=one==".into(), "ci=two".into()], vec![]));
        assert_eq!(names(b"#s3cret\n"), (vec![], vec![]));
    }

    #[test]
    fn a_bad_line_takes_no_other_along() {
        let text = b"ada one\nalone\nb c d\nna/me two\nci t\xc3\xb6\neve one\nci three\nci four\n";
        let (good, bad) = names(text);
        assert_eq!(good, ["ada=one", "ci=three", "ci=four"]);
        assert_eq!(bad, [2, 3, 4, 5, 6]);
    }

    #[test]
    fn the_file_counts_as_it_is_now_and_its_words_are_not_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, stats) = (folder.path().join("tokens"), WatchStats::default());
        let tokens = Tokens::of(&path, stats.clone());
        let told = || {
            let told = stats
                .own()
                .into_iter()
                .map(|(subject, flaw)| Complaint { cluster: None, subject, flaw }.to_string());
            told.collect::<Vec<_>>().join("\n")
        };
        assert!(told().contains("can not be read: No such file"), "{}", told());
        assert_eq!(tokens.bearer(b""), None);
        let write = |text: &str, mode| {
            fs::write(&path, text).expect("room");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("ours");
        };
        write("one", 0o600);
        assert_eq!(tokens.bearer(b"one").as_deref(), Some("admin"));
        assert_eq!((tokens.bearer(b"on"), tokens.bearer(b"one1")), (None, None));
        assert_eq!(told(), "");
        // Of the same size, and within a tick of the clock.
        write("two", 0o644);
        assert_eq!(tokens.bearer(b"one"), None);
        assert!(told().contains("mode 0644") && told().contains("chmod 600"), "{}", told());
        write("ada two\nhunter2\n", 0o600);
        assert_eq!(tokens.bearer(b"two").as_deref(), Some("ada"));
        assert!(told().contains("line 2: expected `NAME TOKEN`"), "{}", told());
        assert!(!told().contains("hunter2"), "{}", told());
        fs::remove_file(&path).expect("it is there");
        assert_eq!(tokens.bearer(b"two"), None, "a file that is gone lets nobody in");
    }
}
