//! One JSON object in, one out: the kinds of model that a pipeline asks for.
