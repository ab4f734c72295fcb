//! SIGKILL at every point of an operation.

use crate::hit::{Point, Undisturbed, try_all};
use crate::proxy::Trouble;
use crate::scene::{FIRST_DEPLOYMENT, PROVIDER_GONE, REDEPLOYMENT, SUBSCRIBER_UPDATE, UNDEPLOYMENT};

/// Before and after each request, and at each event.
fn everywhere(run: &Undisturbed) -> Vec<Point> {
    let requests = (1..=run.requests.len())
        .flat_map(|number| [Trouble::KillBefore, Trouble::KillAfter].map(|trouble| Point::Request(number, trouble)));
    requests.chain((1..=run.events).map(Point::Event)).collect()
}

const LANES: usize = 3;
const ONE_IN: usize = 16;

#[test]
fn a_first_deployment_that_was_killed_goes_on() {
    try_all(&FIRST_DEPLOYMENT, everywhere, ONE_IN, LANES);
}

#[test]
fn a_redeployment_that_was_killed_goes_on() {
    try_all(&REDEPLOYMENT, everywhere, ONE_IN, LANES);
}

#[test]
fn an_undeployment_that_was_killed_goes_on() {
    try_all(&UNDEPLOYMENT, everywhere, ONE_IN, LANES);
}

#[test]
fn a_deployment_that_was_killed_forgets_no_subscriber() {
    try_all(&SUBSCRIBER_UPDATE, everywhere, ONE_IN, LANES);
}

#[test]
fn an_undeployment_that_was_killed_forgets_no_subscriber() {
    try_all(&PROVIDER_GONE, everywhere, ONE_IN, LANES);
}
