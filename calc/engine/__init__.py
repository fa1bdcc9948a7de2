"""The engine: catalogue, trace, graph, evaluation and explanation of formulas."""
