"""The tables that notebooks show: frames of words, numbers and links, a module for each subject."""
