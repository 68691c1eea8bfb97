//! Delivery: batch by batch, claimed before the first byte leaves and settled after LINE's answer.
