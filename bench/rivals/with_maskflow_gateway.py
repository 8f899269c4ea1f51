"""MaskFlow as its gateway calls it with `patterns_only`: its model of names is a download that an index doesn't have."""

import maskflow
from serve import serve


def examine(text: str) -> int:
    with maskflow.session(patterns_only=True) as session:
        session.mask(text)
        return len(session.mapping)


serve(examine)
