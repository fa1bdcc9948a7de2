"""Scenarios: from YAML to cases with values.

In come a file, a shipped scenario or standard input, and what the command line sets (`load`). Text keeps
its place until a typed reader takes it: `yaml_reader` makes nodes, `sections` says what a file may hold, `document`
checks its shape, `amount`, `values` and `conditions` read what people write, `studies` says what a study is. Out go
cases that can be computed (`case`), or all that is wrong with the file at once. Begin with `resolve`.
"""
