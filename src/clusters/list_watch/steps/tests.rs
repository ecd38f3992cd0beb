//! The steps of a list and watch, one by one, without a socket.

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

struct Rehearsal {
    list_watch: ListWatch,
    streams: bool,
}

impl Rehearsal {
    fn new() -> Self {
        Self { list_watch: ListWatch::new(true), streams: true }
    }

    fn note(&mut self, outcome: Outcome) -> Duration {
        self.list_watch.note(
            outcome,
            &mut self.streams,
            Pauses { timing: &Timing::default(), draw: 0.0 },
        )
    }

    fn step(&self) -> &Step {
        self.list_watch.step()
    }
}

const PAGE: Step = Step::Page { next: None, is_whole: false };

#[test]
fn a_good_server_is_listed_once_and_then_watched() {
    let mut rehearsal = Rehearsal::new();
    assert_eq!(*rehearsal.step(), Step::Stream);
    assert_eq!(rehearsal.note(listed("5")), Duration::ZERO);
    assert_eq!(*rehearsal.step(), Step::Watch("5".into()));
    for version in 6..100 {
        let version: Box<str> = version.to_string().into();
        let rest = rehearsal.note(Outcome::Ended { version: version.clone(), is_news: true });
        assert_eq!((rest, rehearsal.step()), (Duration::ZERO, &Step::Watch(version)));
    }
}

#[test]
fn a_server_that_knows_no_such_lists_is_never_asked_for_them_again() {
    for code in [400, 422] {
        let mut rehearsal = Rehearsal::new();
        assert_eq!(rehearsal.note(failed(code)), Duration::ZERO);
        assert_eq!((rehearsal.step(), rehearsal.streams), (&PAGE, false));
        rehearsal.note(Outcome::Paged { next: "b".into() });
        assert_eq!(*rehearsal.step(), Step::Page { next: Some("b".into()), is_whole: false });
        rehearsal.note(listed("5"));
        rehearsal.note(failed(410));
        assert_eq!(*rehearsal.step(), PAGE);
    }
    let mut silent = Rehearsal::new();
    let failure = Failure::TimedOut("a list by watch");
    silent.note(Outcome::Failed { failure, version: None, is_news: false });
    assert_eq!((silent.step(), silent.streams), (&PAGE, false));
    // One that is busy is asked for them once more.
    let mut busy = Rehearsal::new();
    for asked in [(&Step::Stream, true), (&PAGE, false)] {
        let failure = Failure::TimedOut(HEAD);
        busy.note(Outcome::Failed { failure, version: None, is_news: false });
        assert_eq!((busy.step(), busy.streams), asked);
    }
}

#[test]
fn a_version_that_is_forgotten_again_and_again_is_no_loop() {
    let mut rehearsal = Rehearsal::new();
    let mut rests = Vec::new();
    for _ in 0..12 {
        assert_eq!(*rehearsal.step(), Step::Stream);
        rehearsal.note(listed("5"));
        rests.push(rehearsal.note(failed(410)));
    }
    assert_eq!(rests[0], Duration::ZERO);
    assert!(rests[1..].windows(2).all(|pair| pair[0] <= pair[1] && !pair[0].is_zero()));
    assert_eq!(rests.last(), Some(&Timing::default().longest_pause));
}

#[test]
fn nor_is_one_that_is_forgotten_after_some_news_each_time() {
    let (mut rehearsal, mut rests) = (Rehearsal::new(), Vec::new());
    for _ in 0..12 {
        rehearsal.note(listed("5"));
        let failure = Failure::Status { code: 410, message: "".into(), retry_after: None };
        let version = Some("6".into());
        rests.push(rehearsal.note(Outcome::Failed { failure, version, is_news: true }));
        assert_eq!(*rehearsal.step(), Step::Stream);
    }
    assert_eq!(rests[0], Duration::ZERO);
    assert_eq!(rests.last(), Some(&Timing::default().longest_pause));
}

#[test]
fn a_watch_that_was_fine_resumes_and_its_failure_is_the_first() {
    let mut rehearsal = Rehearsal::new();
    rehearsal.note(listed("5"));
    for _ in 0..5 {
        rehearsal.note(unreachable());
    }
    assert_eq!(*rehearsal.step(), Step::Watch("5".into()), "nothing says that it is forgotten");
    let failure = Failure::Unreachable("reset".into());
    let rest =
        rehearsal.note(Outcome::Failed { failure, version: Some("9".into()), is_news: true });
    assert_eq!((rest, rehearsal.step()), (Timing::default().first_pause, &Step::Watch("9".into())));
}

#[test]
fn a_watch_that_is_refused_for_no_known_reason_is_listed_anew() {
    let mut rehearsal = Rehearsal::new();
    rehearsal.note(listed("5"));
    for _ in 0..2 {
        rehearsal.note(failed(504));
        assert_eq!(*rehearsal.step(), Step::Watch("5".into()));
    }
    let rest = rehearsal.note(failed(504));
    assert_eq!(*rehearsal.step(), Step::Stream);
    assert!(!rest.is_zero());
}

#[test]
fn pages_that_are_forgotten_are_asked_for_as_one() {
    let mut rehearsal = Rehearsal { list_watch: ListWatch::new(false), streams: false };
    rehearsal.note(Outcome::Paged { next: "b".into() });
    rehearsal.note(failed(410));
    assert_eq!(*rehearsal.step(), Step::Page { next: None, is_whole: true });
}

#[test]
fn a_forbidden_watch_is_replaced_by_lists_now_and_then() {
    let mut rehearsal = Rehearsal::new();
    rehearsal.note(failed(403));
    assert_eq!(*rehearsal.step(), PAGE);
    for _ in 0..3 {
        rehearsal.note(listed("5"));
        assert_eq!(rehearsal.note(failed(403)), Timing::default().poll);
        assert_eq!((rehearsal.step(), rehearsal.list_watch.is_polling()), (&PAGE, true));
    }
    rehearsal.note(listed("5"));
    rehearsal.note(Outcome::Ended { version: "6".into(), is_news: true });
    assert!(!rehearsal.list_watch.is_polling());
    assert!(rehearsal.streams, "it was forbidden, which is not to say that it is not known");
}

#[test]
fn what_the_server_demands_is_heeded_within_reason() {
    let mut rehearsal = Rehearsal::new();
    for (wanted, rest) in [(77, 77), (1_000_000, 600)] {
        let retry_after = Some(Duration::from_secs(wanted));
        let failure = Failure::Status { code: 429, message: "".into(), retry_after };
        let outcome = Outcome::Failed { failure, version: None, is_news: false };
        assert_eq!(rehearsal.note(outcome), Duration::from_secs(rest));
    }
}

#[test]
fn a_kind_that_is_not_served_is_asked_for_now_and_then() {
    let mut rehearsal = Rehearsal::new();
    for _ in 0..3 {
        assert_eq!(rehearsal.note(Outcome::NotServed), Timing::default().absent);
        assert_eq!((rehearsal.step(), rehearsal.streams), (&Step::Stream, true));
    }
    rehearsal.note(listed("5"));
    rehearsal.note(Outcome::NotServed);
    assert_eq!(*rehearsal.step(), Step::Stream);
}

#[test]
fn a_list_that_is_doubted_is_asked_for_at_once() {
    let mut rehearsal = Rehearsal { list_watch: ListWatch::new(false), streams: false };
    assert_eq!(rehearsal.note(Outcome::Doubted), Duration::ZERO);
    assert_eq!(*rehearsal.step(), PAGE);
}

#[test]
fn an_interruption_goes_on_from_where_it_was() {
    let mut rehearsal = Rehearsal::new();
    rehearsal.list_watch.resume(None, true);
    assert_eq!(*rehearsal.step(), Step::Stream);
    rehearsal.note(listed("5"));
    rehearsal.list_watch.resume(Some("8".into()), true);
    assert_eq!(*rehearsal.step(), Step::Watch("8".into()));
}
