"""Judging detection on labelled texts: read records, score findings against them, report.

records   labelled JSON Lines -> records
sentences a labelled set made up on the spot: one value in one sentence, every type
score     records and findings -> counts per set and per type
report    counts -> figures, a table, JSON, a comparison with an earlier report
"""
