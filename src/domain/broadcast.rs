//! The states of a broadcast and the closed table of its transitions.
