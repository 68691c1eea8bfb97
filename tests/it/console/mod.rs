//! The staff console, through its pages.

mod audit;
mod doors;
mod errors;
mod login;
mod office;
