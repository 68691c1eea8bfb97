//! What happens, one story a file: the only place that changes anything.
