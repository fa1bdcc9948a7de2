"""Reports: an answer as a terminal shows it, as Markdown, CSV, HTML and JSON.

In comes an answer, or what a study found. Out goes text, and where it goes is `output`. The terminal and Markdown say
the same words (`table`, `results`, `spread`, `blocks`); JSON is a contract of its own (`json`, `studies_json`). Begin
with `table`.
"""
