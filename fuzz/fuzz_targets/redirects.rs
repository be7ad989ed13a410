//! See `fuzz::redirects`.
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(fuzz::redirects::check);
