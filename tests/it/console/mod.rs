//! The staff console, through its pages.

mod audit;
mod broadcasts;
mod doors;
mod errors;
mod login;
mod office;
mod rules;
mod segments;
mod sending;
