"""Tokens in, tokens out: minting (`minting`), the key behind them (`keys`), and restoring (`restoring`, `json_text`)."""
