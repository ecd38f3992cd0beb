//! The loop alone, with a subject of its own: what is asked, who is touched, when time changes it.

use super::*;

/// A light that is on or off, and is looked after unless it is ours.
#[derive(Clone, Debug, Default)]
struct Light {
    is_ours: bool,
    is_on: bool,
    failing_since: Option<Moment>,
    is_over: bool,
}

#[derive(Debug, Eq, PartialEq)]
enum Request {
    Watch(u8),
    Leave(u8),
}

impl Subject for Light {
    type Key = u8;
    type Condition = bool;
    type Request = Request;

    fn condition(&self) -> bool {
        self.is_on && !self.is_over
    }

    fn is_asked(&self) -> bool {
        !self.is_ours
    }

    fn ask(key: u8) -> Request {
        Request::Watch(key)
    }

    fn forget(key: u8) -> Request {
        Request::Leave(key)
    }

    fn ends(&self, limit: Duration) -> impl Iterator<Item = Moment> {
        self.failing_since.map(|since| Moment(since.0 + limit)).into_iter()
    }

    fn note_over(&mut self, is_over: bool) {
        self.is_over = is_over;
    }
}

fn at(seconds: u64) -> Moment {
    Moment(Duration::from_secs(seconds))
}

fn shard(cluster: u16) -> Dependent {
    Dependent { cluster: ClusterIndex(cluster), key: b"\x04cart\x04shop".as_slice().into() }
}

struct Rig {
    lights: Dependents<Light>,
}

impl Rig {
    fn link(&mut self, cluster: u16, before: &[u8], after: &[u8]) -> Vec<Request> {
        let links = Links {
            before: before.iter().copied().collect(),
            after: after.iter().copied().collect(),
        };
        let mut requests = Vec::new();
        // Those with great numbers are ours.
        let known = |key: &u8| Light { is_ours: *key > 100, ..Light::default() };
        self.lights.link(at(1), &shard(cluster), &links, known, &mut requests);
        requests
    }
}

#[test]
fn one_is_asked_for_from_its_first_dependent_to_its_last() {
    let mut rig = Rig { lights: Dependents::default() };
    assert_eq!(rig.link(0, &[], &[1, 2, 200]), [Request::Watch(1), Request::Watch(2)]);
    assert_eq!(rig.link(1, &[], &[2]), []);
    assert_eq!(rig.lights.dependents_of(&[2]), BTreeSet::from([shard(0), shard(1)]));
    assert_eq!(rig.link(0, &[1, 2, 200], &[3]), [Request::Watch(3), Request::Leave(1)]);
    assert_eq!(rig.link(0, &[3], &[3]), [], "the same as before");
    assert!(rig.lights.find(&200).is_none() && rig.lights.find(&2).is_some());
    assert_eq!(rig.link(1, &[2], &[]), [Request::Leave(2)]);
    assert_eq!(rig.link(0, &[3], &[]), [Request::Leave(3)]);
    assert!(rig.lights.is_empty() && rig.lights.count(false) == 0);
}

#[test]
fn how_they_do_is_counted_and_since_when() {
    let mut rig = Rig { lights: Dependents::default() };
    rig.link(0, &[], &[1, 2]);
    assert_eq!(rig.lights.change(at(5), &1, |light| light.is_on = true), None);
    assert_eq!((rig.lights.count(true), rig.lights.count(false)), (1, 1));
    rig.lights.change(at(7), &1, |light| light.is_on = true);
    assert_eq!(rig.lights.find(&1).map(Wanted::since), Some(at(5)));
    assert_eq!(rig.lights.change(at(8), &9, |light| light.is_on = true), None, "nobody wants it");
    let request = rig.lights.change(at(9), &2, |light| light.is_ours = true);
    assert_eq!(request, Some(Request::Leave(2)));
    assert_eq!(rig.lights.find(&2).map(Wanted::since), Some(at(9)));
}

#[test]
fn it_is_over_first_for_whoever_waits_least() {
    let mut rig = Rig { lights: Dependents::default() };
    rig.link(0, &[], &[1]);
    rig.link(1, &[], &[1]);
    rig.lights.change(at(10), &1, |light| {
        (light.is_on, light.failing_since) = (true, Some(at(10)));
    });
    let limit = |cluster: ClusterIndex| Some(Duration::from_secs(20 * (u64::from(cluster.0) + 1)));
    assert_eq!(rig.lights.reckon(at(10), &1, limit), Some(at(30)));
    assert_eq!(rig.lights.reckon(at(30), &1, limit), Some(at(50)));
    assert_eq!(rig.lights.count(true), 0, "over for one of them");
    assert_eq!(rig.lights.reckon(at(50), &1, limit), None);
    assert_eq!(rig.lights.reckon(at(50), &9, limit), None);
}
