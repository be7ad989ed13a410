//! See `fuzz::permissions`.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(fuzz::permissions::check);
