//! LINE's wire: signatures, events, messages, and the client.
