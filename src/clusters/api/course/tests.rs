//! The course of a feed, step by step, without a socket.

use super::*;

fn failed(code: u16) -> Outcome {
    let failure = Failure::Status { code, message: "".into(), retry_after: None };
    Outcome::Failed { failure, version: None, is_news: false }
}

fn unreachable() -> Outcome {
    let failure = Failure::Unreachable("no route".into());
    Outcome::Failed { failure, version: None, is_news: false }
}

fn listed(version: &str) -> Outcome {
    Outcome::Listed { version: version.into() }
}

struct Sailor {
    course: Course,
    streams: bool,
}

impl Sailor {
    fn new() -> Self {
        Self { course: Course::new(true), streams: true }
    }

    fn note(&mut self, outcome: Outcome) -> Duration {
        self.course.note(outcome, &mut self.streams, &Pace::default(), 0.0)
    }

    fn step(&self) -> &Step {
        self.course.step()
    }
}

const PAGE: Step = Step::Page { next: None, is_whole: false };

#[test]
fn a_good_server_is_listed_once_and_then_watched() {
    let mut sailor = Sailor::new();
    assert_eq!(*sailor.step(), Step::Stream);
    assert_eq!(sailor.note(listed("5")), Duration::ZERO);
    assert_eq!(*sailor.step(), Step::Watch("5".into()));
    for version in 6..100 {
        let version: Box<str> = version.to_string().into();
        let rest = sailor.note(Outcome::Ended { version: version.clone(), is_news: true });
        assert_eq!((rest, sailor.step()), (Duration::ZERO, &Step::Watch(version)));
    }
}

#[test]
fn a_server_that_knows_no_such_lists_is_never_asked_for_them_again() {
    for code in [400, 422] {
        let mut sailor = Sailor::new();
        assert_eq!(sailor.note(failed(code)), Duration::ZERO);
        assert_eq!((sailor.step(), sailor.streams), (&PAGE, false));
        sailor.note(Outcome::Paged { next: "b".into() });
        assert_eq!(*sailor.step(), Step::Page { next: Some("b".into()), is_whole: false });
        sailor.note(listed("5"));
        sailor.note(failed(410));
        assert_eq!(*sailor.step(), PAGE);
    }
    let mut silent = Sailor::new();
    let failure = Failure::TimedOut("a list by watch");
    silent.note(Outcome::Failed { failure, version: None, is_news: false });
    assert_eq!((silent.step(), silent.streams), (&PAGE, false));
}

#[test]
fn a_version_that_is_forgotten_again_and_again_is_no_loop() {
    let mut sailor = Sailor::new();
    let mut rests = Vec::new();
    for _ in 0..12 {
        assert_eq!(*sailor.step(), Step::Stream);
        sailor.note(listed("5"));
        rests.push(sailor.note(failed(410)));
    }
    assert_eq!(rests[0], Duration::ZERO);
    assert!(rests[1..].windows(2).all(|pair| pair[0] <= pair[1] && !pair[0].is_zero()));
    assert_eq!(rests.last(), Some(&Pace::default().longest_pause));
}

#[test]
fn nor_is_one_that_is_forgotten_after_some_news_each_time() {
    let (mut sailor, mut rests) = (Sailor::new(), Vec::new());
    for _ in 0..12 {
        sailor.note(listed("5"));
        let failure = Failure::Status { code: 410, message: "".into(), retry_after: None };
        let version = Some("6".into());
        rests.push(sailor.note(Outcome::Failed { failure, version, is_news: true }));
        assert_eq!(*sailor.step(), Step::Stream);
    }
    assert_eq!(rests[0], Duration::ZERO);
    assert_eq!(rests.last(), Some(&Pace::default().longest_pause));
}

#[test]
fn a_watch_that_was_fine_resumes_and_its_failure_is_the_first() {
    let mut sailor = Sailor::new();
    sailor.note(listed("5"));
    for _ in 0..5 {
        sailor.note(unreachable());
    }
    assert_eq!(*sailor.step(), Step::Watch("5".into()), "nothing says that it is forgotten");
    let failure = Failure::Unreachable("reset".into());
    let rest = sailor.note(Outcome::Failed { failure, version: Some("9".into()), is_news: true });
    assert_eq!((rest, sailor.step()), (Pace::default().first_pause, &Step::Watch("9".into())));
}

#[test]
fn a_watch_that_is_refused_for_no_known_reason_is_listed_anew() {
    let mut sailor = Sailor::new();
    sailor.note(listed("5"));
    for _ in 0..2 {
        sailor.note(failed(504));
        assert_eq!(*sailor.step(), Step::Watch("5".into()));
    }
    let rest = sailor.note(failed(504));
    assert_eq!(*sailor.step(), Step::Stream);
    assert!(!rest.is_zero());
}

#[test]
fn pages_that_are_forgotten_are_asked_for_as_one() {
    let mut sailor = Sailor { course: Course::new(false), streams: false };
    sailor.note(Outcome::Paged { next: "b".into() });
    sailor.note(failed(410));
    assert_eq!(*sailor.step(), Step::Page { next: None, is_whole: true });
}

#[test]
fn a_forbidden_watch_is_replaced_by_lists_now_and_then() {
    let mut sailor = Sailor::new();
    sailor.note(failed(403));
    assert_eq!(*sailor.step(), PAGE);
    for _ in 0..3 {
        sailor.note(listed("5"));
        assert_eq!(sailor.note(failed(403)), Pace::default().poll);
        assert_eq!((sailor.step(), sailor.course.is_polling()), (&PAGE, true));
    }
    sailor.note(listed("5"));
    sailor.note(Outcome::Ended { version: "6".into(), is_news: true });
    assert!(!sailor.course.is_polling());
    assert!(sailor.streams, "it was forbidden, which is not to say that it is not known");
}

#[test]
fn what_the_server_demands_is_heeded_within_reason() {
    let mut sailor = Sailor::new();
    for (wanted, rest) in [(77, 77), (1_000_000, 600)] {
        let retry_after = Some(Duration::from_secs(wanted));
        let failure = Failure::Status { code: 429, message: "".into(), retry_after };
        let outcome = Outcome::Failed { failure, version: None, is_news: false };
        assert_eq!(sailor.note(outcome), Duration::from_secs(rest));
    }
}

#[test]
fn an_interruption_goes_on_from_where_it_was() {
    let mut sailor = Sailor::new();
    sailor.course.resume(None, true);
    assert_eq!(*sailor.step(), Step::Stream);
    sailor.note(listed("5"));
    sailor.course.resume(Some("8".into()), true);
    assert_eq!(*sailor.step(), Step::Watch("8".into()));
}
