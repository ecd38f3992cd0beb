//! The rooms of ground state: what `State` is made of keeps its fields to itself, and only those who
//! conduct have all of it.

use super::rules::Fault;
use super::source::{Token, closing};

/// Where the rooms are.
const ROOMS: &str = "src/core/state/";
/// The files in which the rooms' owner is declared, and those that conduct.
const OWNERS: [&str; 2] = ["src/core/state.rs", "src/core/state/mod.rs"];
const CONDUCTORS: [&str; 2] = ["src/core/state/apply.rs", "src/core/state/apply/"];
/// What a room lends out to be read, and where alone it is changed.
const LENT: [(&str, &str); 1] = [("Cluster", "src/core/state/clusters/")];

/// A file of the house.
pub(crate) struct Plan<'h> {
    pub path: &'h str,
    pub tokens: &'h [Token<'h>],
}

impl Plan<'_> {
    fn fault(&self, line: usize, advice: String) -> Fault {
        Fault { path: self.path.to_owned(), line, rule: "rooms", advice }
    }

    fn is_owner(&self) -> bool {
        OWNERS.contains(&self.path)
    }

    /// Whether it stands in a room: all of ground state but its owner and those that conduct.
    fn is_room(&self) -> bool {
        let conducts = CONDUCTORS.iter().any(|conductor| self.path.starts_with(conductor));
        self.path.starts_with(ROOMS) && !self.is_owner() && !conducts
    }

    /// The fields of each struct: its name, where it is declared, and what stands in its brackets.
    fn structs(&self) -> impl Iterator<Item = (&Token<'_>, &[Token<'_>])> {
        let starts = self.tokens.windows(2).enumerate();
        let starts = starts.filter(|(_, pair)| pair[0].text == "struct" && pair[1].is_word());
        starts.filter_map(|(at, pair)| {
            let rest = self.tokens.iter().enumerate().skip(at + 2);
            let (open, token) =
                rest.into_iter().find(|(_, it)| matches!(it.text, "{" | "(" | ";"))?;
            let end = if token.text == ";" { open } else { closing(self.tokens, open) };
            Some((&pair[1], self.tokens.get(open..end)?))
        })
    }
}

/// What is wrong with the rooms of a house.
pub(crate) fn rooms(house: &[Plan<'_>]) -> Vec<Fault> {
    let mut out = Vec::new();
    let owners = house.iter().filter(|plan| plan.is_owner());
    let held: Vec<&str> = owners
        .flat_map(|plan| plan.structs().filter(|(name, _)| name.text == "State"))
        .flat_map(|(_, fields)| fields.iter().filter(|it| it.is_word()).map(|it| it.text))
        .collect();
    for plan in house {
        if plan.is_owner() {
            let is_public = |pair: &&[Token<'_>]| pair[0].text == "pub" && pair[1].text == "mod";
            let found = plan.tokens.windows(2).filter(is_public);
            let advice =
                "a room of ground state is nobody else's to enter; re-export what it lends";
            out.extend(found.map(|pair| plan.fault(pair[0].line, advice.to_owned())));
        }
        if plan.is_owner() || plan.is_room() {
            for (name, fields) in plan.structs() {
                let is_walled =
                    held.contains(&name.text) || plan.is_owner() && name.text == "State";
                let visible = fields.iter().filter(|it| it.text == "pub" && is_walled);
                out.extend(visible.map(|token| {
                    let advice = format!(
                        "`State` is made of `{}`, whose fields are its own; give it a method that \
                         keeps its order",
                        name.text
                    );
                    plan.fault(token.line, advice)
                }));
            }
        }
        if plan.is_room() {
            let named = plan.tokens.iter().filter(|token| token.text == "State");
            let advice = "a room does not know `State`: return what follows, and let a file in \
                          core/state/apply carry it on";
            out.extend(named.map(|token| plan.fault(token.line, advice.to_owned())));
        }
        for (lent, home) in LENT.iter().filter(|(_, home)| !plan.path.starts_with(home)) {
            let taken = plan.tokens.windows(3).filter(|three| {
                three[0].text == "&" && three[1].text == "mut" && three[2].text == *lent
            });
            let advice = format!("`{lent}` is changed in {home} alone; give its room a method");
            out.extend(taken.map(|three| plan.fault(three[0].line, advice.clone())));
        }
    }
    out
}
