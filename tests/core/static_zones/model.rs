//! A naive model of what a static zone answers: it walks a list of records, as RFC 1034, section 4.3.2, says.

use std::collections::BTreeSet;

/// A record: its owner as labels from the left, the type, and the data as text; of CNAME, DNAME and NS the labels
/// of the name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Fact {
    pub(super) owner: Vec<String>,
    pub(super) record_type: &'static str,
    pub(super) data: String,
    pub(super) target: Vec<String>,
}

/// What is answered.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Answer {
    pub(super) rcode: u16,
    /// Owner, type and data, in order but for those of one RRset.
    pub(super) answers: Vec<String>,
    /// The one owner and the type of what stands in the authority section.
    pub(super) authority: Option<String>,
    pub(super) is_authoritative: bool,
}

/// A zone as a list.
pub(super) struct Model {
    pub(super) apex: Vec<String>,
    pub(super) facts: Vec<Fact>,
}

const MOST_ALIASES: usize = 12;

/// The text of a name.
pub(super) fn text(name: &[String]) -> String {
    format!("{}.", name.join("."))
}

impl Model {
    fn of(&self, name: &[String], record_type: &str) -> Vec<&Fact> {
        let is_it = |it: &&Fact| it.owner == name && it.record_type == record_type;
        self.facts.iter().filter(is_it).collect()
    }

    fn exists(&self, name: &[String]) -> bool {
        self.facts.iter().any(|it| it.owner.ends_with(name))
    }

    /// The names from below the apex down to `name`, itself included.
    fn path<'n>(&self, name: &'n [String]) -> Vec<&'n [String]> {
        let left = name.len() - self.apex.len();
        (0..left).rev().map(|skipped| &name[skipped..]).collect()
    }

    pub(super) fn answer(&self, question: &[String], record_type: &'static str) -> Answer {
        let mut answer = Answer { is_authoritative: true, ..Answer::default() };
        let mut seen = BTreeSet::from([question.to_vec()]);
        let (mut name, mut aliases) = (question.to_vec(), Vec::new());
        loop {
            let next = self.step(&name, record_type, &mut answer);
            let Some(Step { target, lines }) = next else { break };
            if answer.rcode == 6 {
                answer.answers.extend(lines);
                break;
            }
            aliases.push(lines);
            let is_asked = matches!(record_type, "CNAME" | "ANY");
            let is_new = seen.insert(target.clone());
            name = target;
            if is_asked || !is_new || aliases.len() > 2 * MOST_ALIASES {
                break;
            }
            if !name.ends_with(&self.apex) {
                break;
            }
        }
        if aliases.len() > MOST_ALIASES {
            answer = Answer { is_authoritative: true, ..Answer::default() };
            aliases.truncate(MOST_ALIASES);
        }
        let end = std::mem::take(&mut answer.answers);
        answer.answers = aliases.into_iter().flatten().chain(end).collect();
        answer.is_authoritative |= !answer.answers.is_empty();
        answer
    }

    /// What stands at one name: the alias that it is, or what ends the answer.
    fn step(&self, name: &[String], record_type: &str, answer: &mut Answer) -> Option<Step> {
        if let Some(step) = self.redirect(&self.apex, name).filter(|_| name != self.apex) {
            return Some(step);
        }
        for above in self.path(name) {
            let is_itself = above == name;
            if !(self.of(above, "NS").is_empty() || is_itself && record_type == "DS") {
                answer.authority = Some(format!("{} NS", text(above)));
                answer.is_authoritative = false;
                return None;
            }
            if let Some(step) = self.redirect(above, name).filter(|_| !is_itself) {
                return Some(step);
            }
        }
        let mut owner = name.to_vec();
        if !self.exists(name) {
            let mut encloser = &name[1..];
            while !self.exists(encloser) {
                encloser = &encloser[1..];
            }
            owner = [&["*".to_owned()], encloser].concat();
            if !self.exists(&owner) {
                answer.rcode = 3;
                answer.authority = Some(format!("{} SOA", text(&self.apex)));
                return None;
            }
        }
        if let Some(alias) = self.of(&owner, "CNAME").first() {
            let line = format!("{} CNAME {}", text(name), alias.data);
            return Some(Step { target: alias.target.clone(), lines: vec![line] });
        }
        let is_any = record_type == "ANY" && self.facts.iter().any(|it| it.owner == owner);
        let found = self.of(&owner, record_type);
        if is_any {
            answer.answers.push(format!("{} HINFO", text(name)));
        } else if found.is_empty() {
            answer.authority = Some(format!("{} SOA", text(&self.apex)));
        }
        for fact in found {
            answer.answers.push(format!("{} {record_type} {}", text(name), fact.data));
        }
        None
    }

    fn redirect(&self, owner: &[String], name: &[String]) -> Option<Step> {
        let found = self.of(owner, "DNAME");
        let dname = found.first()?;
        let target = [&name[..name.len() - owner.len()], &dname.target].concat();
        let lines = vec![
            format!("{} DNAME {}", text(owner), dname.data),
            format!("{} CNAME {}", text(name), text(&target)),
        ];
        Some(Step { target, lines })
    }
}

/// An alias: where it leads, and the records that say so.
struct Step {
    target: Vec<String>,
    lines: Vec<String>,
}
