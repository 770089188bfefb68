//! The answer that needs no simulation: offered load, Erlang, traffic equations.
