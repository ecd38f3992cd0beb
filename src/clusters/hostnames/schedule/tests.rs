//! Schedules in virtual time: nothing here waits.

use super::*;
use crate::core::family::Family;
use crate::core::hostname::Answer;

fn at(seconds: u64) -> Moment {
    Moment(Duration::from_secs(seconds))
}

fn answered(ttl: u64) -> ResolverReply {
    let finding = Finding::Answered(Answer::default());
    ResolverReply { finding, ttl: Duration::from_secs(ttl) }
}

fn without(finding: Finding) -> ResolverReply {
    ResolverReply { finding, ttl: Duration::ZERO }
}

/// Asks for the one hostname of a schedule as often as there are findings; gives the pauses.
fn pauses(said: &[ResolverReply], draw: u64) -> Vec<Duration> {
    let mut schedule = Schedule::new(1);
    let mut now = at(0);
    schedule.want(now, "a.test".into());
    let mut pauses = Vec::new();
    for said in said {
        let asked = schedule.start(now).expect("it is due");
        assert_eq!(schedule.start(now), None, "it is asked for once");
        let pause = schedule.settle(now, &asked, said, draw).expect("it is wanted");
        assert_eq!(schedule.next(), Some(Moment(now.0 + pause)));
        assert_eq!(schedule.start(now), None, "it is not due yet");
        now = Moment(now.0 + pause);
        pauses.push(pause);
    }
    pauses
}

fn seconds(pauses: &[Duration]) -> Vec<f64> {
    pauses.iter().map(Duration::as_secs_f64).collect()
}

#[test]
fn it_is_asked_again_as_the_ttl_ends_within_bounds() {
    let said = [answered(60), answered(0), answered(86_400)];
    assert_eq!(seconds(&pauses(&said, 0)), [60.0, 5.0, 600.0]);
    for (pause, ttl) in pauses(&said, u64::MAX).into_iter().zip([60, 5, 600]) {
        let ttl = Duration::from_secs(ttl);
        assert!(pause > ttl && pause <= ttl + ttl / 10, "{pause:?}");
    }
}

#[test]
fn failures_back_off_and_an_answer_ends_that() {
    let failed = || without(Finding::Failed("SERVFAIL".into()));
    let mut said: Vec<_> = (0..9).map(|_| failed()).collect();
    said.extend([answered(60), failed()]);
    let expected = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 60.0, 0.5];
    assert_eq!(seconds(&pauses(&said, 0)), expected);
    for (most, least) in pauses(&said[..9], u64::MAX).into_iter().zip(expected) {
        let least = Duration::from_secs_f64(least);
        assert!(most > least && most <= least * 2, "{most:?}");
    }
}

#[test]
fn one_family_that_fails_is_tried_again_before_the_ttl_ends() {
    let answer = Answer { failed: Some(Family::V6), ..Answer::default() };
    let said = ResolverReply { finding: Finding::Answered(answer), ttl: Duration::from_secs(300) };
    let said = [said.clone(), said.clone(), said];
    assert_eq!(seconds(&pauses(&said, 0)), [0.5, 1.0, 2.0]);
}

/// A hostname that does not exist is asked for again after 30 s: NXDOMAIN twice is a fact.
#[test]
fn a_name_that_is_denied_is_asked_for_again_30_seconds_later_whatever_the_dice() {
    for draw in [0, u64::MAX / 2, u64::MAX] {
        let said: Vec<_> = (0..6).map(|_| without(Finding::Denied)).collect();
        let pauses = pauses(&said, draw);
        let third: Duration = pauses[..3].iter().sum();
        assert!(third > Duration::from_secs(30) && third < Duration::from_secs(35), "{third:?}");
        assert!(pauses[5] >= Duration::from_secs(60), "then it is asked for rarely");
    }
}

#[test]
fn no_more_than_so_many_are_asked_for_at_once() {
    let mut schedule = Schedule::new(32);
    for number in 0..5000 {
        schedule.want(at(0), format!("lb-{number}.test").into());
    }
    let mut asked = Vec::new();
    let mut done = BTreeSet::new();
    while done.len() < 5000 {
        while let Some(started) = schedule.start(at(1)) {
            asked.push(started);
        }
        assert_eq!(asked.len(), 32.min(5000 - done.len()));
        let is_full = asked.len() == 32;
        assert_eq!(schedule.next().is_none(), is_full || done.len() + asked.len() == 5000);
        let one = asked.remove(0);
        let again = schedule.settle(at(1), &one, &answered(60), done.len() as u64);
        assert!(again.is_some() && done.insert(one.hostname), "each is asked for once");
        if done.len() + asked.len() == 5000 {
            for one in std::mem::take(&mut asked) {
                schedule.settle(at(1), &one, &answered(60), 0);
                done.insert(one.hostname);
            }
        }
    }
    assert_eq!(schedule.next(), Some(at(61)));
}

#[test]
fn what_is_forgotten_meanwhile_says_nothing() {
    let mut schedule = Schedule::new(2);
    schedule.want(at(0), "a.test".into());
    let old = schedule.start(at(0)).expect("due");
    schedule.forget(&old.hostname);
    schedule.want(at(1), old.hostname.clone());
    let new = schedule.start(at(1)).expect("due again");
    assert_eq!(schedule.settle(at(2), &old, &answered(60), 0), None);
    assert!(schedule.settle(at(2), &new, &answered(60), 0).is_some());
    schedule.forget(&new.hostname);
    assert_eq!((schedule.next(), schedule.start(at(999))), (None, None));
}

#[test]
fn other_servers_are_asked_at_once() {
    let mut schedule = Schedule::new(2);
    schedule.want(at(0), "a.test".into());
    schedule.want(at(0), "b.test".into());
    let quick = schedule.start(at(0)).expect("due");
    schedule.settle(at(0), &quick, &answered(600), 0);
    let slow = schedule.start(at(0)).expect("due");
    schedule.restart(at(1));
    assert_eq!(schedule.settle(at(1), &slow, &answered(600), 0), None);
    let again: BTreeSet<_> = [schedule.start(at(1)), schedule.start(at(1))].into();
    let names: Vec<_> = again.into_iter().flatten().map(|asked| asked.hostname).collect();
    assert_eq!(names, ["a.test".into(), "b.test".into()]);
}
