//! The commands of the `musubi` program, one file each. They wire things together and print; what they do is done
//! by the library.

pub mod backup;
pub mod bench;
pub mod config;
pub mod demo;
pub mod import;
mod office;
pub mod segment;
pub mod selftest;
pub mod sending;
pub mod serve;
pub mod simulate;
pub mod staff;
pub mod token;
