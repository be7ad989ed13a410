//! See `fuzz::cookies`.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(fuzz::cookies::check);
