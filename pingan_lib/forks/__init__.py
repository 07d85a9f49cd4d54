"""Fresh processes forked from a warm parent, in which all that notebooks and pages need is imported already."""
