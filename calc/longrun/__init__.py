"""Work in pieces: on this process, on several, or on a dask cluster, with pieces kept so that a run can go on.

In: a `work.Work` and the pieces that it is cut into. Out: the result of each piece, in order, byte-equal wherever it
was computed. Begin with `executor`, which picks who does it; `resources` says what a user allowed, `checkpoint` keeps
what is finished, and `codec` and `fingerprint` say what a piece is stored as and which run it belongs to.
"""
