//! The `musubi` command: wiring only.

fn main() {}
