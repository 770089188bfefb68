//! How a question is settled: the rules of voting, quorum, and votes that stay sealed until the close.
