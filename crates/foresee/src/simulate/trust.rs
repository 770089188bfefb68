//! Statistics of runs that can be trusted: warm-up, intervals, precision that is asked for.
