//! What a resolver's replies say of one hostname, read and put together.
//!
//! In: the records or the failure of each family. Out: [`ResolverReply`]. Records of names that the
//! hostname does not lead to are not looked at. Does not know sockets.

use std::net::IpAddr;
use std::time::Duration;

use hickory_proto::rr::{Name, RData, Record};

use crate::core::family::Family;
use crate::core::hostname::{Answer, Finding};

/// CNAMEs that are followed from one hostname.
const MOST_ALIASES: usize = 16;

/// What came of asking for both families.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ResolverReply {
    /// What it means.
    pub finding: Finding,
    /// How long an answer holds; zero where there is none.
    pub ttl: Duration,
}

/// What came of asking for one family.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FamilyReply {
    /// Addresses, the least TTL on the way to them, and the aliases that led there.
    Found(Vec<IpAddr>, Duration, Vec<Box<str>>),
    /// The name exists and has none (NODATA).
    Nothing,
    /// The name does not exist (NXDOMAIN).
    Denied,
    /// Nobody could say: why.
    Failed(Box<str>),
}

impl FamilyReply {
    /// Reads the answer section of a reply to a question for `hostname`.
    pub fn read(hostname: &Name, records: &[Record]) -> Self {
        let (mut owner, mut ttl, mut aliases) = (hostname, u32::MAX, Vec::new());
        while aliases.len() < MOST_ALIASES {
            let alias = records.iter().find_map(|record| match &record.data {
                RData::CNAME(target) if record.name == *owner => Some((&target.0, record.ttl)),
                _ => None,
            });
            let Some((target, of_alias)) = alias else { break };
            (owner, ttl) = (target, ttl.min(of_alias));
            let text = target.to_ascii().to_ascii_lowercase();
            aliases.push(text.trim_end_matches('.').into());
        }
        let of_owner = records.iter().filter(|record| record.name == *owner);
        let found: Vec<_> = of_owner.filter_map(|it| Some((address(&it.data)?, it.ttl))).collect();
        let ttl = found.iter().map(|(_, ttl)| *ttl).fold(ttl, u32::min);
        if found.is_empty() {
            return Self::Nothing;
        }
        let addresses = found.into_iter().map(|(address, _)| address).collect();
        Self::Found(addresses, Duration::from_secs(ttl.into()), aliases)
    }
}

fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(address) => Some(IpAddr::V4(address.0)),
        RData::AAAA(address) => Some(IpAddr::V6(address.0).to_canonical()),
        _ => None,
    }
}

impl ResolverReply {
    /// Puts both families together. Only where both are denied the name does not exist: some
    /// load balancers' servers deny the family that they do not have (RFC 4074, section 4.2).
    pub fn of(v4: FamilyReply, v6: FamilyReply) -> Self {
        let mut answer = Answer::default();
        let (mut ttl, mut trouble, mut denied, mut has_none) = (Duration::MAX, None, 0, false);
        for (family, part) in Family::ALL.into_iter().zip([v4, v6]) {
            match part {
                FamilyReply::Found(addresses, of_part, aliases) => {
                    answer.addresses.extend(addresses);
                    ttl = ttl.min(of_part);
                    let new = aliases.into_iter().filter(|it| !answer.aliases.contains(it));
                    let new: Vec<_> = new.collect();
                    answer.aliases.extend(new);
                }
                FamilyReply::Nothing => has_none = true,
                FamilyReply::Denied => denied += 1,
                FamilyReply::Failed(why) => {
                    answer.failed = Some(family);
                    trouble = Some(why);
                }
            }
        }
        if !answer.addresses.is_empty() {
            answer.ttl = u32::try_from(ttl.as_secs()).ok();
            return Self { finding: Finding::Answered(answer), ttl };
        }
        let finding = match trouble {
            // What came counts.
            Some(_) if has_none => Finding::Answered(answer),
            Some(why) => Finding::Failed(why),
            None if denied == Family::ALL.len() => Finding::Denied,
            None => Finding::Failed("it exists and has no address".into()),
        };
        Self { finding, ttl: Duration::ZERO }
    }

    /// That one family has come while the other is waited for; `None` where that says nothing yet.
    pub fn so_far(family: Family, part: FamilyReply) -> Option<Self> {
        let FamilyReply::Found(..) = part else { return None };
        let (v4, v6) = match family {
            Family::V4 => (part, FamilyReply::Nothing),
            Family::V6 => (FamilyReply::Nothing, part),
        };
        let mut said = Self::of(v4, v6);
        if let Finding::Answered(answer) = &mut said.finding {
            answer.awaited = Family::ALL.into_iter().find(|other| *other != family);
        }
        Some(said)
    }

    /// That nobody could say anything.
    pub fn failed(why: impl Into<Box<str>>) -> Self {
        Self { finding: Finding::Failed(why.into()), ttl: Duration::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::rr::rdata::{A, AAAA, CNAME};

    fn name(text: &str) -> Name {
        Name::from_ascii(text).expect("a name")
    }

    fn alias(owner: &str, ttl: u32, target: &str) -> Record {
        Record::from_rdata(name(owner), ttl, RData::CNAME(CNAME(name(target))))
    }

    fn v4(owner: &str, ttl: u32, host: u8) -> Record {
        Record::from_rdata(name(owner), ttl, RData::A(A::new(192, 0, 2, host)))
    }

    #[test]
    fn aliases_are_followed_in_any_order_and_the_least_ttl_counts() {
        let records = [
            v4("c.test.", 60, 1),
            alias("B.test.", 30, "c.test."),
            v4("c.test.", 90, 2),
            v4("stranger.test.", 1, 66),
            alias("a.test.", 300, "b.test."),
        ];
        let addresses = ["192.0.2.1", "192.0.2.2"].map(|it| it.parse().expect("an address"));
        let aliases = vec!["b.test".into(), "c.test".into()];
        let expected = FamilyReply::Found(addresses.to_vec(), Duration::from_secs(30), aliases);
        assert_eq!(FamilyReply::read(&name("A.test."), &records), expected);
        assert_eq!(FamilyReply::read(&name("x.test."), &records), FamilyReply::Nothing);
    }

    #[test]
    fn aliases_that_turn_in_a_circle_lead_nowhere() {
        let records = [alias("a.test.", 1, "b.test."), alias("b.test.", 1, "a.test.")];
        assert_eq!(FamilyReply::read(&name("a.test."), &records), FamilyReply::Nothing);
    }

    #[test]
    fn an_ipv4_address_in_disguise_is_that_address() {
        let mapped = RData::AAAA(AAAA("::ffff:192.0.2.1".parse().expect("an address")));
        let records = [Record::from_rdata(name("a.test."), 9, mapped)];
        let address = "192.0.2.1".parse().expect("an address");
        let expected = FamilyReply::Found(vec![address], Duration::from_secs(9), Vec::new());
        assert_eq!(FamilyReply::read(&name("a.test."), &records), expected);
    }

    #[test]
    fn two_families_make_one_outcome() {
        let found = || {
            let address = "192.0.2.1".parse().expect("an address");
            FamilyReply::Found(vec![address], Duration::from_secs(60), Vec::new())
        };
        let failed = || FamilyReply::Failed("SERVFAIL".into());
        let is_failed = |v4, v6| matches!(ResolverReply::of(v4, v6).finding, Finding::Failed(_));
        let answer = |v4, v6| match ResolverReply::of(v4, v6).finding {
            Finding::Answered(answer) => (answer.addresses.len(), answer.failed),
            other => panic!("{other:?}"),
        };
        assert_eq!(answer(found(), FamilyReply::Nothing), (1, None));
        assert_eq!(answer(found(), FamilyReply::Denied), (1, None));
        assert_eq!(answer(failed(), found()), (1, Some(Family::V4)));
        assert_eq!(answer(found(), failed()), (1, Some(Family::V6)));
        assert_eq!(
            ResolverReply::of(FamilyReply::Denied, FamilyReply::Denied).finding,
            Finding::Denied
        );
        assert!(is_failed(FamilyReply::Denied, FamilyReply::Nothing));
        assert!(is_failed(FamilyReply::Denied, failed()));
        assert_eq!(answer(failed(), FamilyReply::Nothing), (0, Some(Family::V4)));
        assert_eq!(answer(FamilyReply::Nothing, failed()), (0, Some(Family::V6)));
        assert!(is_failed(FamilyReply::Nothing, FamilyReply::Nothing));
        assert!(is_failed(failed(), failed()));
    }

    #[test]
    fn one_family_counts_before_the_other_comes() {
        let address = "192.0.2.1".parse().expect("an address");
        let found = FamilyReply::Found(vec![address], Duration::from_secs(60), Vec::new());
        let said = ResolverReply::so_far(Family::V4, found).expect("it has addresses");
        let Finding::Answered(answer) = said.finding else { panic!("{:?}", said.finding) };
        assert_eq!((answer.addresses, answer.ttl), (vec![address], Some(60)));
        assert_eq!((answer.failed, answer.awaited), (None, Some(Family::V6)));
        // Without addresses nothing is known until the other has come.
        for part in [FamilyReply::Nothing, FamilyReply::Denied, FamilyReply::Failed("x".into())] {
            assert_eq!(ResolverReply::so_far(Family::V6, part), None);
        }
    }
}
