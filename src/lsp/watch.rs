//! Whether the editor still lives. One that dies closes our input, mostly; one whose child inherited it does not.

use super::server::Event;
use crate::store::lives;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;

const INTERVAL: Duration = Duration::from_secs(2);

/// Tells when a process of this machine has ended.
pub fn process(id: u32, events: SyncSender<Event>) {
    // One that is not there at all is in another container, or of another machine: then its end says nothing.
    if !lives(id) {
        return;
    }
    thread::spawn(move || {
        loop {
            thread::sleep(INTERVAL);
            if !lives(id) {
                _ = events.send(Event::Orphaned);
                return;
            }
        }
    });
}
