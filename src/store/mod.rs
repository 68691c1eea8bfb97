//! What Musubi remembers: one file per table family, functions over a transaction.
