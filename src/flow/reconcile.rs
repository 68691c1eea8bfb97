//! Reconciliation: when nothing is left to send, the figures of the ledger must add up.
