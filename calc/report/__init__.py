"""Reports: what an answer says, once, and a renderer a format that writes it.

In comes an answer, what a study found, or a list. `answer_report` (its first screen by `answer_front`, sentences by
`answer_lines`, sums and pictures by `breakdowns`), a file a study, `explain_report` and `listing` make a `Report` of it
(`report`): sections of sentences, notices, tables whose cells know their number and unit, trees and pictures.
`terminal` (with `layout`), `markdown` and `html` (with `svg`) write a report.
`csv`, `json` and the workbook of `xlsx` (`sheet_...`) are made of the answer itself. Where a text
goes is `output`. Begin with `report`.

**To write a renderer**: a module with `render(report) -> str`. Write title, question, `closing` and the sections of
`front`, then walk `report.sections` in their order; of each write the `title` and every block: a `Paragraph` is a
sentence, a `Notice` a line with a severity and perhaps a mark, a `Tree` a figure with lines about it and what is under
it, and one of `PICTURES` may be left out, because a table of its section holds its numbers. Of a `Table`, write the
columns' `title` and each row's cells: `cell.text` where the unit stands in the head or in a column of units, else
`cell.alone`, and each cell of a `stack`; `cell.base` and `cell.unit` are the number itself. A column of kind `strip` is
a picture too. A row of level 1 says more of the row of level 0 above it, and a bar is a share from 0 to 1. A section
that `is_detail` may be folded; a row that is told `again` may be left out. Write nothing that is not in the report, and
leave nothing else out: `tests/report/test_formats.py` holds every renderer against title, question and every statement
and figure of the sections. Escape every text. `docs/architecture.md` lists where the format is named then.
"""
