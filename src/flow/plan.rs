//! Planning: the recipients of an approved broadcast are frozen in the ledger, in one transaction, when its time comes.
