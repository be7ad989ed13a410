//! See `fuzz::bodies`.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(fuzz::bodies::check);
