"""The engine: formulas as plain functions, and everything that becomes of them.

In come the modules of `calc.models` (`catalogue`) and a scenario's own formulas. Each is called once with symbols
(`symbol`, which refuses what a formula must not do), and leaves an expression (`calc.expression`) of operations
(`calc.ops`). A plan (`graph`) says which of them an answer needs, in which order.

Out go figures (`figures`): formula by formula, with words for what goes wrong (`evaluate`), or all formulas compiled as
one graph for many evaluations, on floats (`compile`) and on arrays (`blocks`, `grids`); and what stands behind a figure
(`explain`). Begin with `evaluate`.
"""
