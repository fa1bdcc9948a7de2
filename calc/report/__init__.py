"""Reports: the table, JSON and the explanation tree."""
