//! How large a value is, counted no further than anybody wants to know.

use crate::tree::{Kind, Value};

/// The number of values inside a value, itself included; stops counting at `limit`.
pub fn weigh(value: &Value, limit: usize) -> usize {
    fn add(value: &Value, sum: &mut usize, limit: usize) {
        *sum += 1;
        if *sum >= limit {
            return;
        }
        match &value.kind {
            Kind::List(items) => {
                for item in items.iter() {
                    add(item, sum, limit);
                    if *sum >= limit {
                        return;
                    }
                }
            }
            Kind::Map(map) => {
                for (_, item) in map.iter() {
                    add(item, sum, limit);
                    if *sum >= limit {
                        return;
                    }
                }
            }
            Kind::Text(text) => *sum += text.len() / 64,
            Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Big(_) => {}
        }
    }
    let mut sum = 0;
    add(value, &mut sum, limit);
    sum
}
