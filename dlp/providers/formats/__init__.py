"""The wire formats by family: each module has `ROUTES`, tried in order."""
