//! What those who look after the machine see: probes, metrics, the log's form, and a stop that leaves nothing in the air.

mod backup;
mod probes;
mod restore;
mod stop;
