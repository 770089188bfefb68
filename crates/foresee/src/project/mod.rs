//! Need: how many people there will be, of what age and health, and what care they will ask for.
