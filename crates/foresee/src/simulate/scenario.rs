//! Changes as sentences with numbers, tried on a model.
