//! What an intake makes of a list that is slow: by a clock that is turned by hand.

use tokio::time::advance;

use super::*;

const PROGRESS: Duration = Duration::from_secs(60);

/// Keeps how many objects came.
#[derive(Default)]
struct Counting(usize);

impl Sink for Counting {
    type Object = ();

    fn item(&self, _: &[u8]) {}

    fn line(&self, _: &[u8]) -> WatchEvent<()> {
        WatchEvent::Unreadable("nobody asks".into())
    }

    fn hear(&self) {}

    fn begin_list(&mut self) {
        self.0 = 0;
    }

    fn drop_list(&mut self) {}

    fn collect(&mut self, _: Result<(), TooLarge>) {
        self.0 += 1;
    }

    fn collect_change(&mut self, change: Change, (): ()) {
        self.0 += usize::from(change == Change::Added);
    }

    fn collected(&self) -> usize {
        self.0
    }

    async fn finish_list(&mut self, _: Duration) -> Result<Acceptance, Unheard> {
        Ok(Acceptance::Accepted)
    }

    fn note_unreadable(&mut self, _: Unreadable) {}

    async fn apply(&mut self, (): (), _: bool) -> Result<(), Unheard> {
        Ok(())
    }

    async fn delete(&mut self, (): ()) -> Result<(), Unheard> {
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), Unheard> {
        Ok(())
    }
}

fn listing(step: &Step) -> Intake<Counting> {
    let mut intake = Intake::new(Counting::default());
    intake.begin(step);
    intake
}

const FIRST_PAGE: Step = Step::Page { next: None, is_whole: false };

#[tokio::test(start_paused = true)]
async fn a_list_that_moves_may_take_as_long_as_it_likes() {
    let mut intake = listing(&FIRST_PAGE);
    for page in 0..500 {
        advance(Duration::from_secs(50)).await;
        intake.collect(Ok(b"{}"));
        assert!(intake.has_moved());
        assert_eq!(intake.excess(0, PROGRESS), None);
        intake.begin(&Step::Page { next: Some(page.to_string().into()), is_whole: false });
    }
    assert!(intake.is_listing());
}

#[tokio::test(start_paused = true)]
async fn octets_of_which_no_object_comes_are_no_progress() {
    let mut intake = listing(&FIRST_PAGE);
    intake.collect(Ok(b"{}"));
    assert!(intake.has_moved());
    let mut held = 0;
    let gave_up_after = loop {
        advance(Duration::from_secs(19)).await;
        held += 1;
        assert!(!intake.has_moved());
        if let Some(failure) = intake.excess(held, PROGRESS) {
            assert_eq!(failure, Failure::TimedOut("the next object of a list"));
            break held;
        }
    };
    assert!(gave_up_after <= 5, "{gave_up_after}");
}

#[tokio::test(start_paused = true)]
async fn a_large_object_over_a_slow_line_is_waited_for() {
    let intake = listing(&FIRST_PAGE);
    // 2 KiB a second.
    for second in 1..=1000 {
        advance(Duration::from_secs(1)).await;
        assert_eq!(intake.excess(second * 2048, PROGRESS), None);
    }
}

#[tokio::test(start_paused = true)]
async fn changes_without_the_end_of_a_list_are_no_list() {
    let mut intake = listing(&Step::Stream);
    let change = |is_new| Ok(WatchEvent::Applied { version: "7".into(), is_new, object: () });
    assert_eq!(intake.take(change(true)).await.ok(), Some(Taken::Told));
    assert!(intake.has_moved());
    assert_eq!(intake.excess(0, PROGRESS), None);
    let mut seconds = 0;
    while intake.excess(0, PROGRESS).is_none() {
        advance(Duration::from_secs(1)).await;
        assert_eq!(intake.take(change(false)).await.ok(), Some(Taken::Told));
        assert!(!intake.has_moved());
        seconds += 1;
    }
    assert_eq!(seconds, 61);
    let end = WatchEvent::Bookmark { version: "9".into(), is_list_end: true };
    assert_eq!(intake.take(Ok(end)).await.ok(), Some(Taken::Listed("9".into())));
    assert_eq!(intake.excess(0, PROGRESS), None, "a watch may be silent");
}

#[tokio::test(start_paused = true)]
async fn a_list_of_too_many_objects_is_none() {
    let mut intake = listing(&FIRST_PAGE);
    (0..=MAX_OBJECTS).for_each(|_| intake.collect(Ok(b"{}")));
    assert!(matches!(intake.excess(0, PROGRESS), Some(Failure::Garbage(_))));
}
