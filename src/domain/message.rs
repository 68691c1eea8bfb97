//! What a broadcast says, before it becomes LINE's JSON.
