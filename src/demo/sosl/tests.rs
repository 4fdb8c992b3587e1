//! Searches over the story.
