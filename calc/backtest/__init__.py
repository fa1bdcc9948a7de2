"""Published training runs and measured utilisation, held against what the calculator foretells.

In: the rows of `seeds/runs/` (`runs`), or a file of one's own. Out: errors and ranges
(`backtest`, `report`) and the facts that scenarios take from them (`priors`). Begin with `backtest`: each run is
foretold from the runs of other families, whose shares of the peak `utilisation` has learnt. `serving` does the same
with measured serving (`serving_rows`, `serving_report`); `lint` looks for rows that contradict themselves.
"""
