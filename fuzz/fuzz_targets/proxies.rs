//! See `fuzz::proxies`.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(fuzz::proxies::check);
