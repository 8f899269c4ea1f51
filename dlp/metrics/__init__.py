"""What a running proxy tells its operator: `registry` counts, `health` says whether it can work, `server` serves both over HTTP."""
