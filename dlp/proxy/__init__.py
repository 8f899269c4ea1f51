"""The mitmproxy side, the only package that imports mitmproxy.

The path of a request through it:

    addon.Addon.tls_clienthello  is the host a provider? else its TLS is not opened            gate
    addon.Addon.requestheaders   do SNI, CONNECT target and Host name one provider?            gate, caller
    addon.Addon.request          engine.request.examine; what it says is sent, or a refusal    screening
    addon.Addon.call_messages    the same for messages of a gRPC call, as they come            calls
    addon.Addon.responseheaders  our headers; a stream gets its restorer                       streams
    addon.Addon.response         a whole JSON body is restored                                 engine.answer

mitmproxy goes on when a hook raises, and forwards the request as it is. Every hook here is therefore wrapped
(`guard.fail_closed`), and options that would take traffic past the hooks are refused (`guard.check_options`).
"""
