//! A model of the place made from its own journeys, and the proof of how far to trust it.
