//! Rates, funnels, inequality and life tables of CSV files: columns by name, bad rows by line.


