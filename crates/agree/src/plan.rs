//! What we do about a decision: steps, rocks, and the dates and money that they will bring.
