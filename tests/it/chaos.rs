//! Killed again and again at whatever point it is, on one machine or another: it ends right.

use crate::harness::{forge, greeter, undisturbed};

/// How often the program is killed before it is let through.
const KILLS: u64 = 6;

#[test]
fn killed_at_many_points_it_still_ends_in_one_release() {
    let expected = undisturbed();
    let world = forge();
    let repo = greeter();
    world.seed(&repo);
    let mut machine = repo.fresh_clone();
    for kill in 1..=KILLS {
        // Each time a little further: after that many lines of the journal.
        let lines = kill * 9;
        let seen = || machine.journal().len() as u64;
        let at_start = seen();
        let running = machine.start(&world, &["run", "--skip", "gates"]);
        running.kill_when("enough lines of the journal", || seen() >= at_start + lines);
        if kill % 2 == 0 {
            machine = repo.fresh_clone();
        }
    }
    machine.run(&world, &["run", "--skip", "gates"]).exits(0);
    let release = world.release();
    assert_eq!(release.assets, expected, "{release:?}");
    let published = world.effects().iter().filter(|words| words.contains("ublished")).count();
    assert_eq!(published, 1, "{:#?}", world.effects());
}
