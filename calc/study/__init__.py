"""Answers and studies: what is computed with a resolved scenario.

In come cases with values. Out goes an answer (`answer`, `results`): figures, samples, checks, promises, and what the
studies found. Each kind of study is a file with a `STUDY`, which `STUDIES` of `calc.scenario.sections` names: `sweep`,
`find`, `sensitivity`, `compare`. All of them ask one case as a function of some inputs (`evaluator`), on
the draws of a run (`draws`). Begin with `answer`, for studies with `compare`.
"""
