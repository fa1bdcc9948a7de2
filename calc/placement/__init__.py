"""Which servers go into which cabinets: the mathematics alone, on plain numbers in coherent base units.

In come a `Hall` (kinds of cabinets and servers, and what limits them together), out comes a `Plan`. Begin with
`plan.py`.
"""
