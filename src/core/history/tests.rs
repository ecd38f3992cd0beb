//! History alone: what is kept of many changes, what is found again, and what comes back after a restart.

use std::time::Duration;

use super::*;
use crate::core::state_file::{Encoder, Kind};

fn at(seconds: u64) -> Now {
    Now { moment: Moment(Duration::from_secs(seconds)), unix_seconds: 1_000_000 + seconds }
}

fn empty() -> History {
    History::new(KeptEvents::default(), at(0))
}

fn leaves(history: &mut History, now: Now, service: &str) {
    let news = News::info(EventKind::Service, format!("east leaves {service}"));
    let news = news.of_service(service).of_cluster("east");
    history.pass(now);
    history.add(now, Change::Leaves, || Some(news));
}

fn all(history: &History) -> Found {
    history.find(&Wanted { limit: usize::MAX, ..Wanted::default() })
}

fn file(history: &History) -> Vec<u8> {
    let (mut out, mut from) = (Vec::new(), Some(0));
    let mut encoder = Encoder::start(Kind::Events, &mut out);
    while let Some(id) = from {
        let slice = history.slice(id);
        encoder.section(slice.tag, &slice.octets, &mut out);
        from = slice.next;
    }
    encoder.end(&mut out);
    out
}

#[test]
fn a_thousand_changes_a_second_are_told_one_by_one() {
    let mut history = empty();
    for number in 0..8000_u64 {
        let now = Now { moment: Moment(Duration::from_millis(number)), ..at(0) };
        leaves(&mut history, now, &format!("shop/{number}"));
    }
    let found = all(&history);
    assert_eq!((found.events.len(), found.missed), (8000, 0));
    let ids: Vec<_> = found.events.iter().map(|event| event.id).collect();
    assert!(ids.is_sorted_by(|a, b| *a == b + 1), "the newest first, and none left out");
}

#[test]
fn what_comes_faster_is_summed_up_and_said() {
    let mut history = empty();
    for number in 0..100_000 {
        leaves(&mut history, at(5), &format!("shop/{number}"));
    }
    history.note(at(5), News::warning(EventKind::Cluster, "east is lost").of_cluster("east"));
    assert_eq!(history.len(), A_SECOND as usize + 1, "what clusters do is told all the same");
    assert_eq!(history.due(), Some(at(6).moment));
    history.pass(at(6));
    assert_eq!(history.due(), None);
    let found = all(&history);
    assert_eq!(found.missed, 100_000 - u64::from(A_SECOND));
    assert_eq!(&*found.events[0].text, "98500 more changes within this second: 98500 left");
    // It may hide anything, so it is shown to whoever looks for something.
    let wanted = Wanted { service: Some("shop/99999".into()), limit: 10, ..Wanted::default() };
    let of_one = history.find(&wanted);
    assert_eq!((of_one.events.len(), of_one.missed), (1, 98_500));
}

#[test]
fn it_is_bounded_and_no_flapping_service_pushes_clusters_out() {
    let mut history = empty();
    history.note(at(0), News::warning(EventKind::Cluster, "east is silent").of_cluster("east"));
    let long = "x".repeat(5000);
    for second in 0..20 {
        (0..1000).for_each(|_| leaves(&mut history, at(second), &format!("shop/{long}")));
        for _ in 0..200 {
            history.note(at(second), News::info(EventKind::Configuration, long.clone()));
        }
    }
    assert!(history.octets() < 16 << 20, "{} octets", history.octets());
    assert!(history.len() <= 10_000);
    let mut few = empty();
    few.note(at(0), News::warning(EventKind::Cluster, "east is silent").of_cluster("east"));
    for second in 0..20 {
        (0..1000).for_each(|number| leaves(&mut few, at(second), &format!("shop/{number}")));
    }
    let found = few.find(&Wanted { cluster: Some("east".into()), limit: 1, ..Wanted::default() });
    assert_eq!(found.oldest, found.events[0].id - 7999, "what has gone is said");
    let oldest = all(&few).events.pop().expect("events");
    assert_eq!(&*oldest.text, "east is silent");
    assert_eq!(few.len(), 8001);
}

#[test]
fn pages_go_back_and_on() {
    let mut history = empty();
    (0..10).for_each(|number| leaves(&mut history, at(number), &format!("shop/{number}")));
    let last = |wanted: Wanted| -> Vec<u64> {
        history.find(&wanted).events.iter().map(|event| event.at - 1_000_000).collect()
    };
    let three = Wanted { limit: 3, ..Wanted::default() };
    assert_eq!(last(three.clone()), [9, 8, 7]);
    let first = all(&history).events.last().expect("events").id;
    assert_eq!(last(Wanted { before: Some(first + 7), ..three.clone() }), [6, 5, 4]);
    assert_eq!(last(Wanted { after: Some(first + 1), ..three.clone() }), [4, 3, 2]);
    assert_eq!(last(Wanted { since: 1_000_008, ..three }), [9, 8]);
}

#[test]
fn what_was_kept_comes_back_and_numbers_go_up() {
    let mut history = empty();
    for number in 0..1200 {
        leaves(&mut history, at(number / 100), &format!("shop/{number}"));
    }
    history.note(at(13), News::info(EventKind::Process, "fedns started"));
    let octets = file(&history);
    let kept = KeptEvents::read(&octets).expect("a file");
    let mut next = History::new(kept, at(20));
    assert_eq!(all(&next).events, all(&history).events);
    next.note(at(20), News::info(EventKind::Process, "fedns started"));
    assert!(next.next() > history.next());
    for length in [0, 1, octets.len() / 2, octets.len() - 1] {
        assert!(KeptEvents::read(&octets[..length]).is_err(), "{length} octets");
    }
    // Without a file, the time of day sees to that.
    assert!(History::new(KeptEvents::default(), at(2000)).next() > history.next());
}

#[test]
fn long_texts_are_cut_where_a_character_ends() {
    let mut history = empty();
    history.note(at(0), News::info(EventKind::Configuration, "\u{e9}".repeat(4000)));
    let text = &all(&history).events[0].text;
    assert!(text.len() < 1600 && text.ends_with(" ..."), "{} octets", text.len());
}
