//! When things happen: the loop, and one file per timer.
