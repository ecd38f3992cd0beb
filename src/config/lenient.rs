//! The admin address of a file that has faults: what is wrong elsewhere in it takes no diagnosis away.
//!
//! In: the text of a file, and its path. Out: where operators look, by what the file says of that alone, else by
//! default. Does not know what else is wrong.

use std::path::Path;

use super::{Admin, Config};

/// The top-level keys that say where the admin address and socket are.
const KEYS: [&str; 2] = ["admin", "stateDir"];

/// What a file with faults says of the admin address.
pub fn admin(text: &str, path: &Path) -> Option<Admin> {
    let head = "apiVersion: fedns.dev/v1\nkind: Config\n";
    let said: Vec<String> = KEYS.iter().filter_map(|key| block(text, key)).collect();
    // What can be read of all that is said, else of each alone, else what holds by default.
    let all = said.concat();
    let tries = std::iter::once(all.as_str()).chain(said.iter().map(String::as_str)).chain([""]);
    let mut read = tries.filter_map(|said| Config::parse(&format!("{head}{said}"), path).ok());
    read.next().map(|config| config.admin)
}

/// The lines of a top-level key: its own, and those below it that are indented, empty or comments.
fn block(text: &str, key: &str) -> Option<String> {
    let is_it = |line: &&str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
    let is_below = |line: &&str| line.trim().is_empty() || line.starts_with([' ', '\t', '#']);
    let mut lines = text.lines().skip_while(|line| !is_it(line));
    let first = lines.next()?;
    let block = std::iter::once(first).chain(lines.take_while(is_below));
    Some(block.map(|line| format!("{line}\n")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(text: &str) -> Option<String> {
        admin(text, Path::new("/etc/fedns/fedns.yaml"))?.listen.map(|it| it.to_string())
    }

    #[test]
    fn the_admin_address_is_found_whatever_else_is_wrong() {
        let typo = "apiVersion: fedns.dev/v1\nkind: Config\nfederatoins: [\n";
        let flow = format!("{typo}admin: {{ listen: \"127.0.0.1:9999\" }}\n  x\n");
        assert_eq!(
            listen("admin: { listen: '127.0.0.1:9999' }\nx: [\n").as_deref(),
            Some("127.0.0.1:9999")
        );
        let lines = format!("{typo}admin:\n  # here\n  listen: 127.0.0.1:9998\nclusters:\n- {{\n");
        assert_eq!(listen(&lines).as_deref(), Some("127.0.0.1:9998"));
        // What is wrong with the address itself leaves what holds by default.
        assert_eq!(listen(&flow).as_deref(), Some("127.0.0.1:9153"));
        assert_eq!(listen(typo).as_deref(), Some("127.0.0.1:9153"));
        assert_eq!(listen("admin: { listen: off }\nx: [\n"), None);
    }

    #[test]
    fn a_state_folder_says_where_the_socket_is() {
        let admin = admin("stateDir: ./state\nclusters: [\n", Path::new("/f/fedns.yaml"));
        let socket = admin.and_then(|it| it.socket).map(|it| it.path);
        assert_eq!(socket.as_deref(), Some(Path::new("/f/state/admin.sock")));
    }
}
