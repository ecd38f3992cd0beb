//! Storms of faults, played with dice against ground state under a virtual clock.
//!
//! API servers fall silent, lie in their lists, are replaced by others and come back; endpoints
//! flap; clusters come and go; hostnames of load balancers fail; operators drain, pin and release; clocks are
//! set; the process is killed and starts from what it kept. After every step answers are held against what was heard or kept last.
//! `FEDNS_SIMULATION_STEPS=1000000 cargo test --test core simulation:: -- --nocapture` plays longer;
//! `FEDNS_SIMULATION_SEED=N` starts from another seed, or plays a run that failed again.

mod hosts;
mod model;
mod memory;
mod run;
mod word;
mod check;

use run::Run;

/// Steps of one run: long enough for silences to grow stale, short enough to read one that fails.
const STEPS_OF_RUN: u64 = 2_000;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn storms_never_make_an_answer_wrong() {
    let steps = number("FEDNS_SIMULATION_STEPS", 30_000);
    let first = number("FEDNS_SIMULATION_SEED", 1);
    let runs = steps.div_ceil(STEPS_OF_RUN);
    for seed in first..first + runs {
        let played = std::panic::catch_unwind(|| {
            let mut run = Run::new(seed);
            (0..STEPS_OF_RUN).for_each(|_| run.step());
            run.end();
        });
        if let Err(panic) = played {
            eprintln!("the run with FEDNS_SIMULATION_SEED={seed} failed");
            std::panic::resume_unwind(panic);
        }
    }
    println!("{} steps, seeds {first} to {}: clean", runs * STEPS_OF_RUN, first + runs - 1);
}
