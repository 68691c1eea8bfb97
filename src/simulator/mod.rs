//! A small living LINE Platform with a phone in the browser.
