//! Where people agree across groups: opinion groups and common ground, from votes on short statements.
