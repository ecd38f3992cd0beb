//! Feeds that are opened, deliver, end, fail and are doubted, in the order of a clock that tests set.

use super::*;

const PATIENCE: Duration = Duration::from_secs(2);
const NODES: SourceId = SourceId(0);
const SLICES: SourceId = SourceId(1);

/// Feeds, and the moment from which seconds are counted.
struct World {
    feeds: Feeds,
    start: Instant,
}

impl World {
    /// Two feeds that have asked for nothing yet.
    fn new() -> Self {
        let (start, mut feeds) = (Instant::now(), Feeds::default());
        feeds.begin(NODES, start);
        feeds.begin(SLICES, start);
        Self { feeds, start }
    }

    /// Two feeds that have listed and watch since second 0.
    fn watching() -> Self {
        let mut world = Self::new();
        for source in [NODES, SLICES] {
            world.feeds.list(source);
            world.feeds.open(source, world.at(0.0));
        }
        world
    }

    fn at(&self, seconds: f64) -> Instant {
        self.start + Duration::from_secs_f64(seconds)
    }

    fn fail(&mut self, source: SourceId, seconds: f64, why: &str) {
        self.feeds.fail(source, self.at(seconds), why.into());
    }

    fn view(&mut self, seconds: f64) -> View {
        self.feeds.look(self.at(seconds), PATIENCE).view
    }

    /// In how many seconds after second 0 it is to be looked again.
    fn next(&mut self, seconds: f64) -> Option<f64> {
        let next = self.feeds.look(self.at(seconds), PATIENCE).next;
        next.map(|next| next.duration_since(self.start).as_secs_f64())
    }
}

fn lost(why: &str) -> View {
    View::Lost(why.into())
}

#[test]
fn a_cluster_that_was_not_tried_is_neither_in_sight_nor_lost() {
    let mut world = World::new();
    assert_eq!(world.view(1000.0), View::Unchanged);
    assert_eq!(Feeds::default().look(Instant::now(), PATIENCE).view, View::Unchanged);
    // One that was refused everything is lost, once all have been tried.
    world.fail(NODES, 1000.0, "refused");
    assert_eq!(world.view(1100.0), View::Unchanged);
    world.fail(SLICES, 1101.0, "refused");
    assert_eq!(world.view(1101.0), lost("refused"));
}

#[test]
fn one_watch_that_lives_is_sight() {
    let mut world = World::watching();
    world.fail(NODES, 10.0, "it says 500");
    assert_eq!(world.view(1000.0), View::InSight);
    assert_eq!(world.next(1000.0), None);
}

#[test]
fn a_cluster_is_lost_when_all_have_failed_for_long_enough() {
    let mut world = World::watching();
    world.fail(NODES, 10.0, "cut");
    world.fail(SLICES, 11.0, "refused");
    assert_eq!((world.view(12.9), world.next(12.9)), (View::Unchanged, Some(13.0)));
    assert_eq!(world.view(13.0), lost("refused"));
    world.fail(NODES, 14.0, "no route");
    assert_eq!(world.view(14.0), lost("no route"));
}

#[test]
fn watches_that_are_begun_anew_are_no_loss_however_long_that_takes() {
    let mut world = World::watching();
    world.feeds.end(NODES, world.at(50.0));
    world.feeds.end(SLICES, world.at(50.0));
    assert_eq!(world.view(80.0), View::Unchanged);
    world.feeds.open(NODES, world.at(81.0));
    world.fail(SLICES, 81.0, "it says 500");
    assert_eq!(world.view(81.5), View::Unchanged);
    assert_eq!(world.view(82.0), View::InSight);
}

#[test]
fn one_failure_on_the_way_is_no_loss() {
    let mut world = World::watching();
    world.fail(NODES, 10.0, "cut");
    world.fail(SLICES, 10.0, "cut");
    world.feeds.open(NODES, world.at(10.5));
    // Open it is, and believed a second later; until then it is not lost either.
    assert_eq!((world.view(11.4), world.next(11.4)), (View::Unchanged, Some(11.5)));
    assert_eq!(world.view(12.1), View::InSight);
}

#[test]
fn watches_that_end_at_once_and_say_nothing_show_nothing() {
    let mut world = World::watching();
    for second in 10..20 {
        for source in [NODES, SLICES] {
            world.feeds.end(source, world.at(f64::from(second)));
            world.feeds.open(source, world.at(f64::from(second)));
            world.feeds.end(source, world.at(f64::from(second) + 0.1));
        }
    }
    assert_eq!(world.view(19.2), lost("a watch ended at once and said nothing"));
    // One that says something is another matter.
    world.feeds.open(NODES, world.at(20.0));
    world.feeds.deliver(NODES);
    assert_eq!(world.view(20.0), View::InSight);
}

#[test]
fn a_list_that_moves_is_sight_until_it_has_stopped_half_way_too_often() {
    let mut world = World::watching();
    for source in [NODES, SLICES] {
        world.fail(source, 10.0, "cut");
    }
    assert_eq!(world.view(12.0), lost("cut"));
    for (second, seen) in [(20.0, View::InSight), (30.0, View::InSight), (40.0, lost("cut"))] {
        world.feeds.move_on(NODES);
        assert_eq!(world.view(second), seen);
        world.fail(NODES, second + 1.0, "cut");
        assert_eq!(world.view(second + 3.0), lost("cut"));
    }
    // A whole one mends that.
    world.feeds.list(NODES);
    assert_eq!(world.view(50.0), View::InSight);
    world.fail(NODES, 51.0, "cut");
    world.feeds.move_on(NODES);
    assert_eq!(world.view(60.0), View::InSight);
}

#[test]
fn watches_are_doubted_until_something_comes_of_them_or_they_are_begun_anew() {
    let mut world = World::watching();
    assert_eq!(world.feeds.open_watches().collect::<Vec<_>>(), [NODES, SLICES]);
    world.feeds.doubt(world.at(100.0), "took too long".into());
    assert_eq!(world.view(101.0), View::Unchanged);
    assert_eq!(world.view(103.0), lost("took too long"));
    assert!(!world.feeds.is_in_sight());
    assert_eq!(world.feeds.open_watches().count(), 2, "that they are open proves nothing now");
    world.feeds.deliver(SLICES);
    assert_eq!(world.view(104.0), View::InSight);
    world.feeds.doubt(world.at(110.0), "took too long".into());
    world.feeds.end(NODES, world.at(111.0));
    world.feeds.open(NODES, world.at(111.0));
    assert_eq!(world.view(112.0), View::InSight);
}

#[test]
fn lists_in_place_of_a_watch_that_is_forbidden_are_sight() {
    let mut world = World::new();
    world.fail(SLICES, 0.0, "it says 403");
    world.feeds.list(NODES);
    world.feeds.end(NODES, world.at(1.0));
    world.fail(NODES, 1.1, "it says 403");
    world.feeds.rest(NODES);
    assert_eq!(world.view(30.0), View::InSight);
    world.fail(NODES, 31.1, "it says 403");
    assert_eq!(world.view(33.1), lost("it says 403"));
}

#[test]
fn feeds_that_wait_for_their_turn_are_no_loss_while_their_server_answers() {
    let mut world = World::new();
    for source in [NODES, SLICES] {
        world.fail(source, 1.0, "it says 410");
        world.feeds.wait(source);
    }
    // What failed before is told for as long as they wait.
    assert_eq!(world.view(1.5), View::Waiting(Some("it says 410".into())));
    assert_eq!((world.view(100.0), world.next(100.0)), (world.view(1.5), None));
    // The server is asked again and again, and ceases to answer.
    world.feeds.wait(NODES);
    world.fail(SLICES, 101.0, "took too long");
    assert_eq!(world.view(103.0), View::Waiting(Some("took too long".into())));
    world.fail(NODES, 104.0, "took too long");
    assert_eq!((world.view(105.9), world.next(105.9)), (View::Unchanged, Some(106.0)));
    assert_eq!(world.view(106.0), lost("took too long"));
    // It is back, and the turn comes.
    world.feeds.wait(NODES);
    assert_eq!(world.view(110.0), View::Waiting(Some("took too long".into())));
    world.feeds.move_on(NODES);
    assert_eq!(world.view(110.0), View::InSight);
}

#[test]
fn a_feed_that_waits_hides_neither_one_that_lives_nor_what_failed_elsewhere() {
    let mut world = World::watching();
    world.feeds.end(NODES, world.at(10.0));
    world.feeds.wait(NODES);
    assert_eq!(world.view(10.0), View::InSight);
    world.fail(SLICES, 20.0, "it says 500");
    assert_eq!(world.view(30.0), View::Waiting(Some("it says 500".into())));
    // One that has never failed has nothing to tell.
    let mut world = World::new();
    world.feeds.wait(NODES);
    assert_eq!(world.view(1.0), View::Waiting(None));
}

#[test]
fn a_feed_that_is_read_no_more_says_nothing() {
    let mut world = World::watching();
    world.fail(NODES, 1.0, "it says 403");
    world.feeds.drop(SLICES);
    assert_eq!(world.view(3.0), lost("it says 403"));
    world.feeds.deliver(SLICES);
    assert_eq!(world.view(3.0), lost("it says 403"));
}
