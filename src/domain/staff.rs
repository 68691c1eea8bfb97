//! Who works at the console, and what each role may do.
