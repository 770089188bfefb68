#![allow(clippy::unwrap_used)]

use super::*;

const LAST: Date = Date(20_408);

#[test]
fn the_log_takes_every_deed() {
    let all = all(LAST, 7, None).unwrap();
    assert!(all.len() > 3000, "{}", all.len());
}
