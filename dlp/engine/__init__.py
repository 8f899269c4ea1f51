"""A request in, a verdict out; an answer in, the real values back in it. No I/O, no mitmproxy.

The path of a request, one step a function, in `request.examine`:

    opening.open_body   decoded bytes -> a body that knows its texts (JSON leaves, form fields, parts, plain text)
    detector.find_many  texts -> findings
    carry.CarryOver     values found earlier, wherever the detector alone would miss them
    decisions.decide    findings x policy -> replacements, or a refusal
    body.render         replacements -> new bytes, everything else as it was
    recheck.recheck     the bytes about to leave, searched for what was to be masked

and back, in `answer`: bytes -> events -> channels -> `dlp.masking.restoring`.
"""
